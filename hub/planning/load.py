"""Reading what a plan needs in one short unit: documents, links, deliveries, holds, prerequisites."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date

from hub import ids
from hub.config.model import GroupConfig
from hub.documents import DocKind, Document, content_hash
from hub.errors import HubError, Reason, Who
from hub.ids import keyed_hash
from hub.planning.state import CaseState, Known, Scope
from hub.rendering import CaseKind, Facts, Rendered, Renderer
from hub.store import cases, deliveries, foresight, holds, links, restored
from hub.store.cases import CaseRow
from hub.store.deliveries import REPLANNED, DeliveryRow
from hub.store.facts import StoreFacts
from hub.store.session import Unit


def load(unit: Unit, renderer: Renderer, config: GroupConfig, rows: Sequence[CaseRow]) -> list[CaseState]:
    """The states of these cases, in their order."""
    facts = _facts(unit, renderer, config, rows)
    lost_until = restored.last_day(unit.db)
    case_ids = [row.id for row in rows]
    known = _known(unit, case_ids)
    held: dict[str, list[holds.HoldRow]] = defaultdict(list)
    for hold in holds.open_of(unit, case_ids):
        held[hold.case].append(hold)
    states: list[CaseState] = []
    for row in rows:
        rendered = _render(renderer, row, facts, config)
        key = unit.vault.key
        states.append(
            CaseState(
                row,
                rendered,
                known[row.id],
                held[row.id],
                {d.document: keyed_hash(key, "basis", d.document, d.basis) for d in rendered.documents},
                {d.document: content_hash(key, d.content) for d in rendered.documents if d.content},
                row.look_first or _may_be_there(rendered, known[row.id], lost_until),
            )
        )
    return states


def _facts(unit: Unit, renderer: Renderer, config: GroupConfig, rows: Sequence[CaseRow]) -> StoreFacts:
    """The renderer's view, with what it will ask of these cases read ahead."""
    facts = StoreFacts(unit)
    foresight.for_cases(facts, [row.key for row in rows])
    documents: list[str] = []
    for row in rows:
        with suppress(Exception):  # rendering meets it again, and says so
            documents += renderer.asks(row.key, facts, config)
    facts.read_delivered(documents)
    return facts


def _may_be_there(rendered: Rendered, known: Mapping[str, Known], lost_until: date | None) -> bool:
    """Whether a restored hub is about to create what the one before it may have created already."""
    if lost_until is None:
        return False
    return any(
        one.content is not None
        and (one.document not in known or known[one.document].link is None)
        and (deliveries.date_of(one.content) or lost_until) <= lost_until
        for one in rendered.documents
    )


def _render(renderer: Renderer, row: CaseRow, facts: Facts, config: GroupConfig) -> Rendered:
    try:
        return renderer.render(row.key, facts, config)
    except HubError as error:
        return Rendered(stops=(Reason(error.code, error.sentence, error.who),))
    except Exception as error:
        # One case that cannot be rendered holds itself, never the queue; the text may hold values of people.
        name = type(error).__name__
        return Rendered(
            stops=(
                Reason(
                    f"internal:render:{name}",
                    f"The documents of this case cannot be made ({name}); a developer must look.",
                    Who.DEVELOPER,
                ),
            )
        )


def _known(unit: Unit, case_ids: Sequence[str]) -> dict[str, dict[str, Known]]:
    found: dict[str, dict[str, Known]] = {one: {} for one in case_ids}
    by_id: dict[str, DeliveryRow] = {}
    for row in deliveries.of_cases(unit, case_ids):
        by_id[row.id] = row
        known = found[row.case].setdefault(row.document, Known(row.document, row.kind))
        known.last = row
        replanned = row.state == "cancelled" and row.reason == REPLANNED
        known.replans = known.replans + 1 if replanned else 0
    for link in links.of_cases(unit, case_ids):
        known = found[link.case].setdefault(link.document, Known(link.document, link.kind))
        known.link = link
        known.standing = by_id.get(link.delivery)
    return found


def scope_of(unit: Unit, states: Sequence[CaseState]) -> Scope:
    """A scope with its prerequisites and the holds of the cases it waits for."""
    return scopes_of(unit, [list(states)])[0]


def scopes_of(unit: Unit, groups: Sequence[list[CaseState]]) -> list[Scope]:
    """Scopes with the documents of other cases they need and the holds on those, read in bulk."""
    outside = [_outside(unit, group) for group in groups]
    rows = links.of_documents(unit, set().union(*outside)) if outside else {}
    scopes = [Scope(group, {d: rows[d] for d in sorted(needed) if d in rows})
              for group, needed in zip(groups, outside, strict=True)]  # fmt: skip
    missing = [{d for d in needed if d not in rows or not rows[d].live} for needed in outside]
    waiting = [
        (scope, state, absent)
        for scope, absent in zip(scopes, missing, strict=True)
        for state in scope.cases
        if state.rendered.needs and absent
    ]
    wanted = {cases.id_of(unit, key) for _, state, _ in waiting for key in state.rendered.needs}
    by_case: dict[str, list[holds.HoldRow]] = defaultdict(list)
    for hold in holds.open_of(unit, sorted(wanted)) if wanted else []:
        by_case[hold.case].append(hold)
    for scope, state, absent in waiting:
        own = {one.id for one in scope.cases}
        reasons = [
            hold.reason
            for key in state.rendered.needs
            if key.kind is CaseKind.CONTACT  # a held credit says so itself; the invoice it lands on stands
            for hold in by_case[ids.case_id(unit.group, key.target, key.kind.value, key.subject)]
            if hold.stops and hold.case not in own and (hold.document is None or hold.document in absent)
        ]
        if reasons:
            scope.elsewhere[state.id] = reasons
    return scopes


def _outside(unit: Unit, group: Sequence[CaseState]) -> set[str]:
    own = set().union(*(state.documents() for state in group))
    needed: set[str] = set()
    for state in group:
        for rendered in state.rendered.documents:
            if rendered.content is not None:
                needed.update(rendered.content.needs())
        for known in state.known.values():
            if known.link is not None and known.kind is not DocKind.CONTACT:
                content: Document | None = known.content(unit.vault)
                needed.update(content.needs() if content is not None else ())
    return needed - own
