"""What must hold when a schedule has come to rest, asked of the hub's rows and of the systems' own books."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, func, or_, select

from hub import invariants, seals
from hub.kernel import Kernel
from hub.simulation.scenario import Cast
from hub.store.session import Unit
from hub.store.tables import (
    attempt,
    audit_event,
    case,
    delivery,
    hold,
    inbox_message,
    issue,
    lease,
    link,
    permit,
    raw_record,
    stream_cursor,
)

_UNSETTLED = ("pending", "sending", "unknown")
LATER = timedelta(hours=6)
"""What is due only after this waits for a later time of the story (a page runs out after up to a day): it is
longer than any pause that a fault asks for."""
_ASKED_ELSEWHERE = ("nothing_held", "nothing_stuck", "records_readable", "work_done")


_NOW: BindParameter[Any] = bindparam("now")
_SOON: BindParameter[Any] = bindparam("soon")
_UNDER_WAY: dict[str, Select[Any]] = {
    "deliveries": select(func.count()).where(delivery.c.state.in_(_UNSETTLED)),
    "cases": select(func.count()).where(case.c.marked > case.c.planned, case.c.due_at <= _SOON),
    "hints": select(func.count()).where(inbox_message.c.state == "waiting"),
    "records": select(func.count()).where(raw_record.c.latest, raw_record.c.normalise),
}
_HELD = (
    select(case.c.number, hold.c.cause).where(hold.c.case_id == case.c.id, hold.c.closed_at.is_(None)),
    select(issue.c.number, issue.c.cause).where(issue.c.closed_at.is_(None)),
)


def under_way(unit: Unit) -> str | None:
    """What is not at rest yet, in one word; None when nothing can go on before a much later time."""
    for name, question in _UNDER_WAY.items():
        given = {"soon": unit.now + LATER} if name == "cases" else {}
        if unit.db.execute(question, given).scalar_one():
            return name
    return None


def heeded(unit: Unit) -> bool:
    """Whether no hint waits any more."""
    return not unit.db.execute(_UNDER_WAY["hints"]).scalar_one()


def held(kernel: Kernel, group: str) -> list[tuple[str, str]]:
    """(case number, cause) of every open hold and issue."""
    with kernel.store.read(group) as unit:
        return sorted((str(row[0]), str(row[1])) for query in _HELD for row in unit.db.execute(query))


def violations(kernel: Kernel, group: str, cast: Cast) -> list[str]:
    """Everything that is wrong at the end."""
    found = list(cast.verdict(held(kernel, group)))
    with kernel.store.read(group) as unit:
        for check in (_standing, _open_leases, _unaudited, _unannounced):
            found += check(unit)
        found += _unlinked(unit, cast)
    seals.seal(kernel.store)
    return found + [broken.sentence for broken in seals.verify(kernel.store).broken]


def _standing(unit: Unit) -> Sequence[str]:
    """The standing questions of production; what is held is judged by the scenario."""
    return [
        f"{finding.name}: {finding.count} ({', '.join(finding.sample[:3])})"
        for finding in invariants.run_all(unit)
        if not finding.passed and finding.name not in _ASKED_ELSEWHERE
    ]


_LEASED: dict[str, Select[Any]] = {
    "deliveries": select(func.count()).where(delivery.c.lease_until > _NOW),
    "cases": select(func.count()).where(case.c.lease_until > _NOW),
    "hints": select(func.count()).where(
        inbox_message.c.lease_until > _NOW, inbox_message.c.state == "waiting"
    ),
    "streams": select(func.count()).where(stream_cursor.c.lease_until > _NOW),
    "leases": select(func.count()).where(lease.c.until > _NOW),
    "permits": select(func.count()).where(permit.c.until > _NOW),
    "attempts": select(func.count()).where(
        attempt.c.ended_at.is_(None),
        or_(attempt.c.verdict.is_not(None), attempt.c.started_at > _NOW),
    ),
}
_UNAUDITED = select(func.count()).where(
    delivery.c.state == "delivered",
    delivery.c.id.not_in(
        select(audit_event.c.entity_id).where(
            # What was looked up under our own mark when it was to be made anew is linked, not sent.
            or_(
                and_(audit_event.c.action == "deliver", audit_event.c.outcome == "delivered"),
                audit_event.c.action == "delivery.found",
            )
        )
    ),
)
_TRIES = select(func.count()).where(
    attempt.c.delivery_id == delivery.c.id, or_(attempt.c.verdict.is_(None), attempt.c.verdict != "found")
)
_UNANNOUNCED = select(func.count()).where(delivery.c.attempts > _TRIES.scalar_subquery())
_LINKS = select(link.c.target_id, link.c.kind, link.c.external_id).where(link.c.live)
_TARGETS = select(case.c.target_id).distinct()


def _open_leases(unit: Unit) -> Sequence[str]:
    """Nothing is leased to anybody any more, beyond what ends by itself."""
    now = {"now": unit.now}
    return [
        f"{name} are still leased"
        for name, query in _LEASED.items()
        if unit.db.execute(query, now).scalar_one()
    ]


def _unaudited(unit: Unit) -> Sequence[str]:
    """Every delivered change has its audit row."""
    count = unit.db.execute(_UNAUDITED).scalar_one()
    return [f"{count} delivered changes have no audit row"] if count else []


def _unannounced(unit: Unit) -> Sequence[str]:
    """Every attempt that was counted was written down before its call; finding something is none."""
    count = unit.db.execute(_UNANNOUNCED).scalar_one()
    return [f"{count} deliveries were sent more often than was announced"] if count else []


def _unlinked(unit: Unit, cast: Cast) -> Sequence[str]:
    """Live links and live objects of ours are the same set, at every target."""
    rows = unit.db.execute(_LINKS)
    ours: dict[str, set[tuple[str, str]]] = {}
    for target, kind, external in rows:
        ours.setdefault(target, set()).add((kind, external))
    found = []
    targets = {row[0] for row in unit.db.execute(_TARGETS)}
    for target in sorted(targets | set(ours)):
        standing = set(cast.objects(target))
        linked = ours.get(target, set())
        found += [
            f"{kind} {i} stands at {target} and no link knows it" for kind, i in sorted(standing - linked)
        ]
        found += [
            f"{kind} {i} is linked and does not stand at {target}" for kind, i in sorted(linked - standing)
        ]
    return found


Check = Callable[[Unit], Sequence[str]]
