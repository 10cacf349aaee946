"""The truth ledgers: the state of the group's life as flows of the five tables (definitions: `books`).

Every flow is tagged with whose it is: of both sides, of the truth alone (a planted case that must be held) or
of the ledger alone (what a held case leaves behind there, what a person did there). The truth's books are the
first two; a plant's residue is its truth-only flows less its ledger-only flows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from connectors.sandbox.life.books import COLUMNS, KEYS, Books, Cells, Flow, Item, Row, books
from connectors.sandbox.life.group import CLEARING, PAGES, ROUNDING, account_code, tax_type
from connectors.sandbox.life.model import Clinic, Invoice, Payment, Use
from connectors.sandbox.life.ndis.deposits import deposits

BOTH, PMS, LEDGER = "both", "pms", "ledger"


@dataclass(frozen=True, slots=True)
class Tagged:
    """One flow or object, on which side it stands, and the plant that put it there."""

    what: Flow | Item
    side: str = BOTH
    plant: str | None = None


def truth_books(clinic: Clinic) -> Books:
    """The books as the group's own records tell them."""
    return _books(tagged(clinic), (BOTH, PMS))


def expected_books(clinic: Clinic) -> Books:
    """The books a ledger must show when every planted case is held and all else is delivered."""
    return _books(tagged(clinic), (BOTH, LEDGER))


def residues(clinic: Clinic) -> dict[str, tuple[list[Row], list[Item], list[Item]]]:
    """Per plant: rows of truth less ledger, objects the ledger must not have, objects it has alone."""
    cells: dict[str, Cells] = defaultdict(lambda: defaultdict(Counter))
    absent: dict[str, list[Item]] = defaultdict(list)
    extra: dict[str, list[Item]] = defaultdict(list)
    for entry in tagged(clinic):
        if entry.plant is None or entry.side == BOTH:
            continue
        if isinstance(entry.what, Item):
            (absent if entry.side == PMS else extra)[entry.plant].append(entry.what)
        else:
            sign = 1 if entry.side == PMS else -1
            cells[entry.plant][entry.what.row][entry.what.column] += sign * entry.what.cents
    found = {}
    for plant in {*cells, *absent, *extra}:
        gone, more = Counter(absent[plant]), Counter(extra[plant])
        found[plant] = (_rows(cells[plant]), list((gone - more).elements()), list((more - gone).elements()))
    return found


def tagged(clinic: Clinic) -> Iterator[Tagged]:
    """Every flow and object of the clinic's present state."""
    for invoice in clinic.invoices:
        if invoice.born and invoice.day >= clinic.start:
            yield from _sided(invoice)
    for payment in clinic.payments:
        if payment.born:
            yield from _sided(payment)
    for use in clinic.uses:
        if use.born:
            for what in _use(use):
                yield Tagged(what, PMS if use.plant else BOTH, use.plant)
    for what, planted in deposits(clinic.claims):
        yield Tagged(what, PMS if planted else BOTH, planted)
    for what in clinic.banked:
        yield Tagged(what)
    for plant, what in clinic.hands:
        yield Tagged(what, LEDGER, plant)


def _sided(thing: Invoice | Payment) -> Iterator[Tagged]:
    if thing.alive:
        for what in _render(thing):
            yield Tagged(what, PMS if thing.plant else BOTH, thing.plant)
    if thing.posted is not None:
        for what in _render(thing.posted):
            yield Tagged(what, LEDGER, thing.plant)


def _render(thing: Invoice | Payment) -> Iterator[Flow | Item]:
    return _invoice(thing) if isinstance(thing, Invoice) else _payment(thing)


