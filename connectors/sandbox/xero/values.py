"""Values on Xero's wire: dates in two forms, amounts, zero ids, and what a refusal is.

Inside the sandbox amounts are integer cents, dates ISO texts, instants integer milliseconds since 1970.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

Doc = dict[str, Any]

ZERO_ID = "00000000-0000-0000-0000-000000000000"
_MS_DATE = re.compile(r"^/Date\((-?\d+)([+-]\d{4})?\)/$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# The few Windows-style zone names an Australian organisation can have (Xero developer docs: types and codes).
ZONES = {
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "EAUSTRALIASTANDARDTIME": "Australia/Brisbane",
    "CENAUSTRALIASTANDARDTIME": "Australia/Adelaide",
    "AUSCENTRALSTANDARDTIME": "Australia/Darwin",
    "WAUSTRALIASTANDARDTIME": "Australia/Perth",
    "TASMANIASTANDARDTIME": "Australia/Hobart",
}


class Refused(Exception):
    """One element was refused: Xero's messages, and the id of a clashing document where it names one."""

    def __init__(self, *messages: str, clash: str = ZERO_ID) -> None:
        super().__init__(*messages)
        self.messages, self.clash = list(messages), clash


class Unreadable(Exception):
    """The whole body cannot be understood (ErrorNumber 14): nothing was saved."""


class Missing(Exception):
    """The addressed resource does not exist (404 with an HTML body)."""


def decimal(value: Any) -> Decimal:
    """A JSON number (or numeric text) as Decimal. Raises Unreadable for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise Unreadable(f"Error converting value {value!r} to type 'System.Decimal'.")
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise Unreadable(f"Error converting value {value!r} to type 'System.Decimal'.") from None
    if not found.is_finite():
        raise Unreadable(f"Error converting value {value!r} to type 'System.Decimal'.")
    return found


def half_up(value: Decimal, places: int = 2) -> Decimal:
    """Round half up, away from zero (Xero: rounding is half up, per line)."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def to_cents(value: Any) -> int:
    """An amount in dollars as integer cents, half up."""
    return int(half_up(decimal(value)) * 100)


def amount(cents: int) -> float:
    """Cents as the JSON number Xero writes."""
    return cents / 100


def money_text(cents: int) -> str:
    """Cents as text for messages: 12.50."""
    return str(half_up(Decimal(cents) / 100))


def ms(moment: datetime) -> int:
    """An aware datetime as milliseconds since 1970."""
    return int((moment - _EPOCH) / timedelta(milliseconds=1))


def parse_date(value: Any) -> str:
    """A date sent as YYYY-MM-DD, with a time, or /Date(ms)/, as ISO text. Raises Unreadable."""
    text = str(value)
    if match := _MS_DATE.match(text):
        return (_EPOCH + timedelta(milliseconds=int(match[1]))).date().isoformat()
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        raise Unreadable(f"Could not convert string to DateTime: {text[:40]}.") from None


def date_forms(name: str, iso: str | None) -> Doc:
    """Both forms of a business date: {Date: /Date(ms+0000)/, DateString: ...T00:00:00}; {} for None."""
    if iso is None:
        return {}
    at = datetime.fromisoformat(iso).replace(tzinfo=UTC)
    return {f"{name}String": f"{iso}T00:00:00", name: f"/Date({ms(at)}+0000)/"}


def ms_date(iso: str) -> str:
    """One business date as /Date(ms+0000)/."""
    return str(date_forms("D", iso)["D"])


def stamp(instant: int) -> str:
    """An instant in milliseconds as /Date(ms+0000)/."""
    return f"/Date({instant}+0000)/"


def stamps(instant: int) -> Doc:
    """UpdatedDateUTC in both forms."""
    text = (_EPOCH + timedelta(milliseconds=instant)).strftime("%Y-%m-%d %H:%M:%S+00:00")
    return {"UpdatedDateUTC": stamp(instant), "UpdatedDateUTCString": text}


def moment(instant: int) -> datetime:
    """Milliseconds since 1970 as an aware datetime."""
    return _EPOCH + timedelta(milliseconds=instant)


def modified_since(header: str | None) -> int | None:
    """If-Modified-Since (ISO or HTTP date, UTC, whole seconds) as milliseconds; None when absent."""
    if not header:
        return None
    try:
        at = datetime.fromisoformat(header)
    except ValueError:
        try:
            at = parsedate_to_datetime(header)
        except ValueError:
            return None
    return ms((at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0))


def today(now: datetime, timezone: str) -> str:
    """Today's date in the organisation's own zone."""
    return now.astimezone(ZoneInfo(ZONES.get(timezone, "Australia/Sydney"))).date().isoformat()


def long_day(iso: str) -> str:
    """30-Nov-2018, as lock date messages write it."""
    return date.fromisoformat(iso).strftime("%d-%b-%Y")
