"""Checks of a configuration against itself and against what the practice systems list."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from hub.canonical import ChargeItem, Entity, Location, Practitioner
from hub.config.findings import Checked, Finding, name_of
from hub.config.model import Entry, LocationConfig, Payer
from hub.errors import Who

NOT_MONEY = re.compile(r"write|waive|discount|voucher|contra|credit|adjust|transfer", re.IGNORECASE)
"""Names of methods that look like payments and often are none (a bookkeeper's part 2)."""


def prefixes(checked: Checked) -> Iterator[Finding]:
    """Numbers of two practice systems in one ledger must not collide."""
    feeding: dict[str, set[str]] = defaultdict(set)
    for place in checked.config.locations:
        feeding[place.target] |= set(place.source)
    by_id = {c.id: c for c in checked.config.connections}
    for target, sources in sorted(feeding.items()):
        seen: dict[str, str] = {}
        for id in sorted(sources):
            one = by_id.get(id)
            if one is None:
                continue
            if not one.prefix and len(sources) > 1:
                yield checked.error(
                    one.line,
                    f"Connection {id} has no prefix, but {target} also gets documents of another system.",
                    "Give it a `prefix` of its own that ends in a separator, such as `HH-`.",
                )
            if one.prefix and one.prefix[-1].isalnum():
                yield checked.error(
                    one.line,
                    f"The prefix {one.prefix} of connection {id} does not end in a separator.",
                    f"Write `{one.prefix}-`, so that numbers cannot run together.",
                )
            if one.prefix and (other := seen.get(one.prefix)):
                yield checked.error(
                    one.line,
                    f"Connections {other} and {id} use the same prefix {one.prefix} in {target}.",
                    "Give each its own prefix.",
                )
            seen[one.prefix] = one.id


def methods(checked: Checked) -> Iterator[Finding]:
    """Suspicious names need a person's word; every location takes what others of its practice system take."""
    table = checked.config.tables.methods
    warned: set[str] = set()
    for entry in table:
        name = entry.key or ""
        unsure = entry.value.get("kind") == "money" and NOT_MONEY.search(name) and name not in warned
        if unsure and entry.value.get("confirmed") != "yes":
            warned.add(name)
            yield checked.error(
                entry.line,
                f"Method {name} is of kind money, but its name sounds like something else.",
                "Correct its kind, or add `confirmed: yes` after asking the clinic what it is.",
            )
    for place in checked.config.locations:
        mine = [e for e in table if e.value.get("kind") == "money" and e.location in (None, place.key)]
        for money, entry in {e.key: e for e in mine}.items():
            if not _has_account(table, money, place.key) and not _of_others(checked, money, place):
                yield checked.warning(
                    entry.line,
                    f"Location {place.key} has no clearing account for {name_of(entry)}.",
                    "Add it to the location's `clearing`, or leave it if the location never takes it.",
                )


def fees(checked: Checked) -> Iterator[Finding]:
    """A fee follows the tax of the service it stands for (a bookkeeper's part 14); a warning only."""
    expected: dict[str | None, str] = {
        e.key: e.value["tax"] for e in checked.config.tables.items if "tax" in e.value
    }
    for entry in checked.config.tables.items:
        service = entry.value.get("fee_for")
        if service is None:
            continue
        if service not in {e.key for e in checked.config.tables.items}:
            yield checked.error(
                entry.line, f"{entry.key} is the fee for {service}, which is no item.", "Correct `fee_for`."
            )
            continue
        ours, theirs = expected.get(entry.key), expected.get(service)
        if ours is not None and theirs is not None and ours != theirs:
            yield checked.warning(
                entry.line,
                f"The fee {entry.key} is taxed {ours}, but the service {service} it stands for {theirs}.",
                "A cancellation fee usually follows the tax of the cancelled service: ask the agent.",
            )


def payers(checked: Checked) -> Iterator[Finding]:
    """Two payers whose rules can fit one text make every such invoice a hold."""
    found = checked.config.payers
    for number, one in enumerate(found):
        for other in found[number + 1 :]:
            if _overlap(one, other):
                yield checked.warning(
                    other.line,
                    f"The rules of the payers {one.key} and {other.key} can fit the same text.",
                    "Make one of them more particular; an invoice that fits both is held.",
                )


def policy(checked: Checked) -> Iterator[Finding]:
    """Choices that are not supported yet, and start dates the ledger has locked."""
    chosen = checked.config.policy
    if chosen.status != "AUTHORISED":
        yield checked.error(
            chosen.line, "Drafts are not supported yet.", "Set `status: AUTHORISED` in `policy`."
        )
    for place in checked.config.locations:
        chart = checked.charts.get(place.target)
        locks = [chosen.lodged_through, chosen.closed_through, chart.locked_through if chart else None]
        lock = max((day for day in locks if day is not None), default=None)
        if lock is not None and place.start <= lock:
            yield checked.warning(
                place.line,
                f"Location {place.key} starts on {place.start}, but the books are closed through {lock}.",
                "Documents up to that day will be held: start on a later day.",
            )
        if chart is not None and chart.currency != checked.config.currency:
            yield checked.error(
                place.line,
                f"{place.target} keeps its books in {chart.currency}, not in {checked.config.currency}.",
                "Correct `currency`, or connect another organisation.",
                Who.OPS,
            )


def catalogue(checked: Checked, known: Sequence[Entity]) -> Iterator[Finding]:
    """What the practice systems list and nobody wrote down: it will be held when it is used."""
    tables = checked.config.tables
    for entity in known:
        sid, connection = entity.source.source_id, entity.source.connection
        if isinstance(entity, Practitioner) and entity.active and not _speaks(tables.suppliers, sid):
            yield checked.warning(
                0,
                f"Practitioner {sid} of {connection} has no supplier; their invoices will be held.",
                f'Add `"{sid}": clinic` or `practitioner` to `suppliers`, as the accountant says.',
            )
        elif isinstance(entity, ChargeItem) and not entity.archived:
            if not _speaks((*tables.items, *tables.write_offs), entity.code):
                yield checked.warning(
                    0,
                    f"Item {entity.code or sid} of {connection} has no account; its invoices will be held.",
                    "Add it to `items` or `write_offs`.",
                )
        elif isinstance(entity, Location) and not entity.archived:
            if checked.config.location_of(connection, sid) is not None:
                continue
            yield checked.warning(
                0,
                f"Location {sid} of {connection} stands under no location; its invoices will be held.",
                "Add it to `locations`.",
            )


def counter_sales(checked: Checked) -> Iterator[Finding]:
    for place in checked.config.locations:
        if place.supplier_fallback is None:
            yield checked.warning(
                place.line,
                f"Location {place.key} does not say whose income a sale without a practitioner is.",
                "Add `supplier_without_practitioner: clinic` or `practitioner`.",
            )


def _speaks(entries: Sequence[Entry], key: str) -> bool:
    return any(entry.key in (key, None) for entry in entries)


def _has_account(table: Sequence[Entry], name: str | None, place: str) -> bool:
    return any(
        entry.key == name and entry.location in (None, place) and "account" in entry.value for entry in table
    )


def _of_others(checked: Checked, name: str | None, place: LocationConfig) -> bool:
    """Whether a method is a word of other practice systems alone: of those whose locations can take it."""
    table, places = checked.config.tables.methods, checked.config.locations
    takers = [p for p in places if _has_account(table, name, p.key)]
    return bool(takers) and not any({*p.source} & {*place.source} for p in takers)


def _overlap(one: Payer, other: Payer) -> bool:
    """Whether a pattern of one contains a pattern of the other, or they are equal."""
    ours = [_plain(p) for p in (*one.first_line_contains, *one.text_contains)]
    theirs = [_plain(p) for p in (*other.first_line_contains, *other.text_contains)]
    return any(a in b or b in a for a in ours for b in theirs)


def _plain(pattern: str) -> str:
    return " ".join(pattern.split()).casefold()
