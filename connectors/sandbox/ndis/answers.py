"""The files that come back: results of an upload, and remittance advices (columns as exporters and partners
report them; their order and names are not published, so both can be turned)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date

from connectors.sandbox.ndis.judging import SUCCESSFUL
from connectors.sandbox.ndis.state import NdisState
from connectors.sandbox.store import Doc

REMITTANCE = (
    "PayeeBP",
    "Z4No",
    "FinYrs",
    "PayReqNum",
    "PayReqDocDate",
    "ProvClaimRef",
    "ItemID",
    "ItemQty",
    "UnitPrice",
    "AmountClaimed",
    "AmountPaid",
    "ParticipantBP",
    "ParticipantName",
    "SupportStartDate",
    "SupportEndDate",
    "ServiceBookingNum",
    "BulkClmId",
    "ClaimType",
    "CancelRsn",
)
SNAKE = (
    "payee_bp",
    "z4_no",
    "fin_yrs",
    "pay_req_num",
    "pay_req_doc_date",
    "prov_claim_ref",
    "item_ref",
    "item_qty",
    "unit_price",
    "amount_claimed",
    "amount_paid",
    "participant_bp",
    "participant_name",
    "support_start_date",
    "support_end_date",
    "service_booking_num",
    "bulk_clm_ref",
    "claim_type",
    "cancel_rsn",
)
_ECHOED = (
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
)


def results(state: NdisState, upload: Doc) -> bytes:
    """One row per uploaded row, in its order."""
    rows = []
    for request in state.store.all("request"):
        if request["upload"] != upload["id"]:
            continue
        accepted = request["status"] == SUCCESSFUL
        row = {name: request["row"][name] for name in _ECHOED}
        row |= {"Paid Total Amount": _money(request["approved"] if accepted else 0)}
        if state.setting("number_column"):
            row |= {"Payment Request Number": request["id"] if not request["reason"] else ""}
        row |= {
            "Capped Price": _money(request["limit"]) if request["limit"] is not None else "",
            "Payment Request Status": request["status"],
            str(state.setting("reason_column")): request["reason"],
            "ClaimType": request["type"],
            "CancellationReason": request["cancelled"],
        }
        rows.append(row)
    return _csv(rows[0].keys(), [row.values() for row in rows])


def remittance(state: NdisState, night: Doc) -> bytes:
    """One payment's advice."""
    turned = state.setting("remittance") or {}
    names: tuple[str, ...] = SNAKE if turned.get("names") == "snake" else REMITTANCE
    rows = [_paid(state, night, line, turned) for line in night["lines"]]
    order = list(range(len(names)))
    if turned.get("order") == "shuffled":
        order = [*order[7:], *order[:7]]
    extra = [str(turned["extra"])] if turned.get("extra") else []
    return _csv(
        [*(names[at] for at in order), *extra], [[*(row[at] for at in order), *extra] for row in rows]
    )


def _paid(state: NdisState, night: Doc, line: Doc, turned: Doc) -> list[str]:
    request = state.store.peek("request", line["request"])
    assert request is not None
    provider = state.store.peek("provider", night["provider"]) or {}
    participant = state.store.peek("participant", request["participant"]) or {"name": ""}
    upload = state.store.peek("upload", request["upload"]) or {"name": ""}
    day = date.fromisoformat(night["day"])
    quantity = f"{request['minutes'] / 60:.2f}" if request["minutes"] is not None else request["quantity"]
    dated = "%d%m%Y" if turned.get("dates") == "DDMMYYYY" else "%Y%m%d"
    return [
        str(provider.get("payee_bp") or ""),
        night["id"],
        str(day.year + (day.month > 6)),
        request["id"],
        day.strftime(dated),
        request["reference"],
        request["item"],
        str(quantity),
        _money(request["price"]),
        _money(request["claimed"]),
        _money(line["cents"]),
        f"0{request['participant']}",
        participant["name"],
        request["from"].replace("-", ""),
        request["to"].replace("-", ""),
        "",
        upload["name"].upper(),
        request["type"],
        request["cancelled"],
    ]


def _money(cents: int) -> str:
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _csv(header: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(list(header))
    writer.writerows([list(row) for row in rows])
    return out.getvalue().encode()
