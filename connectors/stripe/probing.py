"""What stands against going live with a key: dead, too powerful, or without a permission the hub needs.

Names of permissions change in Stripe's dashboard, so each list is asked for one object; what is refused is
named (Stripe docs: restricted keys).
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.stripe import answers
from connectors.stripe.sdk import Api, Refusal
from connectors.stripe.streams import LISTINGS
from hub.errors import Reason, Who

EVENTS = ("events.list", "Events: read")


def probe(api: Api, key: str) -> Sequence[Reason]:
    """Reasons not to go live; empty when all is well. A limit or an outage is raised, not answered."""
    wanted = dict([*((f"{one.service}.list", one.permission) for one in LISTINGS.values()), EVENTS])
    missing: list[str] = []
    for service, permission in wanted.items():
        try:
            api.call(service, limit=1)
        except Refusal as refusal:
            error = answers.of_read(refusal, permission)
            if refusal.status == 401:
                return (Reason(error.code, error.sentence, error.who),)
            if refusal.status != 403:
                raise error from None
            missing.append(permission)
    found = [lacks(permission) for permission in dict.fromkeys(missing)]
    return (*found, *powerful(key))


def lacks(permission: str) -> Reason:
    """A permission a restricted key does not have."""
    error = answers.forbidden(permission)
    return Reason(error.code, error.sentence, error.who)


def powerful(key: str) -> tuple[Reason, ...]:
    """A live key that may do everything is more than the hub needs."""
    if not key.startswith("sk_live_"):
        return ()
    sentence = "This Stripe key may do everything. Make a restricted key for the hub and store that instead."
    return (Reason("stripe:full-key", sentence, Who.CLINIC),)
