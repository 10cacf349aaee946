"""Reading in few statements what rendering and marking are going to ask: each asks the same of many values.

Nothing depends on it but time: what is not foreseen is asked singly, and answered alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from hub.canonical import CreditApplication, Entity, Invoice, Patient, Payment
from hub.rendering import CaseKey, CaseKind
from hub.store.entities import KINDS
from hub.store.facts import StoreFacts

_AROUND = (Invoice.kind, Payment.kind, CreditApplication.kind)
"""What of an invoice says which cases it touches."""


def for_cases(facts: StoreFacts, keys: Iterable[CaseKey]) -> None:
    """The values these cases are made of, what refers to them, and the issues on all of it."""
    subjects: Mapping[str, dict[CaseKind, set[str]]] = defaultdict(lambda: defaultdict(set))
    for key in keys:
        connection, _, source_id = key.subject.partition(":")
        subjects[connection][key.kind].add(source_id)
    for connection, of in subjects.items():
        _read(facts, connection, of[CaseKind.INVOICE], of[CaseKind.CREDIT], of[CaseKind.CONTACT])


def _read(
    facts: StoreFacts, connection: str, invoices: set[str], credits: set[str], contacts: set[str]
) -> None:
    theirs = facts.read_ahead(connection, Patient.kind, sorted(contacts), (Patient.kind, Invoice.kind))
    around = facts.read_ahead(connection, Invoice.kind, sorted(invoices), KINDS)
    on = {p.source.source_id for p in around if isinstance(p, Payment) and p.source.connection == connection}
    facts.read_ahead(connection, Payment.kind, sorted(credits | on))
    named = {
        part.invoice
        for source_id in credits
        if isinstance(payment := facts.get(connection, Payment.kind, source_id), Payment)
        for part in payment.allocations
    }
    facts.read_ahead(connection, Invoice.kind, sorted(named - invoices))
    own = [facts.get(connection, Invoice.kind, source_id) for source_id in named | invoices]
    patients = {one.patient for one in (*own, *theirs) if isinstance(one, Invoice) and one.patient}
    facts.read_ahead(connection, Patient.kind, sorted(patients - contacts), (Patient.kind,))


def for_marks(facts: StoreFacts, values: Iterable[Entity]) -> None:
    """The invoices among these and those that payments name, with what says which cases they touch."""
    wanted: Mapping[str, set[str]] = defaultdict(set)
    for value in values:
        if isinstance(value, Invoice):
            wanted[value.source.connection].add(value.source.source_id)
        elif isinstance(value, Payment):
            wanted[value.source.connection].update(part.invoice for part in value.allocations)
    for connection, invoices in wanted.items():
        facts.read_ahead(connection, Invoice.kind, sorted(invoices), _AROUND)


__all__ = ["for_cases", "for_marks"]
