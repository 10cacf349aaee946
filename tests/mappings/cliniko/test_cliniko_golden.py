"""Every golden case: input beside expected output."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mappings import goldens
from tests.mappings.cliniko.golden import CASES, make


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_mapping_makes_what_the_golden_file_says(path: Path, request: pytest.FixtureRequest) -> None:
    goldens.check(path, make, request)


def test_no_refusal_repeats_what_a_record_held() -> None:
    goldens.refusals_name_nobody(CASES)
