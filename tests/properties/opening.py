"""Books over a fresh database for one example of a property."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine

from hub.kernel import Kernel
from hub.limits import Budgets
from hub.plugins import Plugins
from hub.settings import Settings
from hub.store.session import Store
from hub.store.vault import Vaults
from hub.targets import Target
from tests.conftest import MASTER_KEY
from tests.support.fake_books import GROUP, Books, make_books
from tests.support.fake_ledger import Ledger
from tests.support.world import FakeClock, make_world


def opened(engine: Engine, folder: Path, **world: object) -> Kernel:
    """A kernel without plugins over a group of its own."""
    made = make_world(engine, **world)  # type: ignore[arg-type]
    key = base64.b64encode(MASTER_KEY).decode()
    settings = Settings(home=folder, environment="test", master_key=key, database_url="sqlite://")
    store = Store(made, Vaults(MASTER_KEY, made.rng))
    store.create_group(GROUP)
    return Kernel(made, settings, store, Plugins(), Budgets(store))


def books_over(engine: Engine, folder: Path, clock: FakeClock, ledger: Ledger, target: Target) -> Books:
    """Books whose target is the given one over the given ledger."""
    made = make_books(opened(engine, folder, clock=clock), clock)
    plugins = replace(made.kernel.plugins, targets={"fake": target})
    made.ledger, made.kernel = ledger, replace(made.kernel, plugins=plugins)
    return made
