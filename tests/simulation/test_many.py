"""Many schedules: which seeds are played, and that empty cells are aimed at until there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pytest

from hub.simulation import many
from hub.simulation.aims import aims, focus, seeds_for
from hub.simulation.faults import Cell
from hub.simulation.report import Report

CELLS = [Cell("books post", kind, "before", death) for kind in ("reset", "500") for death in (False, True)]


class Meeting:
    """Plays seeds without a hub: each meets the cell it is aimed at, the last cell only at its third try."""

    def __init__(self, never: Cell | None = None) -> None:
        self.seeds: list[int] = []
        self.profiles: list[str] = []
        self.never = never

    def play(self, parts: Iterable[Sequence[int]], profile: str) -> Iterator[Report]:
        self.profiles.append(profile)
        for part in parts:
            report = Report(profiles={profile: len(part)})
            for seed in part:
                self.seeds.append(seed)
                aim = focus(seed, CELLS)
                assert aim is not None
                cell, _ = aim
                tries = sum(one % len(CELLS) == seed % len(CELLS) for one in self.seeds)
                if cell != self.never and (cell != CELLS[-1] or tries == 3):
                    report.hit[cell] = 1
            yield report


def test_only_the_asked_seeds_are_played_where_no_cell_must_be_met() -> None:
    meeting = Meeting()
    report = many.play_all(range(10, 21), 2, meeting.play, "swarm")
    assert meeting.seeds == list(range(10, 21))
    assert report.schedules == 11


def test_empty_cells_are_aimed_at_until_there_is_none() -> None:
    meeting = Meeting()
    told: list[int] = []

    def tell(report: Report, left: int) -> None:
        told.append(left)

    report = many.play_all(range(5, 6), 2, meeting.play, "swarm", fill=CELLS, tell=tell)
    assert report.empty(CELLS) == []
    assert meeting.seeds[0] == 5
    assert {seed % len(CELLS) for seed in meeting.seeds[1:]} == {0, 2, 3}, "5 met the second cell"
    assert told[-1] == 0
    assert report.profiles == {"swarm": 1, "filling": len(meeting.seeds) - 1}
    assert not report.interrupted
    assert meeting.profiles == ["swarm", "filling"], "all stories fill what a few left empty"


def test_an_interrupted_run_reports_what_was_played() -> None:
    meeting = Meeting()

    def interrupted(parts: Iterable[Sequence[int]], profile: str) -> Iterator[Report]:
        for n, report in enumerate(meeting.play(parts, profile)):
            if n == 2:
                raise KeyboardInterrupt
            yield report

    report = many.play_all(range(100), 2, interrupted, "swarm", fill=CELLS)
    assert report.schedules == 8, "two parts of four seeds"
    assert report.interrupted


def test_a_cell_that_cannot_be_met_is_given_up_and_stays_empty() -> None:
    meeting = Meeting(never=CELLS[0])
    report = many.play_all(range(4), 1, meeting.play, "swarm", fill=CELLS)
    assert report.empty(CELLS) == [CELLS[0]]
    assert len(set(meeting.seeds)) == len(meeting.seeds)


@pytest.mark.parametrize("above", [0, 1, 4, 930])
def test_each_seed_is_aimed_at_its_cell(above: int) -> None:
    seeds = seeds_for(CELLS[1:3], CELLS, above, each=False)
    assert [aim and aim[0] for aim in (focus(seed, CELLS) for seed in seeds)] == CELLS[1:3]
    assert min(seeds) >= above


def test_a_filling_seed_is_aimed_at_a_cell_of_every_operation_that_changes_something() -> None:
    kinds = ("reset", "late effect", "401")
    table = [Cell(f"books {name}", kind, "after", death=False) for name in "abcd" for kind in kinds]
    read = Cell("books look", "reset", "before", death=False)
    seeds = seeds_for([table[1]], [*table, read], 100, each=True)
    assert len(set(seeds)) == 100, "the last cells are aimed at again and again"
    seed = seeds[0]
    found = aims(seed, [*table, read], each=True)
    assert found.keys() == {f"books {name}" for name in "abcd"}
    assert found["books a"][0] == table[1]
    assert all(cell.kind != "401" for cell, _ in found.values()), "one refused token is enough"
    assert aims(seed, [*table, read], each=False).keys() == {"books a"}
