"""Who runs next and what time it is: virtual milliseconds, a total order, one seeded choice at a time.

Time passes only while everybody sleeps. A task hands over at points alone, and never while a transaction is
open: there it would hold the write lock of the whole process.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from random import Random

from hub.simulation.fate import Fate, Verdict
from hub.simulation.tasks import Died, Life, Runner, Task
from hub.wake import LOOK_EVERY

_LOOK = int(1000 * LOOK_EVERY)


class TooLong(Exception):
    """The schedule did not come to rest within its steps."""


class Scheduler:
    """Owns virtual time, the tasks and what happens at set moments (`at`)."""

    def __init__(self, runner: Runner, seed: str, fate: Fate, *, most_steps: int) -> None:
        self.now = 0
        self.current: Task | None = None
        self.trace: list[tuple[int, str, str]] = []
        self.steps = 0
        self.commits = 0
        self.open_transactions: Callable[[], bool] = lambda: False
        self.died: Callable[[Task], None] = lambda task: None
        self.failed: Callable[[Task], None] = lambda task: None
        self.kept: Callable[[], None] = lambda: None
        self._runner, self._fate, self._seed = runner, fate, seed
        self._rng = Random(f"{seed}/schedule")
        self._tasks: list[Task] = []
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._numbers = 0
        self._most = most_steps

    # --- making things happen ------------------------------------------------------------------------

    def note(self, what: str) -> None:
        """A line of the trace."""
        self.trace.append((self.now, self.current.id if self.current else "-", what))

    def spawn(self, name: str, function: Callable[[], None], *, incarnation: int = 0, wake: int = 0) -> Task:
        """A new task that begins at `wake`."""
        task = Task(name, incarnation, function, Random(f"{self._seed}/fate/{name}.{incarnation}"), wake)
        self._runner.prepare(task)
        self._tasks.append(task)
        return task

    def at(self, when: int, what: Callable[[], None]) -> None:
        """Do something at a virtual moment, outside any task."""
        self._numbers += 1
        heapq.heappush(self._events, (when, self._numbers, what))

    # --- what tasks call -----------------------------------------------------------------------------

    def point(self, kind: str) -> None:
        """A seam of the running task: it may hand over, freeze or die here."""
        task = self._living()
        if task is None:
            return
        verdict, pause = self._fate.decide(task, kind)
        if verdict is Verdict.DIE:
            self.die(kind)
        if verdict is Verdict.FREEZE:
            self.note(f"freezes {pause} ms {kind}")
        if verdict is not Verdict.STAY:
            self._rest(pause)

    def last_moment(self, kind: str) -> None:
        """A seam inside a transaction: the task may die here, and does nothing else."""
        task = self._living()
        if task is not None and self._fate.dies(task, kind):
            self.die(kind)

    def die(self, where: str) -> None:
        """End the running task's process. Always raises."""
        task = self.current
        assert task is not None
        task.dead = True
        self.note(f"dies {where}")
        raise Died

    def sleep(self, seconds: float) -> None:
        """The running task sleeps; a death may come first thing afterwards."""
        if self._living() is not None:
            self._rest(max(1, round(seconds * 1000)))
            self.point("woke")

    def travel(self, seconds: float) -> None:
        """What the running task sent is on its way: whatever becomes of the task, that goes on."""
        if self._living() is not None:
            self._rest(max(1, round(seconds * 1000)))

    def idle(self, seconds: float) -> None:
        """Sleep that ends early when somebody commits."""
        task = self._living()
        assert task is not None
        task.idle = True
        self._rest(max(1, round(seconds * 1000)))

    def committed(self) -> None:
        """Somebody committed: time passes a little, and idle tasks may notice when they look next."""
        self.kept()
        self.now += 1
        self.commits += 1
        if self._rng.random() < self._fate.notice:
            for task in self._tasks:
                if task.idle and task is not self.current:
                    task.wake = min(task.wake, self.now + _LOOK)

    def _living(self) -> Task | None:
        task = self.current
        if task is not None and task.dead:
            raise Died
        return task

    def _rest(self, milliseconds: int) -> None:
        task = self.current
        assert task is not None
        assert not self.open_transactions(), "a task handed over inside a transaction"
        task.wake = self.now + milliseconds
        self._runner.suspend(task)
        task.idle = False
        if task.dead:
            raise Died

    # --- the loop ------------------------------------------------------------------------------------

    def run(self, until: Callable[[], bool]) -> None:
        """Go on until `until()` is true, asked before each step. Raises TooLong."""
        while not until():
            self.steps += 1
            if self.steps > self._most:
                raise TooLong
            if self._events and self._events[0][0] <= self.now:
                heapq.heappop(self._events)[2]()
                continue
            ready = [task for task in self._tasks if task.wake <= self.now]
            if ready:
                self._resume(ready[int(self._rng.random() * len(ready))])
                continue
            moments = [task.wake for task in self._tasks] + [event[0] for event in self._events[:1]]
            if not moments:
                return
            self.now = min(moments)

    def _resume(self, task: Task) -> None:
        self.current, task.life = task, Life.RUNNING
        try:
            self._runner.resume(task)
        finally:
            self.current = None
        if task.life is Life.ENDED:
            self._tasks.remove(task)
            if task.dead:
                self.died(task)
            elif task.error is not None:
                self.failed(task)

    def kill(self, tasks: Iterable[Task]) -> None:
        """End tasks that still wait, with no trace left of them."""
        for task in list(tasks):
            if task not in self._tasks:
                continue
            self._tasks.remove(task)
            task.dead = True
            if task.life is Life.RUNNING:
                self.current = task
                try:
                    self._runner.kill(task)
                finally:
                    self.current = None

    def close(self) -> None:
        """Unwind whatever is left."""
        self.kill(self._tasks)
