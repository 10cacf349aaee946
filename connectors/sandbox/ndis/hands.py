"""What people do around the portal: `POST /__control__/hands/<action>`, JSON in and out, never limited.

| action | body | answer |
|---|---|---|
| provider | registration, abn, name?, payee_bp? | session: what a signed-in person's browser sends |
| participant | number, name, from, to (plan), recorded? true, disputes? false, funds? (cents) | number |
| item | number, from, to?, limits {"" or claim type: cents}, kinds? [claim types] | number |
| recover | request | the paid request is cancelled; the next run takes the money back |

Dates are YYYY-MM-DD, money integer cents; without a limit a price is not limited. `GET /__control__/ledger`
answers the payment requests and the payments.
"""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox.ndis.state import NdisState
from connectors.sandbox.store import Doc


def _provider(state: NdisState, body: Doc) -> Doc:
    number = str(body["registration"])
    session = state.uuid("session")
    known = {"name": body.get("name", ""), "abn": body["abn"], "payee_bp": body.get("payee_bp", f"0{number}")}
    state.store.put("provider", number, {"id": number, **known})
    state.store.put("session", session, {"id": session, "provider": number})
    return {"session": session}


def _participant(state: NdisState, body: Doc) -> Doc:
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


def _item(state: NdisState, body: Doc) -> Doc:
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


def _recover(state: NdisState, body: Doc) -> Doc:
    request = state.store.get("request", str(body["request"]))
    if request is None or not request["paid"]:
        raise ValueError("only a paid request can be recovered")
    state.store.put("request", request["id"], {**request, "recover": True})
    return {"request": request["id"]}


ACTIONS: dict[str, Callable[[NdisState, Doc], Doc]] = {
    "provider": _provider,
    "participant": _participant,
    "item": _item,
    "recover": _recover,
}
