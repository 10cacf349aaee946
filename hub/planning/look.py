"""Looking at the target before something is changed or removed: which keys to ask for, and what came back."""

from __future__ import annotations

from collections.abc import Mapping

from hub import ids
from hub.documents import Document
from hub.planning.decide import Decision
from hub.planning.state import CaseState, Known, Scope, related
from hub.store.links import LinkRow
from hub.store.vault import Vault
from hub.targets import Desired, Key, Seen


def keys(scope: Scope, decision: Decision, vault: Vault, prerequisites: Mapping[str, Document]) -> list[Key]:
    """What to look for: every linked document of the scope; before a removal, and where the target's rules
    hold something, what they stand on as well.

    A case told to look first is looked for under documents never linked too (a restored database).
    """
    found: list[Key] = []
    for state in scope.cases:
        for document in sorted(state.documents()):
            key = _key(state, document, scope, decision, vault)
            if key is not None:
                found.append(key)
    if decision.removes or decision.by_rules or any(state.look_first for state in scope.cases):
        for document, row in scope.prerequisites.items():
            if row.live and document in prerequisites:
                found.append(_prerequisite(scope, row, prerequisites[document], vault))
    return found


def _key(state: CaseState, document: str, scope: Scope, decision: Decision, vault: Vault) -> Key | None:
    known = state.known.get(document)
    if known is not None and known.link is not None:
        content = known.content(vault)
        if content is None or not (known.link.live or state.look_first):
            return None
        mark = known.standing.mark if known.standing is not None else ""
        return Key(document, known.kind, content, known.link.content_hash, mark, known.link.external_id,
                   related(content, scope))  # fmt: skip
    wanted = decision.desired.get(document) or _rendered(state, document)
    if wanted is None or not state.look_first:
        return None
    return Key(document, wanted.kind, wanted.content, wanted.content_hash, _mark(known, wanted.content_hash,
               document, vault), None, related(wanted.content, scope))  # fmt: skip


def _rendered(state: CaseState, document: str) -> Desired | None:
    """What would be wanted but for a hold: an allocation of ours, taken for a stranger's, holds itself."""
    for one in state.rendered.documents:
        if one.document == document and one.content is not None:
            return Desired(document, one.kind, one.content, state.hashes[document])
    return None


def _mark(known: Known | None, content_hash: str, document: str, vault: Vault) -> str:
    """The mark it was sent with last; never sent here: that of a first version."""
    if known is not None and known.last is not None:
        return known.last.mark
    return ids.mark(vault.key, document, 1, content_hash)


def _prerequisite(scope: Scope, row: LinkRow, content: Document, vault: Vault) -> Key:
    mark = ids.mark(vault.key, row.document, row.version, row.content_hash)
    return Key(
        row.document, row.kind, content, row.content_hash, mark, row.external_id, related(content, scope)
    )


def merged(before: Mapping[str, Seen], seen: Mapping[str, Seen]) -> dict[str, Seen]:
    """What was believed with what was seen over it."""
    return {**before, **{document: one for document, one in seen.items() if document in before}}
