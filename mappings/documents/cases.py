"""Which cases a canonical entity touches, so that a change of it plans them again.

Too many cases cost a plan that finds nothing to do, too few leave the books wrong: whatever a case's
rendering reads is named here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from hub.canonical import Claim, CreditApplication, Entity, Invoice, Patient, Payment, Settlement
from hub.config.model import GroupConfig
from hub.rendering import CaseKey, CaseKind, Facts
from mappings.documents.homes import home_target, targets_of
from mappings.documents.portions import is_credit_use, parts_of
from mappings.documents.recording import record_case
from mappings.documents.settlements import case_of, cases_of_claim, cases_settling
from mappings.documents.taken import taken_for
from mappings.documents.view import View
from mappings.documents.wallet import unnamed_back


def cases_of(entity: Entity, facts: Facts, config: GroupConfig) -> Sequence[CaseKey]:
    """The cases of one entity, each once, in a stable order. Other kinds of entity touch none."""
    connection = entity.source.connection
    view = View(connection, "", facts, config)
    found: Iterator[CaseKey]
    if isinstance(entity, Payment) and not _told(entity):
        found = chain(_of_taken(view, entity), cases_settling(view, entity))
    elif isinstance(entity, Invoice):
        found = chain(_of_invoice(view, entity), cases_settling(view, entity))
    elif isinstance(entity, Payment):
        found = chain(_of_payment(view, entity), cases_settling(view, entity))
    elif isinstance(entity, Settlement):
        found = case_of(config, entity)
    elif isinstance(entity, Claim):
        found = cases_of_claim(view, entity)
    elif isinstance(entity, CreditApplication):
        found = _of_use(view, entity)
    elif isinstance(entity, Patient):
        found = _of_patient(view, entity)
    else:
        found = iter(())
    asked = _collected(view, entity) if config.collect is not None else ()
    return tuple(dict.fromkeys([*found, *asked]))


def _told(payment: Payment) -> bool:
    """Whether a practice system tells it: what a payment system took is posted once it is read back there."""
    return payment.pms is None


def _of_taken(view: View, payment: Payment) -> Iterator[CaseKey]:
    """Money a payment system took is posted by nobody: the practice system is told, and asks are answered."""
    home = View(payment.home, "", view.facts, view.config)
    for sid in dict.fromkeys(a.invoice for a in payment.allocations):
        yield from _collecting(home, sid, [payment])


def _collected(view: View, entity: Entity) -> Iterator[CaseKey]:
    """What a change at the practice system means for asks, and for money of payment systems on an invoice."""
    named: list[str] = []
    if isinstance(entity, Invoice):
        named = [entity.source.source_id, *([entity.reverses] if entity.reverses else [])]
    elif isinstance(entity, CreditApplication):
        named = [entity.invoice]
    elif isinstance(entity, Payment) and _told(entity):
        named = [a.invoice for a in entity.allocations]
    for sid in dict.fromkeys(named):
        yield from _collecting(view, sid, [one.payment for one in taken_for(view, sid)])


def _collecting(view: View, sid: str, taken: Iterable[Payment]) -> Iterator[CaseKey]:
    invoice = view.invoice(sid)
    number = invoice.number if invoice is not None else sid
    for ask in view.facts.asked(view.connection, sid):
        yield CaseKey(ask.target, CaseKind.REQUEST, view.subject(sid), number)
    for payment in taken:
        key = record_case(view.config, payment, sid, number)
        if key is not None:
            yield key


def _of_invoice(view: View, invoice: Invoice) -> Iterator[CaseKey]:
    """Its own, the invoice it reverses, its credit notes, the credits of payments on it, others' uses."""
    sid = invoice.source.source_id
    yield from _invoice(view, invoice.location, sid, invoice.number)
    if invoice.reverses:
        yield from _invoice_cases(view, [invoice.reverses])
    notes = [note.source.source_id for note in view.notes_of(invoice)]
    yield from _invoice_cases(view, notes)
    used = invoice.total < 0 or bool(notes) or bool(view.uses_of(invoice))
    for payment in view.payments_of(Invoice.kind, sid):
        yield from _credit(view, payment)
        yield from _invoice_cases(view, [a.invoice for a in payment.allocations])
        used = used or _uses_credit(view, payment)
    if used:
        yield from _of_wallet(view, invoice.patient)