def _invoice(invoice: Invoice) -> Iterator[Flow | Item]:
    place, day, number, total = invoice.place, invoice.day.isoformat(), invoice.number, invoice.total
    net: Counter[tuple[str, str]] = Counter()
    for line in invoice.lines:
        net[account_code(line.code), tax_type(line.tax)] += line.gross
    if total == 0 and not any(net.values()):
        return
    for line in invoice.lines:
        key = (account_code(line.code), tax_type(line.tax))
        yield Flow("billed", place, day, "gross", line.gross, key, lines=1)
        yield Flow("billed", place, day, "gst", line.gst, key)
    if invoice.rounding:
        yield Flow("billed", place, day, "gross", invoice.rounding, ROUNDING, lines=1)
    if total < 0:
        yield Flow("credits", place, day, "received", -total)
        yield Item("credit", number, day, -total)
        if invoice.original is not None and invoice.settles:
            column = "written_off" if invoice.written_off else "credited"
            yield from _put(place, invoice.day, invoice.original, invoice.settles, column)
        return
    size = total or sum(cents for cents in net.values() if cents > 0)
    yield Flow("debtors", place, day, "billed", size)
    yield Item("invoice", number, day, size)
    if total == 0:
        yield Flow("credits", place, day, "received", size)
        yield Item("credit", f"{number}-Z", day, size)
        yield from _put(place, invoice.day, invoice, size, "credited")
    if invoice.closed is not None:
        yield Flow("debtors", place, invoice.closed.isoformat(), "written_off", total)


def _payment(payment: Payment) -> Iterator[Flow | Item]:
    place, day = payment.place, payment.day.isoformat()
    for method, cents in payment.sources:
        yield Flow("money", place, day, "cents", cents, (method,))
        if till(place, method) in PAGES:
            yield Flow("clearing", place, day, "received" if cents > 0 else "refunded", abs(cents))
    if payment.total < 0:
        yield from _paid_back(payment)
        return
    credit: Counter[str] = Counter()
    for method, invoice, cents in payment.shares():
        if invoice is not None and invoice.day <= payment.day:
            yield Flow("debtors", invoice.place, day, "received", cents)
            yield Item("receipt", invoice.number, day, cents, till(place, method))
            continue
        credit[method] += cents
        if invoice is not None:
            yield from _put(place, payment.day, invoice, cents, "credit_applied")
    for method, cents in credit.items():
        yield Flow("credits", place, day, "received", cents)
        yield Item("overpayment", "", day, cents, till(place, method))


def _paid_back(payment: Payment) -> Iterator[Flow | Item]:
    place, day, named = payment.place, payment.day.isoformat(), payment.names
    if named is not None and named.total > 0:
        yield Flow("debtors", named.place, day, "revived", -payment.total)
    else:
        yield Flow("credits", named.place if named else place, day, "returned", -payment.total)
    for method, cents in payment.sources:
        yield Item("refund", named.number if named else "", day, -cents, till(place, method))


def _use(use: Use) -> Iterator[Flow | Item]:
    column = "credit_applied"
    if isinstance(use.credit, Invoice):
        column = "written_off" if use.credit.written_off else "credited"
    yield from _put(use.credit.place, use.credit.day, use.invoice, use.cents, column)


def _put(place: str, credit_day: date, invoice: Invoice, cents: int, column: str) -> Iterator[Flow | Item]:
    """Credit of `place` put on an invoice: on the later of the two documents' dates."""
    day = max(credit_day, invoice.day).isoformat()
    yield Flow("credits", place, day, "applied", cents)
    yield Flow("debtors", invoice.place, day, column, cents)
    yield Item("allocation", invoice.number, day, cents)


def till(place: str, method: str) -> str:
    """The clearing account that took the money; a method nobody wrote down keeps its own name."""
    return CLEARING.get((place, method), f"unmapped:{method}")


def _books(entries: Iterator[Tagged], sides: tuple[str, ...]) -> Books:
    kept = [entry.what for entry in entries if entry.side in sides]
    return books(
        (what for what in kept if isinstance(what, Flow)), (what for what in kept if isinstance(what, Item))
    )


def _rows(cells: Cells) -> list[Row]:
    rows: list[Row] = []
    for (table, location, day, key), values in sorted(cells.items()):
        if any(values.values()):
            names = dict(zip(KEYS[table], key, strict=True))
            columns = {column: values[column] for column in COLUMNS[table] if values[column]}
            rows.append({"table": table, "location": location, "day": day, **names, **columns})
    return rows
