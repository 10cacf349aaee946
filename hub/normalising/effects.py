"""What follows from changed values, in the same transaction: derived settlements, withdrawn money, claims,
marks."""

from __future__ import annotations

from collections.abc import Iterable

from hub import derive
from hub.canonical import Invoice
from hub.claiming import follow as claiming
from hub.normalising.context import Context
from hub.normalising.marking import mark
from hub.store import entities
from hub.store.entities import Change
from hub.store.session import Unit


def follow(
    unit: Unit, ctx: Context, changes: Iterable[Change], touched: Iterable[tuple[str, str]] = ()
) -> list[Change]:
    """Derive, bring claims up to date, then mark every case an old or a new value touches.

    Returns all changes, derived ones too.
    """
    every = derive.consequences(unit, ctx.connection, list(changes))
    values = [value for change in every for value in (change.old, change.new) if value is not None]
    again = [*touched]
    if ctx.desk is not None:
        stopped = claiming.after(unit, ctx.desk, ctx.connection, values)
        again += [(Invoice.kind, source_id) for _, source_id in stopped]
    for kind, source_id in again:
        value = entities.get(unit, ctx.connection, kind, source_id)
        if value is not None:
            values.append(value)
    mark(unit, ctx.renderer, ctx.config, values)
    return every
