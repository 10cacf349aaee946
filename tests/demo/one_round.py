"""One round of the hub in a process of its own, to be killed: pull, import the files named, deliver to rest.

`python -m tests.demo.one_round GROUP CONNECTION [LOCATION FROM TO FILE]...`, environment as for `hub`.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from hub.cli.demo.flow import pull_until_quiet, settle
from hub.imports import import_payments
from hub.kernel import open_kernel
from hub.settings import Settings


def main(group: str, connection: str, *files: str) -> None:
    """Every call is safe to repeat, so a killed round is simply run again."""
    hub = open_kernel(Settings())
    pull_until_quiet(hub, group, connection)
    for start in range(0, len(files), 4):
        location, first, last, path = files[start : start + 4]
        days = (date.fromisoformat(first), date.fromisoformat(last))
        import_payments(hub, group, connection, location, *days, Path(path).read_bytes(), agent="test")
    settle(hub, group)


if __name__ == "__main__":
    main(*sys.argv[1:])
