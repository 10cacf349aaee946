"""What the demo needs of a story plugin: it plays months into simulated servers and keeps the true books.

The plugin is found by entry point, so the kernel never imports it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, cast

from hub.errors import Misconfigured

ReportFile = tuple[str, date, date]  # (business id at the PMS, first day, last day)


class Setup(Protocol):
    """What a person would type in: secrets and the organisation's tenant by connection id."""

    secrets: Mapping[str, Mapping[str, str]]
    tenants: Mapping[str, str]


class StepReport(Protocol):
    """What one step did: counts for people, the report files to import after it, whose payment to ask for."""

    counts: Mapping[str, int]
    reports: Sequence[ReportFile]
    asks: Sequence[str]


class Plant(Protocol):
    id: str
    account: str
    number: str
    cause: str
    cents: int


class Books(Protocol):
    def as_json(self) -> dict[str, Any]: ...


class Portal(Protocol):
    """A funding scheme's portal, as a person signed in there has it."""

    def upload(self, name: str, data: bytes) -> None: ...

    def results(self) -> Sequence[bytes]:
        """Results files this person has not had in this form, oldest first."""
        ...

    def remittances(self) -> Sequence[bytes]:
        """Remittance advices this person has not had, oldest first."""
        ...


class Life(Protocol):
    """One played story over the simulated servers."""

    steps: int

    def setup(self) -> Setup: ...

    def play(self, step: int) -> StepReport: ...

    def report_csv(self, business_id: str, first: date, last: date) -> bytes: ...

    def planted(self) -> Sequence[Plant]: ...

    def truth(self) -> Books: ...

    def portal(self, scheme: str) -> Portal | None:
        """None where the story does not claim from a scheme."""
        ...

    def catalogue(self, scheme: str) -> bytes: ...

    def mended(self) -> Sequence[str]:
        """Numbers of invoices that a scheme refused for a reason that the last step mended."""
        ...

    def in_transit(self) -> Sequence[Mapping[str, Any]]:
        """Money the books still expect: {account, item, cents, expected_by}."""
        ...

    def close(self) -> None:
        """End its connections to the simulated servers."""
        ...


class Story(Protocol):
    """The plugin: connection ids by system, its mapping file, and the comparison."""

    def life(
        self, urls: Mapping[str, str], *, seed: int, month: str, weeks: int | None, state: Path, reports: bool
    ) -> Life: ...

    def books(self, life: Life) -> Books:
        """The target's books, computed from the simulated ledger alone."""
        ...

    def compare(
        self, life: Life, held: Iterable[tuple[str, str]], unknown_paid: Iterable[Mapping[str, Any]] | None
    ) -> dict[str, Any]:
        """The five counts and every row that differs; with `unknown_paid` the comparison without reports."""
        ...

    def raise_limits(self, life: Life) -> Mapping[str, Mapping[str, int]]:
        """Raise the servers' limits; the budgets to use, by connection id."""
        ...

    def calls(self, life: Life) -> int:
        """Requests the target has counted."""
        ...


def find() -> Story:
    """The installed story. Raises Misconfigured where there is none."""
    for point in entry_points(group="clinic_hub.demos"):
        return cast(Story, point.load())
    raise Misconfigured("No story for the demo is installed.")
