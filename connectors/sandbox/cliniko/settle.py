"""Who covers what: the hidden balances, and the status an invoice shows because of them.

A *use* is credit put to work: "applied" (a person used account credit on an invoice), "netted" (a credit
note settled what was unpaid of its original), "returned" (account credit paid out). Sources of credit are
a payment's unallocated rest and an open credit note. All amounts are integer cents; a credit note's are
negative.
"""

from __future__ import annotations

from connectors.sandbox.acting import HandsError
from connectors.sandbox.cliniko.book import PAYMENTS, USES, WALLETS, Book
from connectors.sandbox.store import Doc

STATUS_TEXT = {10: "Open", 20: "Paid", 30: "Closed", 40: "Open credit", None: None}


def allocated(payment: Doc, invoice_id: str) -> int:
    """What a payment puts on one invoice (0 when archived; negative when it pays out or takes back)."""
    if payment["archived_at"]:
        return 0
    return sum(int(part["cents"]) for part in payment["allocations"] if part["invoice_id"] == invoice_id)


def spent(book: Book, source: Doc) -> int:
    """Credit of one source that live uses have taken."""
    uses = (book.peek(USES, id) for id in source.get("_spent", ()))
    live = [use for use in uses if use and not use["archived_at"]]
    parts = (part for use in live for part in use["from"])
    return sum(int(part["cents"]) for part in parts if part["id"] == source["id"])


def settled(book: Book, invoice: Doc) -> int:
    """What covers an invoice so far; for a credit note, minus what was paid out or used of it."""
    payments = (book.peek(PAYMENTS, id) for id in invoice["_payments"])
    uses = (book.peek(USES, id) for id in invoice["_uses"])
    paid: int = sum(allocated(payment, invoice["id"]) for payment in payments if payment)
    used: int = sum(use["cents"] for use in uses if use and not use["archived_at"])
    return paid + used - spent(book, invoice)


def outstanding(book: Book, invoice: Doc) -> int:
    """Unpaid cents of an invoice (negative: unused cents of a credit note)."""
    return int(invoice["_total"]) - settled(book, invoice)


def rest(book: Book, payment: Doc) -> int:
    """The part of a payment that is still account credit."""
    total = sum(int(part["cents"]) for part in payment["sources"])
    if payment["archived_at"] or total <= 0:
        return 0
    return total - sum(int(part["cents"]) for part in payment["allocations"]) - spent(book, payment)


def open_credits(book: Book, patient_id: str) -> list[tuple[str, str, int]]:
    """A patient's open credit, oldest first: ("payment" or "credit_note", id, cents)."""
    found: list[tuple[str, int, str, str, int]] = []
    for kind, id_ in (book.peek(WALLETS, patient_id) or {"sources": []})["sources"]:
        source = book.peek(PAYMENTS if kind == "payment" else "invoices", id_)
        if source is None or source["archived_at"]:
            continue
        left = rest(book, source) if kind == "payment" else -outstanding(book, source)
        if left > 0:
            since = source["paid_at"] if kind == "payment" else source["created_at"]
            found.append((since, len(found), kind, id_, left))
    return [(kind, id_, left) for _, _, kind, id_, left in sorted(found)]


def add_source(book: Book, patient_id: str, kind: str, id: str) -> None:
    """Remember that a payment or credit note may hold credit of a patient."""
    wallet = book.peek(WALLETS, patient_id) or {"id": patient_id, "sources": []}
    if [kind, id] not in wallet["sources"]:
        sources = [*wallet["sources"], [kind, id]]
        book.put(WALLETS, {"id": patient_id, "sources": sources}, bump=False)


def use_credit(
    book: Book, kind: str, cents: int, sources: list[tuple[str, str, int]], fields: Doc, id: str | None = None
) -> Doc:
    """Take `cents` from sources in order and store the use. Raises HandsError when they do not suffice."""
    parts, left = [], cents
    for source_kind, source_id, available in sources:
        take = min(available, left)
        if take > 0:
            parts.append({"kind": source_kind, "id": source_id, "cents": take})
            left -= take
    if left:
        raise HandsError(f"the open credit is {cents - left} cents, not {cents}")
    fields = {"invoice_id": None, "archived_at": None, "at": book.stamp, **fields}
    use = book.new(USES, {**fields, "kind": kind, "cents": cents, "from": parts}, id)
    for part in parts:
        store = PAYMENTS if part["kind"] == "payment" else "invoices"
        source = book.need(store, part["id"])
        source["_spent"] = [*source.get("_spent", []), use["id"]]
        book.put(store, source, bump=False)
    return use


def link(book: Book, invoice_id: str, field: str, id: str) -> None:
    """Remember on an invoice which payment or use touches it."""
    invoice = book.need("invoices", invoice_id)
    if id not in invoice[field]:
        invoice[field].append(id)
        book.put("invoices", invoice, bump=False)


def restate(book: Book, invoice_id: str, *, touched: bool = False) -> Doc:
    """Work out an invoice's status again; `touched` says a payment on it changed (a switch may bump it).

    An archived invoice keeps what it showed.
    """
    invoice = book.need("invoices", invoice_id)
    if invoice["archived_at"]:
        return invoice
    status = invoice["_forced"]["status"] if invoice.get("_forced") else _status(book, invoice)
    changed = status != invoice["status"]
    invoice["status"], invoice["status_description"] = status, STATUS_TEXT.get(status)
    if status in (20, 30):
        invoice["closed_at"] = invoice["closed_at"] or book.stamp
    else:
        invoice["closed_at"] = None
    book.put("invoices", invoice, bump=changed or (touched and book.switch("part_payment_bumps_updated_at")))
    if changed:
        _mirror(book, invoice)
    return invoice


def mirror_gone(book: Book, invoice: Doc) -> None:
    """An archived invoice no longer shows on its visit."""
    _mirror(book, {**invoice, "status": None})


def _status(book: Book, invoice: Doc) -> int | None:
    total = invoice["_total"]
    open_cents = outstanding(book, invoice)
    if total < 0:
        return 40 if open_cents < 0 else int(book.switch("credit_note_used_up"))
    if total == 0:
        return int(book.switch("zero_total"))
    if open_cents > 0 or book.peek("~late", invoice["id"]):
        return 10
    notes = [book.peek("invoices", id) for id in invoice["_notes"]]
    reversed_cents = -sum(note["_total"] for note in notes if note and not note["archived_at"])
    return int(book.switch("reversed_in_full")) if reversed_cents >= total else 20


def _mirror(book: Book, invoice: Doc) -> None:
    attendee = book.peek("attendees", invoice.get("attendee_id") or "")
    if attendee is None:
        return
    book.put("attendees", {**attendee, "invoice_status": invoice["status"]}, bump=False)
    visit = book.peek("individual_appointments", attendee["booking_id"])
    if visit is not None:
        book.put("individual_appointments", {**visit, "invoice_status": invoice["status"]}, bump=False)
