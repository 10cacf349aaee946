"""What the demo found: the hub's counts beside a comparison that used no hub code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select

from hub.canonical import Evidence, Payment
from hub.cli.demo.story import Life, Story
from hub.kernel import Kernel
from hub.reconcile import in_transit
from hub.store import claims, entities
from hub.store.session import Unit
from hub.store.tables import case, delivery, entity, hold, issue, raw_record

FIVE = ("planted_not_held", "held_unplanned", "missing", "doubled", "unexplained")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`books` holds both sides and the counts; `compared` also the rows behind them.

    `books["in_transit"]` is the hub's own list; where it is not the story's, the cents are unexplained.
    `claims` are counts and cents of what was claimed, by scheme and state.
    """

    records: Mapping[str, int]
    deliveries: Mapping[str, int]
    books: Mapping[str, Any]
    held: tuple[Mapping[str, Any], ...]
    claims: Mapping[str, Mapping[str, Mapping[str, int]]]
    compared: Mapping[str, Any]
    target_calls: int
    limits: str
    seconds: float
    with_reports: bool

    @property
    def passed(self) -> bool:
        if not self.with_reports:
            return bool(self.compared.get("passed"))
        return all(self.books[name] == 0 for name in FIVE)

    def as_json(self) -> dict[str, Any]:
        """The object the demo prints."""
        return {
            "records": self.records,
            "deliveries": self.deliveries,
            "books": self.books,
            "held": self.held,
            "claims": self.claims,
            "target_calls": self.target_calls,
            "limits": self.limits,
            "seconds": round(self.seconds, 1),
            **({} if self.with_reports else {"without_reports": self.compared}),
        }


def outcome(
    hub: Kernel, group: str, life: Life, story: Story, *, with_reports: bool, limits: str, seconds: float,
    played: Mapping[str, int],
) -> Outcome:  # fmt: skip
    """Read the hub's rows, ask the story to compare, put both side by side."""
    with hub.store.read(group) as unit:
        held = open_items(unit)
        unknown = list(unknown_paid(unit, [c.id for c in hub.config(group).connections if c.is_read]))
        records = {**_counts(unit, raw_record.c.stream, raw_record), **_counts(unit, entity.c.kind, entity)}
        deliveries = _counts(unit, delivery.c.state, delivery)
        claimed = {one.id: _claimed(unit, one.id) for one in hub.config(group).schemes}
    compared = story.compare(
        life, [(number, cause) for number, cause, _ in held], None if with_reports else unknown
    )
    planted = {(p.number, p.cause): p.id for p in life.planted()}
    counts = {name: compared.get(name, 0) for name in ("planted", *FIVE)}
    moving = [{**asdict(one), "expected_by": one.expected_by.isoformat()} for one in in_transit(hub, group)]
    if with_reports:
        counts["unexplained"] += astray(moving, life.in_transit())
    return Outcome(
        records={**{f"played_{name}": n for name, n in played.items()}, **records},
        deliveries={"held": len(held), **{k: v for k, v in deliveries.items() if k != "held"}},
        books={
            "pms": life.truth().as_json(),
            "target": story.books(life).as_json(),
            "in_transit": moving,
            **counts,
        },
        held=tuple(
            {"planted_id": planted.get((number, cause)), "case": number, "cause": cause, "cents": cents}
            for number, cause, cents in held
        ),
        claims=claimed,
        compared=compared,
        target_calls=story.calls(life),
        limits=limits,
        seconds=seconds,
        with_reports=with_reports,
    )


def astray(ours: Iterable[Mapping[str, Any]], theirs: Iterable[Mapping[str, Any]]) -> int:
    """Cents of items in transit that only one of two lists has; what an item is called is each one's own."""
    sides = [Counter((one["account"], one["cents"]) for one in side) for side in (ours, theirs)]
    apart = (sides[0] - sides[1]) + (sides[1] - sides[0])
    return sum(abs(cents) * times for (_, cents), times in apart.items())


def open_items(unit: Unit) -> list[tuple[str, str, int]]:
    """(case number, cause, cents) of every open hold and issue, each pair once."""
    found: dict[tuple[str, str], int] = {}
    holds = (
        select(case.c.number, hold.c.cause, hold.c.cents)
        .join(case, (case.c.id == hold.c.case_id) & (case.c.group_id == hold.c.group_id))
        .where(hold.c.group_id == unit.group, hold.c.closed_at.is_(None))
        .order_by(case.c.number, hold.c.cause, hold.c.id)
    )
    issues = (
        select(issue.c.number, issue.c.cause, issue.c.cents)
        .where(issue.c.group_id == unit.group, issue.c.closed_at.is_(None))
        .order_by(issue.c.number, issue.c.cause, issue.c.id)
    )
    for number, cause, cents in [*unit.db.execute(holds), *unit.db.execute(issues)]:
        found[(number, cause)] = max(found.get((number, cause), 0), cents, key=abs)
    return [(number, cause, cents) for (number, cause), cents in found.items()]


def unknown_paid(unit: Unit, sources: list[str]):  # type: ignore[no-untyped-def]
    """{number, cents} of every amount that a status says is paid and no report explains."""
    for source in sources:
        for one in entities.all_of(unit, source, "payment"):
            if isinstance(one, Payment) and one.evidence is Evidence.DERIVED:
                for allocation in one.allocations:
                    invoice = entities.get(unit, source, "invoice", allocation.invoice)
                    if invoice is not None:
                        yield {"number": getattr(invoice, "number", ""), "cents": allocation.amount}


def _claimed(unit: Unit, scheme: str) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for row in claims.listed(unit, scheme):
        sums = found.setdefault(row.state.value, {"count": 0, "cents": 0})
        sums["count"] += 1
        sums["cents"] += row.cents
    return found


def _counts(unit: Unit, column: Any, table: Any) -> dict[str, int]:
    query = (
        select(column, func.count()).where(table.c.group_id == unit.group).group_by(column).order_by(column)
    )
    return {row[0]: row[1] for row in unit.db.execute(query)}
