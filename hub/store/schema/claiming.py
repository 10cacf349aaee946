"""Tables of claiming by file: what was claimed under which reference, the files made, the files received."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
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

_STANDS = text("state NOT IN ('refused', 'cancelled', 'withdrawn')")

# A service stands in at most one claim: by the line that bills it, and by the scheme's own test of a twin.
claim = Table(
    "claim",
    metadata,
    id_("group_id", primary_key=True),
    key_("reference", 16, primary_key=True),
    key_("scheme", 60),
    key_("pms_id", 100),
    key_("invoice_id", 100),
    key_("line_id", 100),
    key_("twin", 64),  # keyed hash: it holds the member's number
    key_("state", 12),
    Column("cents", BigInteger, nullable=False),
    Column("served_on", Date, nullable=False),
    id_("batch_id", nullable=True),
    key_("replaces", 16, nullable=True),
    Column("number", Integer, nullable=False),  # the line's how manieth claim
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index("ix_claim_line", "group_id", "pms_id", "invoice_id"),
    Index("ix_claim_state", "group_id", "scheme", "state"),
    Index(
        "uq_claim_line",
        "group_id",
        "pms_id",
        "invoice_id",
        "line_id",
        unique=True,
        sqlite_where=_STANDS,
        postgresql_where=_STANDS,
    ),
    Index(
        "uq_claim_twin",
        "group_id",
        "scheme",
        "twin",
        unique=True,
        sqlite_where=_STANDS,
        postgresql_where=_STANDS,
    ),
)

claim_batch = Table(
    "claim_batch",
    metadata,
    id_(primary_key=True),
    id_("group_id"),
    key_("scheme", 60),
    key_("name", 40),
    key_("digest", 64),
    Column("items", Integer, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("data_enc", LargeBinary, nullable=False),
    key_("made_by", 100),
    Column("made_at", Instant, nullable=False),
    Column("uploaded_by", String(100)),
    Column("uploaded_at", Instant),
    Column("uploaded_why", Text),
    UniqueConstraint("group_id", "scheme", "name"),
)

scheme_file = Table(
    "scheme_file",
    metadata,
    id_(primary_key=True),
    id_("group_id"),
    key_("scheme", 60),
    key_("what", 20),  # catalogue, results, remittance
    key_("digest", 64),
    Column("data_enc", LargeBinary, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("from_day", Date),
    Column("to_day", Date),
    key_("imported_by", 100),
    Column("imported_at", Instant, nullable=False),
    UniqueConstraint("group_id", "scheme", "what", "digest"),
)
