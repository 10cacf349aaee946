"""Tables that everything shares: groups, configuration, connections, leases, budgets, the audit log."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hub.store.schema.base import Instant, id_, key_, metadata

meta = Table("meta", metadata, key_("key", primary_key=True), Column("value", Text, nullable=False))

clinic_group = Table(
    "clinic_group",
    metadata,
    id_(primary_key=True),
    Column("data_key_wrapped", LargeBinary, nullable=False),
    key_("master_key_id", 64),
    Column("frozen", Boolean, nullable=False, default=False),
    Column("created_at", Instant, nullable=False),
)

config_version = Table(
    "config_version",
    metadata,
    id_("group_id", primary_key=True),
    key_("version", 64, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("body", Text, nullable=False),
    key_("loaded_by", 100),
    Column("loaded_at", Instant, nullable=False),
    UniqueConstraint("group_id", "seq"),
)

connection = Table(
    "connection",
    metadata,
    id_("group_id", primary_key=True),
    key_("id", 100, primary_key=True),
    key_("system", 50),
    key_("role", 10),
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
    id_("group_id", primary_key=True),
    key_("id", 100, primary_key=True),
    key_("system", 50),
    Column("secret_enc", LargeBinary, nullable=False),
    Column("token_enc", LargeBinary),
    Column("expires_at", Instant),
    Column("version", Integer, nullable=False, default=0),
    Column("dead", Boolean, nullable=False, default=False),
    Column("updated_at", Instant, nullable=False),
    Column("renew_at", Instant),  # by then, whatever else: a renewal is under way or was in doubt
    Column("renew_for", String(100)),  # the connection whose work asked for it
)

lease = Table(
    "lease",
    metadata,
    key_("name", 200, primary_key=True),
    key_("owner", 100),
    Column("until", Instant, nullable=False),
    Column("fence", Integer, nullable=False, default=1),
)

budget = Table(
    "budget",
    metadata,
    key_("name", 200, primary_key=True),  # `{group}/{connection}` or an app-wide name
    Column("minute_start", Instant, nullable=False),
    Column("minute_used", Integer, nullable=False, default=0),
    Column("day_remaining", Integer),
    Column("day_seen_at", Instant),
)

permit = Table(
    "permit",
    metadata,
    id_(primary_key=True),
    key_("name", 200),
    key_("owner", 100),
    Column("until", Instant, nullable=False),
    Index("ix_permit_name", "name", "until"),
)

report_cursor = Table(
    "report_cursor",
    metadata,
    key_("name", 100, primary_key=True),
    Column("through", Text, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

audit_event = Table(
    "audit_event",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    id_("group_id"),
    Column("recorded", Instant, nullable=False),
    key_("agent", 100),
    key_("action", 60),
    key_("entity_type", 40),
    key_("entity_id", 200),
    key_("connection_id", 100, nullable=True),
    key_("outcome", 60),
    key_("correlation", 100, nullable=True),
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
    key_("previous", 64),
    key_("hash", 64),
    Column("sealed_at", Instant, nullable=False),
    Column("scheme", Integer),  # how the hash is made (hub.seals); none: of previous and rows alone
)
