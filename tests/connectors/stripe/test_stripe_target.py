"""Payment pages: the rules of their steps, how a page is found again, and what a payer meanwhile changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from account_world import BASE, StripeWorld, Tokens, request

from connectors.stripe import TARGET
from hub import paying
from hub.documents import DocKind, PaymentRequest, content_hash, dump, load
from hub.errors import Misconfigured, ReconnectNeeded
from hub.ids import mark
from hub.targets import (
    Answer,
    Chart,
    Desired,
    Key,
    Life,
    Op,
    Outgoing,
    OutgoingBatch,
    Policy,
    Seen,
    Step,
    TargetSession,
    Verdict,
)
from tests.support.world import START

HASH = b"hash-key-of-the-tests-of-stripe!"
POLICY = Policy(None, Chart("Clinic", "AUD", "Australia/Melbourne", None, {}, {}, {}, {"least": 50}))


def desired(asked: PaymentRequest, document: str = "doc") -> Desired:
    return Desired(document, asked.kind, asked, content_hash(HASH, asked))


def standing(asked: PaymentRequest, life: Life = Life.LIVE, **extra: Any) -> Seen:
    wanted = desired(asked)
    found = Seen("doc", asked.kind, life, "cs_1", total=asked.amount, content_hash=wanted.content_hash)
    return replace(found, matches=True, extra=extra)


def next_ops(seen: Seen | None, *wanted: Desired) -> list[Op]:
    observed = {"doc": seen} if seen is not None else {}
    return [step.op for step in TARGET.steps(observed, wanted, frozenset({"doc"}), POLICY).steps]


# --- the rules, without any call ---------------------------------------------------------------------------


def test_a_page_is_opened_once_and_ended_when_nobody_wants_it() -> None:
    asked = request()
    assert next_ops(None, desired(asked)) == [Op.CREATE]
    assert next_ops(standing(asked), desired(asked)) == []
    assert next_ops(standing(asked)) == [Op.VOID]
    assert next_ops(None) == []


def test_another_amount_means_another_page_after_the_first_is_ended() -> None:
    old, new = request(), request(cents=4400)
    observed = {"doc": standing(old)}
    done: list[Op] = []
    while steps := TARGET.steps(observed, [desired(new)], frozenset({"doc"}), POLICY).steps:
        (step,) = steps
        done.append(step.op)
        observed = dict(TARGET.assume(observed, step))
    assert done == [Op.VOID, Op.CREATE]
    assert observed["doc"].total == 4400


def test_a_page_that_ran_out_is_not_opened_again_as_it_was() -> None:
    asked = request()
    later = request(expires=START + timedelta(hours=40))
    assert next_ops(standing(asked, Life.ENDED), desired(asked)) == []
    assert next_ops(standing(asked, Life.ENDED), desired(later)) == [Op.CREATE]


def test_a_paid_page_stays_whatever_is_wanted() -> None:
    asked = request()
    paid = standing(asked, complete=True)
    assert next_ops(paid) == []
    assert next_ops(paid, desired(asked)) == []
    found = TARGET.steps({"doc": paid}, [desired(request(cents=4400))], frozenset({"doc"}), POLICY)
    assert found.steps == ()
    assert [one.reason.code for one in found.blocked] == ["request:paid-meanwhile"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (request(cents=49), "request:amount"),
        (request(cents=100_000_000), "request:amount"),
        (request(currency="NZD"), "request:currency"),
        (request(cents=50), None),
    ],
    ids=["too little", "too much", "another currency", "just enough"],
)
def test_what_cannot_be_asked_for_is_said_before_anything_is_sent(
    asked: PaymentRequest, code: str | None
) -> None:
    reason = TARGET.check(Step(Op.CREATE, "doc", asked.kind, asked, "hash"), POLICY)
    assert (reason.code if reason else None) == code


def test_a_request_is_kept_and_found_again_as_it_was() -> None:
    asked = request(patient=None)
    assert load(DocKind.PAYMENT_REQUEST, dump(asked)) == asked
    keys = paying.write(asked, "doc", "7kq2m-x4d9p")
    assert paying.read(keys) == paying.Keys("harbour-nookal", "514810", "7", None, "doc")
    assert paying.read({**keys, "hub_invoice": ""}) is None
    assert content_hash(HASH, asked) == content_hash(HASH, replace(asked, label="Visit"))
    assert content_hash(HASH, asked) != content_hash(
        HASH, replace(asked, expires=asked.expires + timedelta(1))
    )


# --- over the account --------------------------------------------------------------------------------------


class Till:
    """A session of the target, and the kernel's part in small."""

    def __init__(self, world: StripeWorld) -> None:
        self.world, self.calls = world, 0
        self.config = {"base_url": BASE, "settings": {"return_url": "https://clinic.example/"}}
        self.session: TargetSession = TARGET.open(self.config, Tokens(), world.http)

    def key(self, asked: PaymentRequest, external: str | None = None, document: str = "doc") -> Key:
        digest = content_hash(HASH, asked)
        return Key(document, asked.kind, asked, digest, mark(HASH, document, 1, digest), external, {})

    def send(self, op: Op, key: Key, attempt: str | None = None) -> Answer:
        self.calls += 1
        batch = OutgoingBatch("b", key.kind, op, (Outgoing("d", op, key),), attempt or f"key-{self.calls}")
        (answer,) = self.session.send(batch)
        return answer

    def opened(self, asked: PaymentRequest) -> Seen:
        answer = self.send(Op.CREATE, self.key(asked))
        assert answer.verdict is Verdict.DELIVERED
        assert answer.seen is not None
        return answer.seen

    def see(self, *keys: Key) -> Sequence[Seen]:
        found = self.session.observe(keys)
        return [found[key.document] for key in keys]


