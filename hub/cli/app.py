"""The command tree. Each module adds its own commands; nothing here knows what they do."""

from __future__ import annotations

import typer

from hub.cli import (
    acting,
    asking,
    auditing,
    books,
    claiming,
    demo,
    importing,
    keeping,
    looking,
    moving,
    replaying,
    running,
    setup,
    simulate,
    up,
    working,
)

app = typer.Typer(
    name="hub",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Clinic Hub: practice management systems into the books, exact to the cent.",
)
for module in (
    setup,
    moving,
    looking,
    books,
    importing,
    claiming,
    acting,
    asking,
    working,
    replaying,
    auditing,
    keeping,
    running,
    up,
    demo,
    simulate,
):
    module.register(app)


def main() -> None:
    """Entry point of the `hub` script."""
    app()
