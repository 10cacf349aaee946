"""What people do around the portal: `POST /__control__/hands/<action>`, JSON in and out, never limited.

`POST /__control__/hands` takes a list of actions, each with its `action` and, where it has one, its moment
`at`: all of them or none.

| action | body | answer |
|---|---|---|
| provider | registration, abn, name?, payee_bp? | session: what a signed-in person's browser sends |
| participant | number, name, from, to (plan), recorded? true, disputes? false, funds? (cents) | number |
| item | number, from, to?, limits {"" or claim type: cents}, kinds? [claim types] | number |
| request | reference, registration, number, item, day, hours, price (as in a file), gst? P2 | id, status |
| recover | request | the paid request is cancelled; the next run takes the money back |

A `request` is one typed into the portal's own form instead of coming in a file. Dates are YYYY-MM-DD, money
integer cents; without a limit a price is not limited. `GET /__control__/ledger`
answers the payment requests and the payments.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from connectors.sandbox.acting import in_order, instant
from connectors.sandbox.ndis import judging, layout, paying
from connectors.sandbox.ndis.state import NdisState
from connectors.sandbox.store import Doc


def _provider(state: NdisState, body: Doc, now: datetime) -> Doc:
    number = str(body["registration"])
    session = state.uuid("session")
    known = {"name": body.get("name", ""), "abn": body["abn"], "payee_bp": body.get("payee_bp", f"0{number}")}
    state.store.put("provider", number, {"id": number, **known})
    state.store.put("session", session, {"id": session, "provider": number})
    return {"session": session}


def _participant(state: NdisState, body: Doc, now: datetime) -> Doc:
    number = str(body["number"])
    state.store.put(
        "participant",
        number,
        {
            "id": number,
            "name": str(body["name"]),
            "from": body["from"],
            "to": body["to"],
            "recorded": bool(body.get("recorded", True)),
            "disputes": bool(body.get("disputes", False)),
            "funds": body.get("funds"),
        },
    )
    return {"number": number}


def _item(state: NdisState, body: Doc, now: datetime) -> Doc:
    key = f"{body['number']}@{body['from']}"
    state.store.put(
        "item",
        key,
        {
            "id": key,
            "number": body["number"],
            "from": body["from"],
            "to": body.get("to"),
            "limits": dict(body.get("limits") or {}),
            "kinds": list(body.get("kinds") or []),
        },
    )
    return {"number": body["number"]}


def _request(state: NdisState, body: Doc, now: datetime) -> Doc:
    row = dict.fromkeys(layout.COLUMNS, "") | {
        "RegistrationNumber": str(body["registration"]),
        "NDISNumber": str(body["number"]),
        "SupportsDeliveredFrom": str(body["day"]),
        "SupportsDeliveredTo": str(body["day"]),
        "SupportNumber": str(body["item"]),
        "ClaimReference": str(body["reference"]),
        "Hours": str(body["hours"]),
        "UnitPrice": str(body["price"]),
        "GSTCode": str(body.get("gst", "P2")),
    }
    typed: Doc = {"id": "", "provider": row["RegistrationNumber"]}
    decided = judging.judge(state, typed, row, now)
    state.store.put("request", decided["id"], decided)
    return {"id": decided["id"], "status": decided["status"]}


def _recover(state: NdisState, body: Doc, now: datetime) -> Doc:
    request = state.store.get("request", str(body["request"]))
    if request is None or not request["paid"]:
        raise ValueError("only a paid request can be recovered")
    state.store.put("request", request["id"], {**request, "recover": True})
    return {"request": request["id"]}


def act(state: NdisState, action: str, body: Doc, now: datetime) -> Doc:
    """One action. Raises ValueError for an unknown one, KeyError for what is missing."""
    if action not in ACTIONS:
        raise ValueError(f"no action is named {action}")
    return ACTIONS[action](state, body, now)


def act_all(state: NdisState, actions: list[Doc], now: datetime) -> list[Doc]:
    """Actions in order, each at its own moment where it has one."""

    def one(action: str, body: Doc) -> Doc:
        at = body.pop("at", None)
        moment = instant(at) if at else now
        paying.pass_time(state, moment)
        return act(state, action, body, moment)

    return in_order(actions, one)


ACTIONS: dict[str, Callable[[NdisState, Doc, datetime], Doc]] = {
    "provider": _provider,
    "participant": _participant,
    "item": _item,
    "request": _request,
    "recover": _recover,
}
