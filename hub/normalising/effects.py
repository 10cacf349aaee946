"""What follows from changed values, in the same transaction: derived settlements, withdrawn money, marks."""

from __future__ import annotations

from collections.abc import Iterable

from hub import derive
from hub.canonical import Entity, Invoice
from hub.normalising.context import Context
from hub.rendering import CaseKey
from hub.store import cases, entities
from hub.store.entities import Change
from hub.store.facts import StoreFacts
from hub.store.session import Unit


def follow(
    unit: Unit, ctx: Context, changes: Iterable[Change], touched: Iterable[tuple[str, str]] = ()
) -> list[Change]:
    """Derive, then mark every case an old or a new value touches. Returns all changes, derived ones too."""
    every = derive.consequences(unit, ctx.connection, list(changes))
    values = [value for change in every for value in (change.old, change.new) if value is not None]
    for kind, source_id in touched:
        value = entities.get(unit, ctx.connection, kind, source_id)
        if value is not None:
            values.append(value)
    mark(unit, ctx, values)
    return every


def mark(unit: Unit, ctx: Context, values: Iterable[Entity]) -> int:
    """Mark the cases of these values, each once; returns how many."""
    facts = StoreFacts(unit)
    keys: dict[CaseKey, str | None] = {}
    for value in values:
        for key in ctx.renderer.cases_of(value, facts, ctx.config):
            keys[key] = _place(ctx, value) or keys.get(key)
    for key, place in keys.items():
        cases.mark(unit, key, location=place)
    return len(keys)


def _place(ctx: Context, value: Entity) -> str | None:
    """The configured location an invoice's case belongs to."""
    if not isinstance(value, Invoice):
        return None
    place = ctx.config.location_of(ctx.connection, value.location)
    return place.key if place else None
