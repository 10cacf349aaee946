"""The next steps of several pages of one invoice: never two open, never one beside uncounted money."""

from __future__ import annotations

from dataclasses import replace

from account_world import request

from connectors.stripe.steps import steps
from hub.documents import DocKind, PaymentRequest
from hub.targets import Desired, Life, Next, Op, Seen

OLD, NEW = "page-old", "page-new"
OPEN = Seen(OLD, DocKind.PAYMENT_REQUEST, Life.LIVE, "cs_1", content_hash="h-old", matches=True, total=9900)
PAID = replace(OPEN, due=0, extra={"complete": True, "paid": True})
ENDED = replace(OPEN, life=Life.ENDED)


def want(document: str = NEW, answered: int = 0, content_hash: str = "h-new") -> Desired:
    content: PaymentRequest = request(answered=answered)
    return Desired(document, DocKind.PAYMENT_REQUEST, content, content_hash)


def after(seen: Seen, *desired: Desired) -> Next:
    return steps({OLD: seen}, desired, frozenset({OLD, NEW}))


def ops(found: Next) -> list[tuple[Op, str]]:
    return [(step.op, step.document) for step in found.steps]


def test_the_page_before_is_ended_before_another_one_opens() -> None:
    assert ops(after(OPEN, want())) == [(Op.VOID, OLD)]
    assert ops(after(ENDED, want())) == [(Op.CREATE, NEW)]


def test_no_other_page_opens_until_what_was_paid_is_counted() -> None:
    found = after(PAID, want())
    assert (ops(found), [one.reason.code for one in found.blocked]) == ([], ["request:paid-meanwhile"])
    assert ops(after(PAID, want(answered=1))) == [(Op.CREATE, NEW)]


def test_a_paid_page_stays_whatever_is_wanted() -> None:
    assert after(PAID) == Next()
    assert after(PAID, want(OLD, answered=1)) == Next()
    assert after(PAID, want(OLD, content_hash="h-old")) == Next()
    assert [one.document for one in after(PAID, want(OLD)).blocked] == [OLD]
