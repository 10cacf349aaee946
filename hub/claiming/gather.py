"""Claims from invoices: each line that a scheme owes is one claim, or is named with what is missing.

Until a claim is in a file it follows its invoice. Afterwards a change of the invoice is held: an open issue
on the invoice stops its case, so that nothing is corrected in the books that the scheme does not know. A
service is never claimed twice, and a refused one only on a person's word (hub.claiming.mending).
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from zoneinfo import ZoneInfo

from hub.canonical import Claim, ClaimState, Invoice, Provenance
from hub.claiming import reasons
from hub.claiming.billing import ISSUES, Service
from hub.claiming.desk import Desk
from hub.claims import ClaimItem
from hub.config.schemes import SchemeConfig
from hub.errors import Misconfigured, Reason
from hub.ids import mark_half
from hub.store import claims, entities, issues
from hub.store.claims import Row
from hub.store.facts import StoreFacts
from hub.store.session import Unit

VERSION = "claims-1"


@dataclass
class Gathered:
    """`made` and `withdrawn` claims; `held` lines with something missing; `changed`: invoices whose case an
    issue now stops or lets go (connection, source id)."""

    made: int = 0
    withdrawn: int = 0
    held: int = 0
    changed: list[tuple[str, str]] = field(default_factory=list)


def of_invoice(
    unit: Unit,
    desk: Desk,
    connection: str,
    source_id: str,
    report: Gathered,
    again: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Bring the claims of one invoice up to date. `again`: lines to be claimed anew, and what they replace.

    Practice systems give an edited line a new id: while a claim of the invoice no longer finds its line,
    nobody claims the others by themselves.
    """
    facts = StoreFacts(unit)
    rows = claims.of_invoice(unit, connection, source_id)
    found = entities.get(unit, connection, Invoice.kind, source_id)
    invoice = found if isinstance(found, Invoice) else None
    scheme = desk.billing.scheme_of(invoice, facts, desk.config) if invoice is not None else None
    services = (
        {s.line: s for s in desk.billing.services(invoice, scheme, facts, desk.config)}
        if invoice is not None and scheme is not None
        else {}
    )
    work = _Work(unit, desk, connection, source_id, invoice, scheme, report)
    left = {row.line: row for row in rows if row.state.left}
    changed = sum(row.cents for line, row in left.items() if not work.same(row, services.get(line)))
    lost = [row for row in orphans(rows, services) if row.reference not in again.values()]
    kept = {*left, *((row.line for row in lost) if services else ())}
    for line in sorted({*services, *(row.line for row in rows)} - left.keys()):
        history, service = [row for row in rows if row.line == line], services.get(line)
        ended = _ended(history)
        if service is None or changed:
            work.withdraw(history)
            continue
        kept.add(line)
        if any(row.state is ClaimState.READY for row in history) or line in again:
            work.claim(history, service, again.get(line))
        elif ended and ended[-1].state is ClaimState.REFUSED:
            continue
        elif before := (ended or lost)[-1:]:
            work.tell(service, [reasons.anew(before[0].reference, service.cents)])
        else:
            work.claim(history, service)
    work.close_others(kept)
    if rows:
        work.tell_changed(changed)


def orphans(rows: Sequence[Row], lines: Container[str]) -> list[Row]:
    """Refused or cancelled claims whose line is gone and that nothing replaces yet, oldest first."""
    replaced = {row.replaces for row in rows if row.state is not ClaimState.WITHDRAWN}
    return [row for row in _ended(rows) if row.line not in lines and row.reference not in replaced]


def _ended(history: Iterable[Row]) -> list[Row]:
    """Claims of a line that were refused or taken back by a person, oldest first."""
    return [row for row in history if row.state in (ClaimState.REFUSED, ClaimState.CANCELLED)]


