"""The guarded client: bounded reads, writes never repeated, deadlines kept, nothing personal in errors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, create_engine

from hub.contracts import Budget
from hub.errors import HubError, Misconfigured, NotProcessed, OutcomeUnknown, RateLimited, ReadFailed
from hub.http import Traffic, http_factory
from hub.transport import within
from hub.world import World
from tests.support.script import Act, Scripted, Trickle
from tests.support.world import FakeClock, make_world

AGENT = {"User-Agent": "ClinicHub (tests@example.com)"}
BUDGET = Budget(5, 60)
Open = Callable[..., tuple[httpx.Client, Scripted]]


@pytest.fixture(scope="module")
def nothing() -> Engine:
    return create_engine("sqlite://")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def opened(nothing: Engine, clock: FakeClock) -> Open:
    def build(*acts: Act, traffic: Traffic | None = None) -> tuple[httpx.Client, Scripted]:
        scripted = Scripted(*acts)
        world: World = make_world(nothing, clock=clock, transports={"xero": scripted})
        factory = http_factory(world, "xero", None, BUDGET, traffic=traffic)
        return factory(base_url="http://xero.test", headers=AGENT), scripted

    return build


def answer(status: int, **headers: str) -> httpx.Response:
    return httpx.Response(status, headers=headers, json={"Message": "Jordan Canary"})


def test_reads_are_repeated_until_they_succeed(opened: Open, clock: FakeClock) -> None:
    client, scripted = opened(answer(503), httpx.ReadTimeout("x"), answer(500))
    assert client.get("/Invoices").json() == {"ok": True}
    assert len(scripted.requests) == 4
    assert clock.slept == [0.5, 1.0, 2.0]


def test_reads_give_up_after_four_tries(opened: Open) -> None:
    client, scripted = opened(*[answer(502) for _ in range(9)])
    with pytest.raises(ReadFailed, match="GET /Invoices at xero was answered with 502") as caught:
        client.get("/Invoices")
    assert caught.value.code == "read-failed:502"
    assert len(scripted.requests) == 4


def test_reads_never_last_longer_than_a_minute(opened: Open, clock: FakeClock) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        clock.advance(request.extensions["timeout"]["read"])
        raise httpx.ReadTimeout("x")

    client, _ = opened(*[slow] * 9)
    begun = clock.monotonic()
    with pytest.raises(ReadFailed):
        client.get("/Invoices")
    assert clock.monotonic() - begun <= 60


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_writes_are_sent_once(opened: Open, method: str, clock: FakeClock) -> None:
    client, scripted = opened(answer(503), answer(200))
    with pytest.raises(OutcomeUnknown):
        client.request(method, "/Invoices", json={})
    assert len(scripted.requests) == 1
    assert clock.slept == []


@pytest.mark.parametrize(
    ("error", "becomes"),
    [
        (httpx.ConnectError("x"), NotProcessed),
        (httpx.ConnectTimeout("x"), NotProcessed),
        (httpx.WriteError("x"), OutcomeUnknown),
        (httpx.WriteTimeout("x"), OutcomeUnknown),
        (httpx.ReadError("x"), OutcomeUnknown),
        (httpx.ReadTimeout("x"), OutcomeUnknown),
        (httpx.RemoteProtocolError("x"), OutcomeUnknown),
    ],
)
def test_a_failed_write_says_whether_it_may_have_happened(
    opened: Open, error: Exception, becomes: type[HubError]
) -> None:
    client, _ = opened(error)
    with pytest.raises(becomes):
        client.put("/Invoices", json={})


def test_a_write_with_half_an_answer_is_unknown(opened: Open) -> None:
    half = httpx.Response(200, headers={"content-length": "400"}, stream=httpx.ByteStream(b'{"Invoices": ['))
    client, _ = opened(half)
    with pytest.raises(OutcomeUnknown):
        client.put("/Invoices", json={})


def test_a_read_declared_as_such_is_repeated_whatever_its_method(opened: Open) -> None:
    client, scripted = opened(answer(500))
    client.post("/search", json={}, extensions={"read": True})
    assert len(scripted.requests) == 2


@pytest.mark.parametrize("status", [200, 304, 400, 401, 403, 404, 422, 501])
def test_other_answers_are_the_connectors_business(opened: Open, status: int) -> None:
    client, _ = opened(answer(status), answer(status))
    assert client.get("/Invoices").status_code == status
    assert client.put("/Invoices").status_code == status


def test_short_limits_are_waited_out_by_reads(opened: Open, clock: FakeClock) -> None:
    client, scripted = opened(answer(429, **{"Retry-After": "3"}))
    assert client.get("/Invoices").status_code == 200
    assert clock.slept == [3.0]
    assert len(scripted.requests) == 2


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "60000"}, 60000),
        ({"Retry-After": "Mon, 05 Oct 2026 00:10:00 GMT"}, 600),
        ({"X-RateLimit-Reset": "1791158460"}, 60),
        ({}, 60),
        ({"Retry-After": "soon"}, 60),
    ],
)
def test_long_limits_are_raised_with_their_end(
    opened: Open, clock: FakeClock, headers: dict[str, str], seconds: int
) -> None:
    begun = clock.now()
    for method in ("GET", "PUT"):
        client, scripted = opened(answer(429, **headers))
        with pytest.raises(RateLimited) as caught:
            client.request(method, "/Invoices")
        assert caught.value.until == begun + timedelta(seconds=seconds)
        assert len(scripted.requests) == 1
    assert clock.slept == []


def test_a_trickling_server_does_not_outlast_the_deadline(opened: Open, clock: FakeClock) -> None:
    def trickle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=Trickle(1000, lambda: clock.advance(1)))

    client, _ = opened(trickle)
    begun = clock.monotonic()
    with pytest.raises(OutcomeUnknown):
        client.put("/Invoices")
    assert clock.monotonic() - begun <= 31


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_limit_is_heard_however_late_it_is_read(opened: Open, clock: FakeClock, method: str) -> None:
    """Found by simulation: a process that stood still over it called again at once."""

    def limited(request: httpx.Request) -> httpx.Response:
        clock.advance(40)
        return httpx.Response(429, headers={"Retry-After": "32"}, stream=Trickle(3, lambda: clock.advance(1)))

    client, scripted = opened(limited)
    with pytest.raises(RateLimited) as caught:
        client.request(method, "/Invoices")
    assert caught.value.until == clock.now() + timedelta(seconds=32)
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_call_lasts_no_longer_than_what_it_is_made_within(
    opened: Open, clock: FakeClock, method: str
) -> None:
    client, scripted = opened()
    with within(clock.monotonic() + 7):
        client.request(method, "/Invoices")
    assert scripted.requests[0].extensions["timeout"]["read"] == 7


def test_a_write_is_not_begun_after_the_end_of_what_it_is_made_within(opened: Open, clock: FakeClock) -> None:
    client, scripted = opened()
    with within(clock.monotonic() - 1), pytest.raises(NotProcessed):
        client.put("/Invoices")
    assert scripted.requests == []


def test_the_deadline_bounds_every_timeout(opened: Open) -> None:
    client, scripted = opened()
    client.get("/Invoices", timeout=None)
    assert scripted.requests[0].extensions["timeout"] == dict.fromkeys(
        ("connect", "read", "write", "pool"), 30.0
    )


@pytest.mark.parametrize("act", [answer(500), httpx.ReadError("Jordan Canary"), answer(429)])
def test_nothing_personal_in_errors_or_logs(opened: Open, act: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client, _ = opened(act)
    with pytest.raises(HubError) as caught:
        client.put(
            "/Invoices", params={"where": "Jordan Canary"}, headers={"X-Name": "Canary"}, json=["Canary"]
        )
    chain: BaseException | None = caught.value
    while chain is not None:
        assert "Canary" not in f"{chain} {chain!r}"
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    client.get("/Invoices", params={"where": "Jordan Canary"})
    assert "Canary" not in caplog.text


def test_a_client_must_say_who_it_is(nothing: Engine) -> None:
    factory = http_factory(make_world(nothing, transports={"x": Scripted()}), "x", None, BUDGET)
    with pytest.raises(Misconfigured, match="User-Agent"):
        factory(base_url="http://x.test", headers={})


def test_a_wrong_address_is_a_configuration_fault(nothing: Engine) -> None:
    real = httpx.HTTPTransport()
    factory = http_factory(make_world(nothing, transports={"x": real}), "x", None, BUDGET)
    client = factory(base_url="ftp://x.test", headers=AGENT)
    for method in ("GET", "PUT"):
        with pytest.raises(Misconfigured, match="https://"):
            client.request(method, "/")
    real.close()


@pytest.mark.parametrize(
    "path", ["/Invoices?page=2", "Invoices?page=2", "http://xero.test/api/Invoices?page=2"]
)
@pytest.mark.parametrize("base", ["http://xero.test/api", "http://xero.test/api/"])
def test_paths_lie_below_the_base_url(nothing: Engine, base: str, path: str) -> None:
    scripted = Scripted()
    world = make_world(nothing, transports={"xero": scripted})
    http_factory(world, "xero", None, BUDGET)(base_url=base, headers=AGENT).get(path)
    assert str(scripted.requests[0].url) == "http://xero.test/api/Invoices?page=2"


def test_a_vendors_cookie_is_not_sent_back_and_its_redirect_not_followed(opened: Open) -> None:
    away = {"location": "http://elsewhere.test/", "set-cookie": "session=1; Path=/"}
    client, scripted = opened(httpx.Response(302, headers=away))
    assert client.get("/Invoices").status_code == 302
    client.get("/Invoices")
    assert [request.url.host for request in scripted.requests] == ["xero.test"] * 2
    assert "cookie" not in scripted.requests[1].headers


def test_headers_of_a_request_replace_the_clients(opened: Open) -> None:
    client, scripted = opened()
    client.get("/Invoices", headers={"accept": "application/pdf"})
    client.get("/Invoices")
    first, second = (request.headers for request in scripted.requests)
    assert first.get_list("accept") == ["application/pdf"]
    assert second["accept"] == "*/*"
    assert first["user-agent"] == AGENT["User-Agent"]


def test_authentication_may_ask_for_the_call_again(nothing: Engine) -> None:
    class Renewing(httpx.Auth):
        def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
            request.headers["Authorization"] = "old"
            if (yield request).status_code == 401:
                request.headers["Authorization"] = "new"
                yield request

    said: list[str] = []

    def strict(request: httpx.Request) -> httpx.Response:
        said.append(request.headers["authorization"])
        return httpx.Response(200 if said[-1] == "new" else 401)

    world = make_world(nothing, transports={"xero": httpx.MockTransport(strict)})
    client = http_factory(world, "xero", None, BUDGET)(
        base_url="http://xero.test", headers=AGENT, auth=Renewing()
    )
    assert client.get("/Invoices").status_code == 200
    assert client.get("/Invoices", auth=httpx.BasicAuth("a", "b")).status_code == 401
    assert said[:2] == ["old", "new"]
    assert said[2].startswith("Basic ")


def test_compressed_answers_are_read(opened: Open) -> None:
    import gzip

    body = gzip.compress(b'{"ok": 1}')
    headers = {"content-encoding": "gzip", "content-length": str(len(body))}
    client, _ = opened(httpx.Response(200, headers=headers, stream=httpx.ByteStream(body)))
    assert client.get("/Invoices").json() == {"ok": 1}


def test_traffic_is_counted(opened: Open) -> None:
    traffic = Traffic()
    client, _ = opened(answer(500), traffic=traffic)
    client.get("/Invoices")
    client.put("/Invoices", json={"a": 1})
    assert traffic.requests == 3
    assert traffic.statuses == {500: 1, 200: 2}
    assert traffic.received > 0
    assert traffic.sent == len(b'{"a":1}')
