"""The opened hub: configuration by version, connectors by system, and refusing to open half set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from hub import audit
from hub.config.model import ConnectionConfig, GroupConfig, LocationConfig, Tables
from hub.contracts import Budget, HttpFactory
from hub.errors import Misconfigured
from hub.kernel import Kernel, budget_of, open_kernel
from hub.plugins import Group, Plugins, load_plugins
from hub.settings import Settings
from hub.store import connections
from hub.store.engine import open_engine
from hub.store.session import Store
from hub.store.tables import clinic_group, config_version
from tests.support.script import Scripted
from tests.support.world import FakeClock, make_world


def config(*found: ConnectionConfig, name: str = "Harbour") -> GroupConfig:
    place = LocationConfig(
        key="geelong",
        name="Geelong",
        zone="Australia/Melbourne",
        source={"cliniko": "b1"},
        target="xero",
        start=date(2026, 10, 1),
    )
    return GroupConfig(
        id="harbour", name=name, currency="AUD", connections=found, locations=(place,), tables=Tables()
    )


def load(store: Store, version: str, seq: int, value: GroupConfig) -> None:
    with store.write("harbour") as unit:
        unit.db.execute(
            config_version.insert().values(
                group_id="harbour",
                version=version,
                seq=seq,
                body=value.model_dump_json(),
                loaded_by="test",
                loaded_at=unit.now,
            )
        )


class Pms:
    system = "cliniko"
    streams = ()
    budget = Budget(2, 200)

    def open(self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory) -> Any:
        self.opened = (dict(config), dict(secret))
        return http(base_url=config["base_url"], headers={"User-Agent": "t"})


class Books:
    system = "xero"
    kinds: Mapping[Any, Any] = {}
    budget = Budget(5, 60, 5000)

    def open(self, config: Mapping[str, Any], tokens: Any, http: HttpFactory) -> Any:
        return tokens

    def refresh(self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory) -> Any:
        answer = http(base_url=config["base_url"], headers={"User-Agent": "t"}).post("/token")
        return {"access_token": answer.json()["token"], "expires_in": 1800}


def test_the_latest_configuration_counts(kernel: Kernel) -> None:
    with pytest.raises(Misconfigured, match="no configuration"):
        kernel.config("harbour")
    load(kernel.store, "v1", 1, config())
    assert kernel.config("harbour").version == "v1"
    load(kernel.store, "v2", 2, config(name="Harbour and Hills"))
    assert kernel.config("harbour").name == "Harbour and Hills"


def test_a_source_is_opened_with_its_secret_and_endpoint(
    kernel: Kernel, engine: Engine, clock: FakeClock
) -> None:
    scripted = Scripted()
    world = make_world(engine, clock=clock, transports={"cliniko": scripted})
    pms = Pms()
    settings = kernel.settings.model_copy(update={"endpoints": {"cliniko": "http://sandbox.test"}})
    hub = replace(kernel, world=world, settings=settings, plugins=Plugins(sources={"cliniko": pms}))  # type: ignore[dict-item]
    load(
        hub.store,
        "v1",
        1,
        config(
            ConnectionConfig(id="cliniko", system="cliniko", role="source", settings={"payments": "report"})
        ),
    )
    with hub.store.write("harbour") as unit:
        connections.store_secret(unit, "cliniko", "cliniko", "source", {"api_key": "k"})
    source, client = hub.source("harbour", "cliniko")
    assert source is pms
    assert pms.opened[1] == {"api_key": "k"}
    assert pms.opened[0]["payments"] == "report"
    assert pms.opened[0]["base_url"] == "http://sandbox.test"
    assert isinstance(client, httpx.Client)
    client.get("/v1/patients")
    assert hub.traffic["harbour/cliniko"].requests == 1


def test_a_targets_tokens_come_from_its_grant(kernel: Kernel, engine: Engine, clock: FakeClock) -> None:
    scripted = Scripted(httpx.Response(200, json={"token": "access-1"}))
    world = make_world(engine, clock=clock, transports={"xero": scripted})
    hub = replace(kernel, world=world, plugins=Plugins(targets={"xero": Books()}))  # type: ignore[dict-item]
    one = ConnectionConfig(id="xero", system="xero", role="target", base_url="http://xero.test", grant="g")
    load(hub.store, "v1", 1, config(one))
    with hub.store.write("harbour") as unit:
        connections.store_secret(unit, "xero", "xero", "target", {"refresh_token": "r"}, grant="g")
    _, tokens = hub.target("harbour", "xero")
    assert tokens.access_token() == "access-1"  # type: ignore[attr-defined]


def test_what_is_not_installed_or_configured_is_named(kernel: Kernel) -> None:
    load(kernel.store, "v1", 1, config(ConnectionConfig(id="nookal", system="nookal", role="source")))
    with pytest.raises(Misconfigured, match="No source connector is installed for 'nookal'"):
        kernel.source("harbour", "nookal")
    with pytest.raises(Misconfigured, match="no connection 'xero'"):
        kernel.target("harbour", "xero")


def test_configured_budgets_replace_documented_ones() -> None:
    assert budget_of(Budget(5, 60, 5000), {}) == Budget(5, 60, 5000)
    assert budget_of(Budget(5, 60, 5000), {"per_minute": 600}) == Budget(5, 600, 5000)
    assert budget_of(Budget(5, 60), {"per_day": 1000}) == Budget(5, 60, 1000)


def test_opening_checks_the_schema_and_the_key(settings: Settings, engine: Engine) -> None:
    world = make_world(engine)
    hub = open_kernel(settings, world, Plugins())
    hub.store.create_group("harbour")
    other = settings.model_copy(update={"master_key": None, "master_key_file": None})
    with pytest.raises(Misconfigured, match="no master key"):
        open_kernel(other, world, Plugins())
    empty = open_engine(f"sqlite:///{settings.home}/empty.sqlite")
    with pytest.raises(Misconfigured, match="hub init"):
        open_kernel(settings, make_world(empty), Plugins())
    empty.dispose()


def test_a_database_of_another_environment_opens_frozen(settings: Settings, engine: Engine) -> None:
    world = make_world(engine)
    open_kernel(settings, world, Plugins()).store.create_group("harbour")
    staging = settings.model_copy(update={"environment": "staging"})
    hub = open_kernel(staging, world, Plugins())
    with hub.store.read("harbour") as unit:
        assert unit.db.execute(clinic_group.select()).one().frozen is True
        assert not connections.may_write(unit, "xero", unit.now)
        assert [row[1:] for row in audit.history(unit, "group", "harbour")] == [("hub", "freeze", "frozen")]
    with hub.store.write("harbour") as unit:
        connections.freeze(unit, None, frozen=False, why="a person looked")
    open_kernel(staging, world, Plugins())
    with hub.store.read("harbour") as unit:
        assert connections.may_write(unit, "xero", unit.now)


def test_plugins_are_listed_without_being_loaded() -> None:
    installed = load_plugins()
    assert "cliniko" in installed.sources
    assert "xero" in installed.targets
    assert "dagster" in installed.reporters
    import subprocess
    import sys

    code = "import sys, hub.kernel as k; k.load_plugins(); print([m for m in sys.modules if 'dagster' in m])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_plugin_that_cannot_be_loaded_is_named() -> None:
    from importlib.metadata import EntryPoint

    group: Group[object] = Group("clinic_hub.nothing")
    assert len(group) == 0
    group._points["broken"] = EntryPoint("broken", "nowhere.at_all:THING", "clinic_hub.nothing")
    with pytest.raises(Misconfigured, match=r"'broken' of clinic_hub\.nothing"):
        group["broken"]
