"""The hub's standing questions as asset checks: red means that somebody must act, and how is said."""

from collections.abc import Iterator

import dagster as dg

from hub import invariants, reporting
from hub.plugins import load_plugins
from pipelines.catalogue import guarded
from pipelines.failures import as_failure
from pipelines.reporter import about_answer
from pipelines.runtime import NO_RETRIES, kernel


def _specs() -> Iterator[dg.AssetCheckSpec]:
    plugins = load_plugins()
    for check in invariants.CHECKS:
        yield dg.AssetCheckSpec(check.name, asset=guarded(plugins, check.layer), description=check.question)


@dg.multi_asset_check(name="standing_questions", specs=list(_specs()), can_subset=True)
def standing_questions(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Every invariant over every clinic group, or those that somebody picked."""
    asked = {key.name for key in context.selected_asset_check_keys}
    with as_failure():
        hub = kernel()
        answers = reporting.answers(hub, [check for check in invariants.CHECKS if check.name in asked])
    for answer in answers:
        yield dg.AssetCheckResult(
            passed=answer.passed,
            asset_key=guarded(hub.plugins, answer.layer),
            check_name=answer.question,
            severity=dg.AssetCheckSeverity.ERROR,
            description=None if answer.passed else answer.instruction,
            metadata=about_answer(answer),
        )


checks_job = dg.define_asset_job(
    "checks",
    selection=dg.AssetSelection.checks(standing_questions),
    executor_def=dg.in_process_executor,
    tags=NO_RETRIES,
    description="Ask the standing questions; red means that somebody must act.",
)
