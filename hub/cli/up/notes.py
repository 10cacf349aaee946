"""What `hub up` writes down for `hub status` and for people: its members, their process ids and addresses."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hub import leases
from hub.cli.up.holder import NAME, Process
from hub.kernel import Kernel

FILE = "up.json"


@dataclass(frozen=True, slots=True)
class Member:
    """One child. `state`: running, waiting (for its next start) or what its health says is wrong."""

    name: str
    pid: int | None
    state: str
    restarts: int
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Notes:
    """`owner` is the text in the lease; notes of another owner are out of date."""

    owner: str
    started: str
    guard: int | None
    members: tuple[Member, ...] = field(default=())


def write(home: Path, notes: Notes) -> None:
    """Replace the file at once, so that a reader sees the old or the new one."""
    fresh = home / f"{FILE}.new"
    with suppress(OSError):  # a full disk must not end what runs
        fresh.write_text(json.dumps(asdict(notes), indent=1), "utf-8")
        os.replace(fresh, home / FILE)


def read(home: Path) -> Mapping[str, Any] | None:
    """What was written last; None where nothing readable is."""
    try:
        return dict(json.loads((home / FILE).read_text("utf-8")))
    except (OSError, ValueError):
        return None


def remove(home: Path) -> None:
    (home / FILE).unlink(missing_ok=True)


def running(hub: Kernel) -> dict[str, Any] | None:
    """Who runs `hub up` on this database, with its members where they were noted here; None when nobody."""
    held = leases.holder(hub.store, NAME)
    if held is None:
        return None
    process = Process.read(held.owner)
    noted = read(hub.settings.home)
    ours = noted is not None and noted["owner"] == held.owner
    return {
        "host": process.host,
        "pid": process.pid,
        "since": noted["started"] if noted and ours else None,
        "members": noted["members"] if noted and ours else [],
    }
