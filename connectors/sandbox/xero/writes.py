"""What the writing endpoints do: each settles its batch and shows what became of it."""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox.wire import Request
from connectors.sandbox.xero import (
    allocations,
    bank,
    batch,
    batch_payments,
    contacts,
    documents,
    overpayments,
    payments,
    render,
    render_bank,
    render_money,
    settings_reads,
    transfers,
)
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.document_parts import INVOICE, DocKind
from connectors.sandbox.xero.values import Doc, Unreadable, moment, stamp

Answer = tuple[Doc, int]
Do = Callable[[Call, Request, list[str]], Answer]


class NotImitated(Exception):
    """A kind of document this sandbox does not imitate."""


def save_contacts(update: bool) -> Do:
    """PUT or (`update`) POST of contacts."""

    def answer(call: Call, request: Request, parts: list[str]) -> Answer:
        id_ = parts[1] if len(parts) > 1 else None
        return batch.settle(
            call,
            request,
            "Contacts",
            "ContactID",
            lambda raw: contacts.save(call, raw, update, id_),
            lambda doc: render.contact(call.books, doc),
        )

    return answer


def save_documents(kind: DocKind, update: bool) -> Do:
    """PUT or (`update`) POST of invoices or credit notes."""
    show = render.invoice if kind is INVOICE else render.credit

    def answer(call: Call, request: Request, parts: list[str]) -> Answer:
        id_ = parts[1] if len(parts) > 1 else None
        return batch.settle(
            call,
            request,
            kind.plural,
            kind.id_field,
            lambda raw: documents.save(call, kind, raw, update, id_),
            lambda doc: show(call.books, doc, True, call.precise),
        )

    return answer


def create_payments(many: bool) -> Do:
    """PUT of many payments, or POST of one."""

    def answer(call: Call, request: Request, parts: list[str]) -> Answer:
        if not many and len(batch.elements(request, "Payments")) > 1:
            raise Unreadable("POST Payments takes one payment.")
        return batch.settle(
            call,
            request,
            "Payments",
            "PaymentID",
            lambda raw: payments.create(call, raw),
            lambda doc: render_money.payment(call.books, doc),
        )

    return answer


def delete_payment(call: Call, request: Request, parts: list[str]) -> Answer:
    """POST of {Status: DELETED} to one payment."""
    raw = batch.elements(request, "Payments")[0]
    if raw.get("Status") != "DELETED":
        raise Unreadable("Only Status DELETED can be posted to a payment.")
    doc = payments.delete(call, parts[1])
    return {"Payments": [render_money.payment(call.books, doc)]}, 200


def save_bank_transactions(update: bool) -> Do:
    """PUT or (`update`) POST of money spent and received, and of overpayments; no prepayments."""

    def answer(call: Call, request: Request, parts: list[str]) -> Answer:
        id_ = parts[1] if len(parts) > 1 else None
        for raw in batch.elements(request, "BankTransactions"):
            if raw.get("Type", overpayments.TYPE) not in (*bank.TYPES, overpayments.TYPE):
                raise NotImitated(f"BankTransactions of Type {raw['Type']}")

        def save(raw: Doc) -> Doc:
            named = str(id_ or raw.get("BankTransactionID") or "").lower()
            coded = raw.get("Type") in bank.TYPES or call.books.peek("bank", named)
            saver = bank.save if coded else overpayments.save
            return saver(call, raw, update, id_)

        return batch.settle(
            call,
            request,
            "BankTransactions",
            "BankTransactionID",
            save,
            lambda doc: render_bank.transaction(call.books, doc, call.precise),
        )

    return answer


def create_transfer(call: Call, request: Request, parts: list[str]) -> Answer:
    """PUT of one bank transfer."""
    if len(batch.elements(request, "BankTransfers")) > 1:
        raise Unreadable("PUT BankTransfers takes one transfer.")
    return batch.settle(
        call,
        request,
        "BankTransfers",
        "BankTransferID",
        lambda raw: transfers.create(call, raw),
        lambda doc: render_bank.transfer(call.books, doc),
    )


def delete_transfers(call: Call, request: Request, parts: list[str]) -> Answer:
    """POST of {Status: DELETED} to one transfer, or to several by id."""
    gone = []
    for raw in batch.elements(request, "BankTransfers"):
        wanted = parts[1] if len(parts) > 1 else str(raw.get("BankTransferID") or "")
        if raw.get("Status") != "DELETED" or not wanted:
            raise Unreadable("Only Status DELETED can be posted to a bank transfer.")
        gone.append(render_bank.transfer(call.books, transfers.delete(call, wanted)))
    return {"BankTransfers": gone}, 200


def create_batch_payments(call: Call, request: Request, parts: list[str]) -> Answer:
    """PUT of batch payments."""
    return batch.settle(
        call,
        request,
        "BatchPayments",
        "BatchPaymentID",
        lambda raw: batch_payments.create(call, raw),
        lambda doc: render_bank.batch(call.books, doc),
    )


def delete_batch_payment(call: Call, request: Request, parts: list[str]) -> Answer:
    """POST of {Status: DELETED} to one batch payment, its id in the path or in the body."""
    raw = batch.elements(request, "BatchPayments")[0]
    wanted = parts[1] if len(parts) > 1 else str(raw.get("BatchPaymentID") or "")
    if raw.get("Status") != "DELETED" or not wanted:
        raise Unreadable("Only Status DELETED can be posted to a batch payment.")
    return {"BatchPayments": [render_bank.batch(call.books, batch_payments.delete(call, wanted))]}, 200


def allocate(kind: str) -> Do:
    """PUT of many allocations of one credit (kind: credit, overpayment)."""
    return lambda call, request, parts: batch.settle(
        call,
        request,
        "Allocations",
        "AllocationID",
        lambda raw: allocations.create(call, kind, parts[1], raw),
        lambda doc: render_money.allocation(call.books, doc),
    )


def unallocate(kind: str) -> Do:
    """DELETE of one allocation."""

    def answer(call: Call, request: Request, parts: list[str]) -> Answer:
        doc = allocations.remove(call, kind, parts[1], parts[3])
        shown = render_money.allocation(call.books, doc)
        return {key: shown[key] for key in ("AllocationID", "Date", "Amount", "Invoice", "IsDeleted")}, 200

    return answer


def add_history(call: Call, request: Request, parts: list[str]) -> Answer:
    """PUT of notes on any document."""
    kept = []
    for raw in batch.elements(request, "HistoryRecords"):
        doc = {
            "id": call.books.new_id("history"),
            "subject": parts[1],
            "text": str(raw.get("Details") or "")[:2500],
        }
        call.put("history", doc)
        kept.append(doc)
    return {"HistoryRecords": [record(doc) for doc in kept]}, 200


def record(doc: Doc) -> Doc:
    """A history note as shown."""
    return {
        "Changes": "Note",
        "DateUTC": stamp(doc["updated"]),
        "DateUTCString": moment(doc["updated"]).strftime("%Y-%m-%dT%H:%M:%S"),
        "User": "System Generated",
        "Details": doc["text"],
    }


def options(call: Call, request: Request, parts: list[str]) -> Answer:
    """PUT of one tracking option."""
    raw = batch.elements(request, "Options")[0]
    option = settings_reads.add_option(call, parts[1], raw)
    return {"Options": [settings_reads.tracking_option(option)]}, 200
