"""Checks against the live chart of accounts: accounts, tax types, tracking options, clearing accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator

from hub.config.findings import CLASSES, Checked, Finding, name_of
from hub.config.model import Entry
from hub.targets import Account, Chart

WRITE_OFF_TAXES = ("OUTPUT", "EXEMPTOUTPUT")
"""What every write-off account must accept, since a write-off carries the tax of what it writes off."""


def accounts(checked: Checked) -> Iterator[Finding]:
    """Every account named exists, is active and is of the right type."""
    tables = checked.config.tables
    for entry in tables.items:
        yield from _posting(checked, entry, "Item", writes_off=False)
    for entry in tables.write_offs:
        yield from _posting(checked, entry, "Write-off item", writes_off=True)
    yield from _rounding(checked)


def taxes(checked: Checked) -> Iterator[Finding]:
    """Every tax type exists and may be used on the income accounts; `none` is written down."""
    table = checked.config.tables.taxes
    if not any(entry.key in ("none", None) for entry in table):
        yield checked.warning(
            0, "Nobody wrote down the tax type of a line without tax.", "Add `none: ...` to `taxes`."
        )
    for entry in table:
        tax_type = entry.value.get("tax_type", "")
        for target, chart in checked.charts_of(entry):
            rate = chart.taxes.get(tax_type)
            if rate is None or not rate.active:
                yield checked.error(
                    entry.line,
                    f"The tax {name_of(entry)} has tax type {tax_type}, which {target} does not have.",
                    f"Use one of: {', '.join(sorted(t for t, r in chart.taxes.items() if r.active))}.",
                )
                continue
            wrong = sorted(
                account.code
                for account in _income(checked, chart)
                if CLASSES.get(account.type, "") not in rate.applies_to
            )
            if wrong:
                yield checked.error(
                    entry.line,
                    f"Tax type {tax_type} cannot be used with account {', '.join(wrong)} of {target}.",
                    "Choose a tax type for income, or an income account.",
                )


def tracking(checked: Checked) -> Iterator[Finding]:
    """Every location names an option of the policy's category that exists."""
    category = checked.config.policy.tracking_category
    if category is None:
        if len(checked.config.locations) > 1:
            yield checked.warning(
                checked.config.policy.line,
                "Without a tracking category nobody can tell the locations apart in the ledger.",
                "Set `tracking_category` in `policy` and an option per location.",
            )
        return
    for place in checked.config.locations:
        option = place.tracking.get(category)
        chart = checked.charts.get(place.target)
        if option is None:
            yield checked.error(
                place.line,
                f"Location {place.key} names no option of the tracking category {category}.",
                f"Add `tracking: {{{category}: ...}}`.",
            )
        elif chart is not None and option not in chart.tracking.get(category, frozenset()):
            known = ", ".join(sorted(chart.tracking.get(category, frozenset()))) or "none"
            yield checked.error(
                place.line,
                f"{place.target} has no active tracking option {option} in the category {category}.",
                f"Make the option there, or use one of: {known}.",
            )


def clearing(checked: Checked) -> Iterator[Finding]:
    """Every clearing account is of type BANK and belongs to one location (a bookkeeper's rule)."""
    users: dict[tuple[str, str], list[tuple[str, Entry]]] = defaultdict(list)
    for entry in checked.config.tables.methods:
        code = entry.value.get("account")
        if entry.value.get("kind") != "money" or code is None:
            continue
        for place in checked.places(entry):
            users[place.target, code].append((place.key, entry))
        for target, chart in checked.charts_of(entry):
            account = yield from _standing(checked, entry, chart, target, code, "Method")
            if account is not None and account.type != "BANK":
                yield checked.error(
                    entry.line,
                    f"Account {code} of method {name_of(entry)} is of type {account.type}, not BANK.",
                    "Make a new bank account of type Other in Xero and use it; overpayments and transfers"
                    " need one.",
                )
    for (_, code), found in sorted(users.items()):
        places = sorted({place for place, _ in found})
        if len(places) > 1:
            yield checked.error(
                found[-1][1].line,
                f"Clearing account {code} is shared by the locations {', '.join(places)}.",
                "Give each location its own account, so that its deposits can be matched.",
            )
        methods = sorted({name_of(entry) for _, entry in found})
        if len(places) == 1 and len(methods) > 1:
            yield checked.warning(
                found[-1][1].line,
                f"Clearing account {code} is shared by the methods {', '.join(methods)}.",
                "Give each method its own account, or match their deposits together.",
            )


