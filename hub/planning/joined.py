"""Which cases are joined by a credit: an allocation binds the case of the invoice and that of the credit."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from hub.documents import DocKind
from hub.store import deliveries
from hub.store.session import Unit
from hub.store.tables import case_need, delivery

MOST = 60


def joined(unit: Unit, case_ids: Collection[str]) -> list[str]:
    """These cases and all they are joined with over credits, sorted; at most MOST beyond them.

    Contacts join nothing: they are made before and never removed.
    """
    found: set[str] = set(case_ids)
    front = set(case_ids)
    while front and len(found) < MOST + len(case_ids):
        documents = _documents(unit, front)
        needs = _needs(unit, front)
        near = set(deliveries.cases_of(unit, needs).values()) | _needing(unit, documents)
        front = near - found
        found |= front
    return sorted(found)


def _documents(unit: Unit, case_ids: Collection[str]) -> set[str]:
    query = (
        select(delivery.c.document_id)
        .where(
            delivery.c.group_id == unit.group,
            delivery.c.case_id.in_(sorted(case_ids)),
            delivery.c.kind != DocKind.CONTACT.value,
        )
        .distinct()
    )
    return {row[0] for row in unit.db.execute(query)}


def _needs(unit: Unit, case_ids: Collection[str]) -> set[str]:
    """Documents of other cases they need, contacts apart."""
    contact = (
        select(delivery.c.document_id)
        .where(
            delivery.c.group_id == unit.group,
            delivery.c.document_id == case_need.c.document_id,
            delivery.c.kind == DocKind.CONTACT.value,
        )
        .exists()
    )
    query = select(case_need.c.document_id).where(
        case_need.c.group_id == unit.group, case_need.c.case_id.in_(sorted(case_ids)), ~contact
    )
    return {row[0] for row in unit.db.execute(query)}


def _needing(unit: Unit, documents: Collection[str]) -> set[str]:
    if not documents:
        return set()
    query = select(case_need.c.case_id).where(
        case_need.c.group_id == unit.group, case_need.c.document_id.in_(sorted(documents))
    )
    return {row[0] for row in unit.db.execute(query)}
