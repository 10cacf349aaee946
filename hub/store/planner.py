"""What the query planners are told about our tables, before the databases know by themselves.

Without statistics SQLite takes any first column of an index to leave ten rows, so that `group_id = ?` looks
nearly as good as an id, and a question about one case or one record reads its whole group. Statistics taken
from a young database would mislead it later. So each index is described as it looks in a group with a long
history (SQLite manual, "ANALYZE": an application may write sqlite_stat1 itself).

PostgreSQL measures tables by itself, but a minute or more late, and plans a first load without (manual,
"The Autovacuum Daemon"); so a table that has rows and was never measured is measured at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy import Connection, text

ROWS = 1_000_000
OPEN = 1_000
"""Rows of a partial index: it is made for the few that wait."""
FEW = {"group_id": 1, "connection_id": 1, "target_id": 1, "latest": 1, "stream": 10, "to_stream": 10,
       "kind": 10, "to_kind": 10, "entity_type": 10, "state": 10, "tier": 10}  # fmt: skip
"""How many values a column has, where that is few."""
ALIKE = 5
"""Rows that agree in one value of any other column."""
_INDEXES = text(
    'SELECT m.tbl_name, m.name, l."unique", l.partial, c.name '
    "FROM sqlite_master AS m, pragma_index_list(m.tbl_name) AS l, pragma_index_info(m.name) AS c "
    "WHERE m.type = 'index' AND l.name = m.name ORDER BY m.name, c.seqno"
)
_WRITE = text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :stat)")
_UNMEASURED = text(
    "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND reltuples < 0 "
    "AND relnamespace = current_schema()::regnamespace AND pg_relation_size(oid) > 0 ORDER BY relname"
)


def describe(db: Connection) -> None:
    """Describe every index, in the caller's transaction. On PostgreSQL nothing is done: see `measure`."""
    if db.dialect.name != "sqlite":
        return
    db.execute(text("ANALYZE"))  # makes the table
    db.execute(text("DELETE FROM sqlite_stat1"))
    for (table, index, unique, partial), rows in groupby(
        db.execute(_INDEXES), key=lambda row: tuple(row[:4])
    ):
        stat = statistics([row[4] for row in rows], unique=bool(unique), partial=bool(partial))
        db.execute(_WRITE, {"table": table, "index": index, "stat": stat})


def measure(db: Connection) -> None:
    """Measure PostgreSQL's tables that never were, in the caller's transaction; locked ones wait."""
    unmeasured = list(db.execute(_UNMEASURED).scalars())
    if unmeasured:
        db.execute(text(f"ANALYZE (SKIP_LOCKED) {', '.join(unmeasured)}"))


def statistics(columns: Sequence[str], *, unique: bool, partial: bool = False) -> str:
    """The row of sqlite_stat1: all rows, then how many agree in the first column, the first two, ..."""
    rows = OPEN if partial else ROWS
    numbers = [rows]
    for column in columns:
        rows = max(1, rows // FEW[column]) if column in FEW else min(rows, ALIKE)
        numbers.append(rows)
    if unique:
        numbers[-1] = 1
    return " ".join(map(str, numbers))
