"""Why money on invoices and out of credit must not go on by itself: reconciled, unchangeable, too much."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.xero.case import LEAVES, ROOTS, Case, amount_of, amount_on
from connectors.xero.held import cents_of, changing, differs, reason, total_differs
from hub.documents import DocKind
from hub.errors import Reason, Who
from hub.targets import Blocked, Life


def find(case: Case) -> Iterator[Blocked]:
    """Every obstacle of a case's leaves and overpayments."""
    yield from _leaves(case)
    yield from _overpayments(case)
    yield from _excess(case)


def _leaves(case: Case) -> Iterator[Blocked]:
    for document in case.documents(*LEAVES):
        seen = case.seen(document)
        if differs(case, document):
            yield Blocked(document, total_differs(cents_of(seen, case.desired.get(document))))
        elif seen.life is Life.LIVE and not case.same(document) and case.reconciled(seen):
            sentence = (
                "A payment changed at its source, but a person has reconciled it in Xero. "
                "Undo the reconciliation, or correct it by hand."
            )
            yield Blocked(
                None, reason("target:reconciled", sentence, cents_of(seen, case.desired.get(document)))
            )


def _overpayments(case: Case) -> Iterator[Blocked]:
    for document in case.documents(DocKind.OVERPAYMENT):
        if changing(case, document):
            sentence = (
                "A payment kept as credit changed at the practice. Xero does not let the hub change an "
                "overpayment: correct it by hand."
            )
            cents = cents_of(case.seen(document), case.desired.get(document))
            yield Blocked(document, reason("unsupported:credit-change", sentence, cents))


def _excess(case: Case) -> Iterator[Blocked]:
    """Leaves that do not fit on their root any more: Xero would refuse them."""
    for document in case.documents(*ROOTS):
        wanted, seen = case.desired.get(document), case.seen(document)
        if wanted is None:
            continue
        wanted_leaves = [case.desired[doc] for doc in case.documents(*LEAVES) if doc in case.desired]
        on_it = [leaf for leaf in wanted_leaves if document in leaf.content.needs()]
        on_it.sort(key=lambda leaf: not case.same(leaf.document))
        others = {a.document for a in seen.applied if a.document in case.elsewhere(seen)}
        standing = [a for a in seen.applied if a.document is None or a.document in others]
        room = amount_of(wanted.content) - (sum(a.amount for a in standing) if seen.life is Life.LIVE else 0)
        for leaf in on_it:
            room -= amount_on(leaf.content, document)
            if room < 0:
                yield Blocked(leaf.document, _too_much(wanted.kind, bool(case.strangers(seen)), -room))


def _too_much(kind: DocKind, strangers: bool, cents: int) -> Reason:
    if strangers:
        sentence = "A person has already put a payment or credit on this in Xero, so this one does not fit."
        return reason("target:paid-by-person", sentence, cents)
    if kind is DocKind.CREDIT_NOTE:
        return reason("credit:exceeds", "More is paid out than the credit note is worth.", cents)
    sentence = "More is paid on the invoice at the practice than the invoice is worth."
    return reason("payment:exceeds-invoice", sentence, cents, Who.CLINIC)
