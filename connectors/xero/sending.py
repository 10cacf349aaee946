"""Sending one batch and settling each of its elements by its own result.

Always summarizeErrors=false; answers are matched by natural key first and position second, and what has no
answer is unknown (Xero developer docs: batches, idempotent requests). Nothing is repeated here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from xero_python.accounting import models

from connectors.xero import build, build_bank, build_money, settling
from connectors.xero.case import NotBooks
from connectors.xero.client import XeroClient, body
from connectors.xero.sdk import Reply
from connectors.xero.taxes import TaxAmounts
from connectors.xero.whole import answered_whole
from connectors.xero.wire import Element, children
from hub.documents import DocKind
from hub.errors import Reason, Who
from hub.targets import Answer, Op, Outgoing, OutgoingBatch, Verdict

_INVALID = Reason(
    "refused:invalid-value", "A value is too long or of the wrong form for Xero.", Who.DEVELOPER
)
_DELETED = {
    DocKind.ALLOCATION: "Allocations",
    DocKind.BANK_PAYMENT: "BankTransactions",
    DocKind.TRANSFER: "BankTransfers",
    DocKind.DEPOSIT: "BatchPayments",
}
"""Where the answer to a removal shows what was removed; payments otherwise."""


class Sending:
    """One batch on its way. `is_credit_note` tells what kind of credit an id is."""

    def __init__(
        self,
        client: XeroClient,
        batch: OutgoingBatch,
        category: build.Category,
        is_credit_note: Callable[[str], bool],
        taxes: TaxAmounts,
    ) -> None:
        self._client, self._batch = client, batch
        self._category, self._is_credit_note, self._taxes = category, is_credit_note, taxes
        self._guard = {"idempotency_key": batch.idempotency_key[:128]}

    def send(self) -> tuple[list[tuple[Outgoing, Element]], list[Answer]]:
        """(members with the element that answers each, answers already known).

        Raises OutcomeUnknown for the whole batch, NotProcessed, RateLimited, ReconnectNeeded.
        """
        if self._batch.op is Op.DELETE:
            return self._delete()
        sent: list[tuple[Outgoing, Any]] = []
        known: list[Answer] = []
        for out in self._batch.members:
            if any(not out.key.related.get(need) for need in out.key.content.needs()):
                known.append(Answer(out.delivery, Verdict.REPLAN))  # what it needs is not there (any more)
                continue
            try:
                sent.append((out, self._model(out)))
            except ValueError:
                # A value that the SDK's models refuse: nothing was sent for this one.
                known.append(Answer(out.delivery, Verdict.REFUSED, reason=_INVALID))
        if not sent:
            return [], known
        plural, reply = self._call([model for _, model in sent])
        members = [out for out, _ in sent]
        if reply.status != 200:
            return [], known + answered_whole(reply, members)
        elements = children(body(reply), plural)
        pairs, lost = settling.match(members, elements)
        unknown = [Answer(out.delivery, Verdict.UNKNOWN, status=reply.status) for out in lost]
        return pairs, known + unknown

    def _model(self, out: Outgoing) -> Any:
        match self._batch.kind:
            case DocKind.CONTACT:
                return build.contact(out)
            case DocKind.INVOICE | DocKind.CREDIT_NOTE:
                return build.document(out, self._category, self._taxes.sales)
            case DocKind.RECEIPT | DocKind.REFUND:
                return build_money.payment(out)
            case DocKind.OVERPAYMENT:
                return build_money.overpayment(out, self._category)
            case DocKind.ALLOCATION:
                return build_money.allocation(out)
            case DocKind.BANK_PAYMENT:
                return build_bank.bank_payment(out, self._category, self._taxes.fees)
            case DocKind.TRANSFER:
                return build_bank.transfer(out)
            case DocKind.DEPOSIT:
                return build_bank.deposit(out)
            case DocKind.PAYMENT_REQUEST | DocKind.RECORDED_PAYMENT:
                raise NotBooks

    def _call(self, elements: list[Any]) -> tuple[str, Reply]:
        """The SDK's endpoint for the batch's kind and change: PUT only creates, POST changes by id."""
        new = self._batch.op is Op.CREATE
        apart = {"summarize_errors": False, **self._guard}
        match self._batch.kind:
            case DocKind.CONTACT:
                name = "create_contacts" if new else "update_or_create_contacts"
                return "Contacts", self._client.write(name, models.Contacts(contacts=elements), **apart)
            case DocKind.INVOICE:
                name = "create_invoices" if new else "update_or_create_invoices"
                invoices = models.Invoices(invoices=elements)
                return "Invoices", self._client.write(name, invoices, unitdp=4, **apart)
            case DocKind.CREDIT_NOTE:
                name = "create_credit_notes" if new else "update_or_create_credit_notes"
                notes = models.CreditNotes(credit_notes=elements)
                return "CreditNotes", self._client.write(name, notes, unitdp=4, **apart)
            case DocKind.RECEIPT | DocKind.REFUND:
                payments = models.Payments(payments=elements)
                return "Payments", self._client.write("create_payments", payments, **apart)
            case DocKind.OVERPAYMENT | DocKind.BANK_PAYMENT:
                banked = models.BankTransactions(bank_transactions=elements)
                return "BankTransactions", self._client.write("create_bank_transactions", banked, **apart)
            case DocKind.TRANSFER:
                moved = models.BankTransfers(bank_transfers=elements)
                return "BankTransfers", self._client.write("create_bank_transfer", moved, **self._guard)
            case DocKind.DEPOSIT:
                deposits = models.BatchPayments(batch_payments=elements)
                return "BatchPayments", self._client.write("create_batch_payment", deposits, **apart)
            case DocKind.ALLOCATION:
                credit = build_money.credit_of(self._batch.members[0].key) or ""
                note = self._is_credit_note(credit)
                name = "create_credit_note_allocation" if note else "create_overpayment_allocations"
                used = models.Allocations(allocations=elements)
                return "Allocations", self._client.write(name, credit, used, **apart)
            case DocKind.PAYMENT_REQUEST | DocKind.RECORDED_PAYMENT:
                raise NotBooks

    def _delete(self) -> tuple[list[tuple[Outgoing, Element]], list[Answer]]:
        """One document taken back: what stands on others, and what only bank accounts know.

        A 200 alone is no proof: a page of a proxy in between looks the same. The body must name the document.
        """
        (out,) = self._batch.members
        reply = self._deleted(out, out.key.external_id or "")
        if reply.status == 204:
            return [], [settling.removed(out, 204)]
        if reply.status != 200:
            return [], answered_whole(reply, [out])
        found = body(reply)
        alone = [found] if self._batch.kind is DocKind.ALLOCATION else []
        element = settling.named(out, [*alone, *children(found, _DELETED.get(self._batch.kind, "Payments"))])
        if element is None:
            return [], [Answer(out.delivery, Verdict.UNKNOWN, status=200)]
        return [(out, element)], []

    def _deleted(self, out: Outgoing, external: str) -> Reply:
        write, gone = self._client.write, {"status": "DELETED"}
        match self._batch.kind:
            case DocKind.ALLOCATION:
                credit = str(out.extra.get("credit") or build_money.credit_of(out.key) or "")
                note = self._is_credit_note(credit)
                name = "delete_credit_note_allocations" if note else "delete_overpayment_allocations"
                return write(name, credit, external)
            case DocKind.BANK_PAYMENT:
                spent = build_bank.bank_payment(out, self._category, self._taxes.fees)
                banked = models.BankTransactions(bank_transactions=[spent])
                return write("update_bank_transaction", external, banked, **self._guard)
            case DocKind.TRANSFER:
                moved = models.BankTransferDeleteByUrlParam(**gone)
                return write("delete_bank_transfer", external, moved, **self._guard)
            case DocKind.DEPOSIT:
                deposit = models.BatchPaymentDeleteByUrlParam(**gone)
                return write("delete_batch_payment_by_url_param", external, deposit, **self._guard)
            case _:
                return write("delete_payment", external, models.PaymentDelete(**gone), **self._guard)
