"""Sealing the audit in hash-linked blocks, and proving that sealed rows are what they were.

A seal is a hash over its own header, the seal before it and the stored bytes of its rows. So whoever gets
past the database's triggers and alters, deletes, inserts or reorders rows or seals breaks a block that
`verify` names. Two things a chain alone cannot show: changes to rows not sealed yet, and a chain cut off or
rewritten from some point to its end. Against the second, keep a `head` outside and verify against it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, text

from hub.errors import Misconfigured
from hub.ids import canonical_json
from hub.store.db import Db
from hub.store.session import Store
from hub.store.tables import audit_event, audit_seal

BLOCK = 1000
"""Rows under one seal at most: a block is hashed in milliseconds while writers wait."""
EVERY = timedelta(hours=1)
"""How old a row may get before the running system seals it."""
OVERDUE = timedelta(days=2)
REMEDY = (
    "Keep this database as it is, find the newest backup that verifies against a head you kept, compare the "
    "named rows with it, and find out who could write to the database file."
)
_GENESIS = "0" * 64
_SCHEME = 2
_SHOWN = ("group_id", "agent", "action", "entity_type", "entity_id", "connection_id", "outcome",
          "correlation", "reason")  # fmt: skip
_e, _s = audit_event.c, audit_seal.c
_LAST = select(audit_seal).order_by(_s.seq.desc()).limit(1)
_SEALS = select(audit_seal).order_by(_s.seq)
_ROWS = (
    select(_e.seq, _e.payload, _e.recorded, *(_e[name] for name in _SHOWN))
    .where(_e.seq.between(bindparam("first"), bindparam("last")))
    .order_by(_e.seq)
)
_NEXT = select(_e.seq).where(_e.seq > bindparam("after")).order_by(_e.seq).limit(bindparam("most"))
_TAIL = select(func.count(), func.min(_e.recorded), func.max(_e.seq)).where(_e.seq > bindparam("after"))
# Nobody may be between taking a number and committing it: a later commit would slip in behind the seal.
_LOCK = text("LOCK TABLE audit_event IN SHARE ROW EXCLUSIVE MODE")


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal. Kept outside, it proves later that nothing up to it was cut off or rewritten."""

    seal: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seal}:{self.hash}"

    @classmethod
    def parse(cls, given: str) -> Head:
        """The head as printed. Raises Misconfigured for anything else."""
        seal, _, digest = given.strip().partition(":")
        if not seal.isdigit() or len(digest) != 64:
            raise Misconfigured("A head looks like `12:` and 64 letters and digits.", code="usage")
        return cls(int(seal), digest)


