"""What exists in the group's life: invoices, payments and credit used, as the people there would tell it.

Objects are made when the story is planned and become real when their act is played (`born`), so that a story
replayed up to any step gives the same state. Amounts are integer cents including tax; negative lines make a
credit note. `plant` tags what must be held: it is part of the truth and must not be in the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from connectors.sandbox.life.books import Flow, Item
from connectors.sandbox.life.group import CATALOGUE, GST_TAX, PAYERS


@dataclass(frozen=True, slots=True)
class Patient:
    """One person of the group's books; `payer` names who is billed instead (key of PAYERS).

    `count`: the how manieth of their practice system.
    """

    id: str
    first: str
    last: str
    place: str
    count: int
    payer: str | None = None

    @property
    def bill_to(self) -> str | None:
        """What the practice system prints as the addressee when someone else pays."""
        return PAYERS[self.payer] if self.payer else None

    @property
    def born(self) -> str:
        """The day of birth (ISO)."""
        return f"{1940 + self.count * 7 % 70}-{1 + self.count % 12:02d}-{1 + self.count % 28:02d}"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `code` of the catalogue, `gross` after discount, the tax as printed on it.

    `note` is what staff add to its text, where the practice system lets them.
    """

    id: str
    code: str
    gross: int
    tax: tuple[str, str] | None
    quantity: int = 1
    unit: int = 0
    discount: int = 0
    concession: str = ""
    note: str = ""

    @property
    def gst(self) -> int:
        """The tax inside the gross, half up, away from zero for negative lines."""
        if self.tax is None:
            return 0
        rate = Decimal(self.tax[1])
        size = (abs(self.gross) * rate / (100 + rate)).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        return int(size) if self.gross >= 0 else -int(size)


@dataclass(slots=True, eq=False)
class Invoice:
    """An invoice or credit note. `settles`: cents of a credit note put on `original` when it was made.

    `rounding` is what the total has beside its lines (method 2 taxes the subtotal).
    `posted` is the version the ledger must keep when a later change is planted; `forced`: status by hand.
    """

    id: str
    place: str
    patient: str
    practitioner: str | None
    day: date
    lines: tuple[Line, ...]
    number: str = ""
    method: int = 3
    rounding: int = 0
    invoice_to: str | None = None
    original: Invoice | None = None
    settles: int = 0
    born: bool = False
    archived: bool = False
    closed: date | None = None
    forced: int | None = None
    plant: str | None = None
    posted: Invoice | None = None

    @property
    def total(self) -> int:
        """Cents including tax."""
        return sum(line.gross for line in self.lines) + self.rounding

    @property
    def alive(self) -> bool:
        """Exists and was not archived."""
        return self.born and not self.archived

    @property
    def written_off(self) -> bool:
        """A credit note whose lines are write-off items."""
        return all(CATALOGUE[line.code].account == "260" for line in self.lines)

    def freeze(self, plant: str) -> None:
        """From here on changes are the plant's: the ledger must keep what it holds now."""
        self.posted, self.plant = replace(self, posted=None, plant=None), plant


@dataclass(slots=True, eq=False)
class Payment:
    """Money of one patient. `puts`: allocations in order; `names`: what a negative payment takes from."""

    id: str
    place: str
    patient: str
    day: date
    sources: tuple[tuple[str, int], ...]
    puts: tuple[tuple[Invoice, int], ...] = ()
    names: Invoice | None = None
    number: str = ""
    born: bool = False
    archived: bool = False
    plant: str | None = None
    posted: Payment | None = None

    @property
    def alive(self) -> bool:
        """Recorded and not archived."""
        return self.born and not self.archived

    @property
    def total(self) -> int:
        """Cents of all sources; negative when money went back."""
        return sum(cents for _, cents in self.sources)

    def freeze(self, plant: str) -> None:
        """As for an invoice: the ledger must keep what it holds now."""
        self.posted, self.plant = replace(self, posted=None, plant=None), plant

    def shares(self) -> list[tuple[str, Invoice | None, int]]:
        """(method, invoice or None for the rest, cents): sources meet allocations in order."""
        methods = [method for method, _ in self.sources]
        left = [cents for _, cents in self.sources]
        parts: list[tuple[str, Invoice | None, int]] = []
        for invoice, cents in self.puts:
            wanted = cents
            for n, method in enumerate(methods):
                part = min(left[n], wanted)
                if part > 0:
                    parts.append((method, invoice, part))
                    left[n] -= part
                    wanted -= part
        return parts + [(method, None, rest) for method, rest in zip(methods, left, strict=True) if rest]


@dataclass(slots=True, eq=False)
class Use:
    """Credit of a payment or a credit note put on an invoice, no money that day."""

    id: str
    credit: Payment | Invoice
    invoice: Invoice
    cents: int
    born: bool = False
    plant: str | None = None
    number: str = ""


@dataclass(slots=True, eq=False)
class Claimed:
    """An invoice that a funding scheme pays in a night: `pays` cents of it, what is missing is cut."""

    invoice: Invoice
    pays: int
    night: date
    born: bool = False
    plant: str | None = None


@dataclass(slots=True)
class Clinic:
    """Everything made so far, and what people did by hand in the ledger (`hands`, tagged by plant).

    `banked`: what payouts of the payment system left in the books, by its own ledger.
    """

    start: date
    invoices: list[Invoice] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)
    claims: list[Claimed] = field(default_factory=list)
    hands: list[tuple[str, Flow | Item]] = field(default_factory=list)
    banked: list[Flow | Item] = field(default_factory=list)


def line(
    id: str,
    code: str,
    *,
    quantity: int = 1,
    unit: int | None = None,
    discount: int = 0,
    concession: str = "",
    tax: tuple[str, str] | None = None,
) -> Line:
    """A line at catalogue price and tax unless told otherwise."""
    item = CATALOGUE[code]
    price = item.cents if unit is None else unit
    own = tax or (GST_TAX if item.taxed else None)
    return Line(id, code, quantity * price - discount, own, quantity, price, discount, concession)
