"""What a visit is billed with at the first practice system."""

from __future__ import annotations

from random import Random

from connectors.sandbox.life.diary import FEE, Visit
from connectors.sandbox.life.group import ITEMS
from connectors.sandbox.life.model import Line, line
from connectors.sandbox.life.plot_money import MoneyPlot

HYDRO_UNTIL_STEP = 2
"""Hydrotherapy is billed only while its account is open."""


def goods(plot: MoneyPlot, rng: Random, visit: Visit, step: int) -> list[Line]:
    """The lines of one visit that is billed; a missed visit's fee follows the tax of its service."""
    main = visit.who.main
    if visit.outcome == FEE:
        return [line(plot.id(), "CF2" if ITEMS[main].taxed else "CF1")]
    if visit.group:
        return [line(plot.id(), "PL1")]
    if main == "PH2" and rng.random() < 0.15:
        main = "PH1"
    elif main == "PH2" and visit.who.place == "toowong" and step <= HYDRO_UNTIL_STEP and rng.random() < 0.5:
        main = "HY1"
    drawn = rng.random()
    if drawn < 0.06 and not ITEMS[main].taxed:
        lines = [line(plot.id(), main, unit=ITEMS[main].cents - 1500, concession="Pensioner")]
    elif drawn < 0.12:
        lines = [line(plot.id(), main, discount=1100)]
    else:
        lines = [line(plot.id(), main)]
    extra = rng.random()
    if extra < 0.08:
        lines.append(line(plot.id(), "PR2", quantity=rng.choice((1, 1, 2))))
    elif extra < 0.11:
        lines.append(line(plot.id(), "PR1"))
    elif extra < 0.14 and visit.patient.payer == "safework":
        lines.append(line(plot.id(), "RP1"))
    return lines
