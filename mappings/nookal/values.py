"""How both APIs write ids, flags and moments.

v2 writes numbers and flags as text, v3 as numbers; 0 and blank mean "none" for ids (field reports). A moment
of v3 is the text of JavaScript's Date in Brisbane, made from the clinic's wall clock read as UTC: so its UTC
reading is the clinic's own day, whatever the season. Nothing passes through float.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator

from mappings.wire import id_text

_V3 = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d) GMT([+-]\d{4})")


def _link(value: Any) -> Any:
    found = id_text(value)
    return None if found in (None, "0") else found


def _flag(value: Any) -> Any:
    if value in (None, "", "0", 0):
        return False
    return True if value in ("1", 1) else value


def _v3_day(value: Any) -> date:
    match = _V3.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("no day")
    moment = datetime.strptime(f"{match[1]} {match[2]}", "%b %d %Y %H:%M:%S %z")
    return moment.astimezone(UTC).date()


def _no_date(value: Any) -> Any:
    return None if isinstance(value, str) and value.startswith("0000") else value


Id = Annotated[str, BeforeValidator(id_text)]
Link = Annotated[str | None, BeforeValidator(_link)]
Flag = Annotated[bool, BeforeValidator(_flag)]
V3Day = Annotated[date, BeforeValidator(_v3_day)]
V2Moment = Annotated[datetime | None, BeforeValidator(_no_date)]
