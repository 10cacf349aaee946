"""A stream read by a feed of events keeps the id of the last event it saw."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("stream_cursor") as table:
        table.add_column(sa.Column("position", sa.String(200)))


def downgrade() -> None:
    raise NotImplementedError("a copy of the database is the way back")
