"""One renderer's look at the facts of one practice system connection for one target: typed and ordered.

Everything here only reads. Living entities come ordered, so that a rendering never depends on the order in
which facts were learned.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.canonical import (
    CreditApplication,
    Evidence,
    Invoice,
    InvoiceStatus,
    Patient,
    Payment,
    Ref,
    Settlement,
)
from hub.config.model import GroupConfig, LocationConfig
from hub.documents import DocKind, Document
from hub.ids import canonical_json
from hub.rendering import CaseKey, CaseKind, Facts


@dataclass(frozen=True, slots=True)
class View:
    """Facts and configuration as seen from one connection towards one target."""

    connection: str
    target: str
    facts: Facts
    config: GroupConfig

    # --- places and names

    def place(self, location: str) -> LocationConfig | None:
        """The configured location of a source location id, whatever its target."""
        return self.config.location_of(self.connection, location)

    @property
    def prefix(self) -> str:
        return next((c.prefix for c in self.config.connections if c.id == self.connection), "")

    def at(self, target: str) -> View:
        """The same look towards another target."""
        return View(self.connection, target, self.facts, self.config)

    def subject(self, *parts: str | int) -> str:
        return ":".join((self.connection, *map(str, parts)))

    def document(self, kind: DocKind, subject: str) -> str:
        return self.facts.document_id(self.target, kind, subject)

    def delivered(self, document: str) -> Document | None:
        """What stands at the target under a document, as last delivered."""
        found = self.facts.delivered(document)
        return None if found is None else found.content

    def contact_document(self, subject: str) -> str:
        return self.document(DocKind.CONTACT, subject)

    def invoice_document(self, invoice: Invoice) -> str:
        """The document of an invoice, or of a credit note where the total is negative."""
        kind = DocKind.CREDIT_NOTE if invoice.total < 0 else DocKind.INVOICE
        return self.document(kind, self.subject(invoice.source.source_id))

    # --- entities

    def invoice(self, source_id: str) -> Invoice | None:
        found = self.facts.get(self.connection, Invoice.kind, source_id)
        return found if isinstance(found, Invoice) else None

    def patient(self, source_id: str) -> Patient | None:
        found = self.facts.get(self.connection, Patient.kind, source_id)
        return found if isinstance(found, Patient) else None

    def payment(self, source_id: str) -> Payment | None:
        """A payment that somebody saw; a derived one is no money."""
        found = self.facts.get(self.connection, Payment.kind, source_id)
        return found if isinstance(found, Payment) and found.evidence is not Evidence.DERIVED else None

    def payments_of(self, kind: str, source_id: str) -> list[Payment]:
        """Seen (never derived) payments naming an invoice or a patient, by date and number."""
        found = self.facts.pointing_at(self.connection, Ref(kind, source_id), Payment.kind)
        seen = [p for p in found if isinstance(p, Payment) and p.evidence is not Evidence.DERIVED]
        return sorted(seen, key=lambda p: (p.paid_on, p.source.source_id))

    def invoices_of(self, kind: str, source_id: str) -> list[Invoice]:
        """Living invoices of a patient, or credit notes that reverse an invoice, by date and source id."""
        found = self.facts.pointing_at(self.connection, Ref(kind, source_id), Invoice.kind)
        living = [i for i in found if isinstance(i, Invoice) and i.status is not InvoiceStatus.REMOVED]
        return sorted(living, key=lambda i: (i.issued, i.source.source_id))

    def taken_on(self, invoice: str) -> list[Payment]:
        """What payment systems took on an invoice (or gave back): it posts nothing, it explains."""
        ref = Ref(Invoice.kind, invoice)
        found = self.facts.pointing_at(self.connection, ref, Payment.kind, anywhere=True)
        return [p for p in found if isinstance(p, Payment) and p.source.connection != self.connection]

    def notes_of(self, invoice: Invoice) -> list[Invoice]:
        """Living credit notes that reverse an invoice, oldest first."""
        sid = invoice.source.source_id
        return [n for n in self.invoices_of(Invoice.kind, sid) if n.reverses == sid and n.total < 0]

    def uses_of(self, invoice: Invoice) -> list[CreditApplication]:
        """Credit used on an invoice, by date and source id."""
        sid = invoice.source.source_id
        return [use for use in self.uses_drawn_from(Invoice.kind, sid) if use.invoice == sid]

    def uses_drawn_from(self, kind: str, source_id: str) -> list[CreditApplication]:
        """Uses of credit that point at a payment or a credit note, by date and source id."""
        found = self.facts.pointing_at(self.connection, Ref(kind, source_id), CreditApplication.kind)
        uses = [u for u in found if isinstance(u, CreditApplication)]
        return sorted(uses, key=lambda u: (u.applied_on, u.source.source_id))

    def entity_of(self, entity: Invoice | Payment | Patient | CreditApplication) -> str:
        return self.facts.entity_id(self.connection, entity.kind, entity.source.source_id)

    def family(self, patient: str) -> list[str]:
        """The patient who survived all merges first, then everybody merged into them, sorted."""
        top = self.survivor(patient)
        found, todo = [top], [top]
        while todo:
            ref = Ref(Patient.kind, todo.pop())
            for other in self.facts.pointing_at(self.connection, ref, Patient.kind):
                if isinstance(other, Patient) and other.source.source_id not in found:
                    found.append(other.source.source_id)
                    todo.append(other.source.source_id)
        return [top, *sorted(found[1:])]

    def survivor(self, patient: str) -> str:
        """Where merges end; a circle of merges ends where it began."""
        seen = [patient]
        while (record := self.patient(seen[-1])) and record.merged_into:
            if record.merged_into in seen:
                return min(seen)
            seen.append(record.merged_into)
        return seen[-1]

    # --- cases

    def invoice_case(self, source_id: str, target: str | None = None) -> CaseKey:
        invoice = self.invoice(source_id)
        number = source_id if invoice is None else invoice.number
        return CaseKey(target or self.target, CaseKind.INVOICE, self.subject(source_id), number)

    def credit_case(self, payment: Payment, target: str | None = None) -> CaseKey:
        subject = self.subject(payment.source.source_id)
        return CaseKey(target or self.target, CaseKind.CREDIT, subject, f"payment:{payment.number}")

    def patient_case(self, patient: str, target: str | None = None) -> CaseKey:
        return CaseKey(target or self.target, CaseKind.CONTACT, self.subject(patient), f"patient:{patient}")

    def payer_case(self, key: str) -> CaseKey:
        return CaseKey(self.target, CaseKind.CONTACT, payer_subject(key), payer_subject(key))

    def supplier_case(self) -> CaseKey:
        """The contact of whoever keeps fees back from this connection's settlements."""
        subject = supplier_subject(self.connection)
        return CaseKey(self.target, CaseKind.CONTACT, subject, subject)

    def supplier_document(self) -> str:
        return self.contact_document(supplier_subject(self.connection))


def payer_subject(key: str) -> str:
    return f"payer:{key}"


def supplier_subject(connection: str) -> str:
    return f"supplier:{connection}"


def settlement_case(settlement: Settlement, ledger: str) -> CaseKey:
    subject = f"{settlement.source.connection}:{settlement.source.source_id}"
    return CaseKey(ledger, CaseKind.SETTLEMENT, subject, settlement.number)


def basis(**values: object) -> str:
    """The canonical values a document is made of, as one string (the kernel keeps only its keyed hash)."""
    return canonical_json(values)


__all__ = [
    "View",
    "basis",
    "payer_subject",
    "settlement_case",
    "supplier_subject",
]
