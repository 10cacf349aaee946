"""A few invoices' life at Nookal, through the hub into Xero: both books agree, without any import."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from connectors.xero import TARGET as XERO
from hub import deliver, normalise, reconcile
from hub.config.model import ConnectionConfig, Entry, Tables
from hub.store import connections
from mappings.documents import RENDERER
from tests.connectors.xero.ledger_world import LedgerWorld
from tests.support.nookal import CONNECTION, GROUP, INES, MANLY, TARGET, Hub, Practice, config, open_hub
from tests.support.office import FakeRenderer, Office

TABLES = Tables(
    items=(
        Entry(key="505", value={"account": "200"}),
        Entry(key="BAND", value={"account": "203"}),
        Entry(key="Class", value={"account": "203"}),
    ),
    taxes=(
        Entry(key="none", value={"tax_type": "EXEMPTOUTPUT"}),
        Entry(key="GST@10", value={"tax_type": "OUTPUT"}),
    ),
    methods=(
        Entry(key="EFTPOS", value={"kind": "money", "account": "1101"}, location="manly"),
        Entry(key="Cash", value={"kind": "money", "account": "1103"}, location="manly"),
        Entry(key="Account Credit", value={"kind": "credit_use"}),
    ),
    suppliers=(Entry(key=INES, value={"supplier": "clinic"}),),
    write_offs=(Entry(key="Adjustment", value={"account": "207"}),),
)


class Town:
    """A practice on Nookal and its organisation in Xero, with the hub between them."""

    def __init__(self, engine: Engine, home: Path, **switches: Any) -> None:
        self.xero = LedgerWorld()
        self.practice = Practice(self.xero.clock, switches=switches)
        target = ConnectionConfig(
            id=TARGET,
            system="xero",
            role="target",
            base_url=self.xero.config["base_url"],
            tenant=self.xero.config["tenant"],
            budget={"per_minute": 1000},
        )
        group = config(target, tables=TABLES)
        place = group.locations[0].model_copy(update={"tracking": {"Location": "Geelong"}})
        self.hub: Hub = open_hub(
            engine,
            home,
            self.practice,
            group.model_copy(update={"locations": (place,)}),
            targets={"xero": XERO},
            transports={TARGET: self.xero.transport},
            renderer=RENDERER,
        )
        with self.hub.kernel.store.write(GROUP) as unit:
            connections.store_secret(unit, TARGET, "xero", "target", self.xero.secret)

    def sync(self, *, nightly: bool = False) -> None:
        """Pull, interpret, deliver until nothing is due."""
        self.hub.clock.advance(60)
        self.hub.sync(nightly=nightly)
        for _ in range(40):
            report = deliver.deliver(
                self.hub.kernel, GROUP, TARGET, self.hub.clock.now() + timedelta(hours=1)
            )
            if report.next_due is None:
                return
            self.hub.clock.advance(max((report.next_due - self.hub.clock.now()).total_seconds(), 0.001))
        raise AssertionError("it never came to rest")

    def holds(self) -> list[tuple[str, str]]:
        kernel = self.hub.kernel
        office = Office(kernel, FakeRenderer(), self.hub.clock, kernel.connection(GROUP, TARGET))
        return office.holds()

    def xero_invoices(self) -> dict[str, tuple[str, int, int]]:
        """Number -> (status, total, due)."""
        return {
            i["InvoiceNumber"]: (i["Status"], round(i["Total"] * 100), round(i["AmountDue"] * 100))
            for i in self.xero.look("Invoices")
        }

    def received(self) -> dict[str, int]:
        """Cents per clearing account, as the ledger's own trial balance has them."""
        balance = self.xero.ledger()["trial_balance"]
        return {code: balance.get(code, 0) for code in ("1101", "1103")}

    def taken(self) -> dict[str, int]:
        """Cents per method that the practice really took, refunds deducted."""
        ledger, found = self.practice.ledger(), {"1101": 0, "1103": 0}
        account = {"EFTPOS": "1101", "Cash": "1103"}
        for kind, sign in (("payments", 1), ("credits", 1), ("refunds", -1)):
            for row in ledger[kind]:
                if not row["void"] and row["method"] in account:
                    found[account[row["method"]]] += sign * row["cents"]
        return found

    def agrees(self) -> None:
        """Every living invoice has its total and balance in Xero, every method its money, to the cent."""
        mine = {
            f"NK-{row['number']}": (row["total"], row["balance"])
            for row in self.practice.ledger()["invoices"]
            if row["number"] and not row["void"]
        }
        theirs = {
            number: (total, due)
            for number, (status, total, due) in self.xero_invoices().items()
            if status != "VOIDED"
        }
        assert theirs == mine
        assert self.received() == self.taken()
        found = reconcile.reconcile(self.hub.kernel, GROUP)
        assert (found.agrees, found.unread) == (True, ())


@pytest.fixture
def town(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Town]:
    made = Town(sqlite_engine, tmp_path / "home")
    yield made
    made.practice.close()
    made.xero.control.close()
    made.xero.state.close()


