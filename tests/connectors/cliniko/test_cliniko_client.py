"""What is particular to Cliniko: keys and shards, links, filters that are ignored, switches, the probe."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from connectors.cliniko import SOURCE
from connectors.cliniko.access import access, shard_of
from connectors.cliniko.asking import query
from connectors.cliniko.probing import NATIVE_SYNC
from connectors.cliniko.streams import LISTINGS, STREAMS
from connectors.sandbox.cliniko.state import SWITCHES
from hub.contracts import Ask, SourceClient
from hub.errors import Misconfigured, ReadFailed, Refused
from tests.support.clinic import CONNECTION, GROUP, TARGET, Clinic, Hub, connected

SETTINGS = {"settings": {"contact": "ops@example.com"}}
INVOICES = next(stream for stream in STREAMS if stream.name == "invoices")
Answer = Callable[[httpx.Request], httpx.Response]


def opened(answer: Answer, config: Mapping[str, Any] = SETTINGS, key: str = "abc-def-au2") -> SourceClient:
    def http(*, base_url: str, headers: Mapping[str, str], auth: httpx.Auth | None = None) -> httpx.Client:
        return httpx.Client(
            base_url=base_url, headers=headers, auth=auth, transport=httpx.MockTransport(answer)
        )

    return SOURCE.open(config, {"api_key": key}, http)


@pytest.mark.parametrize(
    ("key", "shard"),
    [
        ("MS0xLWFiYw-au2", "au2"),
        ("MS0x-LWFiYw-EU12", "eu12"),
        ("oldkeywithoutsuffix", "au1"),
        ("key-evil.example.com/", "au1"),
        ("key-au2.evil", "au1"),
        ("key-au123", "au1"),
        ("-au3", "au3"),
    ],
)
def test_shard_comes_from_the_end_of_the_key_and_from_nothing_else(key: str, shard: str) -> None:
    assert shard_of(key) == shard
    assert access(SETTINGS, {"api_key": key}).base_url == f"https://api.{shard}.cliniko.com"


def test_key_contact_and_address() -> None:
    found = access({**SETTINGS, "base_url": "http://127.0.0.1:9/v1/"}, {"api_key": "k-au2"})
    assert found.base_url == "http://127.0.0.1:9"
    assert found.headers["User-Agent"] == "ClinicHub (ops@example.com)"
    assert "k-au2" not in repr(found)
    for settings, secret in (
        (SETTINGS, {}),
        (SETTINGS, {"api_key": "two words"}),
        ({"settings": {}}, {"api_key": "k"}),
        ({"settings": {"contact": "nobody"}}, {"api_key": "k"}),
    ):
        with pytest.raises(Misconfigured):
            access(settings, secret)


def test_request_carries_the_key_as_user_name_and_asks_for_hidden_records() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"invoices": [], "total_entries": 0, "links": {}})

    client = opened(answer)
    client.page(INVOICES, Ask(field="updated_at", since=datetime(2026, 10, 5, 1, 2, 3, 999, UTC)), None)
    (request,) = seen
    assert request.url.host == "api.au2.cliniko.com"
    assert base64.b64decode(request.headers["Authorization"].split()[1]) == b"abc-def-au2:"
    assert request.url.params.get_list("q[]") == ["archived_at:*", "updated_at:>2026-10-05T01:02:03Z"]
    assert request.url.params["per_page"] == "100"


def test_the_link_to_the_next_page_never_leads_to_another_host() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        link = {"next": "https://evil.example/v1/invoices?page=2&q%5B%5D=archived_at%3A%2A"}
        return httpx.Response(200, json={"invoices": [], "total_entries": 0, "links": link})

    client = opened(answer)
    page = client.page(INVOICES, Ask(purpose="all"), None)
    client.page(INVOICES, Ask(purpose="all"), page.next)
    assert seen[1] == "https://api.au2.cliniko.com/v1/invoices?page=2&q%5B%5D=archived_at%3A%2A"
    outside = opened(
        lambda r: httpx.Response(200, json={"invoices": [], "links": {"next": "http://x/admin?a=1"}})
    )
    with pytest.raises(ReadFailed):
        outside.page(INVOICES, Ask(purpose="all"), None)


@pytest.mark.parametrize(
    "ask",
    [
        Ask(field="updated_at", since=datetime(2026, 10, 5, tzinfo=UTC)),
        Ask(field="id", parents=("1", "2"), purpose="parents"),
        Ask(field="status", purpose="open"),
        Ask(field="issue_date", window_from=datetime(2026, 10, 5, tzinfo=UTC).date(), purpose="window"),
    ],
)
def test_a_filter_that_was_ignored_is_noticed(ask: Ask) -> None:
    row = {"id": "9", "updated_at": "2026-09-01T00:00:00Z", "status": 20, "issue_date": "2026-09-01"}
    client = opened(lambda r: httpx.Response(200, json={"invoices": [row], "total_entries": 1, "links": {}}))
    with pytest.raises(ReadFailed, match="ignored the filter"):
        client.page(INVOICES, ask, None)


def test_amounts_never_pass_through_float() -> None:
    body = b'{"id": "7", "total_including_tax": 81.8180, "quantity": 2}'
    client = opened(lambda r: httpx.Response(200, content=body))
    assert client.fetch_one(INVOICES, "7") == {"id": "7", "total_including_tax": "81.8180", "quantity": 2}


@pytest.mark.parametrize("status", [400, 403])
def test_a_refusal_says_who_acts_and_nothing_of_theirs(status: int) -> None:
    client = opened(lambda r: httpx.Response(status, json={"message": "Canary is not filterable"}))
    with pytest.raises(Refused) as raised:
        client.page(INVOICES, Ask(purpose="all"), None)
    assert "Canary" not in str(raised.value)


def test_nested_or_endless_json_is_a_failed_read() -> None:
    for body in (b"[" * 100_000, b'{"invoices": [NaN]}', b"\xff"):
        with pytest.raises(ReadFailed):
            opened(lambda r, b=body: httpx.Response(200, content=b)).page(  # type: ignore[misc]
                INVOICES, Ask(purpose="all"), None
            )


def test_ids_of_a_batch_fit_one_address() -> None:
    ids = tuple(str(10**18 + n) for n in range(50))
    pairs = query(LISTINGS["invoice_items"], Ask(parents=ids, purpose="parents"))
    assert ("q[]", f"invoice_id:={','.join(ids)}") in pairs
    assert len(json.dumps(pairs)) < 2_000


# --- against the sandbox -----------------------------------------------------------------------------------


@pytest.fixture
def both(sqlite_engine: Engine, tmp_path: Path) -> Iterator[tuple[Hub, Clinic]]:
    with connected(sqlite_engine, tmp_path) as pair:
        yield pair


_SHAPES = [
    (name, value)
    for name, values in SWITCHES.items()
    if name not in ("native_xero", "stripe")
    for value in values[1:]
]


@pytest.mark.parametrize(("switch", "value"), _SHAPES)
def test_whatever_the_vendor_does_where_it_documents_nothing(
    both: tuple[Hub, Clinic], switch: str, value: Any
) -> None:
    """Edit, archive and pay once under each switch: the canonical values are the same."""
    hub, clinic = both
    clinic.control("switches", **{switch: value})
    edited, archived, paid = clinic.invoice(9500), clinic.invoice(9500), clinic.invoice(4400)
    hub.sync()
    clinic.clock.advance(3600)
    items = [
        {"product_id": "77", "unit_price_cents": 4400},
        {"billable_item_id": "301", "unit_price_cents": 100},
    ]
    clinic.hands("edit_invoice", invoice_id=edited["id"], items=items)
    clinic.hands("archive_invoice", invoice_id=archived["id"])
    clinic.pay(4400, (paid["id"], 4400))
    hub.sync(nightly=True)
    shown = {i.source.source_id: (i.total, str(i.status)) for i in hub.all("invoice")}
    assert shown == {
        edited["id"]: (4500, "open"),
        archived["id"]: (9500, "removed"),
        paid["id"]: (4400, "paid"),
    }
    assert hub.issues() == []


def test_native_sync_stops_posting_until_a_person_confirms_it_is_off(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    with connected(sqlite_engine, tmp_path, sandbox={"switches": {"native_xero": True}}) as (hub, clinic):
        made = clinic.invoice(9500)
        hub.sync()
        assert hub.issues() == [(CONNECTION, NATIVE_SYNC)]
        assert hub.get("invoice", made["id"]).total == 9500
        with hub.kernel.store.read(GROUP) as unit:
            from hub.store import connections

            assert connections.state(unit, TARGET).frozen
            assert not connections.state(unit, CONNECTION).frozen


def test_native_sync_confirmed_off_is_no_reason(sqlite_engine: Engine, tmp_path: Path) -> None:
    with connected(
        sqlite_engine,
        tmp_path,
        sandbox={"switches": {"native_xero": True}},
        native_sync_confirmed_off=(CONNECTION,),
    ) as (hub, _):
        hub.sync()
        assert hub.issues() == []
        assert hub.kernel.source(GROUP, CONNECTION)[1].probe() == ()


@pytest.mark.parametrize("role", ["practitioner", "scheduler"])
def test_a_key_that_sees_a_part_of_the_clinic_is_refused(both: tuple[Hub, Clinic], role: str) -> None:
    hub, clinic = both
    clinic.hands("put", resource="users", fields={"id": "1002", "role": role})
    found = hub.kernel.source(GROUP, CONNECTION)[1].probe()
    assert "cliniko:role" in {reason.code for reason in found}
