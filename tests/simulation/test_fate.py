"""Aimed chaos: where a schedule may strike, and which calls are made under no lease."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import httpx
import pytest

from hub.simulation.fate import Fate, Rates, Verdict
from hub.simulation.faults import Chances, FaultPlan, Mode, Operation
from hub.simulation.manners import KEY
from hub.simulation.storage import Storage
from hub.simulation.tasks import Task
from hub.simulation.tenure import uncovered
from hub.simulation.tokens import Tokens
from hub.store.vault import Vault

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
LEASE = timedelta(seconds=90)


def task() -> Task:
    return Task("worker-0", 0, lambda: None, Random("a task"))


def test_a_process_stands_still_at_the_first_commit_after_its_write_was_struck() -> None:
    fate, one = Fate("seed", Rates(switch=0.0, struck=1.0, shortest=100.0)), task()
    assert fate.decide(one, "committed") == (Verdict.STAY, 0)
    one.struck = True
    assert fate.decide(one, "before begin") == (Verdict.STAY, 0)
    verdict, pause = fate.decide(one, "committed")
    assert verdict is Verdict.FREEZE
    assert pause >= 100_000
    assert fate.decide(one, "committed") == (Verdict.STAY, 0)


def test_a_process_dies_only_at_the_kinds_of_points_that_are_named() -> None:
    fate, one = Fate("seed", Rates(die=1.0, points=frozenset({"committed"}))), task()
    assert fate.decide(one, "answered")[0] is not Verdict.DIE
    assert not fate.dies(one, "before commit")
    assert fate.decide(one, "committed")[0] is Verdict.DIE


def test_a_process_dies_at_the_commit_that_should_keep_what_it_read() -> None:
    fate, one = Fate("seed", Rates(heard=1.0)), task()
    one.heard = 2
    assert fate.decide(one, "committed")[0] is not Verdict.DIE
    assert not fate.dies(one, "before commit")
    assert fate.decide(one, "committed")[0] is Verdict.DIE
    assert fate.decide(one, "committed")[0] is not Verdict.DIE


def test_only_calls_of_the_named_modes_are_struck() -> None:
    plan = FaultPlan("seed", Chances(1.0, ("429 seconds",), modes=frozenset({Mode.WRITE})), ())
    assert plan.strike(Operation("ledger", "payment.create", Mode.WRITE)) is not None
    assert plan.strike(Operation("ledger", "look", Mode.READ)) is None


def test_a_token_may_be_used_from_its_commit_on() -> None:
    storage, vault = Storage(), Vault("harbour", bytes(32), Random("vault"))
    storage.peek("create table oauth_grant (id, version, token_enc)")
    tokens = Tokens(storage, vault, {"ledger"})
    call = httpx.Request("GET", "http://ledger.test/Invoices", headers={"authorization": "Bearer new"})
    tokens.committed()
    assert tokens.unkept("practice", call) is None  # its key is no token of a grant
    assert tokens.unkept("ledger", call) == "ledger was called with a token that is not kept: GET /Invoices"
    for version, token in enumerate(("new", "newer")):
        storage.peek("delete from oauth_grant")
        sealed = vault.seal("oauth_grant", "token_enc", "ledger", token)
        storage.peek("insert into oauth_grant values ('ledger', ?, ?)", version, sealed)
        tokens.committed()
    assert tokens.unkept("ledger", call) is None  # it was kept once, and another process uses it still
    storage.close()


@pytest.mark.parametrize(
    ("leased", "seconds", "wrong"),
    [
        (NOON + LEASE, 90, None),
        (NOON + LEASE, 100, "PUT /Payments may last 10 s longer than its lease"),
        (None, 90, None),  # another process, whose clock is ahead, took it back
        (None, 95, "PUT /Payments may last 5 s longer than its lease"),
    ],
)
def test_a_call_must_be_covered_by_the_lease_of_its_latest_batch(
    leased: datetime | None, seconds: int, wrong: str | None
) -> None:
    storage = Storage()
    storage.peek("create table batch (id, idempotency_key, started_at)")
    storage.peek("create table delivery (batch_id, lease_until)")
    for id_, started in (("limited", NOON - LEASE), ("latest", NOON)):
        storage.peek("insert into batch values (?, 'key', ?)", id_, started.isoformat(" ")[:19])
    if leased is not None:
        storage.peek("insert into delivery values ('latest', ?)", leased.isoformat(" ")[:19])
    request = httpx.Request("PUT", "http://ledger.test/Payments", headers={KEY: "key"})
    assert uncovered(storage, request, NOON + timedelta(seconds=seconds), LEASE) == wrong
    storage.close()


def test_a_request_without_a_batch_needs_no_lease() -> None:
    storage = Storage()
    storage.peek("create table batch (id, idempotency_key, started_at)")
    storage.peek("create table delivery (batch_id, lease_until)")
    assert uncovered(storage, httpx.Request("GET", "http://ledger.test/"), NOON, LEASE) is None
    storage.close()
