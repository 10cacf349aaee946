"""The next steps of a case at Xero: removals, then changes, then creations.

Xero refuses almost every change of a document with a payment or credit on it, and payments are never edited
(Xero developer docs: invoices, payments): so what stands on a document is taken off, the document is changed,
and what belongs on it is made again on its own original date. Each stage waits for the one before it to be
confirmed, so a sequence can stop anywhere and be taken up from what is there.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.xero import obstacles
from connectors.xero.case import LEAVES, ROOTS, TIERS, Case, amount_of, date_of
from connectors.xero.held import changing, contact_gone, differs
from hub.documents import DocKind
from hub.targets import Blocked, Desired, Life, Next, Observed, Op, Step


def steps(observed: Observed, desired: Sequence[Desired], own: frozenset[str]) -> Next:
    """What to do now, what is held, and which documents of other cases are waited for. Pure."""
    case = Case(observed, {d.document: d for d in desired}, own)
    blocked = obstacles.find(case)
    if any(b.document is None for b in blocked):
        return Next((), tuple(blocked))
    stopped = frozenset(b.document for b in blocked if b.document)
    waits: list[str] = []
    now = _removals(case, stopped, waits) or _changes(case, stopped, waits)
    if not now:
        now = _creations(case, stopped, waits, blocked)
    return Next(tuple(now), tuple(blocked), tuple(dict.fromkeys(waits)))


def _step(case: Case, op: Op, document: str) -> Step:
    seen, wanted = case.seen(document), case.desired.get(document)
    old = None if op is Op.CREATE else seen.on
    new = date_of(wanted.content) if wanted and not op.removes else None
    dates = tuple(sorted({d for d in (old, new) if d is not None}))
    kind = case.kind(document) or DocKind.CONTACT
    if op.removes or wanted is None:
        return Step(op, document, kind, None, seen.content_hash or "", dates)
    return Step(op, document, kind, wanted.content, wanted.content_hash, dates)


def _removals(case: Case, stopped: frozenset[str], waits: list[str]) -> list[Step]:
    """Living leaves that are not wanted as they are, or whose root must be free to change."""
    going: dict[str, None] = {}
    for document in case.documents(*ROOTS):
        if changing(case, document) and document not in stopped:
            seen = case.seen(document)
            waits.extend(case.elsewhere(seen))
            going.update((leaf.document, None) for leaf in case.attached(seen))
    for document in case.documents(*LEAVES):
        if case.live(document) and not case.same(document) and not differs(case, document):
            going[document] = None
    return [_step(case, Op.DELETE, document) for document in going]


def _changes(case: Case, stopped: frozenset[str], waits: list[str]) -> list[Step]:
    """Changes and endings of documents with nothing left on them."""
    now = []
    for document in case.documents(DocKind.CONTACT, *ROOTS):
        seen, wanted = case.seen(document), case.desired.get(document)
        if document in stopped or seen.life is not Life.LIVE or case.same(document):
            continue
        if wanted is None:
            if seen.kind in ROOTS and not case.elsewhere(seen):
                now.append(_step(case, Op.VOID, document))
        elif not case.elsewhere(seen) and _ready(case, wanted, waits):
            now.append(_step(case, Op.UPDATE, document))
    return now


def _creations(case: Case, stopped: frozenset[str], waits: list[str], blocked: list[Blocked]) -> list[Step]:
    """New documents whose prerequisites stand; prerequisites of other cases are waited for."""
    now = []
    for document in case.documents(*TIERS):
        wanted = case.desired.get(document)
        if wanted is None or document in stopped or case.seen(document).life not in (Life.ABSENT, Life.ENDED):
            continue
        gone = next((case.observed[n] for n in wanted.content.needs() if _dead(case, n)), None)
        if gone is not None:
            blocked.append(Blocked(document, contact_gone(gone.why, amount_of(wanted.content))))
        elif _ready(case, wanted, waits):
            now.append(_step(case, Op.CREATE, document))
    return now


def _dead(case: Case, document: str) -> bool:
    return document in case.observed and case.observed[document].life is Life.DEAD_PARENT


def _ready(case: Case, wanted: Desired, waits: list[str]) -> bool:
    missing = [need for need in wanted.content.needs() if not case.live(need)]
    waits.extend(need for need in missing if need not in case.own and need not in case.desired)
    pending = [
        n for n in wanted.content.needs() if n in case.desired and not case.same(n) and n not in missing
    ]
    return not missing and not pending
