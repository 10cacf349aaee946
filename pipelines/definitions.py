"""The one Definitions object of the code location."""

import dagster as dg

from pipelines.automation import check_schedule, deliver_job, pull_schedule, waiting_work
from pipelines.checks import checks_job, standing_questions
from pipelines.sync import sync, sync_job

defs = dg.Definitions(
    assets=[sync],
    asset_checks=[standing_questions],
    jobs=[sync_job, deliver_job, checks_job],
    schedules=[pull_schedule, check_schedule],
    sensors=[waiting_work],
    executor=dg.in_process_executor,
)
