"""Interpreting bundles: what a mapping makes of them, or the open issue that names why it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.contracts import Bundle, BundleSpec, Normalised
from hub.derive import VERSION as DERIVED
from hub.errors import BundleIncomplete, HubError, Malformed, Reason
from hub.normalising import gather
from hub.normalising.context import Context
from hub.normalising.todo import ask_refetch
from hub.store import entities, issues, raw
from hub.store.entities import Change
from hub.store.session import Unit

UNREADABLE = (Malformed.code, BundleIncomplete.code)
Made = set[tuple[str, str]]  # (kind, source id) of values an earlier version became


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
    known = list(roots)
    members = gather.members(unit, ctx.connection, spec, known)
    made = gather.made_of(unit, ctx.connection, spec.root, known, but=(DERIVED,))
    named = gather.with_issues(unit, ctx.connection, spec.root, known)
    for source_id, root in roots.items():
        outcome.bundles += 1
        bundle = Bundle(
            ctx.connection, spec.root, source_id, root.id, root.body, members[source_id], gone=root.gone
        )
        _one(unit, ctx, bundle, made[source_id], source_id in named, outcome)
    raw.normalised(unit, [root.id for root in roots.values()])


def _one(unit: Unit, ctx: Context, bundle: Bundle, made: Made, named: bool, outcome: Outcome) -> None:
    if bundle.gone:
        if named:
            _settled(unit, bundle, outcome)
            _noted(unit, ctx, bundle, Normalised(), outcome)
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
    if named and _settled(unit, bundle, outcome):
        outcome.touched += sorted(made)
    if named or done.notes:
        _noted(unit, ctx, bundle, done, outcome)
    if done.ignored is not None:
        return
    for value in done.entities:
        change = entities.put(unit, value)
        if change is not None:
            outcome.changes.append(change)
        made.discard((value.kind, value.source.source_id))
    _withdraw(unit, bundle, made, outcome, "the source's record no longer says so")


def _noted(unit: Unit, ctx: Context, bundle: Bundle, done: Normalised, outcome: Outcome) -> None:
    """Keep one open issue per note; close those of this mapping that the record no longer gives."""
    at = (bundle.connection, bundle.root_stream, bundle.source_id)
    ours = f"{ctx.normaliser.system}:"
    open_ = issues.on_record(unit, bundle.connection, bundle.source_id)
    had = {why.code for stream, why in open_ if stream == bundle.root_stream and why.code.startswith(ours)}
    number, _ = ctx.normaliser.called(bundle.root_stream, bundle.root)
    for note in done.notes:
        issues.open_issue(unit, *at, number or f"{at[1]}:{at[2]}", note, bundle.raw_record)
    codes = {note.code for note in done.notes}
    for cause in sorted(had - codes):
        outcome.closed += issues.close_issue(unit, *at, cause, why="the record no longer says so")
    outcome.opened += len(codes - had)
    if codes != had:
        outcome.touched += [(value.kind, value.source.source_id) for value in done.entities]


def _withdraw(unit: Unit, bundle: Bundle, made: Made, outcome: Outcome, why: str) -> None:
    for kind, source_id in sorted(made):
        change = entities.withdraw(unit, bundle.connection, kind, source_id, why)
        if change is not None:
            outcome.changes.append(change)


def _open(unit: Unit, ctx: Context, bundle: Bundle, failure: HubError, made: Made, outcome: Outcome) -> None:
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
