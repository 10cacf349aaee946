"""A group that claims: invoices put where the hub keeps them, without any system around."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from connectors.ndis import SCHEME
from hub.canonical import Claim, Invoice, InvoiceLine, InvoiceStatus, Provenance
from hub.claiming import answers, batches, catalogue, follow, mending, money
from hub.claiming.desk import desk_of
from hub.config.model import ConnectionConfig, Entry, GroupConfig, LocationConfig, Payer, Policy, Tables
from hub.config.schemes import ReadFrom, SchemeConfig, Service
from hub.config.store import store_config
from hub.ids import digest
from hub.kernel import Kernel
from hub.normalising import marking
from hub.plugins import Plugins
from hub.store import claims, entities, issues
from hub.store.claim_files import Batch
from hub.store.claims import Row
from hub.store.tables import audit_event
from mappings.claims import BILLING
from mappings.documents import RENDERER
from tests.support.portal import ABN, PHYSIO, REGISTRATION
from tests.support.portal import catalogue as prices
from tests.support.world import FakeClock

GROUP, PMS, LEDGER, NDIS = "harbour", "harbour-cliniko", "harbour-xero", "ndis"
NDIA, MEMBER = "National Disability Insurance Agency", "430100001"
DAY = date(2026, 10, 5)
SERVED = SchemeConfig(
    id=NDIS,
    system="ndis",
    ledger=LEDGER,
    bank="090",
    write_off="260",
    settings={"registration": REGISTRATION, "abn": ABN, "region": "VIC"},
    read={PMS: ReadFrom(member="remarks", member_pattern=r"NDIS\D*(\d{9})", day="issued")},
    services=(Service(code="EP1", item=PHYSIO, minutes=60),),
)


def config(scheme: SchemeConfig = SERVED) -> GroupConfig:
    return GroupConfig(
        id=GROUP,
        name="Harbour & Hills",
        currency="AUD",
        connections=(
            ConnectionConfig(id=PMS, system="cliniko", role="source", prefix="HH-"),
            ConnectionConfig(id=LEDGER, system="xero", role="target"),
        ),
        locations=(
            LocationConfig(
                key="geelong",
                name="Geelong",
                zone="Australia/Melbourne",
                source={PMS: "b1"},
                target=LEDGER,
                start=date(2026, 10, 1),
                supplier_fallback="clinic",
            ),
        ),
        tables=Tables(
            items=(Entry(key="EP1", value={"account": "204"}),),
            taxes=(Entry(key="none", value={"tax_type": "EXEMPTOUTPUT"}),),
            methods=(Entry(key="NDIS", value={"kind": "funder_lodged"}),),
            suppliers=(Entry(key="d1", value={"supplier": "clinic"}),),
        ),
        payers=(Payer(key="ndia", name=NDIA, first_line_contains=(NDIA,), scheme=NDIS),),
        policy=Policy(),
        schemes=(scheme,),
        version=digest("config", scheme.model_dump_json()),
    )


def line(source_id: str = "l1", cents: int = 19399, **more: Any) -> InvoiceLine:
    values: dict[str, Any] = {"quantity": Decimal(1), "price": cents, "code": "EP1", **more}
    code = values.pop("code")
    return InvoiceLine(
        source_id, code, "Therapy", values.pop("quantity"), cents, 0, None, price=values.pop("price")
    )


def billed(source_id: str, *lines: InvoiceLine, member: str | None = MEMBER, **more: Any) -> Invoice:
    found = lines or (line(),)
    values: dict[str, Any] = {
        "issued": DAY,
        "status": InvoiceStatus.OPEN,
        "bill_to": f"{NDIA}\nGPO Box 700",
        "remarks": f"NDIS {member}" if member else None,
        **more,
    }
    return Invoice(
        Provenance(PMS, "invoices", source_id, f"raw-{source_id}", "1"),
        number=source_id.removeprefix("i"),
        total=sum(one.gross for one in found),
        currency="AUD",
        lines=found,
        location="b1",
        patient="p1",
        practitioner="d1",
        **values,
    )


class Office:
    """People who bill and claim. Every method is one act."""

    def __init__(self, kernel: Kernel, clock: FakeClock, scheme: SchemeConfig = SERVED) -> None:
        self.clock = clock
        plugins = Plugins(
            schemes={NDIS: SCHEME}, billings={"default": BILLING}, renderers={"default": RENDERER}
        )
        self.kernel = replace(kernel, plugins=plugins)
        store_config(self.kernel, GROUP, config(scheme), "test", "test")
        self.imported = catalogue.import_catalogue(self.kernel, GROUP, NDIS, prices(), agent="person:ada")

    def bill(self, *invoices: Invoice) -> None:
        """Invoices as they were just read."""
        desk = desk_of(self.kernel, self.kernel.config(GROUP))
        assert desk is not None
        with self.kernel.store.write(GROUP) as unit:
            for one in invoices:
                change = entities.put(unit, one)
                values = [v for v in (change.old, change.new) if v is not None] if change else []
                follow.after(unit, desk, PMS, values)
                marking.mark(unit, desk.renderer, desk.config, values)

    def file(self) -> list[Batch]:
        return list(batches.make(self.kernel, GROUP, NDIS, agent="person:ada").batches)

    def up(self) -> Batch:
        """A file made and uploaded."""
        (made,) = self.file()
        return batches.uploaded(self.kernel, GROUP, made.name, agent="person:ada", why="done")

    def results(self, *rows: tuple[str, str, str]) -> answers.Results:
        """(reference, status, paid total)."""
        text = "ClaimReference,Payment Request Status,Paid Total Amount,Rejection Reason,PayReqNum\r\n"
        text += "".join(
            f"{ref},{status},{paid},{'C22 No plan' if status == 'ERROR' else ''},7{n:08}\r\n"
            for n, (ref, status, paid) in enumerate(rows)
        )
        return answers.import_results(self.kernel, GROUP, NDIS, text.encode(), agent="person:ada")

    def settle(self, reference: str, approved: str = "193.99") -> None:
        """The one claim there is, uploaded and accepted."""
        self.up()
        self.results((reference, "SUCCESSFUL", approved))

    def remit(self, number: str, *rows: tuple[str, str, str], on: str = "20261028") -> money.Remitted:
        """(reference, claimed, paid) of one payment."""
        text = "Z4No,PayReqNum,PayReqDocDate,ProvClaimRef,AmountClaimed,AmountPaid,BulkClmId\r\n"
        text += "".join(
            f"{number},8{n:08},{on},{ref},{claimed},{paid},F\r\n"
            for n, (ref, claimed, paid) in enumerate(rows)
        )
        return money.import_remittance(self.kernel, GROUP, NDIS, text.encode(), agent="person:ada")

    def correct(self, reference: str) -> Claim:
        return mending.correct(self.kernel, GROUP, reference, agent="person:ada", why="mended")

    def cancel(self, reference: str) -> Claim:
        return mending.cancel(self.kernel, GROUP, reference, agent="person:ada", why="taken back")

    # --- what there is

    def rows(self) -> list[Row]:
        with self.kernel.store.read(GROUP) as unit:
            return claims.listed(unit, NDIS)

    def states(self) -> dict[str, list[str]]:
        """Invoice -> states of its claims, by how manieth and state."""
        found: dict[str, list[str]] = {}
        for row in sorted(self.rows(), key=lambda row: (row.invoice, row.line, row.number, row.state)):
            found.setdefault(row.invoice, []).append(row.state.value)
        return found

    def claim(self, reference: str) -> Claim:
        with self.kernel.store.read(GROUP) as unit:
            found = claims.get(unit, NDIS, reference)
        assert found is not None
        return found

    def only(self) -> str:
        """The reference of the one claim there is."""
        (row,) = self.rows()
        return row.reference

    def causes(self) -> dict[str, list[str]]:
        with self.kernel.store.read(GROUP) as unit:
            found: dict[str, list[str]] = {}
            for one in issues.list_open(unit):
                found.setdefault(one.reason.code, []).append(one.number)
            return found

    def audited(self, action: str) -> list[str]:
        e = audit_event.c
        with self.kernel.store.read(GROUP) as unit:
            query = select(e.payload).where(e.group_id == GROUP, e.action == action).order_by(e.seq)
            return list(unit.db.execute(query).scalars())

    def later(self, days: int) -> None:
        self.clock.advance(timedelta(days=days).total_seconds())


def references(rows: Iterable[Row]) -> list[str]:
    return [row.reference for row in rows]
