"""A scheme's services and price limits from a file a person imports; every version stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hub import audit
from hub.claiming import follow
from hub.claiming.desk import the_desk
from hub.claiming.gather import Gathered
from hub.kernel import Kernel
from hub.store import claim_files


@dataclass(frozen=True, slots=True)
class Imported:
    """`again`: the same file was imported before. `gathered` is what it changed for claims in no file."""

    rows: int
    first: date
    last: date | None
    again: bool
    gathered: Gathered


def import_catalogue(kernel: Kernel, group: str, scheme: str, data: bytes, *, agent: str) -> Imported:
    """Keep a catalogue and look at every claim again. Raises Refused, Misconfigured."""
    desk, entry = the_desk(kernel, group, scheme)
    found = desk.plugin(entry).read_catalogue(data)
    with kernel.store.write(group, agent=agent) as unit:
        stored = claim_files.received(
            unit, scheme, claim_files.CATALOGUE, data, rows=found.rows, days=(found.first, found.last)
        )
        if stored is not None:
            audit.record(
                unit, "import.catalogue", "scheme_file", stored, outcome="imported", scheme=scheme,
                rows=found.rows, first=found.first.isoformat(),
                last=found.last.isoformat() if found.last else None,
            )  # fmt: skip
    gathered = follow.gather_all(kernel, group, scheme, agent) if stored is not None else Gathered()
    return Imported(found.rows, found.first, found.last, stored is None, gathered)
