"""Golden files: canonical facts in, documents out.

Look at every difference before regenerating: `REGENERATE=1 uv run pytest tests/mappings/documents -k golden`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.mappings.documents.making import plain, render_all
from tests.mappings.documents.scenarios import SCENARIOS
from tests.support.fake_facts import FakeFacts

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize("name", SCENARIOS)
def test_golden(name: str) -> None:
    first, second = SCENARIOS[name]
    facts = FakeFacts(first)
    rendered = render_all(facts, first)
    if second:
        for one in rendered.values():
            facts.deliver(one)
        for entity in second:
            facts.put(entity)
        rendered = render_all(facts, [*first, *second])
    text = json.dumps(plain(rendered), indent=1, ensure_ascii=False) + "\n"
    path = GOLDEN / f"{name}.json"
    if os.environ.get("REGENERATE"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")


def test_every_golden_file_has_its_scenario() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(SCENARIOS)
