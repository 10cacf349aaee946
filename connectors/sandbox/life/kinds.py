"""What a group is made of: places, people who treat, goods with their prices, names of payment methods."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Till:
    """What staff of one practice system call each way in which money comes."""

    card: str
    fund: str
    cash: str
    transfer: str
    online: str
    page: str

    def names(self) -> tuple[str, ...]:
        """In the order of the clearing accounts."""
        return (self.card, self.fund, self.cash, self.transfer, self.online, self.page)


@dataclass(frozen=True, slots=True)
class Place:
    """One location: `id` at the practice system, `option` of the tracking category Location in the books.

    `account` is the connection of its practice system, `clearing` the code of the first of its accounts.
    """

    key: str
    id: str
    name: str
    state: str
    zone: ZoneInfo
    zone_label: str
    option: str
    postcode: str
    clearing: int
    account: str
    till: Till


@dataclass(frozen=True, slots=True)
class Item:
    """A catalogue entry. `cents` includes tax; `account` is None where nobody wrote one down.

    `id` at the practice system; `kind` is which of its lists the entry stands in.
    """

    code: str
    name: str
    cents: int
    taxed: bool
    account: str | None
    product: bool = False
    id: str = ""
    kind: str = "services"


@dataclass(frozen=True, slots=True)
class Practitioner:
    """One person who treats; `main` is the item most visits are billed with."""

    id: str
    first: str
    last: str
    place: str
    main: str
    classes: bool = False
