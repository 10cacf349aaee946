"""Writes hub/store/migrations/first/ anew from the tables: `python -m tests.support.first_schema`.

Only until the first release; from then on a change of a table is a migration of its own, and the
frozen files are never touched again.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from alembic.autogenerate import render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Table, create_engine

from hub.store.schema import canonical, common, incoming, outgoing
from hub.store.tables import Instant

HERE = Path(__file__).resolve().parents[2] / "hub/store/migrations/first"
HEAD = '''"""{title}, as first created. Frozen: a later change is a migration of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

'''


def _item(kind: str, value: Any, context: AutogenContext) -> str | bool:
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, Instant) else False


def _code(tables: list[Table]) -> str:
    engine = create_engine("sqlite://")
    with engine.connect() as db:
        context = MigrationContext.configure(db, opts={"render_item": _item, "render_as_batch": False})
        made: list[ops.MigrateOperation] = []
        for table in tables:
            made.append(ops.CreateTableOp.from_table(table))
            indexes = sorted(table.indexes, key=lambda index: str(index.name))
            made += [ops.CreateIndexOp.from_index(index) for index in indexes]
        text = render_python_code(
            ops.UpgradeOps(made),
            sqlalchemy_module_prefix="sa.",
            alembic_module_prefix="op.",
            render_item=_item,
            migration_context=context,
        )
    engine.dispose()
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("# ###"))


def main() -> None:
    """One module per part of the schema."""
    files = []
    for module, title in (
        (common, "What every part of the hub shares"),
        (incoming, "What comes in"),
        (canonical, "What is true"),
        (outgoing, "What goes out"),
    ):
        own = [v for v in vars(module).values() if isinstance(v, Table)]
        body = textwrap.indent(textwrap.dedent(_code(own)), "    ")
        name = module.__name__.rsplit(".", 1)[1]
        file = HERE / f"{name}.py"
        file.write_text(f"{HEAD.format(title=title)}\ndef create() -> None:\n{body}\n")
        files.append(str(file))
    run = [sys.executable, "-m", "ruff"]
    subprocess.run([*run, "format", "-q", *files], check=True)
    subprocess.run([*run, "check", "-q", "--fix", *files], check=True)


if __name__ == "__main__":
    main()
