"""Ten hints a minute at seeded random moments, each one changed unpaid invoice of a known contact.

Documented limits, servers that answer after 100 ms, polling on as often as the schedule does. Latency runs
from the receiver's row (`received_at`) to the outcome's (`settled_at`), both stamped inside the transaction
that writes them. CPU is that of receiver and worker, less the same minutes without hints.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx

from connectors.sandbox.life.client import hands
from connectors.sandbox.life.group import ITEMS
from hub import hints
from hub.ids import entity_id
from tests.benchmarks.clinic import (
    HINT_KEY,
    PRACTICE,
    Clinic,
    answers,
    clinic,
    invoices,
    patients,
    settle,
    wait_for,
)
from tests.benchmarks.measuring import calibration, cpu_seconds, each_ms, free_port, summary

PER_MINUTE = 10
"""Hints: each costs two calls of the ledger's sixty a minute, and polling goes on beside them."""
P95, CPU_MS = 1.0, 60.0
LATENCY = 0.1


Measured = Callable[[Clinic, list[str]], list[float]]


@dataclass
class Sender:
    """Whoever would tell the hub that an invoice changed: signs and posts as the scheme says."""

    url: str
    count: int = 0

    def __post_init__(self) -> None:
        self._client = httpx.Client(timeout=10.0)

    def send(self, invoice: str) -> None:
        self.count += 1
        body = json.dumps({"stream": "invoices", "id": invoice}).encode()
        headers = hints.sign(HINT_KEY, f"bench-{self.count}", datetime.now(UTC), body)
        answer = self._client.post(self.url, content=body, headers=headers)
        assert answer.status_code == 200, answer.status_code


def measure(
    minutes: float = 5.0, *, seed: int = 7, pull_every: float = 300.0, keep: bool = False
) -> dict[str, Any]:
    """Latency and CPU with `hub worker`."""
    with clinic(raised=False, keep=keep) as one:
        bills = prepared(one, round(PER_MINUTE * minutes))
        url = receiver(one)
        worker = one.start("worker", "worker", "--pull-every", str(pull_every), "--no-report")
        wait_for("a first pull by the worker", lambda: len(one.requests()) > 0 or _pulled(one), 30)
        pids = [one.pids["receiver"], worker]
        wait_for("rest after imports and the first pull", lambda: at_rest(pids), 180)
        idle = spent(pids, lambda: time.sleep(minutes * 60))
        sender = Sender(url)
        busy = spent(pids, lambda: play(one, bills, sender, minutes, seed))
        latencies = outcomes(one, bills)
        cost = each_ms(busy, idle, len(bills))
        figures = {
            "hints": len(bills),
            "minutes": minutes,
            **summary(latencies),
            "target_p95": P95,
            "cpu_ms_per_hint": round(cost, 1),
            "target_cpu_ms": CPU_MS,
            "calibration_ms": calibration(),
            "idle_cpu_percent": round(100 * idle / (minutes * 60), 2),
            "latencies": [round(one, 3) for one in latencies],
        }
        return {**figures, "met": figures["p95"] <= P95 and cost <= CPU_MS}


def prepared(one: Clinic, count: int) -> list[str]:
    """So many unpaid invoices of known contacts that stand at both ends; then the servers get slow."""
    owners = patients(one, count)
    bills = invoices(one, owners)
    settle(one)
    one.latency(LATENCY)
    return bills


def receiver(one: Clinic) -> str:
    """Start the receiver; the address for hints about the practice system."""
    port = free_port()
    one.start("receiver", "receiver", "--port", str(port))
    wait_for("the receiver", lambda: answers(f"http://127.0.0.1:{port}/alive"))
    return f"http://127.0.0.1:{port}/hints/{one.group}/{PRACTICE}"


def play(
    one: Clinic, bills: list[str], sender: Sender, minutes: float, seed: int, measured: Measured | None = None
) -> None:
    """Change an invoice and tell the hub, each at its moment; returns once every outcome is there."""
    measured = measured or outcomes
    rng = Random(f"hints/{seed}")
    moments = sorted(rng.uniform(0, minutes * 60) for _ in bills)
    begun = time.monotonic()
    for moment, bill in zip(moments, bills, strict=True):
        time.sleep(max(0.0, begun + moment - time.monotonic()))
        change(one, bill, rng)
        sender.send(bill)
    time.sleep(max(0.0, begun + minutes * 60 - time.monotonic()))
    wait_for("all outcomes", lambda: len(measured(one, bills)) == len(bills), 120)


def change(one: Clinic, bill: str, rng: Random) -> None:
    """Somebody at the desk puts other lines on an invoice."""
    lines = [{"billable_item_id": ITEMS[code].id} for code in ("PH1", "PH2")]
    extra = {"billable_item_id": ITEMS["RM1"].id, "unit_price_cents": 5000 + rng.randrange(5000)}
    hands(one.practice, [{"action": "edit_invoice", "invoice_id": bill, "items": [*lines, extra]}])


def outcomes(one: Clinic, bills: list[str]) -> list[float]:
    """Seconds from each received hint to the delivered change of its invoice, as far as there is one."""
    found = []
    received = dict(
        one.rows("SELECT source_id, min(received_at) FROM inbox_message WHERE stream = 'invoices' GROUP BY 1")
    )
    settled = dict(
        one.rows(
            "SELECT entity_id, max(settled_at) FROM delivery "
            "WHERE kind = 'invoice' AND op = 'update' AND state = 'delivered' GROUP BY 1"
        )
    )
    for bill in bills:
        entity = entity_id(one.group, PRACTICE, "invoice", bill)
        if bill in received and entity in settled:
            found.append((instant(settled[entity]) - instant(received[bill])).total_seconds())
    return found


def spent(pids: list[int], work: Any) -> float:
    """CPU seconds of these processes while `work` runs."""
    before = cpu_seconds(pids)
    work()
    return cpu_seconds(pids) - before


def at_rest(pids: list[int], seconds: float = 3.0) -> bool:
    """Whether these processes only wait: what they still do at the start would count as idle."""
    return spent(pids, lambda: time.sleep(seconds)) < 0.03 * seconds


def _pulled(one: Clinic) -> bool:
    return bool(one.rows("SELECT 1 FROM stream_cursor LIMIT 1"))


def instant(text: str) -> datetime:
    """An instant as SQLite keeps it, in UTC."""
    return datetime.fromisoformat(text)
