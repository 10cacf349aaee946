"""What waits for people to do, and a person's word that it is done.

A work item is not a hold: nothing is wrong, but only a person can do the next thing (enter a payment in a
system that takes none, upload a file). The kernel knows no kind of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.errors import Misconfigured
from hub.kernel import Kernel
from hub.store import work_items
from hub.store.work_items import PERSON, Todo, WorkItem


def listed(
    kernel: Kernel, group: str, *, kind: str | None = None, closed: bool = False
) -> Sequence[WorkItem]:
    """What is to be done, oldest first; with `closed` also what was."""
    with kernel.store.read(group) as unit:
        return work_items.listed(unit, kind=kind, closed=closed)


def done(kernel: Kernel, group: str, item: str, *, who: str, why: str) -> WorkItem:
    """A person says that it is done (`item`: its id, or a part of it).

    Raises Misconfigured for an unknown or ambiguous id, and where it was closed already.
    """
    by = who if who.startswith(f"{PERSON}:") else f"{PERSON}:{who}"
    with kernel.store.write(group, agent=who) as unit:
        found = work_items.whole_id(unit, item)
        if not work_items.close(unit, found, by=by, why=why):
            raise Misconfigured("That was done already; see `hub work list --all`.", code="work:closed")
        row = work_items.by_id(unit, found)
        assert row is not None
    return row


__all__ = ["Todo", "WorkItem", "done", "listed"]
