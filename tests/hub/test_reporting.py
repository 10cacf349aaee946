"""Reports from rows: everything once, nothing lost, nothing written when there is nothing to tell."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select

from hub import invariants, leases, reporting
from hub.contracts import Answer, Change
from hub.kernel import Kernel
from hub.limits import Budgets
from hub.store.session import Store
from hub.store.tables import claim_batch, lease, report_cursor, report_import, scheme_file
from hub.store.vault import Vaults
from hub.world import World
from tests.conftest import MASTER_KEY
from tests.support.rows import (
    GROUP,
    SOURCE,
    a_delivery,
    a_hint,
    a_hold,
    a_record,
    an_entity,
    an_issue,
    configured,
    put,
)
from tests.support.world import FakeClock

NAME = "conductor"


@dataclass
class Conductor:
    """Remembers what it was told; raises while it is broken."""

    changes: list[Change] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    broken: bool = False

    def report(self, changes: Sequence[Change], answers: Sequence[Answer] = ()) -> None:
        if self.broken:
            raise ConnectionError("the conductor is away")
        self.changes += changes
        self.answers += answers

    def told(self) -> dict[str, dict[str, int]]:
        """Counts by asset since the last call."""
        found = {"/".join(change.asset): dict(change.counts) for change in self.changes}
        self.changes.clear()
        return found


def timed_ids(clock: FakeClock) -> Callable[[], str]:
    """Ids as a real world makes them: the millisecond first."""
    count = 0

    def new() -> str:
        nonlocal count
        count += 1
        return f"{int(clock.now().timestamp() * 1000):012x}{count:020x}"

    return new


@pytest.fixture
def hub(kernel: Kernel, world: World, clock: FakeClock) -> Kernel:
    timed = dataclasses.replace(world, new_id=timed_ids(clock))
    store = Store(timed, Vaults(MASTER_KEY, timed.rng))
    return configured(dataclasses.replace(kernel, world=timed, store=store, budgets=Budgets(store)))


@pytest.fixture
def conductor(hub: Kernel, clock: FakeClock) -> Conductor:
    """One that has been told everything so far."""
    made = Conductor()
    clock.advance(1)
    reporting.report(hub, NAME, made)
    return Conductor()


def later(clock: FakeClock, hub: Kernel, conductor: Conductor) -> dict[str, dict[str, int]]:
    clock.advance(1)
    reporting.report(hub, NAME, conductor)
    return conductor.told()


def test_every_layer_is_counted_by_what_it_is(hub: Kernel, conductor: Conductor, clock: FakeClock) -> None:
    a_record(hub)
    a_record(hub)
    a_record(hub, stream="patients")
    an_entity(hub)
    a_delivery(hub, "delivered")
    a_delivery(hub, "held", kind="receipt")
    a_delivery(hub, "pending")
    a_hint(hub, state="handled", handled_at=clock.now())
    a_hint(hub)
    assert later(clock, hub, conductor) == {
        "raw/cliniko/invoices": {SOURCE: 2, "hints handled": 1},
        "raw/cliniko/patients": {SOURCE: 1},
        "canonical/invoice": {SOURCE: 1},
        "delivered/xero/invoice": {"delivered": 1},
        "delivered/xero/receipt": {"held": 1},
    }


def test_what_was_told_is_not_told_again(hub: Kernel, conductor: Conductor, clock: FakeClock) -> None:
    an_entity(hub)
    assert later(clock, hub, conductor) == {"canonical/invoice": {SOURCE: 1}}
    assert later(clock, hub, conductor) == {}


def test_rows_at_one_instant_are_told_once_whichever_report_sees_them(
    hub: Kernel, conductor: Conductor, clock: FakeClock
) -> None:
    """The window is half open: a row stamped at the very end of one belongs to the next."""
    an_entity(hub)
    reporting.report(hub, NAME, conductor)
    an_entity(hub)
    first = conductor.told().get("canonical/invoice", {}).get(SOURCE, 0)
    second = later(clock, hub, conductor).get("canonical/invoice", {}).get(SOURCE, 0)
    assert first + second == 2


def test_a_record_asked_for_long_before_it_was_stored_is_not_missed(
    hub: Kernel, conductor: Conductor, clock: FakeClock
) -> None:
    asked = clock.now()
    clock.advance(20)
    an_entity(hub)
    later(clock, hub, conductor)
    a_record(hub, asked_at=asked)
    assert later(clock, hub, conductor) == {"raw/cliniko/invoices": {SOURCE: 1}}


def test_a_conductor_that_is_away_is_told_later(hub: Kernel, conductor: Conductor, clock: FakeClock) -> None:
    an_entity(hub)
    a_hold(hub, "unmapped:item:EX30")
    clock.advance(1)
    conductor.broken = True
    with pytest.raises(ConnectionError):
        reporting.report(hub, NAME, conductor)
    assert reporting.lag(hub, GROUP, NAME) > timedelta(0)
    conductor.broken = False
    assert later(clock, hub, conductor) == {"canonical/invoice": {SOURCE: 1}}
    assert [answer.question for answer in conductor.answers] == ["nothing_held"]


def test_nothing_to_tell_writes_nothing(hub: Kernel, conductor: Conductor, clock: FakeClock) -> None:
    with hub.store.look() as db:
        before = db.execute(select(lease.c.fence)).all(), db.execute(select(report_cursor)).all()
    assert later(clock, hub, conductor) == {}
    with hub.store.look() as db:
        assert (db.execute(select(lease.c.fence)).all(), db.execute(select(report_cursor)).all()) == before


def test_two_reporters_do_not_tell_the_same(hub: Kernel, conductor: Conductor, clock: FakeClock) -> None:
    an_entity(hub)
    clock.advance(1)
    other = leases.take(hub.store, f"report/{NAME}", "another", 60)
    assert other is not None
    assert reporting.report(hub, NAME, conductor) == 0
    leases.release(hub.store, other)
    assert later(clock, hub, conductor) == {"canonical/invoice": {SOURCE: 1}}


def test_the_lag_is_nothing_while_all_is_told(hub: Kernel, conductor: Conductor, clock: FakeClock) -> None:
    clock.advance(3600)
    assert reporting.lag(hub, GROUP, NAME) == timedelta(0)
    an_entity(hub)
    clock.advance(1)
    assert reporting.lag(hub, GROUP, NAME) > timedelta(0)


def test_only_a_new_answer_is_told(hub: Kernel, conductor: Conductor, clock: FakeClock) -> None:
    a_hold(hub, "unmapped:item:EX30")
    later(clock, hub, conductor)
    assert [(a.question, a.passed, a.count) for a in conductor.answers] == [("nothing_held", False, 1)]
    assert conductor.answers[0].causes == {"unmapped:item:EX30": 1}
    later(clock, hub, conductor)
    assert len(conductor.answers) == 1
    an_issue(hub, "record:malformed")
    with hub.store.write(GROUP) as unit:
        unit.db.exec_driver_sql("UPDATE hold SET closed_at = opened_at")
    later(clock, hub, conductor)
    assert {(a.question, a.passed) for a in conductor.answers[1:]} == {
        ("nothing_held", True),
        ("records_readable", False),
    }


def test_a_group_without_configuration_stops_no_report(
    hub: Kernel, conductor: Conductor, clock: FakeClock
) -> None:
    hub.store.create_group("empty")
    an_entity(hub)
    assert later(clock, hub, conductor) == {"canonical/invoice": {SOURCE: 1}}


def test_another_cause_with_the_same_count_is_a_new_answer(
    hub: Kernel, conductor: Conductor, clock: FakeClock
) -> None:
    a_hold(hub, "unmapped:item:EX30")
    later(clock, hub, conductor)
    with hub.store.write(GROUP) as unit:
        unit.db.exec_driver_sql("UPDATE hold SET cause = 'period:locked'")
    later(clock, hub, conductor)
    assert [dict(a.causes) for a in conductor.answers] == [{"unmapped:item:EX30": 1}, {"period:locked": 1}]


def test_answers_gather_all_groups(hub: Kernel) -> None:
    hub.store.create_group("hills")
    configured(hub, "hills")
    a_hold(hub, "unmapped:item:EX30")
    with hub.store.write("hills") as unit:
        unit.db.exec_driver_sql(
            "INSERT INTO hold (id, group_id, case_id, cause, sentence, who, cents, stops, urgent, opened_at)"
            " SELECT 'h2', 'hills', case_id, cause, sentence, who, cents, stops, urgent, opened_at FROM hold"
        )
    (found,) = (one for one in reporting.answers(hub) if not one.passed)
    assert (found.question, found.count, found.groups) == ("nothing_held", 2, ("harbour", "hills"))
    assert found.causes == {"unmapped:item:EX30": 2}
    assert len(reporting.answers(hub)) == len(invariants.CHECKS)


def test_imported_payment_reports_are_counted_in_rows(
    hub: Kernel, conductor: Conductor, clock: FakeClock
) -> None:
    day = clock.now().date()
    row = {"connection_id": SOURCE, "location": "geelong", "from_day": day, "to_day": day, "complete": True}
    row |= {"file_hash": "h", "rows": 12, "cents": 100, "imported_by": "p", "imported_at": clock.now()}
    put(hub, report_import, row)
    assert later(clock, hub, conductor) == {"raw/cliniko/payment_reports": {"report rows": 12}}


def test_files_of_a_scheme_are_told_of(hub: Kernel, conductor: Conductor, clock: FakeClock) -> None:
    """Two results and an advice came in, one file of three services goes out."""
    sealed = {"data_enc": b"", "cents": 100}
    brought = {"scheme": "ndis", "imported_by": "p", "imported_at": clock.now(), **sealed}
    for what, rows in (("results", 4), ("results", 3), ("remittance", 2)):
        put(hub, scheme_file, {**brought, "what": what, "rows": rows, "digest": f"{what}{rows}"})
    made = {"scheme": "ndis", "name": "HUB.csv", "digest": "d", "items": 3, "made_by": "p"}
    put(hub, claim_batch, {**made, **sealed, "made_at": clock.now()})
    assert later(clock, hub, conductor) == {
        "raw/ndis/results": {"file rows": 7},
        "raw/ndis/remittance": {"file rows": 2},
        "delivered/ndis/claim-file": {"claimed services": 3},
    }


def test_work_is_throttled_on_the_monotonic_clock(hub: Kernel, clock: FakeClock) -> None:
    done: list[float] = []
    call = reporting.throttled(hub, lambda: done.append(clock.monotonic()))
    for _ in range(11):
        call()
        clock.advance(1)
    assert len(done) == 3
