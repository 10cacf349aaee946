"""The ten measured traps of the SDK, each shown to be out of the way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from ledger_world import BASE, LedgerWorld, card, invoice, line, receipt
from xero_python.api_client.configuration import Configuration

from connectors.xero import TARGET
from connectors.xero.sdk import Endpoints
from hub.errors import HubError, OutcomeUnknown, RateLimited, ReadFailed
from hub.targets import Life, Op, Verdict

Make = Callable[..., LedgerWorld]


def answering(*responses: httpx.Response | Exception) -> tuple[httpx.Client, list[httpx.Request]]:
    """A client whose server answers these in turn; the last one for ever."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = responses[min(len(seen), len(responses)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return httpx.Client(transport=httpx.MockTransport(handle)), seen


@pytest.mark.parametrize("endpoint", ["create_invoices", "create_payments", "create_contacts"])
def test_1_a_put_is_sent_once_after_a_reset(endpoint: str) -> None:
    client, seen = answering(httpx.ReadError("reset"))
    with pytest.raises(OutcomeUnknown):
        Endpoints(client, BASE, "t").call(endpoint, {"x": 1})
    assert len(seen) == 1


def test_2_a_429_is_not_slept_through(xero: LedgerWorld) -> None:
    date = "Mon, 12 Oct 2026 01:02:03 GMT"
    xero.create(contact=card())
    xero.forget_requests()
    headers = {"Retry-After": "60000", "Date": date}
    xero.fault(match={"path": "Invoices"}, kind="status", status=429, headers=headers, times=1)
    with pytest.raises(RateLimited) as caught:
        xero.create(invoice=invoice())
    assert caught.value.until is not None
    assert (caught.value.until - xero.clock.now()).total_seconds() == 60000
    assert [r["method"] for r in xero.requests() if "Invoices" in r["path"]] == ["PUT"]


def test_3_deadlines_are_our_clients() -> None:
    client, seen = answering(httpx.Response(200, json={"Contacts": []}))
    client.timeout = httpx.Timeout(1.5, connect=0.5)
    Endpoints(client, BASE, "t").call("get_contacts")
    assert seen[0].extensions["timeout"] == {"connect": 0.5, "read": 1.5, "write": 1.5, "pool": 1.5}


def test_4_two_organisations_share_no_token(make_xero: Make) -> None:
    one, two = make_xero(), make_xero()
    assert one.tokens.access_token() != ""
    one.create(contact=card())
    two.create(contact=card())
    one.create(invoice=invoice())
    assert len(one.look("Invoices")) == 1
    assert two.look("Invoices") == []
    assert Configuration().oauth2_token is None


def test_5_a_refresh_with_unknown_fields_keeps_the_new_token(xero: LedgerWorld) -> None:
    before = xero.secret["refresh_token"]
    xero.tokens.access_token()
    assert xero.secret["refresh_token"] != before
    xero.hand("expire_tokens")
    xero.create(contact=card())
    assert xero.tokens.renewed == 2


def test_6_no_exception_carries_a_body(xero: LedgerWorld) -> None:
    xero.tokens.access_token()
    for status in (400, 403, 404, 409, 500, 503):
        body = '{"Message": "Quill Canary", "ErrorNumber": 10}'
        xero.fault(match={"path": "Contacts"}, kind="status", status=status, body=body, times=1)
        known: str
        try:
            known = repr(xero.create(contact=card(), other=card("HH-2", "Badger (HH-2)")))
        except HubError as error:
            known = repr(error) + repr(error.__cause__) + str(error.__context__)
        assert "Canary" not in known


