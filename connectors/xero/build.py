"""Documents as the SDK's models, one for one.

Exact by construction: amounts include tax, quantity 1, the unit amount is the line's gross, so Xero's total
is always ours and only its split into net and tax can differ (Xero developer docs: rounding). Inside a
document the contact is only its id: other fields there would change the contact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from xero_python.accounting import models

from hub import marks
from hub.documents import (
    Allocation,
    BankPayment,
    CreditNote,
    DebtorCard,
    Deposit,
    Line,
    Overpayment,
    Receipt,
    Refund,
    SalesInvoice,
    Transfer,
)
from hub.money import Money
from hub.targets import Key, Op, Outgoing

# Xero refuses the whole contact for an address it finds odd; a contact without one is better than none.
_EMAIL = re.compile(r"^[A-Za-z0-9._%+'\-]+@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+$")
Category = Callable[[str], str | None]  # tracking option -> name of its category


def dollars(cents: int) -> Decimal:
    """Cents as the amount the SDK writes."""
    return Money(cents).decimal()


def contact(out: Outgoing) -> Any:
    """A contact; on a change an empty text clears the field (None cannot be sent)."""
    card = out.key.content
    assert isinstance(card, DebtorCard)
    email = card.email if _EMAIL.match(card.email) and len(card.email) <= 255 else ""
    fields = {
        "first_name": card.first_name,
        "last_name": card.last_name,
        "email_address": email,
        "tax_number": card.tax_number,
    }
    kept = {name: value for name, value in fields.items() if value or out.op is Op.UPDATE}
    return models.Contact(
        contact_id=out.key.external_id if out.op is Op.UPDATE else None,
        contact_number=card.number,
        name=card.name,
        **kept,
    )


def _lines(lines: Sequence[Line], ids: Sequence[str], category: Category, taxes: bool) -> list[Any]:
    built = []
    for position, line in enumerate(lines):
        built.append(
            models.LineItem(
                line_item_id=ids[position] if position < len(ids) else None,
                description=line.description[:4000] or "-",
                quantity=Decimal(1),
                unit_amount=dollars(line.gross),
                account_code=line.account,
                tax_type=line.tax_type,
                tax_amount=dollars(line.gst) if taxes else None,
                tracking=_tracking(line.tracking, category),
            )
        )
    return built


def _tracking(option: str | None, category: Category) -> list[Any] | None:
    name = category(option) if option else None
    return [models.LineItemTracking(name=name, option=option)] if name else None


def document(out: Outgoing, category: Category, taxes: bool = False) -> Any:
    """An invoice or credit note: created, changed (lines keep their ids), or voided with all its lines."""
    key, content = out.key, out.key.content
    assert isinstance(content, SalesInvoice | CreditNote)
    ids = [str(i) for i in out.extra.get("lines") or ()] if out.op is not Op.CREATE else []
    whole = out.op is not Op.VOID or len(ids) == len(content.lines)
    common: dict[str, Any] = {
        "contact": models.Contact(contact_id=key.related[content.contact]),
        "date": content.issued,
        "line_amount_types": models.LineAmountTypes.INCLUSIVE,
        "line_items": _lines(content.lines, ids, category, taxes) if whole else None,
        "currency_code": models.CurrencyCode(content.currency),
        "reference": marks.sign(content.reference, key.mark),
        "status": "VOIDED" if out.op is Op.VOID else "AUTHORISED",
    }
    existing = key.external_id if out.op is not Op.CREATE else None
    if isinstance(content, SalesInvoice):
        return models.Invoice(
            type="ACCREC",
            invoice_id=existing,
            invoice_number=content.number,
            due_date=content.due,
            sent_to_contact=True,
            **common,
        )
    return models.CreditNote(
        type="ACCRECCREDIT", credit_note_id=existing, credit_note_number=content.number, **common
    )


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
                tracking=_tracking(content.tracking, category),
            )
        ],
    )


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
        line_items=_lines(content.lines, (), category, taxes),
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
