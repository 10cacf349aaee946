"""Tables of what arrives: raw records in every version, cursors, the webhook inbox."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from hub.store.schema.base import Instant, id_, key_, metadata

raw_record = Table(
    "raw_record",
    metadata,
    id_(primary_key=True),
    id_("group_id"),
    key_("connection_id", 100),
    key_("stream", 60),
    key_("source_id", 100),
    Column("version", Integer, nullable=False),
    Column("latest", Boolean, nullable=False),
    Column("gone", Boolean, nullable=False, default=False),
    Column("body_enc", LargeBinary, nullable=False),
    key_("body_hash", 64),
    Column("source_time", Instant),
    Column("asked_at", Instant, nullable=False),
    Column("normalise", Boolean, nullable=False, default=True),
    UniqueConstraint("group_id", "connection_id", "stream", "source_id", "version"),
    Index("ix_raw_latest", "group_id", "connection_id", "stream", "source_id", "latest"),
    Index(
        "ix_raw_todo",
        "group_id",
        "connection_id",
        "stream",
        sqlite_where=text("normalise"),
        postgresql_where=text("normalise"),
    ),
)

raw_edge = Table(
    "raw_edge",
    metadata,
    id_("group_id", primary_key=True),
    key_("connection_id", 100, primary_key=True),
    key_("stream", 60, primary_key=True),
    key_("source_id", 100, primary_key=True),
    key_("to_stream", 60, primary_key=True),
    key_("to_id", 100, primary_key=True),
    Index("ix_raw_edge_to", "group_id", "connection_id", "to_stream", "to_id", "stream"),
)

stream_cursor = Table(
    "stream_cursor",
    metadata,
    id_("group_id", primary_key=True),
    key_("connection_id", 100, primary_key=True),
    key_("stream", 60, primary_key=True),
    Column("committed", Instant),
    Column("state", Text, nullable=False, default="{}"),
    Column("run_started", Instant),
    Column("last_complete", Instant),
    Column("last_nightly", Instant),
    Column("lease_owner", String(100)),
    Column("lease_until", Instant),
    Column("last_error", String(200)),
    Column("updated_at", Instant, nullable=False),
    Column("position", String(200)),  # the last event id of a feed, else null
)

bundle_refetch = Table(
    "bundle_refetch",
    metadata,
    id_("group_id", primary_key=True),
    key_("connection_id", 100, primary_key=True),
    key_("stream", 60, primary_key=True),
    key_("source_id", 100, primary_key=True),
    Column("raw_record", String(64), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("done", Boolean, nullable=False, default=False),
)

inbox_message = Table(
    "inbox_message",
    metadata,
    id_(primary_key=True),
    id_("group_id"),
    key_("connection_id", 100),
    key_("stream", 60),
    key_("source_id", 100),
    key_("external_id", 200),
    Column("received_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    key_("state", 20),  # waiting, handled, ignored, failed
    Column("attempts", Integer, nullable=False, default=0),
    Column("handled_at", Instant),
    Column("lease_owner", String(100)),
    Column("lease_until", Instant),
    Column("error", String(200)),
    Index("ix_inbox_due", "group_id", "state", "due_at"),
    Index("ix_inbox_same", "group_id", "connection_id", "stream", "source_id", "state"),
    Index("ix_inbox_handled", "group_id", "handled_at"),
)
