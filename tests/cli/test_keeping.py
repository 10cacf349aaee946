"""`hub backup`, `hub restore`, `hub freeze`, and a copy under another name: as an operator does it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub import leases
from hub.cli.context import kernel
from tests.cli.town import LEDGER, Town, end_process


def next_process(patch: pytest.MonkeyPatch, **environment: str) -> None:
    """The commands that follow run with other settings."""
    end_process()
    for name, value in environment.items():
        patch.setenv(name, value)


def states(town: Town) -> dict[str, str]:
    return {c["id"]: c["state"] for c in town.ask("status")["connections"]}


def test_a_restored_hub_asks_for_a_reconnect_when_its_token_is_dead(
    live: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The hub of before went on refreshing, so the refresh token in the copy is one it replaced since."""
    patient = live.patient()
    live.bill(patient, "PH1")
    live.hub("pull")
    live.hub("deliver")
    file = tmp_path / "copy.hub"
    said = live.hub("backup", str(file)).out
    assert "Keep the master key" in said
    assert live.ask("restore", str(file), "--check")["groups"] == ["harbour"]
    live.bill(patient, "PH2")
    for _ in range(2):  # the token of the copy is two behind, past the vendor's grace for the last one
        live.person("expire_tokens")
        live.hub("pull")
        live.bill(patient, "PH2")
        live.hub("pull")
        live.hub("deliver")
    posted = set(live.posted())
    live.person("expire_tokens")

    assert "backup:exists" in live.hub("backup", str(file), code=2).err
    assert "restore:not-empty" in live.hub("restore", str(file), "--why", "w", code=2).err
    next_process(monkeypatch, HUB_HOME=str(tmp_path / "second"))
    assert "no-reason" in live.hub("restore", str(file), code=2).err
    restored = live.ask("restore", str(file), "--why", "the disk died")
    assert restored["restored"]
    assert states(live)[LEDGER] == "frozen"
    live.hub("pull")
    live.hub("freeze", "--off", "--why", "the hub of before is gone")
    live.hub("deliver", code=1)
    assert states(live)[LEDGER] == "reconnect needed"
    assert set(live.posted()) == posted

    tenant = live.setup.xero_tenant_id
    made = live.person("grant", client_id=live.setup.xero_client_id, tenants=[tenant])
    live.hub("connect", LEDGER, stdin=json.dumps({**live.grant, "refresh_token": made["refresh_token"]}))
    live.forget_requests()
    live.hub("deliver")
    assert set(live.posted()) == posted
    assert live.writes() == []


def test_a_copy_under_another_name_posts_nothing_until_a_person_says_so(
    live: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    patient = live.patient()
    live.bill(patient, "PH1")
    live.hub("pull")
    file = tmp_path / "copy.hub"
    live.hub("backup", str(file))
    next_process(monkeypatch, HUB_HOME=str(tmp_path / "tests"), HUB_ENVIRONMENT="staging")
    live.hub("restore", str(file), "--why", "a copy for tests")
    assert states(live)[LEDGER] == "frozen"
    assert "opened as 'staging', made as 'production'" in live.hub("status").out
    why = {row["reason"] for row in live.ask("audit", "list", "--action", "freeze")}
    assert "opened as 'staging', made as 'production'" in why
    live.bill(patient, "PH2")
    live.hub("pull")
    assert len([s for s in live.ask("plan")["steps"] if s["kind"] == "invoice"]) == 2
    live.hub("deliver")
    assert live.writes() == []
    pending = [d for d in live.ask("deliveries", "list") if d["state"] == "pending"]
    assert [d["kind"] for d in pending] == ["contact"]  # planned, and what it stands on comes first
    live.hub("freeze", "--off", code=2)
    live.hub("freeze", "--off", "--why", "this organisation is a demo company")
    live.hub("deliver")
    assert set(live.posted()) == {"HH-10001", "HH-10002"}


def test_a_look_under_another_name_does_not_stop_what_runs(
    live: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody looks at the running hub from a shell without its environment."""
    store = kernel().store
    assert leases.take(store, leases.UP, "somewhere 1 - -", 60.0) is not None
    next_process(monkeypatch, HUB_ENVIRONMENT="staging")
    refused = live.ask("status", code=2)
    assert (refused["error"], refused["who"]) == ("environment:in-use", "ops")
    assert "set it to production" in refused["sentence"]
    next_process(monkeypatch, HUB_ENVIRONMENT="production")
    assert states(live)[LEDGER] == "open"


def test_a_database_carried_over_starts_frozen_too(
    live: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A copied file, no backup: only the name tells that it is not the one it was."""
    live.bill(live.patient(), "PH1")
    live.hub("pull")
    next_process(monkeypatch, HUB_ENVIRONMENT="staging")
    live.hub("deliver")
    assert live.writes() == []
    assert states(live)[LEDGER] == "frozen"
