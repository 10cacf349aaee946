"""What we believe stands at the targets: our living links with what was delivered under them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from hub.config.model import GroupConfig
from hub.documents import Allocation, CreditNote, DocKind, Document, SalesInvoice, load
from hub.reconciling.flows import ELSEWHERE
from hub.store.session import Unit
from hub.store.tables import case, delivery, link
from hub.targets import Key, Seen


@dataclass(frozen=True, slots=True)
class Standing:
    """One linked document: how it was delivered, and what was seen of it (None: through another one)."""

    key: Key
    item: str
    case: str
    number: str
    location: str
    version: str
    target: str
    seen: Seen | None = None

    @property
    def content(self) -> Document:
        return self.key.content


def linked(unit: Unit, config: GroupConfig) -> dict[str, list[Standing]]:
    """Everything that we believe stands, by ledger: what other systems are asked to do is in no books."""
    ledgers = [c.id for c in config.connections if c.is_ledger]
    query = (
        select(
            link.c.document_id, link.c.kind, link.c.external_id, link.c.content_hash, link.c.target_id,
            delivery.c.id.label("sent"), delivery.c.content_enc, delivery.c.mark, delivery.c.entity_id,
            delivery.c.config_version, case.c.id.label("case_id"), case.c.number, case.c.location,
        )
        .join(delivery, (delivery.c.id == link.c.delivery_id) & (delivery.c.group_id == link.c.group_id))
        .join(case, (case.c.id == link.c.case_id) & (case.c.group_id == link.c.group_id))
        .where(link.c.group_id == unit.group, link.c.live, link.c.target_id.in_(ledgers))
        .order_by(link.c.kind, link.c.document_id)
    )  # fmt: skip
    rows = unit.db.execute(query).all()
    external = {row.document_id: row.external_id for row in rows}
    found: dict[str, list[Standing]] = {id: [] for id in ledgers}
    for row in rows:
        kind = DocKind(row.kind)
        if kind is DocKind.CONTACT:
            continue
        content = load(kind, unit.vault.open("delivery", "content_enc", row.sent, row.content_enc))
        related = {need: external[need] for need in content.needs() if need in external}
        key = Key(row.document_id, kind, content, row.content_hash, row.mark, row.external_id, related)
        own = isinstance(content, Allocation) or row.entity_id is None
        found[row.target_id].append(
            Standing(
                key,
                row.document_id if own else row.entity_id,
                row.case_id,
                row.number,
                _location(config, content) or row.location or ELSEWHERE,
                row.config_version,
                row.target_id,
            )
        )
    return found


def _location(config: GroupConfig, content: Document) -> str | None:
    """The location whose tracking option the lines carry."""
    option = (
        content.lines[0].tracking
        if isinstance(content, SalesInvoice | CreditNote) and content.lines
        else None
    )
    return next((p.key for p in config.locations if option and option in p.tracking.values()), None)
