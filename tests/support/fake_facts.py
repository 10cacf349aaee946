"""Canonical facts in memory, as a renderer may ask for them, with what was delivered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from hub import ids
from hub.canonical import Claim, Entity, Payment, Ref
from hub.documents import DocKind
from hub.errors import Reason
from hub.rendering import Asked, Delivered, Rendered

GROUP = "harbour"


class FakeFacts:
    """hub.rendering.Facts. `everything_covered` says that every day has a complete payment report."""

    def __init__(self, entities: Iterable[Entity] = (), *, everything_covered: bool = True) -> None:
        self._entities: dict[tuple[str, str, str], Entity] = {}
        self._delivered: dict[str, Delivered] = {}
        self._issues: dict[tuple[str, str, str], list[Reason]] = {}
        self.everything_covered = everything_covered
        self.days: set[tuple[str, date]] = set()
        self.asks: dict[tuple[str, str], list[Asked]] = {}
        for entity in entities:
            self.put(entity)

    def put(self, entity: Entity) -> None:
        self._entities[entity.source.connection, entity.kind, entity.source.source_id] = entity

    def withdraw(self, entity: Entity) -> None:
        del self._entities[entity.source.connection, entity.kind, entity.source.source_id]

    def deliver(self, rendered: Rendered, external_id: str = "") -> None:
        """Everything that could be rendered now stands at the target."""
        for one in rendered.documents:
            if one.content is not None:
                made = Delivered(one.document, one.kind, one.content, 1, external_id)
                self._delivered[one.document] = made

    def add_issue(self, entity: Entity, reason: Reason) -> None:
        key = (entity.source.connection, entity.kind, entity.source.source_id)
        self._issues.setdefault(key, []).append(reason)

    # --- the protocol

    def get(self, connection: str, kind: str, source_id: str) -> Entity | None:
        return self._entities.get((connection, kind, source_id))

    def entity_id(self, connection: str, kind: str, source_id: str) -> str:
        return ids.entity_id(GROUP, connection, kind, source_id)

    def pointing_at(
        self, connection: str, ref: Ref, kind: str, *, anywhere: bool = False
    ) -> Sequence[Entity]:
        def here(entity: Entity, own: str) -> bool:
            home = entity.home if isinstance(entity, Payment | Claim) else own
            return home == connection and (anywhere or own == connection)

        found = [e for (c, k, _), e in self._entities.items() if k == kind and here(e, c) and ref in e.refs()]
        return sorted(found, key=lambda e: e.source.source_id)

    def issues(self, connection: str, kind: str, source_id: str) -> Sequence[Reason]:
        return self._issues.get((connection, kind, source_id), [])

    def delivered(self, document: str) -> Delivered | None:
        return self._delivered.get(document)

    def covered(self, connection: str, location: str, day: date) -> bool:
        return self.everything_covered or (location, day) in self.days

    def asked(self, connection: str, invoice: str) -> Sequence[Asked]:
        return self.asks.get((connection, invoice), [])

    def document_id(self, target: str, kind: DocKind, subject: str) -> str:
        return f"{target}/{kind.value}/{subject}"
