"""Days that a complete report covers for the first time: credit notes of those days may be explained now."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import bindparam, select

from hub.canonical import Invoice
from hub.store import entities
from hub.store.session import Unit
from hub.store.tables import report_import

LOOK_BACK = timedelta(days=92)
"""How long before the range a credit note may have been issued that was used up within it."""

_r = report_import.c
_COVERING = (
    select(_r.from_day, _r.to_day)
    .where(
        _r.group_id == bindparam("g"),
        _r.connection_id == bindparam("c"),
        _r.location == bindparam("l"),
        _r.complete,
        _r.to_day >= bindparam("first"),
        _r.from_day <= bindparam("last"),
    )
    .order_by(_r.from_day)
)


def covered(unit: Unit, connection: str, location: str, from_day: date, to_day: date) -> bool:
    """Whether complete reports cover every day of the range already."""
    keys = {"g": unit.group, "c": connection, "l": location, "first": from_day, "last": to_day}
    reached = from_day
    for first, last in unit.db.execute(_COVERING, keys):
        if first > reached:
            return False
        reached = max(reached, last + timedelta(days=1))
    return reached > to_day


def explained(
    unit: Unit, connection: str, location: str, from_day: date, to_day: date
) -> list[tuple[str, str]]:
    """(kind, source id) of credit notes issued or closed within the range; empty when it was covered."""
    if covered(unit, connection, location, from_day, to_day):
        return []
    found = entities.all_of(
        unit, connection, Invoice.kind, location=location, from_day=from_day - LOOK_BACK, to_day=to_day
    )
    return [
        (note.kind, note.source.source_id)
        for note in found
        if isinstance(note, Invoice)
        and note.total < 0
        and any(day is not None and from_day <= day <= to_day for day in (note.issued, note.closed_on))
    ]
