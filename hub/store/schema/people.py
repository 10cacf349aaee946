"""Tables of people: what only they can do, until they or some evidence close it, and what they ask for."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, UniqueConstraint, text

from hub.store.schema.base import Instant, id_, key_, metadata

work_item = Table(
    "work_item",
    metadata,
    id_(primary_key=True),
    id_("group_id"),
    key_("kind", 40),
    key_("subject", 200),
    key_("number", 100),  # what people call what it is about; never a name
    Column("sentence", Text, nullable=False),
    key_("who", 40),
    Column("cents", BigInteger, nullable=False, default=0),
    Column("note", Text),  # why it is still open, where something was found that does not settle it
    id_("case_id", nullable=True),  # planned again when it is closed
    Column("opened_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("closed_by", String(200)),  # a person, or the evidence: `payment:{connection}:{id}`
    Column("closed_why", Text),
    UniqueConstraint("group_id", "kind", "subject"),
    Index("ix_work_item_case", "group_id", "case_id"),
    Index(
        "ix_work_item_open",
        "group_id",
        "opened_at",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)

payment_ask = Table(
    "payment_ask",
    metadata,
    id_(primary_key=True),
    id_("group_id"),
    key_("target_id", 100),  # the payment system
    key_("connection_id", 100),  # the practice system whose invoice it is
    key_("invoice", 100),  # its source id
    key_("number", 100),
    key_("who", 100),
    Column("why", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),  # withdrawn, or another one took its place
    Column("ended_why", String(200)),
    Index(
        "uq_payment_ask_standing",
        "group_id",
        "connection_id",
        "invoice",
        "target_id",
        unique=True,
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index("ix_payment_ask_asked", "group_id", "asked_at"),
)
