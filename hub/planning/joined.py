"""Which cases are joined by a credit: an allocation binds the case of the invoice and that of the credit.

Joined cases are always planned together: what one of them has to take off may stand in another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import BindParameter, Executable, bindparam, select

from hub.documents import DocKind
from hub.store import deliveries
from hub.store.session import Unit
from hub.store.tables import case_need, delivery

CHUNK = 400

_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_ON_CONTACT = (
    select(delivery.c.document_id)
    .where(
        delivery.c.group_id == bindparam("g"),
        delivery.c.document_id == case_need.c.document_id,
        delivery.c.kind == DocKind.CONTACT.value,
    )
    .exists()
)
_NEEDS = select(case_need.c.case_id, case_need.c.document_id).where(
    case_need.c.group_id == bindparam("g"), ~_ON_CONTACT
)
_OF_CASES = _NEEDS.where(case_need.c.case_id.in_(_IDS))
_OF_DOCUMENTS = _NEEDS.where(case_need.c.document_id.in_(_IDS))
_ENQUEUED = (
    select(delivery.c.document_id, delivery.c.case_id)
    .where(
        delivery.c.group_id == bindparam("g"),
        delivery.c.case_id.in_(_IDS),
        delivery.c.kind != DocKind.CONTACT.value,
    )
    .distinct()
)


def components(unit: Unit, case_ids: Sequence[str]) -> list[list[str]]:
    """These cases in groups with all they are joined with, directly or through others; in given order.

    Contacts join nothing: they are made before and never removed.
    """
    edges: dict[str, set[str]] = {}
    known: set[str] = set(case_ids)
    front = list(case_ids)
    while front:
        near: set[str] = set()
        for one, other in _edges(unit, front):
            edges.setdefault(one, set()).add(other)
            edges.setdefault(other, set()).add(one)
            near |= {one, other}
        front = sorted(near - known)
        known |= near
    return _split(edges, case_ids)


def _split(edges: dict[str, set[str]], case_ids: Sequence[str]) -> list[list[str]]:
    groups: list[list[str]] = []
    done: set[str] = set()
    for first in case_ids:
        if first in done:
            continue
        group, front = {first}, [first]
        while front:
            near = edges.get(front.pop(), set()) - group
            group |= near
            front += near
        done |= group
        groups.append([first, *sorted(group - {first})])
    return groups


def _edges(unit: Unit, case_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(case, case) pairs touching these cases."""
    needs = _pairs(unit, _OF_CASES, case_ids)
    owners = deliveries.cases_of(unit, {document for _, document in needs})
    for one, document in needs:
        if document in owners:
            yield one, owners[document]
    own = _documents(unit, case_ids)
    for other, document in _pairs(unit, _OF_DOCUMENTS, sorted(own)):
        yield own[document], other


def _pairs(unit: Unit, query: Executable, values: Sequence[str]) -> list[tuple[str, str]]:
    """(case, document of another case) rows, those on contacts apart."""
    found: list[tuple[str, str]] = []
    for start in range(0, len(values), CHUNK):
        keys = {"g": unit.group, "ids": list(values[start : start + CHUNK])}
        found += [(row[0], row[1]) for row in unit.db.execute(query, keys)]
    return found


def _documents(unit: Unit, case_ids: Collection[str]) -> dict[str, str]:
    """Document -> its case, for the documents these cases ever enqueued, contacts apart."""
    ordered = sorted(case_ids)
    found: dict[str, str] = {}
    for start in range(0, len(ordered), CHUNK):
        keys = {"g": unit.group, "ids": ordered[start : start + CHUNK]}
        found.update((row[0], row[1]) for row in unit.db.execute(_ENQUEUED, keys))
    return found
