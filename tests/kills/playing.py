"""One played deployment: life goes on, reports are imported, members are hit; then the proof."""

from __future__ import annotations

import calendar
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from tests.kills.deployment import MONTH, Deployment
from tests.kills.plan import Hit, draw
from tests.kills.proving import Proof, delivered, prove

HITS_PER_STEP = 4


def play(
    home: Path, url: str | None, seed: int, hits: int, steps: int, say: Callable[[str], None]
) -> tuple[Proof, int]:
    """Play `steps` steps with `hits` hits. -> proof, how many hits met a living process."""
    deployment = Deployment(home, url, seed, say)
    try:
        return _play(deployment, draw(f"{seed} {'postgres' if url else 'sqlite'}", hits, steps), say)
    finally:
        deployment.close()


def _play(deployment: Deployment, planned: list[list[Hit]], say: Callable[[str], None]) -> tuple[Proof, int]:
    started = time.monotonic()
    deployment.begin()
    struck = 0
    for step, due in enumerate(planned):
        results: list[bool] = []

        def strike(due: list[Hit] = due, results: list[bool] = results, step: int = step) -> None:
            for hit in due:
                met = deployment.strike(hit)
                results.append(met)
                say(f"{time.monotonic() - started:6.1f} s  step {step + 1}: {hit}{'' if met else ': missed'}")

        thread = threading.Thread(target=strike)
        thread.start()
        report = deployment.life.play(step)
        deployment.import_reports(report.reports)
        delivered(deployment)  # a person acts in the books of a step only once they hold it
        thread.join()
        assert not report.refused, f"what a person had to find in the books was not there: {report.refused}"
        struck += sum(results)
    year, month = map(int, MONTH.split("-"))
    last = date(year, month, calendar.monthrange(year, month)[1]) + timedelta(weeks=max(0, len(planned) - 8))
    proof = prove(deployment, last)
    found = f"{struck} hits met a process; {dict(proof.met)}; {dict(proof.rows)}"
    say(f"{time.monotonic() - started:6.1f} s  {found}")
    return proof, struck
