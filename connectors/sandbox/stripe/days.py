"""Business days of the banks, from epoch seconds: Monday to Friday, UTC dates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

DAY = 86_400


def midnight(at: int) -> int:
    """The start of the UTC day."""
    return at - at % DAY


def is_business(at: int) -> bool:
    """Whether the UTC day is a weekday."""
    return datetime.fromtimestamp(at, UTC).weekday() < 5


def business_days_after(at: int, days: int) -> int:
    """Midnight of the day that many business days later."""
    day = datetime.fromtimestamp(midnight(at), UTC)
    left = days
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < 5
    return int(day.timestamp())
