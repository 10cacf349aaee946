"""The scheme as the hub meets it: settings of one registered provider over the pure functions beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from connectors.ndis import answers, checks, identifiers, prices, upload
from connectors.ndis.prices import Prices
from hub.claims import (
    Catalogue,
    ClaimFile,
    ClaimItem,
    ClaimScheme,
    Deadline,
    ItemOutcome,
    ReadFile,
    Remittance,
)
from hub.errors import Misconfigured, Reason


class NdisScheme:
    """ClaimScheme of one provider registration.

    Settings: `registration`, `abn`, `region` (a column of the catalogue) must be given; `date_format`
    (%Y-%m-%d), `claim_type` (both | suffix_only) and `abn_heading` are inferred, see docs/inferred.md.
    """

    scheme = "ndis"
    most = upload.MOST_ITEMS

    def __init__(self, settings: Mapping[str, str], prices: Prices) -> None:
        for name, holds in (("registration", identifiers.registration), ("abn", identifiers.business_number)):
            if not holds(settings.get(name, "")):
                raise Misconfigured(f"The NDIS setting `{name}` is missing or not valid.", code="config:ndis")
        if not settings.get("region"):
            raise Misconfigured(
                "The NDIS setting `region` is missing (VIC, Remote, ...).", code="config:ndis"
            )
        self._settings, self._prices = dict(settings), prices

    def twin(self, item: ClaimItem) -> tuple[str, ...]:
        """Participant, day, item, kind and tax: the agency takes equal ones for one service."""
        return upload.twin(item)

    def check(self, item: ClaimItem, on: date) -> Sequence[Reason]:
        """What speaks against claiming an item on a day."""
        setting = self._settings.get("claim_type", "both")
        return list(checks.problems(item, on, self._prices, self._settings["region"], setting))

    def build(self, name: str, items: Sequence[ClaimItem]) -> ClaimFile:
        """The file for the portal."""
        return upload.build(name, items, self._settings)

    def read_results(self, data: bytes) -> ReadFile[ItemOutcome]:
        """What the agency decided."""
        return answers.results(data)

    def read_remittance(self, data: bytes) -> ReadFile[Remittance]:
        """What the agency paid."""
        return answers.remittances(data)


class Ndis:
    """hub.claims.Scheme: the NDIS as installed."""

    scheme = "ndis"

    def open(self, settings: Mapping[str, str], catalogues: Sequence[bytes]) -> ClaimScheme:
        """The scheme of one registered provider with the price limits of every catalogue imported."""
        return NdisScheme(settings, Prices(row for data in catalogues for row in prices.read(data)))

    def deadline(self, served: date) -> Deadline | None:
        """Two years after the service (NDIS Act s 45A)."""
        return checks.deadline(served)

    def read_catalogue(self, data: bytes) -> Catalogue:
        """What a support catalogue saved as CSV holds."""
        rows = prices.read(data)
        if not rows:
            raise prices.empty()
        ends = [row.end for row in rows]
        last = None if None in ends else max(end for end in ends if end is not None)
        return Catalogue(len(rows), min(row.start for row in rows), last)
