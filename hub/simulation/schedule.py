"""One schedule: fresh systems and database, processes under chaos, then calm, rest and judgement.

The whole of it follows from the seed; `without` leaves single faults, deaths and freezes out of it, which is
how a failing one is made small.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable, Collection
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, cast

import httpx

from hub.kernel import Kernel
from hub.simulation import actors, checks, clerk, reading, tenure, worlds
from hub.simulation.actors import Office
from hub.simulation.aims import aims
from hub.simulation.fate import Fate
from hub.simulation.faults import FaultPlan, Mode
from hub.simulation.post import Post
from hub.simulation.profiles import Ending, Profile
from hub.simulation.result import FAULTS, Result
from hub.simulation.scenario import Cast, Served
from hub.simulation.scheduler import Scheduler, TooLong
from hub.simulation.tasks import Task
from hub.simulation.tokens import Tokens
from hub.simulation.wire import Wire

if TYPE_CHECKING:
    from hub.simulation.simulator import Simulator

MOST_STEPS = 20_000
"""Several times what a schedule takes: one that needs more does not come to rest."""
LONGEST = 4
"""How many times as long as planned chaos may last where it has to be met."""
RESTART = 20.0
"""Seconds until a dead process runs again."""
SETTLED = 900.0
"""Seconds of rest after which no lease may be open."""
READ_BACK = 3
"""Rounds of putting in order: what a system took is written elsewhere, read there, and posted."""
BROKEN = "ended by an error of its own:"
"""How a process is named that broke, where nothing else shows that anything is wrong."""


class Schedule:
    """One schedule under way; what stays the same from one to the next is its simulator's."""

    def __init__(self, simulator: Simulator, seed: int, profile: Profile, without: Collection[str]) -> None:
        self.simulator, self.seed, self.profile = simulator, seed, profile
        self.text = f"{seed}/{profile.name}"
        self.group = simulator.group
        aimed = aims(seed, simulator.cells, each=profile.each) if profile.chances.rate else {}
        scenario = simulator.scenario
        self.fate = Fate(self.text, profile.rates, without)
        self.plan = FaultPlan(self.text, profile.chances, scenario.excluded, aimed, without)  # type: ignore[arg-type]
        self.scheduler = Scheduler(simulator.runner(), self.text, self.fate, most_steps=MOST_STEPS)
        self.scheduler.died, self.scheduler.failed = self._died, self._failed
        names = [f"worker-{n}" for n in range(profile.workers)] + ["receiver", "desk", "judge"]
        names += ["clerk"] if scenario.served else []
        systems = [one.id for one in simulator.config.connections]
        self.skews = worlds.skews(self.text, names + systems)
        clocks = {name: worlds.VirtualClock(self.scheduler, self.skews[name]).now for name in systems}
        self.cast: Cast = scenario.cast(self.text, clocks, choice=profile.stories)
        self.served = cast(Served, self.cast) if scenario.served else None
        ending = profile.ending
        self.office = Office(
            beat=profile.first, day=ending is not Ending.NIGHT, night=ending is not Ending.BEAT
        )
        self.wrong: list[str] = []
        self.wire = Wire(
            self.scheduler,
            self.plan,
            self.cast.systems,
            {(one.connection, one.name): one for one in simulator.operations},
            self.cast.limited,
            self._after_effect,
            self.text,
        )
        self.wire.leaving = self._leaving
        renewed = {one.connection for one in simulator.operations if one.mode is Mode.RENEW}
        self.tokens = Tokens(simulator.storage, simulator.vault, renewed)
        self.scheduler.kept = self.tokens.committed
        self._roles: dict[str, Callable[[Kernel], None]] = {}
        self.post = Post(
            self.scheduler, self.cast, self.office, profile, self.fate, self.skews, systems, self.text
        )

    def run(self) -> Result:
        simulator, scheduler = self.simulator, self.scheduler
        simulator.playing = scheduler
        with simulator.storage.database(scheduler):
            try:
                self._start()
                scheduler.run(lambda: bool(self.wrong) or self._enough())
                self._calm()
                scheduler.run(lambda: bool(self.wrong) or not self._waited_for())
                self._heed()
                self._close()
                self._rest()
                if not self.wrong:
                    judge = self._kernel("judge", 0)
                    self.wrong += checks.violations(judge, self.group, self.cast)
                    if self.office.night:
                        self.wrong += reading.unlike(self._reader(), self.group)
            except TooLong:
                self.wrong.append(f"no rest after {MOST_STEPS} steps: {self._busy()}")
            finally:
                scheduler.close()
        return self._result()

    # --- processes -----------------------------------------------------------------------------------

    def _start(self) -> None:
        group, scheduler, office = self.group, self.scheduler, self.office
        office.polled = self._polled
        for n in range(self.profile.workers):
            pulls = n == 0
            self._roles[f"worker-{n}"] = lambda kernel, pulls=pulls: actors.work(  # type: ignore[misc]
                kernel, scheduler, office, pulls=pulls, every=self.profile.every
            )
        self._roles["receiver"] = lambda kernel: actors.receive(kernel, scheduler, group, office)
        if (served := self.served) is not None:
            self._roles["clerk"] = lambda kernel: clerk.clerk(kernel, scheduler, group, office, served)
        again = 3600.0 if self.served is None else 30.0
        self._roles["desk"] = lambda kernel: actors.desk(kernel, scheduler, group, office, self.cast, again)
        for name in self._roles:
            self._spawn(name, 0, 0)
        self.post.spread()

    def _spawn(self, name: str, incarnation: int, wake: int) -> None:
        def process() -> None:
            self._roles[name](self._kernel(name, incarnation))

        self.scheduler.spawn(name, process, incarnation=incarnation, wake=wake)

    def _kernel(self, name: str, incarnation: int) -> Kernel:
        worker = f"{name}.{incarnation}"
        return self.simulator.kernel(self.scheduler, worker, self.skews[name], self.wire.transport, self.text)

    def _died(self, task: Task) -> None:
        """A new process takes the place of one that died."""
        self.wire.manners.died(task.id, self.scheduler.now / 1000)
        pause = int(1000 * RESTART * (0.2 + Random(f"{self.text}/restart/{task.id}").random()))
        self._spawn(task.name, task.incarnation + 1, self.scheduler.now + pause)

    def _failed(self, task: Task) -> None:
        """A process that ends by an error of its own is a defect."""
        error = task.error
        place = traceback.extract_tb(error.__traceback__)[-1] if error is not None else None
        where = f"{Path(place.filename).name}:{place.lineno}" if place else "?"
        self.wrong.append(f"{task.id} {BROKEN} {type(error).__name__} at {where}: {error}")

    def _leaving(self, connection: str, request: httpx.Request, left: float) -> None:
        """A request leaves, and may last `left` seconds."""
        unkept = self.tokens.unkept(connection, request)
        self.wrong += [unkept] if unkept else []
        task = self.scheduler.current
        if task is not None:
            until = worlds.VirtualClock(self.scheduler, self.skews[task.name]).now() + timedelta(seconds=left)
            lease = timedelta(seconds=self.simulator.settings.lease_seconds)
            found = tenure.uncovered(self.simulator.storage, request, until, lease)
            self.wrong += [found] if found else []

    def _after_effect(self) -> None:
        """Right after every effect: nothing may stand twice, and webhooks may be due."""
        self.wrong += [*self.cast.moment(), *self.wire.manners.wrong]
        self.post.collect()

    # --- the end -------------------------------------------------------------------------------------

    def _enough(self) -> bool:
        """Whether all was done under chaos, and enough of it was met, where the profile insists.

        A system that asked to be left alone meets nothing for long.
        """
        chaos = int(1000 * self.profile.span) + 60_000
        if self.scheduler.now < chaos or self.post.acts_left:
            return False
        return (
            not self.profile.insists
            or sum(self.plan.hit.values()) >= FAULTS
            or self.scheduler.now >= LONGEST * chaos
        )

    def _calm(self) -> None:
        self.fate.on = self.plan.on = False
        self.scheduler.note("calm")

    def _waited_for(self) -> bool:
        """Whether people wait for the hub to do something."""
        return self.served is not None and self.served.waits()

    def _close(self) -> None:
        """The desk puts all in order. Where the hub writes to what it reads, again until nothing follows."""
        rounds = 1 if self.served is None else READ_BACK
        for n in range(rounds):
            self.office.last = n == rounds - 1
            self.office.closing, self.office.closed = True, False
            self.scheduler.run(lambda: bool(self.wrong) or self.office.closed)
            if self.served is not None:
                self._quiet()

    def _heed(self) -> None:
        """Where nobody polls: until every hint was handled, which must have led to all that it told of."""
        if self.profile.polls:
            return
        judge = self._kernel("judge", 0)

        def heeded() -> bool:
            with judge.store.read(self.group) as unit:
                return not self.post.hints_left and checks.heeded(unit)

        self._once_a_second(heeded)
        if not self.wrong:
            self.wrong += reading.unheeded(self._reader(), self.group)

    def _polled(self) -> None:
        """Everything was polled, and nobody has done a night's work yet."""
        if not self.wrong:
            self.wrong += reading.unread(self._reader(), self.group, self.simulator.scenario.silent)

    def _reader(self) -> Kernel:
        """A kernel that asks the systems past the wire."""
        return self.simulator.kernel(self.scheduler, "reader", 0.0, self.cast.systems.__getitem__, self.text)

    def _rest(self) -> None:
        """Until nothing is under way, then long enough that no lease outlives it."""
        self._quiet()
        self.office.over = True
        end = self.scheduler.now + int(1000 * SETTLED)
        self.scheduler.run(lambda: bool(self.wrong) or self.scheduler.now >= end)

    def _quiet(self) -> None:
        """Until nothing is under way."""
        judge = self._kernel("judge", 0)
        looked = [-1]

        def quiet() -> bool:
            if looked[0] == self.scheduler.commits:  # nothing is written, so nothing has come to rest
                return False
            looked[0] = self.scheduler.commits
            with judge.store.read(self.group) as unit:
                if checks.under_way(unit) is not None:
                    return False
            return actors.release(judge, self.group) == 0

        self._once_a_second(quiet)

    def _once_a_second(self, done: Callable[[], bool]) -> None:
        """Go on until it is done, or something is wrong."""
        asked = [-1000]

        def over() -> bool:
            if self.wrong or self.scheduler.now < asked[0] + 1000:
                return bool(self.wrong)
            asked[0] = self.scheduler.now
            return done()

        self.scheduler.run(over)

    def _busy(self) -> str:
        judge = self._kernel("judge", 1)
        with judge.store.read(self.group) as unit:
            return checks.under_way(unit) or "nothing, but the desk did not close"

    def _result(self) -> Result:
        scheduler = self.scheduler
        text = "\n".join(f"{now} {who} {what}" for now, who, what in scheduler.trace)
        return Result(
            self.seed,
            self.profile.name,
            list(dict.fromkeys(self.wrong)),
            self.plan.happened + self.fate.happened,
            self.plan.hit,
            self.cast.counts(),
            self.profile.workers,
            self.fate.deaths + sum(n for cell, n in self.plan.hit.items() if cell.death),
            self.fate.freezes,
            self.wire.exchanges,
            scheduler.steps,
            hashlib.sha256(text.encode()).hexdigest()[:16],
            scheduler.trace,
            self.wire.unnamed,
        )
