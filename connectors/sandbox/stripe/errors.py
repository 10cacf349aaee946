"""Refusals as Stripe words them: type, code, the parameter at fault (API reference: errors)."""

from __future__ import annotations

from typing import Any

Doc = dict[str, Any]
INVALID = "invalid_request_error"


class StripeError(Exception):
    """One answer that is an error. `more` are further fields of the error object."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = INVALID,
        code: str | None = None,
        param: str | None = None,
        more: Doc | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        fields = {"code": code, "message": message, "param": param, "type": kind, **(more or {})}
        self.body: Doc = {"error": {name: value for name, value in fields.items() if value is not None}}


class NotImitated(StripeError):
    """Stripe has this, the sandbox does not: a client must notice, not get something made up."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"Not imitated by this sandbox: {what}", status=501, kind="api_error", code="not_imitated"
        )


def missing(kind: str, id: str, param: str | None = "id") -> StripeError:
    """No object of that id in this account; 404 where the id stands in the path, 400 in a parameter."""
    return StripeError(
        f"No such {kind}: '{id}'",
        status=404 if param == "id" else 400,
        code="resource_missing",
        param=param,
    )


def unexpected(message: str, code: str = "payment_intent_unexpected_state") -> StripeError:
    """An object that is in another state than the call needs."""
    return StripeError(message, code=code)
