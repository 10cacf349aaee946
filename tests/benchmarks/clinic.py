"""A clinic group to measure with: simulated servers as child processes, a hub's home, a person's hands.

It is the example group as far as it stands on one practice system, so that figures stay comparable.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx

from connectors.sandbox.life.client import HttpControl, hands
from connectors.sandbox.life.demo import LEDGER, PRACTICE, RAISED
from connectors.sandbox.life.group import ITEMS, OWN_PLACES, PRACTITIONERS
from connectors.sandbox.life.setup import Setup, before_the_story
from hub.cli.demo import flow
from hub.cli.demo.children import Children
from hub.kernel import Kernel
from hub.store import connections

MAPPING = Path(__file__).parents[2] / "mappings" / "clinics" / "example.yaml"
MONTH = "2026-10"
DAY = date(2026, 10, 12)
HINT_KEY = "whsec_bWVhc3VyaW5nLWhpbnRzLXdpdGgtYS1mYWtlLWtleQ=="
CHUNK = 200


@dataclass
class Typed:
    """What a person would type in, in the form the demo's set-up takes."""

    secrets: Mapping[str, Mapping[str, str]]
    tenants: Mapping[str, str]

    def setup(self) -> Typed:
        return self


@dataclass
class Clinic:
    """Everything a measurement needs; `hub` is this process's own kernel for asking, never for working."""

    home: Path
    children: Children
    practice: HttpControl
    ledger: HttpControl
    hub: Kernel
    group: str
    env: dict[str, str]
    pids: dict[str, int] = field(default_factory=dict)

    def start(self, name: str, *arguments: str) -> int:
        """One of the hub's own processes; its pid."""
        self.children.start(
            name, [sys.executable, "-m", "hub.cli", *arguments, "--die-with-parent"], self.env
        )
        self.pids[name] = self.children._running[name].pid
        return self.pids[name]

    def command(self, *arguments: str) -> str:
        """Run one command of the hub to its end; its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "hub.cli", *arguments],
            env={**os.environ, **self.env},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(f"hub {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the hub's database directly."""
        with sqlite3.connect(f"file:{self.home / 'hub.sqlite'}?mode=ro", uri=True, timeout=10) as db:
            return db.execute(sql, values).fetchall()

    def latency(self, seconds: float) -> None:
        """How long both servers take to answer."""
        for server in (self.practice, self.ledger):
            server.call("POST", "/__control__/limits", {"latency": seconds})

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        """What the ledger's server was asked."""
        found: list[dict[str, Any]] = self.ledger.call("GET", f"/__control__/requests?since={since}")
        return found


@contextmanager
def clinic(*, raised: bool, keep: bool = False) -> Iterator[Clinic]:
    """A fresh clinic group; `raised` lifts the servers' rate limits and our budgets with them."""
    home = Path(tempfile.mkdtemp(prefix="clinic-hub-bench-"))
    children = Children(home / "logs")
    try:
        urls = {
            PRACTICE: children.sandbox("cliniko", home / "cliniko.sqlite", seed=7),
            LEDGER: children.sandbox("xero", home / "xero.sqlite", seed=7),
        }
        practice, ledger = HttpControl.at(urls[PRACTICE]), HttpControl.at(urls[LEDGER])
        facts = before_the_story({PRACTICE: practice, LEDGER: ledger}, date(2026, 10, 1), {})
        practice.call("POST", "/__control__/clock", {"story": None})
        if raised:
            practice.call("POST", "/__control__/limits", {"per_minute": 0})
            ledger.call(
                "POST", "/__control__/limits", {"minute": 60_000, "app_minute": 60_000, "day": 1_000_000}
            )
        where = flow.place(home, urls, None)
        os.environ.update(where.env)
        hub, group = flow.open_hub(
            where, MAPPING, _typed(facts), month=MONTH, budgets=RAISED if raised else {}
        )
        yield Clinic(home, children, practice, ledger, hub, group, dict(where.env))
    finally:
        children.stop()
        if not keep:
            shutil.rmtree(home, ignore_errors=True)


