"""A hub connected to a Cliniko sandbox in process, and the people in its clinic."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine

from connectors.cliniko import SOURCE
from connectors.sandbox.cliniko import SANDBOX
from connectors.sandbox.cliniko.state import DEFAULT_KEY, ClinikoState
from connectors.sandbox.shells_inprocess import InProcessTransport
from hub import ingest, normalise
from hub.canonical import CreditApplication, Entity, Invoice, Patient, Payment
from hub.config.model import ConnectionConfig, GroupConfig, LocationConfig, Policy, Tables
from hub.config.store import store_config
from hub.imports import ImportReport, import_payments
from hub.ingest import PullReport
from hub.kernel import Kernel
from hub.limits import Budgets
from hub.plugins import Plugins
from hub.rendering import CaseKey, CaseKind, Facts, Rendered
from hub.settings import Settings
from hub.store import connections, entities, issues, raw
from hub.store.cases import due
from hub.store.session import Store
from hub.store.vault import Vaults
from mappings.cliniko import NORMALISER
from mappings.cliniko.report import READER
from tests.support.world import START, FakeClock, make_world

GROUP, CONNECTION, TARGET = "harbour", "harbour-cliniko", "harbour-xero"
GEELONG, RICHMOND, TOOWONG, ANA, ZED = (
    "514810976554457101",
    "514810976554457102",
    "514810976554457103",
    "514810972972521901",
    "514810972972521902",
)
PLACES = {"geelong": GEELONG, "richmond": RICHMOND, "toowong": TOOWONG}
ZONES = {GEELONG: "Australia/Melbourne", RICHMOND: "Australia/Melbourne", TOOWONG: "Australia/Brisbane"}
COLUMNS = {
    "number": "Payment number",
    "paid_at": "Paid at",
    "business_id": "Business ID",
    "patient_id": "Patient ID",
    "method": "Payment type",
    "amount": "Amount",
    "invoice": "Invoice",
    "allocated": "Allocated",
    "kind": "Kind",
}
LONG = timedelta(hours=1)


class Cases:
    """A renderer that knows cases and renders nothing: one per patient, invoice and payment."""

    def cases_of(self, entity: Entity, facts: Facts, config: GroupConfig) -> Sequence[CaseKey]:
        match entity:
            case Patient():
                sid = entity.source.source_id
                return (CaseKey(TARGET, CaseKind.CONTACT, f"{CONNECTION}:{sid}", f"patient:{sid}"),)
            case Invoice():
                return (self._invoice(entity.source.source_id, entity.number),)
            case Payment() | CreditApplication():
                named = [ref.source_id for ref in entity.refs() if ref.kind == Invoice.kind]
                found = [(sid, facts.get(CONNECTION, Invoice.kind, sid)) for sid in named]
                return tuple(self._invoice(sid, i.number) for sid, i in found if isinstance(i, Invoice))
        return ()

    def _invoice(self, source_id: str, number: str) -> CaseKey:
        return CaseKey(TARGET, CaseKind.INVOICE, f"{CONNECTION}:{source_id}", number)

    def asks(self, case: CaseKey, facts: Facts, config: GroupConfig) -> Sequence[str]:
        return ()

    def render(self, case: CaseKey, facts: Facts, config: GroupConfig) -> Rendered:
        return Rendered()


def config(**policy: Any) -> GroupConfig:
    """Three locations, one source, one target."""
    source = ConnectionConfig(
        id=CONNECTION,
        system="cliniko",
        role="source",
        base_url="http://cliniko.test",
        budget={"per_minute": 1_000_000},
        settings={"contact": "ops@example.com", "payments_report": {"columns": COLUMNS}},
    )
    places = tuple(
        LocationConfig(
            key=key,
            name=key,
            zone=ZONES[sid],
            source={CONNECTION: sid},
            target=TARGET,
            start=date(2026, 10, 1),
        )
        for key, sid in PLACES.items()
    )
    return GroupConfig(
        id=GROUP,
        name="Harbour & Hills",
        currency="AUD",
        connections=(source, ConnectionConfig(id=TARGET, system="xero", role="target")),
        locations=places,
        tables=Tables(),
        policy=Policy(**policy),
        version="test",
    )


@dataclass
class Clinic:
    """The people: each method is an act in the clinic's web app."""

    state: ClinikoState
    clock: FakeClock
    http: httpx.Client
    calls: list[str] = field(default_factory=list)
    patient: str = ""

    def hands(self, action: str, **payload: Any) -> dict[str, Any]:
        answer = self.http.post(f"/__control__/hands/{action}", json=payload)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def control(self, name: str, **payload: Any) -> None:
        answer = self.http.post(f"/__control__/{name}", json=payload)
        assert answer.status_code == 200, answer.text

    def report(self, business: str = GEELONG, first: str = "", last: str = "", **more: Any) -> bytes:
        params = {"kind": "payment_summary", "business_id": business, "from": first, "to": last, **more}
        answer = self.http.get("/__control__/report", params=params)
        assert answer.status_code == 200, answer.text
        return answer.content

    def invoice(self, *prices: int, **more: Any) -> dict[str, Any]:
        items = [{"billable_item_id": "301", "unit_price_cents": price} for price in prices]
        payload = {"patient_id": self.patient, "business_id": GEELONG, "practitioner_id": ANA, "items": items}
        return self.hands("create_invoice", **{**payload, **more})

    def pay(self, cents: int, *parts: tuple[str, int], method: str = "EFTPOS", **more: Any) -> dict[str, Any]:
        allocations = [{"invoice_id": id_, "cents": part} for id_, part in parts]
        payload = {"patient_id": self.patient, "business_id": GEELONG, "allocations": allocations}
        sources = [{"method": method, "cents": cents}]
        return self.hands("take_payment", **{**payload, "sources": sources, **more})

    def set_up(self) -> None:
        puts: list[tuple[str, dict[str, Any]]] = [
            ("practitioners", {"id": ANA, "first_name": "Ana", "last_name": "Canary"}),
            ("practitioners", {"id": ZED, "first_name": "Zed", "last_name": "Canary", "active": False}),
            ("taxes", {"id": "1", "name": "GST", "rate": "10.0"}),
            ("billable_items", {"id": "301", "name": "Physiotherapy", "item_code": "PH2", "price": "95.0"}),
            (
                "products",
                {
                    "id": "77",
                    "name": "Foam roller",
                    "item_code": "PR1",
                    "price_including_tax": "44.0",
                    "tax_id": "1",
                },
            ),
            (
                "appointment_types",
                {"id": "514810976034364376", "name": "Standard", "duration_in_minutes": 30},
            ),
        ]
        puts += [
            ("businesses", {"id": sid, "display_name": f"Clinic {sid[-1]}", "time_zone_identifier": zone})
            for sid, zone in ZONES.items()
        ]
        for resource, fields in puts:
            self.hands("put", resource=resource, fields=fields)
        self.patient = str(self.hands("create_patient", first_name="Jordan", last_name="Canary")["id"])


