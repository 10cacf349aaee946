"""What patients and staff do at the payment system, in the words of its sandbox's hands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from connectors.sandbox.life.client import ControlClient, ControlRefused
from connectors.sandbox.life.stripe.group import KEY, NUMBER, PERMISSIONS

Doc = dict[str, Any]
HANDS = "/__control__/hands/"


def before(stripe: ControlClient) -> None:
    """The account before the story: its key, paid out each day."""
    stripe.call("POST", HANDS + "setup", {"interval": "daily"})
    stripe.call("POST", HANDS + "add_key", {"key": KEY, "permissions": PERMISSIONS})


def play(stripe: ControlClient, acts: Iterable[tuple[datetime, Doc]], again: bool) -> None:
    """Do acts in their order, each at its moment. `again`: some may have been done before.

    Raises ControlRefused where a page that was to be paid is not there.
    """
    for at, what in acts:
        stripe.call("POST", "/__control__/clock", {"story": at.isoformat()})
        ledger = stripe.call("GET", "/__control__/ledger")
        if not (again and _done(ledger, what)):
            _ACTIONS[what["action"]](stripe, ledger, what)


def pages(ledger: Doc, number: str, status: str) -> list[Doc]:
    """Pages of an invoice that are in a state."""
    of = (page for page in ledger["sessions"] if page["metadata"].get(NUMBER) == number)
    return [page for page in of if page["status"] == status]


def _open(ledger: Doc, number: str) -> str:
    found = pages(ledger, number, "open")
    if len(found) != 1:
        raise ControlRefused(f"not one page but {len(found)} on which invoice {number} can be paid")
    return str(found[0]["id"])


def _pay_page(stripe: ControlClient, ledger: Doc, what: Doc) -> None:
    stripe.call("POST", HANDS + "pay_session", {"session": _open(ledger, what["number"])})


def _open_late(stripe: ControlClient, ledger: Doc, what: Doc) -> None:
    """Its time is over; who opens it all the same cannot pay."""
    page = _open(ledger, what["number"])
    stripe.call("POST", HANDS + "expire_session", {"session": page})
    try:
        stripe.call("POST", HANDS + "pay_session", {"session": page})
    except ControlRefused:
        return
    raise ControlRefused("a page that had run out was paid")


def _give_back(stripe: ControlClient, ledger: Doc, what: Doc) -> None:
    charge = _charge(ledger, what["number"])
    stripe.call("POST", HANDS + "refund", {"charge": charge["id"], "cents": what["cents"]})


def _tell_twice(stripe: ControlClient, ledger: Doc, what: Doc) -> None:
    charge = _charge(ledger, what["number"])["id"]
    event = next(one for one in _events(ledger, charge))
    stripe.call("POST", HANDS + "repeat_event", {"event": event["id"]})


def _events(ledger: Doc, charge: str) -> list[Doc]:
    of = (one for one in ledger["events"] if one["type"] == "charge.succeeded")
    return [one for one in of if one["data"]["object"]["id"] == charge]


def _take_charge(stripe: ControlClient, ledger: Doc, what: Doc) -> None:
    stripe.call("POST", HANDS + "take_charge", {k: what[k] for k in ("cents", "description")})


def _charge(ledger: Doc, number: str) -> Doc:
    found: Doc = next(one for one in ledger["charges"] if one["metadata"].get(NUMBER) == number)
    return found


def _done(ledger: Doc, what: Doc) -> bool:
    match what["action"]:
        case "pay_page":
            return bool(pages(ledger, what["number"], "complete"))
        case "open_late":
            return bool(pages(ledger, what["number"], "expired"))
        case "give_back":
            return int(_charge(ledger, what["number"])["amount_refunded"]) > 0
        case "tell_twice":
            return len(_events(ledger, _charge(ledger, what["number"])["id"])) > 1
        case _:
            return any(one["description"] == what["description"] for one in ledger["charges"])


_ACTIONS: dict[str, Callable[[ControlClient, Doc, Doc], None]] = {
    "pay_page": _pay_page,
    "open_late": _open_late,
    "give_back": _give_back,
    "tell_twice": _tell_twice,
    "take_charge": _take_charge,
}
