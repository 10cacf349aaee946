"""Tables of what must be, is and was sent: cases, deliveries, attempts, links, holds."""

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

case = Table(
    "doc_case",
    metadata,
    id_(primary_key=True),
    id_("group_id"),
    key_("target_id", 100),
    key_("kind", 20),
    key_("subject", 200),
    key_("number", 100),
    key_("location", 100, nullable=True),
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
    id_("group_id", primary_key=True),
    id_("case_id", primary_key=True),
    id_("document_id", primary_key=True),  # a document of another case this one waits for
    Index("ix_case_need_document", "group_id", "document_id"),
)

link = Table(
    "external_link",
    metadata,
    id_("group_id", primary_key=True),
    id_("document_id", primary_key=True),
    id_("case_id"),
    key_("target_id", 100),
    key_("kind", 20),
    key_("external_id", 100),
    Column("number", String(255)),
    Column("url", Text),
    Column("live", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    id_("delivery_id"),
    key_("content_hash", 64),
    key_("basis_hash", 64),
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
    id_(primary_key=True),
    id_("group_id"),
    key_("target_id", 100),
    id_("case_id"),
    id_("document_id"),
    key_("kind", 20),
    Column("version", Integer, nullable=False),
    key_("op", 10),
    Column("tier", Integer, nullable=False),
    Column("content_enc", LargeBinary, nullable=False),
    key_("content_hash", 64),
    key_("basis_hash", 64),
    key_("mark", 40),
    id_("entity_id", nullable=True),
    key_("config_version", 64),
    Column("business_date", Date),
    Column("posting_date", Date),
    Column("cents", BigInteger, nullable=False, default=0),
    key_("state", 12),  # pending, sending, unknown, delivered, held, cancelled
    Column("reason", String(200)),
    Column("sentence", Text),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("look_first", Boolean, nullable=False, default=False),
    Column("unknown_since", Instant),
    id_("batch_id", nullable=True),
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
    id_(primary_key=True),
    id_("group_id"),
    key_("target_id", 100),
    key_("kind", 20),
    key_("op", 10),
    Column("members", Text, nullable=False),  # JSON list of delivery ids, frozen
    key_("idempotency_key", 128),
    key_("state", 12),  # open, settled, dissolved
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
)

attempt = Table(
    "delivery_attempt",
    metadata,
    id_(primary_key=True),
    id_("group_id"),
    id_("delivery_id"),
    id_("batch_id"),
    Column("number", Integer, nullable=False),
    key_("worker", 100),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    key_("verdict", 20, nullable=True),
    Column("status", Integer),
    Column("code", String(200)),
    UniqueConstraint("group_id", "delivery_id", "number"),
)

hold = Table(
    "hold",
    metadata,
    id_(primary_key=True),
    id_("group_id"),
    id_("case_id"),
    id_("document_id", nullable=True),
    key_("cause", 200),
    Column("sentence", Text, nullable=False),
    key_("who", 40),
    Column("cents", BigInteger, nullable=False, default=0),
    Column("detail_enc", LargeBinary),
    Column("stops", Boolean, nullable=False, default=True),
    Column("urgent", Boolean, nullable=False, default=False),
    id_("delivery_id", nullable=True),  # the refused delivery behind it
    Column("content_hash", String(64)),  # what was refused: the same content again is a further attempt
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_why", String(200)),
    Index("ix_hold_open", "group_id", "case_id", "closed_at"),
    Index("ix_hold_cause", "group_id", "cause", "closed_at"),
)

replay = Table(
    "replay",
    metadata,
    id_(primary_key=True),
    id_("group_id"),
    key_("who", 100),
    Column("why", Text, nullable=False),
    Column("filter", Text, nullable=False),
    Column("counts", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("paused_at", Instant),
    Column("finished_at", Instant),
)

replay_item = Table(
    "replay_item",
    metadata,
    id_("group_id", primary_key=True),
    id_("replay_id", primary_key=True),
    id_("delivery_id", primary_key=True),
    key_("target_id", 100),
    Column("cents", BigInteger, nullable=False),
    Column("outcome", String(20)),  # none: waiting; else hub.store.replays.Became
    Column("settled_at", Instant),
    Index(
        "ix_replay_item_waiting",
        "group_id",
        "target_id",
        sqlite_where=text("outcome IS NULL"),
        postgresql_where=text("outcome IS NULL"),
    ),
)
