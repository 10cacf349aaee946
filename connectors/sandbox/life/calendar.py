"""The story's calendar: its days, its steps, and local times as instants.

A month is played in eight steps of about four days; a day belongs to one step, so whatever changes in a step
concerns either that step's days or days whose records were there to be synced before.
"""

from __future__ import annotations

import calendar as _calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from connectors.sandbox.life.group import PLACE

STEPS = 8


@dataclass(frozen=True, slots=True)
class Month:
    """A played month and the weeks after it. Steps count from 1; step 9 is the first further week."""

    year: int
    month: int

    @classmethod
    def of(cls, text: str) -> Month:
        """From "2026-10"."""
        year, month = text.split("-")
        return cls(int(year), int(month))

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, self.month, 1)

    @property
    def length(self) -> int:
        """Days of the month."""
        return _calendar.monthrange(self.year, self.month)[1]

    def day(self, number: int) -> date:
        """Day `number` of the month, or beyond it."""
        return self.first + timedelta(days=number - 1)

    def span(self, step: int) -> tuple[date, date]:
        """First and last day of a step, both inclusive."""
        if step > STEPS:
            begin = self.length + 1 + 7 * (step - STEPS - 1)
            return self.day(begin), self.day(begin + 6)
        bounds = [(self.length * n + STEPS - 1) // STEPS for n in range(STEPS + 1)]
        return self.day(bounds[step - 1] + 1), self.day(bounds[step])

    def step_day(self, step: int, offset: int = 0) -> date:
        """A day of a step, counted from its first (kept inside the step)."""
        begin, end = self.span(step)
        return min(begin + timedelta(days=offset), end)

    def step_of(self, moment: datetime) -> int:
        """The step an instant is played in: by its date in the eastern state without daylight saving."""
        day = moment.astimezone(PLACE["toowong"].zone).date()
        step = 1
        while self.span(step)[1] < day:
            step += 1
        return step


def instant(place: str, day: date, clock: str) -> datetime:
    """A local time "HH:MM" at a location as an aware UTC instant."""
    hour, minute = clock.split(":")
    local = datetime.combine(day, time(int(hour), int(minute)), tzinfo=PLACE[place].zone)
    return local.astimezone(UTC)


def local_day(place: str, moment: datetime) -> date:
    """The business date of an instant at a location."""
    return moment.astimezone(PLACE[place].zone).date()
