"""Who is sent a link to pay by, and what comes of it: the plan of a month's pages, refunds and surprises.

A visit is billed in one step, its link is sent at the end of it, and the patient pays (or not) in the next;
where the practice system takes payments from its own staff alone, these enter it in the step after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from connectors.sandbox.life.calendar import STEPS, local_day
from connectors.sandbox.life.group import OWN_PLACES, PLACE
from connectors.sandbox.life.model import Clinic, Invoice, Payment
from connectors.sandbox.life.nookal.group import MANLY
from connectors.sandbox.life.plot import Effect, Touched, nothing
from connectors.sandbox.life.strand import Facts, Strand
from connectors.sandbox.life.stripe.group import ACCOUNT, ENTERED_BY_STAFF
from connectors.sandbox.life.stripe.traps import EXPIRED, LOST, TWICE
from connectors.sandbox.life.words import Hands

GOODS = {MANLY.key: ("505", "RM60", "500")}
OWN_GOODS = ("PH2", "RM1", "PS1")
"""What is billed at the other places."""


class Cards:
    """Made with a whole month planned; further weeks are planned when they are asked for.

    `asks`: invoices whose link is sent at the end of a step; `traps`: by which step each has sprung; `lost`:
    the step after which the answer to a write-back is lost.
    """

    def __init__(self, facts: Facts, clinic: Clinic, strands: Mapping[str, Strand]) -> None:
        self.clinic, self.asks = clinic, defaultdict[int, list[Invoice]](list)
        self.traps: dict[str, int] = {}
        self.lost: int | None = None
        self._stages = {
            place.key: stage
            for strand in strands.values()
            for stage in (strand.stage("links"),)
            for place in strand.words.places
        }
        for step in range(1, STEPS + 1):
            self.week(step)
        if facts.plants:
            self._surprises()

    def week(self, step: int) -> None:
        """Two visits of a step are paid by link: one at the fourth location, one at another."""
        for place in (MANLY.key, OWN_PLACES[step % len(OWN_PLACES)].key):
            if place in self._stages:
                self._paid(self._billed(place, step), step + 1)

    def _surprises(self) -> None:
        """What goes another way, each where its place is played."""
        if MANLY.key in self._stages:
            self._never_paid(MANLY.key, 2)
            self._paid_at_the_desk(MANLY.key, 4)
            self._expired(MANLY.key, 2)
            self._told_twice(MANLY.key, 4)
            self.lost = self.traps[LOST] = 6
        if len(self._stages) > 1:
            self._given_back(OWN_PLACES[0].key, 2)
            self._refund_not_entered(OWN_PLACES[2].key, 3)
            self._nobody_knows(4)

    def _never_paid(self, place: str, step: int) -> None:
        """The link is sent, and that is all."""
        self._billed(place, step)

    def _paid_at_the_desk(self, place: str, step: int) -> None:
        """The patient comes by before they open the page."""
        sold = self._billed(place, step)
        self._stages[place].pay(self._day(place, step + 1, 2), sold, clock="09:30")

    def _expired(self, place: str, step: int) -> None:
        """The page has run out when the patient opens it; they are sent another, and pay late."""
        sold, stage = self._billed(place, step), self._stages[place]
        day = self._day(place, step + 1, 1)
        self._act(sold, stage.at(place, day, "21:30"), "open_late")
        self.asks[step + 1].append(sold)
        self._paid(sold, step + 2)
        self.traps[EXPIRED] = step + 2

    def _told_twice(self, place: str, step: int) -> None:
        """The payment system makes two events of one payment."""
        sold, stage = self._billed(place, step), self._stages[place]
        self._paid(sold, step + 1)
        self._act(sold, stage.at(place, self._day(place, step + 1, 1), "19:45"), "tell_twice")
        self.traps[TWICE] = step + 1

    def _given_back(self, place: str, step: int) -> None:
        """Paid by link, entered, and then reversed and given back by card: staff note all of it."""
        sold, stage = self._billed(place, step), self._stages[place]
        self._paid(sold, step + 1)
        day, method = self._day(place, step + 3, 1), stage.plot.words.till.page
        note = stage.plot.reverse(stage.at(place, day, "13:30"), sold)
        at = stage.at(place, day, "13:40")
        self._act(sold, at, "give_back", cents=sold.total)
        stage.plot.refund(at, place, sold.patient, method, sold.total, note=note)

    def _refund_not_entered(self, place: str, step: int) -> None:
        """A part is given back by card, and nobody notes it: the payout is short by it."""
        sold, stage = self._billed(place, step), self._stages[place]
        self._paid(sold, step + 1)
        at = stage.at(place, self._day(place, step + 2, 2), "14:20")
        self._act(sold, at, "give_back", cents=2500)

    def _nobody_knows(self, step: int) -> None:
        """A card is taken in the payment system's own dashboard: at the bank it matches nothing."""
        place = MANLY.key
        at = self._stages[place].at(place, self._day(place, step, 1), "19:10")
        what = {"action": "take_charge", "cents": 6600, "description": "Telephone"}
        self._stages[place].plot.act(at, "take_charge", lambda: [dict(what)], system=ACCOUNT)

    def _billed(self, place: str, step: int) -> Invoice:
        """A visit whose link is sent at the end of its step."""
        stage, day = self._stages[place], self._day(place, step, 1)
        code = stage.rng.choice(GOODS.get(place, OWN_GOODS))
        sold = stage.sell(place, day, stage.patient(place, day), code, clock="11:10")
        self.asks[step].append(sold)
        return sold

    def _paid(self, sold: Invoice, step: int) -> None:
        """The page is paid in the evening of a step's second day; the practice notes it, or its staff do."""
        stage, place = self._stages[sold.place], sold.place
        plot, at = stage.plot, stage.at(place, self._day(place, step, 1), "19:40")
        money, puts = ((plot.words.till.page, sold.total),), ((sold, sold.total),)
        if PLACE[place].account in ENTERED_BY_STAFF:
            self._act(sold, at, "pay_page")
            noted = stage.at(place, self._day(place, step + 1, 0), "08:30")
            plot.pay(noted, place, sold.patient, money, puts, paid_at=at)
            return
        made = Payment(plot.id(), place, sold.patient, local_day(place, at), money, puts)
        self.clinic.payments.append(made)

        def effect() -> Touched:
            made.born = True
            return ((made.place, made.day),)

        self._act(sold, at, "pay_page", effect)

    def _act(self, sold: Invoice, at: datetime, action: str, effect: Effect = nothing, **more: int) -> None:
        def said() -> Hands:
            return [{"action": action, "number": sold.number, **more}]

        self._stages[sold.place].plot.act(at, action, said, effect, system=ACCOUNT)

    def _day(self, place: str, step: int, offset: int) -> int:
        month = self._stages[place].month
        return (month.step_day(step, offset) - month.first).days + 1
