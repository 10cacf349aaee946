"""The reporter behind the worker: runless materialisations and check results in Dagster, from counts only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dagster as dg

from hub.contracts import Change


def metadata(change: Change) -> Mapping[str, dg.MetadataValue]:
    """Counts as metadata, and how far the report reaches."""
    rows: dict[str, dg.MetadataValue] = {name: dg.MetadataValue.int(n) for name, n in change.counts.items()}
    return {**rows, "through": dg.MetadataValue.text(change.through)}


class DagsterReporter:
    """Reports to the instance of DAGSTER_HOME; raises what Dagster raises, so that the cursor stays."""

    def __init__(self, instance: dg.DagsterInstance | None = None) -> None:
        self._instance = instance

    def report(self, changes: Sequence[Change]) -> None:
        instance = self._instance or dg.DagsterInstance.get()
        for change in changes:
            instance.report_runless_asset_event(
                dg.AssetMaterialization(
                    dg.AssetKey(list(change.asset)),
                    description="reported by hub worker",
                    metadata=metadata(change),
                )
            )


REPORTER = DagsterReporter()
