"""The scenario of card payments: pages that are asked for, paid, ended; written back; paid out with fees."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from connectors.sandbox.life.demo import RAISED
from connectors.sandbox.life.nookal.group import ACCOUNT as FOURTH
from connectors.sandbox.simulation import cards_story, cards_systems, cards_verdict, watch
from connectors.sandbox.simulation.cards_story import Bill
from connectors.sandbox.simulation.cards_systems import STRIPE
from connectors.sandbox.simulation.company import DATED, Choice, Errand, Excluded
from connectors.sandbox.simulation.manly_people import PATIENTS, ManlyPeople
from connectors.sandbox.simulation.systems import LEDGER, WEBHOOK_KEY, Running, prepared

REFUND_HELD = "unsupported:refund-R4"
"""Money given back revives a debt in this practice system: what becomes of it is for a bookkeeper to say."""
_NO_TOKEN = "a key has no token to renew: refusing it stops the connection for a person"


class CardsCast(ManlyPeople):
    """One schedule: people who bill, people who pay, and a clerk of the clinic at the hub."""

    def __init__(self, seed: str, running: Mapping[str, Running]) -> None:
        self.bills, steps = cards_story.tell(Random(f"{seed}/stories"), len(cards_systems.DAYS) - 1)
        self._day = self._nights = self._minutes = 0
        self._moved = False
        super().__init__(running, steps, PATIENTS)

    # --- what a clerk at the hub is told and tells

    def errands(self) -> Sequence[Errand]:
        """What is to be typed at the hub; on the way, what waited for the hub goes on."""
        self._go_on()
        return list(self.wanted)

    def refused(self, errand: Errand, code: str) -> None:
        """Nobody asks again for what is not owed; what the hub does not know yet is asked for later."""
        if code == "ask:nothing" and not self.owing(self._bill(errand.about)):
            self.done(errand)

    def linked(self, number: str, url: str) -> None:
        """A payer hears of a page."""
        bill = self._bill(number)
        bill.url = url
        self._pays(bill)

    def asked(self, request: Any) -> None:
        """Staff enter what was given back."""
        bill = self._bill(request.number)
        if request.kind == "record-refund" and not bill.entered:
            money = {"invoice_id": bill.id, "cents": -request.cents, "day": self._today()}
            self.practice("refund", **money, method="Card by link")
            bill.entered = True

    def carried(self, name: str, data: bytes) -> bool:
        """There is nothing to carry."""
        raise AssertionError(f"nobody asked for {name}")

    def waits(self) -> bool:
        """Whether a payer waits for a page, a clerk for the hub, or a banking day for its first payment."""
        goes_on = self._moved or self._day < self._nights
        return goes_on or bool(self.wanted) or any(bill.waits for bill in self.bills)

    # --- witnesses

    def moment(self) -> Sequence[str]:
        """What stands twice now, in the ledger, at the card account or in the practice system."""
        return [*self.twice_in_the_books(), *cards_verdict.twice(self)]

    def objects(self, connection: str) -> Collection[tuple[str, str]]:
        """Live objects of ours."""
        if connection == LEDGER:
            return {(kind, id_) for kind, _, id_ in watch.standing(self.books())}
        return cards_verdict.standing(self, connection)

    def verdict(self, held: Iterable[tuple[str, str]]) -> Sequence[str]:
        """The three systems' own books beside one another."""
        wanted = {(bill.number, REFUND_HELD) for bill in self.bills if bill.entered}
        return [
            *(f"held: {number} {cause}" for number, cause in sorted(set(held) - wanted)),
            *(f"not held: {number} {cause}" for number, cause in sorted(wanted - set(held))),
            *cards_verdict.wrong(self),
        ]

    def counts(self) -> Mapping[str, int]:
        """What was played so far."""
        by_link = sum(bool(bill.charge) for bill in self.bills)
        return {**self.played, "paid_invoices": len(self.paid_invoices()), "by_link": by_link}

    # --- acts

    def _ask(self, bill: Bill, hours: int | None = None) -> None:
        self.wanted.append(Errand("ask", bill.number, {"hours": hours} if hours else {}))

    def _call_off(self, bill: Bill) -> None:
        self.wanted.append(Errand("withdraw", bill.number, {}))

    def _pay_by_link(self, bill: Bill) -> None:
        bill.time_come = True
        self._pays(bill)

    def _night(self) -> None:
        self._nights += 1
        self._go_on()

    # --- people who wait

    def _pays(self, bill: Bill) -> None:
        """Whoever is to pay does so by a page that asks for what is owing, once."""
        if not bill.by_link or not bill.time_come or bill.charge or not bill.url:
            return
        page = next(one for one in cards_verdict.pages(self) if bill.url.endswith(one["id"]))
        if page["status"] != "open" or page["amount_total"] != self.owing(bill):
            return
        if bill.declined:
            self.act(STRIPE, "pay_session", session=page["id"], card="4000000000000002")
        bill.charge = self.act(STRIPE, "pay_session", session=page["id"])["charge"]
        self._moved = True

    def _go_on(self) -> None:
        """Banking days that waited for a payment pass; what is to be given back is."""
        while self._day < self._nights and sum(bool(bill.charge) for bill in self.bills) > self._day:
            self._day += 1
            self._moved = True
        if self._moved:  # money is booked a little later
            self._moved, self._minutes = False, self._minutes + 1
            day = cards_systems.DAYS[self._day] + timedelta(minutes=self._minutes)
            cards_systems.at(self.running[STRIPE], day)
        for bill in self.bills:
            if bill.back and bill.charge and not bill.refund:
                made = self.act(STRIPE, "refund", charge=bill.charge, cents=bill.back)
                self._moved = True
                bill.refund = made["id"]

    def _bill(self, number: str) -> Bill:
        return next(bill for bill in self.bills if number.endswith(bill.number))

    def _today(self) -> str:
        return cards_systems.DAYS[self._day].date().isoformat()


