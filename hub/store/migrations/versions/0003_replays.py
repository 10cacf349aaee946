"""A replay is worked through item by item: it can be paused, ended, and looked at while it goes on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("replay") as table:
        table.add_column(sa.Column("paused_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("finished_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE replay SET finished_at = created_at")
    op.create_table(
        "replay_item",
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("replay_id", sa.String(length=64), nullable=False),
        sa.Column("delivery_id", sa.String(length=64), nullable=False),
        sa.Column("target_id", sa.String(length=100), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("group_id", "replay_id", "delivery_id", name="pk_replay_item"),
    )
    op.create_index(
        "ix_replay_item_waiting",
        "replay_item",
        ["group_id", "target_id"],
        sqlite_where=sa.text("outcome IS NULL"),
        postgresql_where=sa.text("outcome IS NULL"),
    )


def downgrade() -> None:
    raise NotImplementedError("a copy of the database is the way back")
