"""What a sensor costs at least: same interval, same question, and a job that only marks messages handled."""

import dagster as dg

from hub import due
from hub.store.tables import inbox_message
from pipelines.runtime import NO_RETRIES, kernel

INTERVAL = 5
"""As the product's sensor has it (a test compares); not imported, so that this costs the least."""


@dg.op
def mark_handled() -> None:
    hub = kernel()
    for group in hub.store.groups():
        with hub.store.write(group, agent="baseline") as unit:
            unit.db.execute(
                inbox_message.update()
                .where(inbox_message.c.group_id == group, inbox_message.c.state == "waiting")
                .values(state="handled", handled_at=unit.now)
            )


@dg.job(executor_def=dg.in_process_executor, tags=NO_RETRIES)
def mark() -> None:
    mark_handled()


@dg.sensor(job=mark, minimum_interval_seconds=INTERVAL, default_status=dg.DefaultSensorStatus.RUNNING)
def waiting_messages(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    hub = kernel()
    if not due.waiting(hub, grace_seconds=hub.settings.sensor_grace_seconds).hints:
        return dg.SkipReason("nothing has been waiting")
    running = dg.RunsFilter(
        job_name="mark", statuses=[dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTED]
    )
    if context.instance.get_runs_count(running):
        return dg.SkipReason("under way")
    return dg.RunRequest()


defs = dg.Definitions(jobs=[mark], sensors=[waiting_messages])
