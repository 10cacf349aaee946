"""Rows as work leaves them, for what only asks: due work, reports, standing questions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from hub.config.model import ConnectionConfig, GroupConfig, Tables
from hub.config.store import store_config
from hub.kernel import Kernel
from hub.store.tables import (
    case,
    delivery,
    entity,
    hold,
    inbox_message,
    issue,
    link,
    raw_record,
    stream_cursor,
)

GROUP, SOURCE, TARGET = "harbour", "harbour-cliniko", "harbour-xero"


def configured(kernel: Kernel, group: str = GROUP) -> Kernel:
    """The kernel with one source and one target in its group."""
    made = (
        ConnectionConfig(id=SOURCE, system="cliniko", role="source"),
        ConnectionConfig(id=TARGET, system="xero", role="target"),
    )
    config = GroupConfig(
        id=group, name=group, currency="AUD", connections=made, locations=(), tables=Tables(), version="1"
    )
    store_config(kernel, group, config, group, "test")
    return kernel


def put(kernel: Kernel, table: Any, values: dict[str, Any], group: str = GROUP) -> str:
    """Insert one row now; its id."""
    with kernel.store.write(group) as unit:
        row = {"group_id": group, **values}
        if "id" in table.c and "id" not in row:
            row["id"] = unit.new_id()
        unit.db.execute(table.insert().values(**row))
    return str(row.get("id", ""))


def a_hint(kernel: Kernel, **more: Any) -> str:
    now = kernel.world.now()
    row = {
        "connection_id": SOURCE, "stream": "invoices", "source_id": "1", "external_id": "", "attempts": 0,
        "received_at": now, "due_at": now, "state": "waiting",
    }  # fmt: skip
    return put(kernel, inbox_message, row | more)


def a_case(kernel: Kernel, **more: Any) -> str:
    now = kernel.world.now()
    row = {
        "target_id": TARGET, "kind": "invoice", "subject": kernel.world.new_id(), "number": "1", "marked": 1,
        "planned": 0, "due_at": now, "marked_at": now, "look_first": False, "stuck": False,
    }  # fmt: skip
    return put(kernel, case, row | more)


def a_delivery(kernel: Kernel, state: str, **more: Any) -> str:
    now = kernel.world.now()
    row = {
        "target_id": TARGET, "case_id": "c1", "document_id": kernel.world.new_id(), "kind": "invoice",
        "version": 1, "op": "create", "tier": 1, "content_enc": b"", "content_hash": "h", "basis_hash": "b",
        "mark": "m", "config_version": "1", "business_date": date(2026, 10, 5), "cents": 100, "state": state,
        "due_at": now, "attempts": 0, "look_first": False, "created_at": now,
        "settled_at": now if state in ("delivered", "held", "cancelled") else None,
    }  # fmt: skip
    return put(kernel, delivery, row | more)


def a_link(kernel: Kernel, document: str, external: str, **more: Any) -> None:
    row = {
        "document_id": document, "case_id": "c1", "target_id": TARGET, "kind": "invoice", "objects": 1,
        "external_id": external, "live": True, "version": 1, "delivery_id": "d1", "content_hash": "h",
        "basis_hash": "b", "seen": "{}", "updated_at": kernel.world.now(),
    }  # fmt: skip
    put(kernel, link, row | more)


def a_hold(kernel: Kernel, cause: str, **more: Any) -> str:
    row = {
        "case_id": "c1", "cause": cause, "sentence": "Held.", "who": "bookkeeper", "cents": 100,
        "stops": True, "urgent": False, "opened_at": kernel.world.now(),
    }  # fmt: skip
    return put(kernel, hold, row | more)


def an_issue(kernel: Kernel, cause: str, **more: Any) -> str:
    row = {
        "connection_id": SOURCE, "stream": "invoices", "source_id": "1", "number": "1", "cause": cause,
        "sentence": "Cannot be read.", "who": "clinic staff", "cents": 0, "opened_at": kernel.world.now(),
    }  # fmt: skip
    return put(kernel, issue, row | more)


def a_record(kernel: Kernel, **more: Any) -> str:
    row = {
        "connection_id": SOURCE, "stream": "invoices", "source_id": kernel.world.new_id(), "version": 1,
        "latest": True, "gone": False, "body_enc": b"", "body_hash": "h", "asked_at": kernel.world.now(),
        "normalise": False,
    }  # fmt: skip
    return put(kernel, raw_record, row | more)


def an_entity(kernel: Kernel, kind: str = "invoice", **more: Any) -> str:
    row = {
        "connection_id": SOURCE, "kind": kind, "source_id": kernel.world.new_id(), "body_enc": b"",
        "content_hash": "h", "mapping_version": "1", "withdrawn": False, "version": 1,
        "updated_at": kernel.world.now(),
    }  # fmt: skip
    return put(kernel, entity, row | more)


def a_cursor(kernel: Kernel, last_complete: datetime | None, stream: str = "invoices") -> None:
    row = {
        "connection_id": SOURCE, "stream": stream, "state": "{}", "last_complete": last_complete,
        "updated_at": kernel.world.now(),
    }  # fmt: skip
    put(kernel, stream_cursor, row)


def ago(kernel: Kernel, **span: float) -> datetime:
    return kernel.world.now() - timedelta(**span)
