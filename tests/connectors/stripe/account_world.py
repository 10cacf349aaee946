"""One Stripe account behind the hub's own HTTP client, and the people who pay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import create_engine

from connectors.sandbox.shells_inprocess import InProcessTransport
from connectors.sandbox.stripe import SANDBOX
from connectors.sandbox.stripe.state import DEFAULT_KEY
from connectors.stripe import SOURCE
from connectors.stripe.client import StripeClient
from hub import paying
from hub.contracts import Budget, Stream
from hub.documents import PaymentRequest
from hub.http import http_factory
from tests.support.world import START, FakeClock, make_world

BASE = "http://stripe.test"
READER = "rk_test_reader_canary"
READS = ("charge", "refund", "dispute", "checkout_session", "payout", "balance_transaction_source", "event")
PMS = "harbour-nookal"


def request(number: str = "HH-1001", cents: int = 9900, **more: Any) -> PaymentRequest:
    """A request for what is open on an invoice."""
    values: dict[str, Any] = {
        "pms": PMS,
        "invoice": "514810",
        "location": "7",
        "patient": "88",
        "currency": "AUD",
        "expires": START + timedelta(hours=23),
        **more,
    }
    return PaymentRequest(number=number, amount=cents, **values)


@dataclass(frozen=True)
class Tokens:
    """A token store that knows one key."""

    key: str = DEFAULT_KEY

    def access_token(self, *, stale: str | None = None) -> str:
        return self.key


class StripeWorld:
    """The sandbox, a clock, hands, and clients of ours."""

    def __init__(self, clock: FakeClock | None = None, **settings: Any) -> None:
        self.clock = clock or FakeClock(START)
        self.state = SANDBOX.open(None, 0, settings)
        self.transport = InProcessTransport(SANDBOX, self.state, self.clock)
        self.world = make_world(
            create_engine("sqlite://"), clock=self.clock, transports={"stripe": self.transport}
        )
        self.control = httpx.Client(transport=self.transport, base_url=BASE)
        self.control.post("/__control__/limits", json={"second": 100_000})
        self.hand("add_key", key=READER, permissions=dict.fromkeys(READS, "read"))
        self.client = self.open(READER)

    def close(self) -> None:
        self.control.close()
        self.world.engine.dispose()
        self.state.close()

    def http(
        self, *, base_url: str, headers: Mapping[str, str], auth: httpx.Auth | None = None
    ) -> httpx.Client:
        """The kernel's own client builder, so that its deadline, retries and errors are in the test."""
        build = http_factory(self.world, "stripe", None, Budget(4, 600))
        return build(base_url=base_url, headers=headers, auth=auth)

    def open(self, key: str = READER) -> StripeClient:
        return SOURCE.open({"base_url": BASE}, {"api_key": key}, self.http)

    def stream(self, name: str) -> Stream:
        return next(stream for stream in SOURCE.streams if stream.name == name)

    def hand(self, action: str, **body: Any) -> Any:
        answer = self.control.post(f"/__control__/hands/{action}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, **fault: Any) -> None:
        assert self.control.post("/__control__/faults", json=fault).status_code == 200

    def calls(self) -> list[str]:
        """Paths of the API calls so far."""
        return [row["path"] for row in self.control.get("/__control__/requests").json()]

    def ledger(self) -> Any:
        return self.control.get("/__control__/ledger").json()

    def post(self, path: str, **form: Any) -> Any:
        answer = self.control.post(f"/v1/{path}", data=form, auth=(DEFAULT_KEY, ""))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def session(self, asked: PaymentRequest | None = None) -> str:
        """An open session with the keys of a request; without one it is somebody else's."""
        line = "line_items[0]"
        form: dict[str, Any] = {
            "mode": "payment",
            "success_url": "https://clinic.example/",
            f"{line}[price_data][currency]": "aud",
            f"{line}[price_data][unit_amount]": asked.amount if asked else 4000,
            f"{line}[price_data][product_data][name]": "Invoice",
        }
        if asked is not None:
            for name, value in paying.write(asked, "doc", "mark").items():
                form[f"metadata[{name}]"] = form[f"payment_intent_data[metadata][{name}]"] = value
        return str(self.post("checkout/sessions", **form)["id"])

    def paid(self, asked: PaymentRequest | None = None, **how: Any) -> str:
        """A paid session's charge, booked."""
        done = self.hand("pay_session", session=self.session(asked), name="Olive Canary-Otter", **how)
        self.clock.advance(3)
        return str(done["charge"])

    def until(self, day: int, hour: int = 12) -> datetime:
        """Let time pass until a day of the month."""
        at = self.clock.now().replace(day=day, hour=hour)
        self.clock.advance((at - self.clock.now()).total_seconds())
        self.control.get("/__control__/ledger")
        return at
