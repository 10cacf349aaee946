"""The fake target behind a wire, so that the target suite can be tried on a right one and on wrong ones.

Values travel as pickles: both ends are this test's own.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import httpx

from hub.contracts import HttpFactory
from hub.documents import (
    Allocation,
    CreditNote,
    DebtorCard,
    Deposit,
    DepositPart,
    DocKind,
    Line,
    Overpayment,
    Receipt,
    Refund,
    SalesInvoice,
)
from hub.errors import OutcomeUnknown, ReadFailed, Reason, ReconnectNeeded, Who
from hub.targets import Answer, Chart, Key, Observed, OutgoingBatch, TokenStore, Verdict
from tests.conformance.bench import Example, TargetBench
from tests.support.fake_ledger import Ledger
from tests.support.fake_target import FakeSession, FakeTarget
from tests.support.world import FakeClock

DAY = date(2026, 10, 5)
NO_SUCH = "999"


class LedgerServer(httpx.BaseTransport):
    """The ledger's side: a key that comes again gets the same answer; account 999 is refused."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.session = FakeSession(ledger)
        self.answered: dict[str, bytes] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path, body = request.url.path, request.read()
        if path == "/chart":
            return self._say(self.ledger.chart())
        if path == "/look":
            return self._say(self.session.observe(pickle.loads(body)))
        batch: OutgoingBatch = pickle.loads(body)
        if batch.idempotency_key not in self.answered:
            members = batch.members[:1] if "x-sandbox-partial" in request.headers else batch.members
            answers = [self._one(out) for out in members]
            self.answered[batch.idempotency_key] = pickle.dumps(answers)
        return httpx.Response(200, content=self.answered[batch.idempotency_key])

    def _one(self, out: Any) -> Answer:
        lines = getattr(out.key.content, "lines", ())
        if any(line.account == NO_SUCH for line in lines):
            reason = Reason("account:unknown", "There is no account 999.", Who.BOOKKEEPER)
            return Answer(out.delivery, Verdict.REFUSED, reason=reason)
        return self.session._one(out)

    def _say(self, value: Any) -> httpx.Response:
        return httpx.Response(200, content=pickle.dumps(value))


class WiredSession:
    """hub.targets.TargetSession over the hub's own client."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def observe(self, keys: Sequence[Key]) -> Observed:
        answer = self.http.post("/look", content=pickle.dumps(list(keys)), extensions={"read": True})
        return self._read(answer)

    def send(self, batch: OutgoingBatch) -> Sequence[Answer]:
        answer = self.http.post("/send", content=pickle.dumps(batch))
        if answer.status_code == 401:
            raise ReconnectNeeded("the key is dead")
        return self.answers(batch, answer)

    def answers(self, batch: OutgoingBatch, answer: httpx.Response) -> Sequence[Answer]:
        """What an answer says. Raises OutcomeUnknown for one that cannot be read."""
        try:
            found: list[Answer] = pickle.loads(answer.content)
        except Exception:
            raise OutcomeUnknown("the answer could not be read") from None
        return found

    def chart(self) -> Chart:
        found: Chart = self._read(self.http.get("/chart"))
        return found

    def probe(self) -> Sequence[Reason]:
        return []

    def _read(self, answer: httpx.Response) -> Any:
        if answer.status_code != 200:
            raise ReadFailed("the fake target does not answer")
        return pickle.loads(answer.content)


class WiredTarget(FakeTarget):
    """The fake target's rules over the wire; `session` is replaced to make a wrong one."""

    session: type[WiredSession] = WiredSession

    def open(self, config: Mapping[str, Any], tokens: TokenStore, http: HttpFactory) -> Any:
        return self.session(http(base_url="http://ledger.test", headers={"User-Agent": "Tests"}))


def _line(gross: int, account: str = "200") -> tuple[Line, ...]:
    return (Line("Physio", account, "EXEMPTOUTPUT", gross, 0),)


def _invoice(number: str, gross: int, account: str = "200") -> SalesInvoice:
    return SalesInvoice(number, "contact", DAY, DAY, "AUD", _line(gross, account))


def _note(number: str, gross: int) -> CreditNote:
    return CreditNote(number, "contact", DAY, "AUD", _line(gross))


EXAMPLES = (
    Example("contact", DebtorCard("P1", "Canary, Jordan"), DebtorCard("P1", "Canary, Jo")),
    Example("payer", DebtorCard("P2", "Fictional Fund"), DebtorCard("P2", "Fabled Fund")),
    Example("invoice", _invoice("I1", 9500), _invoice("I1", 9900)),
    Example("other", _invoice("I2", 4400), _invoice("I2", 5500), _invoice("I2", 4400, NO_SUCH)),
    Example("note", _note("N1", 2000), _note("N1", 2100)),
    Example("note-2", _note("N2", 3000), _note("N2", 3100)),
    Example("over", Overpayment("contact", "1101", DAY, 5000, "AUD")),
    Example("over-2", Overpayment("contact", "1101", DAY, 6000, "AUD")),
    Example("receipt", Receipt("invoice", "1101", DAY, 4000)),
    Example("receipt-2", Receipt("invoice", "1101", DAY, 4000)),
    Example("refund", Refund("note", "1101", DAY, 1000)),
    Example("refund-2", Refund("note", "1101", DAY, 1000)),
    Example("allocation", Allocation("over", "invoice", DAY, 1000)),
    Example("allocation-2", Allocation("over", "other", DAY, 700)),
    Example("deposit", Deposit("1101", DAY, (DepositPart("invoice", 500), DepositPart("other", 400)))),
    Example("deposit-2", Deposit("1101", DAY, (DepositPart("other", 300),))),
)


def fake_bench(target: FakeTarget | None = None, server: type[LedgerServer] = LedgerServer) -> TargetBench:
    """A fresh ledger behind a wire."""
    clock = FakeClock()
    ledger = Ledger(now=clock.now)

    def count(kind: DocKind) -> int:
        return len(ledger.live(kind))

    return TargetBench(
        target=target or WiredTarget(),
        transport=server(ledger),
        clock=clock,
        secret={"api_key": "k"},
        examples=EXAMPLES,
        count=count,
        is_write=lambda request: request.url.path == "/send",
    )
