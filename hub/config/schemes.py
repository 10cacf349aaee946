"""Funding schemes of a group: which payer is one, who claims, and where an invoice says what is claimed.

A scheme's own settings (registration, region, formats) are its connector's and stand under `settings`. Where
a practice system keeps a member's number or the day of the service is a habit of each clinic: nothing here
has a default, and what nobody wrote down is held.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field
from yaml.nodes import MappingNode, Node

from hub.claims import ServiceKind, ServiceTax
from hub.config.nodes import Page, line_of
from hub.errors import Who

Text = Literal["remarks", "bill_to", "line"]
Day = Literal["issued", "visit", "line"]
NAMES = (
    "system", "ledger", "bank", "write_off", "upload_within", "who", "settings", "by_location", "read",
    "services",
)  # fmt: skip
_READ = ("member", "member_pattern", "day", "day_pattern")
_SERVICE = ("item", "minutes", "kind", "cancelled", "tax", "from")


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReadFrom(_Frozen):
    """Where invoices of one connection say whose service it was and when.

    `member`: the text that holds the member's number, found by the one group of `member_pattern`. `day`: the
    invoice's own date, the day of the visit it bills, or a text of the line found by the groups of
    `day_pattern` named y, m and d.
    """

    member: Text
    member_pattern: str
    day: Day
    day_pattern: str = ""


class Service(_Frozen):
    """An item code of the practice system as the scheme knows it, from a day on.

    `minutes` are those of one unit on the invoice; None: the scheme counts units. `cancelled` is the scheme's
    own reason where the item bills a cancelled service.
    """

    code: str
    item: str
    minutes: int | None = None
    kind: ServiceKind = ServiceKind.DIRECT
    cancelled: str | None = None
    tax: ServiceTax = ServiceTax.FREE
    from_day: date | None = None
    line: int = 0


class SchemeConfig(_Frozen):
    """One scheme as one provider claims from it; `id` is also the connection its claims and money name.

    `bank` is the account its deposits arrive in, `write_off` the contra account for what it cuts (the tax
    follows the line). A made file is to be uploaded within `upload_within` days by `who`.
    """

    id: str
    system: str
    ledger: str
    bank: str
    write_off: str
    upload_within: int = 2
    who: Who = Who.CLINIC
    settings: dict[str, str] = Field(default_factory=dict)
    by_location: dict[str, dict[str, str]] = Field(default_factory=dict)
    read: dict[str, ReadFrom] = Field(default_factory=dict)
    services: tuple[Service, ...] = ()
    line: int = 0

    def settings_at(self, location: str | None) -> dict[str, str]:
        """The scheme's settings with what a location (by its key) has otherwise."""
        return {**self.settings, **self.by_location.get(location or "", {})}

    def among(self, connections: Collection[str]) -> SchemeConfig:
        """The same scheme, read from these connections alone."""
        return self.model_copy(update={"read": {c: how for c, how in self.read.items() if c in connections}})

    def service(self, code: str, day: date) -> Service | None:
        """What an item code is to the scheme on a day; None when nobody wrote it down."""
        found = [s for s in self.services if s.code == code and (s.from_day is None or s.from_day <= day)]
        return max(found, key=lambda s: s.from_day or date.min, default=None)


