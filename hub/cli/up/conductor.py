"""Dagster's three processes: code, webserver, daemon; with an instance of its own in the data folder.

One code server serves webserver and daemon, so that each part is a child of ours with a name of its own.
Its socket lies in a folder of this user's: whoever can connect to it can start runs.
"""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import sys
import tempfile
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import httpx

from hub.cli.up.children import Spec
from hub.errors import Misconfigured

CODE, WEBSERVER, DAEMON = "dagster-code", "dagster-webserver", "dagster-daemon"
LOCATION, MODULE = "clinic_hub", "pipelines.definitions"
GRACE = 10.0
CODE_GRACE = 1.0
"""A code server ends only when its client tells it to, not on a signal; it holds nothing, so it is killed."""
_HEALTH = "{instance{daemonHealth{allDaemonStatuses{daemonType required healthy}}}}"


def prepare(home: Path) -> Path:
    """DAGSTER_HOME in the data folder, with our settings where there are none yet. -> absolute path."""
    folder = (home / "dagster").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "dagster.yaml"
    if not settings.exists():
        settings.write_text(_ours().read_text("utf-8"), "utf-8")
    return folder


def _ours() -> Path:
    found = find_spec("pipelines")
    if found is None or not found.submodule_search_locations:
        raise Misconfigured("The package `pipelines` is not installed; use --no-dagster.", code="no-dagster")
    return Path(found.submodule_search_locations[0]) / "dagster.yaml"


def specs(folder: Path, host: str, port: int) -> list[Spec]:
    """The parts in the order of their start; webserver and daemon wait for the code server."""
    code = _socket(folder)
    workspace = folder / "workspace.yaml"
    server = f'load_from:\n  - grpc_server:\n      socket: "{code}"\n      location_name: {LOCATION}\n'
    workspace.write_text(server, "utf-8")

    def tool(name: str) -> str:
        return str(Path(sys.executable).with_name(name))

    def ready() -> bool:
        return listening(code)

    where = ["-w", str(workspace)]
    grpc = ["api", "grpc", "-m", MODULE, "--socket", str(code), "--location-name", LOCATION]
    web = ["-h", host, "-p", str(port), "--dagster-log-level", "warning", *where]
    return [
        Spec(
            CODE,
            [tool("dagster"), *grpc, "--log-level", "warning"],
            CODE_GRACE,
            foreign=True,
            end=signal.SIGKILL,
        ),
        Spec(WEBSERVER, [tool("dagster-webserver"), *web], GRACE, foreign=True, ready=ready),
        Spec(DAEMON, [tool("dagster-daemon"), "run", "--log-level", "warning", *where], GRACE, True, ready),
    ]


def _socket(folder: Path) -> Path:
    """Short, since the path of a socket may have a hundred characters, and the same at each start."""
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    place = Path(tempfile.gettempdir()) / f"clinic-hub-{os.getuid()}-{name}"
    place.mkdir(mode=0o700, exist_ok=True)
    if place.stat().st_uid != os.getuid():
        raise Misconfigured(f"The folder {place} belongs to somebody else; remove it.", code="config:socket")
    return place / "code.sock"


def listening(path: Path) -> bool:
    """Whether somebody answers at a socket."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(0.5)
        probe.connect(str(path))
        return True
    return False


def unwell(address: str) -> str | None:
    """What Dagster's webserver says is not well, from its own daemons' heartbeats; None when all is well."""
    try:
        answer = httpx.post(f"{address}/graphql", json={"query": _HEALTH}, timeout=3.0)
        daemons = answer.json()["data"]["instance"]["daemonHealth"]["allDaemonStatuses"]
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return "does not answer"
    sick = [d["daemonType"].lower() for d in daemons if d["required"] and not d["healthy"]]
    return f"without heartbeat: {', '.join(sick)}" if sick else None