@pytest.fixture
def till(world: StripeWorld) -> Till:
    return Till(world)


def test_a_page_takes_cards_for_the_amount_and_carries_our_keys(world: StripeWorld, till: Till) -> None:
    asked = request()
    seen = till.opened(asked)
    (session,) = world.ledger()["sessions"]
    assert (session["amount_total"], session["payment_method_types"]) == (9900, ["card"])
    assert session["expires_at"] == int(asked.expires.timestamp())
    assert session["metadata"] == paying.write(asked, "doc", till.key(asked).mark)
    assert (seen.life, seen.matches, seen.due, seen.url) == (Life.LIVE, True, 9900, session["url"])
    paid = world.hand("pay_session", session=seen.external_id)
    (charge,) = world.ledger()["charges"]
    assert (charge["id"], charge["metadata"]) == (paid["charge"], session["metadata"])
    texts = [str(session["metadata"]), str(session["client_reference_id"]), str(charge["description"])]
    assert not [text for text in texts if "Canary" in text]


def test_a_page_is_found_by_its_metadata_among_others(world: StripeWorld, till: Till) -> None:
    seen = till.opened(request())
    for n in range(3):
        world.session(request(f"HH-{n}"))
    (found,) = till.see(till.key(request()))
    assert (found.external_id, found.matches) == (seen.external_id, True)
    (other,) = till.see(till.key(request(), document="another"))
    assert other.life is Life.ABSENT
    (linked,) = till.see(till.key(request(), seen.external_id))
    assert linked == found


def test_a_page_with_other_content_is_ours_and_does_not_match(till: Till) -> None:
    till.opened(request())
    (found,) = till.see(till.key(request(cents=4400)))
    assert (found.life, found.matches, found.total) == (Life.LIVE, False, 9900)


def test_a_payer_who_was_faster_is_seen_instead_of_refused(world: StripeWorld, till: Till) -> None:
    seen = till.opened(request())
    world.hand("pay_session", session=seen.external_id)
    answer = till.send(Op.VOID, till.key(request(), seen.external_id))
    assert answer.verdict is Verdict.REPLAN
    (now,) = till.see(till.key(request(), seen.external_id))
    assert (now.life, now.due, now.extra) == (Life.LIVE, 0, {"complete": True, "paid": True})
    assert not TARGET.took_effect(Outgoing("d", Op.VOID, till.key(request())), now)


def test_a_page_that_ran_out_before_it_was_looked_up_did_take_effect(world: StripeWorld, till: Till) -> None:
    seen = till.opened(request())
    world.clock.advance(24 * 3600)
    (now,) = till.see(till.key(request(), seen.external_id))
    assert (now.life, now.due) == (Life.ENDED, 0)
    assert TARGET.took_effect(Outgoing("d", Op.CREATE, till.key(request())), now)
    assert till.send(Op.VOID, till.key(request(), seen.external_id)).verdict is Verdict.REPLAN


def test_the_same_attempt_opens_one_page(world: StripeWorld, till: Till) -> None:
    for _ in range(2):
        assert till.send(Op.CREATE, till.key(request()), "attempt-1").verdict is Verdict.DELIVERED
    assert len(world.ledger()["sessions"]) == 1


def test_a_page_whose_time_is_too_short_is_refused_with_a_sentence(till: Till) -> None:
    answer = till.send(Op.CREATE, till.key(request(expires=START + timedelta(minutes=20))))
    assert answer.verdict is Verdict.REFUSED
    assert answer.reason is not None
    assert (answer.reason.code, answer.reason.cents) == ("request:too-late", 9900)


def test_a_key_that_may_not_ask_for_money_stops_the_connection(world: StripeWorld) -> None:
    world.hand("add_key", key="rk_test_less", permissions={"checkout_session": "read"})
    till = Till(world)
    till.session = TARGET.open(till.config, Tokens("rk_test_less"), world.http)
    assert list(till.session.probe()) == []
    with pytest.raises(ReconnectNeeded) as stopped:
        till.send(Op.CREATE, till.key(request()))
    assert "Checkout Sessions: write" in stopped.value.sentence


def test_a_connection_without_a_way_back_for_the_payer_does_not_open(world: StripeWorld) -> None:
    with pytest.raises(Misconfigured):
        TARGET.open({"base_url": BASE, "settings": {}}, Tokens(), world.http)


def test_the_key_is_its_own_token(world: StripeWorld) -> None:
    assert TARGET.refresh({}, {"api_key": " rk_test_1 "}, world.http)["access_token"] == "rk_test_1"
    with pytest.raises(ReconnectNeeded):
        TARGET.refresh({}, {}, world.http)
