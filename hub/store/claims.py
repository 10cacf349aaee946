"""Claims at rest: the row that keeps a reference and a service from being used twice, and its value.

The value is canonical and encrypted (hub.store.entities); the row holds what must be unique or asked for.
Both are written here and nowhere else, in one transaction. Rows are never deleted: a reference is never used
again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select, update

from hub.canonical import Claim, ClaimState
from hub.claims import ClaimItem
from hub.ids import canonical_json, keyed_hash
from hub.store import entities
from hub.store.bulk import chunks
from hub.store.entities import Change
from hub.store.session import Unit
from hub.store.tables import claim as table

_c = table.c
_OF_INVOICE = (
    select(table)
    .where(_c.group_id == bindparam("g"), _c.pms_id == bindparam("pms"), _c.invoice_id == bindparam("inv"))
    .order_by(_c.number, _c.created_at, _c.reference)
)
_AMONG = (
    select(_c.invoice_id)
    .where(
        _c.group_id == bindparam("g"),
        _c.pms_id == bindparam("pms"),
        _c.invoice_id.in_(bindparam("ids", expanding=True)),
    )
    .distinct()
)
_ONE = select(table).where(_c.group_id == bindparam("g"), _c.reference == bindparam("ref"))
_TWIN = select(_c.reference).where(
    _c.group_id == bindparam("g"),
    _c.scheme == bindparam("scheme"),
    _c.twin == bindparam("twin"),
    _c.state.not_in([s.value for s in ClaimState if not s.stands]),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A claim without its content. `number`: the line's how manieth claim that may have left the house."""

    reference: str
    scheme: str
    pms: str
    invoice: str
    line: str
    state: ClaimState
    cents: int
    served_on: date
    batch: str | None
    replaces: str | None
    number: int


def _row(row: Any) -> Row:
    return Row(
        row.reference,
        row.scheme,
        row.pms_id,
        row.invoice_id,
        row.line_id,
        ClaimState(row.state),
        row.cents,
        row.served_on,
        row.batch_id,
        row.replaces,
        row.number,
    )


def twin_key(unit: Unit, twin: Sequence[str]) -> str:
    """A scheme's own test of a duplicate in a form that tells nothing of the member."""
    return keyed_hash(unit.vault.key, "claim-twin", canonical_json(list(twin)))


def of_invoice(unit: Unit, pms: str, invoice: str) -> list[Row]:
    """Every claim ever made of an invoice's lines, oldest first."""
    rows = unit.db.execute(_OF_INVOICE, {"g": unit.group, "pms": pms, "inv": invoice})
    return [_row(row) for row in rows]


def among(unit: Unit, pms: str, invoices: Sequence[str]) -> set[str]:
    """Those of these invoices of which anything was ever claimed."""
    return {
        row.invoice_id
        for some in chunks(invoices)
        for row in unit.db.execute(_AMONG, {"g": unit.group, "pms": pms, "ids": list(some)})
    }


def invoices_of(unit: Unit, pms: str) -> set[str]:
    """Source ids of the invoices of a connection of which anything was ever claimed."""
    query = select(_c.invoice_id).where(_c.group_id == unit.group, _c.pms_id == pms).distinct()
    return set(unit.db.execute(query).scalars())


def row_of(unit: Unit, reference: str) -> Row | None:
    """The row of a reference, whatever became of it; letter case does not matter."""
    row = unit.db.execute(_ONE, {"g": unit.group, "ref": reference.upper()}).first()
    return None if row is None else _row(row)


def standing_twin(unit: Unit, scheme: str, twin: str) -> str | None:
    """The reference of the standing claim for the same service, by `twin_key`."""
    row = unit.db.execute(_TWIN, {"g": unit.group, "scheme": scheme, "twin": twin}).first()
    return None if row is None else str(row.reference)


def listed(unit: Unit, scheme: str, states: Iterable[ClaimState] | None = None) -> list[Row]:
    """Claims of a scheme in these states (all without), by day of the service and reference."""
    query = select(table).where(_c.group_id == unit.group, _c.scheme == scheme)
    if states is not None:
        query = query.where(_c.state.in_([state.value for state in states]))
    return [_row(row) for row in unit.db.execute(query.order_by(_c.served_on, _c.reference))]


def in_batch(unit: Unit, batch: str) -> list[Row]:
    """The claims of one file, by reference."""
    query = select(table).where(_c.group_id == unit.group, _c.batch_id == batch).order_by(_c.reference)
    return [_row(row) for row in unit.db.execute(query)]


def get(unit: Unit, scheme: str, reference: str) -> Claim | None:
    """The value of a claim."""
    found = entities.get(unit, scheme, Claim.kind, reference.upper())
    return found if isinstance(found, Claim) else None


def make(unit: Unit, claim: Claim, twin: str, number: int) -> Change | None:
    """A new claim, or one withdrawn before that is wanted again under its own reference."""
    at = {"updated_at": unit.now, "state": claim.state.value, "number": number}
    again = unit.db.execute(
        update(table)
        .where(
            _c.group_id == unit.group, _c.reference == claim.reference, _c.state == ClaimState.WITHDRAWN.value
        )
        .values(**at, replaces=claim.item.replaces)
    )
    if not again.rowcount:
        unit.db.execute(
            table.insert().values(
                group_id=unit.group,
                reference=claim.reference,
                scheme=claim.source.connection,
                pms_id=claim.pms,
                invoice_id=claim.invoice,
                line_id=claim.item.invoice_line,
                twin=twin,
                cents=claim.item.total,
                served_on=claim.item.served_from,
                replaces=claim.item.replaces,
                created_at=unit.now,
                **at,
            )
        )
    return entities.put(unit, claim)


def keep(unit: Unit, claim: Claim, *, batch: str | None = None) -> Change | None:
    """A claim as it is now; its service and reference never change."""
    values = {"state": claim.state.value, "updated_at": unit.now}
    if batch is not None:
        values["batch_id"] = batch
    unit.db.execute(
        update(table).where(_c.group_id == unit.group, _c.reference == claim.reference).values(**values)
    )
    return entities.put(unit, claim)


def essence(item: ClaimItem) -> tuple[object, ...]:
    """What a service is, without the names an attempt gives it."""
    return (
        item.member, item.service, item.served_from.isoformat(), item.served_to.isoformat(), item.unit_price,
        item.minutes, str(item.quantity) if item.quantity is not None else None, item.tax.value,
        item.kind.value, item.cancelled, item.invoice_line,
    )  # fmt: skip
