"""Clinic life as a demo's story: an adapter by entry point, so that whoever plays it imports nothing of ours.

Connection ids are those of the fictional group's own configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from connectors.sandbox.life.books import Books, Row
from connectors.sandbox.life.calendar import Month
from connectors.sandbox.life.client import HttpControl
from connectors.sandbox.life.compare import Plant, compare, compare_without_reports, with_traps
from connectors.sandbox.life.group import ACCOUNT as PRACTICE
from connectors.sandbox.life.group import LEDGER
from connectors.sandbox.life.life import Life, StepReport
from connectors.sandbox.life.ndis import group as ndis
from connectors.sandbox.life.ndis.portal import Portal
from connectors.sandbox.life.nookal.group import ACCOUNT as FOURTH
from connectors.sandbox.life.setup import Setup
from connectors.sandbox.life.strands import STRANDS
from connectors.sandbox.life.stripe.group import ACCOUNT as CARDS
from connectors.sandbox.life.witness import target_books
from connectors.sandbox.shells import RealClock

RAISED = {
    PRACTICE: {"per_minute": 60_000},
    FOURTH: {"per_minute": 60_000},
    CARDS: {"per_minute": 60_000},
    LEDGER: {"per_minute": 60_000, "per_day": 1_000_000},
}
WITHOUT_REPORTS = (
    "billed_unexplained",
    "shown_unexplained",
    "money_rows",
    "unknown_missing",
    "unknown_wrong",
)
"""What must be zero when no payment report was imported."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person would type into the hub: secrets and tenants by connection id."""

    secrets: Mapping[str, Mapping[str, str]]
    tenants: Mapping[str, str]


@dataclass(slots=True)
class Played:
    """A story on running servers; steps count from 0."""

    life: Life
    systems: Mapping[str, HttpControl]
    first: int
    steps: int
    _portals: dict[str, Portal] = field(default_factory=dict)

    def setup(self) -> Typed:
        """Seed the servers, or, going on, what was typed before."""
        facts: Setup = self.life.setup_facts or self.life.setup()
        return Typed(facts.secrets, facts.tenants)

    def play(self, step: int) -> StepReport:
        """The next step."""
        return self.life.play(self.first + step)

    def report_csv(self, business_id: str, first: date, last: date) -> bytes:
        return self.life.report_csv(business_id, first, last)

    def planted(self) -> Sequence[Plant]:
        return self.life.planted()

    def truth(self) -> Books:
        return self.life.truth()

    def portal(self, scheme: str) -> Portal | None:
        """The scheme's portal as its signed-in person has it; None where the story is not played into it."""
        facts = self.life.setup_facts
        if facts is None or scheme not in facts.sessions:
            return None
        if scheme not in self._portals:
            self._portals[scheme] = Portal(self.systems[scheme], facts.sessions[scheme])
        return self._portals[scheme]

    def catalogue(self, scheme: str) -> bytes:
        """What the scheme pays at most, as a person saved it."""
        return ndis.catalogue(self.life.clinic.start)

    def mended(self) -> Sequence[str]:
        return self.life.mended()

    def in_transit(self) -> Sequence[Row]:
        return self.life.in_transit()

    def close(self) -> None:
        """End the connections to the servers."""
        for system in self.systems.values():
            system.close()


class Story:
    """The plugin."""

    def life(
        self, urls: Mapping[str, str], *, seed: int, month: str, weeks: int | None, state: Path, reports: bool
    ) -> Played:
        """Begin at `state`, or go on with what it holds; `weeks` limits how many steps are played.

        It is played into the systems of `urls` that it knows; in the others nothing happens.
        """
        known = {*STRANDS, CARDS, LEDGER, *([ndis.SCHEME] if _claimable(month) else [])}
        systems = {id: HttpControl.at(url) for id, url in urls.items() if id in known}
        if state.exists():
            life = Life.load(state, systems)
            left = weeks or max(0, life.steps - life.played)
        else:
            life = Life(systems, seed=seed, month=month, reports=reports, file=state)
            left = min(weeks or life.steps, life.steps)
        return Played(life, systems, life.played + 1, left)

    def books(self, played: Played) -> Books:
        """The ledger's books from its own control endpoint."""
        return target_books(played.systems[LEDGER].call("GET", "/__control__/ledger"))

    def compare(
        self,
        played: Played,
        held: Iterable[tuple[str, str]],
        unknown_paid: Iterable[Mapping[str, Any]] | None,
    ) -> dict[str, Any]:
        """The five counts, or with `unknown_paid` what must hold without reports."""
        truth, books, plants = played.life.truth(), self.books(played), played.life.planted()
        if unknown_paid is None:
            found = compare(truth, books, plants, held, played.life.in_transit())
            return with_traps(found, played.life.traps())
        right, optional = played.life.unknown()
        reported = played.life.reported
        found = compare_without_reports(
            truth, books, plants, map(dict, unknown_paid), right, optional, reported
        )
        return {**found, "passed": not any(found[name] for name in WITHOUT_REPORTS)}

    def raise_limits(self, played: Played) -> Mapping[str, Mapping[str, int]]:
        """Raise the servers' limits and name the budgets that fit them."""
        raised = {
            LEDGER: {"minute": 60_000, "app_minute": 60_000, "day": 1_000_000},
            CARDS: {"second": 100_000, "endpoint": 100_000},
        }
        for id, system in played.systems.items():
            if id != ndis.SCHEME:
                system.call("POST", "/__control__/limits", raised.get(id, {"per_minute": 0}))
        return RAISED

    def calls(self, played: Played) -> int:
        """Requests the ledger's server has answered since it started."""
        return len(played.systems[LEDGER].call("GET", "/__control__/requests"))


def _claimable(month: str) -> bool:
    """Whether services of a month can still be claimed, with a month to spare: within two years."""
    first, today = Month.of(month).first, RealClock().now()
    return (today.year - first.year) * 12 + today.month - first.month < 23


STORY = Story()
