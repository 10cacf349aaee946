"""The wire records as far as money and scheduling need them; everything else is ignored.

Conventions of the vendor (OpenAPI and older documentation): ids are text or number; null, empty text and an
absent key all mean none; a relation is a link whose last path segment is the id; amounts are decimal text,
one of them a number. Nothing passes through float.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from hub.errors import Malformed


def _id(value: Any) -> Any:
    if isinstance(value, bool) or value in (None, ""):
        return None
    return str(value)


def _text(value: Any) -> Any:
    return value.strip() or None if isinstance(value, str) else value


def _number(value: Any) -> Any:
    if isinstance(value, (float, bool)):
        raise ValueError("a number must be exact")
    return _text(value)


def _link(value: Any) -> str | None:
    """The id at the end of a relation's link; None for absent, null or a link that leads to a list."""
    links = value.get("links") if isinstance(value, Mapping) else None
    target = links.get("self") if isinstance(links, Mapping) else None
    if not isinstance(target, str):
        return None
    last = urlsplit(target).path.rstrip("/").rpartition("/")[2]
    return last if last.isdigit() else None


Id = Annotated[str, BeforeValidator(_id)]
Text = Annotated[str | None, BeforeValidator(_text)]
Number = Annotated[Decimal, BeforeValidator(_number)]
MaybeNumber = Annotated[Decimal | None, BeforeValidator(_number)]
MaybeInt = Annotated[int | None, BeforeValidator(_text)]
Day = Annotated[date, BeforeValidator(_text)]
When = Annotated[datetime | None, BeforeValidator(_text)]
Link = Annotated[str | None, BeforeValidator(_link)]


class Wire(BaseModel):
    """A record: its id, its time of change, and the two twin marks of removal."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    id: Id
    updated_at: When = None
    archived_at: When = None
    deleted_at: When = None

    @property
    def removed(self) -> bool:
        return self.archived_at is not None or self.deleted_at is not None


class Business(Wire):
    business_name: Text = None
    display_name: Text = None
    time_zone_identifier: Text = None


class Practitioner(Wire):
    first_name: Text = None
    last_name: Text = None
    display_name: Text = None
    active: bool | None = None


class Patient(Wire):
    first_name: Text = None
    last_name: Text = None
    email: Text = None
    merged_at: When = None
    merged_with_patient: Link = None


class CatalogueEntry(Wire):
    name: Text = None
    item_code: Text = None


class Booking(Wire):
    """An individual or a group appointment; only the individual one has a patient and is cancelled."""

    starts_at: datetime
    ends_at: When = None
    cancelled_at: When = None
    patient_arrived: bool | None = None
    did_not_arrive: bool | None = None
    business: Link = None
    practitioner: Link = None
    patient: Link = None


class Attendee(Wire):
    arrived: bool | None = None
    invoice_status: MaybeInt = None
    cancelled_at: When = None
    patient: Link = None
    booking: Link = None


class Invoice(Wire):
    number: Annotated[int, BeforeValidator(_text)]
    issue_date: Day
    status: MaybeInt = None
    closed_at: When = None
    net_amount: MaybeNumber = None
    tax_amount: MaybeNumber = None
    total_amount: Number
    invoice_to: Text = None
    patient: Link = None
    business: Link = None
    practitioner: Link = None
    original_invoice: Link = None


class Item(Wire):
    """`tax_amount` of an item is a percentage, not money, and is left out on purpose."""

    name: Text = None
    code: Text = None
    quantity: MaybeNumber = None
    tax_name: Text = None
    tax_rate: MaybeNumber = None
    total_including_tax: Number
    billable_item: Link = None
    product: Link = None


W = TypeVar("W", bound=Wire)


def read(model: type[W], stream: str, record: Mapping[str, Any]) -> W:
    """Parse one record. Raises Malformed naming the fields that cannot be read, never their values."""
    try:
        return model.model_validate(record)
    except ValidationError as error:
        fields = sorted({str(part["loc"][0]) if part["loc"] else "record" for part in error.errors()})
        raise malformed(stream, record, fields) from None


def malformed(stream: str, record: Mapping[str, Any], fields: list[str]) -> Malformed:
    """The one sentence about a record that cannot be read."""
    source_id = _id(record.get("id")) or "without id"
    shown = source_id if source_id.isdigit() or source_id == "without id" else "with an unusable id"
    return Malformed(f"Cliniko {stream} {shown}: {', '.join(fields)} cannot be read; correct it in Cliniko.")
