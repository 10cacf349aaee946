"""Every item by which the two sides differ, with the cause that holds it and who must act."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from hub.canonical import Evidence, Invoice, Payment
from hub.errors import Reason, Who
from hub.ids import entity_id
from hub.planning.state import CaseState
from hub.planning.wish import stands
from hub.reconciling.flows import MONEY, Flow
from hub.reconciling.here import Here, Wanted
from hub.reconciling.target import There
from hub.rendering import CaseKind

NOT_EXPLAINED = "unexplained"
PENDING = Reason("pending", "Not delivered yet: `hub deliver` does it now.", Who.NOBODY)
DERIVED = Reason(
    "derived:no-report",
    "Paid by its status only: import the payment report of that day, then it is posted.",
    Who.CLINIC,
)
GONE = Reason(
    "target:gone", "It was posted and is not there any more: somebody removed it there.", Who.BOOKKEEPER
)
CHANGED = Reason("target:changed", "It was changed there after it was posted.", Who.BOOKKEEPER)
BY_PERSON = Reason("target:paid-by-person", "A person put money on it there.", Who.BOOKKEEPER)
NOTHING = Reason(
    NOT_EXPLAINED, "No hold explains it: run `hub trace` on the number and tell a developer.", Who.DEVELOPER
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One item by which the books differ. `tables` are the rows it shows in, amounts in cents."""

    number: str
    what: str
    location: str
    day: date
    tables: tuple[str, ...]
    here: int
    target: int
    cause: str
    sentence: str
    who: str

    @property
    def explained(self) -> bool:
        return self.cause != NOT_EXPLAINED


class Explainer:
    """Names the cause of a difference from holds, from what was rendered and from what was seen."""

    def __init__(self, group: str, here: Here, there: There) -> None:
        self._group, self._here, self._there = group, here, there
        self._documents: dict[str, list[str]] = defaultdict(list)
        for document, want in here.wanted.items():
            self._documents[want.item].append(document)
        for document, one in there.standing.items():
            if document not in here.wanted:
                self._documents[one.item].append(document)
        self._subjects = {
            (state.row.key.kind, state.row.key.subject): state for state in here.states.values()
        }

    def number(self, item: str) -> str:
        """What people call it: the number of the case that holds it, else of its first case."""
        payment = self._here.payments.get(item)
        if payment is not None and payment.evidence is Evidence.DERIVED:
            return self._paid_by_status(payment)
        for document in self._documents[item]:
            if found := self._of(document, set()):
                return found[1]
        cases = [state for document in self._documents[item] if (state := self._case(document))]
        if cases:
            return cases[0].row.key.number
        return f"payment:{payment.number}" if payment else item[:12]

    def _paid_by_status(self, payment: Payment) -> str:
        for allocation in payment.allocations:
            id = entity_id(self._group, payment.source.connection, Invoice.kind, allocation.invoice)
            if id in self._here.invoices:
                return self._here.invoices[id].number
        return f"payment:{payment.number}"

    def what(self, item: str) -> str:
        payment, invoice = self._here.payments.get(item), self._here.invoices.get(item)
        if payment is not None and payment.evidence is Evidence.DERIVED:
            return "paid by its status"
        if payment is not None:
            return f"payment {payment.number}" if payment.amount >= 0 else f"money back {payment.number}"
        if invoice is not None:
            return "invoice" if invoice.total >= 0 else "credit note"
        for document in self._documents[item]:
            want, one = self._here.wanted.get(document), self._there.standing.get(document)
            kind = want.rendered.kind if want else one.key.kind if one else None
            if kind is not None:
                return kind.value.replace("-", " ")
        return "document"

    def reason(self, item: str) -> Reason:
        """The first cause found; more of them stand in `hub holds`."""
        payment = self._here.payments.get(item)
        if payment is not None and payment.evidence is Evidence.DERIVED:
            return DERIVED
        documents = self._documents[item]
        for document in documents:
            if found := self._of(document, set()):
                return found[0]
        if payment is not None and (named := self._of_named_invoices(item)):
            return named
        for code, reason in ((self._there.changed, CHANGED), (self._there.gone, GONE)):
            if code & set(documents):
                return reason
        if any(document in self._there.by_person for document in documents):
            return BY_PERSON
        if any(self._waits(state) for document in documents if (state := self._case(document))):
            return PENDING
        return NOTHING

    def _case(self, document: str) -> CaseState | None:
        want = self._here.wanted.get(document)
        one = self._there.standing.get(document)
        return want.state if want else self._here.states.get(one.case) if one else None

    def _of(self, document: str, seen: set[str]) -> tuple[Reason, str] | None:
        """A hold of the document or its case, else of what it needs; with the number of the case it is in."""
        if document in seen:
            return None
        seen.add(document)
        state, want = self._case(document), self._here.wanted.get(document)
        if state is not None:
            number = state.row.key.number
            for hold in state.holds:
                if hold.stops and hold.document in (document, None):
                    return hold.reason, number
            if want is not None and not stands(want.state, document):
                for reason in (*want.rendered.holds, *want.state.rendered.stops):
                    return reason, number
            if state.rendered.waiting:
                return Reason("waiting", state.rendered.waiting, Who.NOBODY), number
        for need in self._needs(document, want):
            if found := self._of(need, seen):
                return found
        return None

    def _needs(self, document: str, want: Wanted | None) -> tuple[str, ...]:
        one = self._there.standing.get(document)
        content = want.content if want else one.content if one else None
        return content.needs() if content is not None else ()

    def _of_named_invoices(self, item: str) -> Reason | None:
        """A payment on an invoice that cannot be read shows through that invoice's case."""
        payment = self._here.payments[item]
        for allocation in payment.allocations:
            subject = f"{payment.source.connection}:{allocation.invoice}"
            state = self._subjects.get((CaseKind.INVOICE, subject))
            reasons = [h.reason for h in state.holds if h.stops] + list(state.rendered.stops) if state else []
            if reasons:
                return reasons[0]
            invoice = entity_id(self._group, payment.source.connection, Invoice.kind, allocation.invoice)
            if invoice not in self._here.invoices:
                return Reason("invoice:not-read", "The invoice it names was not read yet.", Who.CLINIC)
        return None

    def _waits(self, state: CaseState) -> bool:
        return state.row.marked > state.row.planned or any(known.open for known in state.known.values())


