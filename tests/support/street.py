"""A practice, a payment system and a ledger, with the hub between them: one clock, no sockets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine

from connectors.nookal import TARGET as NOOKAL
from connectors.sandbox.shells import deliver_due
from connectors.sandbox.shells_inprocess import InProcessTransport
from connectors.sandbox.stripe import SANDBOX as STRIPE_SANDBOX
from connectors.sandbox.stripe.state import DEFAULT_KEY
from connectors.sandbox.wire import OutgoingHook
from connectors.stripe import SOURCE as STRIPE_SOURCE
from connectors.stripe import TARGET as STRIPE_TARGET
from connectors.stripe import WEBHOOK
from connectors.xero import TARGET as XERO
from hub import asking, deliver, inbox, ingest, normalise, work
from hub.asking import Asking
from hub.config.model import Collect, ConnectionConfig, Entry, Tables
from hub.receiver import vendor_hook
from hub.store import connections
from hub.store.work_items import WorkItem
from mappings.documents import RENDERER
from mappings.stripe import NORMALISER as STRIPE_NORMALISER
from tests.connectors.xero.ledger_world import LedgerWorld
from tests.support.nookal import CONNECTION, GROUP, INES, SECRET, TARGET, Practice, config, open_hub
from tests.support.office import FakeRenderer, Office

STRIPE, WORD, CLEARING = "harbour-stripe", "Online card", "1103"
BASE = "http://stripe.test"
DAY = "2026-10-10"
TABLES = Tables(
    items=(Entry(key="505", value={"account": "200"}),),
    taxes=(Entry(key="none", value={"tax_type": "EXEMPTOUTPUT"}),),
    methods=(
        Entry(key="EFTPOS", value={"kind": "money", "account": "1101"}, location="manly"),
        Entry(key=WORD, value={"kind": "money", "account": CLEARING}, location="manly"),
    ),
    suppliers=(Entry(key=INES, value={"supplier": "clinic"}),),
)


class Cards:
    """A Stripe account and the people who pay."""

    def __init__(self, clock: Any) -> None:
        self.clock = clock
        self.state = STRIPE_SANDBOX.open(None, 0, {})
        self.transport = InProcessTransport(STRIPE_SANDBOX, self.state, clock)
        self.http = httpx.Client(transport=self.transport, base_url=BASE)
        self.http.post("/__control__/limits", json={"second": 100_000})

    def hand(self, action: str, **body: Any) -> Any:
        answer = self.http.post(f"/__control__/hands/{action}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **form: Any) -> Any:
        answer = self.http.post(f"/v1/{path}", data=form, auth=(DEFAULT_KEY, ""))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sessions(self) -> list[Any]:
        """Every page ever opened, oldest first."""
        answer = self.http.get("/v1/checkout/sessions", params={"limit": 100}, auth=(DEFAULT_KEY, ""))
        return list(reversed(answer.json()["data"]))

    def page(self) -> Any:
        """The one open page."""
        (found,) = [one for one in self.sessions() if one["status"] == "open"]
        return found

    def pay(self, page: Mapping[str, Any] | None = None) -> str:
        """The payer pays; answers the charge."""
        done = self.hand("pay_session", session=(page or self.page())["id"], name="Olive Canary-Otter")
        self.clock.advance(3)
        return str(done["charge"])

    def give_back(self, charge: str, cents: int) -> str:
        """The clinic refunds a part of a charge."""
        done = self.post("refunds", charge=charge, amount=cents)
        self.clock.advance(3)
        return str(done["id"])


class Street:
    """The hub and its three neighbours. `role`: whether the practice takes payments back (`both`) or not."""

    def __init__(self, engine: Engine, home: Path, *, role: str = "both", **switches: Any) -> None:
        self.xero = LedgerWorld()
        self.clock = self.xero.clock
        self.practice = Practice(self.clock, switches=switches)
        self.cards = Cards(self.clock)
        self.hub = open_hub(
            engine,
            home,
            self.practice,
            self.group(role),
            targets={"xero": XERO, "nookal": NOOKAL, "stripe": STRIPE_TARGET},
            transports={TARGET: self.xero.transport, STRIPE: self.cards.transport},
            renderer=RENDERER,
        )
        plugins = self.hub.kernel.plugins
        self.kernel = replace(
            self.hub.kernel,
            plugins=replace(
                plugins,
                sources={**plugins.sources, "stripe": STRIPE_SOURCE},
                normalisers={**plugins.normalisers, "stripe": STRIPE_NORMALISER},
                webhooks={"stripe": WEBHOOK},
            ),
        )
        with self.kernel.store.write(GROUP) as unit:
            connections.store_secret(unit, TARGET, "xero", "target", self.xero.secret)
            connections.store_secret(unit, CONNECTION, "nookal", role, SECRET, grant=CONNECTION)
            connections.store_secret(unit, STRIPE, "stripe", "both", {"api_key": DEFAULT_KEY})
        self.targets = [STRIPE, TARGET, *([CONNECTION] if role == "both" else [])]
        self.sync()

    def group(self, role: str, collect: Collect | None = None) -> Any:
        """The group's configuration."""
        ledger = ConnectionConfig(
            id=TARGET, system="xero", role="target", base_url=self.xero.config["base_url"],
            tenant=self.xero.config["tenant"], budget={"per_minute": 10_000},
        )  # fmt: skip
        cards = ConnectionConfig(
            id=STRIPE, system="stripe", role="both", base_url=BASE, budget={"per_minute": 10_000},
            settings={"return_url": "https://clinic.example/", "zone": "Australia/Sydney"},
        )  # fmt: skip
        made = config(ledger, cards, tables=TABLES)
        practice = made.connections[0].model_copy(update={"role": role})
        place = made.locations[0].model_copy(update={"tracking": {"Location": "Geelong"}})
        update = {
            "connections": (practice, *made.connections[1:]),
            "locations": (place,),
            "collect": collect or Collect(connection=STRIPE, methods={CONNECTION: WORD}),
        }
        return made.model_copy(update=update)

    def close(self) -> None:
        self.practice.close()
        self.xero.control.close()
        self.xero.state.close()
        self.cards.http.close()
        self.cards.state.close()

    # --- what the hub does

    def pull(self, *which: str) -> None:
        """Read these connections (all of them) and interpret what came."""
        for connection in which or (CONNECTION, STRIPE):
            until = self.clock.now() + timedelta(hours=1)
            for report in ingest.pull_connection(self.kernel, GROUP, connection, until):
                assert report.error is None, report
            normalise.normalise(self.kernel, GROUP, connection, until)

    def deliver(self, *which: str) -> None:
        """Deliver to these targets (all of them) until nothing is due in the next ten minutes."""
        for _ in range(60):
            reports = [
                deliver.deliver(self.kernel, GROUP, target, self.clock.now() + timedelta(hours=1))
                for target in which or self.targets
            ]
            due = [one.next_due for one in reports if one.next_due is not None]
            soon = [one for one in due if one < self.clock.now() + timedelta(minutes=10)]
            if not soon:
                return
            self.clock.advance(max((min(soon) - self.clock.now()).total_seconds(), 0.001))
        raise AssertionError("it never came to rest")

    def sync(self) -> None:
        """A few minutes of the hub's life: everything is read, written, and read back."""
        for _ in range(2):
            self.clock.advance(60)
            self.pull()
            self.deliver()

    def listen(self) -> None:
        """The payment system knows where to send its events, and the hub what they are signed with."""
        made = self.cards.post("webhook_endpoints", url="http://hub.test/", **{"enabled_events[]": "*"})
        with self.kernel.store.write(GROUP) as unit:
            known = {**connections.secret(unit, STRIPE), "webhook_key": made["secret"]}
            connections.store_secret(unit, STRIPE, "stripe", "both", known)

    def hear(self) -> int:
        """Let the payment system's webhooks arrive, and handle what they hint at."""

        def receive(hook: OutgoingHook) -> int:
            return vendor_hook(self.kernel, GROUP, STRIPE, hook.body, dict(hook.headers))

        heard = 0
        while sent := deliver_due(STRIPE_SANDBOX, self.cards.state, self.clock, receive):
            heard += sent
        inbox.handle(self.kernel, GROUP, self.clock.now() + timedelta(hours=1))
        return heard

    # --- what people ask for and look at

    def bill(self, *items: dict[str, Any], day: str = DAY) -> dict[str, Any]:
        """An invoice, of 98.00 where nothing else is said."""
        return self.practice.invoice(*items, day=day)

    def ask(self, invoice: Mapping[str, Any], **more: Any) -> None:
        """Somebody asks, and the page stands."""
        asking.ask(self.kernel, GROUP, str(invoice["number"]), who="person:test", why="overdue", **more)
        self.deliver(STRIPE)

    def asks(self) -> list[Asking]:
        return list(asking.listed(self.kernel, GROUP))

    def states(self) -> list[str]:
        return [one.state for one in self.asks()]

    def work(self) -> list[WorkItem]:
        return list(work.listed(self.kernel, GROUP))

    def holds(self) -> list[tuple[str, str]]:
        office = Office(self.kernel, FakeRenderer(), self.clock, self.kernel.connection(GROUP, TARGET))
        return office.holds()

    def noted(self) -> list[tuple[str, int]]:
        """(method, cents) of the practice's living payments."""
        rows = self.practice.ledger()["payments"]
        return [(row["method"], row["cents"]) for row in rows if not row["void"]]

    def receipts(self) -> list[tuple[str, int]]:
        """(account, cents) of the ledger's living receipts."""
        rows = [one for one in self.xero.look("Payments") if one["Status"] != "DELETED"]
        return sorted((one["Account"]["Code"], round(one["Amount"] * 100)) for one in rows)


__all__ = ["CONNECTION", "DAY", "GROUP", "STRIPE", "TARGET", "WORD", "Street"]
