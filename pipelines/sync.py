"""The one job that moves data: pull, normalise, deliver, in slices, over all connections.

One run per cadence, in process, without retries: rows, retries and cursors are the hub's own, so a failed
run is simply followed by the next. Events are emitted only for assets that changed, with counts.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import dagster as dg

from hub import due, reporting, seals, worker
from hub.kernel import Kernel
from hub.plugins import load_plugins
from hub.reporting import Report
from hub.wake import waker
from pipelines.catalogue import guarded, key_of, specs
from pipelines.failures import as_failure
from pipelines.reporter import about_change, evaluation, in_order, materialization
from pipelines.runtime import NO_RETRIES, REPORTS, kernel

OP = "pull_and_drain"
THREADS = 4
LINGER = 10.0
"""A run costs three seconds to start: one for hints stays a little, so that the next hint finds it there."""


class Pulling(dg.Config):
    """Whether the nightly listings (open and recent invoices, silent changes) are read as well."""

    nightly: bool = False


@dg.multi_asset(name=OP, specs=specs(load_plugins()), can_subset=True, op_tags=NO_RETRIES)
def sync(context: dg.AssetExecutionContext, config: Pulling) -> Iterator[dg.MaterializeResult[None]]:
    """Pull what is selected, then drain. Work that does not fit the slice goes on in the next run."""
    selected = context.selected_asset_keys
    layers = {key.path[0] for key in selected}
    with as_failure():
        hub = kernel()
        with ThreadPoolExecutor(THREADS) as pool:
            each = _side_by_side(pool)
            if layers & {"raw", "canonical"}:
                seconds = worker.NIGHT_SLICE if config.nightly else None
                pulled = worker.pull_all(hub, seconds, nightly=config.nightly, each=each)
                context.log.info(f"pulled {pulled.counts or 'nothing new'}, failures: {pulled.failed}")
                if seals.due(hub.store):
                    seals.seal(hub.store)
            if "delivered" in layers:
                drained = _drain(hub, each, LINGER if layers == {"delivered"} else 0.0)
                context.log.info(f"drained {drained.counts or 'nothing'}, failures: {drained.failed}")
    with as_failure(), reporting.reporting(hub, REPORTS) as found:
        if found is not None:
            yield from _results(found, selected, context.instance)


def _drain(hub: Kernel, each: worker.Each, linger: float) -> worker.Round:
    """Drain; then stay for `linger` seconds after the last piece of work, within one slice."""
    monotonic = hub.world.clock.monotonic
    total = worker.drain(hub, each=each)
    end, last = monotonic() + hub.settings.slice_seconds, monotonic()
    with closing(waker(hub.world.engine, hub.world)) as wake:
        while (left := min(end, last + linger) - monotonic()) > 0:
            if due.waiting(hub).total:
                done = worker.drain(hub, each=each)
                total.merge(done)
                if done.busy:
                    last = monotonic()
                    continue
            wake.wait(min(left, 1.0))
    return total


def _side_by_side(pool: ThreadPoolExecutor) -> worker.Each:
    """Connections beside each other: a slow one takes a thread, not everybody's time."""

    def each(works: Iterable[Callable[[], None]]) -> None:
        for future in [pool.submit(work) for work in works]:
            future.result()

    return each


def _results(
    found: Report, selected: set[dg.AssetKey], instance: dg.DagsterInstance
) -> Iterator[dg.MaterializeResult[None]]:
    """Results by layer, in the order Dagster wants; what was not selected is told without the run."""
    for change in in_order(found.changes):
        key = key_of(change.asset)
        if key in selected:
            yield dg.MaterializeResult(asset_key=key, metadata=about_change(change))
        else:
            instance.report_runless_asset_event(materialization(change, "a run for other assets"))
    plugins = load_plugins()
    for answer in found.answers:
        instance.report_runless_asset_event(evaluation(answer, guarded(plugins, answer.layer)))


EVERYTHING = dg.AssetSelection.assets(sync).without_checks()

sync_job = dg.define_asset_job(
    "sync",
    selection=EVERYTHING,
    executor_def=dg.in_process_executor,
    tags=NO_RETRIES,
    description="Pull every connection, normalise, plan and deliver.",
)

nightly_job = dg.define_asset_job(
    "nightly",
    selection=EVERYTHING,
    config={"ops": {OP: {"config": {"nightly": True}}}},
    executor_def=dg.in_process_executor,
    tags=NO_RETRIES,
    description="The same with the listings that find silent changes.",
)

deliver_job = dg.define_asset_job(
    "deliver",
    selection=(EVERYTHING & dg.AssetSelection.key_prefixes("delivered")).without_checks(),
    executor_def=dg.in_process_executor,
    tags=NO_RETRIES,
    description="Handle hints, plan and deliver what is due.",
)
