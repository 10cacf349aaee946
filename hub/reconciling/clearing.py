"""What a clearing account holds, item by item: money in transit, and what a hold or a note names.

A clearing account is never simply zero: its balance must be the items that no settlement brought to the bank
yet, each with the day it is expected by (accounting rules for clinics, part 15). What is left beside them is
named, so items in transit and named amounts together are the balance, to the cent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from hub import settling
from hub.canonical import Payment, Settlement, SettlementStatus
from hub.config.model import GroupConfig
from hub.config.settlements import SettlementRule
from hub.documents import SalesInvoice
from hub.errors import Reason, Who
from hub.reconciling.flows import moved
from hub.reconciling.here import Here, Wanted
from hub.rendering import CaseKind

ON_THE_WAY = (SettlementStatus.EXPECTED, SettlementStatus.IN_TRANSIT)
BY_HAND = Reason(
    "settlement:not-posted",
    "The settlement arrived but nothing is posted for it, as before the start date: post it by hand.",
    Who.BOOKKEEPER,
)
OTHER_AMOUNT = Reason(
    "settlement:other-amount",
    "Not all that is in this settlement stands in its clearing account: see the holds of its invoices.",
    Who.BOOKKEEPER,
)


@dataclass(frozen=True, slots=True)
class InTransit:
    """Money of one document that no settlement brought to the bank yet; negative where it goes back."""

    account: str
    item: str
    cents: int
    expected_by: date


@dataclass(frozen=True, slots=True)
class Named:
    """Cents that stand in an account beside what is in transit, and what a person has to do about it."""

    account: str
    item: str
    cents: int
    cause: str
    sentence: str
    who: str


@dataclass(slots=True)
class _Account:
    """One clearing account: documents of money that came in, and what each settlement took out."""

    rule: SettlementRule
    code: str
    money: list[tuple[Payment, Wanted, int]] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # by settlement's entity id


def standing_in(config: GroupConfig, here: Here) -> tuple[list[InTransit], list[Named]]:
    """Everything in the clearing accounts of all rules, as it should stand at the ledger."""
    moving: list[InTransit] = []
    named: list[Named] = []
    for rule in config.settlements:
        told = {id: one for id, one in here.settlements.items() if one.source.connection == rule.connection}
        taken = _taken(rule, here, told)
        for code in sorted(set(rule.clearing.values())):
            account = _account(rule, code, here, told)
            of = _settlement_of(account, here, taken)
            settled: dict[str, int] = defaultdict(int)
            for payment, want, cents in account.money:
                id = of.get(payment.source.source_id)
                settlement = told[id] if id is not None else None
                if id is None or (told[id].status in ON_THE_WAY and id not in account.left):
                    late = payment.paid_on + timedelta(days=rule.arrives_within)
                    by = settlement.arrives_on if settlement else None
                    moving.append(InTransit(code, _item(want, here), cents, by or late))
                else:
                    settled[id] += cents
            named += _named(account, here, told, settled)
    return sorted(moving, key=lambda one: (one.account, one.expected_by, one.item)), named


def _account(rule: SettlementRule, code: str, here: Here, told: Mapping[str, Settlement]) -> _Account:
    account = _Account(rule, code)
    for want in here.wanted.values():
        if want.content is None or want.state.row.key.target != rule.ledger:
            continue
        entity = want.rendered.entity or ""
        if cents := moved(want.content, code):
            if entity in told:
                account.left[entity] -= cents
            elif entity in here.payments:
                account.money.append((here.payments[entity], want, cents))
    return account


def _item(want: Wanted, here: Here) -> str:
    """What people call it: the number of the invoice it stands on, else that of its case."""
    for need in want.content.needs() if want.content is not None else ():
        other = here.wanted.get(need)
        if other is not None and isinstance(other.content, SalesInvoice):
            return other.content.number
    return want.state.row.key.number


@dataclass(frozen=True, slots=True)
class _Taken:
    """What a payment system took: by invoice, and which settlement holds it (by the payment's source id)."""

    on: Mapping[tuple[str, str], list[Payment]]
    settlement: Mapping[str, str]
    reverses: Mapping[tuple[str, str], str]


def _taken(rule: SettlementRule, here: Here, told: Mapping[str, Settlement]) -> _Taken:
    on: dict[tuple[str, str], list[Payment]] = defaultdict(list)
    for payment in here.payments.values():
        if payment.source.connection == rule.connection and payment.pms:
            for sid in {a.invoice for a in payment.allocations}:
                on[payment.pms, sid].append(payment)
    parts = {
        part.about.source_id: id
        for id, one in told.items()
        for part in one.parts
        if part.about is not None and part.kind in settling.MONEY
    }
    notes = {
        (one.source.connection, one.source.source_id): one.reverses
        for one in here.invoices.values()
        if one.reverses
    }
    return _Taken(on, parts, notes)


def _settlement_of(account: _Account, here: Here, taken: _Taken) -> dict[str, str]:
    """Source id of a practice's payment -> the settlement that holds what was taken for it."""
    recorded: dict[tuple[str, str], dict[str, Payment]] = defaultdict(dict)
    for payment, _, _ in account.money:
        connection = payment.source.connection
        for sid in {a.invoice for a in payment.allocations}:
            root = (connection, taken.reverses.get((connection, sid), sid))
            recorded[root][payment.source.source_id] = payment
    found: dict[str, str] = {}
    for root, charges in taken.on.items():
        pairs = [(p, source.amount) for p in recorded.get(root, {}).values() for source in p.sources]
        for charge, payment in settling.explained(charges, pairs).items():
            if charge in taken.settlement:
                found[payment.source.source_id] = taken.settlement[charge]
    return found


def _named(
    account: _Account, here: Here, told: Mapping[str, Settlement], settled: Mapping[str, int]
) -> Iterator[Named]:
    """Settlements that took out more or less than what stands in the account for them."""
    for id in sorted({*settled, *account.left}):
        rest = settled.get(id, 0) - account.left.get(id, 0)
        if rest:
            reason = _reason(here, told[id], posted=id in account.left)
            who = str(reason.who)
            yield Named(account.code, told[id].number, rest, reason.code, reason.sentence, who)


def _reason(here: Here, settlement: Settlement, *, posted: bool) -> Reason:
    subject = f"{settlement.source.connection}:{settlement.source.source_id}"
    for state in here.states.values():
        key = state.row.key
        if key.kind is CaseKind.SETTLEMENT and key.subject == subject:
            of_documents = [hold for one in state.rendered.documents for hold in one.holds]
            told = state.rendered.notes if posted else state.rendered.stops
            return next(iter((*told, *of_documents)), OTHER_AMOUNT if posted else BY_HAND)
    return OTHER_AMOUNT if posted else BY_HAND
