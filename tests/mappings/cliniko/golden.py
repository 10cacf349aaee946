"""Cliniko's golden cases: bundles, and reports as people save them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from hub.reports import ReportContext
from mappings.cliniko import NORMALISER
from mappings.cliniko.report import READER
from tests.mappings import goldens

CASES = sorted((Path(__file__).parent / "golden").glob("*.json"))


def make(given: dict[str, Any]) -> Any:
    """What the mapping makes of a case's input. Raises what the mapping raises."""
    return _report(given) if "report" in given else goldens.bundle(NORMALISER, "harbour-cliniko", given)


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
