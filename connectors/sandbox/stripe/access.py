"""Who calls: keys, restricted keys and their permissions, connected accounts, API versions, limits.

Stripe docs, keys: a restricted key has none, read or write for each resource. Limits: 25 requests a second on
test accounts, 100 on live ones; 429 carries the reason and no Retry-After.
"""

from __future__ import annotations

import base64
import binascii

from connectors.sandbox.stripe.errors import StripeError
from connectors.sandbox.stripe.state import StripeState
from connectors.sandbox.wire import Request

Doc = dict[str, object]
MAJORS = ("acacia", "basil", "clover", "dahlia", "endive")


def key_of(request: Request, state: StripeState) -> str:
    """The known secret or restricted key of a request. Raises StripeError 401."""
    kind, _, given = request.headers.get("authorization", "").partition(" ")
    key = given.strip()
    if kind.lower() == "basic":
        try:
            key = base64.b64decode(key, validate=True).decode().partition(":")[0]
        except (binascii.Error, ValueError):
            key = ""
    if not key:
        raise StripeError(
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            status=401,
        )
    if key.startswith("pk_"):
        raise StripeError(
            "This API call cannot be made with a publishable API key. Please use a secret API key.",
            status=401,
            code="secret_key_required",
        )
    if state.store.peek("key", key) is None:
        raise StripeError(f"Invalid API Key provided: {masked(key)}", status=401)
    return key


def masked(key: str) -> str:
    """A key as Stripe repeats it."""
    return f"{key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:]}"


def account_of(request: Request, state: StripeState, key: str) -> str:
    """The account a call acts on. Raises StripeError 403 for accounts the key has no access to."""
    found = state.store.peek("key", key)
    assert found is not None
    own, wanted = str(found["account"]), request.headers.get("stripe-account", "")
    if not wanted or wanted == own:
        return own
    other = state.store.peek("account", wanted)
    if other is None or other["platform"] != own:
        raise StripeError(
            f"The provided key '{masked(key)}' does not have access to account '{wanted}' (or that account "
            "does not exist). Application access may have been revoked.",
            status=403,
            code="account_invalid",
        )
    return wanted


def allow(state: StripeState, key: str, account: str, resource: str, method: str) -> None:
    """Refuse a restricted key that lacks the permission."""
    found = state.store.peek("key", key)
    assert found is not None
    held = found["permissions"]
    if held is None or not resource:
        return
    need = "read" if method == "GET" else "write"
    if held.get(resource) not in ({"read", "write"} if need == "read" else {"write"}):
        raise StripeError(
            f"The provided key '{masked(key)}' does not have the required permissions for this endpoint on "
            f"account '{account}'. Having the 'rak_{resource}_{need}' permission would allow this request to "
            "continue.",
            status=403,
        )


def version_of(request: Request, state: StripeState, account: str) -> str:
    """The API version of a call: its header, else the account's default. Raises StripeError."""
    version = request.headers.get("stripe-version") or str(state.account(account)["version"])
    date, _, major = version.partition(".")
    if len(date) != 10 or date.count("-") != 2 or (major and major not in (*MAJORS, "preview")):
        raise StripeError(f"Invalid Stripe API version: {version}")
    return version


def is_endive(version: str) -> bool:
    """Whether a version is of the newest major, which takes no `payment_method_types`."""
    return version.endswith(".endive")


def take(request: Request, state: StripeState, key: str, account: str, now: int) -> None:
    """Count one call; refuse it over a limit (`POST /__control__/limits`: second, endpoint, concurrent)."""
    live = bool(state.account(account)["livemode"])
    most = int(state.limits.get("second", 100 if live else 25))
    each = int(state.limits.get("endpoint", max(25, most)))
    busy = sum(1 for other in state.desk.earlier(request) if other.path.startswith("/v1/"))
    if busy >= int(state.limits.get("concurrent", 100)):
        raise _limited("global-concurrency")
    name = f"{request.method} {'/'.join(request.path.split('/')[:3])}"
    for reason, window, limit in (
        ("global-rate", (key, account), most),
        ("endpoint-rate", (key, account, name), each),
    ):
        second, used = state.used.get(window, (0, 0))
        used = used if second == now else 0
        if used >= limit:
            raise _limited(reason)
        state.used[window] = (now, used + 1)


def _limited(reason: str) -> StripeError:
    refusal = StripeError(
        "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        status=429,
        code="rate_limit",
        kind="invalid_request_error",
    )
    refusal.body["error"]["_reason"] = reason
    return refusal