def _typed(facts: Setup) -> Typed:
    practice = {**facts.secrets[PRACTICE], "hint_key": HINT_KEY}
    return Typed({**facts.secrets, PRACTICE: practice}, facts.tenants)


def patients(one: Clinic, count: int) -> list[str]:
    """Register so many patients; their ids."""
    return _chunks(
        one,
        [
            {"action": "create_patient", "first_name": f"Probe{n:04d}", "last_name": "Benchmarkson"}
            for n in range(count)
        ],
    )


def invoices(one: Clinic, owners: list[str], items: int = 2) -> list[str]:
    """One unpaid invoice for each patient, spread over the locations; their ids."""
    lines = [{"billable_item_id": ITEMS[code].id} for code in ("PH1", "PH2", "RM1")[:items]]
    return _chunks(
        one,
        [
            {
                "action": "create_invoice",
                "patient_id": owner,
                "business_id": OWN_PLACES[n % 3].id,
                "practitioner_id": PRACTITIONERS[(n % 3) * 4].id,
                "issue_date": DAY.isoformat(),
                "items": lines,
            }
            for n, owner in enumerate(owners)
        ],
    )


def pay(one: Clinic, owners: list[str], bills: list[str]) -> None:
    """Pay each invoice in full at its location by the first method."""
    totals = {row["id"]: row["total_cents"] for row in _bills(one, bills)}
    _chunks(
        one,
        [
            {
                "action": "take_payment",
                "patient_id": owner,
                "business_id": OWN_PLACES[n % 3].id,
                "sources": [{"method": "EFTPOS", "cents": totals[bill]}],
                "allocations": [{"invoice_id": bill, "cents": totals[bill]}],
                "paid_at": f"{DAY.isoformat()}T15:00:00+11:00",
            }
            for n, (owner, bill) in enumerate(zip(owners, bills, strict=True))
        ],
    )


def _bills(one: Clinic, bills: list[str]) -> list[dict[str, Any]]:
    found = []
    for start in range(0, len(bills), CHUNK):
        touched = [{"action": "edit_invoice", "invoice_id": bill} for bill in bills[start : start + CHUNK]]
        found += hands(one.practice, touched)
    return found


def import_reports(one: Clinic) -> None:
    """Save the payment report of each location at the practice system and import it."""
    config = one.hub.config(one.group)
    for place in OWN_PLACES:
        path = f"/__control__/report?kind=payment_summary&business_id={place.id}&from={DAY}&to={DAY}"
        answer = one.practice.call("GET", path)
        data = answer if isinstance(answer, bytes) else str(answer).encode()
        found = config.location_of(PRACTICE, place.id)
        assert found is not None
        flow.import_payments(one.hub, one.group, PRACTICE, found.key, DAY, DAY, data, agent="bench")


def settle(one: Clinic) -> None:
    """Pull everything and deliver until nothing is due, in this process."""
    flow.pull_until_quiet(one.hub, one.group, PRACTICE)
    flow.settle(one.hub, one.group)


def secrets_of(one: Clinic, connection: str) -> dict[str, str]:
    with one.hub.store.read(one.group) as unit:
        return connections.secret(unit, connection)


def wait_for(what: str, ready: Any, seconds: float = 60.0) -> None:
    """Wait until `ready()`; for set-up only, nothing is measured here."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not within {seconds:.0f} seconds")
        time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1.0).status_code < 500
    except httpx.TransportError:
        return False


def now() -> datetime:
    return datetime.now(UTC)


def dump(figures: Mapping[str, Any]) -> str:
    return json.dumps(figures, sort_keys=True)


def _chunks(one: Clinic, actions: list[dict[str, Any]]) -> list[str]:
    found: list[str] = []
    for start in range(0, len(actions), CHUNK):
        found += [str(row["id"]) for row in hands(one.practice, actions[start : start + CHUNK])]
    return found
