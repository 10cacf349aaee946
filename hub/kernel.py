"""The opened hub: one value that functions of the kernel take, holding world, settings, store and plugins."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, select

from hub import leases
from hub.config.model import ConnectionConfig, GroupConfig
from hub.contracts import (
    Budget,
    HttpFactory,
    Normaliser,
    Renewing,
    Source,
    SourceClient,
    TokenSource,
)
from hub.errors import Misconfigured
from hub.grants import GrantTokens
from hub.http import Traffic, http_factory
from hub.limits import Budgets
from hub.patience import patiently
from hub.plugins import Plugins, load_plugins, named
from hub.rendering import Renderer
from hub.settings import Settings
from hub.store import connections
from hub.store.migrations import run as migrations
from hub.store.session import Store, check_schema, open_engine
from hub.store.tables import config_version
from hub.store.vault import Vaults
from hub.targets import Target, TargetSession
from hub.world import World, real_world

_v = config_version.c
_LATEST = select(_v.version).where(_v.group_id == bindparam("g")).order_by(_v.seq.desc()).limit(1)
_BODY = select(_v.body).where(_v.group_id == bindparam("g"), _v.version == bindparam("v"))


@dataclass(frozen=True)
class Kernel:
    """`traffic` counts requests and bytes per `{group}/{connection}` since the process started."""

    world: World
    settings: Settings
    store: Store
    plugins: Plugins
    budgets: Budgets
    traffic: dict[str, Traffic] = field(default_factory=dict, repr=False, compare=False)
    _configs: dict[tuple[str, str], GroupConfig] = field(default_factory=dict, repr=False, compare=False)

    def config(self, group: str) -> GroupConfig:
        """The latest stored configuration of a group. Raises Misconfigured when nobody loaded one."""
        with self.store.look() as db:
            version = db.execute(_LATEST, {"g": group}).scalar_one_or_none()
            if version is None:
                raise Misconfigured(
                    f"Group {group!r} has no configuration; run `hub init`.", code="config:none"
                )
            if (group, version) not in self._configs:
                body = db.execute(_BODY, {"g": group, "v": version}).scalar_one()
                self._configs[group, version] = _parse(body, version)
        return self._configs[group, version]

    def connection(self, group: str, id: str) -> ConnectionConfig:
        """One connection of the configuration. Raises Misconfigured for an unknown id."""
        return self.config(group).connection(id)

    def source(
        self, group: str, connection: str, mine: GroupConfig | None = None
    ) -> tuple[Source, SourceClient]:
        """An open client of a practice management system; `mine`: the configuration, where it is at hand."""
        mine = mine or self.config(group)
        config = mine.connection(connection)
        source = named(self.plugins.sources, config.system, "source connector")
        with self.store.read(group) as unit:
            secret = connections.secret(unit, connection)
        http = self.http(group, config, source.budget)
        plain = {
            **self.plain(config),
            "native_sync_confirmed_off": mine.policy.native_sync_confirmed_off,
        }
        if isinstance(source, TokenSource):
            granted = config.grant is not None or config.is_written
            tokens = self._tokens(group, config, source, plain) if granted else None
            return source, source.open(plain, secret, http, tokens)
        return source, source.open(plain, secret, http)

    def target(
        self, group: str, connection: str, mine: GroupConfig | None = None
    ) -> tuple[Target, TargetSession]:
        """An open session with an accounting system; tokens come from its grant. `mine` as for a source."""
        mine = mine or self.config(group)
        config = mine.connection(connection)
        target = named(self.plugins.targets, config.system, "target connector")
        plain = {"tracking_category": mine.policy.tracking_category, **self.plain(config)}
        http = self.http(group, config, target.budget)
        return target, target.open(plain, self._tokens(group, config, target, plain), http)

    def tokens(self, group: str, connection: str) -> GrantTokens:
        """The living tokens of a connection's grant. Raises Misconfigured where its system has none."""
        config = self.connection(group, connection)
        if config.is_written:
            target = named(self.plugins.targets, config.system, "target connector")
            return self._tokens(group, config, target, self.plain(config))
        source = named(self.plugins.sources, config.system, "source connector")
        if not isinstance(source, TokenSource):
            raise Misconfigured(f"Connection {connection!r} has no grant to renew.", code="config:grant")
        return self._tokens(group, config, source, self.plain(config))

    def _tokens(
        self, group: str, config: ConnectionConfig, owner: Renewing, plain: Mapping[str, Any]
    ) -> GrantTokens:
        """The living tokens of a connection's grant."""
        return GrantTokens(
            self.store,
            group,
            config.id,
            config.grant or config.id,
            owner,
            plain,
            self._open_http(group, config),
            lease_seconds=self.settings.lease_seconds,
        )

    def renderer(self, name: str = "default") -> Renderer:
        return named(self.plugins.renderers, name, "renderer")

    def normaliser(self, system: str) -> Normaliser:
        return named(self.plugins.normalisers, system, "mapping")

    def plain(self, config: ConnectionConfig) -> dict[str, Any]:
        """What a connector's `open` gets: its own settings, with id, base_url, tenant, prefix and grant."""
        base_url = self.settings.endpoints.get(config.id, config.base_url)
        return {
            **config.settings,
            "id": config.id,
            "system": config.system,
            "base_url": base_url,
            "tenant": config.tenant,
            "prefix": config.prefix,
            "grant": config.grant,
            "settings": config.settings,
        }

    def http(self, group: str, config: ConnectionConfig, documented: Budget) -> HttpFactory:
        """The client builder of one connection under its budget (documented, or as configured)."""
        name = f"{group}/{config.id}"
        budget = budget_of(documented, config.budget)
        return self._factory(name, config, self.budgets, budget)

    def _open_http(self, group: str, config: ConnectionConfig) -> HttpFactory:
        """For token exchanges, which vendors do not count."""
        return self._factory(f"{group}/{config.id}", config, None, Budget(1, 1))

    def _factory(
        self, name: str, config: ConnectionConfig, budgets: Budgets | None, budget: Budget
    ) -> HttpFactory:
        return http_factory(
            self.world,
            config.id,
            budgets,
            budget,
            name=name,
            deadline=self.settings.call_deadline,
            traffic=self.traffic.setdefault(name, Traffic()),
        )


