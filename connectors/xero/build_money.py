"""Money on invoices and out of credit, as the SDK's models, one for one."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from xero_python.accounting import models

from connectors.xero.build import Category, dollars, tracking_of
from hub import marks
from hub.documents import Allocation, Overpayment, Receipt, Refund
from hub.targets import Key, Outgoing


def payment(out: Outgoing) -> Any:
    """Money on an invoice, or out of a credit note."""
    key, content = out.key, out.key.content
    assert isinstance(content, Receipt | Refund)
    target: Mapping[str, Any]
    if isinstance(content, Receipt):
        target = {"invoice": models.Invoice(invoice_id=key.related[content.invoice])}
    else:
        target = {"credit_note": models.CreditNote(credit_note_id=key.related[content.credit])}
    return models.Payment(
        account=models.Account(code=content.account),
        date=content.on,
        amount=dollars(content.amount),
        reference=marks.sign(content.label, key.mark),
        **target,
    )


def overpayment(out: Outgoing, category: Category) -> Any:
    """A bank transaction of one line without account: Xero codes it to debtors itself, without tax.

    The mark goes into the reference and into the line, since either may not come back (documented for other
    types only).
    """
    key, content = out.key, out.key.content
    assert isinstance(content, Overpayment)
    signed = marks.sign(content.label, key.mark)
    return models.BankTransaction(
        type="RECEIVE-OVERPAYMENT",
        contact=models.Contact(contact_id=key.related[content.contact]),
        bank_account=models.Account(code=content.account),
        date=content.on,
        reference=signed,
        line_amount_types=models.LineAmountTypes.NOTAX,
        line_items=[
            models.LineItem(
                description=signed,
                quantity=Decimal(1),
                unit_amount=dollars(content.amount),
                tracking=tracking_of(content.tracking, category),
            )
        ],
    )


def allocation(out: Outgoing) -> Any:
    """Credit put on an invoice; the credit is in the address."""
    key, content = out.key, out.key.content
    assert isinstance(content, Allocation)
    return models.Allocation(
        invoice=models.Invoice(invoice_id=key.related[content.invoice]),
        amount=dollars(content.amount),
        date=content.on,
    )


def credit_of(key: Key) -> str | None:
    """The Xero id of the credit that an allocation draws from."""
    assert isinstance(key.content, Allocation)
    return key.related.get(key.content.credit)
