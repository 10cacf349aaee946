"""A declared stream over plain dicts: {"id", "stamp", "points": [[stream, id], ...]}."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hub.contracts import FullListing, Record, Stream, Trust


def record(source_id: str, stamp: datetime | None = None, *points: tuple[str, str], **more: Any) -> Record:
    """One wire record."""
    return {"id": source_id, "stamp": stamp.isoformat() if stamp else None, "points": list(points), **more}


def stream(name: str = "invoices", trust: Trust = Trust.SOURCE_TIME) -> Stream:
    """A stream that reads such records."""
    return Stream(
        name=name,
        cursor=FullListing(),
        note="for tests",
        id_of=lambda r: str(r["id"]),
        stamp=lambda r: datetime.fromisoformat(r["stamp"]) if r["stamp"] else None,
        edges=lambda r: [(to, sid) for to, sid in r["points"]],
        removed=lambda r: bool(r.get("removed")),
        trust=trust,
    )
