"""Plants each defect in a copy of the tree and plays schedules until one fails: `make mutations`.

`--only TEXT` takes those whose name holds the text, `--most N` and `--seconds S` bound each of them, `--jobs`
says how many are played at once, `--clean` plays the same schedules in an unchanged copy. Ends with 1 when a
defect survives, or a clean tree fails. A process that merely breaks is not counted as a finding; a tree in
which one breaks in every schedule does not run, so that nothing is said about its defect.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.mutations.catalogue import MUTATIONS
from tests.mutations.defect import ROOT, Mutation
from tests.mutations.play import NOTHING

COPIED = ("hub", "connectors", "mappings", "tests/mutations")
PROFILES = ("swarm", "stalls", "deaths", "haste")


@contextmanager
def planted(mutation: Mutation | None) -> Iterator[Path]:
    """A copy of the tree with the defect in it."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as name:
        tree = Path(name)
        for part in COPIED:
            shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
        if mutation is not None:
            mutation.apply(tree)
        yield tree


def plays(mutation: Mutation, most: int) -> list[tuple[int, str]]:
    """The seed that is known to find it, then fresh ones: every second under the profile it shows best in."""
    known = [] if mutation.seed is None else [(mutation.seed, mutation.profile)]
    others = [mutation.profile, *PROFILES]
    return [*known, *((n, others[0] if n % 2 else others[n // 2 % len(others)]) for n in range(1, most + 1))]


def play(tree: Path, asked: list[tuple[int, str]], seconds: float) -> dict[str, Any]:
    """What those schedules found in that tree, in a process of its own."""
    said = json.dumps({"tree": str(tree), "plays": asked, "seconds": seconds})
    done = subprocess.run(
        [sys.executable, "-m", "tests.mutations.play", said],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        return {**NOTHING, "broken": lines[-1]}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> int:
    """Play all that is asked for and print one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of a name")
    parser.add_argument("--most", type=int, help="schedules for each")
    parser.add_argument("--seconds", type=float, default=600.0, help="of CPU for each")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at once")
    parser.add_argument("--clean", action="store_true", help="the same schedules without the defects")
    asked = parser.parse_args()

    def one(mutation: Mutation) -> dict[str, Any]:
        with planted(None if asked.clean else mutation) as tree:
            return play(tree, plays(mutation, asked.most or mutation.most), asked.seconds)

    failed = 0
    chosen = [mutation for mutation in MUTATIONS if asked.only in mutation.name]
    with ThreadPoolExecutor(asked.jobs) as pool:
        for mutation, found in zip(chosen, pool.map(one, chosen), strict=True):
            good, line = said_of(mutation.name, found, clean=asked.clean)
            failed += not good
            print(line, flush=True)
    print(f"{len(chosen) - failed} of {len(chosen)} as it should be")
    return int(failed > 0)


def said_of(name: str, found: dict[str, Any], *, clean: bool) -> tuple[bool, str]:
    """Whether it is as it should be, and the line: name, outcome, schedules played, what was seen."""
    seen, wanted = "", "clean" if clean else "caught"
    if found["wrong"]:
        word, seen = "caught", f"{found['profile']} {found['seed']}: {found['wrong'][0]}"
    elif found["broken"] and (clean or not found["whole"]):
        word, seen = "DOES NOT RUN", found["broken"]
    else:
        word = "clean" if clean else "SURVIVED"
    return word == wanted, f"{name:<52} {word:<12} {found['played']:>4}  {seen}"[:200]


if __name__ == "__main__":
    sys.exit(main())
