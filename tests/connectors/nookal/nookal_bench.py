"""Nookal as the suites command it: the sandbox's account, and what its people do to each kind of record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from connectors.nookal import SOURCE, TARGET
from connectors.sandbox.nookal.state import BASIC_KEY
from hub.documents import DocKind, Document, RecordedPayment
from mappings.nookal import NORMALISER
from tests.conformance.bench import Example, TargetBench
from tests.conformance.source_bench import Hands, SourceBench
from tests.support.nookal import BASE, MANLY, SECRET, Practice
from tests.support.world import FakeClock

DAY = "2026-10-05"
CATALOGUE = ("services", "classes", "stock")
MANY_INVOICES = 40


@contextmanager
def nookal_bench() -> Iterator[SourceBench]:
    """An account with a small clinic in it. Its places keep UTC: the clock on the wall is the instant."""
    practice = Practice(FakeClock(), "UTC")
    yield SourceBench(
        source=SOURCE,
        transport=practice.transport,
        clock=practice.clock,
        secret=SECRET,
        dead={"api_key": "revoked", "basic_key": BASIC_KEY},
        hands={stream.name: hands_of(practice, stream.name) for stream in SOURCE.streams},
        connection={"base_url": BASE, "grant": "practice"},
        policy={"native_sync_confirmed_off": ("practice",)},
        private=("Canary", "Tomas"),
        normaliser=NORMALISER,
    )
    practice.close()


def hands_of(practice: Practice, stream: str) -> Hands:
    """What people do to one kind of record.

    A patient who is deleted just stops appearing, which no listing of changes tells: nobody does it here.
    """
    if stream in ("appointments", "diary"):
        return _visits(practice, words=stream == "appointments")
    if stream in ("invoices", "entries", "payments"):
        return _bills(practice, stream)
    if stream in ("credits", "refunds", "adjustments", "discounts"):
        return _money(practice, stream)
    return _records(practice, stream)


def _records(practice: Practice, stream: str) -> Hands:
    """Places, people and the catalogue, whose entries are one per location."""
    named = stream in ("practitioners", "patients")
    name, fields = ("last_name", {"first_name": "Kit"}) if named else ("name", {})
    priced = stream in CATALOGUE
    if priced:
        fields = {"locations": [MANLY], "code": "X", "price": 100}

    def put(**values: Any) -> str:
        return str(practice.hands("put", resource=stream, fields=values)["id"])

    def add(back: float) -> str:
        made = practice.hands("put", resource=stream, fields={**fields, name: "New"}, at=_at(practice, back))
        return f"{made['id']}@{MANLY}" if priced else str(made["id"])

    def edit(id: str, words: str) -> None:
        put(id=id.partition("@")[0], **{name: words})

    def remove(id: str) -> None:
        put(id=id.partition("@")[0], locations=[])

    return Hands(add, edit, remove if priced else None)


def _visits(practice: Practice, *, words: bool) -> Hands:
    """An appointment is the same in both APIs; only v2 says when it was changed."""

    def add(back: float) -> str:
        visit = {"patient_id": practice.patient, "location_id": MANLY, "service_id": "12"}
        slot = {"day": DAY, "start": "09:30:00"}
        return str(practice.hands("book", **visit, **slot, at=_at(practice, back))["id"])

    def edit(id: str, text: str) -> None:
        practice.hands("move", appointment_id=id, notes=text)

    def remove(id: str) -> None:
        practice.hands("mark", appointment_id=id, **{"as": "cancelled"})

    return Hands(add, edit if words else None, remove)


def _bills(practice: Practice, stream: str) -> Hands:
    """An invoice, one of its lines, or a payment on it."""

    def add(back: float) -> str:
        made = practice.invoice(day=DAY, at=_at(practice, back))
        if stream == "payments":
            return str(practice.pay(made, 100, day=DAY, at=_at(practice, back))["id"])
        return str(made["items"][0]["id"] if stream == "entries" else made["id"])

    edits: dict[str, Callable[[str, str], None]] = {
        "invoices": lambda id, words: _do(practice, "edit_invoice", invoice_id=id, notes=words),
        "entries": lambda id, words: _do(practice, "edit_item", entry_id=id, name=words),
        "payments": lambda id, words: _do(practice, "edit_row", id=id, method=words),
    }
    removals: dict[str, Callable[[str], None]] = {
        "invoices": lambda id: _do(practice, "void_invoice", invoice_id=id),
        "entries": lambda id: _do(practice, "void_item", entry_id=id),
        "payments": lambda id: _do(practice, "void_row", kind="payments", id=id),
    }
    return Hands(add, edits[stream], removals[stream])


def _money(practice: Practice, stream: str) -> Hands:
    """Account credit, and what corrects an invoice; only what has a method shows a text."""

    def add(back: float) -> str:
        when = {"at": _at(practice, back), "cents": 100, "day": DAY}
        if stream == "credits":
            who = {"patient_id": practice.patient, "location_id": MANLY}
            return str(practice.hands("receive_credit", **who, method="Cash", **when)["id"])
        invoice = practice.invoice(day=DAY, at=_at(practice, back))["id"]
        if stream == "refunds":
            return str(practice.hands("refund", invoice_id=invoice, method="Cash", **when)["id"])
        return str(practice.hands("adjust", invoice_id=invoice, kind=stream, **when)["id"])

    def edit(id: str, words: str) -> None:
        practice.hands("edit_row", kind=stream, id=id, method=words)

    def remove(id: str) -> None:
        practice.hands("void_row", kind=stream, id=id)

    return Hands(add, edit if stream in ("credits", "refunds") else None, remove)


def _do(practice: Practice, action: str, **payload: Any) -> None:
    practice.hands(action, **payload)


def _at(practice: Practice, back: float) -> str:
    return (practice.clock.now() - timedelta(seconds=back)).isoformat()


# --- as a target


def payment(invoice: str = "40401", amount: int = 3000, **more: Any) -> RecordedPayment:
    return RecordedPayment(invoice, date(2026, 10, 5), amount, "Stripe", "INV-20401", **more)


def on_another_invoice(content: Document, n: int) -> Document:
    """The nth copy pays another invoice: on the same one it would be another payment."""
    assert isinstance(content, RecordedPayment)
    return replace(content, invoice=str(40401 + n))


def written_bench(practice: Practice) -> TargetBench:
    """A practice with invoices of 98.00; of two equal payments on one, each has to find its own."""
    for _ in range(MANY_INVOICES):
        practice.invoice(day=DAY)

    def count(kind: DocKind) -> int:
        return len([row for row in practice.ledger()["payments"] if not row["void"]])

    first = Example("first", payment(), vary=on_another_invoice)
    second = Example(
        "second", payment(after=("first",)), refused=payment(amount=99_000), vary=on_another_invoice
    )
    return TargetBench(
        target=TARGET,
        transport=practice.transport,
        clock=practice.clock,
        secret=SECRET,
        connection={"base_url": BASE},
        examples=(second, first),
        count=count,
        is_write=lambda request: request.url.path.endswith("/addPaymentToInvoice"),
        replays=False,
    )
