"""Units of work: what is kept, what is undone, and who may write at the same time."""

from __future__ import annotations

import re
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, bindparam, func, select
from sqlalchemy.exc import IntegrityError, ResourceClosedError

from hub.errors import HubError, Misconfigured
from hub.store.engine import open_engine
from hub.store.migrations import run as migrations
from hub.store.session import Store, check_schema, migrate
from hub.store.tables import clinic_group, meta, metadata
from hub.store.vault import Vaults
from hub.world import World
from tests.support.databases import ENVIRONMENT
from tests.support.world import FakeClock, make_world

NOT_OURS = re.compile(r"alembic_version|sqlite_stat")
_KEEP = meta.insert()
_BY_KEY = select(meta.c.value).where(meta.c.key == bindparam("key"))


def test_a_write_is_kept_and_a_failed_one_leaves_nothing(store: Store) -> None:
    with store.write("harbour") as unit:
        unit.db.execute(meta.insert().values(key="kept", value="1"))

    def fail() -> None:
        with store.write("harbour") as unit:
            unit.db.execute(meta.insert().values(key="undone", value="1"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.read("harbour") as unit:
        keys = set(unit.db.execute(select(meta.c.key)).scalars())
    assert "kept" in keys
    assert "undone" not in keys


def test_nothing_goes_through_a_unit_that_is_over(store: Store) -> None:
    """Its connection may be another unit's already."""
    with store.write("harbour") as unit:
        unit.db.execute(_BY_KEY, {"key": "a"})
    for over in (lambda: unit.db.execute(_BY_KEY, {"key": "a"}), lambda: unit.db.connection):
        with pytest.raises(ResourceClosedError):
            over()


def test_units_go_on_after_every_kind_of_end(store: Store) -> None:
    """Whether a statement went through SQLAlchemy or past it, and whatever ended the unit before."""

    def write(key: str, end: Exception | None, *, plainly: bool) -> None:
        with store.write("harbour") as unit:
            unit.db.execute(_KEEP, {"key": key, "value": "1"})
            if plainly:
                unit.db.exec_driver_sql("SELECT 1")
            if end is not None:
                raise end

    for n in range(3):
        for plainly in (False, True):
            write(f"kept{n}{plainly}", None, plainly=plainly)
            with pytest.raises(RuntimeError):
                write(f"undone{n}", RuntimeError(), plainly=plainly)
            with pytest.raises(IntegrityError):
                write(f"kept{n}{plainly}", None, plainly=plainly)
    with store.read("harbour") as unit:
        keys = set(unit.db.execute(select(meta.c.key)).scalars()) - {"environment"}
    assert keys == {f"kept{n}{plainly}" for n in range(3) for plainly in (False, True)}


def test_nothing_written_in_a_reading_unit_is_kept(store: Store) -> None:
    with store.read("harbour") as unit:
        unit.db.execute(meta.insert().values(key="stray", value="1"))
    with store.read("harbour") as unit:
        assert unit.db.execute(select(meta).where(meta.c.key == "stray")).first() is None


def test_writers_of_a_group_wait_for_each_other(store: Store) -> None:
    """A read followed by a write in one unit must never lose another's update, on either database."""
    with store.write("harbour") as unit:
        unit.db.execute(meta.insert().values(key="count", value="0"))

    def add() -> None:
        for _ in range(10):
            with store.write("harbour") as unit:
                value = unit.db.execute(select(meta.c.value).where(meta.c.key == "count")).scalar_one()
                unit.db.execute(meta.update().where(meta.c.key == "count").values(value=str(int(value) + 1)))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read("harbour") as unit:
        assert unit.db.execute(select(meta.c.value).where(meta.c.key == "count")).scalar_one() == "40"


def test_instants_come_back_aware_and_naive_ones_are_refused(store: Store, clock: FakeClock) -> None:
    with store.read("harbour") as unit:
        created = unit.db.execute(select(clinic_group.c.created_at)).scalar_one()
        assert created == clock.now()
        assert created.utcoffset() == timedelta(0)
        naive = clinic_group.update().values(created_at=clock.now().replace(tzinfo=None))
        with pytest.raises(Exception, match="instants must be aware"):
            unit.db.execute(naive)


def test_groups_are_listed_and_unknown_ones_refused(store: Store) -> None:
    store.create_group("alpine")
    store.create_group("alpine")
    assert store.groups() == ["alpine", "harbour"]
    with pytest.raises(Misconfigured, match="no clinic group 'nobody'"), store.read("nobody"):
        pass


def test_another_master_key_is_named_clearly(store: Store, world: World) -> None:
    other = Store(world, Vaults(bytes(32), world.rng))
    said = "is not the one clinic group harbour was made under"
    with pytest.raises(Misconfigured, match=said) as caught, other.read("harbour"):
        pass
    assert caught.value.code == "config:wrong-key"


def test_error_texts_never_show_parameters(store: Store) -> None:
    rows = [{"key": "same", "value": "Canary Person"}, {"key": "same", "value": "Canary Person"}]
    with store.read("harbour") as unit, pytest.raises(IntegrityError) as caught:
        unit.db.execute(meta.insert(), rows)
    assert "Canary" not in str(caught.value)


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    migrate(engine, environment="elsewhere")
    check_schema(engine)
    with engine.connect() as db:
        assert migrations.environment(db) == ENVIRONMENT


def test_the_migrated_database_is_exactly_the_metadata(engine: Engine) -> None:
    """Where this fails after a change of a table, the table's next migration is missing."""
    with engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_migration_and_metadata_say_the_same_to_sqlite(sqlite_engine: Engine, tmp_path: Path) -> None:
    """Also partial indexes and column order, which a comparison of metadata does not see."""

    def statements(engine: Engine) -> set[str]:
        with engine.connect() as db:
            found = db.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type <> 'trigger'").scalars()
            return {" ".join(sql.split()) for sql in found if sql and not NOT_OURS.search(sql)}

    made = open_engine(f"sqlite:///{tmp_path}/made.sqlite")
    metadata.create_all(made)
    assert statements(sqlite_engine) == statements(made)
    made.dispose()


def test_this_release_works_with_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.HEAD


def test_other_schema_versions_are_refused(engine: Engine) -> None:
    with engine.begin() as db:
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    with pytest.raises(Misconfigured, match="schema version 0000"):
        check_schema(engine)


def test_an_empty_database_is_refused_with_the_remedy(tmp_path: object) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/empty.sqlite")
    with pytest.raises(Misconfigured, match="hub init"):
        check_schema(engine)
    engine.dispose()


def test_sqlite_refuses_a_second_writer_at_once_when_told_to(sqlite_engine: Engine) -> None:
    quick = open_engine(str(sqlite_engine.url), busy_timeout=0)
    first, second = (
        Store(make_world(e), Vaults(bytes(32), make_world(e).rng)) for e in (sqlite_engine, quick)
    )
    first.create_group("harbour")
    with first.write("harbour"), pytest.raises(HubError) as caught, second.write("harbour"):
        pass
    assert caught.value.code == "database-busy"
    quick.dispose()


def test_a_simulation_sees_every_commit_and_nothing_else(sqlite_engine: Engine) -> None:
    """The seam: a DBAPI connection whose `commit` is the yield point, handed over by `creator`."""
    commits: list[str] = []

    class Seam(sqlite3.Connection):
        def commit(self) -> None:
            commits.append("commit")
            super().commit()

    file = sqlite_engine.url.database
    assert file is not None
    engine = open_engine(
        "sqlite://", creator=lambda: sqlite3.connect(file, timeout=0, check_same_thread=False, factory=Seam)
    )
    world = make_world(engine)
    store = Store(world, Vaults(bytes(32), world.rng))
    store.create_group("harbour")
    assert commits == ["commit"]
    with store.read("harbour"):
        pass
    with store.write("harbour") as unit:
        unit.db.execute(meta.insert().values(key="k", value="v"))
    assert commits == ["commit"] * 2
    engine.dispose()


def test_a_reading_unit_sees_one_state_throughout(store: Store) -> None:
    with store.read("harbour") as unit:
        before = unit.db.execute(select(func.count()).select_from(meta)).scalar_one()
        with store.write("harbour") as other:
            other.db.execute(meta.insert().values(key="meanwhile", value="1"))
        assert unit.db.execute(select(func.count()).select_from(meta)).scalar_one() == before
