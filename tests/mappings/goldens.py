"""Golden cases: wire records in, canonical values out, one JSON file each.

`uv run pytest tests/mappings --regenerate-golden` writes every expected part anew; read the diff.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from hub.contracts import Bundle, Normaliser
from hub.errors import HubError


def outcome(make: Callable[[], Any]) -> Any:
    """What a mapping makes of a case, or the refusal it answers, as plain JSON."""
    try:
        made = make()
    except HubError as error:
        made = {"error": type(error).__name__, "code": error.code, "sentence": error.sentence}
    return json.loads(json.dumps(made, default=str))


def bundle(normaliser: Normaliser, connection: str, given: dict[str, Any]) -> Any:
    """A bundle through a mapping: `stream`, `root`, `members`, `settings`, `id` (default: the root's)."""
    root = given["root"]
    read = Bundle(
        connection=connection,
        root_stream=given["stream"],
        source_id=str(given.get("id", root.get("id"))),
        raw_record="raw-1",
        root=root,
        members={name: tuple(rows) for name, rows in given.get("members", {}).items()},
    )
    done = normaliser.normalise(read, given.get("settings", {"currency": "AUD"}))
    if done.ignored:
        return {"ignored": done.ignored}
    return [{"kind": entity.kind, **asdict(entity)} for entity in done.entities]


def check(path: Path, make: Callable[[dict[str, Any]], Any], request: pytest.FixtureRequest) -> None:
    """Compare a case with its file, or write the file's expected part."""
    case = json.loads(path.read_text("utf-8"))
    made = outcome(lambda: make(case["input"]))
    if request.config.getoption("--regenerate-golden", default=False):
        case["expected"] = made
        path.write_text(json.dumps(case, indent=2, ensure_ascii=False) + "\n", "utf-8")
        return
    assert made == case["expected"]


def refusals_name_nobody(paths: list[Path]) -> None:
    """No refusal repeats what a record held."""
    for path in paths:
        expected = json.loads(path.read_text("utf-8"))["expected"]
        if "error" in expected:
            assert "Canary" not in expected["sentence"]