def _posting(checked: Checked, entry: Entry, what: str, *, writes_off: bool) -> Iterator[Finding]:
    code = entry.value.get("account", "")
    for target, chart in checked.charts_of(entry):
        account = yield from _standing(checked, entry, chart, target, code, what)
        if account is None:
            continue
        if account.type == "BANK" or account.system is not None:
            yield checked.error(
                entry.line,
                f"Account {code} of {what.lower()} {name_of(entry)} cannot stand on an invoice line.",
                "Use an income account.",
            )
        elif CLASSES.get(account.type) != "revenue" and writes_off:
            yield checked.error(
                entry.line,
                f"Write-off account {code} is of type {account.type}; it must be revenue (a contra account).",
                "Write-offs give income back with its tax: use a revenue account.",
            )
        elif CLASSES.get(account.type) != "revenue":
            yield checked.warning(
                entry.line,
                f"Account {code} of item {name_of(entry)} is of type {account.type}, not income.",
                "Check that the item's income belongs there.",
            )
        if writes_off:
            yield from _accepts(checked, entry, chart, account)


def _accepts(checked: Checked, entry: Entry, chart: Chart, account: Account) -> Iterator[Finding]:
    kind = CLASSES.get(account.type, "")
    for tax_type in WRITE_OFF_TAXES:
        rate = chart.taxes.get(tax_type)
        if rate is None or not rate.active or kind not in rate.applies_to:
            yield checked.error(
                entry.line,
                f"Write-off account {account.code} does not accept tax type {tax_type}.",
                "Use a revenue account that accepts OUTPUT and EXEMPTOUTPUT.",
            )


def _standing(
    checked: Checked, entry: Entry, chart: Chart, target: str, code: str, what: str
) -> Generator[Finding, None, Account | None]:
    """Findings of existence; returns the account when it stands and is active."""
    account = chart.accounts.get(code)
    if account is None:
        yield checked.error(
            entry.line,
            f"{what} {name_of(entry)} names account {code}, which {target} does not have.",
            "Correct the code, or make the account.",
        )
        return None
    if not account.active:
        yield checked.error(
            entry.line,
            f"{what} {name_of(entry)} names account {code}, which is archived in {target}.",
            "Restore the account, or name another.",
        )
        return None
    return account


def _rounding(checked: Checked) -> Iterator[Finding]:
    policy = checked.config.policy
    code, tax_type = policy.rounding_account, policy.rounding_tax
    if code is None or tax_type is None:
        yield checked.warning(
            policy.line,
            "Invoices whose lines miss their total by a cent will be held.",
            "Set `rounding_account` and `rounding_tax` in `policy`.",
        )
        return
    for target, chart in sorted(checked.charts.items()):
        account, rate = chart.accounts.get(code), chart.taxes.get(tax_type)
        if account is None or not account.active:
            yield checked.error(
                policy.line, f"Rounding account {code} is not active in {target}.", "Name another account."
            )
        elif rate is None or not rate.active or CLASSES.get(account.type, "") not in rate.applies_to:
            yield checked.error(
                policy.line,
                f"Tax type {tax_type} cannot be used with the rounding account {code} of {target}.",
                "BASEXCLUDED is usual for rounding.",
            )


def _income(checked: Checked, chart: Chart) -> Iterable[Account]:
    codes = {entry.value.get("account") for entry in checked.config.tables.items}
    return [a for code, a in sorted(chart.accounts.items()) if code in codes and a.active]
