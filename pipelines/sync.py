"""The one job that moves data: pull, normalise, deliver, in slices, over all connections.

One run per cadence, in process, without retries: rows, retries and cursors are the hub's own, so a failed
run is simply followed by the next. Events are emitted only for assets that changed, with counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from hub import reporting, worker
from hub.contracts import Change
from hub.plugins import load_plugins
from pipelines.catalogue import specs
from pipelines.failures import as_failure
from pipelines.reporter import metadata
from pipelines.runtime import REPORTS, kernel

LAYERS = ("raw", "canonical", "delivered")


@dg.multi_asset(
    name="sync", specs=specs(load_plugins()), can_subset=True, op_tags={"dagster/max_retries": "0"}
)
def sync(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
    """Pull what is selected, then drain. Work that does not fit the slice goes on in the next run."""
    selected = context.selected_asset_keys
    wanted = {key.path[0] for key in selected}
    with as_failure():
        hub = kernel()
        until = hub.world.now() + timedelta(seconds=hub.settings.slice_seconds)
        if wanted & {"raw", "canonical"}:
            done = worker.pull_all(hub, until)
            context.log.info("pulled: %s, failed connections: %d", done.counts, done.failed)
        if "delivered" in wanted:
            done = worker.drain(hub, until + timedelta(seconds=hub.settings.slice_seconds))
            context.log.info("drained: %s, failed groups: %d", done.counts, done.failed)
        changes, through = reporting.collect(hub, REPORTS, horizon=timedelta(0))
    yield from _results(changes, selected, context.instance)
    with as_failure():
        reporting.move(hub, REPORTS, through)


def _results(
    changes: list[Change], selected: set[dg.AssetKey], instance: dg.DagsterInstance
) -> Iterator[dg.MaterializeResult[None]]:
    for change in changes:
        key = dg.AssetKey(list(change.asset))
        if key in selected:
            yield dg.MaterializeResult(asset_key=key, metadata=metadata(change))
        else:
            instance.report_runless_asset_event(dg.AssetMaterialization(key, metadata=metadata(change)))


sync_job = dg.define_asset_job(
    "sync",
    selection=dg.AssetSelection.assets(sync),
    executor_def=dg.in_process_executor,
    tags={"dagster/max_retries": "0"},
    description="Pull every connection, normalise, plan and deliver.",
)
