"""Why a case, or one document of it, must not go on by itself: the held scope, each with its sentence."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.xero.case import LEAVES, ROOTS, Case, amount_of, amount_on
from hub.documents import CreditNote, DocKind, Document, SalesInvoice
from hub.errors import Reason, Who
from hub.targets import TWIN, Blocked, Desired, Life, Seen


def _reason(code: str, sentence: str, cents: int, who: Who = Who.BOOKKEEPER) -> Reason:
    return Reason(code, sentence, who, cents)


def find(case: Case) -> list[Blocked]:
    """Every obstacle of a case; one without a document stops the whole case."""
    found = [*_lives(case), *_kind_changes(case)]
    stopped = {blocked.document for blocked in found}
    for document in case.documents(*ROOTS):
        if document not in stopped:
            found.extend(_root(case, document))
    found.extend(_leaves(case))
    found.extend(_overpayments(case))
    found.extend(_excess(case))
    return list(dict.fromkeys(found))


def changing(case: Case, document: str) -> bool:
    """Whether a living root is to be changed or ended."""
    return case.live(document) and not case.same(document)


def _cents(seen: Seen, wanted: Desired | None) -> int:
    return amount_of(wanted.content) if wanted else seen.total or 0


def _lives(case: Case) -> Iterator[Blocked]:
    for document, wanted in case.desired.items():
        seen, cents = case.seen(document), amount_of(wanted.content)
        if seen.life is Life.FOREIGN:
            yield Blocked(
                document,
                _reason(
                    "number:taken",
                    "A document the hub did not make has this number in Xero. "
                    "Choose another prefix, or link it by hand.",
                    cents,
                ),
            )
        elif seen.life is Life.AMBIGUOUS and seen.why == TWIN:
            yield Blocked(
                document,
                _reason(
                    "target:twin",
                    "The one object in Xero that looks like this one already stands for another of the "
                    "same contact, date and amount. See whether both arrived; make the missing one by hand.",
                    cents,
                ),
            )
        elif seen.life is Life.AMBIGUOUS:
            yield Blocked(
                document,
                _reason(
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
            yield Blocked(document, _reason("unsupported:restored", sentence, cents))


def contact_gone(why: str | None, cents: int) -> Reason:
    """The hold for anything that needs an archived or merged contact."""
    if why == "merged":
        sentence = "The contact was merged into another one in Xero. Say which contact is to be used."
        return _reason("contact:merged", sentence, cents)
    sentence = "The contact is archived in Xero. Restore it there, then release the hold."
    return _reason("contact:archived", sentence, cents)


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
            yield Blocked(None, _reason("unsupported:kind-change", sentence, amount_of(wanted.content)))


def _number(content: Document) -> str | None:
    return content.number if isinstance(content, SalesInvoice | CreditNote) else None


def _root(case: Case, document: str) -> Iterator[Blocked]:
    """Rules for changing or voiding an invoice or credit note that stands."""
    if not changing(case, document):
        return
    seen, wanted = case.seen(document), case.desired.get(document)
    cents = _cents(seen, wanted)
    if wanted and seen.number and _number(wanted.content) != seen.number:
        sentence = "The number changed at the practice after the document reached Xero. Correct it by hand."
        yield Blocked(document, _reason("unsupported:number-change", sentence, cents))
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
        yield Blocked(None, _reason("target:reconciled", sentence, cents))
    elif strangers:
        sentence = (
            "It changed at the practice, but a person has put a payment or credit on it in Xero. "
            "Remove that, or correct it by hand."
        )
        yield Blocked(None, _reason("target:paid-by-person", sentence, cents))
    elif _debtor_changed(case, seen, wanted) and (attached or case.elsewhere(seen)):
        sentence = "The debtor changed after a part payment. Correct it in Xero by hand."
        yield Blocked(None, _reason("unsupported:debtor-change", sentence, cents))
    else:
        gone = next((c for c in _contacts(case, seen, wanted) if c.life is Life.DEAD_PARENT), None)
        if gone:
            yield Blocked(document, contact_gone(gone.why, cents))


def differs(case: Case, document: str) -> bool:
    """Whether what stands is this very content by its mark, but with other totals."""
    seen, wanted = case.seen(document), case.desired.get(document)
    known = wanted is not None and seen.content_hash == wanted.content_hash
    return known and seen.life is Life.LIVE and bool(seen.extra.get("differs"))


def total_differs(cents: int) -> Reason:
    """The hold for a document whose totals at Xero are not the ones that were rendered."""
    sentence = "The totals in Xero differ from the practice's. Compare both and correct one."
    return _reason("target:total-differs", sentence, cents)


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


def _leaves(case: Case) -> Iterator[Blocked]:
    for document in case.documents(*LEAVES):
        seen = case.seen(document)
        if differs(case, document):
            yield Blocked(document, total_differs(_cents(seen, case.desired.get(document))))
        elif seen.life is Life.LIVE and not case.same(document) and case.reconciled(seen):
            sentence = (
                "A payment changed at its source, but a person has reconciled it in Xero. "
                "Undo the reconciliation, or correct it by hand."
            )
            yield Blocked(
                None, _reason("target:reconciled", sentence, _cents(seen, case.desired.get(document)))
            )


def _overpayments(case: Case) -> Iterator[Blocked]:
    for document in case.documents(DocKind.OVERPAYMENT):
        if changing(case, document):
            sentence = (
                "A payment kept as credit changed at the practice. Xero does not let the hub change an "
                "overpayment: correct it by hand."
            )
            cents = _cents(case.seen(document), case.desired.get(document))
            yield Blocked(document, _reason("unsupported:credit-change", sentence, cents))


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
        return _reason("target:paid-by-person", sentence, cents)
    if kind is DocKind.CREDIT_NOTE:
        return _reason("credit:exceeds", "More is paid out than the credit note is worth.", cents)
    sentence = "More is paid on the invoice at the practice than the invoice is worth."
    return _reason("payment:exceeds-invoice", sentence, cents, Who.CLINIC)