def test_7_an_unknown_status_spoils_no_page(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    xero.create(one=invoice("HH-1"), two=invoice("HH-2"))
    answer = xero.control.get(f"{BASE}/__control__/requests")
    assert answer.status_code == 200

    def odd(request: httpx.Request) -> httpx.Response:
        real = xero.transport.handle_request(request)
        body = real.read().replace(b'"AUTHORISED"', b'"QUANTUM"', 1)
        return httpx.Response(real.status_code, content=body)

    def http(*, base_url: str, headers: object, auth: httpx.Auth | None = None) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(odd), base_url=base_url, auth=auth)

    session = TARGET.open(xero.config, xero.tokens, http)
    seen = session.observe([xero.key("one", invoice("HH-1")), xero.key("two", invoice("HH-2"))])
    assert {s.life for s in seen.values()} == {Life.LIVE}
    assert {s.extra["status"] for s in seen.values()} == {"QUANTUM", "AUTHORISED"}


def test_8_cents_and_dates_arrive_exactly(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    amounts = [1, 1010, 11111, 123456789, 7035]
    (answer,) = xero.create(invoice=invoice("HH-1", *(line(a) for a in amounts)))
    assert answer.seen is not None
    assert answer.seen.total == sum(amounts)
    assert xero.look("Invoices")[0]["DateString"] == "2026-10-05T00:00:00"


def test_9_element_failures_arrive_per_element(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    answers = xero.create(good=invoice("HH-1"), bad=invoice("HH-2", line(account="999")))
    assert [a.verdict for a in answers] == [Verdict.DELIVERED, Verdict.REFUSED]
    (sent,) = [r for r in xero.requests() if "Invoices" in r["path"]]
    assert "summarizeErrors" in str(sent["query"])


def test_10_the_kernel_starts_without_the_sdk() -> None:
    code = "import sys, hub.targets, hub.plugins; print('xero_python' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# --- what else an answer can be ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "truncate"])
def test_a_lost_answer_is_unknown_and_found_by_looking(xero: LedgerWorld, kind: str) -> None:
    xero.create(contact=card())
    xero.fault(match={"method": "PUT", "path": "Invoices"}, kind=kind, times=1)
    out = xero.out(Op.CREATE, "invoice", invoice())
    with pytest.raises(OutcomeUnknown):
        xero.session.send(xero.batch(out))
    seen = xero.see("invoice", invoice())
    assert TARGET.took_effect(out, seen) is (kind != "reset_before")


def test_a_partly_saved_batch_is_told_apart_by_looking(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    xero.fault(match={"method": "PUT", "path": "Invoices"}, kind="partial", elements=2, times=1)
    contents = {f"i{n}": invoice(f"HH-{n}") for n in range(5)}
    outs = [xero.out(Op.CREATE, name, content) for name, content in contents.items()]
    with pytest.raises(OutcomeUnknown):
        xero.session.send(xero.batch(*outs))
    seen = xero.see_all([o.key for o in outs])
    lives = [seen[name].life for name in contents]
    assert lives.count(Life.LIVE) == len(xero.look("Invoices"))
    assert 0 < lives.count(Life.LIVE) < 5


@pytest.mark.parametrize("status", [500, 502, 503, 504, 409, 412])
def test_server_errors_on_writes_are_unknown(xero: LedgerWorld, status: int) -> None:
    xero.create(contact=card())
    xero.fault(match={"path": "Invoices"}, kind="status", status=status, body="<html>", times=1)
    with pytest.raises(OutcomeUnknown):
        xero.create(invoice=invoice())


def test_a_refused_whole_batch_is_unknown_but_an_unreadable_one_is_ours(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    body = '{"ErrorNumber":10,"Type":"ValidationException","Message":"A validation exception occurred"}'
    xero.fault(match={"path": "Invoices"}, kind="status", status=400, body=body, times=1)
    with pytest.raises(OutcomeUnknown):
        xero.create(one=invoice("HH-1"), two=invoice("HH-2"))
    body = '{"ErrorNumber":14,"Type":"PostDataInvalidException","Message":"Error"}'
    xero.fault(match={"path": "Invoices"}, kind="status", status=400, body=body, times=1)
    answers = xero.create(one=invoice("HH-1"), two=invoice("HH-2"))
    assert [a.verdict for a in answers] == [Verdict.REFUSED] * 2
    assert {a.reason.code for a in answers if a.reason} == {"refused:unreadable"}


def test_a_repeated_key_replays_and_another_body_is_our_defect(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    out = xero.out(Op.CREATE, "invoice", invoice())
    xero.session.send(xero.batch(out, attempt="same"))
    (again,) = xero.session.send(xero.batch(out, attempt="same"))
    assert again.verdict is Verdict.DELIVERED
    assert len(xero.look("Invoices")) == 1
    other = xero.out(Op.CREATE, "other", invoice("HH-2"))
    (defect,) = xero.session.send(xero.batch(other, attempt="same"))
    assert defect.reason is not None
    assert defect.reason.code == "refused:idempotency"


def test_an_answer_with_fewer_elements_leaves_the_rest_unknown(xero: LedgerWorld) -> None:
    xero.create(contact=card())

    def cut(request: httpx.Request) -> httpx.Response:
        real = xero.transport.handle_request(request)
        real.read()
        body = real.json()
        if request.method == "PUT":
            body["Invoices"] = body["Invoices"][1:]
        return httpx.Response(200, json=body)

    def http(*, base_url: str, headers: object, auth: httpx.Auth | None = None) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(cut), base_url=base_url, auth=auth)

    session = TARGET.open(xero.config, xero.tokens, http)
    outs = [xero.out(Op.CREATE, f"i{n}", invoice(f"HH-{n}")) for n in range(3)]
    answers = session.send(xero.batch(*outs))
    assert [a.verdict for a in answers] == [Verdict.UNKNOWN, Verdict.DELIVERED, Verdict.DELIVERED]
    assert answers[1].seen is not None
    assert answers[1].seen.number == "HH-1"


def test_a_failed_read_says_nothing(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    xero.fault(match={"path": "Invoices"}, kind="status", status=500, body="<html>", times=9)
    with pytest.raises(ReadFailed):
        xero.see("invoice", invoice())


def test_an_answer_after_the_deadline_is_unknown(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    xero.fault(match={"path": "Invoices"}, kind="delay", seconds=31, times=1)
    with pytest.raises(OutcomeUnknown):
        xero.create(invoice=invoice())
    assert xero.see("invoice", invoice()).life is Life.LIVE


def test_other_totals_stand_and_are_held(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    wrong = replace(line(11000, "203", "OUTPUT", 1000), gst=700)
    (answer,) = xero.create(invoice=invoice("HH-1", wrong))
    assert answer.verdict is Verdict.REFUSED
    assert answer.reason is not None
    assert answer.reason.code == "target:total-differs"
    assert answer.seen is not None
    assert (answer.seen.life, answer.seen.matches) == (Life.LIVE, False)
    again = xero.see("invoice", invoice("HH-1", wrong))
    assert (again.matches, again.extra["differs"]) == (False, True)
    cent_off = replace(wrong, gst=999)
    (fine,) = xero.create(second=invoice("HH-2", cent_off))
    assert fine.reason is None


def test_a_value_the_sdk_refuses_holds_only_its_document(xero: LedgerWorld) -> None:
    answers = xero.create(long=card("HH-1", "x" * 300), good=card("HH-2", "Badger (HH-2)"))
    assert [a.verdict for a in answers] == [Verdict.REFUSED, Verdict.DELIVERED]
    assert answers[0].reason is not None
    assert answers[0].reason.code == "refused:invalid-value"


def test_an_odd_email_address_is_left_out(xero: LedgerWorld) -> None:
    (answer,) = xero.create(contact=card(email="olive at otter"))
    assert answer.verdict is Verdict.DELIVERED


def test_an_allocation_is_not_possible_on_a_deleted_credit(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    xero.create(invoice=invoice())
    (gone,) = xero.send(replace_external(xero, "ffffffff-0000-0000-0000-000000000001"))
    assert gone.verdict is Verdict.REPLAN


def replace_external(xero: LedgerWorld, external: str):  # type: ignore[no-untyped-def]
    out = xero.out(Op.DELETE, "receipt", receipt())
    return replace(out, key=replace(out.key, external_id=external))
