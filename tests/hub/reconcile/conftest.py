"""The towns of the command line's tests, and one month of clinic life with everything that must be held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from connectors.sandbox.life import Books, HttpControl, Life, Setup, target_books
from connectors.sandbox.life.group import PLACE
from tests.cli.conftest import live, raw_town
from tests.cli.town import LEDGER, PRACTICE, Town, town

__all__ = ["live", "raw_town"]


Steps = list[tuple[str, str, int]]
"""(document, step, cents), sorted."""


@dataclass
class Played:
    """A month played step by step and delivered; `there` is the ledger's own account of it.

    `steps` holds per step what `hub plan` named and what `hub deliver`, run right after it, then sent.
    """

    town: Town
    life: Life
    there: Books
    steps: list[tuple[Steps, Steps]]


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Not to be changed by a test: reconciling only reads."""
    lives: list[Life] = []
    steps: list[tuple[Steps, Steps]] = []

    def begin(practice: HttpControl, ledger: HttpControl) -> Setup:
        lives.append(Life({PRACTICE: practice, LEDGER: ledger}, seed=7, scale=0.04))
        return lives[0].setup()

    with (
        pytest.MonkeyPatch.context() as patch,
        town(tmp_path_factory.mktemp("month"), patch, begin) as made,
    ):
        made.go_live()
        for step in range(1, lives[0].steps + 1):
            reports = lives[0].play(step).reports
            made.hub("pull", code=None)
            for business, first, last in reports:
                key = next(place.key for place in PLACE.values() if place.id == business)
                file = made.home / "report.csv"
                file.write_bytes(made.report(key, first, last))
                made.hub("import", "payments", str(file), "--location", key, "--from", first.isoformat(),
                         "--to", last.isoformat())  # fmt: skip
            planned = made.ask("plan")["steps"]
            before = {sent["id"] for sent in deliveries(made)}
            made.hub("deliver")
            new = [sent for sent in deliveries(made) if sent["id"] not in before]
            steps.append((
                sorted((one["document"], one["op"], one["cents"]) for one in planned),
                sorted((sent["document_id"], sent["op"], sent["cents"]) for sent in new),
            ))  # fmt: skip
        there = target_books(made.ledger.call("GET", "/__control__/ledger"))
        yield Played(made, lives[0], there, steps)


def deliveries(made: Town) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = made.ask("deliveries", "list", "--limit", "100000")
    return found