@dataclass(slots=True)
class _Work:
    """One invoice's lines being claimed."""

    unit: Unit
    desk: Desk
    connection: str
    source_id: str
    invoice: Invoice | None
    scheme: str | None
    report: Gathered

    def same(self, row: Row, service: Service | None) -> bool:
        """Whether the invoice still says what was claimed. A configuration alone never makes it differ."""
        claim = claims.get(self.unit, row.scheme, row.reference)
        if claim is None or service is None or self.scheme != row.scheme or service.basis != claim.basis:
            return False
        now, then = service.item, claim.item
        return now is None or (now.member, now.served_from) == (then.member, then.served_from)

    def withdraw(self, history: Iterable[Row]) -> None:
        for row in history:
            claim = claims.get(self.unit, row.scheme, row.reference)
            if row.state is ClaimState.READY and claim is not None:
                claims.keep(self.unit, replace(claim, state=ClaimState.WITHDRAWN))
                self.report.withdrawn += 1

    def claim(self, history: list[Row], service: Service, replaces: str | None = None) -> None:
        """One line in no file: its claim as the invoice is now, or what stands against it."""
        assert self.invoice is not None
        assert self.scheme is not None
        ready = [row for row in history if row.state is ClaimState.READY]
        item, twin, missing = self._item(history, service, replaces)
        wanted = item.reference if item is not None and not missing else None
        self.withdraw(row for row in ready if row.reference != wanted)
        self.tell(service, missing)
        if wanted is None or item is None:
            self.report.held += 1
            return
        if any(row.reference == wanted for row in ready):
            return
        source = Provenance(self.scheme, ISSUES, wanted, self.invoice.source.raw_record, VERSION)
        made = Claim(
            source,
            item,
            self.connection,
            self.source_id,
            self.invoice.number,
            ClaimState.READY,
            service.basis,
        )
        claims.make(self.unit, made, twin, 1 + len(_ended(history)))
        self.report.made += 1

    def _item(
        self, history: list[Row], service: Service, replaces: str | None
    ) -> tuple[ClaimItem | None, str, list[Reason]]:
        """The item with its reference, the key of its service, and everything against claiming it."""
        missing, twin = list(service.missing), ""
        if service.item is None:
            return None, twin, missing
        entry, ended = self.desk.config.scheme(self.scheme or ""), _ended(history)
        reference = reference_of(
            self.unit, entry, self.connection, self.source_id, service.item, 1 + len(ended)
        )
        known = [row.replaces for row in history if row.state is ClaimState.READY]
        before = replaces or next(iter(known), None) or (ended[-1].reference if ended else None)
        item = replace(service.item, reference=reference, replaces=before)
        try:
            opened = self.desk.scheme(self.unit, entry, service.location)
        except Misconfigured as error:
            return item, twin, [*missing, Reason(error.code, error.sentence, error.who, service.cents)]
        missing += opened.check(item, self._today(service.location))
        twin = claims.twin_key(self.unit, opened.twin(item))
        other = claims.standing_twin(self.unit, entry.id, twin)
        if other is not None and other not in {row.reference for row in history}:
            missing.append(reasons.twin(other, service.cents))
        return item, twin, list({reason.code: reason for reason in reversed(missing)}.values())

    def _today(self, location: str | None) -> date:
        place = next((p for p in self.desk.config.locations if p.key == location), None)
        return self.unit.now.astimezone(ZoneInfo(place.zone if place else "UTC")).date()

    def tell(self, service: Service, missing: Iterable[Reason]) -> None:
        """Open issues of a line are exactly what is missing."""
        at = (self.connection, ISSUES, f"{self.source_id}:{service.line}")
        wanted = {reason.code: reason for reason in missing}
        for stream, reason in issues.on_record(self.unit, self.connection, at[2]):
            if stream == ISSUES and reason.code not in wanted:
                issues.close_issue(self.unit, *at, reason.code, why="no longer missing")
        assert self.invoice is not None
        number, raw = self.invoice.number, self.invoice.source.raw_record
        for reason in wanted.values():
            issues.open_issue(self.unit, *at, number, reason, raw)

    def close_others(self, kept: Collection[str]) -> None:
        """Issues of lines that are gone, or that nobody claims any more, are over."""
        for source_id in issues.under(self.unit, self.connection, ISSUES, f"{self.source_id}:"):
            if source_id.partition(":")[2] not in kept:
                issues.close_issue(self.unit, self.connection, ISSUES, source_id, why="nothing to claim")

    def tell_changed(self, cents: int) -> None:
        """An issue on the invoice itself while it no longer says what was claimed: it stops its case."""
        at = (self.connection, Invoice.kind, self.source_id)
        open_ = any(
            (stream, reason.code) == (Invoice.kind, reasons.CHANGED)
            for stream, reason in issues.on_record(self.unit, self.connection, self.source_id)
        )
        if cents:
            number = self.invoice.number if self.invoice is not None else self.source_id
            issues.open_issue(self.unit, *at, number, reasons.changed(cents))
        elif open_:
            issues.close_issue(
                self.unit, *at, reasons.CHANGED, why="it says what was claimed, or no claim stands"
            )
        if bool(cents) != open_:
            self.report.changed.append((self.connection, self.source_id))


def reference_of(
    unit: Unit, entry: SchemeConfig, connection: str, invoice: str, item: ClaimItem, number: int
) -> str:
    """The reference of a line's how manieth claim with this content: 14 characters, letters and digits.

    Computed, so that a database restored from a copy names a claim that was sent since by the same
    reference, and never another one by it.
    """
    content = repr(claims.essence(item))
    half = mark_half(
        unit.vault.key,
        "claim",
        entry.id,
        connection,
        invoice,
        item.invoice_line,
        str(number),
        content,
        length=12,
    ).upper()
    return f"{half[:4]}-{half[4:8]}-{half[8:]}"
