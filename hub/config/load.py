"""A clinic group's YAML file to its frozen configuration; every error at once, with file, line and remedy.

The file is written by a bookkeeper and holds no secret. What it may contain is shown, with comments, by the
complete example `mappings/clinics/example.yaml`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError
from yaml.nodes import Node

from hub.config.collect import read_collect
from hub.config.entries import CLEARING, SHAPES, merged, read_table, read_tables, with_kinds
from hub.config.model import (
    ConnectionConfig,
    Entry,
    GroupConfig,
    LocationConfig,
    Payer,
    Policy,
    Role,
    Supplier,
    Tables,
)
from hub.config.nodes import ConfigError, ConfigErrors, Page, line_of
from hub.config.schemes import SchemeConfig, read_schemes
from hub.config.settlements import read_settlements
from hub.ids import digest

_GROUP = (
    "group",
    "name",
    "currency",
    "connections",
    "locations",
    "practitioners",
    "payers",
    "policy",
    "settlements",
    "collect",
    "schemes",
    *SHAPES,
)
_CONNECTION = ("system", "role", "base_url", "grant", "tenant", "prefix", "budget", "settings")
_LOCATION = (
    "name", "zone", "source", "target", "tracking", "start", "supplier_without_practitioner", "clearing",
    *SHAPES,
)  # fmt: skip
_PAYER = ("name", "tax_number", "email", "first_line_contains", "text_contains", "scheme")
_SECRETS = ("secret", "password", "api_key", "apikey", "token", "client_secret", "refresh_token")


def load_group(path: Path) -> GroupConfig:
    """Read and understand one group's file. Raises ConfigErrors; also where the file cannot be read."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        sentence = "The file cannot be read as UTF-8 text."
        raise ConfigErrors(
            [ConfigError(path.name, 1, sentence, "Check its path and who may read it.")]
        ) from None
    return load_text(text, path.name)


def load_text(text: str, file: str) -> GroupConfig:
    """As `load_group`, from text; `file` is the name errors show. `version` is a digest of the text."""
    page = Page(text, file)
    if page.errors:
        raise ConfigErrors(page.errors)
    given = page.section(page.root, "The file", _GROUP, ("group", "name", "currency", "connections"))
    connections = _connections(page, given.get("connections"))
    group_tables = read_tables(page, given, "", location=None, practitioner=None)
    locations, scoped = _locations(page, given.get("locations"), connections, group_tables["methods"])
    scoped += _practitioners(page, given.get("practitioners"))
    schemes = read_schemes(page, given.get("schemes"), {c.id for c in connections})
    payers = _payers(page, given.get("payers"), schemes)
    policy = _policy(page, given.get("policy"))
    settlements = read_settlements(
        page,
        given.get("settlements"),
        {c.id for c in connections if c.is_read},
        {c.id for c in connections if c.is_ledger},
        {place.key for place in locations},
    )
    collect = read_collect(page, given.get("collect"), connections)
    tables: Tables = merged([group_tables, *scoped])
    if page.errors:
        raise ConfigErrors(page.errors)
    return GroupConfig(
        id=page.text(given["group"], "group"),
        name=page.text(given["name"], "name"),
        currency=page.text(given["currency"], "currency"),
        connections=tuple(connections),
        locations=tuple(locations),
        tables=tables,
        payers=tuple(payers),
        policy=policy,
        settlements=settlements,
        collect=collect,
        schemes=tuple(schemes),
        version=digest("config", text),
        file=file,
    )


def _connections(page: Page, node: Node | None) -> list[ConnectionConfig]:
    found = []
    for name, (key, value) in page.mapping(node, "connections").items():
        what = f"Connection {name}"
        for field, (field_node, _) in page.mapping(value, what).items():
            if field.lower() in _SECRETS:
                page.wrong(
                    field_node,
                    f"{what} holds a secret; secrets never stand in this file.",
                    "Remove the line and store the secret with `hub connect`.",
                )
        given = page.section(value, what, (*_CONNECTION, *_SECRETS), ("system", "role"))
        role = page.one_of(given.get("role"), f"{what}: role", get_args(Role))
        budget = {
            limit: page.number(number, f"{what}: budget {limit}", 0)
            for limit, number in page.section(
                given.get("budget"), f"{what}: budget", ("concurrent", "per_minute", "per_day")
            ).items()
        }
        settings = page.plain(given.get("settings")) or {}
        if not isinstance(settings, dict):
            page.wrong(given["settings"], f"{what}: settings must be names and values.", "Indent them.")
            settings = {}
        if role is None:
            continue
        plain = {n: page.text(given.get(n), f"{what}: {n}") or None for n in ("base_url", "grant", "tenant")}
        found.append(
            ConnectionConfig(
                id=name,
                system=page.text(given.get("system"), f"{what}: system"),
                role=cast(Role, role),
                prefix=page.text(given.get("prefix"), f"{what}: prefix"),
                budget=budget,
                settings={str(k): v for k, v in settings.items()},
                line=line_of(key),
                **plain,
            )
        )
    return found


