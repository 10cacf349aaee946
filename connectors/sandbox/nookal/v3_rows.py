"""Records as v3 shows them: numbers as numbers, money as floats, moments as texts of JavaScript's Date."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.nookal.book import Book
from connectors.sandbox.nookal.hands_diary import status_of
from connectors.sandbox.nookal.stamps import v3_day, v3_text
from connectors.sandbox.nookal.sums import Index
from connectors.sandbox.store import Doc


def number(value: Any) -> int:
    """An id as v3 shows it; 0 where there is none."""
    return int(value) if value not in (None, "") else 0


def stamp(book: Book, moment: str, location_id: Any = None) -> str:
    return v3_text(book.local(moment, location_id))


def location(book: Book, row: Doc) -> Doc:
    """A location with its catalogue, whose prices are per location."""
    shown = {n: row[n] for n in ("name", "addr1", "addr2", "addr3", "suburb", "state", "country")}
    lists: Doc = {}
    for kind, make in (("services", _service), ("classes", _class), ("stock", _stock)):
        here = [r for r in book.rows(kind) if row["id"] in map(str, r["locations"])]
        lists[kind] = [make(r, row["id"]) for r in here]
    return {"locationID": number(row["id"]), **shown, **lists}


def _priced(row: Doc, place: str) -> Doc:
    shown = {name: row[name] for name in ("category", "description", "duration", "name")}
    flags = {"active": int(row["active"]), "hasTax": int(row["has_tax"])}
    money = {"accountingCode": row["accounting_code"], "price": row["price"] / 100}
    return {**shown, **flags, **money, "locationID": number(place)}


def _service(row: Doc, place: str) -> Doc:
    return {"serviceID": number(row["id"]), "serviceCode": row["code"], **_priced(row, place)}


def _class(row: Doc, place: str) -> Doc:
    return {"classID": number(row["id"]), "classCode": row["code"], **_priced(row, place)}


def _stock(row: Doc, place: str) -> Doc:
    details = {name: row[name] for name in ("category", "description", "name")}
    details |= {"productID": number(row["id"]), "accountingCode": row["accounting_code"], "sku": row["code"]}
    return {
        "stockID": number(row["id"]),
        "productID": number(row["id"]),
        "location": number(place),
        "price": row["price"] / 100,
        "cost": row["cost"] / 100,
        "hasTax": int(row["has_tax"]),
        "quantity": row["quantity"],
        "minQuantity": 0,
        "productDetails": {**details, "notes": "", "active": int(row["active"])},
    }


def staff(book: Book, row: Doc) -> Doc:
    full = f"{row['first_name']} {row['last_name']}"
    names = {"firstName": row["first_name"], "lastName": row["last_name"], "fullName": full}
    return {"staffID": number(row["id"]), **names, "isProvider": 1, "status": int(row["active"])}


def client(book: Book, row: Doc) -> Doc:
    address = {name: row[name] for name in ("addr1", "city", "state", "postcode")}
    return {
        "clientID": number(row["id"]),
        "title": row["title"],
        "firstName": row["first_name"],
        "middleName": row["middle_name"],
        "lastName": row["last_name"],
        "fullName": f"{row['first_name']} {row['last_name']}",
        "nickname": row["nickname"],
        "DOB": row["date_of_birth"],
        "dateCreated": stamp(book, row["created"]),
        "dateModified": stamp(book, row["modified"]),
        "locationID": number(row["location_id"]),
        "active": int(row["active"]),
        "deceased": int(row["deceased"]),
        "notes": row["notes"],
        "alerts": row["alerts"],
        "addresses": [{**address, "isDefault": 1}],
    }


def case(book: Book, row: Doc) -> Doc:
    return {
        "caseID": number(row["id"]),
        "clientID": number(row["patient_id"]),
        "title": row["title"],
        "status": "Active" if row["active"] else "Closed",
        "active": int(row["active"]),
        "startDate": v3_day(row["start"]) if row["start"] else None,
        "dateAdded": stamp(book, row["created"]),
        "primaryProviderID": number(row["practitioner_id"]),
        "payer": payer(book, row["payer_id"]),
    }


def payer(book: Book, payer_id: Any) -> Doc | None:
    row = book.peek("payers", payer_id) if payer_id else None
    if row is None:
        return None
    shown = {"thirdPartyID": number(row["id"]), "name": row["name"], "status": row["status"]}
    return {**shown, "type": row["type"], "expiryDate": row["expiry"]}


def contact(book: Book, row: Doc) -> Doc:
    names = {"FirstName": row["first_name"], "LastName": row["last_name"], "Company": row["name"]}
    return {"contactID": number(row["id"]), **names, "displayName": row["name"], "ContactType": row["type"]}


def appointment(book: Book, row: Doc, index: Index) -> Doc:
    person = book.peek("patients", row["patient_id"]) if row["patient_id"] else None
    bill = book.peek("invoices", row["invoice_id"]) if row["invoice_id"] else None
    owed = None if bill is None or bill["void"] else index.sums(bill).balance
    return {
        "apptID": number(row["id"]),
        "clientID": number(row["patient_id"]),
        "clientName": f"{person['first_name']} {person['last_name']}" if person else None,
        "providerID": number(row["practitioner_id"]),
        "caseID": number(row["case_id"]),
        "locationID": number(row["location_id"]),
        "appointmentDate": row["day"],
        "startTime": row["start"],
        "endTime": row["end"],
        "apptType": row["kind"],
        "typeName": row["type_name"],
        "status": status_of(row, owed),
        "arrived": int(row["arrived"]),
        "dna": int(row["dna"]),
        "isNewClient": 0,
        "isNewCase": 0,
        "notes": row["notes"],
    }


def invoice(book: Book, row: Doc, index: Index) -> Doc:
    """An invoice with everything on it; the lists are only shown where a query asks for them."""
    sums, visit = index.sums(row), None
    if row["appointment_id"]:
        visit = book.peek("appointments", row["appointment_id"])
    paid = sums.payments + (sums.credits if book.switch("total_payments") == "payments and credits" else 0)
    shown = {
        "invoiceID": number(row["id"]),
        "invoiceNumber": row["number"],
        "clientID": number(row["patient_id"]),
        "caseID": number(row["case_id"]),
        "locationID": number(row["location_id"]),
        "practitionerID": number(row["practitioner_id"]),
        "addresseeID": number(row["payer_id"] or row["patient_id"]),
        "recipientID": number(row["payer_id"]),
        "ApptID": number(row["appointment_id"]),
        "ApptDate": visit["day"] if visit else None,
        "Total": sums.total / 100,
        "TotalPayments": paid / 100,
        "Balance": sums.balance / 100,
        "dateCreated": v3_day(row["day"]),
        "lastModified": stamp(book, row["modified"], row["location_id"]),
        "isThirdPartyInvoice": int(bool(row["payer_id"])),
        "void": int(row["void"]),
        "thirdParty": payer(book, row["payer_id"]),
        "entries": [entry(book, one) for one in index.on("entries", row["id"])],
        "payments": [payment(book, one) for one in index.on("payments", row["id"])],
        "credits": [credit(book, one) for one in index.on("credits", row["id"])],
        "adjustments": [adjustment(one) for one in index.on("adjustments", row["id"])],
        "refunds": [refund(one) for one in index.on("refunds", row["id"])],
    }
    return {**shown, **row.get("wrong_v3", {})}


def entry(book: Book, row: Doc) -> Doc:
    shown = {
        "entryID": number(row["id"]),
        "invoiceID": number(row["invoice_id"]),
        "itemType": row["kind"],
        "ItemID": number(row["item_id"]),
        "ItemCode": row["code"],
        "name": row["name"],
        "category": row["category"],
        "qty": float(row["qty"]),
        "subtotal": row["subtotal"] / 100,
        "tax": row["tax"] / 100,
        "total": row["total"] / 100,
        "void": int(row["void"]),
        "date": v3_day(row["day"]),
        "providerID": number(row["practitioner_id"]),
    }
    return {**shown, **row.get("wrong_v3", {})}


def payment(book: Book, row: Doc) -> Doc:
    shown = {"paymentID": number(row["id"]), "invoiceID": number(row["invoice_id"])}
    shown |= {"clientID": number(row["patient_id"]), "locationID": number(row["location_id"])}
    money = {"method": row["method"], "amount": row["cents"] / 100, "date": v3_day(row["day"])}
    return {**shown, **money, "active": int(not row["void"]), **row.get("wrong_v3", {})}


def credit(book: Book, row: Doc) -> Doc:
    shown = {"creditID": number(row["id"]), "invoiceID": number(row["invoice_id"])}
    shown |= {"clientID": number(row["patient_id"]), "locationID": number(row["location_id"])}
    money = {"method": row["method"], "amount": row["cents"] / 100, "date": v3_day(row["day"])}
    return {**shown, **money, "void": int(row["void"]), "fromAdjustment": int(row["from_adjustment"])}


def adjustment(row: Doc) -> Doc:
    return {"adjustmentID": number(row["id"]), "amount": row["cents"] / 100, "void": int(row["void"])}


def refund(row: Doc) -> Doc:
    shown = {"refundID": number(row["id"]), "amount": row["cents"] / 100, "void": int(row["void"])}
    return {**shown, "isCreditRefund": int(row["is_credit"])}


def modified_day(book: Book, row: Doc) -> str:
    """The day a record was modified, at its location."""
    return book.local(row["modified"], row.get("location_id")).date().isoformat()
