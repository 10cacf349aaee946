"""What the NDIA owes at Nookal, claimed by file: its lines say whose service it was, its visits say when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from test_nookal_books import Town

from connectors.ndis import SCHEME
from hub.canonical import ClaimState
from hub.claiming import answers, batches, catalogue, mending, money
from hub.config.model import Payer
from hub.config.schemes import ReadFrom, SchemeConfig, Service
from hub.config.store import store_config
from hub.store import claims
from mappings.claims import BILLING
from tests.support.nookal import CONNECTION, GROUP, INES, MANLY, TARGET
from tests.support.portal import ABN, PHYSIO, REGISTRATION, Portal
from tests.support.portal import catalogue as prices

NDIS, PAYER, MEMBER = "ndis", "964", "430100001"
ADA = "person:ada"
SERVED = SchemeConfig(
    id=NDIS,
    system="ndis",
    ledger=TARGET,
    bank="1001",
    write_off="207",
    settings={"registration": REGISTRATION, "abn": ABN, "region": "NSW"},
    read={CONNECTION: ReadFrom(member="line", member_pattern=r"NDIS\D*(\d{9})", day="visit")},
    services=(Service(code="505", item=PHYSIO, minutes=30),),
)


class Claiming(Town):
    """A town whose practice bills the NDIA, and whose staff claim."""

    def __init__(self, engine: Engine, home: Path) -> None:
        super().__init__(engine, home)
        self.portal = Portal(self.hub.clock.now())
        kernel = self.hub.kernel
        plugins = replace(kernel.plugins, schemes={NDIS: SCHEME}, billings={"default": BILLING})
        self.hub.kernel = replace(kernel, plugins=plugins)
        ndia = Payer(key="ndia", name="NDIA", text_contains=(f"Nookal payer {PAYER}",), scheme=NDIS)
        update = {"schemes": (SERVED,), "payers": (ndia,), "version": "claims"}
        group = kernel.config(GROUP).model_copy(update=update)
        store_config(self.hub.kernel, GROUP, group, "claims", "test")
        catalogue.import_catalogue(self.hub.kernel, GROUP, NDIS, prices(), agent=ADA)
        self.practice.hands("put", resource="payers", fields={"id": PAYER, "name": "NDIA"})
        self.portal.member(MEMBER)

    def bill(self, unit: int, *, day: str = "2026-10-05", visit: bool = True) -> dict[str, Any]:
        """An hour (two units) of a participant, for an appointment of that day."""
        line = {"service_id": "12", "name": f"Consult, NDIS {MEMBER}", "qty": 2, "unit_cents": unit}
        seen: dict[str, Any] = {}
        if visit:
            slot = {"location_id": MANLY, "practitioner_id": INES, "day": day, "start": "09:00:00"}
            who = {"patient_id": self.practice.patient, "service_id": "12"}
            seen = {"appointment_id": self.practice.hands("book", **slot, **who)["id"]}
        return self.practice.invoice(line, payer_id=PAYER, day="2026-10-08", **seen)

    def upload(self) -> None:
        """What is ready, through the portal up to its results."""
        (made,) = batches.make(self.hub.kernel, GROUP, NDIS, agent=ADA).batches
        _, data = batches.give(self.hub.kernel, GROUP, made.name, agent=ADA)
        results = self.portal.upload(made.name, data)
        answers.import_results(self.hub.kernel, GROUP, NDIS, results, agent=ADA)

    def night(self) -> None:
        advice = self.portal.night()
        assert advice is not None
        money.import_remittance(self.hub.kernel, GROUP, NDIS, advice, agent=ADA)

    def states(self) -> list[tuple[str, str, int]]:
        """(day, state, cents) of every claim."""
        with self.hub.kernel.store.read(GROUP) as unit:
            rows = claims.listed(unit, NDIS)
        return [(row.served_on.isoformat(), row.state.value, row.cents) for row in rows]

    def only(self, state: ClaimState) -> str:
        with self.hub.kernel.store.read(GROUP) as unit:
            (row,) = claims.listed(unit, NDIS, [state])
        return row.reference


@pytest.fixture
def town(quick_engine: Engine, tmp_path: Path) -> Iterator[Claiming]:
    made = Claiming(quick_engine, tmp_path / "home")
    yield made
    made.portal.close()
    made.practice.close()
    made.xero.control.close()
    made.xero.state.close()


def test_visits_are_claimed_by_their_day_and_paid_into_the_books(town: Claiming) -> None:
    whole, cut, unseen = town.bill(9500), town.bill(10500, day="2026-10-06"), town.bill(9500, visit=False)
    town.sync()
    assert town.states() == [("2026-10-05", "ready", 19000), ("2026-10-06", "ready", 21000)]
    assert town.hub.issues() == [(unseen["number"], "claim:day")]
    town.upload()
    town.night()
    town.sync()
    assert town.states() == [("2026-10-05", "paid", 19000), ("2026-10-06", "paid", 21000)]
    assert town.xero_invoices() == {
        f"NK-{whole['number']}": ("PAID", 19000, 0),
        f"NK-{cut['number']}": ("PAID", 21000, 0),
        f"NK-{unseen['number']}": ("AUTHORISED", 19000, 19000),
    }
    documents = town.xero.ledger()["documents"]
    assert [(one["total"], one["account"]) for one in documents["batch_payments"]] == [(38399, "1001")]
    (note,) = documents["credit_notes"]
    assert (note["total"], note["lines"][0]["account"]) == (1601, "207")
    assert town.holds() == []


def test_a_line_voided_and_added_again_is_claimed_anew_once_the_claim_is_taken_back(town: Claiming) -> None:
    """Nookal's way to correct an amount: the claim no longer finds its line."""
    billed = town.bill(9500)
    town.sync()
    town.upload()
    (line,) = billed["items"]
    town.practice.hands("void_item", entry_id=line["id"])
    again = {"service_id": "12", "name": f"Consult, NDIS {MEMBER}", "qty": 2, "unit_cents": 9000}
    town.practice.hands("add_item", invoice_id=billed["id"], **again)
    town.sync()
    assert town.hub.issues() == [(billed["number"], "claim:changed")]
    assert town.xero_invoices()[f"NK-{billed['number']}"] == ("AUTHORISED", 19000, 19000)
    mending.cancel(town.hub.kernel, GROUP, town.only(ClaimState.ACCEPTED), agent=ADA, why="taken back there")
    town.sync()
    assert town.xero_invoices()[f"NK-{billed['number']}"] == ("AUTHORISED", 18000, 18000)
    before = town.only(ClaimState.CANCELLED)
    made = mending.correct(town.hub.kernel, GROUP, before, agent=ADA, why="right price now")
    assert (made.item.replaces, made.item.total) == (before, 18000)


def test_what_is_billed_below_an_hour_is_claimed_to_the_minute(town: Claiming) -> None:
    half = {"service_id": "12", "name": f"Consult, NDIS {MEMBER}", "qty": 1, "unit_cents": 9701}
    slot = {"location_id": MANLY, "practitioner_id": INES, "day": "2026-10-05", "start": "09:00:00"}
    seen = town.practice.hands("book", patient_id=town.practice.patient, service_id="12", **slot)
    town.practice.invoice(half, payer_id=PAYER, day="2026-10-05", appointment_id=seen["id"])
    town.sync()
    with town.hub.kernel.store.read(GROUP) as unit:
        claim = claims.get(unit, NDIS, town.only(ClaimState.READY))
    assert claim is not None
    assert (claim.item.minutes, claim.item.unit_price, claim.item.total) == (30, 19402, 9701)
