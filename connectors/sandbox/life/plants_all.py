"""All planted cases of a month."""

from __future__ import annotations

from connectors.sandbox.life.plants import Planned, Planter, money, unmapped, unreadable
from connectors.sandbox.life.plants_books import forbidden
from connectors.sandbox.life.plants_more import held_for_now
from connectors.sandbox.life.stage import Stage


def plant(stage: Stage, reports: bool = True) -> list[Planned]:
    """Plant them; without payment reports the one that needs a payment of ours in the books is left out."""
    planter = Planter(stage, reports)
    for sow in (unmapped, unreadable, money, forbidden, held_for_now):
        sow(planter)
    return planter.planned
