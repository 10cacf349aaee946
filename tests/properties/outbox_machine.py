"""The outbox under every hand that touches it: a state machine over the fake target.

Two workers plan, take, send and look in any order; answers are lost before or after the effect, effects
come late, a worker dies or freezes at any point and wakes after the other went on; the clinic edits and
takes back meanwhile, and a person releases, cancels, replays and freezes. After each step the rules of the
queue hold; at the end, when nothing goes wrong any more, the target holds exactly what is wanted.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import Engine

from hub import outbox, replay
from hub.documents import DocKind, Document
from hub.errors import Misconfigured, PauseConnection, ReadFailed
from hub.plan import plan_due
from hub.planning.context import Context
from hub.rendering import CaseKind
from hub.sending.taking import Taken
from hub.store import connections
from hub.store.tables import attempt, audit_event, case, delivery, hold, link
from hub.targets import OutgoingBatch
from tests.properties.late_ledger import LateLedger, LateTarget
from tests.properties.opening import books_over
from tests.support.fake_books import GROUP, TARGET, Books, another_worker, document_id, key
from tests.support.world import FakeClock, make_world

LEGAL = {
    "pending": {"sending", "delivered", "held", "cancelled"},
    "sending": {"pending", "unknown", "delivered", "held", "cancelled"},
    "unknown": {"pending", "delivered", "held", "cancelled"},
    "held": {"pending", "cancelled"},
    "delivered": set[str](),
    "cancelled": set[str](),
}
UNDER_WAY = {"pending", "sending", "unknown"}
FAULTS = ("before", "after", "late", "500", "not-processed", "429", "retry", "replan", "partial", "short")

workers = st.integers(0, 1)
subjects = st.sampled_from(["i1", "i2"])
faults = st.sampled_from((None, *FAULTS))
latenesses = st.sampled_from([0.0, 5.0, 40.0, 110.0])


class Died(BaseException):
    """The worker is gone: nothing of it runs on."""


class Databases(Protocol):
    """Where a machine gets an empty, migrated database from."""

    def __call__(self, folder: Path) -> AbstractContextManager[Engine]: ...


class OutboxMachine(RuleBasedStateMachine):
    """`databases` is set by the test that runs it."""

    databases: Databases

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        engine = self._stack.enter_context(type(self).databases(folder))
        self.clock = FakeClock()
        self.ledger = LateLedger(now=self.clock.now, before_send=self._attempt_is_committed)
        self.books = [books_over(engine, folder, self.clock, self.ledger, LateTarget(self.ledger))]
        self.books.append(self._second(engine))
        self.first = self.books[0]
        self.hands: list[Taken | None] = [None, None]
        self.known: dict[str, Any] = {}
        self.credit = 0
        self.first.contact("p1")

    def _second(self, engine: Engine) -> Books:
        world = make_world(engine, clock=self.clock, worker="worker-2")
        return another_worker(self.books[0], replace(world, transport=self.books[0].kernel.world.transport))

    def context(self, worker: int) -> Context:
        return Context(self.books[worker].kernel, GROUP, TARGET)

    # --- the clinic ----------------------------------------------------------------------------------

    @rule(
        number=subjects,
        gross=st.sampled_from([9500, 12000]),
        paid=st.lists(st.sampled_from([1000, 4000]), max_size=2),
        use=st.booleans(),
    )
    def bill(self, number: str, gross: int, paid: list[int], use: bool) -> None:
        """A new invoice, or an edit of it or of what was paid on it."""
        on_it = [self.first.receipt(f"{number}-r{n}", number, cents) for n, cents in enumerate(paid)]
        needs: tuple[Any, ...] = ()
        if use and self.credit:
            on_it.append(self.first.allocation("c1", number, 500))
            needs = (key(CaseKind.CREDIT, "c1"),)
        self.first.invoice(number, *on_it, gross=gross, needs=needs)

    @rule(number=subjects)
    def take_back(self, number: str) -> None:
        """Voided, with everything on it."""
        self.first.say(CaseKind.INVOICE, number)

    @rule(name=st.sampled_from(["Canary, Jordan (p1)", "Canary, Jo (p1)"]))
    def rename(self, name: str) -> None:
        self.first.contact("p1", name)

    @rule(cents=st.sampled_from([5000, 6000]))
    def keep_credit(self, cents: int) -> None:
        """Money that is on no invoice yet; another amount takes it off and makes it again."""
        self.credit = cents
        self.first.credit("c1", cents)

    # --- the workers ---------------------------------------------------------------------------------

    @rule(worker=workers, then=st.lists(faults, max_size=3), lateness=latenesses)
    def work(self, worker: int, then: list[str | None], lateness: float) -> None:
        """One whole slice."""
        self.ledger.faults, self.ledger.lateness = list(then), lateness
        self.books[worker].once()
        self.ledger.faults = []

    @rule(worker=workers)
    def plan(self, worker: int) -> None:
        until = self.clock.now() + timedelta(hours=1)
        plan_due(self.books[worker].kernel, GROUP, TARGET, until)

    @rule(worker=workers)
    @precondition(lambda self: None in self.hands)
    def take(self, worker: int) -> None:
        """A batch in hand, its attempt committed, nothing sent."""
        if self.hands[worker] is None:
            self.hands[worker] = outbox.take(self.context(worker), f"hand-{worker}-{self.clock.elapsed}")

    @rule(worker=workers, fault=faults, lateness=latenesses)
    @precondition(lambda self: any(self.hands))
    def send(self, worker: int, fault: str | None, lateness: float) -> None:
        """The batch in hand goes out, however long ago it was taken."""
        taken, self.hands[worker] = self.hands[worker], None
        if taken is not None:
            self.ledger.faults, self.ledger.lateness = [fault], lateness
            outbox.send(self.context(worker), taken)
            self.ledger.faults = []

    @rule(worker=workers, slept=st.sampled_from([20, 100, 200]), fault=faults, lateness=latenesses)
    @precondition(lambda self: any(self.hands))
    def freeze_before_hearing(self, worker: int, slept: int, fault: str | None, lateness: float) -> None:
        """The target did its part; the worker sleeps, the other goes on, then the answer is read."""
        taken, self.hands[worker] = self.hands[worker], None
        if taken is not None:
            self.ledger.faults, self.ledger.lateness = [fault], lateness
            self.ledger.after_send = lambda: self._other_goes_on(worker, slept)
            outbox.send(self.context(worker), taken)
            self.ledger.after_send, self.ledger.faults = None, []

    @rule(worker=workers, slept=st.sampled_from([20, 100]))
    def freeze_while_looking(self, worker: int, slept: int) -> None:
        """What the worker saw is old when it wakes."""
        self.ledger.after_look = lambda: self._other_goes_on(worker, slept)
        self.books[worker].once()
        self.ledger.after_look = None

    @rule(worker=workers, effect=st.booleans())
    def die_while_sending(self, worker: int, effect: bool) -> None:
        """Gone between the attempt and its outcome, before or after the effect."""

        def die(*_: object) -> None:
            raise Died

        if effect:
            self.ledger.after_send = die
        else:
            self.ledger.before_send = die
        with suppress(Died):
            self.books[worker].once()
        self.ledger.after_send, self.ledger.before_send = None, self._attempt_is_committed

    @rule(worker=workers)
    def forget(self, worker: int) -> None:
        """The worker died with a batch in hand."""
        self.hands[worker] = None

    @rule(worker=workers, fails=st.sampled_from([0, 0, 1]))
    def look(self, worker: int, fails: int) -> None:
        self.ledger.look_fails = fails
        outbox.recover(self.context(worker))
        outbox.look_up(self.context(worker), f"look-{worker}-{self.clock.elapsed}")

    @rule(seconds=st.sampled_from([1, 10, 35, 65, 95, 130, 600]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    # --- a person ------------------------------------------------------------------------------------

    @rule()
    @precondition(lambda self: bool(self.first.holds()))
    def release(self) -> None:
        if self.first.holds():
            replay.release(self.first.kernel, GROUP, cause="*", who="person:test", why="looked at")

    @rule(data=st.data(), cancel=st.booleans())
    def cancel_or_try_again(self, data: st.DataObject, cancel: bool) -> None:
        """Whatever a person points at; where it cannot be, they are told so."""
        self._by_hand(data, replay.cancel_delivery if cancel else replay.replay)

    @rule(data=st.data(), worker=workers)
    def lose_at_target(self, data: st.DataObject, worker: int) -> None:
        """A person deletes a receipt at the target, and has it sent again."""
        receipts = [t for t in self.ledger.live(DocKind.RECEIPT) if self._quiet_document(t.document)]
        if receipts and self.context(worker).is_open():
            gone = data.draw(st.sampled_from(receipts), label="receipt")
            gone.live, self.ledger.look_fails = False, 0
            rows = [row for row in self._rows(delivery) if row.document_id == gone.document]
            last = max(rows, key=lambda row: row.version)
            replay.replay(self.books[worker].kernel, GROUP, last.id, who="person:test", why="it is gone")

    @rule(frozen=st.booleans())
    def freeze(self, frozen: bool) -> None:
        with self.first.kernel.store.write(GROUP) as unit:
            connections.freeze(unit, None, frozen=frozen, why="test")

    # --- what holds after each step --------------------------------------------------------------------

    @invariant()
    def one_live_object_for_each_document(self) -> None:
        live = [thing.document for thing in self.ledger.live()]
        assert len(live) == len(set(live)), "two living objects under one document"

    @invariant()
    def one_effect_for_each_version(self) -> None:
        assert all(count == 1 for count in self.ledger.effects.values()), self.ledger.effects

    @invariant()
    def states_move_as_they_may(self) -> None:
        open_of: set[str] = set()
        for row in self._rows(delivery):
            before = self.known.get(row.id)
            if before is not None:
                self._moved(before, row)
            if row.state in UNDER_WAY:
                assert row.document_id not in open_of, "two deliveries of one document under way"
                open_of.add(row.document_id)
            assert (row.lease_owner is not None) or row.state != "sending"
            self.known[row.id] = row

    def _moved(self, before: Any, row: Any) -> None:
        if before.state != row.state:
            steps, reached = {before.state}, {before.state}
            while steps:  # several moves may lie between two checks
                steps = set().union(*(LEGAL[state] for state in steps)) - reached
                reached |= steps
            assert row.state in reached, f"{before.state} -> {row.state}"
        for name in ("content_enc", "content_hash", "version", "op", "mark", "document_id"):
            assert getattr(before, name) == getattr(row, name), f"{name} of a delivery changed"

    def _attempt_is_committed(self, batch: OutgoingBatch) -> None:
        """Right before a call: the attempt is there, and more than a deadline of the lease is left."""
        for out in batch.members:
            (row,) = self._rows(delivery, id=out.delivery)
            assert (row.state, row.batch_id) == ("sending", batch.id)
            assert (row.lease_until - self.clock.now()).total_seconds() > 30
            tries = self._rows(attempt, delivery_id=out.delivery)
            assert [one for one in tries if one.batch_id == batch.id and one.ended_at is None]
            assert sorted(one.number for one in tries) == list(range(1, len(tries) + 1))

    # --- and at the end --------------------------------------------------------------------------------

    def teardown(self) -> None:
        try:
            self._come_to_rest()
            self._as_wanted()
            self._written_down()
        finally:
            self._stack.close()

    def _come_to_rest(self) -> None:
        self.hands, self.ledger.look_fails, self.ledger.faults = [None, None], 0, []
        self.freeze(False)
        self.first.go()
        for _ in range(3):  # what a person withdrew or was exhausted is released, until nothing is held
            self.release()
            self.clock.advance(300)  # whatever came late has come
            self.ledger.land()
            self.books[1].go()
        assert self.first.holds() == []

    def _as_wanted(self) -> None:
        wanted: dict[str, Document] = {}
        for one in self.first.renderer.rendered.values():
            wanted |= {d.document: d.content for d in one.documents if d.content is not None}
        contact = document_id(DocKind.CONTACT, "p1")
        live = {thing.document: thing.content for thing in self.ledger.live()}
        if contact not in live:  # made only for whom something is billed
            wanted.pop(contact, None)
        assert live == wanted

    def _written_down(self) -> None:
        rows = self._rows(delivery)
        assert {row.state for row in rows} <= {"delivered", "cancelled"}
        standing = {row.document_id for row in self._rows(link) if row.live}
        assert standing == {thing.document for thing in self.ledger.live()}
        told = [row.entity_id for row in self._rows(audit_event, outcome="delivered", action="deliver")]
        assert sorted(told) == sorted(row.id for row in rows if row.state == "delivered")
        for row in self._rows(case):
            assert row.marked == row.planned
        assert not [row for row in self._rows(hold) if row.closed_at is None]

    # --- by the way ------------------------------------------------------------------------------------

    def _rows(self, table: Any, **where: Any) -> list[Any]:
        return self.first.rows(table, **where)

    def _other_goes_on(self, worker: int, seconds: int) -> None:
        self.clock.advance(seconds)
        kept, self.ledger.faults = self.ledger.faults, []
        self.books[1 - worker].once()
        self.ledger.faults = kept

    def _by_hand(self, data: st.DataObject, act: Callable[..., object]) -> None:
        rows = self._rows(delivery)
        if rows:
            one = data.draw(st.sampled_from([row.id for row in rows]), label="delivery")
            with suppress(Misconfigured, ReadFailed, PauseConnection):
                act(self.first.kernel, GROUP, one, who="person:test", why="a person")

    def _quiet_document(self, document: str) -> bool:
        """Delivered, and nothing of it on its way."""
        return {row.state for row in self._rows(delivery, document_id=document)} <= {"delivered", "cancelled"}
