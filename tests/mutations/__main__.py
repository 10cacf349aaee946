"""Plants each defect in a copy of the tree and plays schedules until one fails: `make mutations`.

`--only TEXT` takes those whose name holds the text, `--most N` and `--seconds S` bound each of them,
`--clean` plays the same schedules in an unchanged copy. Ends with 1 when a defect survives, or a clean tree
fails.
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
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.mutations.catalogue import MUTATIONS, ROOT, Mutation

COPIED = ("hub", "connectors", "mappings", "tests/mutations")
PROFILES = ("swarm", "stalls", "deaths")


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
        raise RuntimeError(f"the schedules could not be played: {lines[-1]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> int:
    """Play all that is asked for and print one line each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of a name")
    parser.add_argument("--most", type=int, help="schedules for each")
    parser.add_argument("--seconds", type=float, default=600.0, help="of CPU for each")
    parser.add_argument("--clean", action="store_true", help="the same schedules without the defects")
    asked = parser.parse_args()
    failed = False
    for mutation in (m for m in MUTATIONS if asked.only in m.name):
        with planted(None if asked.clean else mutation) as tree:
            found = play(tree, plays(mutation, asked.most or mutation.most), asked.seconds)
        caught = bool(found["wrong"])
        failed = failed or caught == asked.clean
        where = f"seed {found['seed']} {found['profile']}: {found['wrong'][0]}" if caught else ""
        word = "caught" if caught else "clean" if asked.clean else "SURVIVED"
        print(f"{mutation.name:<52} {word:<9} {found['played']:>4}  {where}"[:200], flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
