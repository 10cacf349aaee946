"""The declared streams over both APIs.

v3 has the only good reads of money, v2 the only time zones, instants and corrections. What changed is asked
with a day's overlap, since nobody published the zone of any stamp; days are asked a week wider, since the
filters are loose. Whether a payment moves its invoice's time is not known either: entries and payments are
polled themselves and fetch their invoice, and recent invoices are listed whole each night.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from connectors.nookal.records import id_by, is_set, never, points_at, priced_id, stamp
from hub.contracts import Ask, Cursor, FullListing, Stream, Trust, UpdatedSince, Window

DAY = timedelta(days=1)
BY_DAY = UpdatedSince("date", timedelta(days=3))
WINDOW = Ask(field="date", purpose="window")


def _stream(name: str, note: str, cursor: Cursor, ids: Any, **more: Any) -> Stream:
    fields: dict[str, Any] = {"stamp": stamp(), "edges": points_at(), "removed": never, **more}
    return Stream(name=name, note=note, cursor=cursor, id_of=ids, **fields)


def _correction(name: str, singular: str) -> Stream:
    return _stream(
        name,
        "No stamp is published: its day orders nothing, the moment we asked does.",
        BY_DAY,
        id_by(f"{singular}_id", "ID", "id"),
        stamp=stamp("date"),
        edges=points_at(("invoice_id", "invoices"), ("invoiceID", "invoices"), ("patient_id", "patients")),
        removed=is_set("void", "1"),
        trust=Trust.ASKED_TIME,
        nightly=(WINDOW,),
    )


STREAMS: tuple[Stream, ...] = (
    _stream("locations", "Gone without trace: only a complete listing tells.", FullListing(), id_by("ID")),
    _stream("practitioners", "No stamp; inactive ones are asked for as well.", FullListing(), id_by("ID")),
    _stream("services", "No stamp.", FullListing(), priced_id("serviceID", "locationID")),
    _stream("classes", "No stamp.", FullListing(), priced_id("classID", "locationID")),
    _stream("stock", "No stamp.", FullListing(), priced_id("stockID", "location")),
    _stream(
        "patients",
        "DateModified has no zone; a deleted patient just stops appearing.",
        UpdatedSince("last_modified", DAY),
        id_by("ID"),
        stamp=stamp("DateModified", "DateCreated"),
    ),
    _stream(
        "appointments",
        "lastModified has no zone; an arrival may not move it, so recent days are listed nightly.",
        UpdatedSince("last_modified", DAY),
        id_by("ID"),
        stamp=stamp("lastModified", "dateCreated"),
        edges=points_at(
            ("locationID", "locations"), ("practitionerID", "practitioners"), ("patientID", "patients")
        ),
        removed=is_set("cancelled", "1"),
        nightly=(WINDOW,),
    ),
    _stream(
        "diary",
        "The words of v3 for the same appointments; listed by their day.",
        Window("date", 3),
        id_by("apptID"),
        stamp=stamp("appointmentDate"),
        edges=points_at(("apptID", "appointments")),
        removed=is_set("status", "Cancelled"),
        trust=Trust.ASKED_TIME,
        nightly=(WINDOW,),
    ),
    _stream(
        "credits",
        "No stamp but the day; its invoice appears once it is used.",
        BY_DAY,
        id_by("creditID"),
        stamp=stamp("date"),
        edges=points_at(("invoiceID", "invoices"), ("clientID", "patients"), ("locationID", "locations")),
        removed=is_set("void", "1"),
        trust=Trust.ASKED_TIME,
        nightly=(WINDOW,),
    ),
    _correction("refunds", "refund"),
    _correction("adjustments", "adjustment"),
    _correction("discounts", "discount"),
    _stream(
        "invoices",
        "lastModified is printed without the clinic's zone and orders two versions; voided ones are asked "
        "for apart. A second sweep takes what v2 calls modified, since v3 may filter by the day of making.",
        UpdatedSince("lastModified", DAY, ("last_modified",)),
        id_by("invoiceID"),
        stamp=stamp("lastModified", "dateCreated"),
        edges=points_at(
            ("clientID", "patients"), ("locationID", "locations"), ("practitionerID", "practitioners")
        ),
        removed=is_set("void", "1"),
        nightly=(WINDOW,),
    ),
    _stream(
        "entries",
        "No stamp but the day; a changed invoice's are read whole, and a changed one fetches its invoice.",
        BY_DAY,
        id_by("entryID"),
        stamp=stamp("date"),
        edges=points_at(("invoiceID", "invoices")),
        removed=is_set("void", "1"),
        trust=Trust.ASKED_TIME,
        parent="invoices",
        nightly=(WINDOW,),
    ),
    _stream(
        "payments",
        "No stamp but the day of receipt; read whole with a changed invoice; a reversed one stays, inactive.",
        BY_DAY,
        id_by("paymentID"),
        stamp=stamp("date"),
        edges=points_at(("invoiceID", "invoices"), ("clientID", "patients"), ("locationID", "locations")),
        removed=is_set("active", "0"),
        trust=Trust.ASKED_TIME,
        parent="invoices",
        nightly=(WINDOW,),
    ),
)
