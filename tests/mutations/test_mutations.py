"""The planted defects still fit the tree, and the quickest of them are still found by simulation alone."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from hub.simulation.result import Result
from hub.simulation.schedule import BROKEN
from tests.mutations.__main__ import planted, play, said_of
from tests.mutations.catalogue import MUTATIONS
from tests.mutations.defect import ROOT, Mutation
from tests.mutations.play import MOST_BROKEN, search

NAMED = [pytest.param(one, id=one.name) for one in MUTATIONS]
QUICK = [pytest.param(one, id=one.name) for one in MUTATIONS if one.quick and one.seed is not None]


@pytest.mark.parametrize("mutation", NAMED)
def test_every_defect_can_still_be_planted(mutation: Mutation, tmp_path: Path) -> None:
    files = {edit.file for edit in mutation.edits}
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, tmp_path / file)
    mutation.apply(tmp_path)
    for file in files:
        changed = (tmp_path / file).read_text("utf-8")
        assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse((ROOT / file).read_text("utf-8")))


def test_no_two_defects_have_one_name() -> None:
    assert len({one.name for one in MUTATIONS}) == len(MUTATIONS)


@pytest.mark.parametrize("mutation", QUICK)
def test_a_defect_is_found_by_a_schedule(mutation: Mutation) -> None:
    assert mutation.seed is not None
    with planted(mutation) as tree:
        assert play(tree, [(mutation.seed, mutation.profile)], 60.0)["wrong"]


class _Shown:
    """A player whose schedules show what is given, one after the other."""

    def __init__(self, *violations: list[str]) -> None:
        self._violations = iter(violations)

    def play(self, seed: int, *, profile: str) -> Result:
        return Result(seed, profile, next(self._violations), [], {}, {}, 2, 0, 0, 0, 0, "", [])


_BROKE = f"worker-0.0 {BROKEN} KeyError at work.py:1: 'id'"


@pytest.mark.parametrize(
    ("violations", "clean", "good", "word"),
    [
        ([["missing: receipt"]], False, True, "caught"),
        ([[], [_BROKE], []], False, False, "SURVIVED"),
        ([[_BROKE]] * 9, False, False, "DOES NOT RUN"),
        ([[], []], True, True, "clean"),
        ([[], [_BROKE]], True, False, "DOES NOT RUN"),
    ],
)
def test_a_tree_that_does_not_run_says_nothing_about_its_defect(
    violations: list[list[str]], clean: bool, good: bool, word: str
) -> None:
    plays = [(seed, "swarm") for seed in range(len(violations))]
    said, line = said_of("a defect", search(_Shown(*violations), plays, float("inf")), clean=clean)
    assert (said, word in line) == (good, True)


def test_no_more_schedules_are_tried_where_none_can_be_played() -> None:
    plays = [(seed, "swarm") for seed in range(50)]
    assert search(_Shown(*[[_BROKE]] * 50), plays, float("inf"))["played"] == MOST_BROKEN
