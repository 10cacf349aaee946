"""The renderer's view of one unit of work: read lazily, each thing once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import bindparam, select

from hub import ids
from hub.canonical import Entity, Ref
from hub.documents import DocKind, load
from hub.errors import Reason
from hub.rendering import Asked, Delivered
from hub.store import ahead, asks, entities, issues
from hub.store.bulk import chunks
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
    select(
        link.c.document_id,
        delivery.c.id,
        delivery.c.kind,
        delivery.c.content_enc,
        link.c.version,
        link.c.external_id,
    )
    .join(delivery, (delivery.c.id == link.c.delivery_id) & (delivery.c.group_id == link.c.group_id))
    .where(
        link.c.group_id == bindparam("g"),
        link.c.document_id.in_(bindparam("ids", expanding=True)),
        link.c.live,
    )
)


class StoreFacts:
    """hub.rendering.Facts over a unit. Valid while the unit is open and nothing is written through it."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._entities: dict[tuple[str, str, str], Entity | None] = {}
        self._pointing: dict[tuple[str, Ref, str, bool], Sequence[Entity]] = {}
        self._told: dict[tuple[str, Ref], Mapping[str, Sequence[tuple[str, Entity]]]] = {}
        self._covered: dict[tuple[str, str, date], bool] = {}
        self._delivered: dict[str, Delivered | None] = {}
        self._issues: dict[tuple[str, str], list[tuple[str, Reason]]] = {}
        self._asked: dict[tuple[str, str], list[Asked]] = {}
        self._ids: dict[tuple[str, DocKind, str], str] = {}

    def read_ahead(
        self, connection: str, kind: str, source_ids: Sequence[str], pointing: Sequence[str] = ()
    ) -> Sequence[Entity]:
        """Read these, the open issues on them, and what of the kinds `pointing` refers to them, at once.

        Returns the values that refer to them, in the order of source ids. Answers are the same without it.
        """
        if not source_ids:
            return []
        unit = self._unit
        unread = [one for one in source_ids if (connection, kind, one) not in self._entities]
        values = ahead.values(unit, connection, kind, unread)
        self._entities |= {(connection, kind, one): values.get(one) for one in unread}
        unasked = [one for one in source_ids if (connection, one) not in self._issues]
        issues_of = ahead.issues(unit, connection, unasked)
        self._issues |= {(connection, one): issues_of.get(one, []) for one in unasked}
        if not pointing:
            return []
        found: list[Entity] = []
        told = ahead.pointing_at(unit, connection, kind, source_ids, pointing)
        for one in source_ids:
            by_kind: dict[str, list[tuple[str, Entity]]] = {name: [] for name in pointing}
            for by, value in told.get(one, ()):
                by_kind[value.kind].append((by, value))
                self._entities[by, value.kind, value.source.source_id] = value
                found.append(value)
            self._told[connection, Ref(kind, one)] = by_kind
        return found

    def read_delivered(self, documents: Iterable[str]) -> None:
        """Read at once what stands of these."""
        unread = sorted({one for one in documents if one not in self._delivered})
        self._delivered |= dict.fromkeys(unread)
        self._delivered |= self._standing(unread)

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
            told = self._told.get((connection, ref), {}).get(kind)
            self._pointing[key] = (
                entities.pointing_at(self._unit, connection, ref, kind, anywhere=anywhere)
                if told is None
                else [value for by, value in told if anywhere or by == connection]
            )
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
            self._delivered[document] = self._standing([document]).get(document)
        return self._delivered[document]

    def _standing(self, documents: Sequence[str]) -> dict[str, Delivered]:
        unit = self._unit
        found: dict[str, Delivered] = {}
        for some in chunks(documents):
            for row in unit.db.execute(_STANDING, {"g": unit.group, "ids": list(some)}):
                kind = DocKind(row.kind)
                content = load(kind, unit.vault.open("delivery", "content_enc", row.id, row.content_enc))
                found[row.document_id] = Delivered(
                    row.document_id, kind, content, row.version, row.external_id
                )
        return found

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
        key = (target, kind, subject)
        found = self._ids.get(key)
        if found is None:
            found = self._ids[key] = ids.document_id(self._unit.group, target, str(kind), subject)
        return found