def differences(
    explainer: Explainer, here: Iterable[Flow], there: Iterable[Flow], shown: Callable[[str, date], bool]
) -> Iterator[Difference]:
    """Items whose flows differ in any cell `shown`. One amount in several tables is one difference."""
    sides = (_by_item(here), _by_item(there))
    for item in sorted({*sides[0], *sides[1]}):
        ours, theirs = (side.get(item, Counter()) for side in sides)
        cells = [c for c in {*ours, *theirs} if ours[c] != theirs[c] and c[4] != "gst" and shown(c[1], c[2])]
        if not cells:
            continue
        reason = explainer.reason(item)
        first = min(cells, key=lambda c: (c[2], c[1]))
        for tables, one, other in _amounts(cells, ours, theirs):
            what = explainer.what(item) + (", elsewhere or on another day" if one == other else "")
            yield Difference(
                explainer.number(item), what, first[1], first[2], tables, one, other, reason.code,
                reason.sentence, str(reason.who),
            )  # fmt: skip


def _amounts(
    cells: Sequence[Cell], ours: Counter[Cell], theirs: Counter[Cell]
) -> list[tuple[tuple[str, ...], int, int]]:
    """(tables it shows in, here, target) of one item: sums per column, equal sizes together.

    An item that only stands elsewhere (another date, account or method) has equal sums.
    """
    found: dict[tuple[int, int], _Shown] = {}
    columns = sorted({(c[0], c[4]) for c in cells}, key=lambda pair: (pair[0] != MONEY, pair))
    for table, column in columns:
        here, there = (
            sum(side[c] for c in {*ours, *theirs} if (c[0], c[4]) == (table, column))
            for side in (ours, theirs)
        )
        shown = found.setdefault((abs(here), abs(there)), _Shown(here, there))
        if table not in shown.tables:
            shown.tables.append(table)
    return [(tuple(one.tables), one.here, one.there) for one in found.values()]


@dataclass(slots=True)
class _Shown:
    here: int
    there: int
    tables: list[str] = field(default_factory=list)


Cell = tuple[str, str, date, tuple[str, ...], str]


def _by_item(flows: Iterable[Flow]) -> dict[str, Counter[Cell]]:
    found: dict[str, Counter[Cell]] = defaultdict(Counter)
    for flow in flows:
        found[flow.item][flow.table, flow.location, flow.day, flow.key, flow.column] += flow.cents
    return found
