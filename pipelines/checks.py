"""The hub's standing questions as asset checks: red means somebody must act, and the text says who and how."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from hub import invariants, reporting
from hub.invariants import Check, Finding
from hub.plugins import load_plugins
from pipelines.failures import as_failure
from pipelines.runtime import kernel


def _asset(check: Check) -> dg.AssetKey:
    plugins = load_plugins()
    if check.asset == "delivered":
        return dg.AssetKey(["delivered", sorted(plugins.targets)[0], "invoice"])
    if check.asset == "raw":
        return dg.AssetKey(["raw", sorted(plugins.sources)[0], "invoices"])
    return dg.AssetKey(["canonical", "invoice"])


def _result(check: Check, findings: list[Finding], causes: dict[str, int]) -> dg.AssetCheckResult:
    bad = [finding for finding in findings if not finding.passed]
    metadata: dict[str, dg.MetadataValue] = {
        "count": dg.MetadataValue.int(sum(finding.count for finding in findings)),
        "groups": dg.MetadataValue.text(", ".join(finding.group for finding in bad) or "none"),
    }
    if bad:
        metadata["sample"] = dg.MetadataValue.text(", ".join(i for finding in bad for i in finding.sample))
        metadata["what to do"] = dg.MetadataValue.text(check.instruction)
    if bad and check.name in ("nothing_held", "records_readable"):
        rows = "\n".join(f"| {cause} | {count} |" for cause, count in causes.items())
        metadata["by cause"] = dg.MetadataValue.md("| cause | held |\n|---|---|\n" + rows)
    return dg.AssetCheckResult(
        passed=not bad,
        asset_key=_asset(check),
        check_name=check.name,
        severity=dg.AssetCheckSeverity.ERROR if check.urgent or bad else dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )


@dg.multi_asset_check(
    name="standing_questions",
    specs=[
        dg.AssetCheckSpec(check.name, asset=_asset(check), description=check.question)
        for check in invariants.CHECKS
    ],
)
def standing_questions() -> Iterator[dg.AssetCheckResult]:
    """Every invariant over every clinic group."""
    with as_failure():
        hub = kernel()
        found: dict[str, list[Finding]] = {check.name: [] for check in invariants.CHECKS}
        for group in hub.store.groups():
            with hub.store.read(group) as unit:
                for finding in invariants.run_all(unit):
                    found[finding.name].append(finding)
        causes = reporting.open_holds(hub)
    for check in invariants.CHECKS:
        yield _result(check, found[check.name], causes)


checks_job = dg.define_asset_job(
    "checks",
    selection=dg.AssetSelection.checks(standing_questions),
    executor_def=dg.in_process_executor,
    tags={"dagster/max_retries": "0"},
    description="Ask the standing questions; red means that somebody must act.",
)
