"""The next steps of a payment request: a page is opened, or ended; it is never changed.

An amount that changed means: end the page, then open another; none is opened while another of the same
invoice is to be ended. A page that ran out or was ended is not opened again with the same content, since its
time is part of it. A page that was paid stays, whatever is wanted; until what is wanted counts its money, no
other one is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hub.documents import DocKind, PaymentRequest
from hub.errors import Reason, Who
from hub.targets import Blocked, Desired, Life, Next, Observed, Op, Policy, Seen, Step

LEAST, MOST = 50, 99_999_999
"""Cents Stripe takes at one time; the least one in dollars of Australia is inferred (docs/inferred.md)."""


def steps(observed: Observed, desired: Sequence[Desired], own: frozenset[str]) -> Next:
    """Pure. At most one step per document; pages are opened when none is left to end."""
    wanted = {one.document: one for one in desired}
    pages = {document: observed.get(document) for document in sorted({*own, *wanted})}
    mine = {d: seen for d, seen in pages.items() if seen is None or seen.kind is DocKind.PAYMENT_REQUEST}
    done = sum(seen is not None and paid(seen) for seen in mine.values())
    found: list[Step] = []
    blocked: list[Blocked] = []
    for document, seen in mine.items():
        want = wanted.get(document)
        if reason := _obstacle(seen, want, done):
            blocked.append(Blocked(document, reason))
        elif step := _step(document, seen, want):
            found.append(step)
    ends = [step for step in found if step.op.removes]
    return Next(tuple(ends or found), tuple(blocked))


def _step(document: str, seen: Seen | None, want: Desired | None) -> Step | None:
    life = seen.life if seen is not None else Life.ABSENT
    if seen is not None and life is Life.LIVE:
        same = want is not None and seen.matches and seen.content_hash == want.content_hash
        if same or paid(seen):
            return None
        return Step(Op.VOID, document, DocKind.PAYMENT_REQUEST, None, seen.content_hash or "")
    if want is None or (life is Life.ENDED and seen is not None and seen.content_hash == want.content_hash):
        return None
    return Step(Op.CREATE, document, DocKind.PAYMENT_REQUEST, want.content, want.content_hash)


def _obstacle(seen: Seen | None, want: Desired | None, done: int) -> Reason | None:
    """`done`: how many pages of the case were paid."""
    if seen is not None and seen.life is Life.AMBIGUOUS:
        return Reason(
            "request:two-pages",
            "Two payment pages stand open for one invoice at Stripe. Expire one of them there.",
            Who.BOOKKEEPER,
            seen.total or 0,
        )
    content = want.content if want is not None else None
    if not isinstance(content, PaymentRequest) or content.answered >= done:
        return None
    stands = seen is not None and seen.life is Life.LIVE
    if stands and seen is not None and want is not None and seen.content_hash == want.content_hash:
        return None
    return Reason(
        "request:paid-meanwhile",
        "The payer paid just before the payment page was replaced. The rest can be asked for once that "
        "payment was read.",
        Who.NOBODY,
        content.amount,
    )


def paid(seen: Seen) -> bool:
    """Whether the payer completed the page."""
    return seen.life is Life.LIVE and bool(seen.extra.get("complete"))


def assume(observed: Observed, step: Step) -> Observed:
    """What would stand after a step. Pure."""
    after = dict(observed)
    old = observed.get(step.document) or Seen(step.document, step.kind, Life.ABSENT)
    if step.content is None:
        after[step.document] = replace(old, life=Life.ENDED, due=0)
        return after
    assert isinstance(step.content, PaymentRequest)
    cents = step.content.amount
    after[step.document] = replace(
        old,
        life=Life.LIVE,
        external_id=f"assumed:{step.document}",
        content_hash=step.content_hash,
        matches=True,
        total=cents,
        due=cents,
        extra={},
    )
    return after


def check(step: Step, policy: Policy) -> Reason | None:
    """What speaks against a page by its amount or currency. Pure."""
    if not isinstance(step.content, PaymentRequest):
        return None
    cents = step.content.amount
    if not int(policy.chart.facts.get("least", LEAST)) <= cents <= MOST:
        return Reason(
            "request:amount",
            "Stripe takes no amount so small or so large at one time. Ask for it in another way.",
            Who.CLINIC,
            cents,
        )
    if step.content.currency != policy.chart.currency:
        return Reason(
            "request:currency",
            "The Stripe account works in another currency than the invoice.",
            Who.BOOKKEEPER,
            cents,
        )
    return None
