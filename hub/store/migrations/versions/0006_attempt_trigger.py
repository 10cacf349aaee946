"""What set an attempt off is not kept with it: nothing knew, and replays have rows of their own."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute('ALTER TABLE delivery_attempt DROP COLUMN "trigger"')


def downgrade() -> None:
    raise NotImplementedError("a copy of the database is the way back")
