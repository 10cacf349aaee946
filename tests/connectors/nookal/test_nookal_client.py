"""What is particular to Nookal: two APIs, one token, pages over joins, answers unlike what they seem."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from connectors.nookal import SOURCE
from connectors.nookal.probing import NATIVE_SYNC
from connectors.nookal.records import moment
from hub.contracts import Ask, Record, SourceClient
from hub.errors import Misconfigured, Missing, ReadFailed, Refused
from hub.store import connections
from tests.support.nookal import CONNECTION, GROUP, MANLY, TARGET, Hub, Practice, connected


@pytest.fixture
def world(sqlite_engine: Engine, tmp_path: Path) -> Iterator[tuple[Hub, Practice]]:
    with connected(sqlite_engine, tmp_path) as made:
        yield made


@pytest.fixture
def practice(world: tuple[Hub, Practice]) -> Practice:
    return world[1]


@pytest.fixture
def client(world: tuple[Hub, Practice]) -> SourceClient:
    return world[0].kernel.source(GROUP, CONNECTION)[1]


def listed(client: SourceClient, name: str, ask: Ask = Ask(purpose="all")) -> list[Record]:  # noqa: B008
    stream = next(s for s in SOURCE.streams if s.name == name)
    found: list[Record] = []
    after: str | None = None
    while True:
        page = client.page(stream, ask, after)
        found += page.records
        after = page.next
        if after is None:
            return found


def tokens(practice: Practice) -> int:
    rows = practice.http.get("/__control__/requests").json()
    return sum(row["path"] == "/oauth/token" for row in rows)


def test_one_token_serves_every_client_until_it_ends(world: tuple[Hub, Practice]) -> None:
    hub, practice = world
    for _ in range(3):
        listed(hub.kernel.source(GROUP, CONNECTION)[1], "invoices")
    assert tokens(practice) == 1
    practice.clock.advance(3599)  # within the minute before its end a new one is bought
    listed(hub.kernel.source(GROUP, CONNECTION)[1], "invoices")
    assert tokens(practice) == 2


@pytest.mark.parametrize("status", [401, 200])
def test_a_token_somebody_else_killed_is_renewed_once(world: tuple[Hub, Practice], status: int) -> None:
    hub, practice = world
    client = hub.kernel.source(GROUP, CONNECTION)[1]
    listed(client, "invoices")
    practice.control("switches", expired_status=status)
    practice.state.new_token(practice.clock.now())
    listed(client, "invoices")
    assert tokens(practice) == 2


def test_more_than_a_page_of_invoices_and_of_lines(practice: Practice, client: SourceClient) -> None:
    line = {"service_id": "12"}
    practice.invoice(*[line] * 205)
    many = [
        {"action": "create_invoice", "patient_id": practice.patient, "location_id": MANLY, "items": [line]}
    ]
    assert practice.http.post("/__control__/hands", json=many * 203).status_code == 200
    practice.hands("void_invoice", invoice_id="40402")
    invoices = listed(client, "invoices")
    ids = [str(row["invoiceID"]) for row in invoices]
    assert (len(ids), len(set(ids))) == (204, 204)
    lines = listed(client, "entries", Ask(parents=tuple(ids[:40]), purpose="parents"))
    assert len(lines) == 205 + 39
    assert {str(row["invoiceID"]) for row in lines} == set(ids[:40])


@pytest.mark.parametrize("switches", [
    {"single_row": "bare everywhere"}, {"no_rows": "null"}, {"v2_lists": "map"}, {"invoices_by": "created"},
])  # fmt: skip
def test_every_odd_shape_of_a_list_is_read(
    practice: Practice, client: SourceClient, switches: dict[str, Any]
) -> None:
    made = practice.invoice()
    practice.control("switches", **switches)
    assert [str(row["invoiceID"]) for row in listed(client, "invoices")] == [made["id"]]
    assert [row["ID"] for row in listed(client, "patients")] == [practice.patient]
    assert [str(row["serviceID"]) for row in listed(client, "services")] == ["12"]
    assert listed(client, "payments") == []
    assert listed(client, "refunds") == []


def test_the_second_sweep_finds_what_a_filter_by_creation_hides(
    practice: Practice, client: SourceClient
) -> None:
    made = practice.invoice(day="2026-06-01")
    practice.control("switches", invoices_by="created")
    practice.clock.advance(60)
    since = practice.clock.now()
    practice.hands("void_invoice", invoice_id=made["id"])
    assert listed(client, "invoices", Ask(field="lastModified", since=since)) == []
    swept = listed(client, "invoices", Ask(field="last_modified", since=since, purpose="sweep"))
    assert [(str(row["invoiceID"]), row["void"]) for row in swept] == [(made["id"], 1)]


@pytest.mark.parametrize(("fault", "error"), [
    ((200, '{"status": "failure", "details": {"errorCode": "L005"}}'), Refused),
    ((200, '{"status": "success", "data": {"results": []}}'), ReadFailed),
    ((200, '{"status": "success", "data": null}'), ReadFailed),
    ((404, "<html>Hold it right there!"), Refused),
    ((418, "{}"), ReadFailed),
])  # fmt: skip
def test_no_answer_of_v2_is_taken_for_no_rows(
    practice: Practice, client: SourceClient, fault: tuple[int, str], error: type[Exception]
) -> None:
    status, body = fault
    practice.control("faults", match={"path": "/production/v2/"}, kind="status", status=status, body=body)
    with pytest.raises(error):
        listed(client, "patients")


@pytest.mark.parametrize("body", [
    '{"data": {"rows": null}, "errors": [{"message": "Canary broke"}]}',
    '{"data": null}',
    '{"data": {}}',
    '{"data": {"rows": [1]}}',
])  # fmt: skip
def test_no_answer_of_v3_is_taken_for_no_rows(practice: Practice, client: SourceClient, body: str) -> None:
    practice.control("faults", match={"path": "/graphql"}, kind="status", status=200, body=body)
    with pytest.raises((ReadFailed, Refused)) as raised:
        listed(client, "invoices")
    assert "Canary" not in str(raised.value)


def test_a_denied_query_and_a_location_without_a_key_are_named(
    world: tuple[Hub, Practice], practice: Practice
) -> None:
    practice.control("access", denied=["credits"])
    client = world[0].kernel.source(GROUP, CONNECTION)[1]
    assert [reason.code for reason in client.probe()] == ["nookal:denied:credits"]
    practice.hands("put", resource="locations", fields={"id": "2", "name": "Toowong"})
    practice.control("access", denied=[], v3_locations=[MANLY])
    assert [reason.code for reason in client.probe()] == ["nookal:locations"]


def test_nobody_posts_before_somebody_said_that_the_own_link_is_off(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    with connected(sqlite_engine, tmp_path, confirmed=False) as (hub, _):
        assert [r.code for r in hub.kernel.source(GROUP, CONNECTION)[1].probe()] == [NATIVE_SYNC]
        hub.sync()
        with hub.kernel.store.read(GROUP) as unit:
            assert connections.state(unit, TARGET).frozen


def test_without_a_grant_or_a_key_it_does_not_open(world: tuple[Hub, Practice]) -> None:
    hub, _ = world
    http = hub.kernel.http(GROUP, hub.kernel.connection(GROUP, CONNECTION), SOURCE.budget)
    with pytest.raises(Misconfigured) as raised:
        SOURCE.open({}, {"api_key": "k"}, http)
    assert raised.value.code == "nookal:no-grant"


def test_a_list_an_account_lacks_is_read_as_empty(sqlite_engine: Engine, tmp_path: Path) -> None:
    with connected(sqlite_engine, tmp_path, without=["refunds"]) as (hub, practice):
        made = practice.invoice()
        practice.hands("refund", invoice_id=made["id"], method="Cash", cents=100)
        client = hub.kernel.source(GROUP, CONNECTION)[1]
        assert listed(client, "refunds") == []
        hub.sync()
        assert hub.issues() == [(made["number"], "bundle:incomplete")]


def test_single_records(practice: Practice, client: SourceClient) -> None:
    patients = next(s for s in SOURCE.streams if s.name == "patients")
    assert client.fetch_one(patients, practice.patient)["LastName"] == "Canary"
    payments = next(s for s in SOURCE.streams if s.name == "payments")
    with pytest.raises(Missing):
        client.fetch_one(payments, "55801")


@pytest.mark.parametrize(("text", "found"), [
    ("Fri Jan 31 2025 10:00:00 GMT+1000 (Australian Eastern Standard Time)", "2025-01-31T00:00:00+00:00"),
    ("Sat Feb 01 2025 02:30:00 GMT+1000 (Australian Eastern Standard Time)", "2025-01-31T16:30:00+00:00"),
    ("2026-07-06 10:04:31", "2026-07-06T10:04:31+00:00"),
    ("0000-00-00 00:00:00", None),
    (None, None),
])  # fmt: skip
def test_stamps_of_both_apis(text: str | None, found: str | None) -> None:
    read = moment(text)
    assert (read.isoformat() if read else None) == found
