"""Checks of `settlements` against the chart: where money leaves, where it arrives, how fees are coded."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from decimal import Decimal

from hub.config.findings import CLASSES, Checked, Finding, name_of
from hub.config.settlements import EVERYWHERE, SettlementRule
from hub.targets import Account, Chart


def settlements(checked: Checked) -> Iterator[Finding]:
    """Every account stands and is of the right type; the fee's tax is what it says; receipts meet payouts."""
    yield from _collected(checked)
    for rule in checked.config.settlements:
        yield from _receipts(checked, rule)
        chart = checked.charts.get(rule.ledger)
        if chart is None:
            continue
        for code in dict.fromkeys((*rule.clearing.values(), rule.bank)):
            yield from _bank(checked, rule, chart, code)
        yield from _fees(checked, rule, chart)


def _collected(checked: Checked) -> Iterator[Finding]:
    """Money paid by a page comes back by a method whose account is the one its payouts are taken from."""
    collect = checked.config.collect
    if collect is None:
        return
    rule = checked.config.settlement_rule(collect.connection)
    if rule is None:
        yield checked.warning(
            collect.line,
            f"Nobody wrote down where payouts of {collect.connection} go; they will be held.",
            f"Add `{collect.connection}: ...` to `settlements`.",
        )
        return
    for place in checked.config.locations:
        if place.target != rule.ledger:
            continue
        words = {collect.methods[pms] for pms in place.source if pms in collect.methods}
        for entry in checked.config.tables.methods:
            code = entry.value.get("account")
            mine = entry.key in words and entry.location in (place.key, None)
            if mine and code is not None and code != rule.clears(place.key):
                yield checked.error(
                    entry.line,
                    f"Location {place.key} receives {name_of(entry)} in account {code}, but its payouts are"
                    f" taken from {rule.clears(place.key) or 'no account'}.",
                    f"Write the same account into `clearing` of the location and of `settlements`:"
                    f" {rule.connection}.",
                )


def _receipts(checked: Checked, rule: SettlementRule) -> Iterator[Finding]:
    """Payouts leave the account in which some method's receipts stand, and go to another one."""
    if rule.bank in rule.clearing.values():
        yield checked.error(
            rule.line,
            f"Settlements of {rule.connection} arrive in account {rule.bank}, their own clearing account.",
            "Name the real bank account under `bank`.",
        )
    for key, code in rule.clearing.items():
        mine = [
            place.key
            for place in checked.config.locations
            if place.target == rule.ledger and key in (place.key, EVERYWHERE)
        ]
        received = any(
            entry.value.get("account") == code and (entry.location is None or entry.location in mine)
            for entry in checked.config.tables.methods
        )
        if not received:
            where = "no location" if key == EVERYWHERE else f"not location {key}"
            yield checked.error(
                rule.line,
                f"Settlements of {rule.connection} leave clearing account {code}, but {where} receives any"
                " method there.",
                "Give the card method the same account in the location's `clearing`.",
            )


def _bank(checked: Checked, rule: SettlementRule, chart: Chart, code: str) -> Iterator[Finding]:
    account = yield from _standing(checked, rule, chart, code)
    if account is not None and account.type != "BANK":
        yield checked.error(
            rule.line,
            f"Account {code} of the settlements of {rule.connection} is of type {account.type}, not BANK.",
            "Transfers need accounts of type Bank on both sides.",
        )


def _fees(checked: Checked, rule: SettlementRule, chart: Chart) -> Iterator[Finding]:
    account = yield from _standing(checked, rule, chart, rule.fee_account)
    rate = chart.taxes.get(rule.fee_tax_type)
    if rate is None or not rate.active:
        known = ", ".join(sorted(t for t, r in chart.taxes.items() if r.active))
        yield checked.error(
            rule.line,
            f"Fees of {rule.connection}: {rule.ledger} has no tax type {rule.fee_tax_type}.",
            f"Use one of: {known}.",
        )
        return
    if Decimal(rate.rate) != rule.fee_tax_rate:
        yield checked.error(
            rule.line,
            f"Fees of {rule.connection} are said to hold {rule.fee_tax_rate} % tax, but"
            f" {rule.fee_tax_type} is {rate.rate} %.",
            "Correct `tax_rate`, or choose the tax type of that rate.",
        )
    if account is None:
        return
    kind = CLASSES.get(account.type, "")
    if account.type == "BANK" or account.system is not None:
        yield checked.error(
            rule.line,
            f"Account {account.code} cannot hold the fees of {rule.connection}.",
            "Use an expense account.",
        )
    elif kind not in rate.applies_to:
        yield checked.error(
            rule.line,
            f"Tax type {rule.fee_tax_type} cannot be used with account {account.code} of {rule.ledger}.",
            "Choose a tax type for expenses, or an expense account.",
        )
    elif kind != "expense":
        yield checked.warning(
            rule.line,
            f"The fees of {rule.connection} go to account {account.code}, which is of type {account.type}.",
            "Check that fees belong there.",
        )


def _standing(
    checked: Checked, rule: SettlementRule, chart: Chart, code: str
) -> Generator[Finding, None, Account | None]:
    account = chart.accounts.get(code)
    if account is None or not account.active:
        yield checked.error(
            rule.line,
            f"Settlements of {rule.connection} name account {code}, which is not active in {rule.ledger}.",
            "Correct the code, or make or restore the account.",
        )
        return None
    return account
