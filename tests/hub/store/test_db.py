"""Statements that are kept answer what SQLAlchemy answers, at their first use and at every later one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import IntegrityError, NoResultFound

from hub.store.session import Store
from hub.store.tables import lease

_l = lease.c
_NOON = datetime(2026, 5, 4, 12, 0, 0, 5, tzinfo=UTC)
_MAKE = lease.insert()
_OF = (
    select(_l.name, _l.until, _l.fence)
    .where(_l.name.in_(bindparam("names", expanding=True)), _l.until >= bindparam("since"))
    .order_by(_l.name)
)
_BUT = select(_l.name).where(_l.name.not_in(bindparam("names", expanding=True))).order_by(_l.name)
_COUNT = select(func.count()).where(_l.fence > 2)
_RAISE = lease.update().where(_l.name == bindparam("b_name")).values(fence=_l.fence + 1)
_TAKEN = _RAISE.returning(_l.name, _l.fence)


def _rows(names: str) -> list[dict[str, Any]]:
    return [{"name": one, "owner": "me", "until": _NOON, "fence": n} for n, one in enumerate(names)]


@pytest.fixture
def leased(store: Store) -> Store:
    with store.shared() as db:
        db.execute(_MAKE, _rows("abcdefg"))
    return store


@pytest.mark.parametrize("names", ["", "a", "ab", "abc", "gfedcbazz"])
def test_lists_of_any_length(leased: Store, names: str) -> None:
    keys = {"names": list(names), "since": _NOON}
    for _ in range(3):
        with leased.look() as db:
            assert db.execute(_OF, keys).all() == list(db.connection.execute(_OF, keys))
            assert set(db.execute(_BUT, {"names": list(names)}).scalars()) == set("abcdefg") - set(names)


def test_rows_are_read_by_place_and_by_name(leased: Store) -> None:
    for _ in range(3):
        with leased.look() as db:
            row = db.execute(_OF, {"names": ["b"], "since": _NOON}).one()
            assert (row.name, row[1], row.fence) == ("b", _NOON, 1)
            assert dict(row._mapping) == {"name": "b", "until": _NOON, "fence": 1}
            assert db.execute(_COUNT).scalar_one() == 4
            assert db.execute(_OF, {"names": ["x"], "since": _NOON}).first() is None
            with pytest.raises(NoResultFound):
                db.execute(_OF, {"names": ["x"], "since": _NOON}).one()


def test_instants_of_any_zone_and_never_naive_ones(leased: Store) -> None:
    there = _NOON.astimezone(timezone(timedelta(hours=11)))
    for since, found in ((there, 1), (there + timedelta(microseconds=1), 0)):
        for _ in range(2):
            with leased.look() as db:
                assert len(db.execute(_OF, {"names": ["c"], "since": since}).all()) == found
    with leased.look() as db, pytest.raises(Exception, match="aware"):
        db.execute(_OF, {"names": ["c"], "since": _NOON.replace(tzinfo=None)})


def test_changes_tell_how_many_rows_they_met(leased: Store) -> None:
    with leased.shared() as db:
        for n in range(3):
            assert db.execute(_RAISE, {"b_name": "a"}).rowcount == 1
            assert db.execute(_RAISE, {"b_name": "nobody"}).rowcount == 0
            assert db.execute(_TAKEN, {"b_name": "b"}).one() == ("b", 2 + n)


def test_several_at_once(leased: Store) -> None:
    for names in ("hi", "jk", "l"):
        with leased.shared() as db:
            db.execute(_MAKE, _rows(names))
    with leased.look() as db:
        assert "".join(db.execute(_BUT, {"names": []}).scalars()) == "abcdefghijkl"


def test_a_broken_rule_is_the_same_error_and_shows_no_value(leased: Store) -> None:
    (row,) = _rows("a")
    for _ in range(3):
        with (
            pytest.raises(IntegrityError) as caught,
            leased.shared() as db,
        ):
            db.execute(_MAKE, {**row, "owner": "Canary Person"})
        assert "Canary" not in str(caught.value)
