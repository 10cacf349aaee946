"""Results of an upload and remittance advices (columns as exporters, partners and vendors report them)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from connectors.ndis import table
from hub.claims import Decision, ItemOutcome, ReadFile, Remittance, RemittanceLine
from hub.errors import Refused, Who

RESULTS = "results file"
ADVICE = "remittance advice"
_OUTCOME = {
    "reference": ("ClaimReference", "Claim Reference"),
    "status": ("Payment Request Status", "PaymentRequestStatus", "Status"),
    "approved": ("Paid Total Amount", "PaidTotalAmount"),
    "limit": ("Capped Price",),
    "reason": ("Rejection Reason", "Error Message", "RejectReasonCode"),
    "scheme_id": ("Payment Request Number", "PayReqNum"),
}
_ECHOED = (
    "RegistrationNumber",
    "NDISNumber",
    "SupportsDeliveredFrom",
    "SupportsDeliveredTo",
    "SupportNumber",
    "Quantity",
    "Hours",
    "UnitPrice",
    "GSTCode",
    "ClaimType",
    "CancellationReason",
    "ParticipantName",
    "AuthorisedBy",
    "ParticipantApproved",
    "InKindFundingProgram",
    "ABNofSupportProvider",
)
_PAID = {
    "number": ("Z4No", "z4_no"),
    "scheme_id": ("PayReqNum", "pay_req_num"),
    "day": ("PayReqDocDate", "pay_req_doc_date"),
    "reference": ("ProvClaimRef", "prov_claim_ref"),
    "claimed": ("AmountClaimed", "amount_claimed"),
    "paid": ("AmountPaid", "amount_paid"),
    "file": ("BulkClmId", "bulk_clm_ref"),
}
_TOLD = (
    "PayeeBP",
    "FinYrs",
    "ItemID",
    "item_ref",
    "ItemQty",
    "UnitPrice",
    "ParticipantBP",
    "ParticipantName",
    "SupportStartDate",
    "SupportEndDate",
    "ServiceBookingNum",
    "ClaimType",
    "CancelRsn",
)
_DECISIONS = {
    "successful": Decision.ACCEPTED,
    "pendingpayment": Decision.ACCEPTED,
    "error": Decision.REFUSED,
    "rejected": Decision.REFUSED,
    "open": Decision.OPEN,
    "awaitingapproval": Decision.OPEN,
}
_CODE = re.compile(r"^([A-Z]\d{2})\b\s*(.*)$")


def results(data: bytes) -> ReadFile[ItemOutcome]:
    """Decisions by our reference. Raises Refused, also for a status nobody knows."""
    found = table.read(data, _OUTCOME, ("reference", "status"), RESULTS)
    return ReadFile(tuple(map(_outcome, found.rows)), _strange(found.unknown, _ECHOED))


def _outcome(row: Mapping[str, str]) -> ItemOutcome:
    decision = _DECISIONS.get(table.key(row["status"]))
    if decision is None:
        raise Refused(
            f"The {RESULTS} was not imported: it holds a status nobody knows. Send it to support.",
            code="claims:status",
            who=Who.DEVELOPER,
        )
    coded = _CODE.match(row.get("reason", ""))
    return ItemOutcome(
        row["reference"],
        decision,
        table.cents(row, "approved", RESULTS) if decision is Decision.ACCEPTED else 0,
        row.get("scheme_id") or None,
        table.cents(row, "limit", RESULTS) if row.get("limit") else None,
        coded[1] if coded else None,
        coded[2] if coded else row.get("reason", ""),
    )


def remittances(data: bytes) -> ReadFile[Remittance]:
    """Payments, each with its lines, in the order of the file. Raises Refused."""
    found = table.read(data, _PAID, ("number", "scheme_id", "reference", "paid"), ADVICE)
    groups: dict[str, list[Mapping[str, str]]] = {}
    for row in found.rows:
        groups.setdefault(row["number"], []).append(row)
    paid = [Remittance(number, _day(rows), tuple(map(_line, rows))) for number, rows in groups.items()]
    return ReadFile(tuple(paid), _strange(found.unknown, _TOLD))


def _line(row: Mapping[str, str]) -> RemittanceLine:
    claimed, paid = (table.cents(row, name, ADVICE) for name in ("claimed", "paid"))
    return RemittanceLine(row["reference"], row["scheme_id"], claimed, paid, row.get("file", ""))


def _day(rows: list[Mapping[str, str]]) -> date:
    """The date of a payment. Both forms are in use: of the readings all rows allow, the plausible one."""
    texts = {row.get("day", "") for row in rows}
    for year, month, day in (
        (slice(0, 4), slice(4, 6), slice(6, 8)),
        (slice(4, 8), slice(2, 4), slice(0, 2)),
    ):
        try:
            dates = {
                date(int(t[year]), int(t[month]), int(t[day])) for t in texts if re.fullmatch(r"\d{8}", t)
            }
        except ValueError:
            continue
        if len(dates) == len(texts) and all(2013 <= d.year <= 2099 for d in dates):
            return max(dates)
    raise Refused(
        f"The {ADVICE} was not imported: its payment date cannot be read.", code="claims:date", who=Who.CLINIC
    )


def _strange(unknown: tuple[str, ...], told: tuple[str, ...]) -> tuple[str, ...]:
    known = set(map(table.key, told))
    return tuple(heading for heading in unknown if table.key(heading) not in known)
