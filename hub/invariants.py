"""The standing questions, as small queries: what is broken now, and what to do about it.

Each check names its offenders by id (a bounded sample) with the whole count and an instruction. They run
as asset checks, in `hub status` and after every simulated month; none of them shows content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, exists, func, or_, select

from hub.claiming.billing import LAST_DAY
from hub.rendering import CaseKind
from hub.store.session import Unit
from hub.store.tables import (
    attempt,
    case,
    connection,
    delivery,
    hold,
    issue,
    link,
    raw_record,
    stream_cursor,
    work_item,
)

SAMPLE = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one standing question in one clinic group. `passed` means nobody has to act."""

    name: str
    group: str
    passed: bool
    count: int
    sample: tuple[str, ...]
    instruction: str


@dataclass(frozen=True, slots=True)
class Check:
    """A standing question: a query whose rows (id first) are the offenders. It is given the group and the
    moments a quarter of an hour, an hour and a day ago.

    `layer` is what it guards: raw, canonical or delivered. `urgent` alone wakes somebody. `prompt` ones cost
    an index look-up and are asked again after every change; the others by schedule. `causes` names where
    offenders have a cause: holds or issues.
    """

    name: str
    layer: str
    question: str
    instruction: str
    offenders: Select[Any]
    urgent: bool = False
    prompt: bool = False
    causes: str = ""


def run(check: Check, unit: Unit) -> Finding:
    """Ask one question of one group."""
    now = unit.now
    given = {"g": unit.group, "recent": now - RECENT, "hour": now - HOUR, "day": now - DAY}
    counting, some = _ASKED[check.name]
    count = unit.db.execute(counting, given).scalar_one()
    sample = tuple(str(row[0]) for row in unit.db.execute(some, given)) if count else ()
    return Finding(check.name, unit.group, count == 0, count, sample, check.instruction)


def run_all(unit: Unit) -> Sequence[Finding]:
    return [run(check, unit) for check in CHECKS]


# Statements are made once: the prompt ones are asked after every change.
RECENT, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(hours=24)
_GROUP: BindParameter[Any] = bindparam("g")
_RECENT: BindParameter[Any] = bindparam("recent")
_HOUR: BindParameter[Any] = bindparam("hour")
_DAY: BindParameter[Any] = bindparam("day")


def _two_live_objects() -> Select[Any]:
    """One object claimed by two documents would mean that one of them was never made (or made twice)."""
    return (
        select(func.min(link.c.document_id))
        .where(link.c.group_id == _GROUP, link.c.live)
        .group_by(link.c.target_id, link.c.kind, link.c.external_id)
        .having(func.count() > 1)
    )


def _delivered_without_link() -> Select[Any]:
    """An outcome and its link are written together; a delivered document without a link breaks that."""
    linked = exists().where(
        link.c.group_id == delivery.c.group_id, link.c.document_id == delivery.c.document_id
    )
    return select(delivery.c.id).where(
        delivery.c.group_id == _GROUP, delivery.c.state == "delivered", ~linked
    )


def _attempt_missing() -> Select[Any]:
    """The attempt row commits before the call: whatever was sent has one."""
    tried = exists().where(attempt.c.group_id == delivery.c.group_id, attempt.c.delivery_id == delivery.c.id)
    return select(delivery.c.id).where(
        delivery.c.group_id == _GROUP, delivery.c.state.in_(("sending", "unknown", "delivered")), ~tried
    )


def _not_normalised() -> Select[Any]:
    return select(raw_record.c.id).where(
        raw_record.c.group_id == _GROUP,
        raw_record.c.normalise,
        raw_record.c.latest,
        raw_record.c.asked_at < _RECENT,
    )


def _not_planned() -> Select[Any]:
    """A marked case has a step under way, or a hold, or is planned soon."""
    under_way = exists().where(
        delivery.c.group_id == case.c.group_id,
        delivery.c.case_id == case.c.id,
        delivery.c.state.in_(("pending", "sending", "unknown")),
    )
    return select(case.c.id).where(
        case.c.group_id == _GROUP,
        case.c.marked > case.c.planned,
        case.c.due_at < _RECENT,
        ~under_way,
    )


def _unknown_too_long() -> Select[Any]:
    return select(delivery.c.id).where(
        delivery.c.group_id == _GROUP,
        or_(
            and_(delivery.c.state == "unknown", delivery.c.unknown_since < _HOUR),
            and_(delivery.c.state == "sending", delivery.c.lease_until < _RECENT),
        ),
    )


def _held() -> Select[Any]:
    return select(hold.c.id).where(hold.c.group_id == _GROUP, hold.c.closed_at.is_(None))


def _stuck() -> Select[Any]:
    return select(hold.c.id).where(hold.c.group_id == _GROUP, hold.c.closed_at.is_(None), hold.c.urgent)


