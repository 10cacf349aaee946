"""Contacts, invoices and credit notes as the SDK's models, one for one.

Exact by construction: amounts include tax, quantity 1, the unit amount is the line's gross, so Xero's total
is always ours and only its split into net and tax can differ (Xero developer docs: rounding). Inside a
document the contact is only its id: other fields there would change the contact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from xero_python.accounting import models

from hub import marks
from hub.documents import CreditNote, DebtorCard, Line, SalesInvoice
from hub.money import Money
from hub.targets import Op, Outgoing

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


def lines_of(lines: Sequence[Line], ids: Sequence[str], category: Category, taxes: bool) -> list[Any]:
    """Lines as sent; with `taxes` each carries our tax, else Xero computes it."""
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
                tracking=tracking_of(line.tracking, category),
            )
        )
    return built


def tracking_of(option: str | None, category: Category) -> list[Any] | None:
    """The location's option with the name of its category."""
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
        "line_items": lines_of(content.lines, ids, category, taxes) if whole else None,
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
