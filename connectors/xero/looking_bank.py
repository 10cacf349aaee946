"""Looking up what only bank accounts know: by the id we hold, and by date where we hold none.

None of these has a key of its own at Xero. The mark stands in the reference of payments and transfers and in
the details of a deposit, behind words for people, so the lists of the documents' own days are read and
searched for it (Xero developer docs: bank transactions, bank transfers, batch payments).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from connectors.xero import seeing, seeing_bank, wire
from connectors.xero.case import date_of
from connectors.xero.looking_round import GUIDS, Round
from connectors.xero.wire import Element
from hub.documents import DocKind
from hub.targets import Key, Life, Seen


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind is listed. `only` is a further condition, `query` what else the list is asked with."""

    endpoint: str
    plural: str
    id_field: str
    paged: bool
    see: Callable[[Round, Key, Element], Seen | None]
    only: str = ""
    deleted: bool = False


KINDS = {
    DocKind.BANK_PAYMENT: _Kind(
        "get_bank_transactions",
        "BankTransactions",
        "BankTransactionID",
        True,
        lambda round_, key, element: seeing_bank.payment(key, element, round_.links),
        only='Type=="SPEND"',
    ),
    DocKind.TRANSFER: _Kind(
        "get_bank_transfers",
        "BankTransfers",
        "BankTransferID",
        False,
        lambda round_, key, element: seeing_bank.transfer(key, element),
        deleted=True,
    ),
    DocKind.DEPOSIT: _Kind(
        "get_batch_payments",
        "BatchPayments",
        "BatchPaymentID",
        False,
        lambda round_, key, element: seeing_bank.deposit(key, element),
    ),
}


def look(round_: Round) -> Iterable[Seen]:
    """What stands under each key of these kinds."""
    for kind, how in KINDS.items():
        keys = round_.keys[kind]
        elements = _elements(round_, how, keys) if keys else {}
        for key in keys:
            yield _one(round_, how, key, elements.values())


def _elements(round_: Round, how: _Kind, keys: Sequence[Key]) -> dict[str | None, Element]:
    found: dict[str | None, Element] = {}

    def keep(where: str) -> None:
        whole = f"({where}) AND {how.only}" if how.only else where
        extra = {"include_deleted": True} if how.deleted else {}
        listed = round_.client.pages if how.paged else round_.client.read
        for element in listed(how.endpoint, how.plural, where=whole, **extra):
            found[wire.guid(element, how.id_field)] = element

    for part in wire.chunks([key.external_id for key in keys if key.external_id], GUIDS):
        keep(wire.any_of(how.id_field, part, is_guid=True))
    days = {day for key in keys if key.external_id not in found and (day := date_of(key.content))}
    for first, last in _spans(sorted(days)):
        keep(f"Date>={_day(first)} AND Date<={_day(last)}")
    return found


def _spans(days: Sequence[date]) -> Iterable[tuple[date, date]]:
    """Days as few ranges that hold nothing more than a week of other days between two of them."""
    start = 0
    for at, day in enumerate(days):
        last = at + 1 == len(days)
        if last or (days[at + 1] - day).days > 7:
            yield days[start], day
            start = at + 1


def _day(day: date) -> str:
    return f"DateTime({day.year},{day.month:02},{day.day:02})"


def _one(round_: Round, how: _Kind, key: Key, elements: Iterable[Element]) -> Seen:
    seen = [found for element in elements if (found := how.see(round_, key, element))]
    living = [one for one in seen if one.life is Life.LIVE]
    if len(living) > 1:
        return seeing.ambiguous(key, "two living objects carry our mark")
    return next(iter(living or seen), None) or seeing.absent(key)
