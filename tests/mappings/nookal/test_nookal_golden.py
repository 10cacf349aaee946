"""Every golden case of Nookal: wire records of both APIs beside the canonical values they become."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mappings.nookal import NORMALISER
from tests.mappings import goldens

CASES = sorted((Path(__file__).parent / "golden").glob("*.json"))


def make(given: dict[str, Any]) -> Any:
    return goldens.bundle(NORMALISER, "harbour-nookal", given)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_mapping_makes_what_the_golden_file_says(path: Path, request: pytest.FixtureRequest) -> None:
    goldens.check(path, make, request)


def test_no_refusal_repeats_what_a_record_held() -> None:
    goldens.refusals_name_nobody(CASES)
