"""How money that arrives together comes into the books: section `settlements` of a group's file.

Keyed by the connection the settlements come from. Nothing has a default that could be a guess: whether the
fees of a payment system carry GST, and whether a clinic claims it, is for its bookkeeper to write down.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal, InvalidOperation

from pydantic import BaseModel, ConfigDict
from yaml.nodes import Node, ScalarNode

from hub.config.nodes import Page, line_of

EVERYWHERE = "*"
_RULE = ("ledger", "clearing", "bank", "start", "arrives_within", "fees")
_FEES = ("contact", "account", "tax_type", "tax_rate")


class SettlementRule(BaseModel):
    """Where the settlements of one connection are posted.

    `clearing`: account by location key, where the receipts of its method stand (`*`: every other location);
    `bank`: the account they arrive in. `fee_tax_rate` is the percentage inside a fee: 0 claims nothing, also
    where the payer names a tax. Settlements that arrive before `start` are never posted. `arrives_within`:
    days until money that is in no settlement yet is late.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    connection: str
    ledger: str
    clearing: dict[str, str]
    bank: str
    start: date
    fee_contact: str
    fee_account: str
    fee_tax_type: str
    fee_tax_rate: Decimal
    arrives_within: int = 7
    line: int = 0

    def clears(self, location: str | None) -> str | None:
        """The clearing account of a location key (None: of money that no location took)."""
        return self.clearing.get(location or EVERYWHERE, self.clearing.get(EVERYWHERE))


def read_settlements(
    page: Page, node: Node | None, read: Collection[str], ledgers: Collection[str], places: Collection[str]
) -> tuple[SettlementRule, ...]:
    """The rules as written; `read`, `ledgers` and `places` are ids and keys the rest of the file knows."""
    found = []
    for name, (key, value) in page.mapping(node, "settlements").items():
        what = f"Settlements of {name}"
        if name not in read:
            page.wrong(key, f"{what}: there is no such source connection.",
                       "Write the id of a connection whose role is `source` or `both`.")  # fmt: skip
        given = page.section(value, what, _RULE, ("ledger", "clearing", "bank", "start", "fees"))
        fees = page.section(given.get("fees"), f"{what}: fees", _FEES, _FEES)
        ledger = page.text(given.get("ledger"), f"{what}: ledger")
        if ledger and ledger not in ledgers:
            page.wrong(given["ledger"], f"{what} are posted to {ledger!r}, which is no target connection.",
                       "Write the id of a connection whose role is `target`.")  # fmt: skip
        start = page.day(given.get("start"), f"{what}: start")
        rate = _rate(page, fees.get("tax_rate"), f"{what}: fees: tax_rate")
        clearing = _clearing(page, given.get("clearing"), f"{what}: clearing", places)
        if start is None or rate is None:
            continue
        found.append(
            SettlementRule(
                connection=name,
                ledger=ledger,
                clearing=clearing,
                bank=page.text(given.get("bank"), f"{what}: bank"),
                start=start,
                fee_contact=page.text(fees.get("contact"), f"{what}: fees: contact"),
                fee_account=page.text(fees.get("account"), f"{what}: fees: account"),
                fee_tax_type=page.text(fees.get("tax_type"), f"{what}: fees: tax_type"),
                fee_tax_rate=rate,
                arrives_within=page.number(given.get("arrives_within"), f"{what}: arrives_within", 7),
                line=line_of(key),
            )
        )
    return tuple(found)


def _clearing(page: Page, node: Node | None, what: str, places: Collection[str]) -> dict[str, str]:
    """One account for all, or one per location key."""
    if isinstance(node, ScalarNode):
        return {EVERYWHERE: page.text(node, what)}
    found = {}
    for name, (key, value) in page.mapping(node, what).items():
        if name != EVERYWHERE and name not in places:
            page.wrong(key, f"{what} names {name!r}, which is no location.",
                       f"Write a location's key, or `{EVERYWHERE}` for every other one.")  # fmt: skip
        found[name] = page.text(value, f"{what}: {name}")
    return found


def _rate(page: Page, node: Node | None, what: str) -> Decimal | None:
    text = page.text(node, what)
    if not text:
        return None
    try:
        rate = Decimal(text)
    except InvalidOperation:
        rate = Decimal(-1)
    if not 0 <= rate < 100:
        page.wrong(node, f"{what} is no percentage.", "Write a number such as 10, or 0 for no GST.")
        return None
    return rate