def test_invoices_paid_by_their_methods_are_in_the_books(town: Town) -> None:
    band = {"stock_id": "7", "qty": 3}
    first = town.practice.invoice({"service_id": "12"}, band, day="2026-10-05")
    town.practice.pay(first, 9800, "EFTPOS", day="2026-10-05")
    town.practice.pay(first, 3630, "Cash", day="2026-10-06")
    second = town.practice.invoice(day="2026-10-06")
    third = town.practice.invoice({"class_id": "3"}, day="2026-10-07")
    parts = [{"invoice_id": second["id"], "cents": 5000}, {"invoice_id": third["id"], "cents": 2500}]
    town.practice.hands("take_payment", parts=parts, method="EFTPOS", day="2026-10-07")
    town.sync()
    assert town.holds() == []
    town.agrees()
    assert town.xero_invoices()[f"NK-{second['number']}"] == ("AUTHORISED", 9800, 4800)


def test_edits_reversals_and_voids_follow(town: Town) -> None:
    first, second, third = (town.practice.invoice(day="2026-10-05") for _ in range(3))
    paid = [town.practice.pay(one, 9800, day="2026-10-06")["id"] for one in (first, second, third)]
    town.sync()
    town.agrees()
    town.practice.hands("add_item", invoice_id=first["id"], stock_id="7")
    town.practice.hands("void_row", kind="payments", id=paid[1])
    town.practice.hands("void_invoice", invoice_id=third["id"])
    town.sync()
    assert town.holds() == []
    town.agrees()
    assert town.xero_invoices()[f"NK-{third['number']}"][0] == "VOIDED"
    town.practice.hands("edit_row", id=paid[0], cents=11010, method="Cash")
    town.sync()
    town.agrees()


@pytest.mark.parametrize("way", ["payment", "row"])
def test_credit_received_and_used_later(sqlite_engine: Engine, tmp_path: Path, way: str) -> None:
    town = Town(sqlite_engine, tmp_path / "home", credit_use=way)
    who = {"patient_id": town.practice.patient, "location_id": MANLY}
    town.practice.hands("receive_credit", **who, method="EFTPOS", cents=15000, day="2026-10-05")
    town.sync()
    used = town.practice.invoice(day="2026-10-08")
    town.practice.hands("use_credit", invoice_id=used["id"], cents=9800, day="2026-10-08")
    town.sync()
    assert town.holds() == []
    town.agrees()
    assert [o["RemainingCredit"] for o in town.xero.look("Overpayments")] == [52.0]


def test_a_debt_given_up_is_a_credit_note_with_the_lines_own_tax(town: Town) -> None:
    mixed = town.practice.invoice({"service_id": "12"}, {"stock_id": "7", "qty": 3}, day="2026-10-05")
    town.practice.pay(mixed, 10000, day="2026-10-06")
    town.practice.hands("adjust", invoice_id=mixed["id"], cents=3430, day="2026-10-08")
    town.sync()
    assert town.holds() == []
    town.agrees()
    (note,) = town.xero.look("CreditNotes")
    assert (round(note["Total"] * 100), note["RemainingCredit"]) == (3430, 0.0)
    assert {(line["TaxType"], line["AccountCode"]) for line in note["LineItems"]} == {
        ("EXEMPTOUTPUT", "207"),
        ("OUTPUT", "207"),
    }


def test_what_cannot_be_posted_rightly_is_held_and_the_rest_goes_on(town: Town) -> None:
    odd, good = town.practice.invoice(day="2026-10-05"), town.practice.invoice(day="2026-10-05")
    town.practice.hands("spoil", kind="invoices", id=odd["id"], v3={"Balance": 200.0})
    voucher = town.practice.invoice(day="2026-10-05")
    town.practice.pay(voucher, 9800, "Gift Voucher", day="2026-10-05")
    payer = town.practice.invoice(day="2026-10-05", payer_id="962")
    draft = town.practice.invoice(day="2026-10-05", draft=True)
    town.sync()
    assert town.hub.issues() == [(odd["number"], "bundle:incomplete")]
    causes = dict(town.holds())
    assert set(causes) == {voucher["number"], payer["number"]}
    assert set(town.xero_invoices()) == {f"NK-{one['number']}" for one in (good, voucher)}
    assert draft["number"] is None
    town.practice.hands("spoil", kind="invoices", id=odd["id"])
    town.sync()
    assert town.hub.issues() == []
    assert f"NK-{odd['number']}" in town.xero_invoices()


def test_money_that_moves_no_stamp_is_found(sqlite_engine: Engine, tmp_path: Path) -> None:
    """Neither the invoice's time moves, nor do v3's dates mean modified."""
    town = Town(sqlite_engine, tmp_path / "home", payment_bumps_invoice=False, invoices_by="created")
    made = [town.practice.invoice(day="2026-10-05") for _ in range(2)]
    town.sync()
    town.practice.pay(made[0], 9800, day="2026-10-12")
    town.hub.clock.advance(3 * 86400)
    town.sync()
    town.agrees()
    town.practice.hands("void_invoice", invoice_id=made[1]["id"])
    town.sync()
    town.agrees()


def test_twice_changes_nothing(town: Town) -> None:
    town.practice.pay(town.practice.invoice(day="2026-10-05"), 9800, day="2026-10-06")
    town.sync()
    town.xero.forget_requests()
    assert town.hub.sync().bundles == 0, "an invoice and its payment wake each other"
    town.sync(nightly=True)
    assert [r for r in town.xero.requests() if r["method"] != "GET"] == []
    assert (
        normalise.normalise(
            town.hub.kernel, GROUP, CONNECTION, town.hub.clock.now() + timedelta(hours=1)
        ).changed
        == {}
    )
