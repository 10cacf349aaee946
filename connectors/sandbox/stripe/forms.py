"""Form-encoded parameters with brackets, as nested values: `a[b][0][c]=x`, `expand[]=y`, `created[gte]=1`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

from connectors.sandbox.stripe.errors import StripeError
from connectors.sandbox.wire import Request

_HEAD = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")


def parameters(request: Request) -> dict[str, Any]:
    """The parameters of a request: the query of a read, the body of anything else (a query counts too)."""
    pairs = list(request.query)
    if request.method != "GET" and request.body:
        kind = request.headers.get("content-type", "")
        if "json" in kind:
            raise StripeError(
                "The content-type must be application/x-www-form-urlencoded for this endpoint.", status=415
            )
        pairs += parse_qsl(request.body.decode("utf-8", errors="replace"), keep_blank_values=True)
    return nested(pairs)


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Pairs as a tree; numbered and empty brackets become lists in their order. Raises StripeError."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        head = _HEAD.match(name)
        if head is None:
            raise StripeError(f"Invalid parameter name: {name}", code="parameter_unknown", param=name)
        keys = [head[1], *_PART.findall(head[2])]
        node = tree
        for key in keys[:-1]:
            found = node.setdefault(_numbered(node, key), {})
            if not isinstance(found, dict):
                raise StripeError(f"Invalid parameter: {name}", param=name)
            node = found
        node[_numbered(node, keys[-1])] = value
    return {key: _listed(value) for key, value in tree.items()}


def _numbered(node: dict[str, Any], key: str) -> str:
    return key if key else str(len(node))


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(part) for key, part in value.items()}
    if inner and all(key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
