"""Truth beside the ledger: every cell, with the planted differences taken out, and every object counted.

Residues of planted cases are flows; what they do to openings and closings is carried forward here, so that a
case planted on the third stands in every later opening without being listed there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from connectors.sandbox.life.books import COLUMNS, ROLLS, Books, Cells, Item, Row, RowKey, cells_of_rows
from connectors.sandbox.life.group import ELSEWHERE, PAGES


@dataclass(frozen=True, slots=True)
class Plant:
    """A case that must be held. `residue`: rows (with "table") of truth less ledger; `items` likewise.

    `cents` is the amount that waits; `absent`: objects the ledger must not have, `extra`: those only it has;
    `left`: (account, cents) that it leaves in clearing accounts beside what is in transit.
    """

    id: str
    account: str
    number: str
    cause: str
    cents: int
    residue: tuple[Row, ...] = ()
    absent: tuple[Item, ...] = field(default=(), repr=False)
    extra: tuple[Item, ...] = field(default=(), repr=False)
    left: tuple[tuple[str, int], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What a report shows of it."""
        return {
            "id": self.id,
            "account": self.account,
            "number": self.number,
            "cause": self.cause,
            "cents": self.cents,
            "residue": list(self.residue),
        }


def compare(
    truth: Books,
    target: Books,
    plants: Sequence[Plant],
    held: Iterable[tuple[str, str]],
    in_transit: Iterable[Row] = (),
) -> dict[str, Any]:
    """The five counts and what is behind them.

    A clearing account must hold what is `in_transit` and what planted cases left there, and not a cent more.

    `held` are (case number, cause) of the hub's holds. All of planted_not_held, held_unplanned, missing,
    doubled and unexplained (sum of absolute cents over all cells, gst within 1 c a line) are zero when the
    books are right; `rows` lists every cell that differs, explained or not.
    """
    wanted, found = {(p.number, p.cause) for p in plants}, set(held)
    expected = Counter(truth.items)
    expected.subtract(item for plant in plants for item in plant.absent)
    expected.update(item for plant in plants for item in plant.extra)
    missing, doubled = _excess(expected, target.items), _excess(target.items, expected)
    rows = differences(truth, target, residue_cells(plants))
    rows += clearing_differences(target, in_transit, plants)
    return {
        "planted": len(plants),
        "planted_not_held": len(wanted - found),
        "held_unplanned": len(found - wanted),
        "missing": missing.total(),
        "doubled": doubled.total(),
        "unexplained": sum(abs(row["unexplained"]) for row in rows),
        "lists": {
            "planted_not_held": sorted(map(list, wanted - found)),
            "held_unplanned": sorted(map(list, found - wanted)),
            "missing": _listed(missing),
            "doubled": _listed(doubled),
        },
        "rows": rows,
    }


def residue_cells(plants: Iterable[Plant]) -> Cells:
    """The planted differences as flow cells."""
    tables: dict[str, list[Row]] = defaultdict(list)
    for plant in plants:
        for row in plant.residue:
            tables[row["table"]].append(row)
    return cells_of_rows(tables)


def differences(truth: Books, target: Books, residue: Cells) -> list[Row]:
    """Every cell where truth and ledger differ, with the part no residue explains."""
    columns = [_with_rolls(cells) for cells in _aligned(truth.cells(), target.cells(), residue)]
    rows: list[Row] = []
    for key in sorted(set().union(*columns)):
        table, location, day, rest = key
        ours, theirs, planted = (side.get(key, Counter()) for side in columns)
        for column in (*COLUMNS[table], *(("opening", "closing") if table in ROLLS else ())):
            gap = ours[column] - theirs[column]
            left = gap - planted[column]
            if column == "gst" and abs(left) <= max(truth.lines[key], target.lines[key]):
                left = 0
            if gap or left:
                rows.append(
                    {
                        "table": table,
                        "location": location,
                        "day": day,
                        "key": "/".join(rest),
                        "column": column,
                        "truth": ours[column],
                        "target": theirs[column],
                        "planted": planted[column],
                        "unexplained": left,
                    }
                )
    return rows


