"""What a driver's error means to us: the hub's own errors, with a code, one sentence and who must act.

A driver's text may hold values of rows, host names and passwords, so none of it goes on. Errors that are
defects of ours (a broken constraint, a wrong statement) are left as they are: shells tell their class only.
"""

from __future__ import annotations

from sqlalchemy.exc import DatabaseError, DBAPIError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from hub.errors import DatabaseFailed, Who

_SENTENCES = {
    "database-busy": "Others kept the database busy for too long; nothing was done. It is tried again.",
    "database-gone": "The database cannot be reached: stopped, restarting, or HUB_DATABASE_URL is wrong.",
    "database-full": "The database has no room left; nothing of this was kept. Free space on its disk.",
    "database-readonly": "The database does not take changes: look at its file's rights, or at its server.",
    "database-disk": "The database's disk cannot be read or written: full, over a limit, or broken.",
    "database-broken": "The database is damaged: stop the hub and restore the newest backup.",
    "database": "The database could not be used; its server's own log says why.",
}
_PASSING = frozenset({"database-busy", "database-gone"})

_WRONG_STATEMENT = 1
# Primary result codes (SQLite manual, "result and error codes").
_SQLITE = {
    3: "database-readonly",
    5: "database-busy",
    6: "database-busy",
    8: "database-readonly",
    10: "database-disk",
    11: "database-broken",
    13: "database-full",
    14: "database-gone",
    26: "database-broken",
}
# SQLSTATE, longest prefix first (PostgreSQL manual, appendix A).
_STATES = (
    ("53100", "database-full"),
    ("55P03", "database-busy"),
    ("53", "database-busy"),
    ("40", "database-busy"),
    ("57P", "database-gone"),
    ("08", "database-gone"),
    ("25006", "database-readonly"),
    ("58", "database-disk"),
    ("XX001", "database-broken"),
    ("XX002", "database-broken"),
)


class told:
    """Raise DatabaseFailed for what the database could not do inside; everything else passes."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        code = "database-busy" if isinstance(error, PoolTimeout) else None
        if isinstance(error, DBAPIError):
            code = code_of(error)
        if code is not None:
            raise failure(code) from None


def failure(code: str) -> DatabaseFailed:
    """The error of one code."""
    return DatabaseFailed(_SENTENCES[code], code=code, who=Who.OPS)


def passing(error: DatabaseFailed) -> bool:
    """Whether waiting may help."""
    return error.code in _PASSING


def code_of(error: DBAPIError) -> str | None:
    """Our code for a driver's error; None where it is a defect and not the database's state."""
    if error.connection_invalidated:
        return "database-gone"
    number = getattr(error.orig, "sqlite_errorcode", None)
    state = getattr(error.orig, "sqlstate", None)
    if number is not None:
        known = _SQLITE.get(number & 0xFF, None if number == _WRONG_STATEMENT else "database")
    elif state is not None:
        known = next((code for prefix, code in _STATES if state.startswith(prefix)), "database")
    else:  # a connection that could not be made has no state
        known = "database-gone"
    operational = isinstance(error, OperationalError)
    named = known not in (None, "database") and type(error) in (DatabaseError, InternalError)
    return known if operational or named else None
