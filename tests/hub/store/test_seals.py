"""Sealed blocks: whoever gets past the triggers breaks one, and the first broken one is named each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError

from hub import audit, seals
from hub.errors import Misconfigured
from hub.seals import Head
from hub.store.session import Store
from hub.store.tables import audit_event, audit_seal
from tests.support.world import FakeClock

Tamper = Callable[[Callable[[Connection], Any]], list[int]]
SIZE, BLOCKS = 3, 3
LAST = SIZE * BLOCKS
_e = audit_event.c


def write(store: Store, count: int) -> None:
    with store.write("harbour", agent="person:test") as unit:
        for number in range(count):
            audit.record(unit, "release", "hold", f"h{number}", outcome="released", reason="mended", n=number)


@pytest.fixture
def sealed(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Three blocks of three rows."""
    monkeypatch.setattr(seals, "BLOCK", SIZE)
    write(store, LAST)
    assert seals.seal(store) == LAST
    return store


@pytest.fixture
def tamper(engine: Engine, sealed: Store) -> Iterator[Tamper]:
    """Do something to the tables as one with the file would, ask which blocks are broken, put all back."""
    with engine.connect() as db:
        events = [dict(row._mapping) for row in db.execute(select(audit_event).order_by(_e.seq))]
        chain = [dict(row._mapping) for row in db.execute(select(audit_seal))]

    def past_the_triggers(act: Callable[[Connection], Any]) -> None:
        with engine.begin() as db:
            if engine.dialect.name == "postgresql":
                db.execute(text("SET LOCAL session_replication_role = replica"))
            else:
                for name in ("audit_event_no_update", "audit_event_no_delete", "audit_seal_no_update",
                             "audit_seal_no_delete"):  # fmt: skip
                    db.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
            act(db)

    def put_back(db: Connection) -> None:
        for table, rows in ((audit_event, events), (audit_seal, chain)):
            db.execute(table.delete())
            db.execute(table.insert(), rows)

    def tampered(act: Callable[[Connection], Any]) -> list[int]:
        past_the_triggers(act)
        broken = [one.seal for one in seals.verify(sealed).broken]
        past_the_triggers(put_back)
        return broken

    yield tampered
    assert seals.verify(sealed).broken == ()


def move(db: Connection, seq: int, to: int) -> None:
    db.execute(audit_event.update().where(_e.seq == seq).values(seq=to))


def swap(db: Connection, one: int, other: int) -> None:
    move(db, one, 1000)
    move(db, other, one)
    move(db, 1000, other)


def insert_at(db: Connection, seq: int) -> None:
    """A row between others: what comes after moves up by one."""
    for later in range(LAST, seq - 1, -1):
        move(db, later, later + 1)
    row = db.execute(select(audit_event).where(_e.seq == LAST + 1)).one()
    db.execute(audit_event.insert().values(**{**row._mapping, "seq": seq}))
    altered(db, seq)


def altered(db: Connection, seq: int) -> None:
    payload = db.execute(select(_e.payload).where(_e.seq == seq)).scalar_one()
    changed = payload.replace("mended", "because")
    db.execute(audit_event.update().where(_e.seq == seq).values(payload=changed, reason="because"))


def shown_otherwise(db: Connection, seq: int) -> None:
    db.execute(audit_event.update().where(_e.seq == seq).values(agent="person:somebody-else"))


def dated_otherwise(db: Connection, seq: int) -> None:
    when = db.execute(select(_e.recorded).where(_e.seq == seq)).scalar_one()
    db.execute(audit_event.update().where(_e.seq == seq).values(recorded=when + timedelta(seconds=1)))


def deleted(db: Connection, seq: int) -> None:
    db.execute(audit_event.delete().where(_e.seq == seq))


def replaced(db: Connection, seq: int) -> None:
    other = seq - 1 if seq > 1 else seq + 1
    row = db.execute(select(audit_event).where(_e.seq == other)).one()
    deleted(db, seq)
    db.execute(audit_event.insert().values(**{**row._mapping, "seq": seq}))


@pytest.mark.parametrize("act", [altered, shown_otherwise, dated_otherwise, deleted, replaced, insert_at])
def test_a_row_tampered_with_names_its_block(tamper: Tamper, act: Callable[[Connection, int], None]) -> None:
    """In every position of every block, the first and the last row of the chain included."""
    for seq in range(1, LAST + 1):
        block = (seq - 1) // SIZE + 1
        broken = tamper(lambda db, seq=seq: act(db, seq))  # type: ignore[misc]
        assert broken[0] == block, seq
        if act is not insert_at:  # which moves every later row
            assert broken == [block]


