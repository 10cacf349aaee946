"""Stripe's refusals as the hub's errors: named by what must happen next, without any text of theirs."""

from __future__ import annotations

from connectors.stripe.sdk import Refusal
from hub.errors import HubError, Missing, ReadFailed, ReconnectNeeded, Refused, Who

KEY = "Stripe no longer accepts the key: it was revoked or rolled. Make a restricted key and store it with "
GONE = "resource_missing"


def of_read(refusal: Refusal, permission: str = "") -> HubError:
    """What a refused read means."""
    if refusal.status == 401:
        return dead()
    if refusal.status == 403:
        return forbidden(permission)
    if refusal.code == GONE or refusal.status == 404:
        return Missing("Stripe has no such object.")
    if refusal.status == 400:
        return Refused(
            "Stripe refused a question of the hub: report it.", code="stripe:question", who=Who.DEVELOPER
        )
    return ReadFailed(f"Stripe answered with status {refusal.status}.", code=f"stripe:{refusal.status}")


def dead() -> ReconnectNeeded:
    """The key is no key (any more)."""
    return ReconnectNeeded(f"{KEY}`hub connect`.", code="stripe:key", who=Who.CLINIC)


def forbidden(permission: str) -> Refused:
    """A restricted key without a permission."""
    missing = f" Give it the permission {permission}." if permission else ""
    return Refused(
        f"The Stripe key may not do this.{missing}",
        code=f"stripe:forbidden:{permission}"[:80],
        who=Who.CLINIC,
    )
