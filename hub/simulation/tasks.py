"""Simulated workers as coroutines without any change to the code they run: greenlets in one thread.

A runner needs four verbs only (prepare, resume, suspend, kill), so that a second runner with threads can play
the same schedules and show that none of it hangs on greenlets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Any, Protocol

from greenlet import getcurrent, greenlet


class Died(BaseException):
    """A worker's process is gone. Raised again at every later seam, so that no `finally` reaches anything."""


class Life(Enum):
    """How a task stands."""

    NEW = "new"
    RUNNING = "running"
    ENDED = "ended"


@dataclass(eq=False)
class Task:
    """One simulated process. `wake` is the virtual millisecond at which it goes on.

    `dead`: its process is gone, whatever its code still does. `idle`: it sleeps only until somebody commits.
    `doing` names the operation whose calls it makes, `struck`: a fault befell its last write, `heard`:
    commits until what it read last should be kept; `fate` decides about it, one draw per point.
    """

    name: str
    incarnation: int
    function: Callable[[], None]
    fate: Random
    wake: int = 0
    dead: bool = False
    idle: bool = False
    life: Life = Life.NEW
    points: int = 0
    struck: bool = False
    heard: int = 0
    doing: list[str] = field(default_factory=list)
    error: BaseException | None = None
    handle: Any = None

    @property
    def id(self) -> str:
        """Name and incarnation, as in the trace."""
        return f"{self.name}.{self.incarnation}"

    def run(self) -> None:
        """The body, as any runner calls it: ends with what it raised kept."""
        try:
            self.function()
        except BaseException as error:
            self.error = error
        self.life = Life.ENDED


class Runner(Protocol):
    """How tasks are interleaved."""

    def prepare(self, task: Task) -> None:
        """Make a task ready to be resumed."""
        ...

    def resume(self, task: Task) -> None:
        """Run a task until it suspends or ends. Called by the scheduler alone."""
        ...

    def suspend(self, task: Task) -> None:
        """Give control back to the scheduler; returns when the task is resumed."""
        ...

    def kill(self, task: Task) -> None:
        """Unwind a suspended task that is marked dead; nothing of it is left."""
        ...


class Greenlets:
    """All tasks in this thread."""

    def __init__(self) -> None:
        self._scheduler = getcurrent()

    def prepare(self, task: Task) -> None:
        # The parent is named: by default it is the creator, which may be a task.
        task.handle = greenlet(task.run, parent=self._scheduler)

    def resume(self, task: Task) -> None:
        task.handle.switch()

    def suspend(self, task: Task) -> None:
        self._scheduler.switch()

    def kill(self, task: Task) -> None:
        while task.life is not Life.ENDED:
            task.handle.switch()
        task.handle = None
