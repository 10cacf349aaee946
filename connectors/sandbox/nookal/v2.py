"""v2: functions over HTTP with a key in the body. Whatever goes wrong comes back as HTTP 200.

Unknown parameters are ignored, unknown functions are a themed HTML page, a foreign charset stores nothing and
says success (field reports).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from connectors.sandbox.acting import HandsError
from connectors.sandbox.nookal.book import Book
from connectors.sandbox.store import Doc
from connectors.sandbox.wire import Request, Response

ROOT = "/production/v2/"
_LOST = (
    "<!DOCTYPE html><html><head><title>404 page not found</title></head>"
    "<body><h1>Hold it right there!</h1><p>404 page not found</p></body></html>"
)
_CODES = {"verify": "L000_1", "getLocations": "L003", "getPractitioners": "L004", "getPatients": "L005"} | {
    "getAppointments": "L006",
    "getTreatmentNotes": "L007",
}
_PART = re.compile(r"\[([^\]]*)\]")


class Failure(Exception):
    """A logical failure: HTTP 200 with `status: failure`. `alerts` hold the reason."""

    def __init__(self, message: str, *alerts: str) -> None:
        super().__init__(message)
        self.message, self.alerts = message, list(alerts)


@dataclass(frozen=True, slots=True)
class Listed:
    """A function that lists rows: the key of its results, and the biggest page."""

    key: str
    rows: Callable[[Book, Doc], list[Doc]]
    most: int = 200


@dataclass(frozen=True, slots=True)
class Done:
    """A function that answers one thing: `data.results` as a whole. `writes` obey the charset trap."""

    act: Callable[[Book, Doc], Doc]
    needs: tuple[str, ...] = ()
    writes: bool = False


Function = Listed | Done


def answer(request: Request, book: Book, functions: dict[str, Function]) -> Response:
    """Answer one call; a failed one leaves no effect (the caller rolls back on `status: failure`)."""
    name = request.path.removeprefix(ROOT).strip("/")
    function = functions.get(name)
    if function is None or request.method not in ("GET", "POST"):
        return Response.text(_LOST, 404, "text/html")
    given = parameters(request)
    try:
        _check_key(book, given)
        if isinstance(function, Listed):
            return _ok(name, *_page(book, function, given))
        missing = [field for field in function.needs if not given.get(field)]
        if missing:
            raise Failure(f"Unable to {name}", *(f"Missing variable: {field}" for field in missing))
        if function.writes and _foreign(request) and book.switch("foreign_charset") == "lost":
            return _ok(name, {}, {}, {})
        return _ok(name, function.act(book, given), {}, {})
    except HandsError as error:
        book.state.store.rollback()
        return _failed(name, Failure(str(error)))
    except Failure as failure:
        book.state.store.rollback()
        return _failed(name, failure)


def parameters(request: Request) -> Doc:
    """Form fields and query as one nested value: `items[0][qty]=1`; a JSON body is not parsed."""
    pairs = [*request.query]
    kind = request.headers.get("content-type", "application/x-www-form-urlencoded")
    if kind.startswith("application/x-www-form-urlencoded"):
        pairs += parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    found: Doc = {}
    for name, value in pairs:
        head, keys = name.partition("[")[0], _PART.findall(name)
        place, last = found, head
        for key in keys:
            inside = place.setdefault(last, {})
            if not isinstance(inside, dict):
                inside = place[last] = {}
            place, last = inside, key or str(len(inside))
        place[last] = value
    return found


def items(value: Any) -> list[Doc]:
    """A nested parameter: a bracketed list, or JSON text."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    rows = value.values() if isinstance(value, dict) else value or []
    return [row for row in rows if isinstance(row, dict)]


def _check_key(book: Book, given: Doc) -> None:
    if not given.get("api_key"):
        raise Failure("Unable to verify", "Missing variable: api_key")
    if given["api_key"] != book.state.access["api_key"]:
        raise Failure("Unable to verify", "Invalid api_key: not authorised")


def _foreign(request: Request) -> bool:
    charset = request.headers.get("content-type", "").lower().partition("charset=")[2].strip()
    return charset not in ("", "utf-8")


def _page(book: Book, function: Listed, given: Doc) -> tuple[Doc, Doc, Doc]:
    rows = function.rows(book, given)
    length = min(max(_int(given.get("page_length"), 100), 1), function.most)
    page = max(_int(given.get("page"), 1), 1)
    shown: Any = rows[(page - 1) * length : page * length]
    following = page + 1 if page < math.ceil(len(rows) / length) else None
    details = {"totalItems": str(len(rows)), "currentItems": len(shown)}
    settings = {"currentPage": str(page), "nextPage": following, "pageLength": length}
    if book.switch("v2_lists") == "map" and shown:
        shown = {str(n): row for n, row in enumerate(shown)}
    return {function.key: shown}, details, settings


def _int(value: Any, default: int) -> int:
    return int(value) if isinstance(value, str) and value.isdigit() else default


def _ok(name: str, results: Doc, details: Doc, settings: Doc) -> Response:
    echo = {"setFileActive": "setFileAsActive"}.get(name, name)
    data: Doc = {"api_call": echo, "results": results or []}
    rest: Doc = {"details": details or [], "settings": settings or []}
    return Response.json({"status": "success", "data": data, **rest})


def _failed(name: str, failure: Failure) -> Response:
    code = _CODES.get(name, "L099")
    details = {"errorMessage": failure.message, "errorCode": code, "alerts": failure.alerts}
    return Response.json({"status": "failure", "details": details})
