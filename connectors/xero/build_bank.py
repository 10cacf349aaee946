"""What only bank accounts know, as the SDK's models, one for one: money spent, transfers, deposits."""

from __future__ import annotations

from typing import Any

from xero_python.accounting import models

from connectors.xero.build import Category, dollars, lines_of
from hub import marks
from hub.documents import BankPayment, Deposit, Transfer
from hub.targets import Op, Outgoing


def bank_payment(out: Outgoing, category: Category, taxes: bool = False) -> Any:
    """Money spent out of a bank account; the SDK's model wants all of it also where it is taken back."""
    key, content = out.key, out.key.content
    assert isinstance(content, BankPayment)
    gone = {"bank_transaction_id": key.external_id, "status": "DELETED"} if out.op is Op.DELETE else {}
    return models.BankTransaction(
        **gone,
        type="SPEND",
        contact=models.Contact(contact_id=key.related.get(content.contact)),
        bank_account=models.Account(code=content.account),
        date=content.on,
        currency_code=models.CurrencyCode(content.currency),
        reference=marks.sign(content.label, key.mark),
        line_amount_types=models.LineAmountTypes.INCLUSIVE,
        line_items=lines_of(content.lines, (), category, taxes),
    )


def transfer(out: Outgoing) -> Any:
    """Money moved between two bank accounts."""
    key, content = out.key, out.key.content
    assert isinstance(content, Transfer)
    return models.BankTransfer(
        from_bank_account=models.Account(code=content.from_account),
        to_bank_account=models.Account(code=content.to_account),
        amount=dollars(content.amount),
        date=content.on,
        reference=marks.sign(content.label, key.mark),
    )


def deposit(out: Outgoing) -> Any:
    """One sum that pays several invoices; the mark goes into the batch and into each of its payments."""
    key, content = out.key, out.key.content
    assert isinstance(content, Deposit)
    signed = marks.sign(content.label, key.mark)
    return models.BatchPayment(
        account=models.Account(code=content.account),
        date=content.on,
        details=marks.sign("", key.mark),
        payments=[
            models.Payment(
                invoice=models.Invoice(invoice_id=key.related[part.invoice]),
                amount=dollars(part.amount),
                reference=signed,
            )
            for part in content.parts
        ],
    )
