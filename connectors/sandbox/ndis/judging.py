"""What the agency decides on one payment request, rule by rule, in a fixed order.

Plan on the date, recorded provider, item on the date, two-year limit, duplicate, funds, price limit
(NDIA guides and partner code; reason codes as partners see them).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from connectors.sandbox.ndis import layout
from connectors.sandbox.ndis.state import NdisState
from connectors.sandbox.store import Doc

SUCCESSFUL, ERROR, OPEN = "SUCCESSFUL", "ERROR", "Open"
SUFFIXES = {"CA": "CANC", "NF": "NF2F", "PT": "TRAN", "RR": "REPW", "TH": "THLT"}


def judge(state: NdisState, upload: Doc, row: dict[str, str], now: datetime) -> Doc:
    """A new payment request of one row, decided or open. Its participant's funds are reserved."""
    values, problems = layout.read(row)
    request: Doc = {
        "id": str(700_200_300 + state.store.next("request")),
        "upload": upload["id"],
        "provider": row["RegistrationNumber"],
        "participant": row["NDISNumber"],
        "reference": row["ClaimReference"],
        "item": row["SupportNumber"],
        "gst": row["GSTCode"],
        "type": row["ClaimType"],
        "cancelled": row["CancellationReason"],
        "row": row,
        "at": now.isoformat(),
        "paid": None,
        **values,
    }
    request["claimed"] = layout.total(request["price"], request["minutes"], request["quantity"])
    if request["provider"] != upload["provider"]:
        problems.append("Requestor lacks authority")
    if problems:
        return {**request, "status": ERROR, "reason": problems[0], "approved": 0, "limit": None}
    return request | decided(state, request, now.date())


def decided(state: NdisState, request: Doc, today: date) -> Doc:
    """Status, reason, approved cents and the limit that was applied."""
    reason, limit = _reason(state, request, today)
    if reason:
        return {"status": ERROR, "reason": reason, "approved": 0, "limit": limit}
    price = min(request["price"], limit) if limit is not None else request["price"]
    approved = layout.total(price, request["minutes"], request["quantity"])
    participant = state.store.get("participant", request["participant"])
    assert participant is not None
    if participant["funds"] is not None and approved > participant["funds"]:
        return {
            "status": ERROR,
            "reason": "Requested amount exceeds available funds",
            "approved": 0,
            "limit": limit,
        }
    if participant["funds"] is not None:
        state.store.put(
            "participant", participant["id"], {**participant, "funds": participant["funds"] - approved}
        )
    if not participant["recorded"]:
        until = today + timedelta(days=int(state.setting("open_days")))
        return {
            "status": OPEN,
            "reason": "",
            "approved": approved,
            "limit": limit,
            "until": until.isoformat(),
        }
    return {"status": SUCCESSFUL, "reason": "", "approved": approved, "limit": limit}


def _reason(state: NdisState, request: Doc, today: date) -> tuple[str, int | None]:
    start, end = date.fromisoformat(request["from"]), date.fromisoformat(request["to"])
    provider = state.store.peek("provider", request["provider"])
    if provider is None:
        return "C15 The provider is not registered for the item", None
    participant = state.store.peek("participant", request["participant"])
    if participant is None or not (participant["from"] <= request["from"] <= participant["to"]):
        return "C22 No approved plan for the support dates", None
    item = _item(state, request["item"], request["from"])
    if item is None:
        return "C16 The item is not available on the support dates", None
    kind = SUFFIXES.get(request["item"].rsplit("_", 1)[-1], request["type"])
    if kind and kind not in item["kinds"] and not request["item"].endswith(tuple(SUFFIXES)):
        return "C21 The claim type is not allowed for the item", None
    limit = item["limits"].get(kind, item["limits"].get(""))
    if end > today:
        return "C10 The support lies in the future", limit
    if start < _two_years_before(today):
        return "A01 The claim was made more than two years after the support", limit
    if _twin(state, request):
        return "Duplicate of another payment request", limit
    if limit is not None and request["price"] > limit and state.setting("over_limit") == "reject":
        return "C06 The price is over the limit", limit
    return "", limit


def _two_years_before(today: date) -> date:
    """NDIS Act s 45A: claims within two years of the support."""
    leap = today.month == 2 and today.day == 29
    return today.replace(year=today.year - 2, day=28 if leap else today.day)


def _item(state: NdisState, number: str, day: str) -> Doc | None:
    for item in state.store.all("item"):
        if item["number"] == number and item["from"] <= day and (item["to"] is None or day <= item["to"]):
            return item
    return None


def _twin(state: NdisState, request: Doc) -> bool:
    """Whether a request that was not refused is for the same support: the scheme's own duplicate test."""
    fields = ("provider", "participant", "from", "item", "type", "gst")
    return any(
        other["status"] != ERROR and all(other[name] == request[name] for name in fields)
        for other in state.store.all("request")
    )
