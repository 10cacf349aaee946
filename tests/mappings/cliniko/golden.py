"""Golden cases: wire records in, canonical values out, one JSON file each.

`uv run pytest tests/mappings/cliniko --regenerate-golden` writes every expected part anew; read the diff.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hub.contracts import Bundle
from hub.errors import HubError
from hub.reports import ReportContext
from mappings.cliniko import NORMALISER
from mappings.cliniko.report import READER

FOLDER = Path(__file__).parent / "golden"
CASES = sorted(FOLDER.glob("*.json"))


def outcome(case: dict[str, Any]) -> Any:
    """What the mapping makes of a case's input, as plain JSON."""
    given = case["input"]
    try:
        made = _report(given) if "report" in given else _bundle(given)
    except HubError as error:
        made = {"error": type(error).__name__, "code": error.code, "sentence": error.sentence}
    return json.loads(json.dumps(made, default=str))


def _bundle(given: dict[str, Any]) -> Any:
    root = given["root"]
    bundle = Bundle(
        connection="harbour-cliniko",
        root_stream=given["stream"],
        source_id=str(root.get("id")),
        raw_record="raw-1",
        root=root,
        members={name: tuple(rows) for name, rows in given.get("members", {}).items()},
    )
    done = NORMALISER.normalise(bundle, given.get("settings", {"currency": "AUD"}))
    if done.ignored:
        return {"ignored": done.ignored}
    return [{"kind": entity.kind, **asdict(entity)} for entity in done.entities]


def _report(given: dict[str, Any]) -> Any:
    names = given.get("patients", {})
    context = ReportContext(
        settings={"payments_report": given["settings"]},
        connection="harbour-cliniko",
        location="514810976554457101",
        zone="Australia/Melbourne",
        currency="AUD",
        imported="import-1",
        invoice=lambda number: f"invoice-{number}",
        patient=names.get,
    )
    read = READER.read("\n".join(given["report"]).encode(), context)
    return {**asdict(read), "cents": read.cents}
