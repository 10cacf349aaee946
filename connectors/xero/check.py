"""Checks of one step against the chart of accounts and the lock dates, before anything is sent.

The hub obeys lock dates by itself: an adviser's grant would let a locked date through (field reports).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from connectors.xero.case import amount_of
from hub.documents import (
    BankPayment,
    CreditNote,
    Deposit,
    Line,
    Overpayment,
    Receipt,
    Refund,
    SalesInvoice,
    Transfer,
)
from hub.errors import Reason, Who
from hub.targets import Account, Chart, Policy, Step

# Account types to the class that a tax rate applies to (Xero developer docs: types and codes, accounts).
CLASSES = {
    "REVENUE": "revenue",
    "SALES": "revenue",
    "OTHERINCOME": "revenue",
    "EXPENSE": "expense",
    "OVERHEADS": "expense",
    "DIRECTCOSTS": "expense",
    "DEPRECIATN": "expense",
    "WAGESEXPENSE": "expense",
    "SUPERANNUATIONEXPENSE": "expense",
    "BANK": "asset",
    "CURRENT": "asset",
    "FIXED": "asset",
    "INVENTORY": "asset",
    "NONCURRENT": "asset",
    "PREPAYMENT": "asset",
    "CURRLIAB": "liability",
    "LIABILITY": "liability",
    "TERMLIAB": "liability",
    "PAYG": "liability",
    "PAYGLIABILITY": "liability",
    "SUPERANNUATIONLIABILITY": "liability",
    "WAGESPAYABLELIABILITY": "liability",
    "EQUITY": "equity",
}


def check(step: Step, policy: Policy) -> Reason | None:
    """The first thing that speaks against a step, or None. Pure."""
    cents = amount_of(step.content) if step.content else 0
    return next(_problems(step, policy, cents), None)


def _problems(step: Step, policy: Policy, cents: int) -> Iterator[Reason]:
    if locked := _locked(step, policy.locked_through):
        sentence = (
            f"The date {locked.isoformat()} lies in a locked period (through {policy.locked_through}). "
            "Unlock it in Xero, or correct the date at the practice."
        )
        yield Reason("period:locked", sentence, Who.BOOKKEEPER, cents)
    match step.content:
        case SalesInvoice() | CreditNote():
            for line in step.content.lines:
                yield from _line(line, policy.chart, cents)
        case Receipt() | Refund():
            yield from _money(step.content.account, policy.chart, cents, bank_only=False)
        case Overpayment() | Deposit():
            yield from _money(step.content.account, policy.chart, cents, bank_only=True)
        case BankPayment():
            yield from _money(step.content.account, policy.chart, cents, bank_only=True)
            for line in step.content.lines:
                yield from _line(line, policy.chart, cents)
        case Transfer():
            for code in (step.content.from_account, step.content.to_account):
                yield from _money(code, policy.chart, cents, bank_only=True)


def _locked(step: Step, through: date | None) -> date | None:
    return None if through is None else next((day for day in step.dates if day <= through), None)


def _account(code: str, chart: Chart, cents: int) -> Account | Reason:
    account = chart.accounts.get(code)
    if account is None:
        sentence = f"Account {code} does not exist in Xero. Correct the mapping."
        return Reason(f"account:unknown:{code}", sentence, Who.BOOKKEEPER, cents)
    if not account.active:
        sentence = f"Account {code} is archived in Xero. Choose another account, or restore it."
        return Reason(f"account:archived:{code}", sentence, Who.BOOKKEEPER, cents)
    return account


def _money(code: str, chart: Chart, cents: int, *, bank_only: bool) -> Iterator[Reason]:
    account = _account(code, chart, cents)
    if isinstance(account, Reason):
        yield account
    elif account.type != "BANK" and (bank_only or not account.takes_payments):
        wrong = "does not take payments in Xero. Enable them there or choose another account."
        if bank_only:
            wrong = "is no bank account in Xero. Make one of type Bank there and map it."
        sentence = f"Account {code} {wrong}"
        yield Reason(f"account:payments:{code}", sentence, Who.BOOKKEEPER, cents)


def _line(line: Line, chart: Chart, cents: int) -> Iterator[Reason]:
    account = _account(line.account, chart, cents)
    if isinstance(account, Reason):
        yield account
        return
    if account.type == "BANK" or account.system in ("DEBTORS", "CREDITORS"):
        sentence = f"Account {line.account} cannot stand on a line in Xero. Choose another account."
        yield Reason(f"account:invalid:{line.account}", sentence, Who.BOOKKEEPER, cents)
    rate = chart.taxes.get(line.tax_type)
    if rate is None or not rate.active:
        sentence = f"Tax type {line.tax_type} does not exist in Xero. Correct the mapping."
        yield Reason(f"tax:unknown:{line.tax_type}", sentence, Who.BOOKKEEPER, cents)
    elif CLASSES.get(account.type) not in rate.applies_to:
        sentence = (
            f"Tax type {line.tax_type} cannot be used with account {line.account}. Correct the mapping."
        )
        yield Reason(f"tax:account:{line.tax_type}@{line.account}", sentence, Who.BOOKKEEPER, cents)
    if line.tracking is not None and not any(line.tracking in options for options in chart.tracking.values()):
        sentence = (
            "The tracking option of this location was not found or is archived in Xero. Correct the mapping."
        )
        yield Reason("tracking:missing", sentence, Who.BOOKKEEPER, cents)