def _of_payment(view: View, payment: Payment) -> Iterator[CaseKey]:
    """The invoices it is put on with their credit notes, its own credit, and others' uses of credit."""
    named = [a.invoice for a in payment.allocations]
    yield from _invoice_cases(view, named)
    noted = False
    for sid in named:
        invoice = view.invoice(sid)
        if invoice is not None:
            notes = [note.source.source_id for note in view.notes_of(invoice)]
            noted = noted or bool(notes) or invoice.total < 0
            yield from _invoice_cases(view, [*notes, *([invoice.reverses] if invoice.reverses else [])])
    yield from _credit(view, payment)
    rest = payment.amount - sum(a.amount for a in payment.allocations)
    if rest or noted or _uses_credit(view, payment):
        yield from _of_wallet(view, payment.patient)


def _of_use(view: View, use: CreditApplication) -> Iterator[CaseKey]:
    yield from _invoice_cases(view, [use.invoice])
    if use.credit_note:
        yield from _invoice_cases(view, [use.credit_note])
        note = view.invoice(use.credit_note)
        yield from _invoice_cases(view, [note.reverses] if note is not None and note.reverses else [])
    payment = view.payment(use.payment) if use.payment else None
    if payment is not None:
        yield from _credit(view, payment)
    invoice = view.invoice(use.invoice)
    yield from _of_wallet(view, use.patient or (invoice.patient if invoice else None))


def _of_patient(view: View, patient: Patient) -> Iterator[CaseKey]:
    """The contact; before it was posted also what waits for this record: invoices of whoever was merged into
    the patient, too.
    """
    sid = patient.source.source_id
    for target in targets_of(view.config, view.connection):
        yield view.patient_case(sid, target)
        if view.delivered(view.at(target).contact_document(view.subject(sid))) is None:
            for member in view.family(sid):
                for invoice in view.invoices_of(Patient.kind, member):
                    yield from _invoice(view, invoice.location, invoice.source.source_id, invoice.number)


def _of_wallet(view: View, patient: str | None) -> Iterator[CaseKey]:
    """Cases whose credit may be another's now: uses of credit and unnamed pay-outs of the same patient.

    Credit notes are among them: whether a closed one is explained is said by what is left of it.
    """
    for member in view.family(patient) if patient else ():
        for invoice in view.invoices_of(Patient.kind, member):
            if view.uses_of(invoice) or invoice.total < 0:
                yield from _invoice(view, invoice.location, invoice.source.source_id, invoice.number)
        for payment in view.payments_of(Patient.kind, member):
            yield from _invoice_cases(view, [part.invoice for part in parts_of(view, payment).uses])
            if unnamed_back(payment):
                yield from _credit(view, payment)


def _uses_credit(view: View, payment: Payment) -> bool:
    return any(is_credit_use(view, payment, index) for index in range(len(payment.sources)))


def _invoice_cases(view: View, source_ids: Iterable[str]) -> Iterator[CaseKey]:
    for sid in source_ids:
        invoice = view.invoice(sid)
        if invoice is not None:
            yield from _invoice(view, invoice.location, sid, invoice.number)
        else:
            for target in targets_of(view.config, view.connection)[:1]:
                yield view.invoice_case(sid, target)


def _invoice(view: View, location: str, sid: str, number: str) -> Iterator[CaseKey]:
    target = home_target(view.config, view.connection, location)
    if target is not None:
        key = view.invoice_case(sid, target)
        yield CaseKey(key.target, key.kind, key.subject, number)


def _credit(view: View, payment: Payment) -> Iterator[CaseKey]:
    target = home_target(view.config, view.connection, payment.location)
    if target is not None:
        yield view.credit_case(payment, target)
