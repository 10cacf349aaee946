"""The children of `hub up`: started, watched, started again with growing waits, ended with their groups.

Each child leads a session of its own and holds the reading end of a pipe as standard input, which closes
when we end. A child that keeps dying is reported once and tried at the longest wait; the others go on.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from hub.world import Clock

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
STEADY = 60.0
"""Seconds after which a child counts as running well: its next death begins with the first wait."""
KEEPS_DYING = 5
_PR_SET_PDEATHSIG = 1  # prctl(2)

Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Spec:
    """One child: its command, how long it gets to end, and whether it must be told by a signal.

    `foreign`: not ours, so it does not watch its pipe. `ready`: whether it may be started yet. `end`: the
    signal that ends it.
    """

    name: str
    command: Sequence[str]
    grace: float
    foreign: bool = False
    ready: Callable[[], bool] = lambda: True
    end: signal.Signals = signal.SIGTERM


@dataclass(slots=True)
class Child:
    """What is known of one child. `due`: monotonic instant of its next start."""

    spec: Spec
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    deaths: int = 0
    restarts: int = 0

    @property
    def pid(self) -> int | None:
        return None if self.process is None else self.process.pid


@dataclass
class Children:
    """Starts and watches; `beat` is called often, from the main thread alone (see `_end_with_parent`)."""

    specs: Sequence[Spec]
    env: Mapping[str, str]
    clock: Clock
    say: Say
    output: IO[bytes] | None = None
    all: dict[str, Child] = field(init=False)
    _guard: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.all = {spec.name: Child(spec) for spec in self.specs}

    def beat(self) -> bool:
        """Note deaths, start what is due. Whether anything changed."""
        changed = self._watch_guard()
        now = self.clock.monotonic()
        for child in self.all.values():
            if child.process is not None and child.process.poll() is not None:
                self._died(child, child.process, now)
                changed = True
            if child.process is None and now >= child.due and child.spec.ready():
                self._start(child, now)
                changed = True
        return changed

    def _died(self, child: Child, process: subprocess.Popen[bytes], now: float) -> None:
        _signal(process.pid, signal.SIGKILL)  # what it left behind
        _close(process)
        self._tell_guard(f"-{process.pid}")
        child.deaths = 1 if now - child.started >= STEADY else child.deaths + 1
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (child.deaths - 1))
        child.process, child.due, child.restarts = None, now + wait, child.restarts + 1
        self.say(child.spec.name, f"ended ({_how(process.returncode)}); starts again in {wait:.0f} s")
        if child.deaths == KEEPS_DYING:
            self.say(child.spec.name, f"keeps dying, {KEEPS_DYING} times now; the others go on (to act: ops)")

    def _start(self, child: Child, now: float) -> None:
        child.process = subprocess.Popen(
            list(child.spec.command),
            stdin=subprocess.PIPE,
            stdout=self.output,
            stderr=self.output,
            env=dict(self.env),
            start_new_session=True,
            preexec_fn=partial(_end_with_parent, child.spec.end) if child.spec.foreign else None,
        )
        child.started = now
        self._tell_guard(f"+{child.process.pid} {child.spec.grace}")
        self.say(child.spec.name, f"started (process {child.process.pid})")

    def _watch_guard(self) -> bool:
        """Start the guard, or start it again; it is told of every group there is."""
        if self._guard is not None and self._guard.poll() is None:
            return False
        if self._guard is not None:
            _close(self._guard)
            self.say("guard", f"ended ({_how(self._guard.returncode)}); started again")
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py"))],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        for child in self.all.values():
            if child.pid is not None:
                self._tell_guard(f"+{child.pid} {child.spec.grace}")
        return True

    def _tell_guard(self, line: str) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            with suppress(OSError):  # a dead one is started again and told everything
                self._guard.stdin.write(f"{line}\n".encode())
                self._guard.stdin.flush()

    def pids(self) -> dict[str, int]:
        """The living members by name, the guard too."""
        found = {name: child.pid for name, child in self.all.items() if child.pid is not None}
        return {**found, "guard": self._guard.pid} if self._guard is not None else found

    def stop(self, sleep: Callable[[float], None]) -> None:
        """End every child in the reverse order of starting; what does not end in its grace is killed."""
        running = [child for child in reversed(self.all.values()) if child.process is not None]
        for child in running:
            assert child.process is not None
            _close(child.process)
            child.process.send_signal(child.spec.end)
            child.process.send_signal(signal.SIGCONT)  # one that was stopped could not end
        begun = self.clock.monotonic()
        for child in running:
            assert child.process is not None
            while child.process.poll() is None and self.clock.monotonic() - begun < child.spec.grace:
                sleep(0.05)
            if child.process.poll() is None:
                self.say(child.spec.name, "did not end in time and was killed")
            _signal(child.process.pid, signal.SIGKILL)
            child.process.wait()
            child.process = None
        if self._guard is not None:
            _close(self._guard)
            self._guard.wait()


def _close(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe to a child's standard input."""
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()


def _how(code: int | None) -> str:
    """A process's end in words."""
    if code is not None and code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _end_with_parent(number: signal.Signals) -> None:
    """In a foreign child before it begins: the kernel ends it when its parent dies (prctl(2), Linux).

    The guard does the same everywhere and for grandchildren; this holds when the guard died with us. It
    acts when the thread that started the child ends, so children are started from the main thread.
    """
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, number)
