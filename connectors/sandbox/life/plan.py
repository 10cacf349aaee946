"""The plan of a whole story, made from its facts: a strand for each system it is played into."""

from __future__ import annotations

from datetime import date, timedelta

from connectors.sandbox.life.calendar import STEPS, Month, instant
from connectors.sandbox.life.group import PLACE
from connectors.sandbox.life.kinds import Place
from connectors.sandbox.life.model import Clinic, Invoice, Patient
from connectors.sandbox.life.ndis import group as ndis
from connectors.sandbox.life.ndis.story import NdisStory
from connectors.sandbox.life.plants import Planned
from connectors.sandbox.life.plot import BOOKS, Act
from connectors.sandbox.life.plot_money import unpaid
from connectors.sandbox.life.strand import Facts, Strand
from connectors.sandbox.life.strands import STRANDS
from connectors.sandbox.life.stripe import group as stripe
from connectors.sandbox.life.stripe.cards import Cards


class Plan:
    """Every act of the story, in order, and the clinic they make."""

    def __init__(self, facts: Facts) -> None:
        self.month = Month.of(facts.month)
        self.clinic = Clinic(self.month.first)
        self.strands: dict[str, Strand] = {}
        self._done: set[int] = set()
        for account in (account for account in facts.accounts if account in STRANDS):
            first = next(iter(self.strands.values()), None)
            self.strands[account] = STRANDS[account](facts, self.clinic, first.plot if first else None)
        self.ndis = NdisStory(facts, self.clinic, self.strands) if ndis.SCHEME in facts.accounts else None
        self.cards = Cards(facts, self.clinic, self.strands) if stripe.ACCOUNT in facts.accounts else None

    @property
    def planned(self) -> list[Planned]:
        """Every case that must be held."""
        cases = [case for strand in self.strands.values() for case in strand.planned]
        return [*cases, *(self.ndis.planned if self.ndis else ())]

    @property
    def before(self) -> dict[str, list[Patient]]:
        """Who is registered before the story begins, by account."""
        return {account: strand.people.before for account, strand in self.strands.items()}

    @property
    def reported(self) -> list[Place]:
        """Locations whose payments come as imported reports."""
        words = [strand.words for strand in self.strands.values()]
        return [place for one in words if one.reports for place in one.places]

    def mended(self, step: int) -> list[Invoice]:
        """Invoices that a scheme refused for a reason that was mended in a step."""
        return list(self.ndis.mended.get(step, ())) if self.ndis is not None else []

    def asks(self, step: int) -> list[Invoice]:
        """Invoices whose link to pay by is sent at the end of a step."""
        return self.cards.asks[step] if self.cards is not None else []

    @property
    def traps(self) -> dict[str, int]:
        """By which step each trap of the payment system has sprung."""
        return self.cards.traps if self.cards is not None else {}

    @property
    def lost(self) -> int | None:
        """The step after which the answer to a write-back is lost."""
        return self.cards.lost if self.cards is not None else None

    def step(self, step: int) -> list[Act]:
        """The acts of a step, to be asked for once and in order; steps after the month are weeks."""
        if step > STEPS:
            for strand in self.strands.values():
                strand.week(step)
            if self.ndis is not None:
                self.ndis.week(step)
            if self.cards is not None:
                self.cards.week(step)
        return self._due(self.month.span(step)[1])

    def payment(self, invoice_id: str, day: date) -> list[Act]:
        """A payment of all that is unpaid of an invoice, late on a day that was played."""
        invoice = next(i for i in self.clinic.invoices if i.id == invoice_id)
        plot = self.strands[PLACE[invoice.place].account].plot
        cents = unpaid(self.clinic, invoice)
        at = instant(invoice.place, day, "23:50")
        money = ((plot.words.till.card, cents),)
        plot.pay(at, invoice.place, invoice.patient, money, ((invoice, cents),))
        return self._due(day)

    def oldest_open(self) -> Invoice:
        """The oldest ordinary invoice that is wholly unpaid and that no later act pays or changes."""
        spoken = {id(case.of) for case in self.planned}
        spoken |= {id(claim.invoice) for claim in self.clinic.claims}
        spoken |= {id(put) for p in self.clinic.payments if not p.born for put, _ in p.puts}
        ours = [i for i in self.clinic.invoices if i.alive and not i.plant and i.day >= self.clinic.start]
        free = [i for i in ours if i.total > 0 and id(i) not in spoken and unpaid(self.clinic, i) == i.total]
        return min(free, key=lambda i: (i.day, i.number))

    def _due(self, last: date) -> list[Act]:
        end = instant("toowong", last + timedelta(days=1), "00:00")
        for strand in self.strands.values():
            strand.plot.number_until(end)
        acts = next(iter(self.strands.values())).plot.acts
        due = [act for act in acts if act.at < end and act.seq not in self._done]
        self._done |= {act.seq for act in due}
        return sorted(due, key=lambda act: (act.system != BOOKS, act.at, act.seq))
