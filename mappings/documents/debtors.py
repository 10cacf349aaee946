"""Who owes a document: the patient, or a third party named only by the free text of the address block.

Cliniko's API shows a payer nowhere but in `invoice_to`, so each group writes rules (practice; Cliniko
OpenAPI). A text that is empty or begins with the patient's own name is the patient's; one payer's rules must
fit any other text, two payers or none is a hold. A merged patient keeps the contact on what was posted; new
documents go to the survivor's contact (Xero developer docs: contacts).
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.canonical import Invoice
from hub.config.model import Payer
from hub.documents import CreditNote, DebtorCard, DocKind, Overpayment, SalesInvoice
from hub.errors import Reason
from hub.rendering import CaseKey
from mappings.documents import reasons
from mappings.documents.view import View, payer_subject


@dataclass(frozen=True, slots=True)
class Debtor:
    """The contact of a document, or why there is none."""

    contact: str | None
    case: CaseKey | None
    reasons: tuple[Reason, ...] = ()
    patient: str | None = None
    missing: bool = False  # the patient's record was not read yet


def debtor_of(view: View, invoice: Invoice) -> Debtor:
    """Who owes an invoice (or holds a credit note)."""
    text = (invoice.bill_to or "").strip()
    cents = abs(invoice.total)
    kept = _kept(view, invoice) if invoice.patient else None
    record = view.patient(kept) if kept else None
    if not text or (kept and first_line(text) in _names(view, invoice, kept)):
        if kept is None:
            return Debtor(None, None, (reasons.no_debtor(cents),))
        contact = view.contact_document(view.subject(kept))
        return Debtor(contact, view.patient_case(kept), (), kept, record is None)
    found = matching(view.config.payers, text)
    if len(found) == 1:
        subject = payer_subject(found[0].key)
        return Debtor(view.contact_document(subject), view.payer_case(found[0].key))
    if found:
        return Debtor(None, None, (reasons.payers(cents, text, [payer.key for payer in found]),))
    return Debtor(None, None, (reasons.payer(cents, text),), missing=bool(kept) and record is None)


def payer_of(view: View, debtor: Debtor) -> Payer | None:
    """The payer of the group's file who is this debtor; None for a patient or nobody."""
    for payer in view.config.payers:
        if debtor.contact == view.contact_document(payer_subject(payer.key)):
            return payer
    return None


def identity_of(invoice: Invoice) -> dict[str, str | None]:
    """The canonical side of the debtor: neither the patient's name, nor a merge, nor a payer rule."""
    return {"patient": invoice.patient, "bill_to": (invoice.bill_to or "").strip() or None}


def matching(payers: tuple[Payer, ...], text: str) -> list[Payer]:
    """Every payer one of whose rules fits the text; letter case and runs of blanks do not matter."""
    head, whole = first_line(text), _plain(text)
    return [
        payer
        for payer in payers
        if any(_plain(part) in head for part in payer.first_line_contains)
        or any(_contains(whole, _plain(part)) for part in payer.text_contains)
    ]


def first_line(text: str) -> str:
    """The first line that holds anything, in plain form."""
    lines = [_plain(line) for line in text.splitlines()]
    return next((line for line in lines if line), "")


def _contains(whole: str, part: str) -> bool:
    """Business numbers are compared as digits, since people group them as they like."""
    digits = part.replace(" ", "")
    if digits.isdigit():
        return digits in whole.replace(" ", "")
    return part in whole


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _names(view: View, invoice: Invoice, kept: str) -> set[str]:
    """The names the patient goes or went by: the record's, and that of the card as posted."""
    names = set()
    for patient in {kept, invoice.patient or kept}:
        record = view.patient(patient)
        if record is not None:
            names.add(_plain(record.full_name))
        card = view.delivered(view.contact_document(view.subject(patient)))
        if isinstance(card, DebtorCard):
            names.add(_plain(f"{card.first_name} {card.last_name}"))
    return names - {""}


def _kept(view: View, invoice: Invoice) -> str:
    """The patient whose contact the document has or gets."""
    posted = posted_contact(view, invoice)
    return keep_in_family(view, invoice.patient or "", posted)


def keep_in_family(view: View, patient: str, posted: str | None) -> str:
    """The survivor of `patient`, unless what was posted stands on another member of the merged family."""
    top = view.survivor(patient)
    if posted is None or posted == view.contact_document(view.subject(top)):
        return top
    family = view.family(patient)
    return next((p for p in family if view.contact_document(view.subject(p)) == posted), top)


def posted_contact(view: View, invoice: Invoice) -> str | None:
    """The contact document that stands on the invoice or credit note as posted."""
    subject = view.subject(invoice.source.source_id)
    for kind in (DocKind.INVOICE, DocKind.CREDIT_NOTE):
        content = view.delivered(view.document(kind, subject))
        if isinstance(content, SalesInvoice | CreditNote):
            return content.contact
    return None


def overpayment_contact(view: View, document: str) -> str | None:
    content = view.delivered(document)
    return content.contact if isinstance(content, Overpayment) else None
