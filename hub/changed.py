"""What changed in a window of time, as counts: one query per layer and table, each over one index range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal, select

from hub.store.session import Unit
from hub.store.tables import (
    claim_batch,
    delivery,
    entity,
    inbox_message,
    raw_record,
    report_import,
    scheme_file,
)

IMPORTS = "payment_reports"
"""Name of the raw asset that stands for imported payment reports."""
CLAIM_FILE = "claim-file"
"""Name of the delivered asset that stands for files of claims made for a scheme."""


def counted(
    unit: Unit, systems: Mapping[str, str], since: datetime, through: datetime
) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """(asset, what, how many) of everything that changed in the window; `systems` by id of a connection."""
    for name, query in _queries(unit.group, since, through).items():
        layer, _, prefix = name.partition("/")
        for connection, part, what, count in unit.db.execute(query):
            asset = (
                (layer, part) if layer == "canonical" else (layer, systems.get(connection, connection), part)
            )
            yield asset, f"{prefix} {what}".strip(), count


def _queries(group: str, since: datetime, through: datetime) -> dict[str, Select[Any]]:
    """By layer: (connection, stream or kind, what is counted, how many). Each reads one index range.

    Raw rows are found by their ids, which sort by creation time: when a request was asked says nothing
    about when its rows were committed.
    """

    def window(table: Any, instant: Any) -> tuple[Any, ...]:
        return (table.c.group_id == group, instant >= since, instant < through)

    raw, hint = raw_record.c, inbox_message.c
    imported, file, made = report_import.c, scheme_file.c, claim_batch.c
    born = (raw.group_id == group, raw.id >= _first_id(since), raw.id < _first_id(through))
    return {
        "raw": _grouped(raw.connection_id, raw.stream, raw.connection_id, born),
        "raw/hints": _grouped(
            hint.connection_id,
            hint.stream,
            hint.state,
            window(inbox_message, hint.handled_at),
        ),
        "raw/report": _sum(
            (imported.connection_id,),
            literal(IMPORTS),
            ("rows", imported.rows),
            window(report_import, imported.imported_at),
        ),
        "raw/file": _sum(
            (file.scheme, file.what), file.what, ("rows", file.rows), window(scheme_file, file.imported_at)
        ),
        "delivered/claimed": _sum(
            (made.scheme,),
            literal(CLAIM_FILE),
            ("services", made["items"]),
            window(claim_batch, made.made_at),
        ),
        "canonical": _grouped(
            entity.c.connection_id, entity.c.kind, entity.c.connection_id, window(entity, entity.c.updated_at)
        ),
        "delivered": _grouped(
            delivery.c.target_id, delivery.c.kind, delivery.c.state, window(delivery, delivery.c.settled_at)
        ),
    }


def _grouped(connection: Any, part: Any, what: Any, where: tuple[Any, ...]) -> Select[Any]:
    return select(connection, part, what, func.count()).where(*where).group_by(connection, part, what)


def _sum(by: tuple[Any, ...], part: Any, what: tuple[str, Any], where: tuple[Any, ...]) -> Select[Any]:
    """What a person brought in or carries out: (name, amount) added up `by` connection or scheme."""
    name, amount = what
    return select(by[0], part, literal(name), func.sum(amount)).where(*where).group_by(*by)


def _first_id(instant: datetime) -> str:
    """The smallest id that a World makes at or after this millisecond."""
    return f"{int(instant.timestamp() * 1000):012x}"