@dataclass(frozen=True, slots=True)
class Broken:
    """One block that is not what was sealed, or rows outside every block."""

    seal: int
    first: int
    last: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found. `unsealed` rows are newer than the newest seal: nothing protects them yet."""

    broken: tuple[Broken, ...]
    seals: int
    rows: int
    head: Head | None
    unsealed: int
    oldest_unsealed: datetime | None


def seal(store: Store) -> int:
    """Seal every row that is not sealed yet, block by block; returns how many."""
    total = 0
    while count := _seal_block(store):
        total += count
    return total


def due(store: Store) -> bool:
    """Whether a block is full or a row has waited for `EVERY`."""
    with store.look() as db:
        last = db.execute(_LAST).first()
        count, oldest, _ = db.execute(_TAIL, {"after": last.last_event if last else 0}).one()
    return count >= BLOCK or (oldest is not None and oldest <= store.world.now() - EVERY)


def head(store: Store) -> Head | None:
    """The newest seal; None before the first."""
    with store.look() as db:
        last = db.execute(_LAST).first()
    return None if last is None else Head(last.seq, last.hash)


def _seal_block(store: Store) -> int:
    with store.shared() as db:
        if db.dialect.name == "postgresql":
            db.execute(_LOCK)
        last = db.execute(_LAST).first()
        first = (last.last_event if last else 0) + 1
        found = list(db.execute(_NEXT, {"after": first - 1, "most": BLOCK}).scalars())
        if not found:
            return 0
        header = {
            "seq": (last.seq if last else 0) + 1,
            "first_event": first,
            "last_event": found[-1],
            "count": len(found),
            "previous": last.hash if last else _GENESIS,
            "sealed_at": store.world.now(),
            "scheme": _SCHEME,
        }
        rows = db.execute(_ROWS, {"first": first, "last": found[-1]})
        digest = _digest(header, ((row.seq, row.payload) for row in rows))
        db.execute(audit_seal.insert().values(hash=digest, **header))
        return len(found)


def _digest(header: Any, rows: Iterator[tuple[int, str]]) -> str:
    start = header["previous"]
    if header["scheme"] is not None:
        start = canonical_json({**header, "sealed_at": header["sealed_at"].isoformat()})
    block = hashlib.sha256(start.encode())
    for seq, payload in rows:
        block.update(f"\n{seq} {payload}".encode())
    return block.hexdigest()


def verify(store: Store, kept: Head | None = None) -> Verdict:
    """Recompute the chain; one sentence per block that is broken, none when all is well.

    `kept` is a head from outside: the chain must still contain it.
    """
    with store.look() as db:
        broken = list(_before_all(db))
        previous, first, seq, rows = {_GENESIS}, 1, 1, 0
        last, heads = None, dict[int, str]()
        for last in db.execute(_SEALS).all():
            found, digest, wrong = _block(db, last)
            rows += found
            if last.previous not in previous and last.seq > seq:
                broken.append(_gone(seq, first, last))
                previous, first = {last.previous}, last.first_event
            sentence = _linked(last, previous, first) or _whole(last, found, digest) or wrong
            if sentence:
                broken.append(Broken(last.seq, last.first_event, last.last_event, sentence))
            previous, first, seq = {last.hash, digest}, last.last_event + 1, last.seq + 1
            heads[last.seq] = last.hash
        unsealed, oldest, newest = db.execute(_TAIL, {"after": first - 1}).one()
        if unsealed:
            broken += _tail(db, seq, first, newest, oldest, store.world.now())
    if kept is not None and heads.get(kept.seal) != kept.hash:
        broken.append(_cut(kept, seq - 1, heads))
    newest_head = Head(last.seq, last.hash) if last is not None else None
    return Verdict(tuple(broken), len(heads), rows, newest_head, unsealed, oldest)


def _before_all(db: Db) -> Iterator[Broken]:
    count, first, last = db.execute(
        select(func.count(), func.min(_e.seq), func.max(_e.seq)).where(_e.seq < 1)
    ).one()
    if count:
        yield Broken(1, first, last, f"{count} audit rows stand before the first block: they were put there.")


def _block(db: Db, row: Any) -> tuple[int, str, str]:
    """How many rows a block has now, the hash they give, and what is wrong with a row by itself."""
    wrong: list[str] = []
    count = 0

    def bytes_of() -> Iterator[tuple[int, str]]:
        nonlocal count
        for event in db.execute(_ROWS, {"first": row.first_event, "last": row.last_event}):
            count += 1
            wrong.extend(_shows_other(event))
            yield event.seq, event.payload

    digest = _digest({name: value for name, value in row._mapping.items() if name != "hash"}, bytes_of())
    named = f"Block {row.seq} is broken: {wrong[0]}" if wrong else ""
    return count, digest, named


def _shows_other(event: Any) -> Iterator[str]:
    """The columns people look at must say what the sealed bytes say."""
    try:
        said = json.loads(event.payload)
    except ValueError:
        said = {}
    shown = {"recorded": event.recorded.isoformat(), **{name: event._mapping[name] for name in _SHOWN}}
    other = [name for name, value in shown.items() if said.get(name) != value]
    if other:
        yield f"audit row {event.seq} shows another {' and '.join(other)} than was written."


def _gone(seal: int, first: int, row: Any) -> Broken:
    gone = f"Block {seal} is" if row.seq == seal + 1 else f"Blocks {seal} to {row.seq - 1} are"
    sentence = f"{gone} gone: block {row.seq} follows a seal that is not there."
    return Broken(seal, first, row.first_event - 1, sentence)


def _linked(row: Any, previous: set[str], first: int) -> str:
    if row.previous in previous and row.first_event == first:
        return ""
    return f"Block {row.seq} is broken: its seal does not follow the one before it."


def _whole(row: Any, found: int, digest: str) -> str:
    sealed = row._mapping["count"]
    rows = f"audit rows {row.first_event} to {row.last_event}"
    if found != sealed:
        return f"Block {row.seq} is broken: {found} {rows} are there, {sealed} were sealed."
    if digest != row.hash:
        return f"Block {row.seq} is broken: {rows}, or their seal, are not what was sealed."
    return ""


def _tail(db: Db, seal: int, first: int, newest: int, oldest: datetime, now: datetime) -> Iterator[Broken]:
    """Rows not sealed yet can only be asked whether they contradict themselves, and why they wait."""
    for event in db.execute(_ROWS, {"first": first, "last": newest}):
        for wrong in _shows_other(event):
            yield Broken(seal, event.seq, event.seq, f"Not sealed yet, and broken: {wrong}")
    if oldest < now - OVERDUE:
        yield Broken(
            seal,
            first,
            newest,
            f"Audit rows from {first} on wait for a seal since {oldest:%d %b %Y}: nobody seals (is a worker "
            "running?), or their seals were removed (verify against a head you kept).",
        )


def _cut(kept: Head, last: int, heads: dict[int, str]) -> Broken:
    if kept.seal in heads:
        sentence = f"Block {kept.seal} is not the one whose head was kept: the chain was rewritten up to it."
    else:
        sentence = f"Block {kept.seal}, whose head was kept, is gone: the chain ends with block {last}."
    return Broken(kept.seal, 0, 0, sentence)
