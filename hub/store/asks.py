"""Asks for payments as rows: at most one stands per invoice and payment system.

An ask never changes: its end is part of what is asked, and another one takes its place. It stands until it is
withdrawn, also past its time; whether anything is still to be paid is for the case to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from hub.store.session import Unit
from hub.store.tables import payment_ask

_a = payment_ask.c
_MINE = (
    _a.group_id == bindparam("g"),
    _a.connection_id == bindparam("c"),
    _a.invoice == bindparam("i"),
)
_STANDING = select(payment_ask).where(*_MINE, _a.ended_at.is_(None)).order_by(_a.target_id)
_EVER = select(_a.id).where(*_MINE, _a.target_id == bindparam("t")).limit(1)
_END = update(payment_ask).where(*_MINE, _a.target_id == bindparam("t"), _a.ended_at.is_(None))


@dataclass(frozen=True, slots=True)
class AskRow:
    """One ask: of an invoice (source id and number) of a practice system, at a payment system (`target`)."""

    id: str
    target: str
    connection: str
    invoice: str
    number: str
    who: str
    why: str
    asked_at: datetime
    expires: datetime
    ended_at: datetime | None
    ended_why: str | None

    @property
    def subject(self) -> str:
        """The subject of its case."""
        return f"{self.connection}:{self.invoice}"


def put(
    unit: Unit, target: str, connection: str, invoice: str, number: str, *, why: str, expires: datetime
) -> AskRow:
    """Write an ask by the unit's agent; the one standing before it ends."""
    end(unit, target, connection, invoice, "another one took its place")
    row = AskRow(
        unit.new_id(), target, connection, invoice, number[:100], unit.agent[:100], why, unit.now, expires,
        None, None,
    )  # fmt: skip
    unit.db.execute(
        payment_ask.insert().values(
            id=row.id,
            group_id=unit.group,
            target_id=target,
            connection_id=connection,
            invoice=invoice,
            number=row.number,
            who=row.who,
            why=why,
            asked_at=row.asked_at,
            expires_at=expires,
        )
    )
    return row


def end(unit: Unit, target: str, connection: str, invoice: str, why: str) -> bool:
    """End the standing ask of an invoice; False where there is none."""
    keys = {"g": unit.group, "c": connection, "i": invoice, "t": target}
    return unit.db.execute(_END.values(ended_at=unit.now, ended_why=why[:200]), keys).rowcount == 1


def standing(unit: Unit, connection: str, invoice: str) -> list[AskRow]:
    """The asks of an invoice that were not ended, one per target at most."""
    rows = unit.db.execute(_STANDING, {"g": unit.group, "c": connection, "i": invoice})
    return [_row(row) for row in rows]


def ever(unit: Unit, target: str, connection: str, invoice: str) -> bool:
    """Whether an invoice was ever asked for."""
    keys = {"g": unit.group, "c": connection, "i": invoice, "t": target}
    return unit.db.execute(_EVER, keys).first() is not None


def listed(unit: Unit, limit: int = 50) -> Sequence[AskRow]:
    """The newest asks."""
    query = select(payment_ask).where(_a.group_id == unit.group)
    return [
        _row(row) for row in unit.db.execute(query.order_by(_a.asked_at.desc(), _a.id.desc()).limit(limit))
    ]


def _row(row: Any) -> AskRow:
    return AskRow(row.id, row.target_id, row.connection_id, row.invoice, row.number, row.who, row.why,
                  row.asked_at, row.expires_at, row.ended_at, row.ended_why)  # fmt: skip
