"""The `hub` command. Every command is a thin shell over kernel functions; `--json` prints one JSON value."""

from hub.cli.app import main

__all__ = ["main"]
