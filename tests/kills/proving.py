"""Proving: run to quiescence, compare the ledger with the clinics' truth, run everything again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from hub import due
from hub.cli.demo import flow
from hub.cli.demo.outcome import FIVE, open_items
from hub.kernel import Kernel
from hub.store.tables import attempt, case, delivery, inbox_message, link, raw_record, stream_cursor
from tests.kills.deployment import Deployment, soon

OPEN = ("pending", "sending", "unknown")


@dataclass(frozen=True, slots=True)
class Proof:
    """`counts`: the comparison's five, all zero. `added`: rows that running everything again added."""

    counts: Mapping[str, int]
    lists: Any
    added: Mapping[str, int]
    rows: Mapping[str, int]
    met: Mapping[str, int]

    @property
    def passed(self) -> bool:
        return not any(self.counts.values()) and not any(self.added.values())


def prove(deployment: Deployment, last_day: date) -> Proof:
    """Wait until the running hub has nothing left to do, end it, compare, run again by hand."""
    delivered(deployment)
    deployment.down()
    hub, group = deployment.hub, deployment.group
    with hub.store.read(group) as unit:
        held = [(number, cause) for number, cause, _ in open_items(unit)]
    compared = deployment.story.compare(deployment.life, held, None)
    before = rows(hub, group)
    for source in deployment.sources:
        flow.pull_until_quiet(hub, group, source)
    config = hub.config(group)
    for business in sorted(deployment.reported):
        flow.import_report(hub, group, config, deployment.life, business, date(2026, 10, 1), last_day)
    flow.settle(hub, group)
    after = rows(hub, group)
    added = {name: after[name] - count for name, count in before.items()}
    counts = {name: compared[name] for name in FIVE}
    return Proof(counts, compared["lists"], added, before, met(hub, group))


def delivered(deployment: Deployment) -> None:
    """Wait until the running hub has read everything there is and has nothing left to do."""
    since = deployment.hub.world.now()
    assert soon(lambda: (deployment.up(), quiet(deployment, since))[1], 600), (
        f"never came to rest: {standing(deployment)}\n{deployment.log()}"
    )


def quiet(deployment: Deployment, since: datetime) -> bool:
    """Everything was pulled since then and nothing waits, is under way or has to be planned."""
    hub = deployment.hub
    if due.waiting(hub).total or any(standing(deployment).values()):
        return False
    with hub.store.read(deployment.group) as unit:
        done = unit.db.execute(select(stream_cursor.c.last_complete)).scalars().all()
    return bool(done) and all(one is not None and one > since for one in done)


def standing(deployment: Deployment) -> dict[str, int]:
    """What is not at rest."""
    with deployment.hub.store.read(deployment.group) as unit:
        count = func.count()
        asked = {
            "deliveries": select(count).where(delivery.c.state.in_(OPEN)),
            "cases": select(count).where(case.c.marked > case.c.planned),
            "hints": select(count).where(inbox_message.c.state == "waiting"),
        }
        return {name: unit.db.execute(query).scalar_one() for name, query in asked.items()}


def rows(hub: Kernel, group: str) -> dict[str, int]:
    """How many rows there are of what a change would add to."""
    with hub.store.read(group) as unit:
        return {
            table.name: unit.db.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (delivery, attempt, raw_record, link)
        }


def met(hub: Kernel, group: str) -> dict[str, int]:
    """What the hits met, as rows tell: attempts without an outcome, late answers, hints received."""
    with hub.store.read(group) as unit:
        ended = attempt.c.ended_at
        verdicts = Counter(
            "died under way" if row[0] is None else "late" if row[1] == "late" else "settled"
            for row in unit.db.execute(select(ended, attempt.c.code))
        )
        hints = unit.db.execute(select(func.count()).select_from(inbox_message)).scalar_one()
    return {**verdicts, "hints": hints}
