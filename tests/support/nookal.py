"""A hub connected to a Nookal sandbox in process, and the people in its clinic."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import Engine

from connectors.nookal import SOURCE
from connectors.sandbox.nookal import SANDBOX
from connectors.sandbox.nookal.state import API_KEY, BASIC_KEY, NookalState
from connectors.sandbox.shells_inprocess import InProcessTransport
from hub import ingest, normalise
from hub.config.model import ConnectionConfig, GroupConfig, LocationConfig, Policy, Tables
from hub.config.store import store_config
from hub.ingest import PullReport
from hub.kernel import Kernel
from hub.limits import Budgets
from hub.plugins import Plugins
from hub.rendering import Renderer
from hub.settings import Settings
from hub.store import connections, entities, issues
from hub.store.session import Store
from hub.store.vault import Vaults
from hub.targets import Target
from mappings.nookal import NORMALISER
from tests.support.clinic import Cases
from tests.support.world import START, FakeClock, make_world

GROUP, CONNECTION, TARGET = "harbour", "harbour-nookal", "harbour-xero"
SECRET = {"api_key": API_KEY, "basic_key": BASIC_KEY}
MANLY, INES = "1", "4"
BASE = "http://nookal.test"


class Practice:
    """The people: each method is an act in the clinic's web app."""

    def __init__(self, clock: FakeClock, zone: str = "Australia/Sydney", **settings: Any) -> None:
        self.clock = clock
        self.state: NookalState = SANDBOX.open(None, 7, settings)
        self.transport = InProcessTransport(SANDBOX, self.state, clock)
        self.http = httpx.Client(transport=self.transport, base_url=BASE)
        for resource, fields in (
            ("locations", {"id": MANLY, "name": "Harbour Manly", "zone": zone}),
            ("practitioners", {"id": INES, "first_name": "Ines", "last_name": "Canary"}),
            ("practitioners", {"id": "5", "first_name": "Zed", "last_name": "Canary", "active": False}),
            ("services", {"id": "12", "name": "Consult", "code": "505", "price": 9800, "locations": [MANLY]}),
            ("classes", {"id": "3", "name": "Pilates", "price": 2500, "locations": [MANLY]}),
            ("stock", {"id": "7", "name": "Band", "code": "BAND", "price": 1100, "locations": [MANLY]}),
            ("payers", {"id": "962", "name": "icare"}),
        ):
            self.hands("put", resource=resource, fields=fields)
        self.patient = str(self.hands("create_patient", first_name="Tomas", last_name="Canary")["id"])

    def hands(self, action: str, /, **payload: Any) -> dict[str, Any]:
        return self.control(f"hands/{action}", **payload)

    def control(self, name: str, /, **payload: Any) -> dict[str, Any]:
        answer = self.http.post(f"/__control__/{name}", json=payload)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ledger(self) -> dict[str, Any]:
        return dict(self.http.get("/__control__/ledger").json())

    def invoice(self, *items: dict[str, Any], **more: Any) -> dict[str, Any]:
        made = {"patient_id": self.patient, "location_id": MANLY, "practitioner_id": INES}
        lines = list(items) or [{"service_id": "12"}]
        return self.hands("create_invoice", **{**made, "items": lines, **more})

    def pay(
        self, invoice: Mapping[str, Any], cents: int, method: str = "EFTPOS", **more: Any
    ) -> dict[str, Any]:
        return self.hands("take_payment", invoice_id=invoice["id"], cents=cents, method=method, **more)

    def close(self) -> None:
        self.http.close()
        self.state.close()


