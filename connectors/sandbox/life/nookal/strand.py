"""The fourth location, on a practice system that shows its own payments."""

from __future__ import annotations

from random import Random

from connectors.sandbox.life.diary import Visit
from connectors.sandbox.life.model import Line
from connectors.sandbox.life.nookal.cases import STORIES
from connectors.sandbox.life.nookal.goods import goods
from connectors.sandbox.life.nookal.group import PRACTITIONERS
from connectors.sandbox.life.nookal.plants import plant
from connectors.sandbox.life.nookal.words import NOOKAL
from connectors.sandbox.life.plants import Planned
from connectors.sandbox.life.strand import Strand


class NookalStrand(Strand):
    words = NOOKAL
    concerns = "nookal "
    treating = PRACTITIONERS
    payers = ("coastline", "icare")
    pool = 5
    stories = STORIES

    def goods(self, rng: Random, visit: Visit, step: int) -> list[Line]:
        return goods(self.plot, rng, visit, step)

    def plants(self) -> list[Planned]:
        return plant(self.stage("plants"), self.facts.reports)
