"""A seeded Xero organisation in process and a session of the real connector over it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
from sqlalchemy import create_engine

from connectors.sandbox.shells import InProcessTransport
from connectors.sandbox.xero import SANDBOX
from connectors.xero import TARGET
from hub.contracts import Budget
from hub.documents import (
    Allocation,
    BankPayment,
    CreditNote,
    DebtorCard,
    Deposit,
    DepositPart,
    Document,
    Line,
    Overpayment,
    Receipt,
    Refund,
    SalesInvoice,
    Transfer,
    content_hash,
)
from hub.errors import ReconnectNeeded
from hub.http import http_factory
from hub.ids import mark
from hub.targets import Answer, Key, Op, Outgoing, OutgoingBatch, Seen
from tests.support.world import FakeClock, make_world

START = datetime(2026, 10, 12, 1, 2, 3, tzinfo=UTC)
KEY = b"0123456789abcdef0123456789abcdef"
BASE = "http://xero.test"
DAY = date(2026, 10, 5)
ACCOUNTS = [
    {"code": "200", "name": "Physiotherapy", "type": "REVENUE", "tax_type": "EXEMPTOUTPUT"},
    {"code": "203", "name": "Massage", "type": "REVENUE", "tax_type": "OUTPUT"},
    {"code": "207", "name": "Hydrotherapy", "type": "REVENUE", "tax_type": "EXEMPTOUTPUT"},
    {"code": "400", "name": "Rent", "type": "EXPENSE", "tax_type": "INPUT"},
    {"code": "1101", "name": "EFTPOS", "type": "BANK"},
    {"code": "1103", "name": "Cash", "type": "BANK"},
    {"code": "1105", "name": "Online card", "type": "BANK"},
    {"code": "1001", "name": "Business account", "type": "BANK"},
]


class Tokens:
    """A TokenStore over the connector's own exchange; counts the renewals."""

    def __init__(self, world: LedgerWorld) -> None:
        self._world = world
        self.access = ""
        self.renewed = 0

    def access_token(self, *, stale: str | None = None) -> str:
        if not self.access or stale == self.access:
            answer = TARGET.refresh(self._world.config, self._world.secret, self._world.http)
            self._world.secret = {**self._world.secret, "refresh_token": answer["refresh_token"]}
            self.access = answer["access_token"]
            self.renewed += 1
        return self.access


class DeadTokens:
    """A TokenStore whose grant is gone."""

    def access_token(self, *, stale: str | None = None) -> str:
        raise ReconnectNeeded("reconnect")


