"""What the hands of a sandbox share: checked payloads, and lists of acts that name earlier results."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from connectors.sandbox.store import Doc

_REF = re.compile(r"^\$(\d+)((?:\.[A-Za-z_0-9]+)+)$")


class HandsError(ValueError):
    """A payload that cannot be applied; `index` is its place in a list of actions."""

    def __init__(self, message: str, index: int | None = None) -> None:
        super().__init__(message)
        self.index = index


def instant(value: Any) -> datetime:
    """An aware instant from ISO text. Raises HandsError."""
    try:
        moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        raise HandsError(f"{value!r} is not an ISO instant") from None
    if moment.tzinfo is None:
        raise HandsError(f"{value!r} needs an offset")
    return moment


def only(payload: Doc, *allowed: str) -> None:
    """Refuse payload keys nobody knows. Raises HandsError."""
    unknown = sorted(set(payload) - set(allowed))
    if unknown:
        raise HandsError(f"unknown: {', '.join(unknown)}")


def require(payload: Doc, *names: str) -> list[Any]:
    """The values of needed payload keys. Raises HandsError naming what is missing."""
    missing = [name for name in names if payload.get(name) is None]
    if missing:
        raise HandsError(f"missing: {', '.join(missing)}")
    return [payload[name] for name in names]


def in_order(actions: list[Doc], act: Callable[[str, Doc], Doc]) -> list[Doc]:
    """Apply actions in order, resolving `$n.path` references; the caller commits or rolls back."""
    results: list[Doc] = []
    for index, raw in enumerate(actions):
        payload = resolved(raw, results)
        try:
            results.append(act(payload.pop("action", ""), payload))
        except HandsError as error:
            raise HandsError(str(error), index) from error
    return results


def resolved(value: Any, results: list[Doc]) -> Any:
    """`value` with every `"$2.items.0.id"` replaced by that part of an earlier result."""
    if isinstance(value, dict):
        return {key: resolved(part, results) for key, part in value.items()}
    if isinstance(value, list):
        return [resolved(part, results) for part in value]
    match = _REF.match(value) if isinstance(value, str) else None
    if match is None:
        return value
    try:
        found: Any = results[int(match[1])]
        for step in match[2].strip(".").split("."):
            found = found[int(step)] if isinstance(found, list) else found[step]
    except (KeyError, IndexError, ValueError, TypeError):
        raise HandsError(f"{json.dumps(value)} names nothing in an earlier result") from None
    return found
