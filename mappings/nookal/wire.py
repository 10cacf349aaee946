"""The wire records of both APIs as far as money and scheduling need them; everything else is ignored."""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices, Field

from mappings.nookal.values import Flag, Id, Link, V2Moment, V3Day
from mappings.wire import Day, MaybeNumber, Number, Reading, Record, Text

_IDS = (
    "entryID", "paymentID", "creditID", "refund_id", "adjustment_id", "discount_id", "serviceID", "classID",
    "stockID", "apptID", "ID", "id", "invoiceID",
)  # fmt: skip


class Location(Record):
    id: Id = Field(alias="ID")
    name: Text = Field(alias="Name", default=None)
    zone: Text = Field(alias="Timezone", default=None)


class Practitioner(Record):
    id: Id = Field(alias="ID")
    first_name: Text = Field(alias="FirstName", default=None)
    last_name: Text = Field(alias="LastName", default=None)
    active: Flag = Field(alias="status", default=True)


class Patient(Record):
    id: Id = Field(alias="ID")
    first_name: Text = Field(alias="FirstName", default=None)
    last_name: Text = Field(alias="LastName", default=None)
    email: Text = Field(alias="Email", default=None)
    active: Flag = True


class Product(Record):
    name: Text = None
    sku: Text = None
    active: Flag = True


class CatalogueEntry(Record):
    """A service, a class type or a stock item; the last has its name and code in its product."""

    name: Text = None
    service_code: Text = Field(alias="serviceCode", default=None)
    class_code: Text = Field(alias="classCode", default=None)
    active: Flag = True
    product: Product | None = Field(alias="productDetails", default=None)


class Appointment(Record):
    id: Id = Field(alias="ID")
    patient: Link = Field(alias="patientID", default=None)
    practitioner: Link = Field(alias="practitionerID", default=None)
    location: Link = Field(alias="locationID", default=None)
    day: Day = Field(alias="appointmentDate")
    start: Text = Field(alias="appointmentStartTime", default=None)
    end: Text = Field(alias="appointmentEndTime", default=None)
    zone: Text = Field(alias="TimeZone", default=None)
    start_utc: V2Moment = Field(alias="appointmentStartDateTimeUTC", default=None)
    end_utc: V2Moment = Field(alias="appointmentEndDateTimeUTC", default=None)
    arrived: Flag = False
    dna: Flag = Field(alias="DNA", default=False)
    cancelled: Flag = False
    invoiced: Flag = Field(alias="invoiceGenerated", default=False)


class Diary(Record):
    status: Text = None


class ThirdParty(Record):
    id: Link = Field(alias="thirdPartyID", default=None)
    name: Text = None


class Invoice(Record):
    id: Id = Field(alias="invoiceID")
    number: Text = Field(alias="invoiceNumber", default=None)
    patient: Link = Field(alias="clientID", default=None)
    location: Link = Field(alias="locationID", default=None)
    practitioner: Link = Field(alias="practitionerID", default=None)
    recipient: Link = Field(alias="recipientID", default=None)
    total: Number = Field(alias="Total")
    paid: Number = Field(alias="TotalPayments")
    balance: Number = Field(alias="Balance")
    issued: V3Day = Field(alias="dateCreated")
    third_party_invoice: Flag = Field(alias="isThirdPartyInvoice", default=False)
    void: Flag
    third_party: ThirdParty | None = Field(alias="thirdParty", default=None)
    visit: Link = Field(alias="ApptID", default=None)


class Entry(Record):
    id: Id = Field(alias="entryID")
    kind: Text = Field(alias="itemType", default=None)
    item: Link = Field(alias="ItemID", default=None)
    code: Text = Field(alias="ItemCode", default=None)
    name: Text = None
    quantity: MaybeNumber = Field(alias="qty", default=None)
    subtotal: Number
    tax: Number
    total: Number
    void: Flag = False
    practitioner: Link = Field(alias="providerID", default=None)


class Money(Record):
    """A payment (`active`) or a credit (`void`) of v3."""

    id: Id
    invoice: Link = Field(alias="invoiceID", default=None)
    patient: Link = Field(alias="clientID", default=None)
    location: Link = Field(alias="locationID", default=None)
    method: Text = None
    amount: Number
    day: V3Day = Field(alias="date")
    void: Flag = False
    active: Flag = True
    from_adjustment: Flag = Field(alias="fromAdjustment", default=False)

    @property
    def live(self) -> bool:
        return self.active and not self.void


class Payment(Money):
    id: Id = Field(alias="paymentID")


class Credit(Money):
    id: Id = Field(alias="creditID")


class Correction(Record):
    """A refund, adjustment or discount of v2. Its fields are not published: several spellings are read."""

    id: Id
    invoice: Link = Field(validation_alias=AliasChoices("invoice_id", "invoiceID"), default=None)
    patient: Link = Field(alias="patient_id", default=None)
    location: Link = Field(alias="locationID", default=None)
    method: Text = None
    amount: Number
    day: Day = Field(alias="date")
    void: Flag = False


class Refund(Correction):
    id: Id = Field(validation_alias=AliasChoices("refund_id", "ID", "id"))


class Adjustment(Correction):
    id: Id = Field(validation_alias=AliasChoices("adjustment_id", "ID", "id"))


class Discount(Correction):
    id: Id = Field(validation_alias=AliasChoices("discount_id", "ID", "id"))


def id_of(record: Any) -> Any:
    """The id of a record of either API."""
    return next((record[name] for name in _IDS if record.get(name)), None)


_reading = Reading("Nookal", id_of)
read, malformed = _reading.read, _reading.malformed
