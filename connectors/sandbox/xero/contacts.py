"""Contacts: natural keys, uniqueness, archived ones that the API cannot touch.

Rules (Xero developer docs: contacts; field reports): the number is unique over all contacts, archived ones
included; the name over active ones without regard to case; a POST that meets an existing number or name
overwrites that contact; an archived contact can be neither edited nor restored by the API.
"""

from __future__ import annotations

import re
from typing import Any

from connectors.sandbox.xero.books import name_key
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.values import Doc, Missing, Refused

ARCHIVED_EDIT = (
    "The specified contact details matched an archived contact. "
    "Archived contacts cannot currently be edited via the API."
)
ARCHIVED_NEW = (
    "The contact with the specified contact details has been archived. "
    "The contact must be un-archived before creating new invoices or credit notes."
)
NO_IDENTITY = (
    "The Contact must contain at least 1 of the following elements to identify the contact: "
    "Name, ContactID, ContactNumber"
)
# Wire name -> our name, for the texts that are kept as sent.
TEXTS = {
    "ContactNumber": ("number", 50),
    "AccountNumber": ("account_number", 50),
    "Name": ("name", 255),
    "FirstName": ("first", 255),
    "LastName": ("last", 255),
    "EmailAddress": ("email", 255),
    "TaxNumber": ("tax_number", 50),
    "CompanyNumber": ("company_number", 50),
    "BankAccountDetails": ("bank_account", 255),
}
_EMAIL = re.compile(r"^[^@\s<>]+@[^@\s<>.]+(\.[^@\s<>.]+)+$")


def save(call: Call, raw: Doc, update: bool, id: str | None = None) -> Doc:
    """Create (or, with `update`, create or change) a contact from its wire form. Raises Refused."""
    old = matched(call, raw, id) if update or id else None
    if old is None and update and (id or raw.get("ContactID")):
        raise Missing(str(id or raw["ContactID"]))
    return amend(call, old, raw) if old else create(call, raw)


def matched(call: Call, raw: Doc, id: str | None = None) -> Doc | None:
    """The contact a wire form means: by id, else by number, else by active name. Shared, or None."""
    books = call.books
    if wanted := id or raw.get("ContactID"):
        return books.peek("contact", str(wanted).lower())
    if raw.get("ContactNumber") and (found := books.find("contact", "number", raw["ContactNumber"])):
        return found[0]
    if raw.get("Name"):
        named = books.find("contact", "name", name_key(str(raw["Name"])))
        named = named or books.find("contact", "exact_name", " ".join(str(raw["Name"]).split()))
        if named and not (raw.get("ContactNumber") and named[0]["status"] != "ACTIVE"):
            return named[0]
    return None


def create(call: Call, raw: Doc) -> Doc:
    """A new contact; PUT's meaning. Raises Refused when its name or number is taken."""
    if not raw.get("Name"):
        raise Refused(NO_IDENTITY)
    doc: Doc = {name: "" for name, _ in TEXTS.values()}
    doc |= {
        "id": call.books.new_id("contact"),
        "status": "ACTIVE",
        "merged_to": None,
        "phones": [],
        "addresses": [],
        "persons": [],
        "app": call.app,
    }
    _fill(call, doc, raw)
    call.put("contact", doc)
    return doc


def amend(call: Call, old: Doc, raw: Doc) -> Doc:
    """Change an existing contact. Raises Refused."""
    if old["status"] != "ACTIVE" and call.app is not None:
        raise Refused(ARCHIVED_EDIT)
    doc: Doc = call.books.get("contact", old["id"])
    _fill(call, doc, raw)
    if raw.get("ContactStatus") == "ARCHIVED":
        doc["status"] = "ARCHIVED"
    call.put("contact", doc)
    return doc


def _fill(call: Call, doc: Doc, raw: Doc) -> None:
    problems = []
    for wire, (name, longest) in TEXTS.items():
        if wire not in raw or raw[wire] is None:
            continue
        text = str(raw[wire])
        if len(text) > longest:
            problems.append(f"The {wire} field must be {longest} characters or fewer.")
        doc[name] = " ".join(text.split()) if wire == "Name" else text
    if "<" in doc["name"] or ">" in doc["name"]:
        problems.append("The contact name cannot contain angle brackets.")
    if doc["email"] and not _EMAIL.match(doc["email"]):
        problems.append("Email address must be valid.")
    problems += _clashes(call, doc)
    if problems:
        raise Refused(*problems)
    for wire, name in (("Phones", "phones"), ("Addresses", "addresses"), ("ContactPersons", "persons")):
        if isinstance(raw.get(wire), list):
            doc[name] = raw[wire]


def _clashes(call: Call, doc: Doc) -> list[str]:
    problems = []
    books = call.books
    if any(other["id"] != doc["id"] for other in books.find("contact", "name", name_key(doc["name"]))):
        problems.append(
            f"The contact name {doc['name']} is already assigned to another contact. "
            "The contact name must be unique across all active contacts."
        )
    if any(other["id"] != doc["id"] for other in books.find("contact", "number", doc["number"])):
        problems.append(
            f"The contact number {doc['number']} is already assigned to another contact. "
            "The contact number must be unique across all contacts."
        )
    return problems


def for_document(call: Call, raw: Any) -> Doc:
    """The contact a document names. Fields beside its id change the contact, as they do at Xero; an unknown
    name makes a new one. Raises Refused for none, an unknown id, or an archived one."""
    if not isinstance(raw, dict) or not any(raw.get(key) for key in ("ContactID", "ContactNumber", "Name")):
        raise Refused(NO_IDENTITY)
    found = matched(call, raw)
    if found is None:
        if raw.get("ContactID"):
            raise Refused("The specified contact could not be found.")
        return create(call, raw)
    if found["status"] != "ACTIVE":
        raise Refused(ARCHIVED_NEW)
    changed = {k: v for k, v in raw.items() if k in TEXTS and v and v != found[TEXTS[k][0]]}
    return amend(call, found, changed) if changed else found
