"""Records as v2 shows them: almost everything is text, flags are "0" and "1", key casing is irregular."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.sandbox.nookal.book import Book
from connectors.sandbox.nookal.stamps import v2_text
from connectors.sandbox.nookal.sums import Index
from connectors.sandbox.store import Doc

_PATIENT = {
    "Title": "title", "FirstName": "first_name", "MiddleName": "middle_name", "Nickname": "nickname",
    "LastName": "last_name", "DOB": "date_of_birth", "Gender": "gender", "Notes": "notes", "Alerts": "alerts",
    "Email": "email", "Mobile": "mobile", "Home": "home", "Work": "work", "Addr1": "addr1", "Addr2": "addr2",
    "Addr3": "addr3", "City": "city", "State": "state", "Country": "country", "Postcode": "postcode",
}  # fmt: skip
_LOCATION = {
    "Name": "name", "AddressLine1": "addr1", "AddressLine2": "addr2", "AddressLine3": "addr3",
    "City": "suburb", "State": "state", "Country": "country", "Postcode": "postcode", "Timezone": "zone",
    "Email": "email", "Telephone": "telephone", "Website": "website",
}  # fmt: skip


def flag(value: Any) -> str:
    """A truth as v2 writes it."""
    return "1" if value else "0"


def money(cents: int) -> str:
    """Cents as v2 writes them."""
    sign, whole = ("-" if cents < 0 else ""), abs(cents)
    return f"{sign}{whole // 100}.{whole % 100:02d}"


def stamp(book: Book, moment: str, location_id: Any = None) -> str:
    """A stored instant in the zone v2 stamps are in (nobody published which: a switch)."""
    if book.switch("stamps_zone") == "UTC":
        return v2_text(datetime.fromisoformat(moment).astimezone(UTC))
    return v2_text(book.local(moment, location_id))


def location(book: Book, row: Doc) -> Doc:
    shown = {name: row[key] for name, key in _LOCATION.items()}
    return {"ID": row["id"], **shown, "lockNewPatientsToLocation": "0"}


def practitioner(book: Book, row: Doc) -> Doc:
    return {
        "ID": row["id"],
        "FirstName": row["first_name"],
        "LastName": row["last_name"],
        "Speciality": row["speciality"],
        "Title": row["title"],
        "Email": row["email"],
        "locations": list(row["locations"]),
        "ShowInDiary": flag(row["in_diary"]),
        "status": flag(row["active"]),
    }


def patient(book: Book, row: Doc) -> Doc:
    shown = {name: row[key] for name, key in _PATIENT.items()}
    return {
        "ID": row["id"],
        **shown,
        "LocationID": row["location_id"],
        "consent": "1",
        "allowOnlineBookings": "1",
        "active": flag(row["active"]),
        "deceased": flag(row["deceased"]),
        "DateCreated": stamp(book, row["created"]),
        "DateModified": stamp(book, row["modified"]),
        "extras": [],
    }


def service(book: Book, row: Doc) -> Doc:
    """A service, class type or stock item. `Locations` begins with a blank, as clients see it."""
    shown = {
        "ID": row["id"],
        "Name": row["name"],
        "Description": row["description"],
        "Category": row["category"],
        "Price": money(row["price"]),
        "hasTax": flag(row["has_tax"]),
        "Locations": ["", *map(str, row["locations"])],
        "active": flag(row["active"]),
    }
    return {**shown, **({"Duration": str(row["duration"])} if "duration" in row else {})}


def coded_service(book: Book, row: Doc) -> Doc:
    return {**service(book, row), "ServiceCode": row["code"]}


def case(book: Book, row: Doc) -> Doc:
    payer = book.peek("payers", row["payer_id"]) if row["payer_id"] else None
    payers = []
    if payer is not None:
        payers = [
            {
                "ID": payer["id"],
                "payer": payer["name"],
                "Status": payer["status"],
                "ReferralDate": "0000-00-00",
                "ExpiryDate": payer["expiry"],
                "Reference": row["reference"],
                "Sessions_Approved": str(row["sessions_approved"]),
                "Sessions_Completed": str(row["sessions_completed"]),
                "budget": "0.00",
            }
        ]
    title = {"title": row["title"], "caseTitle": row["title"]}
    return {
        "ID": row["id"],
        "patientID": row["patient_id"],
        **title,
        "status": flag(row["active"]),
        "payers": payers,
    }


def appointment(book: Book, row: Doc) -> Doc:
    zone = str(book.zone(row["location_id"]))
    utc = {}
    for name, field in (("Start", "start"), ("End", "end")):
        wall = datetime.fromisoformat(f"{row['day']}T{row[field]}").replace(tzinfo=ZoneInfo(zone))
        utc[f"appointment{name}DateTimeUTC"] = v2_text(wall.astimezone(UTC))
    shown = {
        "ID": row["id"],
        "patientID": row["patient_id"],
        "practitionerID": row["practitioner_id"],
        "locationID": row["location_id"],
        "caseID": row["case_id"] or "0",
        "appointmentDate": row["day"],
        "appointmentStartTime": row["start"],
        "appointmentEndTime": row["end"],
        "TimeZone": zone,
        **utc,
        "appointmentType": row["kind"],
        "appointmentTypeID": row["type_id"],
        "DNA": flag(row["dna"]),
        "cancelled": flag(row["cancelled_at"]),
        "cancellationDate": (
            stamp(book, row["cancelled_at"], row["location_id"]) if row["cancelled_at"] else None
        ),
        "Notes": row["notes"],
        "dateCreated": stamp(book, row["created"], row["location_id"]),
        "lastModified": stamp(book, row["modified"], row["location_id"]),
    }
    if row["patient_id"] is None:
        return shown
    return {**shown, "arrived": flag(row["arrived"]), "invoiceGenerated": flag(row["invoice_id"])}


def invoice(book: Book, row: Doc, index: Index, *, expanded: bool) -> Doc:
    sums = index.sums(row)
    payer = book.peek("payers", row["payer_id"]) if row["payer_id"] else None
    shown = {
        "ID": row["id"],
        "invoiceNumber": row["number"] or "",
        "patientID": row["patient_id"],
        "providerID": row["practitioner_id"] or "0",
        "locationID": row["location_id"],
        "dateCreated": stamp(book, row["created"], row["location_id"]),
        "isThirdPartyInvoice": flag(payer),
        "invoiceNotes": row["notes"],
        "accountNotes": "",
        "adhocNotes": "",
        "totalDebits": money(sums.total),
        **{f"total{part.title()}": money(getattr(sums, part)) for part in _TOTALS},
        "totalBalance": money(sums.balance),
        "contactID": payer["id"] if payer else None,
        "contactTitle": payer["title"] if payer else None,
        "contactFirstName": payer["first_name"] if payer else None,
        "contactLastName": payer["last_name"] if payer else None,
        "contactCompany": payer["name"] if payer else None,
    }
    if expanded:
        entries = [entry(book, one) for one in index.on("entries", row["id"])]
        payments = [payment(book, one) for one in index.on("payments", row["id"])]
        shown["details"] = {"entries": entries, "payments": payments}
    return {**shown, **row.get("wrong_v2", {})}


_TOTALS = ("payments", "adjustments", "discounts", "credits", "refunds")


def entry(book: Book, row: Doc) -> Doc:
    return {
        "entry_id": row["id"],
        "void": flag(row["void"]),
        "date": row["day"],
        "name": row["name"],
        "description": "",
        "qty": row["qty"],
        "subtotal": money(row["subtotal"]),
        "tax": money(row["tax"]),
        "total": money(row["total"]),
    }


def payment(book: Book, row: Doc) -> Doc:
    shown = {"payment_id": row["id"], "void": flag(row["void"]), "date": row["day"]}
    shown |= {"amount": money(row["cents"]), "group": row["group"], "method": row["method"]}
    if book.switch("payment_ref_readable"):
        shown["payment_ref"] = row["ref"]
    return shown


def ledger_row(book: Book, kind: str, row: Doc) -> Doc:
    """A row of a ledger list. Their fields are not published: those of a payment, with the invoice's id."""
    if kind == "entries":
        return {"invoice_id": row["invoice_id"], **entry(book, row)}
    if kind == "payments":
        return {"invoice_id": row["invoice_id"], **payment(book, row)}
    shown = {
        f"{kind.removesuffix('s')}_id": row["id"],
        "invoice_id": row["invoice_id"] or "0",
        "patient_id": row["patient_id"],
        "locationID": row["location_id"],
        "void": flag(row["void"]),
        "date": row["day"],
        "amount": money(row["cents"]),
    }
    if "method" in row:
        shown["method"] = row["method"]
    return {**shown, **({"isCreditRefund": flag(row["is_credit"])} if kind == "refunds" else {})}


def credit(book: Book, row: Doc) -> Doc:
    return {
        "ID": row["id"],
        "patient_id": row["patient_id"],
        "invoice_id": row["invoice_id"],
        "date": row["day"],
        "locationID": row["location_id"],
        "amount": money(row["cents"]),
        "method": row["method"],
    }
