"""Which short stories a month or a further week holds, and when each begins.

A story lies wholly within the open part of the month: those that begin before the lock date end before a
person sets it, those that begin after it never look back past it.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.sandbox.life.cases import SPAN, Story
from connectors.sandbox.life.stage import Stage

LOCK_DAY = 7
"""The books are locked up to this day of the month after step LOCK_AFTER."""
LOCK_AFTER = 4
EARLY, OPEN_FROM = (2, 3), LOCK_DAY + 2


def month_stories(stage: Stage, scale: float, stories: Sequence[tuple[Story, float]]) -> None:
    """Plan the month's short stories: at least one of each, else as often as each says at scale 1."""
    days = [*EARLY, *range(OPEN_FROM, stage.month.length - SPAN + 1)]
    for story, times in stories:
        for _ in range(max(1, round(times * scale))):
            story(stage, _place(stage), stage.rng.choice(days))


def week_stories(stage: Stage, step: int, stories: Sequence[tuple[Story, float]]) -> None:
    """Plan a further week's: about half of the kinds, once each, within the week's first day."""
    begin = (stage.month.span(step)[0] - stage.month.first).days + 1
    kinds: list[Story] = [story for story, _ in stories]
    for story in stage.rng.sample(kinds, len(kinds) // 2):
        story(stage, _place(stage), begin)


def _place(stage: Stage) -> str:
    return stage.rng.choice(stage.plot.words.places).key
