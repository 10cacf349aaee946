"""Why a case, or one document of it, must not go on by itself: the held scope, each with its sentence."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.xero import obstacles_money
from connectors.xero.case import ROOTS, Case, amount_of
from connectors.xero.held import cents_of, changing, contact_gone, differs, reason, total_differs
from hub.documents import CreditNote, DocKind, Document, SalesInvoice
from hub.targets import TWIN, Blocked, Desired, Life, Seen


def find(case: Case) -> list[Blocked]:
    """Every obstacle of a case; one without a document stops the whole case."""
    found = [*_lives(case), *_kind_changes(case)]
    stopped = {blocked.document for blocked in found}
    for document in case.documents(*ROOTS):
        if document not in stopped:
            found.extend(_root(case, document))
    found.extend(obstacles_money.find(case))
    return list(dict.fromkeys(found))


def _lives(case: Case) -> Iterator[Blocked]:
    for document, wanted in case.desired.items():
        seen, cents = case.seen(document), amount_of(wanted.content)
        if seen.life is Life.FOREIGN:
            yield Blocked(
                document,
                reason(
                    "number:taken",
                    "A document the hub did not make has this number in Xero. "
                    "Choose another prefix, or link it by hand.",
                    cents,
                ),
            )
        elif seen.life is Life.AMBIGUOUS and seen.why == TWIN:
            yield Blocked(
                document,
                reason(
                    "target:twin",
                    "The one object in Xero that looks like this one already stands for another of the "
                    "same contact, date and amount. See whether both arrived; make the missing one by hand.",
                    cents,
                ),
            )
        elif seen.life is Life.AMBIGUOUS:
            yield Blocked(
                document,
                reason(
                    "target:ambiguous",
                    "Xero holds more than one object that could be this one. Remove the extra ones.",
                    cents,
                ),
            )
        elif seen.life is Life.DEAD_PARENT and not (
            seen.content_hash == wanted.content_hash and seen.matches
        ):
            yield Blocked(document, contact_gone(seen.why, cents))
        elif seen.life is Life.ENDED and wanted.kind in ROOTS:
            sentence = (
                "The document was voided in Xero but stands at the practice again. "
                "Make it by hand, or void it at the practice."
            )
            yield Blocked(document, reason("unsupported:restored", sentence, cents))


def _kind_changes(case: Case) -> Iterator[Blocked]:
    numbers = {
        case.seen(doc).number for doc in case.documents(*ROOTS) if case.live(doc) and doc not in case.desired
    }
    for document in case.documents(*ROOTS):
        wanted = case.desired.get(document)
        if wanted and not case.live(document) and _number(wanted.content) in numbers - {None}:
            sentence = (
                "The invoice turned into a credit note (or back) at the practice. Correct it in Xero by hand."
            )
            yield Blocked(None, reason("unsupported:kind-change", sentence, amount_of(wanted.content)))


def _number(content: Document) -> str | None:
    return content.number if isinstance(content, SalesInvoice | CreditNote) else None


def _root(case: Case, document: str) -> Iterator[Blocked]:
    """Rules for changing or voiding an invoice or credit note that stands."""
    if not changing(case, document):
        return
    seen, wanted = case.seen(document), case.desired.get(document)
    cents = cents_of(seen, wanted)
    if wanted and seen.number and _number(wanted.content) != seen.number:
        sentence = "The number changed at the practice after the document reached Xero. Correct it by hand."
        yield Blocked(document, reason("unsupported:number-change", sentence, cents))
        return
    if differs(case, document):
        yield Blocked(document, total_differs(cents))
        return
    attached, strangers = case.attached(seen), case.strangers(seen)
    if any(a.reconciled for a in seen.applied) or any(case.reconciled(leaf) for leaf in attached):
        sentence = (
            "It changed at the practice, but a person has reconciled its payments in Xero. "
            "Undo the reconciliation, or correct it by hand."
        )
        yield Blocked(None, reason("target:reconciled", sentence, cents))
    elif strangers:
        sentence = (
            "It changed at the practice, but a person has put a payment or credit on it in Xero. "
            "Remove that, or correct it by hand."
        )
        yield Blocked(None, reason("target:paid-by-person", sentence, cents))
    elif _debtor_changed(case, seen, wanted) and (attached or case.elsewhere(seen)):
        sentence = "The debtor changed after a part payment. Correct it in Xero by hand."
        yield Blocked(None, reason("unsupported:debtor-change", sentence, cents))
    else:
        gone = next((c for c in _contacts(case, seen, wanted) if c.life is Life.DEAD_PARENT), None)
        if gone:
            yield Blocked(document, contact_gone(gone.why, cents))


def _debtor_changed(case: Case, seen: Seen, wanted: Desired | None) -> bool:
    if wanted is None or seen.contact is None or not isinstance(wanted.content, SalesInvoice | CreditNote):
        return False
    contact = case.observed.get(wanted.content.contact)
    return contact is not None and contact.external_id is not None and contact.external_id != seen.contact


def _contacts(case: Case, seen: Seen, wanted: Desired | None) -> Iterator[Seen]:
    named = (
        wanted.content.contact if wanted and isinstance(wanted.content, SalesInvoice | CreditNote) else None
    )
    for document, other in case.observed.items():
        if other.kind is DocKind.CONTACT and (
            document == named or (seen.contact and other.external_id == seen.contact)
        ):
            yield other
