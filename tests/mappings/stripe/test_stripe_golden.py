"""Every golden case: Stripe's objects beside the canonical values and notes they become.

`uv run pytest tests/mappings/cliniko tests/mappings/stripe --regenerate-golden` writes the expected part
anew; read the diff.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from hub.canonical import Settlement
from hub.contracts import Bundle, Normalised
from hub.errors import HubError
from mappings.stripe import NORMALISER

CASES = sorted(Path(__file__).with_name("golden").glob("*.json"))


def interpret(given: dict[str, Any]) -> Normalised:
    members = {name: tuple(rows) for name, rows in given["members"].items()}
    bundle = Bundle("harbour-stripe", given["stream"], given["root"]["id"], "raw-1", given["root"], members)
    return NORMALISER.normalise(bundle, given["settings"])


def outcome(given: dict[str, Any]) -> Any:
    """Values, the reason why there are none, or the refusal; and the notes for a person."""
    try:
        done = interpret(given)
    except HubError as error:
        return {"error": type(error).__name__, "sentence": error.sentence, "who": error.who}
    notes = [{"code": n.code, "sentence": n.sentence, "who": n.who, "cents": n.cents} for n in done.notes]
    made = [{"kind": entity.kind, **asdict(entity)} for entity in done.entities]
    return {"made": made, "ignored": done.ignored, "notes": notes}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_stripe_becomes_what_the_golden_file_says(path: Path, request: pytest.FixtureRequest) -> None:
    case = json.loads(path.read_text("utf-8"))
    made = json.loads(json.dumps(outcome(case["input"]), default=str))
    if request.config.getoption("--regenerate-golden", default=False):
        path.write_text(json.dumps({**case, "expected": made}, indent=2, ensure_ascii=False) + "\n", "utf-8")
        return
    assert made == case["expected"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_nothing_of_a_person_is_kept_and_each_cent_is_explained(path: Path) -> None:
    case = json.loads(path.read_text("utf-8"))
    assert "Canary" not in json.dumps(case["expected"])
    if case["input"]["stream"] == "payouts" and "made" in case["expected"]:
        for made in interpret(case["input"]).entities:
            assert isinstance(made, Settlement)
            assert made.amount == case["input"]["root"]["amount"]


def test_a_record_that_cannot_be_read_has_a_name_and_an_amount() -> None:
    assert NORMALISER.called("payouts", {"id": "po_1", "amount": 7202}) == ("po_1", 7202)
    assert NORMALISER.called("charges", {"id": None, "amount": "99.00"}) == (None, 0)
