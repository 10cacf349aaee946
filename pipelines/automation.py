"""When things run: the pull cadence, the nightly work, and the sensor that is a worker's safety net."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from hub import due
from pipelines.books import books_job
from pipelines.checks import checks_job
from pipelines.failures import as_failure
from pipelines.runtime import kernel
from pipelines.sealing import seal_job
from pipelines.sync import deliver_job, nightly_job, sync_job

INTERVAL = 5
ZONE = "Australia/Sydney"
"""Clinics sleep then; four in the morning exists once on every day of the year there."""
LONGEST_RUN = timedelta(minutes=10)
"""A run that began before that is dead (its slices are bounded) and must not stop the sensor for ever."""
UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def _schedule(
    name: str, job: dg.UnresolvedAssetJobDefinition | dg.JobDefinition, cron: str, description: str
) -> dg.ScheduleDefinition:
    return dg.ScheduleDefinition(
        name=name,
        job=job,
        cron_schedule=cron,
        description=description,
        execution_timezone=ZONE,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )


SCHEDULES = [
    _schedule(
        "pull_every_five_minutes",
        sync_job,
        "*/5 * * * *",
        "Reads what changed at every source and delivers what is due.",
    ),
    _schedule(
        "ask_every_quarter_hour",
        checks_job,
        "2-59/15 * * * *",
        "Asks the standing questions; a red one says what to do.",
    ),
    _schedule(
        "list_everything_nightly",
        nightly_job,
        "7 4 * * *",
        "Reads whole listings as well, for changes that move no time stamp.",
    ),
    _schedule(
        "compare_the_books_nightly",
        books_job,
        "52 4 * * *",
        "Compares books and clearing accounts with the ledger, item by item.",
    ),
    _schedule(
        "seal_the_audit_daily",
        seal_job,
        "37 4 * * *",
        "Seals the audit log and proves that older seals still hold.",
    ),
]


@dg.sensor(
    job=deliver_job,
    minimum_interval_seconds=INTERVAL,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Runs a delivery when hints or deliveries have been due for longer than a worker would need.",
)
def waiting_work(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Asks the database, keeps no state: no run keys, no cursor, and no second run while one is under way."""
    with as_failure():
        hub = kernel()
        waiting = due.waiting(hub, grace_seconds=hub.settings.sensor_grace_seconds)
    if not waiting.total:
        yield dg.SkipReason("nothing has been waiting")
    elif _under_way(context.instance):
        yield dg.SkipReason("a delivery is under way")
    else:
        yield dg.RunRequest(tags={"waiting": str(waiting.total)})


def _under_way(instance: dg.DagsterInstance) -> bool:
    since = datetime.now(UTC) - LONGEST_RUN
    running = dg.RunsFilter(job_name=deliver_job.name, statuses=UNDER_WAY, created_after=since)
    return instance.get_runs_count(running) > 0
