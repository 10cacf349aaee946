"""The objects of one account at one moment: kept as Stripe shows them, fields with `_` being ours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from connectors.sandbox.stripe import hooks
from connectors.sandbox.stripe.errors import missing
from connectors.sandbox.stripe.state import StripeState

Doc = dict[str, Any]
PREFIXES = {
    "payment_intent": "pi_",
    "charge": "ch_",
    "refund": "re_",
    "checkout.session": "cs_test_",
    "balance_transaction": "txn_",
    "payout": "po_",
    "dispute": "dp_",
    "customer": "cus_",
    "event": "evt_",
    "webhook_endpoint": "we_",
    "payment_method": "pm_",
}


def shown(doc: Doc) -> Doc:
    """What the API shows of a document."""
    return {name: value for name, value in doc.items() if not name.startswith("_")}


class Book:
    """`now` is real epoch seconds, `story` the business moment; `request` names the call behind an event."""

    def __init__(
        self, state: StripeState, account: str, now: int, story: int, request: Doc | None = None
    ) -> None:
        self.state, self.account = state, state.account(account)
        self.now, self.story = now, story
        self.request = request or {"id": None, "idempotency_key": None}

    @property
    def livemode(self) -> bool:
        """Whether the account is live."""
        return bool(self.account["livemode"])

    def at(self, story: int) -> Book:
        """The same account at another business moment, acting by itself."""
        return Book(self.state, self.account["id"], self.now, story)

    def new_id(self, kind: str) -> str:
        """A new id; the same for the same history."""
        digest = hashlib.sha256(self.state.uuid(f"{self.account['id']}:{kind}").encode()).hexdigest()
        return PREFIXES[kind] + digest[:24]

    def put(self, doc: Doc) -> Doc:
        """Keep an object under its kind and id."""
        self.state.store.put(self._kind(doc["object"]), doc["id"], doc)
        return doc

    def get(self, kind: str, id: Any, param: str | None = "id") -> Doc:
        """A copy of an object. Raises StripeError as Stripe words it."""
        found = self.state.store.get(self._kind(kind), str(id))
        if found is None:
            raise missing(kind.replace("checkout.", "checkout "), str(id), param)
        return found

    def peek(self, kind: str, id: Any) -> Doc | None:
        """The shared object, or None."""
        return self.state.store.peek(self._kind(kind), str(id)) if id else None

    def all(self, kind: str) -> Iterator[Doc]:
        """All objects of a kind in order of creation, shared."""
        return self.state.store.all(self._kind(kind))

    def _kind(self, kind: str) -> str:
        return f"{self.account['id']}/{kind}"

    def emit(self, kind: str, doc: Doc, before: Doc | None = None) -> Doc:
        """An event about an object, and its deliveries; `before` is the object as it was."""
        data: Doc = {"object": shown(doc)}
        if before is not None:
            old = shown(before)
            data["previous_attributes"] = {
                name: old.get(name) for name, value in data["object"].items() if old.get(name) != value
            }
        event = {
            "id": self.new_id("event"),
            "object": "event",
            "api_version": self.account["version"],
            "created": self.now,
            "data": data,
            "livemode": self.livemode,
            "pending_webhooks": 0,
            "request": dict(self.request),
            "type": kind,
        }
        event["pending_webhooks"] = hooks.queue(self, event)
        return self.put(event)

    def later(self, what: str, ref: str, *, real: int | None = None, story: int | None = None) -> None:
        """Let something happen at a real or a story moment (see `passing`)."""
        number = self.state.store.next("timer")
        timer = {
            "id": str(number),
            "account": self.account["id"],
            "clock": "story" if real is None else "real",
            "at": story if real is None else real,
            "what": what,
            "ref": ref,
        }
        self.state.store.put("timer", timer["id"], timer)