def _issues() -> Select[Any]:
    return select(issue.c.id).where(issue.c.group_id == _GROUP, issue.c.closed_at.is_(None))


def _unsettled() -> Select[Any]:
    """Holds and notes of settlements: by each of them a clearing account differs from what is in transit."""
    return (
        select(hold.c.id)
        .join(case, (case.c.id == hold.c.case_id) & (case.c.group_id == hold.c.group_id))
        .where(
            hold.c.group_id == _GROUP,
            hold.c.closed_at.is_(None),
            case.c.kind == CaseKind.SETTLEMENT.value,
        )
    )


def _work() -> Select[Any]:
    return select(work_item.c.id).where(work_item.c.group_id == _GROUP, work_item.c.closed_at.is_(None))


def _claims_late() -> Select[Any]:
    return _work().where(work_item.c.kind == LAST_DAY)


def _reconnect() -> Select[Any]:
    return select(connection.c.id).where(connection.c.group_id == _GROUP, connection.c.reconnect)


def _quiet() -> Select[Any]:
    return select(stream_cursor.c.stream).where(
        stream_cursor.c.group_id == _GROUP,
        or_(
            stream_cursor.c.last_complete.is_(None),
            stream_cursor.c.last_complete < _DAY,
        ),
    )


CHECKS: tuple[Check, ...] = (
    Check(
        "nothing_twice",
        "delivered",
        "Does every object at the target belong to one document only?",
        "Two documents share one object: freeze the connection (`hub freeze`) and open `hub trace` on both.",
        _two_live_objects(),
        urgent=True,
    ),
    Check(
        "outcome_has_link",
        "delivered",
        "Is every delivered document linked to what stands at the target?",
        "A delivery has no link: run `hub deliveries show`, then `hub deliveries replay` with a reason.",
        _delivered_without_link(),
        urgent=True,
    ),
    Check(
        "sent_has_attempt",
        "delivered",
        "Was every sent delivery announced by an attempt before the call?",
        "A delivery was sent without an attempt row: a defect, report it with the ids.",
        _attempt_missing(),
        urgent=True,
    ),
    Check(
        "nothing_lost",
        "canonical",
        "Is the latest version of every source record normalised, or named by an issue?",
        "Records wait too long: is a worker or the schedule running? `hub pull` normalises them now.",
        _not_normalised(),
    ),
    Check(
        "every_case_planned",
        "delivered",
        "Is every changed case planned, under way or held?",
        "Cases wait too long: is a worker or the schedule running? `hub deliver` plans and sends now.",
        _not_planned(),
    ),
    Check(
        "no_old_unknown",
        "delivered",
        "Is every write whose answer was lost looked up?",
        "Outcomes stay unknown: is the target reachable? `hub deliver` looks them up now.",
        _unknown_too_long(),
        urgent=True,
    ),
    Check(
        "nothing_stuck",
        "delivered",
        "Did every removal that was begun get finished?",
        "A case stopped after a removal: mend the cause in `hub holds` today, the books miss a document.",
        _stuck(),
        urgent=True,
        prompt=True,
    ),
    Check(
        "nothing_held",
        "delivered",
        "Is nothing held?",
        "Run `hub holds`: it groups them by cause with amounts and who must act.",
        _held(),
        prompt=True,
        causes="holds",
    ),
    Check(
        "settlements_explained",
        "delivered",
        "Is every settlement posted, and everything in it known at the practice?",
        "Run `hub holds`, then `hub reconcile`: it names what stands in clearing beside money in transit.",
        _unsettled(),
    ),
    Check(
        "work_done",
        "delivered",
        "Is nothing left that only a person can do?",
        "Run `hub work list`: it says what is to be done, by whom; most of it closes by itself once it is.",
        _work(),
        prompt=True,
    ),
    Check(
        "claims_in_time",
        "canonical",
        "Is everything that a funding scheme owes claimed well before its last day?",
        "Run `hub claims late`: it names what is lost unless it is claimed, with its last day.",
        _claims_late(),
        prompt=True,
    ),
    Check(
        "records_readable",
        "canonical",
        "Can every record be read?",
        "Run `hub holds`: unreadable or incomplete records are listed with who must act.",
        _issues(),
        prompt=True,
        causes="issues",
    ),
    Check(
        "connections_alive",
        "raw",
        "Does every connection still have a living grant or key?",
        "Reconnect it with `hub connect`; its queue is kept.",
        _reconnect(),
        urgent=True,
        prompt=True,
    ),
    Check(
        "streams_fresh",
        "raw",
        "Was every stream read completely within a day?",
        "Run `hub pull` and read the error it names.",
        _quiet(),
    ),
)

_ASKED = {
    one.name: (select(func.count()).select_from(one.offenders.subquery()), one.offenders.limit(SAMPLE))
    for one in CHECKS
}