def read_schemes(page: Page, node: Node | None, connections: set[str]) -> list[SchemeConfig]:
    """The section `schemes`; names of connections are taken."""
    found = []
    for id, (key, value) in page.mapping(node, "schemes").items():
        what = f"Scheme {id}"
        given = page.section(
            value, what, NAMES, ("ledger", "bank", "write_off", "settings", "read", "services")
        )
        if id in connections:
            page.wrong(key, f"{what} has the name of a connection.", "Give it a name of its own.")
        who = page.one_of(given.get("who"), f"{what}: who", [w.value for w in Who])
        text = {
            name: page.text(given.get(name), f"{what}: {name}") for name in ("ledger", "bank", "write_off")
        }
        found.append(
            SchemeConfig(
                id=id,
                system=page.text(given.get("system"), f"{what}: system") or id,
                **text,
                upload_within=page.number(given.get("upload_within"), f"{what}: upload_within", 2),
                who=Who(who) if who else Who.CLINIC,
                settings=_texts(page, given.get("settings"), f"{what}: settings"),
                by_location={
                    place: _texts(page, one, f"{what}: by_location {place}")
                    for place, (_, one) in page.mapping(
                        given.get("by_location"), f"{what}: by_location"
                    ).items()
                },
                read=_read(page, given.get("read"), what),
                services=tuple(_services(page, given.get("services"), what)),
                line=line_of(key),
            )
        )
    return found


def _texts(page: Page, node: Node | None, what: str) -> dict[str, str]:
    return {
        name: page.text(value, f"{what}: {name}") for name, (_, value) in page.mapping(node, what).items()
    }


def _read(page: Page, node: Node | None, what: str) -> dict[str, ReadFrom]:
    found = {}
    for connection, (_, value) in page.mapping(node, f"{what}: read").items():
        where = f"{what}: read {connection}"
        given = page.section(value, where, _READ, ("member", "member_pattern", "day"))
        member = page.one_of(given.get("member"), f"{where}: member", get_args(Text))
        day = page.one_of(given.get("day"), f"{where}: day", get_args(Day))
        patterns = [
            _pattern(page, given.get(name), f"{where}: {name}") for name in ("member_pattern", "day_pattern")
        ]
        if given.get("member_pattern") and patterns[0] and re.compile(patterns[0]).groups != 1:
            page.wrong(given["member_pattern"], f"{where}: the pattern must have one group, the number.",
                       "Put the digits in parentheses, and nothing else.")  # fmt: skip
            continue
        if day == "line" and set(re.compile(patterns[1]).groupindex) != {"y", "m", "d"}:
            page.wrong(value, f"{where}: `day: line` needs a `day_pattern` with the groups y, m and d.",
                       r"Write for example '(?P<d>\d\d)/(?P<m>\d\d)/(?P<y>\d{4})'.")  # fmt: skip
            continue
        if member and day and patterns[0]:
            found[connection] = ReadFrom(
                member=cast(Text, member),
                member_pattern=patterns[0],
                day=cast(Day, day),
                day_pattern=patterns[1],
            )
    return found


def _pattern(page: Page, node: Node | None, what: str) -> str:
    text = page.text(node, what)
    try:
        re.compile(text)
    except re.error:
        page.wrong(node, f"{what} is no regular expression.", "Ask whoever set the hub up.")
        return ""
    return text


def _services(page: Page, node: Node | None, what: str) -> list[Service]:
    found = []
    for code, (key, value) in page.mapping(node, f"{what}: services").items():
        where = f"{what}: service {code}"
        for one in page.items(value, where):
            if not isinstance(one, MappingNode):
                page.wrong(one, f"{where} must say its item.", "Write `{item: ..., minutes: 60}`.")
                continue
            given = page.section(one, where, _SERVICE, ("item",))
            kind = page.one_of(given.get("kind"), f"{where}: kind", [k.value for k in ServiceKind])
            tax = page.one_of(given.get("tax"), f"{where}: tax", [t.value for t in ServiceTax])
            minutes = page.number(given.get("minutes"), f"{where}: minutes", 0)
            found.append(
                Service(
                    code=code,
                    item=page.text(given.get("item"), f"{where}: item"),
                    minutes=minutes or None,
                    kind=ServiceKind(kind) if kind else ServiceKind.DIRECT,
                    cancelled=page.text(given.get("cancelled"), f"{where}: cancelled") or None,
                    tax=ServiceTax(tax) if tax else ServiceTax.FREE,
                    from_day=page.day(given.get("from"), f"{where}: from"),
                    line=line_of(key),
                )
            )
    return found
