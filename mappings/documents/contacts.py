"""The debtor card of a patient or payer, and the card of whoever keeps fees back.

A card's number is our key and its name always carries the reference, so that our names cannot collide and no
suffix depends on who came first (Xero developer docs: contact names are unique, without angle brackets or
doubled blanks, at most 255 characters). A card exists only for somebody who owes or is owed something. A
merged or anonymised patient keeps the card as posted.
"""

from __future__ import annotations

from hub.canonical import Patient
from hub.documents import DebtorCard, DocKind
from hub.rendering import Rendered, RenderedDocument
from mappings.documents.basics import moves_money
from mappings.documents.debtors import debtor_of
from mappings.documents.overpayments import holder_of, starts_before
from mappings.documents.portions import parts_of
from mappings.documents.view import View, basis, payer_subject, supplier_subject

NAME_LENGTH, EMAIL_LENGTH, NUMBER_LENGTH = 255, 255, 50


def render_patient(view: View, patient_id: str) -> Rendered:
    """The card of a patient, if any document needs it or it was posted."""
    document = view.contact_document(view.subject(patient_id))
    posted = view.delivered(document)
    patient = view.patient(patient_id)
    if patient is None and posted is None:
        return Rendered(waiting="The patient's record was not read yet.")
    if posted is None and not _needed(view, patient_id, document):
        return Rendered(nothing="No document needs this contact.")
    content = posted if isinstance(posted, DebtorCard) else None
    entity = None
    made = basis(patient=patient_id)
    if patient is not None:
        entity = view.entity_of(patient)
        made = _basis(patient)
        if content is None or not (patient.merged_into or _anonymous(patient)):
            content = card_of(view, patient)
    return Rendered((RenderedDocument(document, DocKind.CONTACT, made, content, (), entity),))


def render_payer(view: View, key: str) -> Rendered:
    """The card of a payer of the group's file; one that left the file keeps the card as posted."""
    subject = payer_subject(key)
    document = view.contact_document(subject)
    posted = view.delivered(document)
    payer = next((payer for payer in view.config.payers if payer.key == key), None)
    content = posted if isinstance(posted, DebtorCard) else None
    if payer is not None:
        content = DebtorCard(
            number=f"{view.config.id}-P-{key}",
            name=clean(payer.name)[:NAME_LENGTH],
            email=(payer.email or "")[:EMAIL_LENGTH],
            tax_number="".join(c for c in payer.tax_number or "" if c.isalnum()),
        )
    if content is None:
        return Rendered(nothing="No payer of this key stands in the group's file.")
    return Rendered((RenderedDocument(document, DocKind.CONTACT, basis(payer=key), content),))


def render_supplier(view: View, connection: str) -> Rendered:
    """The card of whoever keeps fees back from a connection's settlements; once posted it is kept."""
    subject = supplier_subject(connection)
    document = view.contact_document(subject)
    posted = view.delivered(document)
    content = posted if isinstance(posted, DebtorCard) else None
    rule = view.config.settlement_rule(connection)
    if rule is not None:
        name = clean(rule.fee_contact)[:NAME_LENGTH]
        content = DebtorCard(number=f"{view.config.id}-S-{connection}"[:NUMBER_LENGTH], name=name)
    if content is None:
        return Rendered(nothing="No supplier of this key stands in the group's file.")
    made = basis(supplier=connection)
    return Rendered((RenderedDocument(document, DocKind.CONTACT, made, content),))


def card_of(view: View, patient: Patient) -> DebtorCard:
    """The card of a patient's own record: `{Last}, {First} ({reference})`, or by policy the reference."""
    reference = f"{view.prefix}{patient.source.source_id}"
    if view.config.policy.contact_names == "references":
        return DebtorCard(number=reference, name=reference)
    first, last = clean(patient.first_name), clean(patient.last_name)
    who = ", ".join(part for part in (last, first) if part) or "Patient"
    tail = f" ({reference})"
    name = who[: NAME_LENGTH - len(tail)].rstrip() + tail
    email = (patient.email or "").strip()
    return DebtorCard(reference, name, first, last, email if len(email) <= EMAIL_LENGTH else "")


def clean(text: str) -> str:
    """Without angle brackets, control characters, outer or doubled blanks."""
    kept = "".join(" " if c in "<>" or not c.isprintable() else c for c in text)
    return " ".join(kept.split())


def _basis(patient: Patient) -> str:
    return basis(
        patient=patient.source.source_id,
        first=patient.first_name,
        last=patient.last_name,
        email=patient.email,
    )


def _anonymous(patient: Patient) -> bool:
    return not (patient.first_name.strip() or patient.last_name.strip())


def _needed(view: View, patient_id: str, document: str) -> bool:
    """Whether an invoice, credit note or overpayment in force has this card as its contact."""
    for member in view.family(patient_id):
        for invoice in view.invoices_of(Patient.kind, member):
            place = view.place(invoice.location)
            dated = place is not None and invoice.issued >= place.start
            if dated and moves_money(invoice) and debtor_of(view, invoice).contact == document:
                return True
        for payment in view.payments_of(Patient.kind, member):
            if starts_before(view, payment):
                continue
            parts = parts_of(view, payment)
            if any(holder_of(view, payment, i, parts).contact == document for i in parts.overpayments):
                return True
    return False
