"""What a sandbox remembers: a durable document store, the state built on it, and the handler's contract.

Each effect has to be in the sandbox's own file before the sandbox answers, so that a test can kill either
side at any moment and still trust the sandbox as a witness. Reads never touch SQLite after loading.
"""

from __future__ import annotations

import hashlib
import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from pydantic_core import from_json, to_json

from connectors.sandbox.faults import Desk
from connectors.sandbox.wire import Clock, OutgoingHook, Request, Response

Doc = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS docs (kind TEXT, id TEXT, seq INTEGER, body TEXT, PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER);
"""


class _Entry(NamedTuple):
    seq: int
    text: str
    doc: Doc


class Store:
    """Documents by (kind, id) in insertion order, plus counters; a file, or memory when `path` is None."""

    def __init__(self, path: Path | None) -> None:
        self._kinds: dict[str, dict[str, _Entry]] = {}
        self._seq = 0
        self._counters: dict[str, int] = {}
        self._undo: dict[tuple[str, str], _Entry | None] = {}
        self._undo_counters: dict[str, int] = {}
        self.changes = 0
        """How often a document was put, taken away or brought back since this store was opened."""
        self._db = None if path is None else self._open(path)

    def _open(self, path: Path) -> sqlite3.Connection:
        db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.executescript(_SCHEMA)
        for kind, id_, seq, body in db.execute("SELECT kind, id, seq, body FROM docs ORDER BY seq"):
            self._kinds.setdefault(kind, {})[id_] = _Entry(seq, body, from_json(body))
            self._seq = seq
        self._counters |= dict(db.execute("SELECT name, value FROM counters"))
        return db

    def copy(self) -> Store:
        """A store in memory with the same committed contents; the two go their own ways from here."""
        made = Store(None)
        made._kinds = {kind: dict(entries) for kind, entries in self._kinds.items()}
        made._seq, made._counters = self._seq, dict(self._counters)
        return made

    def get(self, kind: str, id: str) -> Doc | None:
        """A fresh copy of one document, or None. Changing the copy changes nothing until `put`."""
        entry = self._kinds.get(kind, {}).get(id)
        return from_json(entry.text) if entry else None

    def peek(self, kind: str, id: str) -> Doc | None:
        """The shared object of one document, for reading only: cheap, and never to be changed."""
        entry = self._kinds.get(kind, {}).get(id)
        return entry.doc if entry else None

    def put(self, kind: str, id: str, doc: Mapping[str, Any]) -> None:
        """Store a snapshot of `doc` (JSON values only). An existing document keeps its place in the order."""
        self.changes += 1
        kinds = self._kinds.setdefault(kind, {})
        old = kinds.get(id)
        self._undo.setdefault((kind, id), old)
        if old is None:
            self._seq += 1
        text = to_json(doc).decode()
        kinds[id] = _Entry(old.seq if old else self._seq, text, from_json(text))

    def delete(self, kind: str, id: str) -> None:
        """Forget a document; no error when it is not there."""
        old = self._kinds.get(kind, {}).pop(id, None)
        if old is not None:
            self.changes += 1
            self._undo.setdefault((kind, id), old)

    def all(self, kind: str) -> Iterator[Doc]:
        """Every document of a kind in insertion order: shared objects, for reading only."""
        return iter([entry.doc for entry in self._kinds.get(kind, {}).values()])

    def count(self, kind: str) -> int:
        """How many documents of a kind there are."""
        return len(self._kinds.get(kind, {}))

    def next(self, name: str) -> int:
        """The next value (from 1) of a durable counter."""
        value = self._counters.get(name, 0) + 1
        self._undo_counters.setdefault(name, value - 1)
        self._counters[name] = value
        return value

    def commit(self) -> None:
        """Make every change since the last commit durable, in one transaction."""
        if self._db is not None and (self._undo or self._undo_counters):
            self._write(self._db)
        self._undo.clear()
        self._undo_counters.clear()

    def _write(self, db: sqlite3.Connection) -> None:
        put, gone = [], []
        for kind, id_ in self._undo:
            entry = self._kinds[kind].get(id_)
            if entry is None:
                gone.append((kind, id_))
            else:
                put.append((kind, id_, entry.seq, entry.text))
        counters = [(name, self._counters[name]) for name in self._undo_counters]
        db.execute("BEGIN")
        db.executemany("INSERT OR REPLACE INTO docs VALUES (?, ?, ?, ?)", put)
        db.executemany("DELETE FROM docs WHERE kind = ? AND id = ?", gone)
        db.executemany("INSERT OR REPLACE INTO counters VALUES (?, ?)", counters)
        db.execute("COMMIT")

    def rollback(self) -> None:
        """Undo every change since the last commit, order included."""
        self.changes += len(self._undo)
        touched = set()
        for (kind, id_), entry in self._undo.items():
            if entry is None:
                self._kinds[kind].pop(id_, None)
            else:
                self._kinds[kind][id_] = entry
                touched.add(kind)
        for kind in touched:
            self._kinds[kind] = dict(sorted(self._kinds[kind].items(), key=lambda item: item[1].seq))
        self._counters.update(self._undo_counters)
        self._undo.clear()
        self._undo_counters.clear()

    def close(self) -> None:
        """Close the file; uncommitted changes are lost."""
        if self._db is not None:
            self._db.close()


class State:
    """One running sandbox: its store, settings, control desk. Systems subclass it to add their indexes."""

    def __init__(self, path: Path | None, seed: int = 0, settings: Mapping[str, Any] | None = None) -> None:
        self.store = Store(path)
        self.seed = seed
        self.settings: Doc = dict(settings or {})
        self.desk = Desk()

    @property
    def limits(self) -> Doc:
        """What `POST /__control__/limits` set (shared object, read only); missing keys = as documented."""
        return self.store.peek("__control__", "limits") or {}

    def story_now(self, clock: Clock) -> datetime:
        """The story's moment for business stamps, in the zone it was set with; real time by default."""
        story = self.store.peek("__control__", "clock")
        return datetime.fromisoformat(story["story"]) if story else clock.now()

    def uuid(self, name: str) -> str:
        """A new UUID, the same for the same seed and history."""
        text = f"{self.seed}:{name}:{self.store.next('uuid:' + name)}"
        return str(uuid.UUID(bytes=hashlib.sha256(text.encode()).digest()[:16], version=4))

    def reload(self) -> None:
        """Rebuild whatever a subclass derives from the store; called after a rollback."""

    def close(self) -> None:
        """Close the store."""
        self.store.close()


class Handler(Protocol):
    """What each system's package exports as SANDBOX.

    `handle` is pure dispatch: no threads, sockets or sleeping; it commits the store before returning. Paths
    below `/__control__/` that the framework does not know (`hands/...`, `ledger`) reach it as requests.
    A header `x-sandbox-partial: k` asks a batch endpoint to save only the first k elements.
    """

    name: str

    def open(self, path: Path | None, seed: int = 0, settings: Mapping[str, Any] = ...) -> State:
        """Open (or create) the state kept in `path`."""
        ...

    def handle(self, request: Request, state: Any, clock: Clock) -> Response:
        """Answer one request and commit its effect."""
        ...

    def due_hooks(self, state: Any, clock: Clock) -> list[OutgoingHook]:
        """Webhooks to send now; empty for systems without. Must be cheap: asked after every request."""
        ...

    def settle_hook(self, state: Any, clock: Clock, hook_id: str, status: int | None) -> None:
        """What became of a webhook: its HTTP status, or None when no answer came within five seconds."""
        ...