@dataclass
class Hub:
    """The hub under test, with short names for what tests ask it."""

    kernel: Kernel
    clock: FakeClock

    def pull(self, *, nightly: bool = False) -> dict[str, PullReport]:
        until = self.clock.now() + timedelta(hours=1)
        found = ingest.pull_connection(self.kernel, GROUP, CONNECTION, until, nightly=nightly)
        return {report.stream: report for report in found}

    def sync(self, *, nightly: bool = False) -> normalise.NormaliseReport:
        for report in self.pull(nightly=nightly).values():
            assert report.error is None, report
        until = self.clock.now() + timedelta(hours=1)
        return normalise.normalise(self.kernel, GROUP, CONNECTION, until)

    def all(self, kind: str) -> list[Any]:
        with self.kernel.store.read(GROUP) as unit:
            return list(entities.all_of(unit, CONNECTION, kind))

    def issues(self) -> list[tuple[str, str]]:
        """(case number, cause) of every open issue."""
        with self.kernel.store.read(GROUP) as unit:
            return sorted((one.number, one.reason.code) for one in issues.list_open(unit))


def config(
    *targets: ConnectionConfig, tables: Tables | None = None, confirmed: bool = True, **settings: Any
) -> GroupConfig:
    """One location on Nookal, posted to Xero. `confirmed`: somebody said that its own Xero link is off."""
    source = ConnectionConfig(
        id=CONNECTION,
        system="nookal",
        role="source",
        base_url=BASE,
        grant=CONNECTION,
        prefix="NK-",
        budget={"per_minute": 1_000_000, "concurrent": 100},
        settings=settings,
    )
    place = LocationConfig(
        key="manly",
        name="Manly",
        zone="Australia/Sydney",
        source={CONNECTION: MANLY},
        target=TARGET,
        tracking={"Location": "Manly"},
        start=date(2026, 10, 1),
        supplier_fallback="clinic",
    )
    return GroupConfig(
        id=GROUP,
        name="Harbour & Hills",
        currency="AUD",
        connections=(source, *(targets or (ConnectionConfig(id=TARGET, system="xero", role="target"),))),
        locations=(place,),
        tables=tables or Tables(),
        policy=Policy(
            native_sync_confirmed_off=(CONNECTION,) if confirmed else (), tracking_category="Location"
        ),
        version="test",
    )


def open_hub(
    engine: Engine,
    home: Path,
    practice: Practice,
    group: GroupConfig,
    *,
    targets: Mapping[str, Target] | None = None,
    transports: Mapping[str, httpx.BaseTransport] | None = None,
    renderer: Renderer | None = None,
) -> Hub:
    """A hub over `engine` whose group is configured and connected."""
    reach = {CONNECTION: practice.transport, **(transports or {})}
    world = make_world(engine, clock=practice.clock, transports=reach)
    key = bytes(range(32))
    settings = Settings(home=home, environment="test", master_key=base64.b64encode(key).decode())
    store = Store(world, Vaults(key, world.rng))
    store.create_group(GROUP)
    plugins = Plugins(
        sources={"nookal": SOURCE},
        targets=targets or {},
        normalisers={"nookal": NORMALISER},
        renderers={"default": renderer or Cases()},
    )
    kernel = Kernel(world, settings, store, plugins, Budgets(store))
    store_config(kernel, GROUP, group, "test", "test")
    connect(kernel, SECRET)
    return Hub(kernel, practice.clock)


def connect(kernel: Kernel, secret: Mapping[str, str]) -> None:
    """Store the connection's secrets as `hub connect` does."""
    with kernel.store.write(GROUP) as unit:
        connections.store_secret(unit, CONNECTION, "nookal", "source", secret, grant=CONNECTION)


@contextmanager
def connected(
    engine: Engine,
    home: Path,
    *,
    start: datetime = START,
    zone: str = "Australia/Sydney",
    sandbox: dict[str, Any] | None = None,
    **settings: Any,
) -> Iterator[tuple[Hub, Practice]]:
    """A hub over `engine`, connected to a practice of its own with a few people in it; `config` as above."""
    practice = Practice(FakeClock(start), zone, **(sandbox or {}))
    yield open_hub(engine, home / "home", practice, config(**settings)), practice
    practice.close()
