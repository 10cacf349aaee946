"""Checks of parameters: unknown, missing and ill-typed ones are refused with the name at fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from connectors.sandbox.stripe.errors import NotImitated, StripeError

Check = Callable[[str, Any], Any]
Shape = Mapping[str, Check]
_INTEGER = re.compile(r"^-?\d+$")


def read(
    given: Mapping[str, Any], shape: Shape, required: tuple[str, ...] = (), at: str = ""
) -> dict[str, Any]:
    """The checked values by name; names that were not given are absent, an empty text stays one."""

    def path(name: str) -> str:
        return f"{at}[{name}]" if at else name

    for name in given:
        if name not in shape:
            raise StripeError(
                f"Received unknown parameter: {path(name)}", code="parameter_unknown", param=path(name)
            )
    for name in required:
        if given.get(name) in (None, ""):
            raise StripeError(
                f"Missing required param: {path(name)}.", code="parameter_missing", param=path(name)
            )
    return {name: shape[name](path(name), value) for name, value in given.items()}


def text(most: int = 5000) -> Check:
    """A text of at most that many characters."""

    def check(path: str, value: Any) -> str:
        if not isinstance(value, str):
            raise StripeError(f"Invalid string: {path}", code="parameter_invalid_string", param=path)
        if len(value) > most:
            raise StripeError(f"Invalid string: {path} must be at most {most} characters", param=path)
        return value

    return check


def integer(path: str, value: Any) -> int:
    """A whole number; amounts with decimals are refused."""
    if not isinstance(value, str) or not _INTEGER.match(value):
        raise StripeError(f"Invalid integer: {value}", code="parameter_invalid_integer", param=path)
    return int(value)


def positive(path: str, value: Any) -> int:
    """An amount of at least one."""
    number = integer(path, value)
    if number < 1:
        raise StripeError(
            "This value must be greater than or equal to 1.", code="parameter_invalid_integer", param=path
        )
    return number


def flag(path: str, value: Any) -> bool:
    """true or false."""
    if value not in ("true", "false"):
        raise StripeError(f"Invalid boolean: {value}", param=path)
    return bool(value == "true")


def one_of(*values: str) -> Check:
    """One of a closed list."""

    def check(path: str, value: Any) -> str:
        if value not in values:
            listed = ", ".join(values)
            raise StripeError(f"Invalid {path}: must be one of {listed}", param=path)
        return str(value)

    return check


def shape(required: tuple[str, ...] = (), /, **fields: Check) -> Check:
    """A nested object."""

    def check(path: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise StripeError(f"Invalid object: {path}", param=path)
        return read(value, fields, required, path)

    return check


def many(each: Check, most: int = 100) -> Check:
    """A list."""

    def check(path: str, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise StripeError(f"Invalid array: {path}", param=path)
        if len(value) > most:
            raise StripeError(f"{path} can have at most {most} entries", param=path)
        return [each(f"{path}[{n}]", one) for n, one in enumerate(value)]

    return check


def span(path: str, value: Any) -> dict[str, int]:
    """A timestamp, or a range of them (gt, gte, lt, lte)."""
    if isinstance(value, dict):
        names = dict.fromkeys(("gt", "gte", "lt", "lte"), integer)
        return read(value, names, (), path)
    return {"gte": integer(path, value), "lte": integer(path, value)}


def metadata(path: str, value: Any) -> dict[str, str]:
    """Up to 50 pairs of texts; keys up to 40, values up to 500 characters. An empty text clears all."""
    if value == "":
        return {"": ""}
    if isinstance(value, list):
        value = {str(n): one for n, one in enumerate(value)}
    if not isinstance(value, dict):
        raise StripeError("Invalid object", param=path)
    if len(value) > 50:
        raise StripeError("You can only have up to 50 metadata keys.", param=path)
    for key, one in value.items():
        if len(key) > 40:
            raise StripeError(f"Metadata keys can be up to 40 characters: {path}[{key}]", param=path)
        text(500)(f"{path}[{key}]", one)
    return dict(value)


def merged(old: Mapping[str, str], new: Mapping[str, str] | None) -> dict[str, str]:
    """Metadata after an update: given keys replace, empty values remove, an empty text clears all."""
    if new is None:
        return dict(old)
    if new == {"": ""}:
        return {}
    return {key: value for key, value in {**old, **new}.items() if value != ""}


def unknown_to_sandbox(path: str, value: Any) -> Any:
    """For parameters that Stripe documents and this sandbox does not imitate."""
    raise NotImitated(f"parameter {path}")


def documented(*names: str) -> dict[str, Check]:
    """Names that Stripe takes and this sandbox does not."""
    return dict.fromkeys(names, unknown_to_sandbox)


def kept(path: str, value: Any) -> Any:
    """Anything, kept as given and without effect here."""
    return value


LISTING: dict[str, Check] = {
    "limit": integer,
    "starting_after": text(),
    "ending_before": text(),
    "expand": many(text(), 20),
}
