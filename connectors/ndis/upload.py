"""The bulk payment request: sixteen columns in the agency's order, ASCII, CRLF, nothing quoted.

Never opened in a spreadsheet before it is uploaded: that rewrites hours and dates (NDIA guides, vendors).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

from connectors.ndis import kinds
from hub.claims import ClaimFile, ClaimItem, ServiceTax
from hub.money import Money

MOST_ITEMS = 5000
LONGEST_NAME = 20
ABN_HEADING = "ABN of Support Provider"
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
    ABN_HEADING,
)
GST = {ServiceTax.TAXABLE: "P1", ServiceTax.FREE: "P2", ServiceTax.OUT_OF_SCOPE: "P5"}
_PLAIN = re.compile(r"^[\x20-\x7e]*$")


def build(name: str, items: Sequence[ClaimItem], settings: Mapping[str, str]) -> ClaimFile:
    """The file. `settings`: registration, abn, date_format, claim_type, abn_heading. Raises ValueError."""
    if not re.fullmatch(r"[A-Za-z0-9]{1,16}\.csv", name) or len(name) > LONGEST_NAME:
        raise ValueError("a file name of at most 20 letters and digits, ending in .csv")
    if not 0 < len(items) <= MOST_ITEMS:
        raise ValueError("1 to 5000 items a file")
    references = tuple(item.reference for item in items)
    if len({reference.upper() for reference in references}) < len(references):
        raise ValueError("a reference stands twice")
    twins = {twin(item) for item in items}
    if len(twins) < len(items):
        raise ValueError("a service stands twice")
    heading = settings.get("abn_heading", ABN_HEADING)
    lines = [",".join((*COLUMNS[:-1], heading)), *(",".join(_row(item, settings)) for item in items)]
    data = "".join(f"{line}\r\n" for line in lines).encode("ascii")
    cents = sum(item.total for item in items)
    return ClaimFile(name, data, hashlib.sha256(data).hexdigest(), references, cents)


def twin(item: ClaimItem) -> tuple[str, ...]:
    """The scheme's own test of a duplicate: participant, day, item, kind and tax."""
    return (item.member, item.served_from.isoformat(), item.service, item.kind, item.tax)


def hours(minutes: int) -> str:
    """HHH:MM. Raises ValueError for what the column cannot hold."""
    if not 0 < minutes < 60_000:
        raise ValueError("hours out of range")
    return f"{minutes // 60:03d}:{minutes % 60:02d}"


def _row(item: ClaimItem, settings: Mapping[str, str]) -> list[str]:
    dated = settings.get("date_format", "%Y-%m-%d")
    said = kinds.said(item, settings.get("claim_type", "both"))
    row = [
        settings["registration"],
        item.member,
        item.served_from.strftime(dated),
        item.served_to.strftime(dated),
        said.item,
        item.reference,
        "" if item.quantity is None else f"{item.quantity.normalize():f}",
        "" if item.minutes is None else hours(item.minutes),
        f"{Money(item.unit_price).decimal():.2f}",
        GST[item.tax],
        "",
        "",
        "",
        said.claim_type,
        said.cancelled,
        settings["abn"].replace(" ", ""),
    ]
    if any("," in value or not _PLAIN.match(value) for value in row):
        raise ValueError("a value that the file cannot hold")
    return row
