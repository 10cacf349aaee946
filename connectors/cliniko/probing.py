"""What stands against going live with a key: a dead key, a role that sees too little, the native Xero sync.

A key has the rights of the user who owns it, and a practitioner may see only a part of the clinic. The
clinic's own Xero link sends every invoice and payment, so both at once would post everything twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hub.errors import Missing, Reason, ReconnectNeeded, Refused, Who

Read = Callable[[str], dict[str, Any]]
NATIVE_SYNC = "cliniko:native-sync"
_PARTIAL = {"practitioner", "scheduler"}
_XERO_ERRORS = "/v1/communications?q%5B%5D=category_code%3A%3D31,32&per_page=1"


def probe(read: Read, *, confirmed_off: bool) -> Sequence[Reason]:
    """Reasons not to go live; empty when all is well. A limit or an outage is raised, not answered."""
    try:
        user = read("/v1/user")
    except (ReconnectNeeded, Refused) as error:
        return (Reason(error.code, error.sentence, error.who),)
    found = [*_role(user), *_invoices(read)]
    settings = _settings(read)
    if settings is None:
        found.append(
            Reason("cliniko:settings", "The Cliniko settings cannot be read with this key.", Who.CLINIC)
        )
    elif not confirmed_off and (_native_sync(settings) or _sync_errors(read)):
        found.append(
            Reason(
                NATIVE_SYNC,
                "Cliniko's own Xero link is on or was used: everything would be posted twice. Switch it off "
                "there, then list this connection under policy.native_sync_confirmed_off.",
                Who.CLINIC,
            )
        )
    return tuple(found)


def _role(user: dict[str, Any]) -> list[Reason]:
    role = str(user.get("role") or "").strip().lower()
    if role not in _PARTIAL:
        return []
    return [
        Reason(
            "cliniko:role",
            f"The Cliniko key belongs to a user with the role {role}, who sees only a part of the clinic: "
            "ask for a key of a bookkeeper or an administrator.",
            Who.CLINIC,
        )
    ]


def _invoices(read: Read) -> list[Reason]:
    try:
        read("/v1/invoices?per_page=1")
    except Refused as error:
        return [Reason(error.code, error.sentence, error.who)]
    return []


def _settings(read: Read) -> dict[str, Any] | None:
    for path in ("/v1/settings", "/v1/settings/public"):
        try:
            return read(path)
        except (Refused, Missing):
            continue
    return None


def _native_sync(settings: dict[str, Any]) -> bool:
    integrations = settings.get("integrations")
    xero = integrations.get("xero") if isinstance(integrations, dict) else None
    return bool(isinstance(xero, dict) and xero.get("enabled"))


def _sync_errors(read: Read) -> bool:
    """Whether Cliniko ever told the clinic about errors of that link (categories 31 and 32)."""
    try:
        return bool(read(_XERO_ERRORS).get("total_entries"))
    except (Refused, Missing):
        return False
