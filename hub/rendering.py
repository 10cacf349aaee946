"""The contract between the planner and the pure mapping that renders a case's documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from hub.canonical import Entity, Ref
from hub.config.model import GroupConfig
from hub.documents import DocKind, Document
from hub.errors import Reason, Who


class CaseKind(StrEnum):
    CONTACT = "contact"
    INVOICE = "invoice"
    CREDIT = "credit"
    SETTLEMENT = "settlement"
    REQUEST = "request"  # asking for what is open on an invoice
    RECORD = "record"  # money a payment system took for an invoice, told to the practice system


@dataclass(frozen=True, slots=True)
class CaseKey:
    """A unit of planning at one target: `subject` is `{pms connection}:{source id}`; of contacts that no PMS
    knows `payer:{key}` and `supplier:{connection}`.

    `number` is what people call it (invoice number, `payment:<n>`, `patient:<id>`), never a name.
    """

    target: str
    kind: CaseKind
    subject: str
    number: str


@dataclass(frozen=True, slots=True)
class RenderedDocument:
    """One document of a case. `basis` is a plain string of every canonical value it is made of.

    `content` is None when `holds` say why it cannot be made. The kernel hashes `basis` (keyed); while a
    delivered document's basis stands, what was delivered is what is desired and `holds` are ignored.
    """

    document: str
    kind: DocKind
    basis: str
    content: Document | None
    holds: tuple[Reason, ...] = ()
    entity: str | None = None  # id of the canonical entity it comes from


@dataclass(frozen=True, slots=True)
class Work:
    """Something of a case that only a person can do; `settled` names the evidence that it is done.

    `note` says why what was found does not settle it. No text holds personal details.
    """

    kind: str
    subject: str
    sentence: str
    who: Who
    cents: int = 0
    note: str | None = None
    settled: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A standing ask for what is open on an invoice at `target` until `expires`; `over`: that has passed."""

    id: str
    target: str
    expires: datetime
    over: bool


@dataclass(frozen=True, slots=True)
class Rendered:
    """What should exist for one case.

    `stops` hold the whole case; `notes` are holds that stop nothing (a person should look); `needs` are
    other cases whose documents these need; `instead` are cases of other targets where this one belongs now;
    `waiting` says in words what is not an error but not ready.
    `work` is there for people to do; at `again` the case is planned once more, whatever happens until then.
    """

    documents: tuple[RenderedDocument, ...] = ()
    stops: tuple[Reason, ...] = ()
    notes: tuple[Reason, ...] = ()
    needs: tuple[CaseKey, ...] = ()
    nothing: str | None = None
    waiting: str | None = None
    work: tuple[Work, ...] = ()
    again: datetime | None = None
    instead: tuple[CaseKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivered:
    """A document that stands at the target as last delivered, under the target's own id."""

    document: str
    kind: DocKind
    content: Document
    version: int
    external_id: str = ""


class Facts(Protocol):
    """Read-only canonical facts of one group; the renderer may ask anything, the planner loads on demand."""

    def get(self, connection: str, kind: str, source_id: str) -> Entity | None: ...

    def entity_id(self, connection: str, kind: str, source_id: str) -> str: ...

    def pointing_at(
        self, connection: str, ref: Ref, kind: str, *, anywhere: bool = False
    ) -> Sequence[Entity]:
        """Living entities of `kind` that refer to `ref`, ordered by source id.

        Only those of `connection` itself; `anywhere`: also those another system told (card payments).
        """
        ...

    def issues(self, connection: str, kind: str, source_id: str) -> Sequence[Reason]:
        """Open issues on the record behind an entity (malformed, incomplete, vanished)."""
        ...

    def delivered(self, document: str) -> Delivered | None: ...

    def covered(self, connection: str, location: str, day: date) -> bool:
        """Whether an imported payment report that is complete for its range covers that day."""
        ...

    def asked(self, connection: str, invoice: str) -> Sequence[Asked]:
        """The standing asks for an invoice of a practice system, at most one per target."""
        ...

    def document_id(self, target: str, kind: DocKind, subject: str) -> str: ...


class Renderer(Protocol):
    """Pure: canonical facts and configuration to documents, and entities to the cases they touch."""

    def cases_of(self, entity: Entity, facts: Facts, config: GroupConfig) -> Sequence[CaseKey]: ...

    def asks(self, case: CaseKey, facts: Facts, config: GroupConfig) -> Sequence[str]:
        """Documents of which rendering this case asks whether they stand: a planner reads many at once."""
        ...

    def render(self, case: CaseKey, facts: Facts, config: GroupConfig) -> Rendered: ...
