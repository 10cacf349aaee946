"""A clinic group to use the command line on: two simulated servers on loopback, a home, and `hub` itself.

The servers keep real time; business dates are named by the test. What a person does is done through the
servers' control endpoints, as clinic life does it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from typer.testing import CliRunner

from connectors.sandbox.life import HttpControl
from connectors.sandbox.life.client import hands
from connectors.sandbox.life.group import ITEMS, OWN_PLACES, PLACE, TAX_IDS
from connectors.sandbox.life.setup import Setup, before_the_story
from connectors.sandbox.shells import serve
from hub.cli.app import app
from hub.cli.context import kernel
from tests.support.example import example

START = date(2026, 10, 1)
PRACTICE, LEDGER = "harbour-cliniko", "harbour-xero"
ANA, KIRA, LEV = "514810972972521901", "514810972972521911", "514810972972521912"


@dataclass(frozen=True)
class Said:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass
class Town:
    """One clinic group, its two outside systems, and a person at the keyboard."""

    home: Path
    practice: HttpControl
    ledger: HttpControl
    setup: Setup
    mapping: Path
    everything: list[str] = field(default_factory=list)
    _patients: int = 0

    # --- the keyboard

    def hub(self, *words: str, stdin: str | None = None, code: int | None = 0) -> Said:
        """Run one command; `code` is what it must end with (None: whatever)."""
        result = CliRunner().invoke(app, list(words), input=stdin, env={"COLUMNS": "110"})
        said = Said(result.exit_code, result.stdout, result.stderr)
        self.everything.append(said.text)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        if code is not None:
            assert said.code == code, f"hub {' '.join(words)} ended with {said.code}:\n{said.text}"
        return said

    def ask(self, *words: str, code: int | None = 0) -> Any:
        """The same with --json, parsed."""
        return self.hub(*words, "--json", code=code).json

    def go_live(self) -> None:
        """init, connect both: what a person does once."""
        self.hub("init", str(self.mapping))
        self.hub("connect", PRACTICE, stdin=json.dumps({"api_key": self.setup.cliniko_key}))
        self.hub("connect", LEDGER, stdin=json.dumps(self.grant))

    @property
    def grant(self) -> dict[str, str]:
        return self.setup.secrets[LEDGER]

    def sync(self) -> Any:
        """pull, import every location's report of the month, deliver."""
        self.hub("pull", code=None)
        self.import_reports()
        return self.ask("deliver")[LEDGER]

    def import_reports(self, first: date = START, last: date = date(2026, 10, 31)) -> None:
        for key in (place.key for place in OWN_PLACES):
            file = self.home / f"{key}.csv"
            file.write_bytes(self.report(key, first, last))
            self.hub(
                "import", "payments", str(file), "--location", key, "--from", first.isoformat(),
                "--to", last.isoformat(),
            )  # fmt: skip

    def causes(self) -> dict[str, list[str]]:
        """What is held: cause -> case numbers."""
        return {group["cause"]: group["numbers"] for group in self.ask("holds")}

    def configure(self, change: Any) -> None:
        """Edit the mapping as a person would and load it."""
        text = yaml.safe_load(self.mapping.read_text("utf-8"))
        change(text)
        self.mapping.write_text(yaml.safe_dump(text, sort_keys=False, allow_unicode=True), "utf-8")
        self.hub("init", str(self.mapping))

    # --- the clinic's hands

    def do(self, *actions: dict[str, Any]) -> list[dict[str, Any]]:
        return hands(self.practice, list(actions))

    def patient(self, last: str = "Testerly", **wire: Any) -> str:
        self._patients += 1
        named = {"first_name": "Abby", "last_name": last, **wire}
        return str(self.do({"action": "create_patient", **named})[0]["id"])

    def bill(
        self, patient: str, *codes: str, place: str = "geelong", day: str = "2026-10-12",
        practitioner: str | None = ANA, items: list[dict[str, Any]] | None = None, **more: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """An invoice; its answer holds id, number and total_cents."""
        who = {} if practitioner is None else {"practitioner_id": practitioner}
        lines = items or [item(code) for code in codes]
        made = {
            "action": "create_invoice",
            "patient_id": patient,
            "business_id": PLACE[place].id,
            "items": lines,
        }
        return self.do({**made, **who, "issue_date": day, "at": f"{day}T10:00:00+11:00", **more})[0]

    def pay(
        self, patient: str, invoice: dict[str, Any] | None, cents: int, method: str = "EFTPOS", *,
        place: str = "geelong", day: str = "2026-10-12",
    ) -> dict[str, Any]:  # fmt: skip
        put = [{"invoice_id": invoice["id"], "cents": cents}] if invoice else []
        paid: dict[str, Any] = {
            "action": "take_payment",
            "patient_id": patient,
            "business_id": PLACE[place].id,
        }
        paid |= {"sources": [{"method": method, "cents": cents}], "allocations": put}
        return self.do({**paid, "paid_at": f"{day}T11:00:00+11:00", "at": f"{day}T11:00:00+11:00"})[0]

    def report(self, place: str, first: date, last: date) -> bytes:
        where = f"business_id={PLACE[place].id}&from={first}&to={last}"
        answer = self.practice.call("GET", f"/__control__/report?kind=payment_summary&{where}")
        return answer if isinstance(answer, bytes) else str(answer).encode()

    # --- the bookkeeper's hands in the ledger

    def person(self, act: str, **body: Any) -> Any:
        return self.ledger.call("POST", f"/__control__/hands/{act}", body)

    def posted(self, kind: str = "invoices") -> dict[str, dict[str, Any]]:
        """Living documents of the ledger by number (payments by id)."""
        found = self.ledger.call("GET", "/__control__/ledger")["documents"][kind]
        living = [d for d in found if d["status"] in ("AUTHORISED", "PAID")]
        return {d["id"] if kind == "payments" else d["number"]: d for d in living}

    def writes(self) -> list[dict[str, Any]]:
        """Requests of the hub that wrote to the ledger, in order."""
        listed = self.ledger.call("GET", "/__control__/requests")
        return [
            r for r in listed if r["method"] in ("PUT", "POST", "DELETE") and "/connect/" not in r["path"]
        ]

    def forget_requests(self) -> None:
        self.ledger.call("DELETE", "/__control__/requests")


def item(code: str, **more: Any) -> dict[str, Any]:
    """One line at the catalogue's price."""
    entry = ITEMS[code]
    key = "product_id" if entry.product else "billable_item_id"
    return {key: entry.id, "unit_price_cents": entry.cents, **more}


def strange_tax(code: str) -> dict[str, Any]:
    return item(code, tax={"name": "Luxury levy", "rate": "15.0"})


def end_process() -> None:
    """What a command leaves to the end of its process; the next one opens the hub anew."""
    if kernel.cache_info().currsize:
        kernel().world.engine.dispose()
        for connection in (PRACTICE, LEDGER):
            kernel().world.transport(connection).close()
    kernel.cache_clear()


Begin = Callable[[HttpControl, HttpControl], Setup]


def alone(practice: HttpControl, ledger: HttpControl) -> Setup:
    """Both systems seeded, no patients, nothing billed."""
    return before_the_story({PRACTICE: practice, LEDGER: ledger}, START, {})


@contextmanager
def town(home: Path, patch: pytest.MonkeyPatch, begin: Begin = alone) -> Iterator[Town]:
    """Both servers, the environment of a hub, and a mapping file of its own."""
    from connectors.sandbox.cliniko import SANDBOX as CLINIKO
    from connectors.sandbox.xero import SANDBOX as XERO

    servers = [serve(handler, handler.open(None, 1, {})) for handler in (CLINIKO, XERO)]
    clients = [httpx.Client(base_url=server.url, timeout=60.0) for server in servers]
    practice, ledger = map(HttpControl, clients)
    setup = begin(practice, ledger)
    practice.call("POST", "/__control__/limits", {"per_minute": 0})
    ledger.call("POST", "/__control__/limits", {"minute": 60_000, "app_minute": 60_000, "day": 1_000_000})
    mapping = home / "harbour.yaml"
    text = example(PRACTICE, LEDGER)
    text = text.replace("6f1c2a4e-0000-4000-8000-00000000c0de", setup.xero_tenant_id)
    for system in ("cliniko", "xero"):
        text = text.replace(
            f"    system: {system}\n", f"    system: {system}\n    budget: {{per_minute: 60000}}\n"
        )
    mapping.write_text(text, "utf-8")
    key = home / "master.key"
    key.write_text("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
    for name, value in {
        "HUB_HOME": str(home / "hub"),
        "HUB_MASTER_KEY_FILE": str(key),
        "HUB_ENDPOINTS": json.dumps({PRACTICE: servers[0].url, LEDGER: servers[1].url}),
        "HUB_AGENT": "person:test",
    }.items():
        patch.setenv(name, value)
    kernel.cache_clear()
    try:
        yield Town(home, practice, ledger, setup, mapping)
    finally:
        end_process()
        for client in clients:
            client.close()
        for server in servers:
            server.stop()


__all__ = [
    "ANA",
    "KIRA",
    "LEDGER",
    "LEV",
    "PLACE",
    "PRACTICE",
    "TAX_IDS",
    "Said",
    "Town",
    "end_process",
    "item",
    "strange_tax",
    "town",
]
