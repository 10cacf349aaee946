"""The planted defects still fit the tree, and the quickest of them are still found by simulation alone."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from tests.mutations.__main__ import planted, play
from tests.mutations.catalogue import MUTATIONS, ROOT, Mutation

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
