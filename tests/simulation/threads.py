"""The second runner: every task a thread of its own, one baton. Equal traces audit the first."""

from __future__ import annotations

import threading

from hub.simulation.tasks import Life, Task


class Threads:
    """The four verbs of a runner over threads that wait for their turn."""

    def __init__(self) -> None:
        self._mine = threading.Semaphore(0)  # the scheduler's turn

    def prepare(self, task: Task) -> None:
        turn = threading.Semaphore(0)

        def body() -> None:
            turn.acquire()
            task.run()
            self._mine.release()

        thread = threading.Thread(target=body, name=task.id, daemon=True)
        task.handle = (turn, thread)
        thread.start()

    def resume(self, task: Task) -> None:
        task.handle[0].release()
        self._mine.acquire()
        if task.life is Life.ENDED:
            task.handle[1].join()

    def suspend(self, task: Task) -> None:
        self._mine.release()
        task.handle[0].acquire()

    def kill(self, task: Task) -> None:
        while task.life is not Life.ENDED:
            self.resume(task)
