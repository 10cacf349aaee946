"""Clinic life as a demo's story: an adapter by entry point, so that whoever plays it imports nothing of ours.

Connection ids are those of the fictional group's own configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from connectors.sandbox.life.books import Books
from connectors.sandbox.life.client import HttpControl
from connectors.sandbox.life.compare import Plant, compare, compare_without_reports
from connectors.sandbox.life.life import Life, StepReport
from connectors.sandbox.life.setup import Setup
from connectors.sandbox.life.witness import target_books

PRACTICE, LEDGER = "harbour-cliniko", "harbour-xero"
RAISED = {PRACTICE: {"per_minute": 60_000}, LEDGER: {"per_minute": 60_000, "per_day": 1_000_000}}


WITHOUT_REPORTS = ("billed_unexplained", "money_rows", "unknown_missing", "unknown_wrong")
"""What must be zero when no payment report was imported."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person would type into the hub: secrets and tenants by connection id."""

    secrets: Mapping[str, Mapping[str, str]]
    tenants: Mapping[str, str]


@dataclass(slots=True)
class Played:
    """A story on two running servers; steps count from 0."""

    life: Life
    practice: HttpControl
    ledger: HttpControl
    first: int
    steps: int

    def setup(self) -> Typed:
        """Seed both servers, or, going on, what was typed before."""
        facts: Setup = self.life.setup_facts or self.life.setup()
        grant = {
            "client_id": facts.xero_client_id,
            "client_secret": facts.xero_client_secret,
            "refresh_token": facts.xero_refresh_token,
        }
        secrets = {PRACTICE: {"api_key": facts.cliniko_key}, LEDGER: grant}
        return Typed(secrets, {LEDGER: facts.xero_tenant_id})

    def play(self, step: int) -> StepReport:
        """The next step."""
        return self.life.play(self.first + step)

    def report_csv(self, business_id: str, first: date, last: date) -> bytes:
        return self.life.report_csv(business_id, first, last)

    def planted(self) -> Sequence[Plant]:
        return self.life.planted()

    def truth(self) -> Books:
        return self.life.truth()

    def close(self) -> None:
        """End the connections to both servers."""
        self.practice.close()
        self.ledger.close()


class Story:
    """The plugin."""

    def life(
        self, urls: Mapping[str, str], *, seed: int, month: str, weeks: int | None, state: Path, reports: bool
    ) -> Played:
        """Begin at `state`, or go on with what it holds; `weeks` limits how many steps are played."""
        practice, ledger = HttpControl.at(urls[PRACTICE]), HttpControl.at(urls[LEDGER])
        if state.exists():
            life = Life.load(state, practice, ledger)
            left = weeks or max(0, life.steps - life.played)
        else:
            life = Life(practice, ledger, seed=seed, month=month, reports=reports, file=state)
            left = min(weeks or life.steps, life.steps)
        return Played(life, practice, ledger, life.played + 1, left)

    def books(self, played: Played) -> Books:
        """The ledger's books from its own control endpoint."""
        return target_books(played.ledger.call("GET", "/__control__/ledger"))

    def compare(
        self,
        played: Played,
        held: Iterable[tuple[str, str]],
        unknown_paid: Iterable[Mapping[str, Any]] | None,
    ) -> dict[str, Any]:
        """The five counts, or with `unknown_paid` what must hold without reports."""
        truth, books, plants = played.life.truth(), self.books(played), played.life.planted()
        if unknown_paid is None:
            return compare(truth, books, plants, held)
        right, optional = played.life.unknown()
        found = compare_without_reports(truth, books, plants, map(dict, unknown_paid), right, optional)
        return {**found, "passed": not any(found[name] for name in WITHOUT_REPORTS)}

    def raise_limits(self, played: Played) -> Mapping[str, Mapping[str, int]]:
        """Raise both servers' limits and name the budgets that fit them."""
        played.practice.call("POST", "/__control__/limits", {"per_minute": 0})
        played.ledger.call(
            "POST", "/__control__/limits", {"minute": 60_000, "app_minute": 60_000, "day": 1_000_000}
        )
        return RAISED

    def calls(self, played: Played) -> int:
        """Requests the ledger's server has answered since it started."""
        return len(played.ledger.call("GET", "/__control__/requests"))


STORY = Story()