def budget_of(documented: Budget, configured: Mapping[str, int]) -> Budget:
    """The documented limits with what the configuration says instead."""
    return Budget(
        configured.get("concurrent", documented.concurrent),
        configured.get("per_minute", documented.per_minute),
        configured.get("per_day", documented.per_day),
    )


@lru_cache(maxsize=8)
def _parse(body: str, version: str) -> GroupConfig:
    loaded = json.loads(body)
    return GroupConfig.model_validate_json(json.dumps(loaded.get("config", loaded))).model_copy(
        update={"version": version}
    )


def freeze_if_copied(store: Store, environment: str) -> bool:
    """Freeze every group of a database that was made under another environment name; True when it did.

    A copy for tests must never post to a real organisation; a person thaws what may go on. Raises
    Misconfigured where `hub up` runs on it: that is no copy, and a look in passing must not stop it.
    """
    with store.look() as db:
        named = migrations.environment(db)
    if named == environment:
        return False
    if leases.holder(store, leases.UP) is not None:
        raise Misconfigured(
            f"`hub up` runs on this database as {named!r}, and HUB_ENVIRONMENT says {environment!r}: "
            f"set it to {named}. Nothing was changed. (Is it a fresh copy? Try again in half a minute.)",
            code="environment:in-use",
        )
    for group in store.groups():
        with store.write(group, agent="hub") as unit:
            connections.freeze(unit, None, why=f"opened as {environment!r}, made as {named!r}")
    with store.shared() as db:
        migrations.name_environment(db.connection, environment)
    return True


def open_when_ready(settings: Settings, tell: Callable[[str], None] = lambda sentence: None) -> Kernel:
    """Open the hub, waiting HUB_DATABASE_PATIENCE seconds for a database that is busy or gone."""
    return patiently(lambda: open_kernel(settings), settings.database_patience, tell)


def open_kernel(settings: Settings, world: World | None = None, plugins: Plugins | None = None) -> Kernel:
    """Open the hub over its database. Raises Misconfigured with the remedy for anything half set up.

    A database made under another environment name starts frozen.
    """
    master = settings.master()
    if world is None:
        world = real_world(open_engine(settings.database_url, busy_timeout=settings.busy_timeout))
    check_schema(world.engine)
    store = Store(world, Vaults(master, world.rng))
    freeze_if_copied(store, settings.environment)
    budgets = Budgets(store, ttl=settings.call_deadline * 1.5)
    return Kernel(world, settings, store, plugins or load_plugins(), budgets)
