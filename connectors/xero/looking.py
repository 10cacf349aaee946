"""Looking up many documents in few calls: what stands under each of our keys.

Contacts by id or number, invoices by IDs or InvoiceNumbers (parameters, not filters, so that very large
organisations answer them), credit notes and payments by `where`, overpayments by contact. A failed or
partial read raises and nothing is concluded from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from connectors.xero import marks, seeing, wire
from connectors.xero.client import XeroClient
from connectors.xero.seeing import Links
from connectors.xero.wire import Element
from hub.documents import Allocation, CreditNote, DebtorCard, DocKind, Overpayment, SalesInvoice
from hub.targets import Applied, Key, Life, Seen

# Values per request: addresses stay under about 3,000 characters.
IDS, NUMBERS, GUIDS = 50, 40, 25


@dataclass
class _Ours:
    """Which of Xero's ids, marks and (credit, invoice) pairs belong to which of the keys."""

    ids: dict[str, str] = field(default_factory=dict)
    halves: dict[str, str] = field(default_factory=dict)
    pairs: dict[tuple[str | None, str | None], str] = field(default_factory=dict)

    @classmethod
    def of(cls, keys: Sequence[Key]) -> _Ours:
        ours = cls()
        for key in keys:
            if key.external_id:
                ours.ids[key.external_id] = key.document
            ours.halves[marks.half(key.mark)] = key.document
            if isinstance(key.content, Allocation):
                pair = (key.related.get(key.content.credit), key.related.get(key.content.invoice))
                if None not in pair:
                    ours.pairs[pair] = key.document
        return ours

    def document(self, external_id: str | None, *texts: str) -> str | None:
        """The document behind an id, or behind a mark in a text."""
        if external_id in self.ids:
            return self.ids[external_id]
        named = (self.halves[half] for half, _ in marks.halves(*texts) if half in self.halves)
        return next(named, None)


