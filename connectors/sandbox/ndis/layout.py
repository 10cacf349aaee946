"""The layout of an upload: columns, formats, and what makes a whole file be refused (NDIA guide)."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from connectors.sandbox.store import Doc

COLUMNS = (
    "RegistrationNumber",
    "NDISNumber",
    "SupportsDeliveredFrom",
    "SupportsDeliveredTo",
    "SupportNumber",
    "ClaimReference",
    "Quantity",
    "Hours",
    "UnitPrice",
    "GSTCode",
    "AuthorisedBy",
    "ParticipantApproved",
    "InKindFundingProgram",
    "ClaimType",
    "CancellationReason",
    "ABN of Support Provider",
)
OLDER = 13  # files without the last three columns are still taken
MOST_ROWS = 5000
LONGEST_NAME = 20
CLAIM_TYPES = ("", "CANC", "REPW", "TRAN", "NF2F", "THLT", "IRSS")
CANCELLED = ("NSDH", "NSDF", "NSDT", "NSDO")
_ITEM = re.compile(r"^\d{2}_\d{3,9}_\d{4}_\d_\d(?:_(?:T|D|P|CA|NF|PT|RR|TH))?$")
_DATE = re.compile(r"^(\d{4})[-/](\d{2})[-/](\d{2})$")


class BadFile(Exception):
    """The file is refused as a whole; the text says why."""


def key(heading: str) -> str:
    """A heading without case, spaces and punctuation."""
    return re.sub(r"[^a-z0-9]", "", heading.lower())


def rows(name: str, data: bytes) -> list[dict[str, str]]:
    """The rows of an upload by column. Raises BadFile for a name or a file nobody would process."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+\.csv", name, re.IGNORECASE):
        raise BadFile("The file name may hold letters and digits only and must end in .csv.")
    if len(name) > LONGEST_NAME:
        raise BadFile(f"The file name must be {LONGEST_NAME} characters or fewer.")
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        raise BadFile("The file holds characters that cannot be read.") from None
    lines = list(csv.reader(io.StringIO(text)))
    wanted = [key(column) for column in COLUMNS]
    if not lines or [key(heading) for heading in lines[0]] not in (wanted, wanted[:OLDER]):
        raise BadFile("The header row is missing or does not name the expected columns.")
    found = [line for line in lines[1:] if any(line)]
    if not found:
        raise BadFile("The file holds no payment request.")
    if len(found) > MOST_ROWS:
        raise BadFile(f"A file may hold at most {MOST_ROWS} payment requests.")
    return [dict(zip(COLUMNS, line + [""] * len(COLUMNS), strict=False)) for line in found]


def read(row: dict[str, str]) -> tuple[Doc, list[str]]:
    """One row as values (amounts in cents, time in minutes), and what is wrong with its form."""
    problems: list[str] = []
    start, end = day(row["SupportsDeliveredFrom"]), day(row["SupportsDeliveredTo"])
    if start is None or end is None:
        problems.append("C10 The support dates are missing or not in the form YYYY-MM-DD")
    elif end < start:
        problems.append("C10 The support ends before it begins")
    if not re.fullmatch(r"43\d{7}", row["NDISNumber"]):
        problems.append("A01 The NDIS number is not valid")
    if not _ITEM.fullmatch(row["SupportNumber"]):
        problems.append("C16 The support item number is not valid")
    if not re.fullmatch(r"[A-Za-z0-9/_-]{1,50}", row["ClaimReference"]):
        problems.append("C12 The claim reference is missing or not valid")
    minutes, quantity = _hours(row["Hours"]), _quantity(row["Quantity"])
    if (minutes is None) == (quantity is None):
        problems.append("C13 Either the quantity or the hours must be given, in a valid form")
    price = _cents(row["UnitPrice"])
    if price is None or price <= 0:
        problems.append("C20 The unit price must be greater than zero")
    if row["GSTCode"] not in ("P1", "P2", "P5"):
        problems.append("A01 The GST code is not valid")
    if row["ClaimType"] not in CLAIM_TYPES:
        problems.append("A01 The claim type is not valid")
    cancelled = row["ClaimType"] == "CANC" or row["SupportNumber"].endswith("_CA")
    if row["CancellationReason"] not in (CANCELLED if row["ClaimType"] == "CANC" else ("", *CANCELLED)):
        problems.append("A01 The cancellation reason is missing or not valid")
    elif row["CancellationReason"] and not cancelled:
        problems.append("A01 A cancellation reason is given for a support that was not cancelled")
    return {
        "from": start.isoformat() if start else "",
        "to": end.isoformat() if end else "",
        "minutes": minutes,
        "quantity": str(quantity) if quantity is not None else None,
        "price": price or 0,
    }, problems


def day(text: str) -> date | None:
    """A date with the year first, with dashes or slashes; day-first forms are refused."""
    match = _DATE.match(text)
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def total(price: int, minutes: int | None, quantity: str | None) -> int:
    """Cents of a line, half up. The agency's own rounding is not public."""
    count = Decimal(minutes) / 60 if minutes is not None else Decimal(quantity or 0)
    return int((price * count).quantize(Decimal(1), ROUND_HALF_UP))


def _hours(text: str) -> int | None:
    match = re.fullmatch(r"(\d{3}):([0-5]\d)", text)
    minutes = int(match[1]) * 60 + int(match[2]) if match else 0
    return minutes or None


def _quantity(text: str) -> Decimal | None:
    found = Decimal(text) if re.fullmatch(r"\d{1,5}|\d{1,3}\.\d{1,2}", text) else Decimal(0)
    return found or None


def _cents(text: str) -> int | None:
    return int(Decimal(text) * 100) if re.fullmatch(r"\d{1,8}(\.\d{1,2})?", text) else None
