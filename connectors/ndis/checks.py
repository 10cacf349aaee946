"""Everything that speaks against claiming an item, found before the file is made; each has its sentence.

Codes name the rule; amounts are the item's. Refusals the agency would give for these cost days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from connectors.ndis import identifiers, kinds
from connectors.ndis.prices import Price, Prices
from hub.claims import ClaimItem, Deadline, ServiceKind
from hub.errors import Reason, Who

MOST_MINUTES = 999 * 60 + 59
WARN_BEFORE = (timedelta(days=92), timedelta(days=31))


def problems(item: ClaimItem, on: date, prices: Prices, region: str, setting: str) -> Iterator[Reason]:
    """What must be mended first, if the item were claimed on a day."""

    def wrong(code: str, sentence: str, who: Who = Who.CLINIC) -> Reason:
        return Reason(f"claim:{code}", sentence, who, item.total)

    if not identifiers.REFERENCE.fullmatch(item.reference):
        yield wrong("reference", "The claim reference has not the form the scheme takes.", Who.DEVELOPER)
    if not identifiers.participant(item.member):
        yield wrong("member", "The NDIS number is missing or not valid: nine digits that begin with 43.")
    if not identifiers.SUPPORT_ITEM.fullmatch(item.service):
        yield wrong("item", "The support item number is missing or not valid.")
    if item.served_to < item.served_from:
        yield wrong("dates", "The service ends before it begins.")
    if item.served_to > on:
        yield wrong("future", "The service lies in the future.")
    if item.served_from < two_years_before(on):
        yield wrong(
            "too-late", "More than two years have passed since the service: it can not be claimed any more."
        )
    if item.unit_price <= 0 or item.total <= 0:
        yield wrong("price", "There is nothing to claim: price or amount of the service is missing.")
    if item.minutes is not None and not 0 < item.minutes <= MOST_MINUTES:
        yield wrong("hours", "The duration of the service is missing or too long.")
    cancelled = item.kind is ServiceKind.CANCELLATION
    if cancelled != (item.cancelled in kinds.CANCELLED):
        yield wrong(
            "cancellation", "A cancelled service needs one of the scheme's four reasons, others need none."
        )
    if identifiers.SUPPORT_ITEM.fullmatch(item.service):
        yield from _priced(item, prices, region, setting)


def _priced(item: ClaimItem, prices: Prices, region: str, setting: str) -> Iterator[Reason]:
    said = kinds.said(item, setting)
    price = prices.find(said.item, item.served_from)
    if price is None:
        sentence = f"Support item {said.item} is not in the imported catalogue on the day of the service."
        yield Reason("claim:catalogue", sentence, Who.CLINIC, item.total)
        return
    if (price.unit == "H") != (item.minutes is not None):
        sentence = f"Support item {said.item} is claimed by {'hours' if price.unit == 'H' else 'quantity'}."
        yield Reason("claim:unit", sentence, Who.CLINIC, item.total)
    limit = _limit(price, region)
    if limit is not None and item.unit_price > limit:
        sentence = (
            f"The price is over the limit of support item {said.item} by "
            f"{(item.unit_price - limit) / 100:.2f} a unit; what is over it may not be billed to anybody."
        )
        yield Reason("claim:over-limit", sentence, Who.CLINIC, item.total)


def _limit(price: Price, region: str) -> int | None:
    return None if price.quoted else price.limits.get(region)


def two_years_before(day: date) -> date:
    """The oldest service that may be claimed on a day (NDIS Act s 45A)."""
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 2, day=28 if leap else day.day)


def deadline(served: date) -> Deadline:
    """Two years after a service, with warnings three months and one month before."""
    over = served + timedelta(days=1)
    if (over.month, over.day) == (2, 29):
        over += timedelta(days=1)  # two years after a leap year there is no such day
    last = over.replace(year=over.year + 2) - timedelta(days=1)
    return Deadline(last, tuple(last - before for before in WARN_BEFORE))
