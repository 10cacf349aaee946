"""Putting bundles together from the latest raw records, and interpreting them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select

from hub.contracts import Bundle, BundleSpec, Record
from hub.errors import BundleIncomplete, HubError, Malformed, Reason
from hub.normalising.context import Context
from hub.normalising.todo import ask_refetch
from hub.store import entities, issues, raw
from hub.store.entities import Change
from hub.store.session import Unit
from hub.store.tables import entity, raw_record

UNREADABLE = (Malformed.code, BundleIncomplete.code)
_MADE_OF = (
    select(entity.c.kind, entity.c.source_id, entity.c.mapping_version)
    .join(
        raw_record,
        (raw_record.c.id == entity.c.raw_record) & (raw_record.c.group_id == entity.c.group_id),
    )
    .where(
        entity.c.group_id == bindparam("g"),
        entity.c.connection_id == bindparam("c"),
        ~entity.c.withdrawn,
        raw_record.c.stream == bindparam("s"),
        raw_record.c.source_id == bindparam("i"),
    )
)


@dataclass
class Outcome:
    """What interpreting some bundles did. `touched`: living values that an issue now stops or lets go."""

    changes: list[Change] = field(default_factory=list)
    touched: list[tuple[str, str]] = field(default_factory=list)
    bundles: int = 0
    opened: int = 0
    closed: int = 0
    incomplete: int = 0


def interpret(unit: Unit, ctx: Context, spec: BundleSpec, ids: Sequence[str], outcome: Outcome) -> None:
    """Interpret these roots and note them as done."""
    roots = raw.latest_of(unit, ctx.connection, spec.root, ids)
    members = _members(unit, ctx, spec, list(roots))
    for source_id, root in roots.items():
        outcome.bundles += 1
        bundle = Bundle(
            ctx.connection, spec.root, source_id, root.id, root.body, members[source_id], gone=root.gone
        )
        _one(unit, ctx, bundle, outcome)
    raw.normalised(unit, [root.id for root in roots.values()])


def _members(
    unit: Unit, ctx: Context, spec: BundleSpec, ids: Sequence[str]
) -> dict[str, Mapping[str, tuple[Record, ...]]]:
    """Member records per root, without those that a listing no longer had."""
    found: dict[str, dict[str, tuple[Record, ...]]] = {source_id: {} for source_id in ids}
    named: dict[str, list[tuple[str, str]]] = {}
    for source_id in ids:
        for member in spec.members:
            if member.children:
                rows = raw.children(unit, ctx.connection, member.stream, spec.root, source_id)
                found[source_id][member.stream] = tuple(row.body for row in rows if not row.gone)
        if any(not member.children for member in spec.members):
            named[source_id] = raw.edges_of(unit, ctx.connection, spec.root, source_id)
    for member in spec.members:
        if member.children:
            continue
        wanted = {i for edges in named.values() for stream, i in edges if stream == member.stream}
        rows_by_id = raw.latest_of(unit, ctx.connection, member.stream, sorted(wanted))
        for source_id, edges in named.items():
            bodies = [rows_by_id.get(i) for stream, i in edges if stream == member.stream]
            found[source_id][member.stream] = tuple(row.body for row in bodies if row and not row.gone)
    return {source_id: dict(streams) for source_id, streams in found.items()}


def _one(unit: Unit, ctx: Context, bundle: Bundle, outcome: Outcome) -> None:
    made = _made_of(unit, bundle)
    if bundle.gone:
        _settled(unit, bundle, outcome)
        _withdraw(unit, bundle, made, outcome, "gone from the source's complete listing")
        return
    try:
        done = ctx.normaliser.normalise(bundle, ctx.settings)
    except BundleIncomplete as failure:
        if ask_refetch(unit, bundle.connection, bundle.root_stream, bundle.source_id, bundle.raw_record):
            outcome.incomplete += 1
        else:
            _open(unit, ctx, bundle, failure, made, outcome)
        return
    except Malformed as failure:
        _open(unit, ctx, bundle, failure, made, outcome)
        return
    if _settled(unit, bundle, outcome):
        outcome.touched += sorted(made)
    if done.ignored is not None:
        return
    for value in done.entities:
        change = entities.put(unit, value)
        if change is not None:
            outcome.changes.append(change)
        made.discard((value.kind, value.source.source_id))
    _withdraw(unit, bundle, made, outcome, "the source's record no longer says so")


def _made_of(unit: Unit, bundle: Bundle) -> set[tuple[str, str]]:
    """(kind, source id) of living values an earlier version of this root became (derived ones are apart)."""
    keys = {"g": unit.group, "c": bundle.connection, "s": bundle.root_stream, "i": bundle.source_id}
    rows = unit.db.execute(_MADE_OF, keys)
    return {(row.kind, row.source_id) for row in rows if not row.mapping_version.startswith("derived")}


def _withdraw(unit: Unit, bundle: Bundle, made: set[tuple[str, str]], outcome: Outcome, why: str) -> None:
    for kind, source_id in sorted(made):
        change = entities.withdraw(unit, bundle.connection, kind, source_id, why)
        if change is not None:
            outcome.changes.append(change)


def _open(
    unit: Unit, ctx: Context, bundle: Bundle, failure: HubError, made: set[tuple[str, str]], outcome: Outcome
) -> None:
    """Name the record by an open issue; what an earlier version became stays, and its cases are stopped."""
    number, cents = ctx.normaliser.called(bundle.root_stream, bundle.root)
    _settled(unit, bundle, outcome, but=failure.code)
    issues.open_issue(
        unit,
        bundle.connection,
        bundle.root_stream,
        bundle.source_id,
        number or f"{bundle.root_stream}:{bundle.source_id}",
        Reason(failure.code, failure.sentence, failure.who, cents),
        bundle.raw_record,
    )
    outcome.opened += 1
    outcome.touched += sorted(made)


def _settled(unit: Unit, bundle: Bundle, outcome: Outcome, *, but: str | None = None) -> bool:
    """Close what was open about this record being unreadable."""
    closed = 0
    for cause in UNREADABLE:
        if cause != but:
            closed += issues.close_issue(
                unit, bundle.connection, bundle.root_stream, bundle.source_id, cause, why="it can be read now"
            )
    outcome.closed += closed
    return closed > 0
