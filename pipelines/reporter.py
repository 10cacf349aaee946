"""The reporter behind the worker: runless materialisations and check results in Dagster, from counts only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import dagster as dg

from hub.contracts import Answer, Change
from hub.plugins import load_plugins
from pipelines import words
from pipelines.catalogue import guarded, key_of

Metadata = dict[str, dg.MetadataValue]
SHOWN = 20
"""Causes listed with a check; `hub holds` lists all."""
LAYERS = ("raw", "canonical", "delivered")


def about_change(change: Change) -> Metadata:
    """Counts, how far the report reaches, and the command that shows the rows."""
    rows: Metadata = {name: dg.MetadataValue.int(count) for name, count in change.counts.items()}
    rows["total"] = dg.MetadataValue.int(sum(change.counts.values()))
    rows["counted through"] = dg.MetadataValue.timestamp(datetime.fromisoformat(change.through))
    rows["look"] = dg.MetadataValue.text(words.look(change.asset))
    return rows


def about_answer(answer: Answer) -> Metadata:
    """How many offenders, in which groups, a bounded sample of row ids, and what to do."""
    rows: Metadata = {"count": dg.MetadataValue.int(answer.count)}
    if not answer.passed:
        rows["what to do"] = dg.MetadataValue.text(answer.instruction)
        rows["clinic groups"] = dg.MetadataValue.text(", ".join(answer.groups))
        rows["ids of rows"] = dg.MetadataValue.text(", ".join(answer.sample))
    if answer.causes:
        rows["by cause"] = dg.MetadataValue.table([_row(answer, cause) for cause in [*answer.causes][:SHOWN]])
    if len(answer.causes) > SHOWN:
        rows["more causes"] = dg.MetadataValue.int(len(answer.causes) - SHOWN)
    return rows


def _row(answer: Answer, cause: str) -> dg.TableRecord:
    count, who = answer.causes[cause], answer.acts.get(cause, "")
    return dg.TableRecord({"cause": cause, "count": count, "who must act": who})


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
        key_of(change.asset),
        description=f"{words.COUNTED[change.asset[0]]}; reported by {by}.",
        metadata=about_change(change),
    )


def in_order(changes: Sequence[Change]) -> list[Change]:
    """As data flows: what is told after its sources does not look out of date beside them."""
    return sorted(changes, key=lambda change: LAYERS.index(change.asset[0]))


class DagsterReporter:
    """Reports to the instance of DAGSTER_HOME; raises what Dagster raises, so that the cursor stays."""

    def __init__(self, instance: dg.DagsterInstance | None = None) -> None:
        self._instance = instance

    def report(self, changes: Sequence[Change], answers: Sequence[Answer] = ()) -> None:
        if self._instance is None:
            self._instance = dg.DagsterInstance.get()
        plugins = load_plugins()
        for change in in_order(changes):
            self._instance.report_runless_asset_event(materialization(change, "hub worker"))
        for answer in answers:
            asset = guarded(plugins, answer.layer)
            self._instance.report_runless_asset_event(evaluation(answer, asset))


REPORTER = DagsterReporter()
