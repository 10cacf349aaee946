"""Money a payment system took, told to the practice system: written by the hub, else a work item for staff.

The practice system's own payment is what is posted, once it is read back. What cannot be written there (money
given back, and everything at a system that takes no payments) is entered by staff; the item closes when the
payment is read back.
"""

from __future__ import annotations

from dataclasses import replace

from hub.canonical import Invoice, Payment
from hub.config.model import GroupConfig
from hub.documents import DocKind, RecordedPayment
from hub.errors import Reason, Who
from hub.rendering import CaseKey, CaseKind, Rendered, RenderedDocument, Work
from mappings.documents import reasons
from mappings.documents.collecting import owing
from mappings.documents.coverage import known_paid
from mappings.documents.taken import Taken, record_document, taken_for
from mappings.documents.view import View, basis

ENTER, GIVE_BACK = "record-payment", "record-refund"


def record_case(config: GroupConfig, payment: Payment, invoice: str, number: str) -> CaseKey | None:
    """Where money on an invoice is told: at the practice system if it takes payments, else by people.

    Those cases stand at the payment system, since a case needs somebody who can be written to.
    """
    if not payment.pms:
        return None
    written = {one.id for one in config.connections if one.is_written}
    for target in (payment.home, payment.source.connection):
        if target in written:
            return CaseKey(target, CaseKind.RECORD, f"{payment.home}:{invoice}", number)
    return None


def render_record(view: View, source_id: str) -> Rendered:
    """Everything payment systems took for one invoice of the view's practice system."""
    at_practice = view.target == view.connection
    every = taken_for(view, source_id)
    taken = [one for one in every if _here(view, one, source_id)]
    if not taken:
        return Rendered(nothing="No payment system took anything for it.")
    word = view.config.collect.methods.get(view.connection, "") if view.config.collect else ""
    if not word:
        cents = sum(one.cents for one in taken if one.told is None)
        return Rendered(stops=(reasons.no_word(view.connection, cents),)) if cents else Rendered()
    documents: list[RenderedDocument] = []
    work: list[Work] = []
    for one in sorted(taken, key=lambda each: not _written(view, each)):
        wrong = _issues(view, one)
        if at_practice and one.cents > 0:
            documents.append(replace(_document(view, source_id, one, word, documents), holds=wrong))
        elif not wrong:  # what is wrong with it is told as an issue
            work.append(_work(view, source_id, one, word, every))
    return Rendered(tuple(documents), work=tuple(work))


def _here(view: View, one: Taken, invoice: str) -> bool:
    """Whether it is this case that tells it."""
    key = record_case(view.config, one.payment, invoice, "")
    return key is not None and key.target == view.target


def _issues(view: View, one: Taken) -> tuple[Reason, ...]:
    source = one.payment.source
    return tuple(view.facts.issues(source.connection, Payment.kind, source.source_id))


def _written(view: View, one: Taken) -> bool:
    return view.facts.delivered(record_document(view, one.payment)) is not None


def _document(
    view: View, invoice: str, one: Taken, word: str, before: list[RenderedDocument]
) -> RenderedDocument:
    """Equal payments are written one after the other, those that stand already first."""
    payment, content = one.payment, [each.content for each in before]
    same = tuple(
        each.document
        for each, known in zip(before, content, strict=True)
        if isinstance(known, RecordedPayment) and (known.on, known.amount) == (payment.paid_on, one.cents)
    )
    sid = payment.source.source_id
    return RenderedDocument(
        record_document(view, payment),
        DocKind.RECORDED_PAYMENT,
        basis(payment=sid, invoice=invoice, on=payment.paid_on.isoformat(), cents=one.cents),
        RecordedPayment(invoice, payment.paid_on, one.cents, word, reference=sid, after=same),
        entity=view.facts.entity_id(payment.source.connection, Payment.kind, sid),
    )


def _work(view: View, invoice_id: str, one: Taken, word: str, every: list[Taken]) -> Work:
    payment, invoice = one.payment, view.invoice(invoice_id)
    number = invoice.number if invoice is not None else invoice_id
    what, did = ("payment", "taken") if one.cents > 0 else ("refund", "given back")
    day = f"{payment.paid_on.day} {payment.paid_on:%b %Y}"
    cents = abs(one.cents)
    sentence = (
        f"Enter a {what} of ${cents // 100:,}.{cents % 100:02d} on invoice {number} in {view.connection}, "
        f"dated {day}, method {word}: it was {did} by {payment.source.connection}."
    )
    return Work(
        ENTER if one.cents > 0 else GIVE_BACK,
        f"{payment.source.connection}:{payment.source.source_id}",
        sentence,
        Who.CLINIC,
        one.cents,
        note=None if one.told else _note(view, invoice, one, every),
        settled=f"payment:{view.connection}:{one.told}" if one.told else None,
    )


def _note(view: View, invoice: Invoice | None, one: Taken, every: list[Taken]) -> str | None:
    """What makes this one more than typing."""
    if one.doubts:
        return (
            "What the practice system shows fits more than one payment: compare them there, then say `hub "
            "work done`."
        )
    if one.cents < 0:
        return None
    if invoice is None or owing(view, invoice, []) == 0:
        return "Nothing is owing on it there: enter it as account credit, or give it back."
    if known_paid(view, invoice) + sum(t.cents for t in every if t.told is None) > invoice.total:
        return "That is more than is owing: enter the rest as account credit, or give it back."
    return None
