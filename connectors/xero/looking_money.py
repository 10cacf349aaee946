"""Looking up payments, and what is applied to invoices and credit notes.

The payments inside an invoice carry neither status nor account, so `/Payments` is asked for every document
that shows any (field reports).
"""

from __future__ import annotations

from connectors.xero import seeing, seeing_money, wire
from connectors.xero.looking_round import GUIDS, Round
from connectors.xero.wire import Element
from hub.documents import DocKind
from hub.targets import Applied, Key, Life, Seen


def read_payments(round_: Round, *groups: dict[str, tuple[Key, list[Element]]]) -> None:
    """Payments on every document that shows any, and on those that our payment keys name."""
    invoices, notes = (
        [e for _, elements in group.values() for e in elements if wire.children(e, "Payments")]
        for group in groups
    )
    on_invoices = [wire.guid(e, "InvoiceID") for e in invoices] + _needed(round_, DocKind.RECEIPT)
    on_notes = [wire.guid(e, "CreditNoteID") for e in notes] + _needed(round_, DocKind.REFUND)
    for name, ids in (("Invoice.InvoiceID", on_invoices), ("CreditNote.CreditNoteID", on_notes)):
        for part in wire.chunks([i for i in ids if i], GUIDS):
            _keep_payments(round_, wire.any_of(name, part, is_guid=True))
    here = {wire.guid(e, "PaymentID") for found in round_.payments.values() for e in found}
    keys = round_.keys[DocKind.RECEIPT] + round_.keys[DocKind.REFUND]
    missing = [k.external_id for k in keys if k.external_id and k.external_id not in here]
    for part in wire.chunks(missing, GUIDS):
        _keep_payments(round_, wire.any_of("PaymentID", part, is_guid=True))


def _needed(round_: Round, kind: DocKind) -> list[str | None]:
    return [key.related.get(key.content.needs()[0]) for key in round_.keys[kind]]


def _keep_payments(round_: Round, where: str) -> None:
    for element in round_.client.pages("get_payments", "Payments", where=where):
        round_.payments.setdefault(seeing_money.payment_target(element), []).append(element)


def payment(round_: Round, key: Key) -> Seen:
    """What stands under one receipt or refund key."""
    every = {wire.guid(e, "PaymentID"): e for found in round_.payments.values() for e in found}
    seen = [s for s in (seeing_money.payment(key, e) for e in every.values()) if s]
    living = [s for s in seen if s.life is Life.LIVE]
    if len(living) > 1:
        return seeing.ambiguous(key, "two living payments carry our mark")
    return next(iter(living or seen), None) or seeing.absent(key)


def applied(round_: Round, element: Element) -> list[Applied]:
    """Living payments and credits on one invoice or credit note."""
    invoice = wire.guid(element, "InvoiceID")
    root = invoice or wire.guid(element, "CreditNoteID")
    kind = DocKind.RECEIPT if invoice else DocKind.REFUND
    found = [paid(round_, p, kind) for p in round_.payments.get(root, []) if p.get("Status") != "DELETED"]
    for plural, id_field in (("CreditNotes", "CreditNoteID"), ("Overpayments", "OverpaymentID")):
        for used in wire.children(element, plural) if invoice else ():
            credit = wire.guid(used, id_field)
            document = round_.ours.pairs.get((credit, invoice))
            cents = wire.cents(used, "AppliedAmount") or 0
            found.append(Applied(credit or "", DocKind.ALLOCATION, cents, document, wire.day(used)))
    for used in wire.children(element, "Prepayments") if invoice else ():
        cents = wire.cents(used, "AppliedAmount") or 0
        found.append(Applied(wire.guid(used, "PrepaymentID") or "", DocKind.ALLOCATION, cents, None))
    return found if invoice else found + allocated(round_, element, root)


def allocated(round_: Round, element: Element, credit: str | None) -> list[Applied]:
    """Living allocations drawn from one credit."""
    found = []
    for used in wire.children(element, "Allocations"):
        if not used.get("IsDeleted"):
            external = wire.guid(used, "AllocationID")
            invoice = wire.guid(wire.child(used, "Invoice"), "InvoiceID")
            document = round_.ours.ids.get(external or "") or round_.ours.pairs.get((credit, invoice))
            cents = wire.cents(used, "Amount") or 0
            found.append(Applied(external or "", DocKind.ALLOCATION, cents, document, wire.day(used)))
    return found


def paid(round_: Round, element: Element, kind: DocKind) -> Applied:
    """One payment as something applied; whose it is by id or mark. One of a batch goes by the batch's id."""
    external = wire.guid(element, "BatchPaymentID") or wire.guid(element, "PaymentID")
    return Applied(
        external or "",
        kind,
        wire.cents(element, "Amount") or 0,
        round_.ours.document(external, str(element.get("Reference") or "")),
        wire.day(element),
        bool(element.get("IsReconciled")),
    )
