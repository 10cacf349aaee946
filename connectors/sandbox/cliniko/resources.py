"""The resources this sandbox serves: fields, relations and filters, as the vendor's OpenAPI lists them.

A stored record is flat: its wire scalars, `<relation>_id` for each to-one relation, and private keys starting
with an underscore. Rendering, filtering and the hands all read these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NUMBER, DATE, TIME, TEXT, BOOL, ARRAY = "number", "date", "date-time", "string", "boolean", "array"
_BASE = {"id": NUMBER, "created_at": TIME, "updated_at": TIME}


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource. `one`: relation -> path segment; `many`: relation -> link below the API root.

    In `many`, `{id}` is the record's id. `hides`: groups of times that take a record out of lists; the names
    of one group are twins (either one asked for lifts the hiding).
    """

    name: str
    scalars: tuple[str, ...]
    one: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, str] = field(default_factory=dict)
    filters: Mapping[str, str] = field(default_factory=dict)
    hides: tuple[tuple[str, ...], ...] = ()

    @property
    def writable(self) -> frozenset[str]:
        """Every name a person's hands may set on a record."""
        return frozenset((*self.scalars, *(f"{name}_id" for name in self.one), "created_at", "updated_at"))


ARCHIVE = (("archived_at",),)
ARCHIVE_TWINS = (("archived_at", "deleted_at"),)
CANCEL_TWINS = (("archived_at", "deleted_at"), ("cancelled_at",))
_BOOKED = {"appointment_type": "appointment_types", "business": "businesses", "practitioner": "practitioners"}


def resource(
    name: str,
    scalars: str,
    *,
    one: Mapping[str, str] | None = None,
    many: Mapping[str, str] | None = None,
    hides: tuple[tuple[str, ...], ...] = (),
    **filters: str,
) -> Resource:
    """Declare a resource; `filters` are space-separated names by type, besides id and the two times."""
    types = {"number": NUMBER, "date": DATE, "time": TIME, "text": TEXT, "bool": BOOL, "array": ARRAY}
    table = dict(_BASE)
    for short, names in filters.items():
        table.update(dict.fromkeys(names.split(), types[short]))
    return Resource(name, tuple(scalars.split()), one or {}, many or {}, table, hides)


_DIARY = [
    resource(
        "individual_appointments",
        "starts_at ends_at patient_name notes patient_arrived did_not_arrive invoice_status "
        "treatment_note_status cancelled_at cancellation_reason cancellation_reason_description "
        "cancellation_note booking_ip_address online_booking_policy_accepted email_reminder_sent "
        "sms_reminder_sent has_patient_appointment_notes repeat_rule telehealth_url archived_at deleted_at",
        one={
            **_BOOKED,
            "patient": "patients",
            "patient_case": "patient_cases",
            "repeated_from": "individual_appointments",
        },
        many={
            "attendees": "individual_appointments/{id}/attendees",
            "conflicts": "individual_appointments/{id}/conflicts",
        },
        hides=CANCEL_TWINS,
        number="patient_id practitioner_id business_id appointment_type_id repeated_from_id",
        bool="did_not_arrive",
        time="starts_at ends_at cancelled_at archived_at deleted_at",
    ),
    resource(
        "group_appointments",
        "starts_at ends_at max_attendees notes patient_ids repeat_rule telehealth_url archived_at deleted_at",
        one={**_BOOKED, "repeated_from": "group_appointments"},
        many={
            "attendees": "group_appointments/{id}/attendees",
            "conflicts": "group_appointments/{id}/conflicts",
        },
        hides=ARCHIVE_TWINS,
        number="practitioner_id business_id appointment_type_id repeated_from_id",
        array="patient_ids",
        time="starts_at ends_at archived_at deleted_at",
    ),
    resource(
        "unavailable_blocks",
        "starts_at ends_at notes repeat_rule archived_at deleted_at",
        one={
            "business": "businesses",
            "practitioner": "practitioners",
            "unavailable_block_type": "unavailable_block_types",
        },
        many={"conflicts": "unavailable_blocks/{id}/conflicts"},
        hides=ARCHIVE_TWINS,
        number="practitioner_id business_id repeated_from_id unavailable_block_type_id",
        time="starts_at ends_at archived_at deleted_at",
    ),
    resource(
        "bookings",
        "",
        hides=CANCEL_TWINS,
        number="practitioner_id business_id appointment_type_id repeated_from_id invoice_status "
        "treatment_note_status",
        bool="did_not_arrive email_reminder_sent sms_reminder_sent",
        array="patient_ids",
        time="starts_at ends_at cancelled_at archived_at deleted_at",
    ),
    resource(
        "attendees",
        "arrived invoice_status treatment_note_status cancelled_at cancellation_reason "
        "cancellation_reason_description cancellation_note cancellation_url notes booking_ip_address "
        "online_booking_policy_accepted email_reminder_sent sms_reminder_sent sent_email_reminders_count "
        "sent_sms_reminders_count sent_email_follow_ups_count sent_sms_follow_ups_count telehealth_url "
        "archived_at deleted_at",
        one={"booking": "bookings", "patient": "patients", "patient_case": "patient_cases"},
        many={"invoices": "attendees/{id}/invoices"},
        hides=CANCEL_TWINS,
        number="appointment_id booking_id patient_id patient_case_id",
        time="cancelled_at archived_at deleted_at",
    ),
]

_MONEY = [
    resource(
        "invoices",
        "number issue_date status status_description closed_at net_amount tax_amount total_amount "
        "discounted_amount calculation_method calculation_method_description invoice_to "
        "patient_extra_information notes online_payment_url archived_at deleted_at",
        one={
            "patient": "patients",
            "business": "businesses",
            "practitioner": "practitioners",
            "appointment": "appointments",
            "attendee": "attendees",
            "original_invoice": "invoices",
        },
        many={
            "invoice_items": "invoices/{id}/invoice_items",
            "reversed_invoices": "invoices?q%5B%5D=original_invoice_id%3A%3D{id}",
        },
        hides=ARCHIVE_TWINS,
        number="appointment_id attendee_id business_id patient_id practitioner_id original_invoice_id number "
        "status",
        date="issue_date",
        time="closed_at archived_at deleted_at",
    ),
    resource(
        "invoice_items",
        "name code quantity unit_price net_price discount_percentage discounted_amount is_monetary_discount "
        "tax_name tax_rate tax_amount total_including_tax concession_type_name archived_at deleted_at",
        one={"billable_item": "billable_items", "product": "products", "invoice": "invoices"},
        hides=ARCHIVE_TWINS,
        number="invoice_id source_item_id",
        time="archived_at deleted_at",
    ),
]

DIARY_AND_MONEY: tuple[Resource, ...] = (*_DIARY, *_MONEY)
