"""Claims from funding schemes by file: their references, the files made, the files received."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_STANDS = sa.text("state NOT IN ('refused', 'cancelled', 'withdrawn')")


def upgrade() -> None:
    op.create_table(
        "claim",
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("scheme", sa.String(length=60), nullable=False),
        sa.Column("pms_id", sa.String(length=100), nullable=False),
        sa.Column("invoice_id", sa.String(length=100), nullable=False),
        sa.Column("line_id", sa.String(length=100), nullable=False),
        sa.Column("twin", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("batch_id", sa.String(length=64)),
        sa.Column("replaces", sa.String(length=16)),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("group_id", "reference", name="pk_claim"),
    )
    op.create_index("ix_claim_line", "claim", ["group_id", "pms_id", "invoice_id"])
    op.create_index("ix_claim_state", "claim", ["group_id", "scheme", "state"])
    for name, columns in (
        ("uq_claim_line", ["group_id", "pms_id", "invoice_id", "line_id"]),
        ("uq_claim_twin", ["group_id", "scheme", "twin"]),
    ):
        op.create_index(name, "claim", columns, unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS)
    op.create_table(
        "claim_batch",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("scheme", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("data_enc", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(length=100), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.String(length=100)),
        sa.Column("uploaded_at", sa.DateTime(timezone=True)),
        sa.Column("uploaded_why", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_claim_batch"),
        sa.UniqueConstraint("group_id", "scheme", "name", name="uq_claim_batch_group_id_scheme_name"),
    )
    op.create_table(
        "scheme_file",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("scheme", sa.String(length=60), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("data_enc", sa.LargeBinary(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("from_day", sa.Date()),
        sa.Column("to_day", sa.Date()),
        sa.Column("imported_by", sa.String(length=100), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scheme_file"),
        sa.UniqueConstraint(
            "group_id", "scheme", "what", "digest", name="uq_scheme_file_group_id_scheme_what_digest"
        ),
    )


def downgrade() -> None:
    raise NotImplementedError("a copy of the database is the way back")
