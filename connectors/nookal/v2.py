"""Calls of v2: always a form in the body, so that the key never stands in a URL.

Success is in the body: HTTP 200 with `status: failure`, pages of HTML and answers that were cut off are never
read as "no rows". Codes name the function that failed, not the reason, so only the word about the key counts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from hub.contracts import Record
from hub.errors import ReadFailed, ReconnectNeeded, Refused, Who

ROOT = "/production/v2"
_KEY = re.compile(r"api.?key|authoris|authoriz", re.IGNORECASE)
_CODE = re.compile(r"[A-Z]\d{3}(_\d+)?")


@dataclass(frozen=True, slots=True)
class Result:
    """`data.results` of a success, with the paging beside it."""

    results: Mapping[str, Any]
    total: int | None
    next: int | None

    def rows(self, key: str) -> tuple[Record, ...]:
        """The rows under a key: a list, or a map of them. Raises ReadFailed."""
        found = self.results.get(key)
        if found is None and not self.results and self.total == 0:
            return ()
        rows = list(found.values()) if isinstance(found, dict) else found
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ReadFailed(f"Nookal's list of {key} has no list in it.", code="nookal:no-list")
        return tuple(rows)


class V2:
    """The functions of v2 over the hub's client."""

    def __init__(self, http: httpx.Client, key: str) -> None:
        self._http, self._key = http, key

    def read(self, function: str, **form: str | int) -> Result:
        """Call a function that changes nothing; the hub's client repeats it while it is not answered."""
        return result(function, self._call(function, form, read=True))

    def write(self, function: str, **form: str | int) -> httpx.Response:
        """Call a function that changes something, once. Raises OutcomeUnknown, NotProcessed, RateLimited."""
        return self._call(function, form, read=False)

    def _call(self, function: str, form: Mapping[str, str | int], *, read: bool) -> httpx.Response:
        data = {"api_key": self._key, **{name: str(value) for name, value in form.items()}}
        return self._http.post(f"{ROOT}/{function}", data=data, extensions={"read": read})


def result(function: str, response: httpx.Response) -> Result:
    """A success as its results. Raises ReadFailed, ReconnectNeeded, Refused; never with the vendor's text."""
    if response.status_code == httpx.codes.NOT_FOUND:
        raise Refused(f"Nookal has no function {function}.", code="nookal:no-function", who=Who.DEVELOPER)
    if response.status_code != httpx.codes.OK:
        raise ReadFailed(
            f"Nookal answered with status {response.status_code}.", code=f"nookal:{response.status_code}"
        )
    try:
        body = json.loads(response.content, parse_float=str)
    except (ValueError, RecursionError):
        raise ReadFailed("Nookal's answer was cut off or is no JSON.", code="nookal:bad-json") from None
    if not isinstance(body, dict) or body.get("status") != "success":
        raise _failure(function, body if isinstance(body, dict) else {})
    data = body.get("data")
    results = data.get("results") if isinstance(data, dict) else None
    if results == []:
        results = {}
    if not isinstance(results, dict):
        raise ReadFailed("Nookal's answer has no results in it.", code="nookal:no-results")
    details, settings = (body.get(part) or {} for part in ("details", "settings"))
    return Result(
        results, _int(details, "totalItems"), _int(settings, "nextPage") or _int(details, "nextPage")
    )


def _failure(function: str, body: Mapping[str, Any]) -> Exception:
    details = body.get("details")
    said = details if isinstance(details, dict) else {}
    words = " ".join(str(part) for part in (said.get("errorMessage"), said.get("alerts"), body.get("error")))
    if body.get("status") != "failure":
        return ReadFailed("Nookal's answer says neither success nor failure.", code="nookal:no-status")
    if function == "verify" or _KEY.search(words):
        return ReconnectNeeded(
            "Nookal no longer accepts the API key: it was switched off or replaced, or the plan ended. Ask "
            "the clinic for a key (Setup, Connections, API Keys) and store it with `hub connect`.",
            code="nookal:key",
            who=Who.CLINIC,
        )
    code = str(said.get("errorCode") or "")
    shown = f" ({code})" if _CODE.fullmatch(code) else ""
    return Refused(f"Nookal refused {function}{shown}.", code=f"nookal:refused:{function}", who=Who.CLINIC)


def _int(part: Any, name: str) -> int | None:
    value = part.get(name) if isinstance(part, dict) else None
    text = "" if value is None or isinstance(value, bool) else str(value)
    return int(text) if text.isdigit() else None
