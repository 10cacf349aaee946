"""Which values came from a record is asked for each bundle: an index, so that it does not read the group."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_entity_raw", "entity", ["group_id", "raw_record"])


def downgrade() -> None:
    raise NotImplementedError("a copy of the database is the way back")