class Looking:
    """One round of look-ups, sharing what each call brought."""

    def __init__(self, client: XeroClient, keys: Sequence[Key], links: Links) -> None:
        self._client, self._links = client, links
        self._keys: dict[DocKind, list[Key]] = defaultdict(list)
        for key in keys:
            self._keys[key.kind].append(key)
        self._ours = _Ours.of(keys)
        self._credits: dict[str, Element] = {}  # overpayments and credit notes by id
        self._payments: dict[str | None, list[Element]] = {}

    def all(self) -> dict[str, Seen]:
        """Every key's Seen. Raises ReadFailed and the pauses."""
        found = {seen.document: seen for seen in self._contacts()}
        invoices = self._numbered(DocKind.INVOICE)
        notes = self._numbered(DocKind.CREDIT_NOTE)
        self._read_payments(invoices, notes)
        for key, elements in [*invoices.values(), *notes.values()]:
            found[key.document] = self._document(key, elements)
        for key in [*self._keys[DocKind.RECEIPT], *self._keys[DocKind.REFUND]]:
            found[key.document] = self._payment(key)
        found |= {seen.document: seen for seen in self._overpayments()}
        found |= {seen.document: seen for seen in self._allocations()}
        return found

    def _contacts(self) -> Iterable[Seen]:
        keys = self._keys[DocKind.CONTACT]
        by_id: dict[str | None, list[Element]] = defaultdict(list)
        for ids in wire.chunks([k.external_id for k in keys if k.external_id], IDS):
            for element in self._client.pages("get_contacts", "Contacts", i_ds=ids, include_archived=True):
                by_id[wire.guid(element, "ContactID")].append(element)
        by_number: dict[str, list[Element]] = defaultdict(list)
        numbers = [_number(key) for key in keys if key.external_id not in by_id]
        for part in wire.chunks(numbers, NUMBERS):
            where = wire.any_of("ContactNumber", part, is_guid=False)
            for element in self._client.pages("get_contacts", "Contacts", where=where, include_archived=True):
                by_number[str(element.get("ContactNumber"))].append(element)
        for key in keys:
            elements = by_id.get(key.external_id) or by_number.get(_number(key), [])
            living = [e for e in elements if e.get("ContactStatus") in (None, "ACTIVE")]
            if len(living) > 1:
                yield seeing.ambiguous(key, "two active contacts carry our contact code")
            elif elements:
                yield seeing.contact(key, (living or elements)[0], self._links)
            else:
                yield seeing.absent(key)

    def _numbered(self, kind: DocKind) -> dict[str, tuple[Key, list[Element]]]:
        """Invoices or credit notes with every candidate found by id, else by number."""
        keys = self._keys[kind]
        invoice = kind is DocKind.INVOICE
        id_field, number_field = (
            ("InvoiceID", "InvoiceNumber") if invoice else ("CreditNoteID", "CreditNoteNumber")
        )
        by_id: dict[str | None, list[Element]] = defaultdict(list)
        for element in self._documents(kind, [k.external_id for k in keys if k.external_id], ids=True):
            by_id[wire.guid(element, id_field)].append(element)
        by_number: dict[str, list[Element]] = defaultdict(list)
        for element in self._documents(
            kind, [_number(k) for k in keys if k.external_id not in by_id], ids=False
        ):
            by_number[str(element.get(number_field))].append(element)
        return {k.document: (k, by_id.get(k.external_id) or by_number.get(_number(k), [])) for k in keys}

    def _documents(self, kind: DocKind, values: list[str], *, ids: bool) -> Iterable[Element]:
        if kind is DocKind.INVOICE:
            for part in wire.chunks(values, IDS if ids else NUMBERS):
                asked = {"i_ds": part} if ids else {"invoice_numbers": part}
                found = self._client.pages("get_invoices", "Invoices", unitdp=4, **asked)
                yield from (element for element in found if element.get("Type") == "ACCREC")
            return
        field_name = "CreditNoteID" if ids else "CreditNoteNumber"
        for part in wire.chunks(values, GUIDS):
            where = wire.any_of(field_name, part, is_guid=ids)
            for element in self._client.pages("get_credit_notes", "CreditNotes", where=where, unitdp=4):
                if element.get("Type") == "ACCRECCREDIT":
                    credit = wire.guid(element, "CreditNoteID")
                    if credit:
                        self._credits[credit] = element
                        self._client.credit_notes[credit] = True
                    yield element

    def _document(self, key: Key, elements: list[Element]) -> Seen:
        seen = [seeing.document(key, e, self._applied(e), self._links) for e in elements]
        mine = [s for s in seen if s.life in (Life.LIVE, Life.ENDED)]
        living = [s for s in mine if s.life is Life.LIVE]
        if len(living) > 1:
            return seeing.ambiguous(key, "two living documents carry our mark")
        strangers = [s for s in seen if s.life is Life.FOREIGN]
        return next(iter(living or strangers or mine), None) or seeing.absent(key)

    # --- what is applied ---------------------------------------------------------------------------

    def _read_payments(self, *groups: dict[str, tuple[Key, list[Element]]]) -> None:
        invoices, notes = (
            [e for _, elements in group.values() for e in elements if wire.children(e, "Payments")]
            for group in groups
        )
        on_invoices = [wire.guid(e, "InvoiceID") for e in invoices] + self._needed(DocKind.RECEIPT)
        on_notes = [wire.guid(e, "CreditNoteID") for e in notes] + self._needed(DocKind.REFUND)
        for name, ids in (("Invoice.InvoiceID", on_invoices), ("CreditNote.CreditNoteID", on_notes)):
            for part in wire.chunks([i for i in ids if i], GUIDS):
                self._keep_payments(wire.any_of(name, part, is_guid=True))
        here = {wire.guid(e, "PaymentID") for found in self._payments.values() for e in found}
        keys = self._keys[DocKind.RECEIPT] + self._keys[DocKind.REFUND]
        missing = [k.external_id for k in keys if k.external_id and k.external_id not in here]
        for part in wire.chunks(missing, GUIDS):
            self._keep_payments(wire.any_of("PaymentID", part, is_guid=True))

    def _needed(self, kind: DocKind) -> list[str | None]:
        return [key.related.get(key.content.needs()[0]) for key in self._keys[kind]]

    def _keep_payments(self, where: str) -> None:
        for element in self._client.pages("get_payments", "Payments", where=where):
            self._payments.setdefault(seeing.payment_target(element), []).append(element)

    def _applied(self, element: Element) -> list[Applied]:
        """Living payments and credits on one invoice or credit note."""
        invoice = wire.guid(element, "InvoiceID")
        root = invoice or wire.guid(element, "CreditNoteID")
        kind = DocKind.RECEIPT if invoice else DocKind.REFUND
        found = [self._paid(p, kind) for p in self._payments.get(root, []) if p.get("Status") != "DELETED"]
        for plural, id_field in (("CreditNotes", "CreditNoteID"), ("Overpayments", "OverpaymentID")):
            for used in wire.children(element, plural) if invoice else ():
                credit = wire.guid(used, id_field)
                document = self._ours.pairs.get((credit, invoice))
                cents = wire.cents(used, "AppliedAmount") or 0
                found.append(Applied(credit or "", DocKind.ALLOCATION, cents, document, wire.day(used)))
        for used in wire.children(element, "Prepayments") if invoice else ():
            cents = wire.cents(used, "AppliedAmount") or 0
            found.append(Applied(wire.guid(used, "PrepaymentID") or "", DocKind.ALLOCATION, cents, None))
        return found if invoice else found + self._allocated(element, root)

    def _allocated(self, element: Element, credit: str | None) -> list[Applied]:
        found = []
        for used in wire.children(element, "Allocations"):
            if not used.get("IsDeleted"):
                external = wire.guid(used, "AllocationID")
                invoice = wire.guid(wire.child(used, "Invoice"), "InvoiceID")
                document = self._ours.ids.get(external or "") or self._ours.pairs.get((credit, invoice))
                cents = wire.cents(used, "Amount") or 0
                found.append(Applied(external or "", DocKind.ALLOCATION, cents, document, wire.day(used)))
        return found

    def _paid(self, element: Element, kind: DocKind) -> Applied:
        external = wire.guid(element, "PaymentID")
        return Applied(
            external or "",
            kind,
            wire.cents(element, "Amount") or 0,
            self._ours.document(external, str(element.get("Reference") or "")),
            wire.day(element),
            bool(element.get("IsReconciled")),
        )

    # --- payments, overpayments, allocations --------------------------------------------------------

    def _payment(self, key: Key) -> Seen:
        every = {wire.guid(e, "PaymentID"): e for found in self._payments.values() for e in found}
        seen = [s for s in (seeing.payment(key, e) for e in every.values()) if s]
        living = [s for s in seen if s.life is Life.LIVE]
        if len(living) > 1:
            return seeing.ambiguous(key, "two living payments carry our mark")
        return next(iter(living or seen), None) or seeing.absent(key)

    def _overpayments(self) -> Iterable[Seen]:
        keys = self._keys[DocKind.OVERPAYMENT]
        contacts = [c for c in (k.related.get(k.content.needs()[0]) for k in keys) if c]
        banks: dict[str | None, Element] = {}
        credits: list[Element] = []
        for part in wire.chunks(contacts, GUIDS):
            where = wire.any_of("Contact.ContactID", part, is_guid=True)
            credits += self._client.pages("get_overpayments", "Overpayments", where=where)
            for bank in self._client.pages("get_bank_transactions", "BankTransactions", where=where):
                banks[wire.guid(bank, "OverpaymentID")] = bank
        here = {wire.guid(credit, "OverpaymentID") for credit in credits}
        credits += self._credits_by_id(
            [k.external_id for k in keys if k.external_id and k.external_id not in here]
        )
        for key in keys:
            yield self._overpayment(key, credits, banks)

    def _overpayment(self, key: Key, credits: list[Element], banks: dict[str | None, Element]) -> Seen:
        assert isinstance(key.content, Overpayment)
        seen, twins = [], []
        for credit in credits:
            external = wire.guid(credit, "OverpaymentID")
            bank = banks.get(external, {})
            applied = self._allocated(credit, external)
            applied += [self._paid(p, DocKind.REFUND) for p in wire.children(credit, "Payments")]
            if found := seeing.overpayment(key, credit, bank, applied, self._links):
                seen.append(found)
            elif external not in self._ours.ids:
                twin = seeing.unmarked_twin(key, credit, bank, self._links)
                twins += [twin] if twin else []
        living = [s for s in seen if s.life is Life.LIVE]
        if len(living) > 1:
            return seeing.ambiguous(key, "two living overpayments carry our mark")
        if living or seen:
            return (living or seen)[0]
        if len(twins) > 1:
            return seeing.ambiguous(key, "several overpayments without a mark equal ours")
        return twins[0] if twins else seeing.absent(key)

    def _credits_by_id(self, ids: Iterable[str]) -> list[Element]:
        found = []
        for part in wire.chunks(ids, GUIDS):
            where = wire.any_of("OverpaymentID", part, is_guid=True)
            for element in self._client.pages("get_overpayments", "Overpayments", where=where):
                credit = wire.guid(element, "OverpaymentID")
                if credit:
                    self._credits[credit] = element
                    self._client.credit_notes[credit] = False
                found.append(element)
        return found

    def _allocations(self) -> Iterable[Seen]:
        keys = self._keys[DocKind.ALLOCATION]
        wanted = [c for c in (k.related.get(k.content.needs()[0]) for k in keys) if c]
        fresh = [c for c in wanted if c not in self._credits]
        self._credits_by_id([c for c in fresh if not self._client.credit_notes.get(c)])
        list(self._documents(DocKind.CREDIT_NOTE, [c for c in fresh if c not in self._credits], ids=True))
        for key in keys:
            credit = key.related.get(key.content.needs()[0])
            element = self._credits.get(credit or "")
            if element is None or credit is None:
                yield seeing.absent(key)
            else:
                yield seeing.allocation(key, wire.children(element, "Allocations"), credit)

    def is_credit_note(self, credit: str) -> bool:
        """Whether the id of a credit is a credit note's (else an overpayment's); asks once and remembers."""
        if credit not in self._client.credit_notes:
            notes = list(self._documents(DocKind.CREDIT_NOTE, [credit], ids=True))
            self._client.credit_notes[credit] = bool(notes)
        return self._client.credit_notes[credit]


def _number(key: Key) -> str:
    assert isinstance(key.content, DebtorCard | SalesInvoice | CreditNote)
    return key.content.number
