"""People's acts at their moments, and the messages about them: hints and webhooks, twice, early or late."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from random import Random

from hub import hints as generic
from hub.simulation.actors import Letter, Office
from hub.simulation.fate import Fate
from hub.simulation.profiles import Profile
from hub.simulation.scenario import Act, Cast, Hook
from hub.simulation.scheduler import Scheduler
from hub.simulation.worlds import VirtualClock

HINT_KEY = "whsec_c2ltdWxhdGlvbg=="
_AGAIN = 60_000
"""Milliseconds between two looks for webhooks whose retry is due."""
_REPEATED = 15_000
"""Milliseconds after which a hint without a good answer is sent again."""


class Post:
    """The messages of one schedule. `skews` are the clocks of the systems that send them.

    `acts_left` are still to be played, `hints_left` still to be taken by the receiver.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        cast: Cast,
        office: Office,
        profile: Profile,
        fate: Fate,
        skews: Mapping[str, float],
        connections: Collection[str],
        seed: str,
    ) -> None:
        self.acts_left = len(cast.acts)
        self.hints_left = 0
        self._scheduler, self._cast, self._office = scheduler, cast, office
        self._profile, self._fate, self._skews, self._seed = profile, fate, skews, seed
        self._connections = connections

    def spread(self) -> None:
        """Plan every act, in order, and what hints and webhooks do."""
        rng = Random(f"{self._seed}/acts")
        moments = sorted(rng.random() * self._profile.span for _ in self._cast.acts)
        # Some come in bursts: people do several things at once.
        for n in range(1, len(moments)):
            if rng.random() < 0.3:
                moments[n] = moments[n - 1]
        for moment, act in zip(moments, self._cast.acts, strict=True):
            when = int(1000 * moment)
            self._scheduler.at(when, self._doing(act))
            self._tell(act, when, rng)
        self._scheduler.at(1000, self._look)

    def collect(self) -> None:
        """Hand over the webhooks that systems want delivered now."""
        for connection in self._connections:
            for hook in self._cast.hooks(connection):
                self._office.letters.append(self._letter(connection, hook))

    def _doing(self, act: Act) -> Callable[[], None]:
        def do() -> None:
            self._scheduler.note(f"people: {act.name}")
            act.do()
            self.acts_left -= 1
            self._office.dirty = True

        return do

    def _tell(self, act: Act, when: int, rng: Random) -> None:
        for connection, stream, id_ in act.hints:
            for n, moment in enumerate(self._moments(when, rng)):
                message = f"{act.name}-{stream}-{id_}-{n}"
                self.hints_left += 1
                self._scheduler.at(moment, self._hint(connection, stream, id_, message))

    def _moments(self, when: int, rng: Random) -> list[int]:
        """When a hint about an act arrives: never, once, twice, before the act or long after it."""
        chances = self._profile.messages
        draw, delay = rng.random(), int(4000 * rng.random())
        early, late = rng.random(), rng.random()
        ways: tuple[tuple[float, list[int]], ...] = (
            (chances.untold, []),
            (chances.twice, [when + delay, when + delay + int(20_000 * late)]),
            (chances.early, [max(0, when - int(5000 * early))]),
            (chances.late, [when + int(600_000 * late)]),
        )
        for chance, moments in ways:
            if draw < chance:
                return moments
            draw -= chance
        return [when + delay]

    def _hint(self, connection: str, stream: str, id_: str, message: str) -> Callable[[], None]:
        def send() -> None:
            body = json.dumps({"stream": stream, "id": id_}).encode()
            now = VirtualClock(self._scheduler, self._skews[connection]).now()
            headers = generic.sign(HINT_KEY, message[:90], now, body)
            self._office.letters.append(Letter(connection, False, body, headers, settle))

        def settle(status: int | None) -> None:
            """A sender repeats what was not taken, as the scheme asks of it."""
            if status is None or status >= 300:
                self._scheduler.at(self._scheduler.now + _REPEATED, send)
            else:
                self.hints_left -= 1

        return send

    def _look(self) -> None:
        self.collect()
        if not self._office.closed:
            self._scheduler.at(self._scheduler.now + _AGAIN, self._look)

    def _letter(self, connection: str, hook: Hook) -> Letter:
        rng = Random(f"{self._seed}/hook/{connection}/{len(self._office.letters)}/{self._scheduler.now}")
        unanswered = self._fate.on and rng.random() < self._profile.messages.unanswered
        settled: list[int] = []

        def settle(status: int | None) -> None:
            if not settled:
                settled.append(1)
                self._cast.settle_hook(connection, hook.id, None if unanswered else status)

        return Letter(connection, True, hook.body, dict(hook.headers), settle)
