"""What the planner holds of the cases it plans together: as read in one short unit, plain values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.documents import DocKind, Document
from hub.errors import Reason
from hub.rendering import Rendered
from hub.store import deliveries, links
from hub.store.cases import CaseRow
from hub.store.deliveries import DeliveryRow
from hub.store.holds import HoldRow
from hub.store.links import LinkRow
from hub.store.vault import Vault
from hub.targets import Life, Seen


@dataclass(slots=True)
class Known:
    """One document as the hub knows it: its link, the delivery behind the link, and the last delivery.

    `replans` counts deliveries in a row, up to the last, that were withdrawn because the target stood
    otherwise than believed.
    """

    document: str
    kind: DocKind
    link: LinkRow | None = None
    standing: DeliveryRow | None = None
    last: DeliveryRow | None = None
    replans: int = 0
    _content: Document | None = None

    @property
    def live(self) -> bool:
        return self.link is not None and self.link.live

    @property
    def open(self) -> DeliveryRow | None:
        return self.last if self.last is not None and self.last.state in deliveries.OPEN else None

    def content(self, vault: Vault) -> Document | None:
        """What was delivered last and stands (or stood, for a removed document)."""
        if self._content is None and self.standing is not None:
            self._content = deliveries.content(vault, self.standing)
        return self._content


@dataclass(slots=True)
class CaseState:
    """A case, what should exist for it, and what is known of its documents."""

    row: CaseRow
    rendered: Rendered
    known: dict[str, Known]
    holds: list[HoldRow]
    bases: dict[str, str]  # document -> keyed hash of its basis
    hashes: dict[str, str]  # document -> content hash of what was rendered
    look_first: bool = False

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def busy(self) -> bool:
        """Something of it is on its way, so nothing can be said of the target until that settles.

        What is sent again after a lost answer is on its way: the first call may still take effect.
        """
        return any(k.open is not None and k.open.under_way for k in self.known.values())

    def documents(self) -> set[str]:
        return {*self.known, *(d.document for d in self.rendered.documents)}


@dataclass(slots=True)
class Scope:
    """Cases planned together: one, or several joined by a credit, with documents of others they need."""

    cases: list[CaseState]
    prerequisites: dict[str, LinkRow] = field(default_factory=dict)
    elsewhere: dict[str, list[Reason]] = field(default_factory=dict)  # case -> holds of cases it needs

    @property
    def primary(self) -> CaseState:
        return self.cases[0]

    @property
    def busy(self) -> bool:
        return any(state.busy for state in self.cases)

    def known(self, document: str) -> Known | None:
        for state in self.cases:
            if document in state.known:
                return state.known[document]
        return None

    def case_of(self, document: str) -> CaseState:
        for state in self.cases:
            if document in state.documents():
                return state
        return self.primary

    def link(self, document: str) -> LinkRow | None:
        known = self.known(document)
        return known.link if known is not None else self.prerequisites.get(document)


def related(content: Document, scope: Scope) -> Mapping[str, str]:
    """External ids of the documents a content needs, as far as they are known."""
    found = {need: scope.link(need) for need in content.needs()}
    return {need: row.external_id for need, row in found.items() if row is not None and row.external_id}


def believed(scope: Scope, overlay: Mapping[str, Seen] | None = None) -> dict[str, Seen]:
    """What stands at the target as far as our links tell, all documents of the scope included."""
    observed: dict[str, Seen] = {
        document: links.believed(row) for document, row in scope.prerequisites.items()
    }
    for state in scope.cases:
        for rendered in state.rendered.documents:
            observed[rendered.document] = Seen(rendered.document, rendered.kind, Life.ABSENT)
        for document, known in state.known.items():
            if known.link is not None:
                observed[document] = links.believed(known.link)
            else:
                observed[document] = Seen(document, known.kind, Life.ABSENT)
    observed.update(overlay or {})
    return observed
