"""When a grant whose renewal is under way or was in doubt is renewed again, and for which connection."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("oauth_grant", sa.Column("renew_at", sa.DateTime(timezone=True)))
    op.add_column("oauth_grant", sa.Column("renew_for", sa.String(length=100)))


def downgrade() -> None:
    raise NotImplementedError("a copy of the database is the way back")
