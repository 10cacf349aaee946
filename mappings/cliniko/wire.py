"""The wire records as far as money and scheduling need them; everything else is ignored.

Conventions of the vendor (OpenAPI and older documentation): ids are text or number; null, empty text and an
absent key all mean none; a relation is a link whose last path segment is the id; amounts are decimal text,
one of them a number. Nothing passes through float.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator

from mappings.wire import Day, Id, MaybeInt, MaybeNumber, Number, Reading, Record, Text, When, text


def _link(value: Any) -> str | None:
    """The id at the end of a relation's link; None for absent, null or a link that leads to a list."""
    links = value.get("links") if isinstance(value, Mapping) else None
    target = links.get("self") if isinstance(links, Mapping) else None
    if not isinstance(target, str):
        return None
    last = urlsplit(target).path.rstrip("/").rpartition("/")[2]
    return last if last.isdigit() else None


Link = Annotated[str | None, BeforeValidator(_link)]


class Wire(Record):
    """A record: its id, its time of change, and the two twin marks of removal."""

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
    number: Annotated[int, BeforeValidator(text)]
    issue_date: Day
    status: MaybeInt = None
    closed_at: When = None
    net_amount: MaybeNumber = None
    tax_amount: MaybeNumber = None
    total_amount: Number
    invoice_to: Text = None
    patient_extra_information: Text = None
    patient: Link = None
    attendee: Link = None
    business: Link = None
    practitioner: Link = None
    original_invoice: Link = None


class Item(Wire):
    """`tax_amount` of an item is a percentage, not money, and is left out on purpose."""

    name: Text = None
    code: Text = None
    quantity: MaybeNumber = None
    unit_price: MaybeNumber = None
    tax_name: Text = None
    tax_rate: MaybeNumber = None
    total_including_tax: Number
    billable_item: Link = None
    product: Link = None


_reading = Reading("Cliniko", lambda record: record.get("id"))
read, malformed = _reading.read, _reading.malformed
