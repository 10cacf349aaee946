"""Marking the cases that values touch, whoever changed them."""

from __future__ import annotations

from collections.abc import Iterable

from hub.canonical import Entity, Invoice
from hub.config.model import GroupConfig
from hub.rendering import CaseKey, Renderer
from hub.store import cases, foresight
from hub.store.facts import StoreFacts
from hub.store.session import Unit


def mark(unit: Unit, renderer: Renderer, config: GroupConfig, values: Iterable[Entity]) -> int:
    """Mark the cases of these values, each once; returns how many."""
    facts, every = StoreFacts(unit), list(values)
    foresight.for_marks(facts, every)
    keys: dict[CaseKey, str | None] = {}
    for value in every:
        for key in renderer.cases_of(value, facts, config):
            keys[key] = _place(config, value) or keys.get(key)
    cases.mark_each(unit, keys)
    return len(keys)


def _place(config: GroupConfig, value: Entity) -> str | None:
    """The configured location an invoice's case belongs to."""
    if not isinstance(value, Invoice):
        return None
    place = config.location_of(value.source.connection, value.location)
    return place.key if place else None
