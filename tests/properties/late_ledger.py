"""The fake ledger with time: calls that take effect after their client gave up, and counted effects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hub.contracts import HttpFactory
from hub.errors import OutcomeUnknown
from hub.targets import Answer, Key, Observed, Op, Outgoing, OutgoingBatch, TokenStore
from tests.support.fake_ledger import Ledger
from tests.support.fake_target import FakeSession, FakeTarget


@dataclass
class LateLedger(Ledger):
    """A ledger that knows one more fault: "late", no answer and the effect `lateness` seconds after the call.

    `effects` counts, by delivery, how often it changed something. `after_send` and `after_look` are each
    called once, when the target has done its part and before the worker hears of it.
    """

    late: list[tuple[datetime, OutgoingBatch]] = field(default_factory=list)
    lateness: float = 0.0
    effects: Counter[str] = field(default_factory=Counter)
    after_send: Callable[[], None] | None = None
    after_look: Callable[[], None] | None = None

    def land(self) -> None:
        """What is due by now takes effect, in the order it was sent.

        A number stays taken when its document is voided, as at Xero.
        """
        for one in [one for one in self.late if one[0] <= self.now()]:
            self.late.remove(one)
            for out in one[1].members:
                number = getattr(out.key.content, "number", None)
                ever = [t for t in self.things if number and getattr(t.content, "number", None) == number]
                if out.op is not Op.CREATE or not ever:
                    LateSession(self)._one(out)

    def shape(self) -> list[tuple[str, bool, str]]:
        return [(thing.id, thing.live, thing.content_hash) for thing in self.things]


class LateSession(FakeSession):
    """A session over such a ledger."""

    ledger: LateLedger

    def send(self, batch: OutgoingBatch) -> Sequence[Answer]:
        ledger = self.ledger
        ledger.land()
        try:
            if ledger.faults[:1] != ["late"]:
                return super().send(batch)
            ledger.faults.pop(0)
            if ledger.before_send is not None:
                ledger.before_send(batch)
            ledger.sent.append(batch)
            ledger.late.append((ledger.now() + timedelta(seconds=ledger.lateness), batch))
            raise OutcomeUnknown("no answer seen")
        finally:
            then, ledger.after_send = ledger.after_send, None
            if then is not None:
                then()

    def observe(self, keys: Sequence[Key]) -> Observed:
        self.ledger.land()
        seen = super().observe(keys)
        then, self.ledger.after_look = self.ledger.after_look, None
        if then is not None:
            then()
        return seen

    def _one(self, out: Outgoing) -> Answer:
        before = self.ledger.shape()
        answer = super()._one(out)
        if before != self.ledger.shape():
            self.ledger.effects[out.delivery] += 1
        return answer


class LateTarget(FakeTarget):
    """hub.targets.Target over a LateLedger."""

    def __init__(self, ledger: LateLedger) -> None:
        super().__init__(ledger)
        self.late = ledger

    def open(self, config: Mapping[str, Any], tokens: TokenStore, http: HttpFactory) -> LateSession:
        return LateSession(self.late)
