"""What happens at the payment system that must leave the books as they are, and whether it did happen.

A trap that did not spring proves nothing, so each names what its system shows once it did.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from connectors.sandbox.life.client import ControlClient
from connectors.sandbox.life.nookal.group import ACCOUNT as PRACTICE
from connectors.sandbox.life.stripe.group import ACCOUNT, NUMBER

EXPIRED, TWICE, LOST = "page-expired-paid-late", "event-told-twice", "write-back-answer-lost"
LOST_CALL = {"match": {"path": "addPaymentToInvoice"}, "kind": "reset_after", "times": 1}
"""The practice system notes the payment, and its answer is lost."""


def sprung(systems: Mapping[str, ControlClient]) -> set[str]:
    """Every trap that did happen, by the systems' own word; a lost answer is known while a server runs."""
    ledger = systems[ACCOUNT].call("GET", "/__control__/ledger")
    states: dict[str, set[str]] = {}
    for page in ledger["sessions"]:
        states.setdefault(page["metadata"].get(NUMBER, ""), set()).add(page["status"])
    told = Counter((event["type"], event["data"]["object"]["id"]) for event in ledger["events"])
    found = {EXPIRED} if any(one >= {"expired", "complete"} for one in states.values()) else set()
    found |= {TWICE} if any(n > 1 for (kind, _), n in told.items() if kind == "charge.succeeded") else set()
    faults: list[dict[str, Any]] = (
        systems[PRACTICE].call("GET", "/__control__/faults") if PRACTICE in systems else []
    )
    lost = any(one["hits"] for one in faults if one["kind"] == LOST_CALL["kind"])
    return found | ({LOST} if lost else set())


def lose_answer(systems: Mapping[str, ControlClient]) -> None:
    """The next write-back takes effect, but its answer does not arrive."""
    systems[PRACTICE].call("POST", "/__control__/faults", LOST_CALL)