class LedgerWorld:
    """One organisation, its control endpoint, and the connector's session."""

    def __init__(self, **settings: Any) -> None:
        self.clock = FakeClock(START)
        self.state = SANDBOX.open(None, 0, settings)
        self.transport = InProcessTransport(SANDBOX, self.state, self.clock)
        self.world = make_world(
            create_engine("sqlite://"), clock=self.clock, transports={"xero": self.transport}
        )
        self.control = httpx.Client(transport=self.transport, base_url=BASE)
        self.control.post("/__control__/limits", json={"minute": 100_000, "day": 100_000})
        setup = self.hand(
            "setup",
            organisation={"name": "Fable & Ferret Pty Ltd", "period_lock_date": "2026-09-30"},
            accounts=ACCOUNTS,
            tracking=[{"name": "Location", "options": ["Geelong", "Richmond"]}],
            apps=[{"client_id": "app-1", "client_secret": "shh", "name": "Some Sync"}],
        )
        grant = self.hand("grant", client_id="app-1")
        self.config: dict[str, Any] = {"base_url": BASE, "tenant": setup["tenant_id"], "settings": {}}
        self.secret: Mapping[str, str] = {
            "client_id": "app-1",
            "client_secret": "shh",
            "refresh_token": grant["refresh_token"],
        }
        self.tokens = Tokens(self)
        self.session = TARGET.open(self.config, self.tokens, self.http)
        self.links: dict[str, Seen] = {}
        self.attempts = 0

    def http(
        self, *, base_url: str, headers: Mapping[str, str], auth: httpx.Auth | None = None
    ) -> httpx.Client:
        """The kernel's own client builder, so that its deadline, retries and errors are in the test."""
        build = http_factory(self.world, "xero", None, Budget(5, 60))
        return build(base_url=base_url, headers=headers, auth=auth)

    def hand(self, action: str, **body: Any) -> Any:
        answer = self.control.post(f"/__control__/hands/{action}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, **fault: Any) -> None:
        answer = self.control.post("/__control__/faults", json=fault)
        assert answer.status_code in (200, 201), answer.text

    def requests(self) -> list[dict[str, Any]]:
        return list(self.control.get("/__control__/requests").json())

    def forget_requests(self) -> None:
        self.control.delete("/__control__/requests")

    def ledger(self) -> Any:
        found = self.control.get("/__control__/ledger").json()
        assert sum(found["trial_balance"].values()) == 0
        return found

    def look(self, kind: str, where: str | None = None) -> list[dict[str, Any]]:
        return list(self.hand("look", kind=kind, where=where)["found"])

    # --- documents ---------------------------------------------------------------------------------

    def key(self, document: str, content: Document, version: int = 1, external: str | None = None) -> Key:
        """The key of a document as the kernel would make it, with what the links know."""
        digest = content_hash(KEY, content)
        known = self.links.get(document)
        related = {need: self.links[need].external_id or "" for need in content.needs() if need in self.links}
        external = external or (known.external_id if known else None)
        return Key(
            document, content.kind, content, digest, mark(KEY, document, version, digest), external, related
        )

    def out(self, op: Op, document: str, content: Document, version: int = 1) -> Outgoing:
        key = self.key(document, content, version)
        known = self.links.get(document)
        if op is Op.CREATE:
            key = replace(key, external_id=None)
        return Outgoing(f"delivery-{document}-{version}-{op}", op, key, known.extra if known else {})

    def out_of(self, content: Document) -> Outgoing:
        """A creation of a document that nobody keeps."""
        return self.out(Op.CREATE, "passing", content)

    def batch(self, *outs: Outgoing, attempt: str | None = None) -> OutgoingBatch:
        self.attempts += 1
        key = attempt or f"key-{self.attempts}"
        return OutgoingBatch(f"batch-{self.attempts}", outs[0].key.kind, outs[0].op, outs, key)

    def send(self, *outs: Outgoing) -> list[Answer]:
        """Send one batch and keep what stands now."""
        answers = list(self.session.send(self.batch(*outs)))
        for out, answer in zip(outs, answers, strict=True):
            assert answer.delivery == out.delivery
            if answer.seen is not None:
                self.links[out.key.document] = answer.seen
        return answers

    def create(self, **documents: Document) -> list[Answer]:
        return self.send(*(self.out(Op.CREATE, name, content) for name, content in documents.items()))

    def see(self, document: str, content: Document, version: int = 1, known: bool = True) -> Seen:
        key = self.key(document, content, version)
        if not known:
            key = replace(key, external_id=None)
        return self.session.observe([key])[document]

    def see_all(self, keys: Sequence[Key]) -> dict[str, Seen]:
        return dict(self.session.observe(keys))


def card(number: str = "HH-1", name: str = "Otter, Olive (HH-1)", **more: str) -> DebtorCard:
    return DebtorCard(number, name, **more)


def line(gross: int = 9500, account: str = "200", tax: str = "EXEMPTOUTPUT", gst: int = 0) -> Line:
    return Line("Physiotherapy standard", account, tax, gross, gst, "Geelong")


def invoice(number: str = "HH-1001", *lines: Line, contact: str = "contact", on: date = DAY) -> SalesInvoice:
    return SalesInvoice(number, contact, on, on, "AUD", lines or (line(),), "Olive")


def credit_note(number: str = "HH-1009", *lines: Line, on: date = DAY) -> CreditNote:
    return CreditNote(number, "contact", on, "AUD", lines or (line(),), "Olive")


def receipt(amount: int = 9500, account: str = "1101", on: date = DAY, invoice: str = "invoice") -> Receipt:
    return Receipt(invoice, account, on, amount, "EFTPOS 5 Oct HH-1001")


def refund(amount: int = 9500, on: date = DAY) -> Refund:
    return Refund("note", "1101", on, amount, "EFTPOS 5 Oct HH-1009")


def overpayment(amount: int = 5000, on: date = DAY) -> Overpayment:
    return Overpayment("contact", "1101", on, amount, "AUD", "EFTPOS 5 Oct payment 77")


def allocation(amount: int = 5000, credit: str = "credit", on: date = DAY) -> Allocation:
    return Allocation(credit, "invoice", on, amount)


def bank_payment(gross: int = 330, gst: int = 30, on: date = DAY) -> BankPayment:
    lines = (Line("Card fees", "400", "INPUT", gross, gst),)
    return BankPayment("contact", "1101", on, "AUD", lines, "Fees of payout 7")


def transfer(amount: int = 4000, on: date = DAY) -> Transfer:
    return Transfer("1101", "1103", on, amount, "Payout 7")


def deposit(*amounts: int, on: date = DAY) -> Deposit:
    parts = tuple(DepositPart(f"invoice{n or ''}", cents) for n, cents in enumerate(amounts))
    return Deposit("1103", on, parts, "Remittance 7")
