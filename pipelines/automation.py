"""When things run: the pull cadence, the nightly work, and the sensor that is a worker's safety net."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from hub import due
from pipelines.checks import checks_job
from pipelines.failures import as_failure
from pipelines.runtime import kernel
from pipelines.sync import sync, sync_job

deliver_job = dg.define_asset_job(
    "deliver",
    selection=dg.AssetSelection.assets(sync) & dg.AssetSelection.key_prefixes("delivered"),
    executor_def=dg.in_process_executor,
    tags={"dagster/max_retries": "0"},
    description="Handle hints, plan and deliver what is due.",
)

pull_schedule = dg.ScheduleDefinition(
    name="pull_every_five_minutes",
    job=sync_job,
    cron_schedule="*/5 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

check_schedule = dg.ScheduleDefinition(
    name="ask_every_quarter_hour",
    job=checks_job,
    cron_schedule="2-59/15 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


@dg.sensor(
    job=deliver_job,
    minimum_interval_seconds=5,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Runs a delivery when hints or deliveries have been due for longer than a worker would need.",
)
def waiting_work(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Asks the database, keeps no state: no run keys, no cursor, and no second run while one is under way."""
    with as_failure():
        hub = kernel()
        waiting = due.waiting(hub, grace_seconds=hub.settings.sensor_grace_seconds)
    under_way = context.instance.get_runs_count(
        dg.RunsFilter(
            job_name=deliver_job.name,
            statuses=[dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED],
        )
    )
    if not waiting.total:
        yield dg.SkipReason("nothing has been waiting")
    elif under_way:
        yield dg.SkipReason("a delivery is under way")
    else:
        yield dg.RunRequest(tags={"waiting": str(waiting.total)})