def with_traps(found: dict[str, Any], traps: Mapping[str, bool]) -> dict[str, Any]:
    """A comparison with what was to happen without any trace: what did not happen is as good as not held."""
    unsprung = [[name, "did not happen"] for name, sprung in traps.items() if not sprung]
    lists = {**found["lists"], "planted_not_held": [*found["lists"]["planted_not_held"], *unsprung]}
    return {
        **found,
        "planted": found["planted"] + len(traps),
        "planted_not_held": found["planted_not_held"] + len(unsprung),
        "lists": lists,
    }


def clearing_differences(target: Books, in_transit: Iterable[Row], plants: Iterable[Plant]) -> list[Row]:
    """Clearing accounts that hold something else than what is on its way and what plants left there."""
    moving, left = Counter[str](), Counter[str]()
    for row in in_transit:
        moving[row["account"]] += row["cents"]
    for plant in plants:
        for account, cents in plant.left:
            left[account] += cents
    closing = {row["location"]: row["closing"] for row in target.clearing}
    rows: list[Row] = []
    for account, location in PAGES.items():
        there = closing.get(location, 0)
        gap = moving[account] + left[account] - there
        if gap or left[account]:
            named = {
                "table": "in_transit",
                "location": location,
                "day": "",
                "key": account,
                "column": "closing",
            }
            sides = {"truth": moving[account], "target": there, "planted": -left[account]}
            rows.append({**named, **sides, "unexplained": gap})
    return rows


def compare_without_reports(
    truth: Books,
    target: Books,
    plants: Sequence[Plant],
    unknown_paid: Iterable[dict[str, Any]],
    expected_unknown: dict[str, set[int]],
    optional: Iterable[str] = (),
    reported: Collection[str] = (),
) -> dict[str, Any]:
    """The check when no payment report was ever imported: billed agrees, paid amounts stand under unknown.

    `reported` are the locations whose payments are known by reports alone; of the others everything agrees.
    `unknown_paid` is [{number, cents}] of the hub; `expected_unknown` names for each invoice that must be
    listed the amounts that are right; an invoice number in `optional` may be listed or not.
    """
    rows = differences(truth, target, residue_cells(plants))
    billed = [row for row in rows if row["table"] == "billed"]
    shown = [row for row in rows if row["location"] not in (*reported, ELSEWHERE) and row not in billed]
    listed: Counter[str] = Counter()
    for row in unknown_paid:
        listed[str(row["number"])] += int(row["cents"])
    absent = sorted(set(expected_unknown) - set(listed))
    may = set(optional)
    wrong = sorted(
        number
        for number, cents in listed.items()
        if cents not in expected_unknown.get(number, set()) and number not in may
    )
    return {
        "billed_unexplained": sum(abs(row["unexplained"]) for row in billed),
        "shown_unexplained": sum(abs(row["unexplained"]) for row in shown),
        "money_rows": sum(1 for row in target.money if row["location"] in reported),
        "unknown_missing": len(absent),
        "unknown_wrong": len(wrong),
        "lists": {"unknown_missing": absent, "unknown_wrong": wrong},
        "rows": [*billed, *shown],
    }


def _aligned(*sides: Cells) -> list[Cells]:
    """The same rolling rows on every side, so that a balance carried over a quiet day compares as well."""
    keys = {key for side in sides for key in side if key[0] in ROLLS}
    return [{**{key: Counter() for key in keys}, **side} for side in sides]


def _with_rolls(cells: Cells) -> Cells:
    full: Cells = {}
    balance: Counter[tuple[str, str]] = Counter()
    for key in sorted(cells):
        table, location, _, _ = key
        full[key] = Counter(cells[key])
        if table in ROLLS:
            full[key]["opening"] = balance[table, location]
            balance[table, location] += sum(sign * cells[key][c] for c, sign in ROLLS[table].items())
            full[key]["closing"] = balance[table, location]
    return full


def _excess(more: Counter[Item], less: Counter[Item]) -> Counter[Item]:
    return Counter({item: n - less[item] for item, n in more.items() if n > less[item]})


def _listed(items: Counter[Item]) -> list[dict[str, Any]]:
    return [{**asdict(item), "times": n} for item, n in sorted(items.items(), key=lambda pair: str(pair[0]))]


__all__ = ["Plant", "RowKey", "compare", "compare_without_reports", "differences", "residue_cells"]
