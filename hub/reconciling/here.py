"""What was billed, as the PMS recorded it and our mapping reads it; what cannot be mapped stays visible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from hub.canonical import Invoice
from hub.config.model import GroupConfig
from hub.documents import CreditNote, SalesInvoice
from hub.kernel import Kernel
from hub.rendering import CaseKind
from hub.store import entities
from hub.store.facts import StoreFacts
from hub.store.session import Unit
from hub.store.tables import case, hold

HELD = "(held)"


@dataclass(frozen=True, slots=True)
class Item:
    """One invoice here: posted lines as (account, tax type, gross), or one held line for the whole."""

    location: str
    invoice: Invoice
    lines: tuple[tuple[str, str, int], ...]
    causes: tuple[str, ...]
    who: str


def billed_here(kernel: Kernel, unit: Unit, config: GroupConfig) -> Iterator[Item]:
    """Every invoice of a mapped location dated on or after its start."""
    facts = StoreFacts(unit)
    renderer = kernel.renderer()
    held = _causes(unit)
    for connection in config.connections:
        if connection.role != "source":
            continue
        for entity in entities.all_of(unit, connection.id, "invoice"):
            assert isinstance(entity, Invoice)
            place = config.location_of(connection.id, entity.location)
            if place is None or entity.issued < place.start:
                continue
            keys = [
                key
                for key in renderer.cases_of(entity, facts, config)
                if key.kind is CaseKind.INVOICE and key.number == entity.number
            ]
            lines: tuple[tuple[str, str, int], ...] = ((HELD, HELD, entity.total),)
            for key in keys:
                contents = [d.content for d in renderer.render(key, facts, config).documents if d.content]
                documents = [c for c in contents if isinstance(c, SalesInvoice | CreditNote)]
                if documents or not entity.total:
                    lines = tuple(
                        (line.account, line.tax_type, line.gross if isinstance(doc, SalesInvoice) else -line.gross)
                        for doc in documents
                        for line in doc.lines
                    )
            causes = held.get(entity.number, {})
            yield Item(place.key, entity, lines, tuple(causes), next(iter(causes.values()), ""))


def _causes(unit: Unit) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    query = (
        select(case.c.number, hold.c.cause, hold.c.who)
        .join(case, (case.c.id == hold.c.case_id) & (case.c.group_id == hold.c.group_id))
        .where(hold.c.group_id == unit.group, hold.c.closed_at.is_(None))
        .order_by(hold.c.opened_at, hold.c.id)
    )
    for number, cause, who in unit.db.execute(query):
        found.setdefault(number, {})[cause] = who
    return found