def test_rows_that_change_places_name_the_first_block_of_them(
    tamper: Tamper,
) -> None:
    neighbours = [(one, one + 1) for one in range(1, LAST)]
    for one, other in [*neighbours, (1, LAST)]:
        blocks = {(one - 1) // SIZE + 1, (other - 1) // SIZE + 1}
        assert tamper(lambda db, a=one, b=other: swap(db, a, b)) == sorted(blocks)  # type: ignore[misc]


def test_a_row_put_before_all_others_is_seen(
    tamper: Tamper,
) -> None:
    def put(db: Connection) -> None:
        row = db.execute(select(audit_event).where(_e.seq == 1)).one()
        db.execute(audit_event.insert().values(**{**row._mapping, "seq": 0}))

    assert tamper(put) == [1]


@pytest.mark.parametrize("block", range(1, BLOCKS + 1))
def test_a_seal_tampered_with_names_its_block(tamper: Tamper, block: int, clock: FakeClock) -> None:
    for name, value in {
        "first_event": 0,
        "last_event": LAST + 1,
        "count": SIZE - 1,
        "previous": "f" * 64,
        "hash": "f" * 64,
        "sealed_at": clock.now() + timedelta(days=1),
        "scheme": None,
    }.items():
        change = audit_seal.update().where(audit_seal.c.seq == block).values({name: value})
        assert tamper(lambda db, change=change: db.execute(change))[0] == block, name  # type: ignore[misc]


@pytest.mark.parametrize("block", range(1, BLOCKS))
def test_a_seal_taken_out_is_missed(tamper: Tamper, block: int) -> None:
    gone = audit_seal.delete().where(audit_seal.c.seq == block)
    assert tamper(lambda db: db.execute(gone)) == [block]


def test_what_a_chain_alone_cannot_show_a_kept_head_does(
    sealed: Store, engine: Engine, clock: FakeClock
) -> None:
    """Cut off at its end, or rewritten, the chain agrees with itself; the head kept outside does not."""
    kept = seals.head(sealed)
    assert kept is not None
    assert seals.verify(sealed, Head.parse(str(kept))).broken == ()
    with engine.begin() as db:
        if engine.dialect.name == "postgresql":
            db.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            db.execute(text("DROP TRIGGER audit_seal_no_delete"))
            db.execute(text("DROP TRIGGER audit_event_no_delete"))
        db.execute(audit_seal.delete().where(audit_seal.c.seq == BLOCKS))
        db.execute(audit_event.delete().where(_e.seq > LAST - SIZE))
    assert seals.verify(sealed).broken == ()
    (cut,) = seals.verify(sealed, kept).broken
    assert cut.sentence == "Block 3, whose head was kept, is gone: the chain ends with block 2."
    write(sealed, SIZE)
    seals.seal(sealed)
    (rewritten,) = seals.verify(sealed, kept).broken
    assert rewritten.seal == 3
    assert "rewritten" in rewritten.sentence


def test_new_rows_are_told_to_be_unprotected_and_still_may_not_contradict_themselves(
    sealed: Store, engine: Engine
) -> None:
    write(sealed, 2)
    found = seals.verify(sealed)
    assert (found.broken, found.rows, found.unsealed) == ((), LAST, 2)
    with engine.begin() as db:
        if engine.dialect.name == "postgresql":
            db.execute(text("SET LOCAL session_replication_role = replica"))
        else:
            db.execute(text("DROP TRIGGER audit_event_no_update"))
        shown_otherwise(db, LAST + 2)
    (broken,) = seals.verify(sealed).broken
    assert broken.sentence.startswith("Not sealed yet, and broken: audit row 11 shows another agent")


def test_rows_that_nobody_seals_are_called_out(sealed: Store, clock: FakeClock) -> None:
    write(sealed, 1)
    clock.advance(timedelta(days=3).total_seconds())
    (late,) = seals.verify(sealed).broken
    assert "their seals were removed" in late.sentence
    seals.seal(sealed)
    assert seals.verify(sealed).broken == ()


def test_sealing_is_due_when_a_block_is_full_or_a_row_waits_for_an_hour(
    store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "BLOCK", SIZE)
    assert not seals.due(store)
    write(store, SIZE - 1)
    assert not seals.due(store)
    write(store, 1)
    assert seals.due(store)
    seals.seal(store)
    write(store, 1)
    assert not seals.due(store)
    clock.advance(3600)
    assert seals.due(store)


def test_seals_are_append_only(sealed: Store) -> None:
    for sql in ("UPDATE audit_seal SET hash = 'x'", "DELETE FROM audit_seal"):
        with sealed.read("harbour") as unit, pytest.raises(DBAPIError, match="append-only"):
            unit.db.execute(text(sql))


def test_a_head_is_read_as_printed_and_nothing_else() -> None:
    with pytest.raises(Misconfigured, match="A head looks like"):
        Head.parse("12:abc")
