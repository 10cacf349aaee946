"""SIGKILL at random moments: the hub is started again and ends in the same ledger, on both databases.

The simulated systems live on; only the hub's process dies, in the middle of pulls, imports and batches. The
call deadline is one and a half seconds, so that leases of the dead (three deadlines) pass quickly.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hub.cli.demo import flow
from hub.cli.demo.children import Children
from hub.cli.demo.command import MAPPING, story_systems
from hub.cli.demo.outcome import FIVE, open_items
from hub.cli.demo.story import Story, find
from hub.kernel import Kernel
from hub.store.tables import attempt, delivery, link, raw_record

ROOT = Path(__file__).parents[2]
KILLS_PER_STEP = 1
DEADLINE = "1.5"


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    made = Children(tmp_path / "logs")
    yield made
    made.stop()


def _impatient(mapping: Path, folder: Path) -> Path:
    """The example group with a quiet time of two seconds instead of two minutes."""
    text = (ROOT / mapping).read_text("utf-8")
    assert "\npolicy:\n" in text
    copy = folder / mapping.name
    copy.write_text(text.replace("\npolicy:\n", "\npolicy:\n  quiet_seconds: 2\n"), "utf-8")
    return copy


def _killed_rounds(rng: random.Random, command: list[str], env: dict[str, str]) -> int:
    """Start the round, kill it, as often as told; then let it finish. How many kills hit a living process."""
    hit = 0
    for _ in range(KILLS_PER_STEP):
        process = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
        try:
            process.wait(rng.uniform(0.8, 3.5))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            hit += 1
    subprocess.run(command, cwd=ROOT, env=env, check=True, timeout=200)
    return hit


def _rows(hub: Kernel, group: str) -> dict[str, int]:
    """How many rows there are of what a change would add to."""
    with hub.store.read(group) as unit:
        count = func.count()
        return {
            table.name: unit.db.execute(select(count).select_from(table)).scalar_one()
            for table in (delivery, attempt, raw_record, link)
        }


@pytest.mark.timeout(900)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_killed_at_any_moment_the_hub_ends_in_the_same_ledger(
    database: str, tmp_path: Path, children: Children, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgres" else None
    rng = random.Random(f"kills {database}")
    story: Story = find()
    home = tmp_path / "home"
    home.mkdir()
    urls = {
        connection: children.sandbox(system, home / f"{system}.sqlite", seed=7)
        for connection, system in story_systems(ROOT / MAPPING).items()
    }
    life = story.life(urls, seed=7, month="2026-10", weeks=None, state=home / "life.json", reports=True)
    where = flow.place(home, urls, url)
    env = {**os.environ, **where.env, "HUB_CALL_DEADLINE": DEADLINE}
    budgets = story.raise_limits(life)
    hub, group = flow.open_hub(where, _impatient(MAPPING, tmp_path), life, month="2026-10", budgets=budgets)
    config = hub.config(group)
    source = next(c.id for c in config.connections if c.role == "source")
    hits = 0

    def round_with(files: Iterable[tuple[str, date, date]], name: str) -> list[str]:
        words: list[str] = []
        for number, (business, first, last) in enumerate(files):
            place = config.location_of(source, business)
            assert place is not None
            path = tmp_path / f"{name}-{number}.csv"
            path.write_bytes(life.report_csv(business, first, last))
            words += [place.key, first.isoformat(), last.isoformat(), str(path)]
        return [sys.executable, "-m", "tests.demo.one_round", group, source, *words]

    for step in range(life.steps):
        hits += _killed_rounds(rng, round_with(life.play(step).reports, f"step {step}"), env)
    with hub.store.read(group) as unit:
        held = [(number, cause) for number, cause, _ in open_items(unit)]
    compared = story.compare(life, held, None)
    before = _rows(hub, group)
    month = [(p.source[source], date(2026, 10, 1), date(2026, 10, 31)) for p in config.locations]
    subprocess.run(round_with(month, "again"), cwd=ROOT, env=env, check=True, timeout=200)
    assert _rows(hub, group) == before, "running everything again changed something"
    life.close()
    hub.world.engine.dispose()
    assert {name: compared[name] for name in FIVE} == dict.fromkeys(FIVE, 0), compared["lists"]
    assert hits >= life.steps // 2, "too few kills hit a living process to prove anything"
