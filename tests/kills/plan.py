"""What is hit, how and when: drawn from a seed, so that the same seed hits the same members again.

What they are doing at that moment is up to the machine; the report says it as far as rows tell.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

WEIGHTS = {
    "worker": 9,
    "parent": 4,
    "receiver": 2,
    "dagster-code": 2,
    "dagster-webserver": 1,
    "dagster-daemon": 1,
    "guard": 1,
}
"""The worker is where everything happens; whoever kills the parent kills them all."""
STOPPED = 0.3
"""How many of the hits are SIGSTOP for longer than a lease, then SIGCONT."""
LONGER = 1.3


@dataclass(frozen=True, slots=True)
class Hit:
    """`after`: seconds since the member was seen at work. `stop`: SIGSTOP and SIGCONT instead of SIGKILL."""

    member: str
    after: float
    stop: bool

    def __str__(self) -> str:
        return f"{'SIGSTOP' if self.stop else 'SIGKILL'} {self.member} after {self.after:.2f} s"


def draw(seed: str, hits: int, steps: int) -> list[list[Hit]]:
    """The hits of each step of the story, spread evenly; enough of them hit every kind of member."""
    rng = random.Random(f"kills {seed}")
    members = [*WEIGHTS] if hits >= 2 * len(WEIGHTS) else ["worker", "parent", "worker"]
    members += rng.choices([*WEIGHTS], [*WEIGHTS.values()], k=max(0, hits - len(members)))
    rng.shuffle(members)
    stops = set(rng.sample(range(hits), round(hits * STOPPED)))
    found: list[list[Hit]] = [[] for _ in range(steps)]
    for number, member in enumerate(members[:hits]):
        hit = Hit(member, rng.uniform(0.0, 1.5), number in stops)
        found[number * steps // hits].append(hit)
    return found
