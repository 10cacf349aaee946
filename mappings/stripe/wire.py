"""The wire objects as far as money needs them; everything else is ignored.

Amounts are integers in the minor unit, times are epoch seconds, enumerations are open: Stripe adds values
without a new version, so none is closed here (Stripe docs: versioning).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, ValidationError

from hub.errors import Malformed, Who


def _ref(value: Any) -> Any:
    """An id, whether the field holds it or the object."""
    return value.get("id") if isinstance(value, Mapping) else value


Ref = Annotated[str | None, BeforeValidator(_ref)]
Cents = StrictInt


class Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    id: str
    created: StrictInt = 0
    currency: str = ""


class Charge(Wire):
    amount_captured: Cents
    status: str
    captured: bool
    metadata: dict[str, str] = Field(default_factory=dict)
    payment_method_details: dict[str, Any] | None = None
    failure_balance_transaction: Ref = None

    @property
    def method(self) -> str:
        """Stripe's name of the way it was paid."""
        return str((self.payment_method_details or {}).get("type") or "unknown")


class Refund(Wire):
    amount: Cents
    status: str | None = None
    charge: Ref = None
    failure_balance_transaction: Ref = None


class Dispute(Wire):
    amount: Cents
    status: str
    charge: Ref = None


class FeeDetail(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    amount: Cents
    type: str


class Row(Wire):
    """A balance transaction."""

    amount: Cents
    fee: Cents
    net: Cents
    type: str
    reporting_category: str
    source: Ref = None
    fee_details: tuple[FeeDetail, ...] = ()


class Trace(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    value: str | None = None


class Payout(Wire):
    amount: Cents
    status: str
    automatic: bool
    reconciliation_status: str
    arrival_date: StrictInt
    destination: Ref = None
    failure_code: str | None = None
    trace_id: Trace | None = None


M = TypeVar("M", bound=BaseModel)


def parse(model: type[M], record: Mapping[str, Any]) -> M:
    """A wire value. Raises Malformed, naming fields and never what they hold."""
    try:
        return model.model_validate(record)
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in one["loc"][:1]) for one in error.errors()})
        raise Malformed(
            f"A {model.__name__.lower()} of Stripe cannot be read ({', '.join(fields)}). "
            "A developer has to look at it.",
            who=Who.DEVELOPER,
        ) from None


def day(at: int, settings: Mapping[str, Any]) -> date:
    """The clinic's business date of an instant (connection setting `zone`). Raises Malformed without one."""
    try:
        zone = ZoneInfo(str(settings.get("zone") or ""))
    except (ZoneInfoNotFoundError, ValueError):
        raise Malformed(
            "The Stripe connection has no time zone: set `zone` in its settings.", who=Who.OPS
        ) from None
    return datetime.fromtimestamp(at, UTC).astimezone(zone).date()


def utc_day(at: int) -> date:
    """The calendar date of an arrival: midnight UTC of that day, never shifted."""
    return datetime.fromtimestamp(at, UTC).date()


def currency(value: str, settings: Mapping[str, Any]) -> str:
    """The currency in capitals; only the group's own is taken. Raises Malformed."""
    found = value.upper()
    if found != settings.get("currency"):
        raise Malformed("Money in another currency than the clinic's cannot be posted.", who=Who.BOOKKEEPER)
    return found


def dollars(cents: int) -> str:
    """An amount in a sentence."""
    return f"{'-' if cents < 0 else ''}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"
