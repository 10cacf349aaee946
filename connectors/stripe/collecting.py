"""An open connection to a Stripe account that asks for money: look, open a page, end a page.

Cards only. A page is found by the id in our links, else by the document id in its metadata among the
sessions of the time it can have been opened in (Stripe cannot be asked by metadata). Stripe keeps an
idempotency key for a day; after that a page that was opened is found, not opened twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from connectors.stripe import answers, probing, seeing
from connectors.stripe.sdk import Api, Refusal, records
from connectors.stripe.steps import LEAST
from hub import paying
from hub.contracts import Record
from hub.documents import PaymentRequest
from hub.errors import HubError, Missing, OutcomeUnknown, ReadFailed, Reason, ReconnectNeeded, Who
from hub.targets import Answer, Chart, Key, Life, Observed, Op, Outgoing, OutgoingBatch, Seen, Verdict

LONGEST = timedelta(hours=24)
PERMISSION = "Checkout Sessions: write"
_LIMIT = 100
_REASONS = {
    "expires_at": Reason(
        "request:too-late",
        "The payment page would run out in under half an hour (or in over a day). Ask for the payment anew.",
        Who.CLINIC,
    ),
    "line_items": Reason(
        "request:amount",
        "Stripe takes no amount so small or so large at one time. Ask for it in another way.",
        Who.CLINIC,
    ),
}
_OTHER = Reason(
    "refused:other",
    "Stripe refused this for a reason the hub does not know. A developer has to look.",
    Who.DEVELOPER,
)


class StripeSession:
    """TargetSession. Settings: `return_url` (where the payer comes back to), `least` (cents), `zone`."""

    def __init__(self, api: Api, key: str, settings: dict[str, Any]) -> None:
        self._api, self._key, self._settings = api, key, settings

    def observe(self, keys: Sequence[Key]) -> Observed:
        """What stands under each key. Raises ReadFailed and the pauses."""
        found: dict[str, Seen] = {}
        unknown: list[Key] = []
        for key in keys:
            seen = self._linked(key)
            if seen is None:
                unknown.append(key)
            else:
                found[key.document] = seen
        return found | self._searched(unknown)

    def send(self, batch: OutgoingBatch) -> Sequence[Answer]:
        """One page opened or ended. Raises OutcomeUnknown, NotProcessed, RateLimited, ReconnectNeeded."""
        (out,) = batch.members
        try:
            if batch.op is Op.CREATE:
                made = self._api.call(
                    "checkout.sessions.create",
                    idempotency_key=batch.idempotency_key[:255],
                    **self._page(out.key),
                )
            else:
                made = self._api.call(
                    "checkout.sessions.expire",
                    out.key.external_id or "none",
                    idempotency_key=batch.idempotency_key[:255],
                )
        except Refusal as refusal:
            return [_refused(out, refusal)]
        seen = seeing.session(out.key, made)
        if seen.external_id is None or not took_effect(out, seen):
            return [Answer(out.delivery, Verdict.UNKNOWN, status=200)]
        return [Answer(out.delivery, Verdict.DELIVERED, seen, status=200)]

    def chart(self) -> Chart:
        """The account: who it is, its currency, and the least amount it takes."""
        try:
            account = self._api.call("accounts.retrieve_current")
        except Refusal as refusal:
            raise _read(refusal, "") from None
        profile = account.get("business_profile")
        name = profile.get("name") if isinstance(profile, dict) else None
        return Chart(
            organisation=str(name or account.get("id") or ""),
            currency=str(account.get("default_currency") or "").upper(),
            zone=str(self._settings.get("zone") or "Australia/Sydney"),
            locked_through=None,
            accounts={},
            taxes={},
            tracking={},
            facts={"least": int(self._settings.get("least", LEAST)), "account": account.get("id")},
        )

    def probe(self) -> Sequence[Reason]:
        """Whether the key may read sessions; writing shows with the first page."""
        try:
            self._api.call("checkout.sessions.list", limit=1)
        except Refusal as refusal:
            error = answers.of_read(refusal, PERMISSION)
            if refusal.status not in (401, 403):
                raise error from None
            return (Reason(error.code, error.sentence, error.who),)
        return probing.powerful(self._key)

    def _page(self, key: Key) -> dict[str, Any]:
        request = key.content
        assert isinstance(request, PaymentRequest)
        metadata = paying.write(request, key.document, key.mark)
        return_url = str(self._settings["return_url"])
        return {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": request.currency.lower(),
                        "unit_amount": request.amount,
                        "product_data": {"name": request.label or f"Invoice {request.number}"},
                    },
                }
            ],
            "allowed_payment_method_types": ["card"],
            "success_url": return_url,
            "cancel_url": return_url,
            "client_reference_id": key.document,
            "expires_at": int(request.expires.timestamp()),
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata, "description": f"Invoice {request.number}"},
        }

    def _linked(self, key: Key) -> Seen | None:
        if not key.external_id:
            return None
        try:
            found = self._api.call("checkout.sessions.retrieve", key.external_id)
        except Refusal as refusal:
            error = _read(refusal, PERMISSION)
            if isinstance(error, Missing):
                return None
            raise error from None
        return seeing.session(key, found) if seeing.is_ours(key, found) else None

    def _searched(self, keys: Sequence[Key]) -> dict[str, Seen]:
        """Pages by their metadata, all keys in one walk through the time they can have been opened in."""
        if not keys:
            return {}
        ends = [key.content.expires for key in keys if isinstance(key.content, PaymentRequest)]
        span = {"gte": int((min(ends) - LONGEST).timestamp()) - 60, "lte": int(max(ends).timestamp())}
        sessions: list[Record] = []
        after: dict[str, Any] = {}
        while True:
            try:
                answer = self._api.call("checkout.sessions.list", created=span, limit=_LIMIT, **after)
            except Refusal as refusal:
                raise _read(refusal, PERMISSION) from None
            part = records(answer)
            if part is None:
                raise ReadFailed("Stripe's answer is no list.", code="stripe:no-list")
            sessions += part
            if not part or not answer.get("has_more"):
                return {key.document: seeing.best(key, sessions) for key in keys}
            after = {"starting_after": str(part[-1].get("id"))}


def _read(refusal: Refusal, permission: str) -> HubError:
    """A refused look: a key that lacks a permission stops the connection, since nothing can be looked up."""
    if refusal.status == 403:
        error = answers.forbidden(permission)
        return ReconnectNeeded(error.sentence, code=error.code)
    return answers.of_read(refusal, permission)


def _refused(out: Outgoing, refusal: Refusal) -> Answer:
    """A write that was answered with an error. Raises what concerns the connection or is not known."""
    if refusal.status in (401, 403):
        raise _read(refusal, PERMISSION)
    if refusal.status not in (400, 402, 404):
        raise OutcomeUnknown(f"Stripe answered a write with status {refusal.status}")
    if out.op is not Op.CREATE:
        return Answer(out.delivery, Verdict.REPLAN, status=refusal.status)
    amount = out.key.content.amount if isinstance(out.key.content, PaymentRequest) else 0
    why = _REASONS.get(refusal.param.partition("[")[0], _OTHER)
    reason = Reason(why.code, why.sentence, why.who, amount, str(refusal))
    return Answer(out.delivery, Verdict.REFUSED, reason=reason, status=refusal.status)


def took_effect(out: Outgoing, seen: Seen) -> bool:
    """A page was opened if it shows our mark and money, even if it has run out since; ended if it is over."""
    if out.op is Op.CREATE:
        return seen.life in (Life.LIVE, Life.ENDED) and seen.matches
    return seen.life is Life.ENDED
