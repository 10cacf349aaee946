"""What plays schedules of a scenario: its configuration, its operations, and the database they start from."""

from __future__ import annotations

import base64
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from hub.config.load import load_group
from hub.config.model import GroupConfig
from hub.config.store import store_config
from hub.kernel import Kernel, open_kernel
from hub.plugins import load_plugins
from hub.settings import Settings
from hub.simulation import worlds
from hub.simulation.fate import Fate
from hub.simulation.faults import Operation, cells
from hub.simulation.named import among, named, source_operations, target_operations
from hub.simulation.post import HINT_KEY
from hub.simulation.profiles import PROFILES
from hub.simulation.result import Result
from hub.simulation.scenario import Scenario
from hub.simulation.schedule import Schedule
from hub.simulation.scheduler import Scheduler
from hub.simulation.storage import Storage
from hub.simulation.tasks import Greenlets, Runner
from hub.store import connections
from hub.store.session import migrate

_KEY = bytes(range(32))
_ENVIRONMENT = "simulation"


class Simulator:
    """Plays schedules of one scenario, one after the other, over one engine and one template database."""

    def __init__(self, scenario: Scenario, runner: Callable[[], Runner] = Greenlets) -> None:
        self.scenario, self.runner = scenario, runner
        self.playing: Scheduler | None = None
        self.storage = Storage()
        installed = load_plugins()
        sources, targets = named(installed.sources, installed.targets, self._now_running)
        self._plugins = replace(installed, sources=sources, targets=targets)
        self.settings = Settings(
            _env_prefix="HUB_OF_NOBODY_",
            home=Path("."),
            environment=_ENVIRONMENT,
            master_key=base64.b64encode(_KEY).decode(),
        )
        self.config = self._configured(load_group(scenario.mapping).among(scenario.secrets))
        self.group = self.config.id
        self.operations = self._operations()
        aims = scenario.aims
        aimed = [one for one in self.operations if aims is None or among(one, aims)]
        self.cells = cells(aimed, scenario.excluded)  # type: ignore[arg-type]
        self._make_template()

    def close(self) -> None:
        """Remove the databases."""
        self.storage.close()

    def _now_running(self) -> Scheduler:
        assert self.playing is not None
        return self.playing

    def _configured(self, config: GroupConfig) -> GroupConfig:
        tenants, budgets = self.scenario.tenants, self.scenario.budgets
        changed = [
            one.model_copy(
                update={
                    "tenant": tenants.get(one.id, one.tenant),
                    "budget": dict(budgets.get(one.id, one.budget)),
                    "base_url": f"http://{one.id}.test",
                }
            )
            for one in config.connections
        ]
        return config.model_copy(update={"connections": tuple(changed)})

    def _operations(self) -> list[Operation]:
        found: list[Operation] = []
        for one in self.config.connections:
            if one.is_read:
                hinted = self.scenario.hinted.get(one.id, ())
                found += source_operations(one.id, self._plugins.sources[one.system], hinted)
            if one.is_written:
                found += target_operations(one.id, self._plugins.targets[one.system])
        return [one for one in dict.fromkeys(found) if not among(one, self.scenario.unplayed)]

    def _make_template(self) -> None:
        """The database every schedule starts from: migrated, configured, connected."""
        migrate(self.storage.engine, environment=_ENVIRONMENT)
        scheduler = Scheduler(
            Greenlets(), "template", Fate("template", PROFILES["calm"]("").rates), most_steps=1
        )
        kernel = self.kernel(scheduler, "setup", 0.0, lambda connection: _nowhere(connection), "template")
        kernel.store.create_group(self.group)
        store_config(kernel, self.group, self.config, "simulation", "person:setup")
        with kernel.store.write(self.group, agent="person:setup") as unit:
            for one in self.config.connections:
                secret = {**self.scenario.secrets[one.id], "hint_key": HINT_KEY}
                connections.store_secret(unit, one.id, one.system, one.role, secret, grant=one.grant)
            self.vault = unit.vault
        self.storage.settle()

    def kernel(self, scheduler: Scheduler, worker: str, skew: float, transport: Any, seed: str) -> Kernel:
        """A process of a schedule that begins: its worker name, its clock beside true time, its way out."""
        world = worlds.world(scheduler, self.storage.engine, transport, seed=seed, worker=worker, skew=skew)
        return open_kernel(self.settings, world, self._plugins)

    def play(
        self,
        seed: int,
        *,
        profile: str = "swarm",
        without: Collection[str] = (),
    ) -> Result:
        """Play one schedule to its end."""
        return Schedule(self, seed, PROFILES[profile](f"{seed}"), without).run()


def _nowhere(connection: str) -> Any:
    raise AssertionError(f"nothing calls {connection} while the template is made")