class Cards:
    """The plugin: the fourth location, whose patients pay by links."""

    mapping = Path(__file__).with_name("cards.yaml")
    budgets: Mapping[str, Mapping[str, int]] = {**RAISED, STRIPE: {"per_minute": 60_000}}
    hinted: Mapping[str, Collection[str]] = {
        FOURTH: ("classes", "invoices", "locations", "patients", "practitioners", "services", "stock"),
        STRIPE: ("charges", "checkout_sessions", "payouts", "refunds"),
    }
    unplayed: Mapping[str, Collection[str]] = {
        STRIPE: ("renew",),
        LEDGER: ("bank-payment.delete", "deposit", "transfer.delete"),
    }
    aims: Mapping[str, Collection[str]] | None = {
        FOURTH: ("chart", "look", "recorded-payment"),
        STRIPE: (
            "balance_transactions",
            "charges",
            "chart",
            "checkout_sessions",
            "disputes",
            "look",
            "payment-request",
            "payouts",
            "probe",
            "refunds",
        ),
        LEDGER: ("bank-payment", "transfer"),
    }
    excluded: Sequence[Excluded] = (
        Excluded(STRIPE, "401", _NO_TOKEN),
        Excluded(STRIPE, "429 hours", "its 429 names no wait"),
    )
    silent: Mapping[str, Collection[str]] = {STRIPE: ("checkout_sessions",), FOURTH: DATED}
    served = True

    @property
    def secrets(self) -> Mapping[str, Mapping[str, str]]:
        """What a person types in."""
        typed = prepared(FOURTH)[0].secrets
        ledger = {**typed[LEDGER], "webhook_key": WEBHOOK_KEY}
        return {**typed, LEDGER: ledger, STRIPE: cards_systems.prepared()[0]}

    @property
    def tenants(self) -> Mapping[str, str]:
        """The organisation behind the ledger."""
        return prepared(FOURTH)[0].tenants

    def cast(
        self, seed: str, clocks: Mapping[str, Callable[[], datetime]], *, choice: Choice = "all"
    ) -> CardsCast:
        """The systems and acts of one seed; every choice is the same, since its stories are short."""
        return CardsCast(seed, cards_systems.started(clocks, seed))


CARDS = Cards()
