"""An open connection to a Stripe account that asks for money: look, open a page, end a page.

Cards only. Stripe keeps an idempotency key for a day; after that a page that was opened is found, not opened
twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.stripe import answers, looking, probing, refusals, seeing
from connectors.stripe.sdk import Api, Refusal
from connectors.stripe.steps import LEAST
from hub import paying
from hub.documents import PaymentRequest
from hub.errors import Reason
from hub.targets import Answer, Chart, Key, Life, Observed, Op, Outgoing, OutgoingBatch, Seen, Verdict


class StripeSession:
    """TargetSession. Settings: `return_url` (where the payer comes back to), `least` (cents), `zone`."""

    def __init__(self, api: Api, key: str, settings: dict[str, Any]) -> None:
        self._api, self._key, self._settings = api, key, settings

    def observe(self, keys: Sequence[Key]) -> Observed:
        """What stands under each key. Raises ReadFailed and the pauses."""
        found: dict[str, Seen] = {}
        unknown: list[Key] = []
        for key in keys:
            seen = looking.linked(self._api, key)
            if seen is None:
                unknown.append(key)
            else:
                found[key.document] = seen
        return found | looking.searched(self._api, unknown)

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
            return [refusals.of_write(out, refusal)]
        seen = seeing.session(out.key, made)
        if seen.external_id is None or not took_effect(out, seen):
            return [Answer(out.delivery, Verdict.UNKNOWN, status=200)]
        return [Answer(out.delivery, Verdict.DELIVERED, seen, status=200)]

    def chart(self) -> Chart:
        """The account: who it is, its currency, and the least amount it takes."""
        try:
            account = self._api.call("accounts.retrieve_current")
        except Refusal as refusal:
            raise refusals.of_look(refusal, "") from None
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
            error = answers.of_read(refusal, refusals.PERMISSION)
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


def took_effect(out: Outgoing, seen: Seen) -> bool:
    """A page was opened if it shows our mark and money, even if it has run out since; ended if it is over."""
    if out.op is Op.CREATE:
        return seen.life in (Life.LIVE, Life.ENDED) and seen.matches
    return seen.life is Life.ENDED
