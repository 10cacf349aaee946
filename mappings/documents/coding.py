"""How the lines of an invoice become posted lines: account, tax type, tracking, rounding, and whose income.

The practice system's own tax on the line decides the tax type, never the item (a bookkeeper's part 14); a
line's gross is posted as it is, so totals agree to the cent (Xero developer docs: inclusive line amounts).
Lines of zero hold no money and are left out, so that marker items need no account.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.canonical import Invoice, InvoiceLine
from hub.config.model import Entry, GroupConfig, LocationConfig
from hub.documents import Line
from hub.errors import Reason
from mappings.documents import reasons
from mappings.tables import NO_CODE, Scope, look_up, tax_key


def scope_of(place: LocationConfig, invoice: Invoice) -> Scope:
    return Scope(place.key, invoice.issued, invoice.practitioner)


def posted_lines(
    config: GroupConfig, place: LocationConfig, invoice: Invoice
) -> tuple[tuple[Line, ...], tuple[Reason, ...]]:
    """Every line of money with its account and tax type, signed as on the invoice; and what is unmapped."""
    scope, cents = scope_of(place, invoice), abs(invoice.total)
    option = tracking_of(config, place)
    found: list[Line] = []
    missing: list[Reason] = []
    if option is None and config.policy.tracking_category:
        missing.append(reasons.tracking(place.key, cents))
    for line in invoice.lines:
        if not line.gross and not line.tax_cents:
            continue
        account = account_of(config, line, scope)
        tax_type = tax_type_of(config, line, scope)
        if account is None:
            missing.append(reasons.item(line.code or NO_CODE, cents))
        if tax_type is None:
            missing.append(reasons.tax(tax_key(line.tax), cents))
        if account is not None and tax_type is not None:
            found.append(Line(_words(line), account, tax_type, line.gross, line.tax_cents, option))
    if invoice.rounding:
        rounding = _rounding_line(config, invoice, option)
        if isinstance(rounding, Reason):
            missing.append(rounding)
        else:
            found.append(rounding)
    return tuple(found), unique(missing)


def account_of(config: GroupConfig, line: InvoiceLine, scope: Scope) -> str | None:
    """The income account of a line: write-off items first, then items."""
    entry = write_off_entry(config, line, scope) or look_up(config.tables.items, line.code or NO_CODE, scope)
    return None if entry is None else entry.value.get("account")


def write_off_entry(config: GroupConfig, line: InvoiceLine, scope: Scope) -> Entry | None:
    return look_up(config.tables.write_offs, line.code, scope) if line.code else None


def tax_type_of(config: GroupConfig, line: InvoiceLine, scope: Scope) -> str | None:
    entry = look_up(config.tables.taxes, tax_key(line.tax), scope)
    return None if entry is None else entry.value.get("tax_type")


def tracking_of(config: GroupConfig, place: LocationConfig) -> str | None:
    """The option of the policy's tracking category; None without a category or without an option."""
    category = config.policy.tracking_category
    return place.tracking.get(category) if category else None


def supplier_reason(config: GroupConfig, place: LocationConfig, invoice: Invoice) -> Reason | None:
    """None when the clinic is the written-down supplier; there is no default (a bookkeeper's part 1).

    A location's fallback speaks only for sales without a practitioner, such as goods at the counter.
    """
    cents, who = abs(invoice.total), invoice.practitioner
    if who is None:
        supplier: str | None = place.supplier_fallback
    else:
        entry = look_up(config.tables.suppliers, who, scope_of(place, invoice))
        supplier = None if entry is None else entry.value.get("supplier")
    if supplier is None:
        return reasons.supplier_unset(who, cents)
    return None if supplier == "clinic" else reasons.supplier_practitioner(who, cents)


def split_by_key(lines: Iterable[Line]) -> list[Line]:
    """One line per account, tax type and tracking, in order of first appearance, amounts added up."""
    grouped: dict[tuple[str, str, str | None], Line] = {}
    for line in lines:
        key = (line.account, line.tax_type, line.tracking)
        old = grouped.get(key)
        grouped[key] = (
            line
            if old is None
            else Line(old.description, *key[:2], old.gross + line.gross, old.gst + line.gst, key[2])
        )
    return list(grouped.values())


def given_back(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines of a credit note: what is given back counts as positive."""
    return tuple(
        Line(line.description, line.account, line.tax_type, -line.gross, -line.gst, line.tracking)
        for line in lines
    )


def unique(found: Iterable[Reason]) -> tuple[Reason, ...]:
    """One reason per code, the first of each, in order."""
    kept: dict[str, Reason] = {}
    for reason in found:
        kept.setdefault(reason.code, reason)
    return tuple(kept.values())


def _rounding_line(config: GroupConfig, invoice: Invoice, option: str | None) -> Line | Reason:
    policy, cents = config.policy, abs(invoice.total)
    if abs(invoice.rounding) > policy.lines_off_by:
        return reasons.rounding_too_large(cents)
    if policy.rounding_account is None or policy.rounding_tax is None:
        return reasons.rounding(cents)
    return Line("Rounding", policy.rounding_account, policy.rounding_tax, invoice.rounding, 0, option)


def _words(line: InvoiceLine) -> str:
    """The line's text with its quantity, since one unit of the whole amount is posted."""
    name = " ".join(line.description.split()) or line.code or "Line"
    quantity = abs(line.quantity)
    return name if quantity in (0, 1) else f"{format(quantity.normalize(), 'f')} x {name}"