class Counting(httpx.BaseTransport):
    """Notes the path of every API call."""

    def __init__(self, inner: httpx.BaseTransport, calls: list[str]) -> None:
        self._inner, self._calls = inner, calls

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._calls.append(request.url.raw_path.decode())
        return self._inner.handle_request(request)


@dataclass
class Hub:
    """The hub under test, with short names for what tests ask it."""

    kernel: Kernel
    clock: FakeClock

    def until(self, span: timedelta = LONG) -> datetime:
        return self.clock.now() + span

    def pull(self, *, nightly: bool = False) -> dict[str, PullReport]:
        found = ingest.pull_connection(self.kernel, GROUP, CONNECTION, self.until(), nightly=nightly)
        return {report.stream: report for report in found}

    def normalise(self) -> normalise.NormaliseReport:
        return normalise.normalise(self.kernel, GROUP, CONNECTION, self.until())

    def sync(self, *, nightly: bool = False) -> normalise.NormaliseReport:
        for report in self.pull(nightly=nightly).values():
            assert report.error is None, report
        return self.normalise()

    def import_(
        self, data: bytes, first: date, last: date, place: str = "geelong", **more: Any
    ) -> ImportReport:
        return import_payments(
            self.kernel, GROUP, CONNECTION, place, first, last, data, agent="person:test", **more
        )

    def get(self, kind: str, source_id: str) -> Any:
        with self.kernel.store.read(GROUP) as unit:
            return entities.get(unit, CONNECTION, kind, source_id)

    def all(self, kind: str) -> list[Any]:
        with self.kernel.store.read(GROUP) as unit:
            return list(entities.all_of(unit, CONNECTION, kind))

    def issues(self) -> list[tuple[str, str]]:
        """(case number, cause) of every open issue."""
        with self.kernel.store.read(GROUP) as unit:
            return sorted((one.number, one.reason.code) for one in issues.list_open(unit))

    def marked(self) -> set[str]:
        """Numbers of the cases that wait to be planned."""
        with self.kernel.store.read(GROUP) as unit:
            return {row.key.number for row in due(unit, TARGET)}

    def planned(self) -> None:
        """Take every case as planned."""
        from hub.store.tables import case

        with self.kernel.store.write(GROUP) as unit:
            unit.db.execute(case.update().values(planned=case.c.marked))

    def versions(self, stream: str, source_id: str) -> int:
        with self.kernel.store.read(GROUP) as unit:
            found = raw.latest(unit, CONNECTION, stream, source_id)
            return found.version if found else 0

    def state(self) -> connections.State:
        with self.kernel.store.read(GROUP) as unit:
            return connections.state(unit, CONNECTION)


@contextmanager
def connected(
    engine: Engine,
    tmp: Path,
    *,
    sandbox: dict[str, Any] | None = None,
    start: datetime = START,
    people: bool = True,
    **policy: Any,
) -> Iterator[tuple[Hub, Clinic]]:
    """A hub over `engine`, connected to a sandbox of its own, with a little clinic in it if `people`."""
    clock = FakeClock(start)
    state = SANDBOX.open(None, 7, sandbox or {})
    inner = InProcessTransport(SANDBOX, state, clock)
    http = httpx.Client(transport=inner, base_url="http://cliniko.test")
    clinic = Clinic(state, clock, http)
    if people:
        clinic.set_up()
    clinic.control("limits", per_minute=0)
    world = make_world(engine, clock=clock, transports={CONNECTION: Counting(inner, clinic.calls)})
    key = bytes(range(32))
    settings = Settings(home=tmp / "home", environment="test", master_key=base64.b64encode(key).decode())
    store = Store(world, Vaults(key, world.rng))
    store.create_group(GROUP)
    plugins = Plugins(
        sources={"cliniko": SOURCE},
        normalisers={"cliniko": NORMALISER},
        renderers={"default": Cases()},
        reports={"cliniko": READER},
    )
    kernel = Kernel(world, settings, store, plugins, Budgets(store))
    store_config(kernel, GROUP, config(**policy), "test", "test")
    with store.write(GROUP) as unit:
        connections.store_secret(unit, CONNECTION, "cliniko", "source", {"api_key": DEFAULT_KEY})
    yield Hub(kernel, clock), clinic
    http.close()
    state.close()
