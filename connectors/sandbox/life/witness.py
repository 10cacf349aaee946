"""The books as the Xero sandbox's own ledger shows them, rebuilt from its documents and nothing else.

Locations come from the tracking option of each line and, for money, from the clearing account that took it;
what a person made without either stands at the location `elsewhere`. An allocation counts on the later of its
two documents' dates, whatever date was sent with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.sandbox.life.books import Books, Flow, Item, books
from connectors.sandbox.life.group import (
    BANK_ACCOUNT,
    ELSEWHERE,
    FEES,
    PAGES,
    PLACE_OF_OPTION,
    PREFIXES,
    SCHEME_WRITE_OFF,
    TILL_OF_CODE,
    WRITE_OFF_ACCOUNT,
)

Doc = dict[str, Any]
LIVE = ("AUTHORISED", "PAID")
WRITE_OFFS = {WRITE_OFF_ACCOUNT, SCHEME_WRITE_OFF}


def target_books(ledger: Doc) -> Books:
    """The five tables and the live objects of one organisation's ledger (its control endpoint's JSON)."""
    found = list(_all(ledger["documents"]))
    return books(
        (what for what in found if isinstance(what, Flow)), (what for what in found if isinstance(what, Item))
    )


def receivables(ledger: Doc) -> int:
    """Cents of the receivables account by the ledger's own double entry: debtors less credits."""
    return int(ledger["debtors"]["control"])


def _all(documents: Doc) -> Iterator[Flow | Item]:
    invoices = {doc["id"]: doc for doc in documents["invoices"] if doc["status"] in LIVE}
    notes = {doc["id"]: doc for doc in documents["credit_notes"] if doc["status"] in LIVE}
    credits = {doc["id"]: doc for doc in documents["overpayments"] if doc["status"] in LIVE}
    for invoice in invoices.values():
        yield from _lines(invoice, 1)
        yield Flow("debtors", _place(invoice), invoice["date"], "billed", invoice["total"])
        yield Item("invoice", _number(invoice["number"]), invoice["date"], invoice["total"])
    for note in notes.values():
        yield from _lines(note, -1)
        yield Flow("credits", _place(note), note["date"], "received", note["total"])
        yield Item("credit", _number(note["number"]), note["date"], note["total"])
    for credit in credits.values():
        place, method = _till(credit["account"])
        yield Flow("money", place, credit["date"], "cents", credit["total"], (method,))
        yield Flow("credits", place, credit["date"], "received", credit["total"])
        yield from _cleared(credit["account"], credit["date"], credit["total"])
        yield Item("overpayment", "", credit["date"], credit["total"], str(credit["account"]))
    for payment in documents["payments"]:
        if payment["status"] == "AUTHORISED":
            yield from _payment(payment, invoices, notes)
    for batch in documents.get("batch_payments", ()):
        if batch["status"] == "AUTHORISED":
            yield Item("deposit", "", batch["date"], batch["total"], str(batch["account"]))
    for spent in documents.get("bank_transactions", ()):
        if spent["status"] in LIVE and spent["type"] == "SPEND":
            yield from _fee(spent)
    for transfer in documents.get("transfers", ()):
        if transfer["status"] in LIVE:
            yield from _transfer(transfer)
    for allocation in documents["allocations"]:
        if not allocation["deleted"]:
            source = {**notes, **credits}.get(allocation["source_id"])
            yield from _allocation(allocation, source, invoices.get(allocation["invoice_id"]))


def _lines(document: Doc, sign: int) -> Iterator[Flow]:
    for line in document["lines"]:
        place = PLACE_OF_OPTION.get(line["option"] or "", ELSEWHERE)
        key = (str(line["account"]), str(line["tax_type"]))
        yield Flow("billed", place, document["date"], "gross", sign * line["gross"], key, lines=1)
        yield Flow("billed", place, document["date"], "gst", sign * line["tax"], key)


def _payment(payment: Doc, invoices: dict[str, Doc], notes: dict[str, Doc]) -> Iterator[Flow | Item]:
    (place, method), day, cents = _till(payment["account"]), payment["date"], payment["cents"]
    sign = 1 if payment["kind"] == "invoice" else -1
    yield Flow("money", place, day, "cents", sign * cents, (method,))
    yield from _cleared(payment["account"], day, sign * cents)
    number, account = _number(payment["number"] or ""), str(payment["account"])
    if sign > 0:
        yield Flow("debtors", _place(invoices.get(payment["target_id"])), day, "received", cents)
        yield Item("receipt", number, day, cents, account)
        return
    where = _place(notes.get(payment["target_id"])) if payment["kind"] == "credit_note" else place
    yield Flow("credits", where, day, "returned", cents)
    yield Item("refund", number, day, cents, account)


def _cleared(account: str | None, day: str, cents: int) -> Iterator[Flow]:
    """Money of a patient in or out of the clearing account of pages."""
    if str(account) in PAGES:
        column = "received" if cents > 0 else "refunded"
        yield Flow("clearing", PAGES[str(account)], day, column, abs(cents))


def _fee(spent: Doc) -> Iterator[Flow | Item]:
    """What was kept back out of a clearing account; anything else that was spent there has no column."""
    account, day = str(spent["account"]), spent["date"]
    if account not in PAGES:
        return
    lines = [one for one in spent["lines"] if (str(one["account"]), str(one["tax_type"])) == FEES]
    yield Flow("clearing", PAGES[account], day, "fees", sum(one["gross"] for one in lines))
    yield Flow("clearing", PAGES[account], day, "fee_gst", sum(one["tax"] for one in lines))
    yield Item("fee", "", day, spent["total"], account)


def _transfer(transfer: Doc) -> Iterator[Flow | Item]:
    for account, cents in (
        (str(transfer["from"]), transfer["cents"]),
        (str(transfer["to"]), -transfer["cents"]),
    ):
        other = str(transfer["to"] if cents > 0 else transfer["from"])
        if account in PAGES:
            known = other == BANK_ACCOUNT
            yield Flow("clearing", PAGES[account], transfer["date"], "moved", cents if known else 0)
            yield Item("transfer", "", transfer["date"], cents, account)


def _allocation(allocation: Doc, source: Doc | None, invoice: Doc | None) -> Iterator[Flow | Item]:
    if source is None or invoice is None:
        return
    day, cents = max(source["date"], invoice["date"]), allocation["cents"]
    if allocation["kind"] == "overpayment":
        where, column = _till(source["account"])[0], "credit_applied"
    else:
        only = {str(line["account"]) for line in source["lines"]} <= WRITE_OFFS
        where, column = _place(source), "written_off" if only else "credited"
    yield Flow("credits", where, day, "applied", cents)
    yield Flow("debtors", _place(invoice), day, column, cents)
    yield Item("allocation", _number(invoice["number"]), day, cents)


def _place(document: Doc | None) -> str:
    option = document["lines"][0]["option"] if document and document["lines"] else None
    return PLACE_OF_OPTION.get(option or "", ELSEWHERE)


def _till(code: str | None) -> tuple[str, str]:
    return TILL_OF_CODE.get(str(code), (ELSEWHERE, str(code)))


def _number(number: str) -> str:
    """Without what the books put before a practice system's own numbers."""
    return next((number.removeprefix(p) for p in PREFIXES.values() if number.startswith(p)), number)
