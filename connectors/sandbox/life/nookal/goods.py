"""What a visit is billed with at the fourth location."""

from __future__ import annotations

from random import Random

from connectors.sandbox.life.diary import FEE, Visit
from connectors.sandbox.life.model import Line, line
from connectors.sandbox.life.plot_money import MoneyPlot


def goods(plot: MoneyPlot, rng: Random, visit: Visit, step: int) -> list[Line]:
    """The lines of one visit that is billed. A massage missed is billed whole: its fee is taxed as it is."""
    main = visit.who.main
    if visit.outcome == FEE:
        return [line(plot.id(), "DNAF" if main == "505" else main)]
    if visit.group:
        return [line(plot.id(), "Class")]
    if main == "505" and rng.random() < 0.15:
        main = "500"
    lines = [line(plot.id(), main)]
    extra = rng.random()
    if extra < 0.1:
        lines.append(line(plot.id(), "BAND-M", quantity=rng.choice((1, 2, 3))))
    elif extra < 0.14:
        lines.append(line(plot.id(), "ROLLER"))
    elif extra < 0.17 and visit.patient.payer == "icare":
        lines.append(line(plot.id(), "REPORT"))
    return lines
