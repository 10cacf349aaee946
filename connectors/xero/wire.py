"""Values on Xero's wire, read without the SDK's models.

The SDK's models refuse a whole page for one unknown enum value (measured on xero-python 15.2.0), so answers
are read as plain JSON with amounts as Decimal. Rules: Xero developer docs, "requests and responses".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hub.money import parse_minor

Element = Mapping[str, Any]

ZERO_ID = "00000000-0000-0000-0000-000000000000"
_MS_DATE = re.compile(r"^/Date\((-?\d+)([+-]\d{4})?\)/$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse(body: bytes) -> Any:
    """JSON with decimals exact. Raises ValueError for anything else (an HTML error page, a cut body)."""
    return json.loads(body.decode("utf-8"), parse_float=Decimal)


def cents(element: Element, name: str) -> int | None:
    """An amount in integer cents, or None where the field is absent. Raises ValueError."""
    value = element.get(name)
    return None if value is None else parse_minor(value)


def day(element: Element, name: str = "Date") -> date | None:
    """A business date: `/Date(ms+0000)/` is midnight UTC of that date, the text form carries it plainly."""
    text = str(element.get(f"{name}String") or element.get(name) or "")
    if match := _MS_DATE.match(text):
        return (_EPOCH + timedelta(milliseconds=int(match[1]))).date()
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def guid(element: Element, name: str) -> str | None:
    """An id in lower case; None where absent or zero (a refused element carries the zero id)."""
    value = str(element.get(name) or "").lower()
    return None if value in ("", ZERO_ID) else value


def child(element: Element, name: str) -> Element:
    """A nested object, empty where absent."""
    value = element.get(name)
    return value if isinstance(value, dict) else {}


def children(element: Element, name: str) -> Sequence[Element]:
    """A nested list of objects, empty where absent."""
    value = element.get(name)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def stamp(element: Element) -> str | None:
    """UpdatedDateUTC as sent: compared for equality only."""
    value = element.get("UpdatedDateUTC")
    return None if value is None else str(value)


def any_of(field: str, values: Iterable[str], *, is_guid: bool) -> str:
    """A `where` expression that is true for any of the values; a double quote in a text is doubled."""
    shown = ((f'guid("{v}")' if is_guid else '"' + v.replace('"', '""') + '"') for v in values)
    return " OR ".join(f"{field}=={value}" for value in shown)


def chunks(values: Iterable[str], size: int) -> Iterator[list[str]]:
    """Distinct values in order, `size` at a time: addresses stay well under the length servers accept."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), size):
        yield distinct[start : start + size]
