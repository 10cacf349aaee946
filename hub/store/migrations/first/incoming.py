"""What comes in, as first created. Frozen: a later change is a migration of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def create() -> None:
    op.create_table(
        "raw_record",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=100), nullable=False),
        sa.Column("stream", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("body_enc", sa.LargeBinary(), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("source_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("normalise", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_record")),
        sa.UniqueConstraint(
            "group_id",
            "connection_id",
            "stream",
            "source_id",
            "version",
            name=op.f("uq_raw_record_group_id_connection_id_stream_source_id_version"),
        ),
    )
    op.create_index(
        "ix_raw_latest",
        "raw_record",
        ["group_id", "connection_id", "stream", "source_id", "latest"],
        unique=False,
    )
    op.create_index(
        "ix_raw_todo",
        "raw_record",
        ["group_id", "connection_id", "stream"],
        unique=False,
        sqlite_where=sa.text("normalise"),
        postgresql_where=sa.text("normalise"),
    )
    op.create_table(
        "raw_edge",
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=100), nullable=False),
        sa.Column("stream", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.String(length=100), nullable=False),
        sa.Column("to_stream", sa.String(length=60), nullable=False),
        sa.Column("to_id", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint(
            "group_id", "connection_id", "stream", "source_id", "to_stream", "to_id", name=op.f("pk_raw_edge")
        ),
    )
    op.create_index(
        "ix_raw_edge_to",
        "raw_edge",
        ["group_id", "connection_id", "to_stream", "to_id", "stream"],
        unique=False,
    )
    op.create_table(
        "stream_cursor",
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=100), nullable=False),
        sa.Column("stream", sa.String(length=60), nullable=False),
        sa.Column("committed", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("run_started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_complete", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_nightly", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=100), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "connection_id", "stream", name=op.f("pk_stream_cursor")),
    )
    op.create_table(
        "bundle_refetch",
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=100), nullable=False),
        sa.Column("stream", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.String(length=100), nullable=False),
        sa.Column("raw_record", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "group_id", "connection_id", "stream", "source_id", name=op.f("pk_bundle_refetch")
        ),
    )
    op.create_table(
        "inbox_message",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=100), nullable=False),
        sa.Column("stream", sa.String(length=60), nullable=False),
        sa.Column("source_id", sa.String(length=100), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(length=100), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_message")),
    )
    op.create_index("ix_inbox_due", "inbox_message", ["group_id", "state", "due_at"], unique=False)
    op.create_index("ix_inbox_handled", "inbox_message", ["group_id", "handled_at"], unique=False)
    op.create_index(
        "ix_inbox_same",
        "inbox_message",
        ["group_id", "connection_id", "stream", "source_id", "state"],
        unique=False,
    )
