"""What should stand for one case, decided per document: what was delivered, what was rendered, or a hold.

While the canonical values a delivered document is made of stand, the document is taken as delivered and
not rendered again: a new configuration alone changes nothing. What is held, and what needs something
held, stays as it is: a live one as delivered, a new one not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from hub.errors import Reason, Who
from hub.planning.state import CaseState
from hub.store.vault import Vault
from hub.targets import Desired


@dataclass(slots=True)
class Wish:
    """Desired documents of one case, those its mapping holds, and whether the whole case stops."""

    desired: dict[str, Desired] = field(default_factory=dict)
    held: dict[str, tuple[Reason, ...]] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)  # wanted, but held or in need of something held
    stopped: bool = False


def stands(state: CaseState, document: str) -> bool:
    """Whether the delivered content of a document still follows from the same canonical values."""
    known = state.known.get(document)
    return (
        known is not None
        and known.link is not None
        and known.standing is not None
        and known.link.basis_hash != ""
        and known.link.basis_hash == state.bases.get(document)
    )


def wish(state: CaseState, vault: Vault, extra: Mapping[str, Collection[object]]) -> Wish:
    """`extra` names documents held for reasons found after rendering (refused, locked, the target's own)."""
    # Waiting with documents concerns what is not among them yet; without any, what stands stays.
    nothing_yet = state.rendered.waiting is not None and not state.rendered.documents
    found = Wish(stopped=bool(state.rendered.stops) or nothing_yet)
    candidates: dict[str, Desired] = {}
    for rendered in state.rendered.documents:
        document, known = rendered.document, state.known.get(rendered.document)
        if stands(state, document):
            assert known is not None
            assert known.link is not None
            content = known.content(vault)
            assert content is not None
            candidates[document] = Desired(document, rendered.kind, content, known.link.content_hash)
        elif rendered.content is None or rendered.holds:
            found.held[document] = rendered.holds or (_NO_REASON,)
        else:
            candidates[document] = Desired(document, rendered.kind, rendered.content, state.hashes[document])
    if found.stopped:
        found.dropped = {d for d in (*candidates, *found.held) if not _live(state, d)}
        found.desired = _as_delivered(state, vault, state.known)
        return found
    held = {*found.held, *(d for d in candidates if d in extra)}
    stopped = _closure(held, candidates)
    found.dropped = stopped
    found.desired = {d: want for d, want in candidates.items() if d not in stopped}
    found.desired.update(_as_delivered(state, vault, stopped))
    return found


_NO_REASON = Reason("internal:no-content", "A document was rendered without content.", Who.DEVELOPER)


def _live(state: CaseState, document: str) -> bool:
    known = state.known.get(document)
    return known is not None and known.live


def _closure(held: set[str], candidates: Mapping[str, Desired]) -> set[str]:
    """What is held and everything of the case that needs it."""
    stopped = set(held)
    while True:
        more = {d for d, want in candidates.items() if stopped & set(want.content.needs())} - stopped
        if not more:
            return stopped
        stopped |= more


def _as_delivered(state: CaseState, vault: Vault, documents: Collection[str]) -> dict[str, Desired]:
    desired: dict[str, Desired] = {}
    for document in sorted(documents):
        known = state.known.get(document)
        if known is None or known.link is None or not known.link.live:
            continue
        content = known.content(vault)
        if content is not None:
            desired[document] = Desired(document, known.kind, content, known.link.content_hash)
    return desired
