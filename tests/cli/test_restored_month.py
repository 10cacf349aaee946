"""A copy four days old is restored in the middle of a played month: the ledger is the same as without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.sandbox.life import HttpControl, Life, Setup, target_books
from connectors.sandbox.life.compare import compare
from connectors.sandbox.life.group import PLACE
from connectors.sandbox.life.life import StepReport
from tests.cli.town import LEDGER, PRACTICE, Town, end_process, town

COUNTS = ("planted_not_held", "held_unplanned", "missing", "doubled", "unexplained")
BACKED_UP, LOST = 5, 6


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Town, Life]]:
    lives: list[Life] = []

    def begin(practice: HttpControl, ledger: HttpControl) -> Setup:
        lives.append(Life({PRACTICE: practice, LEDGER: ledger}, seed=7, scale=0.04))
        return lives[0].setup()

    with town(tmp_path, monkeypatch, begin) as made:
        made.go_live()
        yield made, lives[0]


def read(town: Town, step: StepReport) -> None:
    """pull, and the payment reports of the step's days."""
    town.hub("pull", code=None)
    for business, first, last in step.reports:
        key = next(place.key for place in PLACE.values() if place.id == business)
        file = town.home / "report.csv"
        file.write_bytes(town.report(key, first, last))
        town.hub("import", "payments", str(file), "--location", key, "--from", first.isoformat(),
                 "--to", last.isoformat())  # fmt: skip


def lose_the_disk(town: Town, patch: pytest.MonkeyPatch, file: Path) -> None:
    """The hub is gone; its copy comes back in another home."""
    end_process()
    patch.setenv("HUB_HOME", str(town.home / "second"))
    said = town.hub("restore", str(file), "--why", "the disk died")
    assert "Every group is frozen" in said.out


def test_the_same_ledger_as_without(
    played: tuple[Town, Life], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    town, life = played
    file = tmp_path / "copy.hub"
    for number in range(1, life.steps + 1):
        step = life.play(number)
        read(town, step)
        town.hub("deliver")
        if number == BACKED_UP:
            town.hub("backup", str(file))
        if number == LOST:
            before = town.ledger.call("GET", "/__control__/ledger")
            lose_the_disk(town, monkeypatch, file)
            town.forget_requests()
            read(town, step)
            town.hub("plan")
            town.hub("deliver")
            assert town.writes() == []
            town.hub("freeze", "--off", "--why", "the hub of before is gone")
            town.hub("deliver")
            after = town.ledger.call("GET", "/__control__/ledger")
            assert target_books(after).items == target_books(before).items
    held = {(number, cause) for cause, numbers in town.causes().items() for number in numbers}
    there = target_books(town.ledger.call("GET", "/__control__/ledger"))
    found = compare(life.truth(), there, life.planted(), held)
    print(town.hub("holds").out)
    assert {name: found[name] for name in COUNTS} == dict.fromkeys(COUNTS, 0)
    assert town.ask("audit", "verify")["whole"]
