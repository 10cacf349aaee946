"""The three locations on the first practice system."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from connectors.sandbox.life.calendar import instant
from connectors.sandbox.life.cases import STORIES
from connectors.sandbox.life.cases_money import MONEY_STORIES
from connectors.sandbox.life.cliniko.goods import goods
from connectors.sandbox.life.cliniko.words import CLINIKO
from connectors.sandbox.life.diary import Visit, leaving_day
from connectors.sandbox.life.group import LEAVER, PRACTITIONERS, PREFIX
from connectors.sandbox.life.model import Invoice, Line
from connectors.sandbox.life.plants import Planned
from connectors.sandbox.life.plants_all import plant
from connectors.sandbox.life.stage import NEVER_USED
from connectors.sandbox.life.strand import Strand

RECONCILED = 3
"""Payments that a bookkeeper reconciles and nobody touches afterwards."""


class ClinikoStrand(Strand):
    """With a practitioner who leaves, and a bookkeeper who ticks off."""

    words = CLINIKO
    treating = PRACTITIONERS[:NEVER_USED]
    payers = ("coastline", "safework", "vetcare")
    pool = 10
    stories = (*STORIES, *MONEY_STORIES)

    def also(self, made: dict[int, list[Invoice]]) -> None:
        gone = instant("geelong", leaving_day(self.month) + timedelta(days=1), "07:00")
        self.plot.add(gone, "deactivate_practitioner", {"practitioner_id": LEAVER})
        if self.facts.reports:
            self._reconcile(made[2])

    def goods(self, rng: Random, visit: Visit, step: int) -> list[Line]:
        return goods(self.plot, rng, visit, step)

    def plants(self) -> list[Planned]:
        return plant(self.stage("plants"), self.facts.reports)

    def _reconcile(self, invoices: list[Invoice]) -> None:
        """A bookkeeper ticks off card payments of the second step, two steps later."""
        paid = {id(p.puts[0][0]) for p in self.clinic.payments if p.puts and p.sources[0][0] == "EFTPOS"}
        whole = [i for i in invoices if id(i) in paid and self._paid_at_once(i)]
        start = instant("toowong", self.month.span(4)[0], "00:02")
        for invoice in whole[:RECONCILED]:
            self.plot.by_hand(start, "reconcile", self._numbered(invoice))

    def _numbered(self, invoice: Invoice) -> Any:
        return lambda: {"number": f"{PREFIX}{invoice.number}"}

    def _paid_at_once(self, invoice: Invoice) -> bool:
        return any(
            p.day == invoice.day and p.puts == ((invoice, invoice.total),) for p in self.clinic.payments
        )
