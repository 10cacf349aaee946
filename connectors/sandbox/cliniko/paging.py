"""Lists: what is hidden, sorting, pages of at most 100, and the links that carry filters and sort along.

`POST /__control__/limits {"per_page": n}` makes every page as short as that, so that few fill several.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from connectors.sandbox.cliniko.errors import Refusal
from connectors.sandbox.cliniko.filters import Condition, parse
from connectors.sandbox.cliniko.resources import Resource
from connectors.sandbox.cliniko.state import ClinikoState
from connectors.sandbox.store import Doc
from connectors.sandbox.wire import Request

_KNOWN = {"q[]", "q", "page", "per_page", "sort", "order"}
_DEFAULT_PER_PAGE, _MOST = 50, 100
Lookup = Callable[[str], Iterable[Doc]]


def conditions(request: Request, resource: Resource, state: ClinikoState) -> list[Condition]:
    """The filters of a request. Raises Refusal 400; unknown parameters are ignored or refused by switch."""
    unknown = sorted({name for name, _ in request.query} - _KNOWN)
    if unknown and state.switch("unknown_parameter") == 400:
        raise Refusal(400, f"{unknown[0]} is not a known parameter")
    return parse([value for name, value in request.query if name in ("q[]", "q")], resource.filters)


def visible(resource: Resource, wanted: list[Condition], state: ClinikoState) -> Callable[[Doc], bool]:
    """A test for records that are not hidden, given which hidden ones the filters ask for."""
    lifted = set()
    for condition in wanted:
        asks = condition.operator in ("*", "?") or bool(state.switch("archived_after_lifts"))
        if asks and condition.operator != "!?":
            lifted.add(condition.field)
    guarded = [name for group in resource.hides if not lifted & set(group) for name in group]
    return lambda doc: not any(doc.get(name) for name in guarded)


def page(
    request: Request,
    state: ClinikoState,
    resource: Resource,
    docs: Iterable[Doc],
    show: Callable[[Doc], Doc],
    lookups: Mapping[str, Lookup] | None = None,
) -> Doc:
    """One page in the vendor's envelope. `lookups` answer `=` filters on some fields without a scan."""
    wanted = conditions(request, resource, state)
    for condition in wanted:
        if lookups and condition.ids is not None and condition.field in lookups:
            look = lookups[condition.field]
            docs = [doc for id in dict.fromkeys(condition.ids) for doc in look(id)]
            break
    seen = visible(resource, wanted, state)
    rows = [doc for doc in docs if seen(doc) and all(condition.holds(doc) for condition in wanted)]
    _sort(rows, request, resource)
    number = _positive(request, "page", 1)
    size = _positive(request, "per_page", _DEFAULT_PER_PAGE)
    if size > _MOST and state.switch("per_page_over_100") == 400:
        raise Refusal(400, "per_page must be at most 100")
    size = min(size, int(state.limits.get("per_page", _MOST)))
    start = (number - 1) * size
    links = {"self": _link(request, number, size)}
    if number > 1:
        links["previous"] = _link(request, number - 1, size)
    if start + size < len(rows):
        links["next"] = _link(request, number + 1, size)
    shown = [show(doc) for doc in rows[start : start + size]]
    return {resource.name: shown, "total_entries": len(rows), "links": links}


def _sort(rows: list[Doc], request: Request, resource: Resource) -> None:
    """`sort=updated_at,created_at:desc`; default created_at ascending; ties by id; empty values first."""
    default = "created_at:desc" if request.param("order") == "desc" else "created_at"
    rows.sort(key=lambda doc: int(doc["id"]))
    for part in reversed((request.param("sort") or default).split(",")):
        name, _, direction = part.partition(":")
        if (name not in resource.filters and name not in resource.scalars) or direction not in (
            "",
            "asc",
            "desc",
        ):
            raise Refusal(400, f"{part} is not sortable")
        rows.sort(key=_key(name), reverse=direction == "desc")


def _key(name: str) -> Callable[[Doc], tuple[bool, Any]]:
    if name == "id" or name.endswith("_id"):
        return lambda doc: (doc.get(name) is not None, int(doc.get(name) or 0))
    return lambda doc: (doc.get(name) is not None, doc.get(name) if doc.get(name) is not None else 0)


def _positive(request: Request, name: str, default: int) -> int:
    text = request.param(name)
    if text is None:
        return default
    if not text.isdigit() or int(text) < 1:
        raise Refusal(400, f"{name} must be a positive number")
    return int(text)


def _link(request: Request, number: int, size: int) -> str:
    kept = [(name, value) for name, value in request.query if name not in ("page", "per_page")]
    query = urlencode([*kept, ("page", str(number)), ("per_page", str(size))])
    return f"{request.base_url}{request.path}?{query}"
