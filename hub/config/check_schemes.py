"""Checks of `schemes`: where deposits arrive, what cuts are written off to, and what would be held."""

from __future__ import annotations

from collections.abc import Iterator

from hub.config.check_accounts import WRITE_OFF_TAXES
from hub.config.findings import CLASSES, Checked, Finding
from hub.config.schemes import SchemeConfig
from hub.targets import Chart


def schemes(checked: Checked) -> Iterator[Finding]:
    """Accounts stand and are of the right type, names mean something, some payer is the scheme's."""
    for scheme in checked.config.schemes:
        yield from _names(checked, scheme)
        chart = checked.charts.get(scheme.ledger)
        if chart is not None:
            yield from _bank(checked, scheme, chart)
            yield from _write_off(checked, scheme, chart)


def _names(checked: Checked, scheme: SchemeConfig) -> Iterator[Finding]:
    config = checked.config
    ledgers = {one.id for one in config.connections if one.is_ledger}
    if scheme.ledger not in ledgers:
        yield checked.error(
            scheme.line,
            f"Scheme {scheme.id} posts to {scheme.ledger!r}, which is no target connection.",
            "Write the id of a connection whose role is `target`.",
        )
    for connection in sorted(scheme.read.keys() - {one.id for one in config.connections if one.is_read}):
        yield checked.error(
            scheme.line,
            f"Scheme {scheme.id} reads from {connection!r}, which is no source connection.",
            "Write the id of the practice system's connection under `read`.",
        )
    for place in sorted(scheme.by_location.keys() - {one.key for one in config.locations}):
        yield checked.error(
            scheme.line,
            f"Scheme {scheme.id} names location {place!r}, which there is not.",
            "Correct its key.",
        )
    if not any(payer.scheme == scheme.id for payer in config.payers):
        yield checked.warning(
            scheme.line,
            f"No payer names the scheme {scheme.id}, so nothing is ever claimed from it.",
            f"Add `scheme: {scheme.id}` to the payer who owes such invoices.",
        )


def _bank(checked: Checked, scheme: SchemeConfig, chart: Chart) -> Iterator[Finding]:
    account = chart.accounts.get(scheme.bank)
    if account is None or not account.active:
        yield checked.error(
            scheme.line,
            f"Deposits of {scheme.id} arrive in {scheme.bank}, which is not active in {scheme.ledger}.",
            "Correct the code, or make or restore the account.",
        )
    elif account.type != "BANK":
        yield checked.error(
            scheme.line,
            f"Account {scheme.bank} of scheme {scheme.id} is of type {account.type}, not BANK.",
            "Deposits need the bank account that receives them.",
        )


def _write_off(checked: Checked, scheme: SchemeConfig, chart: Chart) -> Iterator[Finding]:
    account = chart.accounts.get(scheme.write_off)
    if account is None or not account.active:
        yield checked.error(
            scheme.line,
            f"Cuts of {scheme.id} go to account {scheme.write_off}, which is not active in {scheme.ledger}.",
            "Correct the code, or make or restore the account.",
        )
        return
    kind = CLASSES.get(account.type, "")
    if kind != "revenue" or account.system is not None:
        yield checked.error(
            scheme.line,
            f"Account {scheme.write_off} for cuts of {scheme.id} is of type {account.type}, not revenue.",
            "Cuts give income back with its tax: use a revenue (contra) account.",
        )
    for tax_type in WRITE_OFF_TAXES:
        rate = chart.taxes.get(tax_type)
        if kind == "revenue" and (rate is None or not rate.active or kind not in rate.applies_to):
            yield checked.error(
                scheme.line,
                f"Account {scheme.write_off} for cuts of {scheme.id} does not accept tax type {tax_type}.",
                "Use a revenue account that accepts OUTPUT and EXEMPTOUTPUT.",
            )
