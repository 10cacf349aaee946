"""Cliniko's status codes as the hub's errors: named by what must happen next, without any text of theirs."""

from __future__ import annotations

import httpx

from hub.errors import Missing, ReadFailed, ReconnectNeeded, Refused, Who


def checked(response: httpx.Response) -> httpx.Response:
    """The response if it is 200; else raises. 429 and the retries of 5xx belong to the hub's transport."""
    status = response.status_code
    if status == httpx.codes.OK:
        return response
    if status == httpx.codes.UNAUTHORIZED:
        raise ReconnectNeeded(
            "Cliniko no longer accepts the API key: its owner may have left, or the key was deleted, or the "
            "account was moved. Ask the clinic for a new key and store it with `hub connect`.",
            code="cliniko:key",
            who=Who.CLINIC,
        )
    if status == httpx.codes.FORBIDDEN:
        raise Refused(
            "The user who owns the Cliniko key may not read this: give that user the role bookkeeper or "
            "administrator.",
            code="cliniko:forbidden",
            who=Who.CLINIC,
        )
    if status == httpx.codes.NOT_FOUND:
        raise Missing("Cliniko has no such record.")
    if status == httpx.codes.BAD_REQUEST:
        raise Refused(
            "Cliniko refused a filter of the hub: report it.", code="cliniko:filter", who=Who.DEVELOPER
        )
    raise ReadFailed(f"Cliniko answered with status {status}.", code=f"cliniko:{status}")
