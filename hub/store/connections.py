"""A connection's state: its secrets, whether it may be used now, and the target's settings as last read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import bindparam, select

from hub import audit
from hub.ids import keyed_hash
from hub.store.session import Unit
from hub.store.tables import clinic_group, connection, grant
from hub.targets import Chart

_c = connection.c
_SECRET = select(_c.secret_enc).where(_c.group_id == bindparam("g"), _c.id == bindparam("id"))
_STATE = (
    select(
        _c.frozen,
        _c.paused_until,
        _c.pause_code,
        _c.pause_sentence,
        _c.reconnect,
        clinic_group.c.frozen.label("group_frozen"),
    )
    .select_from(clinic_group)
    .outerjoin(connection, (_c.group_id == clinic_group.c.id) & (_c.id == bindparam("id")))
    .where(clinic_group.c.id == bindparam("g"))
)
_UPDATE = connection.update().where(_c.group_id == bindparam("b_g"), _c.id == bindparam("b_id"))
_CHART = select(_c.chart_enc, _c.chart_at).where(_c.group_id == bindparam("g"), _c.id == bindparam("id"))
_CHART_TYPE: TypeAdapter[Chart] = TypeAdapter(Chart)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
UNSAID = timedelta(seconds=60)
"""How long calls rest when nobody said until when."""
SHORTEST = timedelta(seconds=1)
"""How long they rest when the instant that was named is over already."""
_NEVER_GRANT = frozenset({"webhook_key", "hint_key"})  # belong to the connection even where a grant is shared


@dataclass(frozen=True, slots=True)
class State:
    """Whether a connection may be used. `frozen` stops writes only; pulling and planning go on."""

    frozen: bool
    paused_until: datetime | None
    reconnect: bool
    code: str | None
    sentence: str | None

    def open(self, now: datetime) -> bool:
        """Whether calls may be made (reads; writes need `not frozen` as well)."""
        return not self.reconnect and (self.paused_until is None or self.paused_until <= now)


def _write(unit: Unit, id: str, **values: Any) -> None:
    """Update the row, or make it (a connection may be paused before anybody stored a secret)."""
    values["updated_at"] = unit.now
    done = unit.db.execute(_UPDATE, {"b_g": unit.group, "b_id": id, **values})
    if done.rowcount == 0:
        row = {"system": "", "role": "", "frozen": False, "reconnect": False, **values}
        unit.db.execute(connection.insert().values(group_id=unit.group, id=id, **row))


def store_secret(
    unit: Unit, id: str, system: str, role: str, values: Mapping[str, str], *, grant: str | None = None
) -> None:
    """Store a connection's secrets encrypted.

    For a connection that is written to they also make or renew its grant (`grant`, else one named like the
    connection), for one that is only read just a grant that is named. The same secrets given again change
    nothing: the stored ones may have rotated since.
    """
    text = json.dumps(dict(values), sort_keys=True)
    sealed = unit.vault.seal("connection", "secret_enc", id, text)
    _write(unit, id, system=system, role=role, secret_enc=sealed)
    if role != "source" or grant is not None:
        _store_grant(unit, grant or id, system, values)


def _store_grant(unit: Unit, id: str, system: str, values: Mapping[str, str]) -> None:
    kept = {name: value for name, value in values.items() if name not in _NEVER_GRANT}
    given = keyed_hash(unit.vault.key, "given", json.dumps(kept, sort_keys=True))
    where = (grant.c.group_id == unit.group) & (grant.c.id == id)
    row = unit.db.execute(select(grant.c.secret_enc, grant.c.version).where(where)).first()
    if row is not None:
        stored = json.loads(unit.vault.open("oauth_grant", "secret_enc", id, row.secret_enc))
        if stored.get("given") == given:
            return
    text = json.dumps({"given": given, "secret": kept}, sort_keys=True)
    new = {
        "system": system,
        "secret_enc": unit.vault.seal("oauth_grant", "secret_enc", id, text),
        "token_enc": None,
        "expires_at": None,
        "renew_at": None,
        "renew_for": None,
        "dead": False,
        "updated_at": unit.now,
    }
    if row is None:
        unit.db.execute(grant.insert().values(group_id=unit.group, id=id, version=1, **new))
    else:
        unit.db.execute(grant.update().where(where).values(version=row.version + 1, **new))


def secret(unit: Unit, id: str) -> dict[str, str]:
    """The stored secrets; empty when nobody stored any."""
    row = unit.db.execute(_SECRET, {"g": unit.group, "id": id}).first()
    if row is None or row.secret_enc is None:
        return {}
    loaded: dict[str, str] = json.loads(unit.vault.open("connection", "secret_enc", id, row.secret_enc))
    return loaded


def state(unit: Unit, id: str) -> State:
    """Whether it may be used; a connection nobody wrote about is open."""
    row = unit.db.execute(_STATE, {"g": unit.group, "id": id}).one()
    return State(
        bool(row.frozen) or bool(row.group_frozen),
        row.paused_until,
        bool(row.reconnect),
        row.pause_code,
        row.pause_sentence,
    )


def is_open(unit: Unit, id: str, now: datetime) -> bool:
    """Whether calls may be made now (not paused, not waiting for a person to reconnect)."""
    return state(unit, id).open(now)


def may_write(unit: Unit, id: str, now: datetime) -> bool:
    """Whether it is open and neither it nor its group is frozen."""
    found = state(unit, id)
    return found.open(now) and not found.frozen


def pause(
    unit: Unit, id: str, until: datetime | None, code: str, sentence: str, reconnect: bool = False
) -> None:
    """Stop calls until an instant; `reconnect` stops them until a person reconnects. The queue stays.

    A pause never shortens a longer one, nor ends the wait for a reconnect. One whose end is over (their clock
    is behind ours, or the answer took longer than the wait) still is a short one: a connection that stays
    open would be asked again at once, without end.
    """
    now = state(unit, id)
    if now.reconnect and not reconnect:
        return
    if not reconnect:
        until = unit.now + UNSAID if until is None else until
        until = until if until > unit.now else unit.now + SHORTEST
        if now.paused_until is not None and now.paused_until >= until:
            return
    _write(unit, id, paused_until=until, pause_code=code[:100], pause_sentence=sentence, reconnect=reconnect)
    if reconnect and not now.reconnect:
        audit.record(unit, "pause", "connection", id, outcome="reconnect", connection=id, code=code)


def resume(unit: Unit, id: str) -> None:
    """End any pause (a person reconnected, or a call went through)."""
    _write(unit, id, paused_until=None, pause_code=None, pause_sentence=None, reconnect=False)


def freeze(unit: Unit, id: str | None, *, frozen: bool = True, why: str) -> None:
    """Stop (or allow again) all writes of one connection, or with None of the whole group; audited."""
    if id is None:
        unit.db.execute(clinic_group.update().where(clinic_group.c.id == unit.group).values(frozen=frozen))
    else:
        _write(unit, id, frozen=frozen)
    audit.record(
        unit,
        "freeze" if frozen else "thaw",
        "group" if id is None else "connection",
        id or unit.group,
        outcome="frozen" if frozen else "open",
        connection=id,
        reason=why,
    )


def store_chart(unit: Unit, id: str, chart: Chart) -> None:
    """Keep a target's settings as just read."""
    text = _CHART_TYPE.dump_json(chart).decode()
    _write(unit, id, chart_enc=unit.vault.seal("connection", "chart_enc", id, text), chart_at=unit.now)


def forget_chart(unit: Unit) -> None:
    """Have every target's settings read again before they are believed (a person says they were mended)."""
    where = (_c.group_id == unit.group) & _c.chart_at.is_not(None)
    unit.db.execute(connection.update().where(where).values(chart_at=_LONG_AGO))


def chart(unit: Unit, id: str) -> tuple[Chart, datetime] | None:
    """The settings as last read, and when; None when never."""
    row = unit.db.execute(_CHART, {"g": unit.group, "id": id}).first()
    if row is None or row.chart_enc is None:
        return None
    text = unit.vault.open("connection", "chart_enc", id, row.chart_enc)
    return _parsed(text), row.chart_at


@lru_cache(maxsize=32)
def _parsed(text: str) -> Chart:
    """A chart is asked for at every turn of a target and changes seldom; nobody writes into one."""
    return _CHART_TYPE.validate_json(text)
