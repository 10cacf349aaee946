"""Alembic's environment: runs on the connection it is handed (see run.py), opens and commits nothing."""

from __future__ import annotations

from alembic import context

from hub.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
