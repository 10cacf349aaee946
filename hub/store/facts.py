"""The renderer's view of one unit of work: read lazily, each thing once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import bindparam, select

from hub import ids
from hub.canonical import Entity, Invoice, Ref
from hub.documents import DocKind, load
from hub.errors import Reason
from hub.rendering import Asked, Delivered
from hub.store import ahead, asks, entities, issues
from hub.store.session import Unit
from hub.store.tables import delivery, link, report_import

_COVERED = (
    select(report_import.c.id)
    .where(
        report_import.c.group_id == bindparam("g"),
        report_import.c.connection_id == bindparam("c"),
        report_import.c.location == bindparam("l"),
        report_import.c.from_day <= bindparam("d"),
        report_import.c.to_day >= bindparam("d"),
        report_import.c.complete,
    )
    .limit(1)
)
_STANDING = (
    select(delivery.c.id, delivery.c.kind, delivery.c.content_enc, link.c.version, link.c.external_id)
    .join(delivery, (delivery.c.id == link.c.delivery_id) & (delivery.c.group_id == link.c.group_id))
    .where(link.c.group_id == bindparam("g"), link.c.document_id == bindparam("doc"), link.c.live)
)


class StoreFacts:
    """hub.rendering.Facts over a unit. Valid while the unit is open and nothing is written through it."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._entities: dict[tuple[str, str, str], Entity | None] = {}
        self._pointing: dict[tuple[str, Ref, str, bool], Sequence[Entity]] = {}
        self._covered: dict[tuple[str, str, date], bool] = {}
        self._delivered: dict[str, Delivered | None] = {}
        self._issues: dict[tuple[str, str], list[tuple[str, Reason]]] = {}
        self._asked: dict[tuple[str, str], list[Asked]] = {}

    def read_ahead(self, connection: str, invoices: Sequence[str]) -> None:
        """Read what will be asked of these invoices in a few statements. Answers are the same without it."""
        kind = Invoice.kind
        found = ahead.values(self._unit, connection, kind, invoices)
        pointing = ahead.pointing_at(self._unit, connection, kind, invoices)
        issues_of = ahead.issues(self._unit, connection, invoices)
        for one in invoices:
            self._entities.setdefault((connection, kind, one), found.get(one))
            self._issues.setdefault((connection, one), issues_of.get(one, []))
            for pointed in entities.KINDS:
                told = pointing.get((one, pointed), [])
                own = [value for by, value in told if by == connection]
                self._pointing.setdefault((connection, Ref(kind, one), pointed, False), own)
                self._pointing.setdefault(
                    (connection, Ref(kind, one), pointed, True), [value for _, value in told]
                )

    def get(self, connection: str, kind: str, source_id: str) -> Entity | None:
        key = (connection, kind, source_id)
        if key not in self._entities:
            self._entities[key] = entities.get(self._unit, connection, kind, source_id)
        return self._entities[key]

    def entity_id(self, connection: str, kind: str, source_id: str) -> str:
        return ids.entity_id(self._unit.group, connection, kind, source_id)

    def pointing_at(
        self, connection: str, ref: Ref, kind: str, *, anywhere: bool = False
    ) -> Sequence[Entity]:
        key = (connection, ref, kind, anywhere)
        if key not in self._pointing:
            found = entities.pointing_at(self._unit, connection, ref, kind, anywhere=anywhere)
            self._pointing[key] = found
        return self._pointing[key]

    def issues(self, connection: str, kind: str, source_id: str) -> Sequence[Reason]:
        """Open issues on the record behind an entity.

        An issue names a stream, an entity a kind. Where the entity exists, issues count on the stream it
        came from or under its own kind; where there is none yet, any open issue of that source id does.
        """
        key = (connection, source_id)
        if key not in self._issues:
            self._issues[key] = issues.on_record(self._unit, connection, source_id)
        found = self._issues[key]
        entity = self.get(connection, kind, source_id) if found else None
        if entity is None:
            return [reason for _, reason in found]
        return [reason for stream, reason in found if stream in (entity.source.stream, kind)]

    def delivered(self, document: str) -> Delivered | None:
        if document not in self._delivered:
            self._delivered[document] = self._standing(document)
        return self._delivered[document]

    def _standing(self, document: str) -> Delivered | None:
        unit = self._unit
        row = unit.db.execute(_STANDING, {"g": unit.group, "doc": document}).first()
        if row is None:
            return None
        kind = DocKind(row.kind)
        content = load(kind, unit.vault.open("delivery", "content_enc", row.id, row.content_enc))
        return Delivered(document, kind, content, row.version, row.external_id)

    def covered(self, connection: str, location: str, day: date) -> bool:
        key = (connection, location, day)
        if key not in self._covered:
            keys = {"g": self._unit.group, "c": connection, "l": location, "d": day}
            self._covered[key] = self._unit.db.execute(_COVERED, keys).first() is not None
        return self._covered[key]

    def asked(self, connection: str, invoice: str) -> Sequence[Asked]:
        key = (connection, invoice)
        if key not in self._asked:
            found = asks.standing(self._unit, connection, invoice)
            self._asked[key] = [Asked(a.id, a.target, a.expires, a.expires <= self._unit.now) for a in found]
        return self._asked[key]

    def suppose(self, connection: str, invoice: str, asked: Asked) -> None:
        """From now on answer as if this were the only ask for an invoice."""
        self._asked[connection, invoice] = [asked]

    def document_id(self, target: str, kind: DocKind, subject: str) -> str:
        return ids.document_id(self._unit.group, target, str(kind), subject)
