"""An ask for a payment is a row: of which invoice, by whom, and until when it can be paid."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment_ask",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("target_id", sa.String(length=100), nullable=False),
        sa.Column("connection_id", sa.String(length=100), nullable=False),
        sa.Column("invoice", sa.String(length=100), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("who", sa.String(length=100), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_why", sa.String(length=200)),
        sa.PrimaryKeyConstraint("id", name="pk_payment_ask"),
    )
    op.create_index(
        "uq_payment_ask_standing",
        "payment_ask",
        ["group_id", "connection_id", "invoice", "target_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_payment_ask_asked", "payment_ask", ["group_id", "asked_at"])
    op.create_index("ix_work_item_case", "work_item", ["group_id", "case_id"])


def downgrade() -> None:
    raise NotImplementedError("a copy of the database is the way back")
