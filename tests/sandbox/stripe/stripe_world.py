"""A Stripe sandbox reached in process under a clock the test moves, and short ways to act in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from connectors.sandbox.shells import InProcessTransport, deliver_due
from connectors.sandbox.stripe import SANDBOX
from connectors.sandbox.stripe.state import DEFAULT_KEY
from connectors.sandbox.wire import OutgoingHook

MONDAY = datetime(2026, 10, 5, 1, 0, tzinfo=UTC)


class ManualClock:
    """Time that only the test moves."""

    def __init__(self) -> None:
        self.at = MONDAY

    def now(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


class World:
    """One sandbox with its default account."""

    def __init__(self, settings: Mapping[str, Any], path: Path | None = None) -> None:
        self.clock = ManualClock()
        self.state = SANDBOX.open(path, 0, settings)
        self.http = httpx.Client(
            transport=InProcessTransport(SANDBOX, self.state, self.clock), base_url="http://stripe.test"
        )
        self.http.post("/__control__/limits", json={"second": 100_000})
        self.key = DEFAULT_KEY
        self.received: list[OutgoingHook] = []
        self.answers: list[int | None] = []

    def close(self) -> None:
        self.http.close()
        self.state.close()

    def call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **form: Any
    ) -> httpx.Response:
        """One call; `form` values are already in brackets: `**{"metadata[a]": "b"}`."""
        sent = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        if method == "GET":
            return self.http.request(method, f"/v1/{path}", params=form, headers=sent)
        return self.http.request(method, f"/v1/{path}", data=form, headers=sent)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.call("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, headers: Mapping[str, str] | None = None, **form: Any) -> Any:
        answer = self.call("POST", path, headers, **form)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, path: str, status: int = 400, **form: Any) -> Any:
        """The error object of a call that must be refused."""
        answer = self.call(method, path, **form)
        assert answer.status_code == status, answer.text
        return answer.json()["error"]

    def hand(self, action: str, **body: Any) -> Any:
        answer = self.http.post(f"/__control__/hands/{action}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ledger(self) -> Any:
        return self.http.get("/__control__/ledger").json()

    def session(self, cents: int = 9900, **more: Any) -> Any:
        """An open session over one line."""
        line = "line_items[0]"
        form = {
            "mode": "payment",
            "success_url": "https://clinic.example/thanks",
            f"{line}[quantity]": 1,
            f"{line}[price_data][currency]": "aud",
            f"{line}[price_data][unit_amount]": cents,
            f"{line}[price_data][product_data][name]": "Invoice HH-1001",
            "metadata[hub_invoice_id]": "inv-1",
            "payment_intent_data[metadata][hub_invoice_id]": "inv-1",
        }
        return self.post("checkout/sessions", **{**form, **more})

    def paid(self, cents: int = 9900, **how: Any) -> Any:
        """A paid session's payment, booked."""
        done = self.hand("pay_session", session=self.session(cents)["id"], **how)
        self.clock.forward(seconds=3)
        return done

    def charge(self, cents: int = 9900, method: str = "pm_card_visa") -> Any:
        """A charge of a confirmed intent, booked."""
        intent = self.post(
            "payment_intents", amount=cents, currency="aud", payment_method=method, confirm="true"
        )
        self.clock.forward(seconds=5)
        return self.get(f"charges/{intent['latest_charge']}")

    def events(self) -> list[str]:
        """Types, oldest first."""
        return [event["type"] for event in self.ledger()["events"]]

    def deliver(self) -> int:
        """Send what is due to a receiver that keeps it; answers 200, or the next of `answers`."""

        def receive(hook: OutgoingHook) -> int | None:
            self.received.append(hook)
            return self.answers.pop(0) if self.answers else 200

        return deliver_due(SANDBOX, self.state, self.clock, receive)
