"""Serve one sandbox from the command line: `python -m connectors.sandbox --system xero --port 0`.

Prints `READY http://127.0.0.1:PORT` once it listens, and nothing else on standard output.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

from connectors.sandbox.shells import serve
from connectors.sandbox.store import Handler

GROUP = "clinic_hub.sandboxes"


def find(system: str) -> Handler:
    """The sandbox called `system`: an installed entry point, or the package of that name beside this one."""
    for point in entry_points(group=GROUP, name=system):
        found: Handler = point.load()
        return found
    if not system.isidentifier():
        raise SystemExit(f"no sandbox is called {system!r}")
    try:
        built_in: Handler = import_module(f"connectors.sandbox.{system}").SANDBOX
    except (ModuleNotFoundError, AttributeError):
        raise SystemExit(f"no sandbox is called {system!r}") from None
    return built_in


def main(argv: list[str] | None = None) -> int:
    """Serve until a signal, or until standard input closes when asked to die with the parent."""
    parser = argparse.ArgumentParser(prog="python -m connectors.sandbox")
    parser.add_argument("--system", required=True)
    parser.add_argument("--file", type=Path, help="where its state is kept; memory when absent")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--settings", type=json.loads, default={})
    parser.add_argument("--die-with-parent", action="store_true")
    args = parser.parse_args(argv)

    handler = find(args.system)
    state = handler.open(args.file, args.seed, args.settings)
    running = serve(handler, state, host=args.host, port=args.port)
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    if args.die_with_parent:
        threading.Thread(target=_wait_for_parent, args=(over,), daemon=True).start()
    print(f"READY {running.url}", flush=True)
    over.wait()
    running.stop()
    state.close()
    return 0


def _wait_for_parent(over: threading.Event) -> None:
    sys.stdin.buffer.read()
    over.set()


if __name__ == "__main__":
    raise SystemExit(main())
