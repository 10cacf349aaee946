"""Child processes of the demo: started with a pipe to their standard input, so that they end with us.

Also after SIGKILL of the parent: the pipe closes, and every child watches it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import httpx

from hub.errors import Misconfigured
from hub.world import SystemClock


class Children:
    """The demo's processes, by name; their output goes to files in `logs`."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._clock = SystemClock()
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        """Start one child; standard output and error go to `{name}.log`."""
        with (self._logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, **(env or {})},
                start_new_session=True,
            )

    def sandbox(self, system: str, file: Path, *, seed: int, seconds: float = 30.0) -> str:
        """Start one simulated server on a free port; its base URL once it says READY."""
        log = self._logs / f"{system}.log"
        begin = log.stat().st_size if log.exists() else 0
        self.start(
            system,
            [sys.executable, "-m", "connectors.sandbox", "--system", system, "--file", str(file),
             "--seed", str(seed), "--die-with-parent"],
        )  # fmt: skip
        for _ in range(int(seconds * 20)):
            for line in log.read_bytes()[begin:].decode(errors="replace").splitlines():
                if line.startswith("READY "):
                    return line.removeprefix("READY ").strip()
            self._alive(system)
            self._clock.sleep(0.05)
        raise Misconfigured(f"The simulated {system} did not start within {seconds:.0f} seconds; see {log}.")

    def wait_for(self, name: str, url: str, *, seconds: float = 90.0) -> None:
        """Wait until a child answers at `url`."""
        for _ in range(int(seconds * 5)):
            with suppress(httpx.TransportError):
                if httpx.get(url, timeout=2.0).status_code < 500:
                    return
            self._alive(name)
            self._clock.sleep(0.2)
        raise Misconfigured(
            f"{name} did not answer within {seconds:.0f} seconds; see {self._logs}/{name}.log."
        )

    def _alive(self, name: str) -> None:
        if self._running[name].poll() is not None:
            raise Misconfigured(f"{name} ended at once; see {self._logs}/{name}.log.")

    def stop(self) -> None:
        """End every child: close its pipe, then terminate, then kill what is left after ten seconds.

        What a child started and left behind is in its process group, and ends with it.
        """
        for child in self._running.values():
            if child.stdin is not None:
                with suppress(OSError):
                    child.stdin.close()
            child.terminate()
        deadline = self._clock.monotonic() + 10
        for child in self._running.values():
            try:
                child.wait(max(0.1, deadline - self._clock.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
        self._running.clear()
