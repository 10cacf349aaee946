"""Line items: accounts, tax types, tracking, rounding.

Rounding (Xero developer docs; confirmed by its staff): each line is rounded half up to cents, then summed;
without unitdp=4 the unit amount is rounded to two places before multiplying; tax is on the line amount
(exclusive: line x rate; inclusive: line - line / (1 + rate)).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.values import Doc, decimal, half_up, money_text, to_cents

INVALID = "Account code '{}' is not a valid code for this document."
ARCHIVED = "Account code '{}' has been archived, or has been deleted."
UNSPECIFIED = "Account code or ID must be specified"
APPLIES = {
    "REVENUE": "CanApplyToRevenue",
    "EXPENSE": "CanApplyToExpenses",
    "ASSET": "CanApplyToAssets",
    "LIABILITY": "CanApplyToLiabilities",
    "EQUITY": "CanApplyToEquity",
}


@dataclass(slots=True)
class Built:
    """Lines as kept, their totals in cents, and what is wrong with them."""

    lines: list[Doc]
    net: int
    tax: int
    problems: list[str]


def build(call: Call, raws: list[Doc], mode: str, final: bool, old: list[Doc]) -> Built:
    """Build the lines of a document. mode: Exclusive, Inclusive, NoTax. final: it will be authorised.

    A line naming a LineItemID of `old` starts from that line; all others are new; lines of `old` that are not
    named are gone (Xero developer docs: updating line items).
    """
    by_id = {line["id"]: line for line in old}
    problems: list[str] = []
    lines = []
    for raw in raws:
        base = by_id.get(str(raw.get("LineItemID") or "").lower())
        if raw.get("LineItemID") and base is None and old:
            problems.append("The LineItemID does not belong to this document.")
            continue
        lines.append(_line(call, raw, mode, final, base, problems))
    net = sum(line["gross"] - line["tax"] for line in lines)
    return Built(lines, net, sum(line["tax"] for line in lines), problems)


def resend(line: Doc) -> Doc:
    """A kept line as if it had been sent again, without its id."""
    return {
        "Description": line["description"],
        "Quantity": line["quantity"],
        "UnitAmount": line["unit"],
        "AccountID": line["account"],
        "TaxType": line["tax_type"],
        "Tracking": [
            {"TrackingOptionID": t["option_id"], "TrackingCategoryID": t["id"]} for t in line["tracking"]
        ],
        **({"DiscountRate": line["discount_rate"]} if line["discount_rate"] else {}),
        **({"TaxAmount": str(Decimal(line["tax"]) / 100)} if line["tax_sent"] else {}),
    }


def _line(call: Call, raw: Doc, mode: str, final: bool, base: Doc | None, problems: list[str]) -> Doc:
    sent = {**(resend(base) if base else {}), **{k: v for k, v in raw.items() if v is not None}}
    if base and "AccountCode" in raw:
        sent.pop("AccountID", None)
    if base and {"UnitAmount", "Quantity", "TaxType", "LineAmount"} & set(raw) and "TaxAmount" not in raw:
        sent.pop("TaxAmount", None)
    description = str(sent.get("Description") or "")
    if final and not description:
        problems.append("Line item description must be specified.")
    quantity, unit, line_cents = _amounts(call, sent, problems)
    account = _account(call, sent, final, problems)
    tax_type, rate = _tax(call, sent, mode, account, problems)
    tax, tax_sent = _tax_cents(call, sent, mode, line_cents, rate, problems)
    tracking = _tracking(call, sent, problems)
    return {
        "id": base["id"] if base else call.books.new_id("line"),
        "description": description,
        "quantity": str(quantity),
        "unit": str(unit),
        "amount": line_cents,
        "gross": line_cents + tax if mode == "Exclusive" else line_cents,
        "tax": tax,
        "tax_sent": tax_sent,
        "tax_type": tax_type,
        "account": account["id"] if account else None,
        "tracking": tracking,
        "option": " / ".join(t["option"] for t in tracking),
        "discount_rate": str(decimal(sent["DiscountRate"])) if sent.get("DiscountRate") else None,
        "item": sent.get("ItemCode"),
    }


def _amounts(call: Call, sent: Doc, problems: list[str]) -> tuple[Decimal, Decimal, int]:
    quantity = decimal(sent["Quantity"]) if "Quantity" in sent else Decimal(1)
    if "UnitAmount" in sent:
        unit = half_up(decimal(sent["UnitAmount"]), 4 if call.precise else 2)
    else:
        unit = half_up(decimal(sent.get("LineAmount", 0)) / (quantity or 1), 4 if call.precise else 2)
    expected = quantity * unit
    if sent.get("DiscountRate"):
        expected *= 1 - decimal(sent["DiscountRate"]) / 100
    elif sent.get("DiscountAmount"):
        expected -= decimal(sent["DiscountAmount"])
    cents = to_cents(expected)
    if "LineAmount" in sent and to_cents(sent["LineAmount"]) != cents:
        given = money_text(to_cents(sent["LineAmount"]))
        problems.append(f"The line total {given} does not match the expected line total {money_text(cents)}")
    return quantity, unit, cents


def _account(call: Call, sent: Doc, final: bool, problems: list[str]) -> Doc | None:
    code, id_ = sent.get("AccountCode"), sent.get("AccountID")
    if not code and not id_:
        if final:
            problems.append(UNSPECIFIED)
        return None
    account = call.books.account(code, None if code else id_)
    if account is None or account["system"] in ("DEBTORS", "CREDITORS") or account["type"] == "BANK":
        problems.append(INVALID.format(code or id_))
        return None
    if account["status"] != "ACTIVE":
        problems.append(ARCHIVED.format(account["code"] or account["id"]))
    return account


def _tax(call: Call, sent: Doc, mode: str, account: Doc | None, problems: list[str]) -> tuple[str, Decimal]:
    if mode == "NoTax":
        return "BASEXCLUDED", Decimal(0)
    wanted = str(sent.get("TaxType") or (account["tax_type"] if account else "") or "BASEXCLUDED")
    if wanted == "NONE":  # silently mapped in an Australian organisation (Xero developer docs: tax types)
        wanted = "EXEMPTEXPENSES" if account and account["class"] == "EXPENSE" else "BASEXCLUDED"
    rate = call.books.peek("tax", wanted)
    if rate is None or rate["status"] != "ACTIVE":
        problems.append(f"The TaxType code '{wanted}' does not exist or has been deleted.")
        return wanted, Decimal(0)
    if account and not rate["applies"].get(APPLIES[account["class"]], False):
        code = account["code"] or account["id"]
        problems.append(f"The TaxType code '{wanted}' cannot be used with account code '{code}'.")
    return wanted, Decimal(rate["rate"]) / 100


def _tax_cents(
    call: Call, sent: Doc, mode: str, cents: int, rate: Decimal, problems: list[str]
) -> tuple[int, bool]:
    if mode == "NoTax":
        return 0, False
    if sent.get("TaxAmount") is not None and call.setting("accept_tax_amount", True):
        tax = to_cents(sent["TaxAmount"])
        if abs(tax) > abs(cents):
            problems.append("The tax amount cannot be greater than the line amount")
        return tax, True
    line = Decimal(cents)
    exact = line * rate if mode == "Exclusive" else line - line / (1 + rate)
    return int(half_up(exact, 0)), False


def _tracking(call: Call, sent: Doc, problems: list[str]) -> list[Doc]:
    wanted = [entry for entry in sent.get("Tracking") or [] if isinstance(entry, dict)]
    if len(wanted) > 2:
        problems.append("A line item can have at most two tracking categories.")
    return [found for entry in wanted[:2] if (found := _option(call, entry, problems))]


def _option(call: Call, entry: dict[str, Any], problems: list[str]) -> Doc | None:
    for category in call.books.all("tracking"):
        if category["status"] != "ACTIVE":
            continue
        if entry.get("TrackingCategoryID") and entry["TrackingCategoryID"] != category["id"]:
            continue
        if entry.get("Name") and entry["Name"] != category["name"]:
            continue
        for option in category["options"]:
            same = entry.get("TrackingOptionID") == option["id"] or entry.get("Option") == option["name"]
            if same and option["status"] == "ACTIVE":
                return {
                    "id": category["id"],
                    "name": category["name"],
                    "option_id": option["id"],
                    "option": option["name"],
                }
    shown = entry.get("Option") or entry.get("TrackingOptionID")
    problems.append(f"The tracking option '{shown}' was not found or has been archived.")
    return None
