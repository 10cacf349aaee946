"""The tables of a group's file as dated entries.

One value may be written short (`PH1: "200"`), in full (`PH1: {account: "200"}`) or as a list of dated values
(`- {account: "200"}`, `- {account: "201", from: 2027-01-01}`). `"*"` is the written-down fallback.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from yaml.nodes import MappingNode, Node

from hub.config.model import Entry, MethodKind, Supplier, Tables
from hub.config.nodes import Page, line_of

FALLBACK = "*"


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: the value a short form gives, further values, and the words a value may be."""

    main: str
    extra: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] | None = None


SHAPES: Mapping[str, Shape] = {
    "items": Shape("account", ("tax", "fee_for")),
    "taxes": Shape("tax_type"),
    "methods": Shape("kind", ("account", "confirmed"), {"kind": get_args(MethodKind)}),
    "suppliers": Shape("supplier", (), {"supplier": get_args(Supplier)}),
    "write_offs": Shape("account"),
}
CLEARING = Shape("account", ("kind", "confirmed"), {"kind": get_args(MethodKind)})


def read_table(
    page: Page,
    node: Node | None,
    shape: Shape,
    what: str,
    *,
    location: str | None = None,
    practitioner: str | None = None,
) -> list[Entry]:
    """Every entry of one table in one scope."""
    found = []
    for name, (key, value) in page.mapping(node, what).items():
        days = set()
        for entry in _entries(page, name, key, value, shape, f"{what}: {name}"):
            if entry.from_day in days:
                page.wrong(key, f"{what}: {name} has two values from the same day.", "Keep one of them.")
            days.add(entry.from_day)
            found.append(entry.model_copy(update={"location": location, "practitioner": practitioner}))
    return found


def read_tables(
    page: Page, given: Mapping[str, Node], where: str, *, location: str | None, practitioner: str | None
) -> dict[str, list[Entry]]:
    """The tables of the group, a location or a practitioner."""
    return {
        name: read_table(
            page,
            given.get(name),
            shape,
            f"{where}{name}",
            location=location,
            practitioner=practitioner,
        )
        for name, shape in SHAPES.items()
    }


def with_kinds(
    page: Page, nodes: Mapping[str, Node], entries: list[Entry], methods: list[Entry]
) -> list[Entry]:
    """Entries of a location's `clearing` with the kind the group's `methods` give the same name."""
    found = []
    for entry in entries:
        value = dict(entry.value)
        same = [m.value for m in methods if m.key == entry.key and m.location is None]
        kinds = {m["kind"] for m in same if "kind" in m}
        if "kind" not in value:
            if len(kinds) != 1:
                page.wrong(
                    nodes.get(str(entry.key)),
                    f"Location {entry.location} has a clearing account for {entry.key}, but `methods` does"
                    " not say what kind of method that is.",
                    f"Add `{entry.key}: money` to `methods`.",
                )
                continue
            value["kind"] = kinds.pop()
        if value["kind"] != "money":
            page.wrong(
                nodes.get(str(entry.key)),
                f"{entry.key} is of kind {value['kind']}, which has no clearing account.",
                "Remove it from `clearing`, or correct its kind in `methods`.",
            )
            continue
        confirmed = next((m["confirmed"] for m in same if "confirmed" in m), None)
        if confirmed is not None:
            value.setdefault("confirmed", confirmed)
        found.append(entry.model_copy(update={"value": value}))
    return found


def merged(parts: list[dict[str, list[Entry]]]) -> Tables:
    """All scopes' entries as the tables of the model."""
    return Tables(**{name: tuple(entry for part in parts for entry in part.get(name, ())) for name in SHAPES})


def _entries(page: Page, name: str, key: Node, value: Node, shape: Shape, what: str) -> Iterator[Entry]:
    for node in page.items(value, what):
        from_day = None
        values: dict[str, str] = {}
        if isinstance(node, MappingNode):
            given = page.section(node, what, (shape.main, *shape.extra, "from"), (shape.main,))
            from_day = page.day(given.pop("from", None), f"`from` of {what}")
        else:
            given = {shape.main: node}
        for field, child in given.items():
            words = (shape.words or {}).get(field)
            text = page.one_of(child, what, words) if words else page.text(child, f"`{field}` of {what}")
            if text:
                values[field] = text
        if shape.main not in values:
            if not isinstance(node, MappingNode) and not page.text(node, what):
                page.wrong(node, f"{what} has no value.", f"Write its {shape.main}, or remove the line.")
            continue
        yield Entry(
            key=None if name == FALLBACK else name, value=values, from_day=from_day, line=line_of(key)
        )