def _locations(
    page: Page, node: Node | None, connections: list[ConnectionConfig], methods: list[Entry]
) -> tuple[list[LocationConfig], list[dict[str, list[Entry]]]]:
    found: list[LocationConfig] = []
    scoped: list[dict[str, list[Entry]]] = []
    known = {c.id: c for c in connections}
    taken: dict[tuple[str, str], str] = {}
    for key, (key_node, value) in page.mapping(node, "locations").items():
        what = f"Location {key}"
        given = page.section(value, what, _LOCATION, ("name", "zone", "source", "target", "start"))
        source: dict[str, str] = {}
        for connection, (where, id_node) in page.mapping(given.get("source"), f"{what}: source").items():
            source_id = page.text(id_node, f"{what}: source")
            if connection not in known or not known[connection].is_read:
                page.wrong(where, f"{what} names {connection!r}, which is no source connection.",
                           "Write the id of a connection whose role is `source` or `both`.")  # fmt: skip
            if other := taken.get((connection, source_id)):
                page.wrong(where, f"{what} and location {other} are the same location of {connection}.",
                           "Give each its own id.")  # fmt: skip
            taken[connection, source_id] = key
            source[connection] = source_id
        target = page.text(given.get("target"), f"{what}: target")
        if target and (target not in known or not known[target].is_ledger):
            page.wrong(given["target"], f"{what} posts to {target!r}, which is no target connection.",
                       "Write the id of a connection whose role is `target`.")  # fmt: skip
        zone = _zone(page, given.get("zone"), what)
        start = page.day(given.get("start"), f"{what}: start")
        fallback = page.one_of(
            given.get("supplier_without_practitioner"), f"{what}: supplier", get_args(Supplier)
        )
        tracking = page.mapping(given.get("tracking"), f"{what}: tracking")
        scoped.append(_location_tables(page, given, key, what, methods))
        if start is None:
            continue
        found.append(
            LocationConfig(
                key=key,
                name=page.text(given.get("name"), f"{what}: name"),
                zone=zone,
                source=source,
                target=target,
                tracking={n: page.text(option, f"{what}: tracking") for n, (_, option) in tracking.items()},
                start=start,
                supplier_fallback=cast(Supplier | None, fallback),
                line=line_of(key_node),
            )
        )
    return found, scoped


def _location_tables(
    page: Page, given: dict[str, Node], key: str, what: str, methods: list[Entry]
) -> dict[str, list[Entry]]:
    tables = read_tables(page, given, f"{what}: ", location=key, practitioner=None)
    node = given.get("clearing")
    clearing = read_table(page, node, CLEARING, f"{what}: clearing", location=key)
    nodes = {name: where for name, (where, _) in page.mapping(node, f"{what}: clearing").items()}
    tables["methods"] += with_kinds(page, nodes, clearing, methods)
    return tables


def _practitioners(page: Page, node: Node | None) -> list[dict[str, list[Entry]]]:
    """Tables of one practitioner; whose income it is stands in `suppliers`, by the same id."""
    found = []
    for name, (_, value) in page.mapping(node, "practitioners").items():
        what = f"Practitioner {name}"
        given = page.section(value, what, ("items", "taxes", "write_offs"))
        found.append(read_tables(page, given, f"{what}: ", location=None, practitioner=name))
    return found


def _payers(page: Page, node: Node | None, schemes: list[SchemeConfig]) -> list[Payer]:
    found = []
    for key, (key_node, value) in page.mapping(node, "payers").items():
        what = f"Payer {key}"
        given = page.section(value, what, _PAYER, ("name",))
        lines = page.texts(given.get("first_line_contains"), f"{what}: first_line_contains")
        texts = page.texts(given.get("text_contains"), f"{what}: text_contains")
        if not lines and not texts:
            page.wrong(key_node, f"{what} has no rule by which its invoices are known.",
                       "Add `first_line_contains` or `text_contains`.")  # fmt: skip
        scheme = page.one_of(given.get("scheme"), f"{what}: scheme", [one.id for one in schemes])
        found.append(
            Payer(
                key=key,
                name=page.text(given.get("name"), f"{what}: name"),
                tax_number=page.text(given.get("tax_number"), f"{what}: tax_number") or None,
                email=page.text(given.get("email"), f"{what}: email") or None,
                first_line_contains=lines,
                text_contains=texts,
                scheme=scheme,
                line=line_of(key_node),
            )
        )
    return found


def _policy(page: Page, node: Node | None) -> Policy:
    given = page.section(node, "policy", [name for name in Policy.model_fields if name != "line"])
    values: dict[str, Any] = {}
    for name, value in given.items():
        many = name == "native_sync_confirmed_off"
        values[name] = page.texts(value, name) if many else page.text(value, f"policy: {name}")
    try:
        return Policy(**values, line=line_of(node) if node is not None else 0)
    except ValidationError as error:
        for problem in error.errors():
            name = str(problem["loc"][0])
            page.wrong(given.get(name), f"policy: {name}: {problem['msg']}.", "Correct or remove the line.")
        return Policy()


def _zone(page: Page, node: Node | None, what: str) -> str:
    name = page.text(node, f"{what}: zone")
    try:
        ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        page.wrong(node, f"{what}: {name!r} is no time zone.", "Write one such as Australia/Melbourne.")
    return name


__all__ = ["ConfigError", "ConfigErrors", "load_group", "load_text"]
