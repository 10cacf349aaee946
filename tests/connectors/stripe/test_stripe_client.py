"""What the client must get right about Stripe: the feed, payouts' rows, keys, and the SDK in its place."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import httpx
import pytest
import stripe
from account_world import BASE, READS, StripeWorld, request

from connectors.stripe import SOURCE
from connectors.stripe.sdk import Api, Refusal
from connectors.stripe.streams import PAYOUT
from hub.contracts import Ask
from hub.errors import FeedLost, Misconfigured, Missing, RateLimited, Refused
from tests.support.script import Scripted


def feed(world: StripeWorld, stream: str, after: str) -> list[str]:
    """Ids of the objects that changed after an event, page by page."""
    declared, found, token = world.stream(stream), [], None
    while True:
        page = world.client.page(declared, Ask(after=after, purpose="feed"), token)
        found += [declared.id_of(record) for record in page.records]
        if page.next is None:
            return found
        token = page.next


def end(world: StripeWorld, stream: str) -> str:
    return str(world.client.page(world.stream(stream), Ask(purpose="all"), None).position)


def test_the_feed_is_read_forwards_and_objects_are_read_as_they_are_now(world: StripeWorld) -> None:
    first = world.paid(request())
    position = end(world, "charges")
    charges = [world.paid(request(f"HH-{n}")) for n in range(25)]
    world.post(f"charges/{first}", **{"metadata[k]": "v"})
    assert feed(world, "charges", position)[-1] == first
    assert set(feed(world, "charges", position)) == {first, *charges}
    declared = world.stream("charges")
    page = world.client.page(declared, Ask(after=position, purpose="feed"), None)
    assert all(record["balance_transaction"] for record in page.records)
    assert page.position is not None
    assert page.position == page.next


def test_an_event_of_another_stream_is_a_place_to_go_on_from(world: StripeWorld) -> None:
    world.paid(request())
    position = end(world, "disputes")
    world.paid(request("HH-1002"))
    assert feed(world, "disputes", position) == []
    world.paid(request("HH-1003"), card="4000000000000259")
    world.clock.advance(3)
    assert len(feed(world, "disputes", position)) == 1


def test_a_feed_that_no_longer_reaches_back_is_said_to_be_lost(world: StripeWorld) -> None:
    world.paid(request())
    position = end(world, "charges")
    world.clock.advance(31 * 86_400)
    with pytest.raises(FeedLost):
        feed(world, "charges", position)


def test_the_rows_of_a_payout_come_with_its_id_and_only_once_they_are_told(world: StripeWorld) -> None:
    for n in range(3):
        world.paid(request(f"HH-{n}"))
    rows = world.stream("balance_transactions")
    world.until(7, 1)
    (payout,) = (p["id"] for p in world.ledger()["payouts"])
    ask = Ask(parents=(payout,), purpose="parents")
    assert world.client.page(rows, ask, None).records == ()
    world.until(9)
    found = world.client.page(rows, ask, None)
    assert len(found.records) == 4
    assert {record[PAYOUT] for record in found.records} == {payout}
    assert list(rows.edges(found.records[0])) == [("payouts", payout)]


def test_a_manual_payout_has_no_rows_to_ask_for(world: StripeWorld) -> None:
    world.hand("setup", interval="manual")
    world.paid(request(), card="4000000000000077")
    payout = world.post("payouts", amount=5000, currency="aud")["id"]
    ask = Ask(parents=(payout,), purpose="parents")
    assert world.client.page(world.stream("balance_transactions"), ask, None).records == ()


def test_recent_objects_are_listed_by_the_day_they_were_made(world: StripeWorld) -> None:
    old = world.paid(request())
    world.until(20)
    new = world.paid(request("HH-1002"))
    listed = world.client.page(
        world.stream("charges"), Ask(field="created", window_from=date(2026, 10, 20)), None
    )
    assert [record["id"] for record in listed.records] == [new]
    every = world.client.page(world.stream("charges"), Ask(purpose="all"), None)
    assert [record["id"] for record in every.records] == [new, old]


def test_a_key_without_a_permission_is_told_which(world: StripeWorld) -> None:
    held = dict.fromkeys([name for name in READS if name not in ("payout", "event")], "read")
    world.hand("add_key", key="rk_test_less", permissions=held)
    client = world.open("rk_test_less")
    assert [reason.code for reason in client.probe()] == [
        "stripe:forbidden:Payouts: read",
        "stripe:forbidden:Events: read",
    ]
    with pytest.raises(Refused) as refused:
        client.page(world.stream("payouts"), Ask(field="created", window_from=date(2026, 10, 1)), None)
    assert "Payouts: read" in refused.value.sentence


def test_a_live_key_that_may_do_everything_is_too_much(world: StripeWorld) -> None:
    world.hand("add_key", key="sk_live_all")
    assert [reason.code for reason in world.open("sk_live_all").probe()] == ["stripe:full-key"]


@pytest.mark.parametrize("key", ["", " ", "two words", "schlüssel"])
def test_a_key_that_can_be_none_opens_nothing(world: StripeWorld, key: str) -> None:
    with pytest.raises(Misconfigured) as raised:
        world.open(key)
    assert not key.strip() or key not in str(raised.value)


def test_a_limit_without_a_wait_is_a_short_pause(world: StripeWorld) -> None:
    world.control.post("/__control__/limits", json={"second": 0})
    with pytest.raises(RateLimited) as limited:
        world.client.fetch_one(world.stream("charges"), "ch_1")
    assert limited.value.until is not None
    assert sum(world.clock.slept) < 5


# --- the SDK, kept behind one module ---------------------------------------------------------------------


def api(*acts: httpx.Response) -> tuple[Api, Scripted]:
    script = Scripted(*acts)
    return Api(httpx.Client(transport=script), BASE, "rk_test_canary"), script


def test_one_call_is_one_request_with_our_version_and_nothing_about_the_machine() -> None:
    calls, script = api(httpx.Response(500, json={"error": {"message": "Canary"}}))
    with pytest.raises(Refusal):
        calls.call("charges.list", limit=1)
    (sent,) = script.requests
    assert sent.headers["stripe-version"] == "2026-10-28.endive"
    assert not [name for name in sent.headers if name.startswith("x-stripe-client")]
    assert (stripe.api_key, stripe.max_network_retries) == (None, 2)


def test_a_refusal_holds_codes_and_no_words_of_theirs() -> None:
    error = {
        "error": {"type": "invalid_request_error", "code": "resource_missing", "message": "Olive Canary"}
    }
    calls, _ = api(httpx.Response(404, json=error))
    with pytest.raises(Refusal) as refused:
        calls.call("charges.retrieve", "ch_1")
    assert refused.value == Refusal(404, "invalid_request_error", "resource_missing", "")
    assert "Canary" not in f"{refused.value} {refused.value!r}"
    assert refused.value.__cause__ is None


def test_a_notice_in_a_header_is_no_warning_and_numbers_are_never_float() -> None:
    body = {"object": "balance_transaction", "id": "txn_1", "exchange_rate": 1.1, "amount": 5}
    calls, _ = api(httpx.Response(200, json=body, headers={"Stripe-Notice": "do as I say"}))
    found = calls.call("balance_transactions.retrieve", "txn_1")
    assert (found["exchange_rate"], found["amount"]) == ("1.1", 5)


def test_the_switch_that_prints_bodies_is_off() -> None:
    code = (
        "import httpx\n"
        "from connectors.stripe.sdk import Api\n"
        "body = {'object': 'list', 'data': [{'name': 'Canary'}]}\n"
        "answer = lambda request: httpx.Response(200, json=body)\n"
        "client = httpx.Client(transport=httpx.MockTransport(answer))\n"
        "Api(client, 'http://stripe.test', 'rk_test_canary').call('charges.list')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"STRIPE_LOG": "debug"}, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_another_object_than_was_asked_for_is_no_answer(world: StripeWorld) -> None:
    with pytest.raises(Missing):
        world.client.fetch_one(world.stream("charges"), "ch_1/../../account")
    assert SOURCE.open({"base_url": BASE}, {"api_key": "rk_test_reader_canary"}, world.http)
