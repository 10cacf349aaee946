"""A month of clinic life pulled and imported step by step: canonical values against the clinic's records."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from connectors.sandbox.life import HttpControl, Life
from connectors.sandbox.life.group import ACCOUNT, LEDGER
from hub.canonical import CreditApplication, Evidence, Invoice, InvoiceStatus, Payment
from tests.sandbox.life.playing import Listener
from tests.support.clinic import PLACES, Hub, connected

AFTER = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
KEYS = {sid: key for key, sid in PLACES.items()}
HELD_HERE = {"record:malformed", "bundle:incomplete", "payment:vanished"}


def test_a_month_is_in_the_hub_as_the_clinic_wrote_it(sqlite_engine: Engine, tmp_path: Path) -> None:
    with connected(sqlite_engine, tmp_path, start=AFTER, people=False) as (hub, clinic):
        life = Life({ACCOUNT: HttpControl(clinic.http), LEDGER: Listener()}, seed=7, scale=0.3)
        life.setup()
        for step in range(1, life.steps + 1):
            done = life.play(step)
            hub.clock.advance(900)
            hub.sync()
            for business, first, last in done.reports:
                hub.import_(life.report_csv(business, first, last), first, last, KEYS[business])
        planted = {(p.number, p.cause) for p in life.planted() if p.cause in HELD_HERE}
        assert set(hub.issues()) == planted
        hub.planned()
        again = hub.sync()
        assert (again.changed, hub.marked()) == ({}, set())
        same_invoices(hub, life, {number for number, cause in planted if cause != "payment:vanished"})
        same_money(hub, life)


def same_invoices(hub: Hub, life: Life, unreadable: set[str]) -> None:
    here = {
        i.number: (KEYS[i.location], i.issued, i.total, [(x.code, x.gross, x.tax_cents) for x in i.lines])
        for i in hub.all(Invoice.kind)
        if i.status is not InvoiceStatus.REMOVED
    }
    there = {
        str(i.number): (i.place, i.day, i.total, [(x.code, x.gross, x.gst) for x in i.lines])
        for i in life.clinic.invoices
        if i.alive and str(i.number) not in unreadable
    }
    assert here == there
    removed = {i.number for i in hub.all(Invoice.kind) if i.status is InvoiceStatus.REMOVED}
    assert removed == {str(i.number) for i in life.clinic.invoices if i.born and i.archived}


def same_money(hub: Hub, life: Life) -> None:
    numbers = {i.source.source_id: i.number for i in hub.all(Invoice.kind)}
    here: dict[str, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    days = {}
    for payment in hub.all(Payment.kind):
        assert payment.evidence is Evidence.IMPORTED, payment.number
        days[payment.number] = (KEYS[payment.location], payment.paid_on)
        for n, source in enumerate(payment.sources):
            here[payment.number][source.method, ""] += source.amount
            for part in payment.allocations:
                if part.source == n:
                    named = numbers.get(part.invoice, part.invoice.removeprefix("number:"))
                    here[payment.number][source.method, named] += part.amount
                    here[payment.number][source.method, ""] -= part.amount
    there: dict[str, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    expected_days = {}
    for payment in life.clinic.payments:
        if not payment.alive and payment.plant != "vanished":
            continue
        expected_days[str(payment.number)] = (payment.place, payment.day)
        for method, invoice, cents in payment.shares() if payment.total > 0 else []:
            there[str(payment.number)][method, str(invoice.number) if invoice else ""] += cents
        if payment.total < 0:
            ((method, cents),) = payment.sources
            there[str(payment.number)][method, str(payment.names.number) if payment.names else ""] += cents
    assert days == expected_days
    assert {n: {k: c for k, c in parts.items() if c} for n, parts in here.items()} == {
        n: {k: c for k, c in parts.items() if c} for n, parts in there.items()
    }
    used = sorted((numbers[u.invoice], u.amount) for u in hub.all(CreditApplication.kind))
    assert used == sorted((str(u.invoice.number), u.cents) for u in life.clinic.uses if u.born)
