"""Every table, as SQLAlchemy Core. The clinic group is part of every unique key.

Ids are 32-character text. Instants are aware UTC (type Instant); business dates are dates; money is
integer cents. `*_enc` columns are AES-GCM values bound to group, table, column and row. The alembic
migrations create exactly this (a test compares).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Instant(TypeDecorator[datetime]):
    """Aware UTC in, aware UTC out, on both databases; naive datetimes are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("instants must be aware")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _id(name: str = "id", **kw: Any) -> Column[str]:
    return Column(name, String(64), nullable=kw.pop("nullable", False), **kw)


def _key(name: str, length: int = 200, **kw: Any) -> Column[str]:
    return Column(name, String(length), nullable=kw.pop("nullable", False), **kw)


meta = Table("meta", metadata, _key("key", primary_key=True), Column("value", Text, nullable=False))

clinic_group = Table(
    "clinic_group",
    metadata,
    _id(primary_key=True),
    Column("data_key_wrapped", LargeBinary, nullable=False),
    _key("master_key_id", 64),
    Column("frozen", Boolean, nullable=False, default=False),
    Column("created_at", Instant, nullable=False),
)

config_version = Table(
    "config_version",
    metadata,
    _id("group_id", primary_key=True),
    _key("version", 64, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("body", Text, nullable=False),
    _key("loaded_by", 100),
    Column("loaded_at", Instant, nullable=False),
    UniqueConstraint("group_id", "seq"),
)

connection = Table(
    "connection",
    metadata,
    _id("group_id", primary_key=True),
    _key("id", 100, primary_key=True),
    _key("system", 50),
    _key("role", 10),
    Column("secret_enc", LargeBinary),
    Column("frozen", Boolean, nullable=False, default=False),
    Column("paused_until", Instant),
    Column("pause_code", String(100)),
    Column("pause_sentence", Text),
    Column("reconnect", Boolean, nullable=False, default=False),
    Column("chart_enc", LargeBinary),
    Column("chart_at", Instant),
    Column("updated_at", Instant, nullable=False),
)

grant = Table(
    "oauth_grant",
    metadata,
    _id("group_id", primary_key=True),
    _key("id", 100, primary_key=True),
    _key("system", 50),
    Column("secret_enc", LargeBinary, nullable=False),
    Column("token_enc", LargeBinary),
    Column("expires_at", Instant),
    Column("version", Integer, nullable=False, default=0),
    Column("dead", Boolean, nullable=False, default=False),
    Column("updated_at", Instant, nullable=False),
)

raw_record = Table(
    "raw_record",
    metadata,
    _id(primary_key=True),
    _id("group_id"),
    _key("connection_id", 100),
    _key("stream", 60),
    _key("source_id", 100),
    Column("version", Integer, nullable=False),
    Column("latest", Boolean, nullable=False),
    Column("gone", Boolean, nullable=False, default=False),
    Column("body_enc", LargeBinary, nullable=False),
    _key("body_hash", 64),
    Column("source_time", Instant),
    Column("asked_at", Instant, nullable=False),
    Column("normalise", Boolean, nullable=False, default=True),
    UniqueConstraint("group_id", "connection_id", "stream", "source_id", "version"),
    Index("ix_raw_latest", "group_id", "connection_id", "stream", "source_id", "latest"),
    Index("ix_raw_todo", "group_id", "connection_id", "stream", sqlite_where=text("normalise")),
)

raw_edge = Table(
    "raw_edge",
    metadata,
    _id("group_id", primary_key=True),
    _key("connection_id", 100, primary_key=True),
    _key("stream", 60, primary_key=True),
    _key("source_id", 100, primary_key=True),
    _key("to_stream", 60, primary_key=True),
    _key("to_id", 100, primary_key=True),
    Index("ix_raw_edge_to", "group_id", "connection_id", "to_stream", "to_id", "stream"),
)

stream_cursor = Table(
    "stream_cursor",
    metadata,
    _id("group_id", primary_key=True),
    _key("connection_id", 100, primary_key=True),
    _key("stream", 60, primary_key=True),
    Column("committed", Instant),
    Column("state", Text, nullable=False, default="{}"),
    Column("run_started", Instant),
    Column("last_complete", Instant),
    Column("last_nightly", Instant),
    Column("lease_owner", String(100)),
    Column("lease_until", Instant),
    Column("last_error", String(200)),
    Column("updated_at", Instant, nullable=False),
)

bundle_refetch = Table(
    "bundle_refetch",
    metadata,
    _id("group_id", primary_key=True),
    _key("connection_id", 100, primary_key=True),
    _key("stream", 60, primary_key=True),
    _key("source_id", 100, primary_key=True),
    Column("raw_record", String(64), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("done", Boolean, nullable=False, default=False),
)

inbox_message = Table(
    "inbox_message",
    metadata,
    _id(primary_key=True),
    _id("group_id"),
    _key("connection_id", 100),
    _key("stream", 60),
    _key("source_id", 100),
    _key("external_id", 200),
    Column("received_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    _key("state", 20),  # waiting, handled, ignored, failed
    Column("attempts", Integer, nullable=False, default=0),
    Column("handled_at", Instant),
    Column("lease_owner", String(100)),
    Column("lease_until", Instant),
    Column("error", String(200)),
    Index("ix_inbox_due", "group_id", "state", "due_at"),
    Index("ix_inbox_same", "group_id", "connection_id", "stream", "source_id", "state"),
    Index("ix_inbox_handled", "group_id", "handled_at"),
)

entity = Table(
    "entity",
    metadata,
    _id(primary_key=True),
    _id("group_id"),
    _key("connection_id", 100),
    _key("kind", 40),
    _key("source_id", 100),
    Column("body_enc", LargeBinary, nullable=False),
    _key("content_hash", 64),
    _id("raw_record", nullable=True),
    _key("mapping_version", 40),
    Column("withdrawn", Boolean, nullable=False, default=False),
    Column("withdrawn_why", String(200)),
    _key("number_key", 64, nullable=True),  # keyed hash for equality search
    _key("location", 100, nullable=True),
    Column("day", Date),
    Column("version", Integer, nullable=False, default=1),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("group_id", "connection_id", "kind", "source_id"),
    Index("ix_entity_number", "group_id", "number_key"),
    Index("ix_entity_updated", "group_id", "updated_at"),
)

entity_ref = Table(
    "entity_ref",
    metadata,
    _id("group_id", primary_key=True),
    _id("entity_id", primary_key=True),
    _key("to_kind", 40, primary_key=True),
    _key("to_id", 100, primary_key=True),
    _key("connection_id", 100),
    _key("kind", 40),
    Index("ix_entity_ref_to", "group_id", "connection_id", "to_kind", "to_id", "kind"),
)

issue = Table(
    "issue",
    metadata,
    _id(primary_key=True),
    _id("group_id"),
    _key("connection_id", 100),
    _key("stream", 60),
    _key("source_id", 100),
    _id("raw_record", nullable=True),
    _key("number", 100),
    _key("cause", 200),
    Column("sentence", Text, nullable=False),
    _key("who", 40),
    Column("cents", BigInteger, nullable=False, default=0),
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_why", String(200)),
    Index(
        "uq_issue_open",
        "group_id",
        "connection_id",
        "stream",
        "source_id",
        "cause",
        unique=True,
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)

report_import = Table(
    "report_import",
    metadata,
    _id(primary_key=True),
    _id("group_id"),
    _key("connection_id", 100),
    _key("location", 100),
    Column("from_day", Date, nullable=False),
    Column("to_day", Date, nullable=False),
    Column("complete", Boolean, nullable=False),
    _key("file_hash", 64),
    Column("rows", Integer, nullable=False),
    Column("cents", BigInteger, nullable=False),
    _key("imported_by", 100),
    Column("imported_at", Instant, nullable=False),
    Index("ix_report_import_range", "group_id", "connection_id", "location", "from_day", "to_day"),
)

case = Table(
    "doc_case",
    metadata,
    _id(primary_key=True),
    _id("group_id"),
    _key("target_id", 100),
    _key("kind", 20),
    _key("subject", 200),
    _key("number", 100),
    _key("location", 100, nullable=True),
    Column("marked", Integer, nullable=False, default=1),
    Column("planned", Integer, nullable=False, default=0),
    Column("due_at", Instant, nullable=False),
    Column("marked_at", Instant, nullable=False),
    Column("look_first", Boolean, nullable=False, default=False),
    Column("stuck", Boolean, nullable=False, default=False),
    Column("note", Text),
    Column("lease_owner", String(100)),
    Column("lease_until", Instant),
    UniqueConstraint("group_id", "target_id", "kind", "subject"),
    Index("ix_doc_case_due", "group_id", "target_id", "due_at"),
    Index(
        "ix_doc_case_todo",
        "group_id",
        "target_id",
        "due_at",
        sqlite_where=text("marked > planned"),
        postgresql_where=text("marked > planned"),
    ),
)

case_need = Table(
    "case_need",
    metadata,
    _id("group_id", primary_key=True),
    _id("case_id", primary_key=True),
    _id("document_id", primary_key=True),  # a document of another case this one waits for
    Index("ix_case_need_document", "group_id", "document_id"),
)

link = Table(
    "external_link",
    metadata,
    _id("group_id", primary_key=True),
    _id("document_id", primary_key=True),
    _id("case_id"),
    _key("target_id", 100),
    _key("kind", 20),
    _key("external_id", 100),
    Column("number", String(255)),
    Column("url", Text),
    Column("live", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    _id("delivery_id"),
    _key("content_hash", 64),
    _key("basis_hash", 64),
    Column("seen", Text, nullable=False),  # Seen as JSON: ids, dates, amounts; no names
    Column("stamp", String(60)),
    Column("objects", Integer, nullable=False, default=1),  # how many objects this document has had
    Column("updated_at", Instant, nullable=False),
    Index("ix_external_link_case", "group_id", "case_id"),
    Index("ix_external_link_external", "group_id", "target_id", "external_id"),
)

delivery = Table(
    "delivery",
    metadata,
    _id(primary_key=True),
    _id("group_id"),
    _key("target_id", 100),
    _id("case_id"),
    _id("document_id"),
    _key("kind", 20),
    Column("version", Integer, nullable=False),
    _key("op", 10),
    Column("tier", Integer, nullable=False),
    Column("content_enc", LargeBinary, nullable=False),
    _key("content_hash", 64),
    _key("basis_hash", 64),
    _key("mark", 40),
    _id("entity_id", nullable=True),
    _key("config_version", 64),
    Column("business_date", Date),
    Column("posting_date", Date),
    Column("cents", BigInteger, nullable=False, default=0),
    _key("state", 12),  # pending, sending, unknown, delivered, held, cancelled
    Column("reason", String(200)),
    Column("sentence", Text),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("look_first", Boolean, nullable=False, default=False),
    Column("unknown_since", Instant),
    _id("batch_id", nullable=True),
    Column("lease_owner", String(100)),
    Column("lease_until", Instant),
    Column("created_at", Instant, nullable=False),
    Column("settled_at", Instant),
    UniqueConstraint("group_id", "document_id", "version"),
    Index(
        "uq_delivery_live",
        "group_id",
        "document_id",
        unique=True,
        sqlite_where=text("state IN ('pending','sending','unknown')"),
        postgresql_where=text("state IN ('pending','sending','unknown')"),
    ),
    Index("ix_delivery_due", "group_id", "target_id", "state", "tier", "due_at"),
    Index("ix_delivery_case", "group_id", "case_id"),
    Index("ix_delivery_settled", "group_id", "settled_at"),
)

batch = Table(
    "batch",
    metadata,
    _id(primary_key=True),
    _id("group_id"),
    _key("target_id", 100),
    _key("kind", 20),
    _key("op", 10),
    Column("members", Text, nullable=False),  # JSON list of delivery ids, frozen
    _key("idempotency_key", 128),
    _key("state", 12),  # open, settled, dissolved
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
)

attempt = Table(
    "delivery_attempt",
    metadata,
    _id(primary_key=True),
    _id("group_id"),
    _id("delivery_id"),
    _id("batch_id"),
    Column("number", Integer, nullable=False),
    _key("trigger", 20),  # scheduled, manual, replay
    _key("worker", 100),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    _key("verdict", 20, nullable=True),
    Column("status", Integer),
    Column("code", String(200)),
    UniqueConstraint("group_id", "delivery_id", "number"),
)

hold = Table(
    "hold",
    metadata,
    _id(primary_key=True),
    _id("group_id"),
    _id("case_id"),
    _id("document_id", nullable=True),
    _key("cause", 200),
    Column("sentence", Text, nullable=False),
    _key("who", 40),
    Column("cents", BigInteger, nullable=False, default=0),
    Column("detail_enc", LargeBinary),
    Column("stops", Boolean, nullable=False, default=True),
    Column("urgent", Boolean, nullable=False, default=False),
    _id("delivery_id", nullable=True),  # the refused delivery behind it
    Column("content_hash", String(64)),  # what was refused: the same content again is a further attempt
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_why", String(200)),
    Index("ix_hold_open", "group_id", "case_id", "closed_at"),
    Index("ix_hold_cause", "group_id", "cause", "closed_at"),
)

lease = Table(
    "lease",
    metadata,
    _key("name", 200, primary_key=True),
    _key("owner", 100),
    Column("until", Instant, nullable=False),
    Column("fence", Integer, nullable=False, default=1),
)

budget = Table(
    "budget",
    metadata,
    _key("name", 200, primary_key=True),  # `{group}/{connection}` or an app-wide name
    Column("minute_start", Instant, nullable=False),
    Column("minute_used", Integer, nullable=False, default=0),
    Column("day_remaining", Integer),
    Column("day_seen_at", Instant),
)

permit = Table(
    "permit",
    metadata,
    _id(primary_key=True),
    _key("name", 200),
    _key("owner", 100),
    Column("until", Instant, nullable=False),
    Index("ix_permit_name", "name", "until"),
)

replay = Table(
    "replay",
    metadata,
    _id(primary_key=True),
    _id("group_id"),
    _key("who", 100),
    Column("why", Text, nullable=False),
    Column("filter", Text, nullable=False),
    Column("counts", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

report_cursor = Table(
    "report_cursor",
    metadata,
    _key("name", 100, primary_key=True),
    Column("through", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

audit_event = Table(
    "audit_event",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    _id("group_id"),
    Column("recorded", Instant, nullable=False),
    _key("agent", 100),
    _key("action", 60),
    _key("entity_type", 40),
    _key("entity_id", 200),
    _key("connection_id", 100, nullable=True),
    _key("outcome", 60),
    _key("correlation", 100, nullable=True),
    Column("reason", Text),
    Column("payload", Text, nullable=False),  # the exact canonical JSON that is hashed
    Index("ix_audit_entity", "group_id", "entity_type", "entity_id"),
)

audit_seal = Table(
    "audit_seal",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("first_event", BigInteger, nullable=False),
    Column("last_event", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    _key("previous", 64),
    _key("hash", 64),
    Column("sealed_at", Instant, nullable=False),
)
