"""The one Definitions object of the code location."""

import dagster as dg

from pipelines.automation import SCHEDULES, waiting_work
from pipelines.books import books_job, nightly_questions
from pipelines.checks import checks_job, standing_questions
from pipelines.sealing import seal_job
from pipelines.sync import deliver_job, nightly_job, sync, sync_job

defs = dg.Definitions(
    assets=[sync],
    asset_checks=[standing_questions, nightly_questions],
    jobs=[sync_job, deliver_job, nightly_job, checks_job, books_job, seal_job],
    schedules=SCHEDULES,
    sensors=[waiting_work],
    executor=dg.in_process_executor,
)
