"""Tables of what is true: canonical entities with who points at whom, open issues, imported reports."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
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

entity = Table(
    "entity",
    metadata,
    id_(primary_key=True),
    id_("group_id"),
    key_("connection_id", 100),
    key_("kind", 40),
    key_("source_id", 100),
    Column("body_enc", LargeBinary, nullable=False),
    key_("content_hash", 64),
    id_("raw_record", nullable=True),
    key_("mapping_version", 40),
    Column("withdrawn", Boolean, nullable=False, default=False),
    Column("withdrawn_why", String(200)),
    key_("number_key", 64, nullable=True),  # keyed hash for equality search
    key_("location", 100, nullable=True),
    Column("day", Date),
    Column("version", Integer, nullable=False, default=1),
    Column("updated_at", Instant, nullable=False),
    UniqueConstraint("group_id", "connection_id", "kind", "source_id"),
    Index("ix_entity_number", "group_id", "number_key"),
    Index("ix_entity_updated", "group_id", "updated_at"),
    Index("ix_entity_raw", "group_id", "raw_record"),
)

entity_ref = Table(
    "entity_ref",
    metadata,
    id_("group_id", primary_key=True),
    id_("entity_id", primary_key=True),
    key_("to_kind", 40, primary_key=True),
    key_("to_id", 100, primary_key=True),
    key_("connection_id", 100),
    key_("kind", 40),
    Index("ix_entity_ref_to", "group_id", "connection_id", "to_kind", "to_id", "kind"),
)

issue = Table(
    "issue",
    metadata,
    id_(primary_key=True),
    id_("group_id"),
    key_("connection_id", 100),
    key_("stream", 60),
    key_("source_id", 100),
    id_("raw_record", nullable=True),
    key_("number", 100),
    key_("cause", 200),
    Column("sentence", Text, nullable=False),
    key_("who", 40),
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
    id_(primary_key=True),
    id_("group_id"),
    key_("connection_id", 100),
    key_("location", 100),
    Column("from_day", Date, nullable=False),
    Column("to_day", Date, nullable=False),
    Column("complete", Boolean, nullable=False),
    key_("file_hash", 64),
    Column("rows", Integer, nullable=False),
    Column("cents", BigInteger, nullable=False),
    key_("imported_by", 100),
    Column("imported_at", Instant, nullable=False),
    Index("ix_report_import_range", "group_id", "connection_id", "location", "from_day", "to_day"),
)
