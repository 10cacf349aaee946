"""The scheme as the hub meets it: settings of one registered provider over the pure functions beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from connectors.ndis import answers, checks, identifiers, upload
from connectors.ndis.prices import Prices
from hub.claims import ClaimFile, ClaimItem, ItemOutcome, ReadFile, Remittance
from hub.errors import Misconfigured, Reason


class NdisScheme:
    """ClaimScheme of one provider registration.

    Settings: `registration`, `abn`, `region` (a column of the catalogue) must be given; `date_format`
    (%Y-%m-%d), `claim_type` (both | suffix_only) and `abn_heading` are inferred, see docs/inferred.md.
    """

    scheme = "ndis"

    def __init__(self, settings: Mapping[str, str], prices: Prices) -> None:
        for name, holds in (("registration", identifiers.registration), ("abn", identifiers.business_number)):
            if not holds(settings.get(name, "")):
                raise Misconfigured(f"The NDIS setting `{name}` is missing or not valid.", code="config:ndis")
        if not settings.get("region"):
            raise Misconfigured(
                "The NDIS setting `region` is missing (VIC, Remote, ...).", code="config:ndis"
            )
        self._settings, self._prices = dict(settings), prices

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
