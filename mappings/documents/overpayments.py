"""A payment's credit case: one overpayment per source with money on no invoice of its day.

Unallocated patient money has no tax (a bookkeeper's part 8) and stands with the location that took it. Its
contact is the patient's; where all of it is put on later invoices of one other debtor, that debtor's, since
credit of one contact cannot be put on another's invoice (Xero developer docs: allocations).
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.canonical import Payment
from hub.documents import DocKind, Overpayment
from hub.errors import Reason
from hub.rendering import CaseKey, RenderedDocument
from mappings.documents import reasons
from mappings.documents.coding import tracking_of
from mappings.documents.debtors import debtor_of, keep_in_family, overpayment_contact
from mappings.documents.methods import clearing, label
from mappings.documents.portions import Parts, overpayment_document, parts_of
from mappings.documents.receipts import money_values
from mappings.documents.view import View, basis, payer_subject
from mappings.documents.wallet import back_id, unnamed_back, wallet_of


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose credit an overpayment is; no contact when the payment names nobody."""

    contact: str | None
    case: CaseKey | None


def overpayment_documents(view: View, payment: Payment) -> tuple[list[RenderedDocument], list[CaseKey]]:
    """The overpayments of a payment and the contact cases they need."""
    parts, found, needs = parts_of(view, payment), list[RenderedDocument](), list[CaseKey]()
    for index, amount in sorted(parts.overpayments.items()):
        document = overpayment_document(view, payment, index)
        posted = view.delivered(document) is not None
        started = _before_start(view, payment, amount)
        if started and not posted and not any(p.source == index for p in parts.allocations):
            continue
        holder = holder_of(view, payment, index, parts)
        account = clearing(view, payment, index, amount)
        holds = [started] if started else []
        place = view.place(payment.location)
        if place is not None and place.target != view.target:
            holds.append(reasons.moved_organisation(amount))
        if isinstance(account, Reason):
            holds.append(account)
        if holder.contact is None:
            holds.append(reasons.no_debtor(amount))
        content = None
        if not holds and isinstance(account, str) and holder.contact is not None:
            option = tracking_of(view.config, place) if place is not None else None
            words = label(payment, index, f"payment {payment.number}")
            content = Overpayment(
                holder.contact, account, payment.paid_on, amount, payment.currency, words, option
            )
        made = basis(**money_values(payment, index), patient=payment.patient, amount=amount)
        entity = view.entity_of(payment)
        found.append(RenderedDocument(document, DocKind.OVERPAYMENT, made, content, tuple(holds), entity))
        needs += [holder.case] if holder.case else []
    return found, needs


def unnamed_refund(view: View, payment: Payment) -> list[RenderedDocument]:
    """Money paid back that names nothing: R3 where the patient's open credits suffice, else R4. Both held."""
    cents = unnamed_back(payment)
    if cents <= 0:
        return []
    wallet = wallet_of(view, payment.patient)
    suffices = bool(wallet.draws.get(back_id(payment))) and back_id(payment) not in wallet.unknown
    reason = reasons.refund_r3(cents) if suffices else reasons.refund_r4(cents)
    document = view.document(DocKind.REFUND, view.subject(payment.source.source_id, "credit"))
    made = basis(**money_values(payment, 0), patient=payment.patient, amount=cents)
    return [RenderedDocument(document, DocKind.REFUND, made, None, (reason,), view.entity_of(payment))]


def holder_of(view: View, payment: Payment, index: int, parts: Parts | None = None) -> Holder:
    """The contact an overpayment is posted to; one already posted keeps its contact."""
    parts = parts or parts_of(view, payment)
    posted = overpayment_contact(view, overpayment_document(view, payment, index))
    if posted is not None:
        return Holder(posted, _case_of(view, payment, posted))
    mine = [p for p in parts.allocations if p.source == index]
    debtors = []
    for part in mine:
        invoice = view.invoice(part.invoice)
        if invoice is not None:
            debtors.append(debtor_of(view, invoice))
    if debtors and sum(p.amount for p in mine) == parts.overpayments.get(index):
        contacts = {debtor.contact for debtor in debtors}
        if len(contacts) == 1 and debtors[0].contact is not None:
            return Holder(debtors[0].contact, debtors[0].case)
    if payment.patient is None:
        return Holder(None, None)
    patient = view.survivor(payment.patient)
    return Holder(view.contact_document(view.subject(patient)), view.patient_case(patient))


def starts_before(view: View, payment: Payment) -> bool:
    """Whether the money came before the start date of the location that took it."""
    place = view.place(payment.location)
    return place is not None and payment.paid_on < place.start


def _before_start(view: View, payment: Payment, amount: int) -> Reason | None:
    place = view.place(payment.location)
    if place is None or not starts_before(view, payment):
        return None
    return reasons.payment_before_start(place.start, amount)


def _case_of(view: View, payment: Payment, contact: str) -> CaseKey | None:
    if payment.patient is not None:
        patient = keep_in_family(view, payment.patient, contact)
        if view.contact_document(view.subject(patient)) == contact:
            return view.patient_case(patient)
    for payer in view.config.payers:
        if view.contact_document(payer_subject(payer.key)) == contact:
            return view.payer_case(payer.key)
    return None
