"""`python -m tests.kills`: so many hits on each database, then books that agree and a table of what was hit.

Ends with 1 when a ledger differs or running everything again adds a row. `--seed` repeats the same hits.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kills.playing import HITS_PER_STEP, play
from tests.support.databases import PostgresTemplate

HITS_PER_ROUND = 24


@contextmanager
def server(folder: Path) -> Iterator[PostgresTemplate]:
    template = PostgresTemplate(folder, "kills")
    yield template
    template.close()


def main() -> int:
    """Rounds of at most `HITS_PER_ROUND` hits, each on a fresh home with a seed of its own."""
    parser = argparse.ArgumentParser(prog="python -m tests.kills")
    parser.add_argument("--hits", type=int, default=100, help="on each database")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    args = parser.parse_args()
    databases = ("sqlite", "postgres") if args.database == "both" else (args.database,)
    print(f"seed {args.seed}, {args.hits} hits on each of {', '.join(databases)}", flush=True)
    failed: list[str] = []
    totals = dict.fromkeys(databases, 0)
    with tempfile.TemporaryDirectory(prefix="clinic-hub-kills-") as folder:
        postgres = Path(folder) / "server"
        with server(postgres) as template:
            for database in databases:
                for number, hits in enumerate(_rounds(args.hits)):
                    seed = args.seed + number
                    home = Path(folder) / f"{database}-{number}"
                    print(f"{database}, round {number + 1}, seed {seed}: {hits} hits", flush=True)
                    with template.empty() as url:
                        steps = -(-hits // HITS_PER_STEP)
                        where = url if database == "postgres" else None
                        proof, struck = play(home, where, seed, hits, steps, _say)
                    totals[database] += struck
                    if not proof.passed:
                        failed.append(f"{database} seed {seed}: {proof.counts}, added {proof.added}")
                        print(failed[-1], proof.lists, sep="\n", flush=True)
    for database, struck in totals.items():
        print(f"{database}: {struck} hits met a living process")
    print("every ledger agrees and nothing was added" if not failed else "\n".join(failed))
    return 1 if failed else 0


def _rounds(hits: int) -> list[int]:
    whole, rest = divmod(hits, HITS_PER_ROUND)
    return [HITS_PER_ROUND] * whole + ([rest] if rest else [])


def _say(text: str) -> None:
    print(f"  {text}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
