"""The reporter behind the worker: runless materialisations and check results in Dagster, from counts only."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from hub.contracts import Answer, Change
from hub.plugins import load_plugins
from pipelines.catalogue import guarded, key_of

Metadata = dict[str, dg.MetadataValue]
SHOWN = 20
"""Causes listed with a check; `hub holds` lists all."""
LOOK = {
    "raw": "hub status",
    "canonical": "hub trace <number>",
    "delivered": "hub deliveries list",
}


def about_change(change: Change) -> Metadata:
    """Counts, how far the report reaches, and the command that shows the rows."""
    rows: Metadata = {name: dg.MetadataValue.int(count) for name, count in change.counts.items()}
    rows["total"] = dg.MetadataValue.int(sum(change.counts.values()))
    rows["through"] = dg.MetadataValue.text(change.through)
    rows["look"] = dg.MetadataValue.text(LOOK[change.asset[0]])
    return rows


def about_answer(answer: Answer) -> Metadata:
    """How many offenders, in which groups, a bounded sample of row ids, and what to do."""
    rows: Metadata = {"count": dg.MetadataValue.int(answer.count)}
    if not answer.passed:
        rows["what to do"] = dg.MetadataValue.text(answer.instruction)
        rows["groups"] = dg.MetadataValue.text(", ".join(answer.groups))
        rows["sample"] = dg.MetadataValue.text(", ".join(answer.sample))
    if answer.causes:
        most = [f"{cause} ({count})" for cause, count in answer.causes.items()]
        rest = [f"and {len(most) - SHOWN} more causes"] if len(most) > SHOWN else []
        rows["by cause"] = dg.MetadataValue.text("\n".join([*most[:SHOWN], *rest]))
    return rows


def evaluation(answer: Answer, asset: dg.AssetKey) -> dg.AssetCheckEvaluation:
    """A check result that belongs to no run."""
    return dg.AssetCheckEvaluation(
        asset_key=asset,
        check_name=answer.question,
        passed=answer.passed,
        metadata=about_answer(answer),
        severity=dg.AssetCheckSeverity.ERROR,
        description=None if answer.passed else answer.instruction,
    )


def materialization(change: Change, by: str) -> dg.AssetMaterialization:
    """An event for an asset that no selection of a run covers."""
    return dg.AssetMaterialization(
        key_of(change.asset), description=f"reported by {by}", metadata=about_change(change)
    )


class DagsterReporter:
    """Reports to the instance of DAGSTER_HOME; raises what Dagster raises, so that the cursor stays."""

    def __init__(self, instance: dg.DagsterInstance | None = None) -> None:
        self._instance = instance

    def report(self, changes: Sequence[Change], answers: Sequence[Answer] = ()) -> None:
        if self._instance is None:
            self._instance = dg.DagsterInstance.get()
        plugins = load_plugins()
        for change in changes:
            self._instance.report_runless_asset_event(materialization(change, "hub worker"))
        for answer in answers:
            asset = guarded(plugins, answer.layer)
            self._instance.report_runless_asset_event(evaluation(answer, asset))


REPORTER = DagsterReporter()
