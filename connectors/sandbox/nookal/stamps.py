"""How Nookal writes moments: v2 naive texts, v3 the text of JavaScript's Date in Brisbane.

A plain day shows 10:00 at +1000 in every season, so the server reads the clinic's wall clock as UTC and
prints that instant in Brisbane (three clinics' data; inferred for times within a day).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

_BRISBANE = timezone(timedelta(hours=10))


def v3_text(wall: datetime) -> str:
    """A naive clinic clock time as v3 prints it."""
    shown = wall.replace(tzinfo=UTC).astimezone(_BRISBANE)
    return f"{shown:%a %b %d %Y %H:%M:%S} GMT+1000 (Australian Eastern Standard Time)"


def v3_day(day: str) -> str:
    """A business day as v3 prints it: its midnight, which is 10:00 in Brisbane."""
    return v3_text(datetime.combine(date.fromisoformat(day), datetime.min.time()))


def v2_text(moment: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS` without a zone."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def v2_moment(text: str) -> datetime | None:
    """A naive moment from what a caller sends; None when it is not one."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None
