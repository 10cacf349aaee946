"""Every golden case: input beside expected output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.mappings.cliniko.golden import CASES, outcome


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_mapping_makes_what_the_golden_file_says(path: Path, request: pytest.FixtureRequest) -> None:
    case = json.loads(path.read_text("utf-8"))
    made = outcome(case)
    if request.config.getoption("--regenerate-golden", default=False):
        case["expected"] = made
        path.write_text(json.dumps(case, indent=2, ensure_ascii=False) + "\n", "utf-8")
        return
    assert made == case["expected"]


def test_no_refusal_repeats_what_a_record_held() -> None:
    for path in CASES:
        expected = json.loads(path.read_text("utf-8"))["expected"]
        if "error" in expected:
            assert "Canary" not in expected["sentence"]
