"""Questions that cost calls or a whole reading, asked each night: books, clearing accounts and audit."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from hub import seals
from hub.plugins import load_plugins
from hub.reconcile import Reconciliation, reconcile
from hub.reconciling.flows import CLEARING
from pipelines.catalogue import guarded
from pipelines.failures import as_failure
from pipelines.runtime import NO_RETRIES, kernel

SAMPLE = 10
PATIENCE = timedelta(minutes=5)
AGREE, CLEAR, WHOLE = "books_agree", "clearing_in_transit", "audit_unbroken"
ASSET = guarded(load_plugins(), "delivered")


@dg.multi_asset_check(
    name="nightly_questions",
    specs=[
        dg.AssetCheckSpec(
            AGREE,
            asset=ASSET,
            description="Is every cent by which books and target differ explained?",
        ),
        dg.AssetCheckSpec(
            CLEAR,
            asset=ASSET,
            description="Do clearing accounts hold what is in transit, none of it late, and what is named?",
        ),
        dg.AssetCheckSpec(
            WHOLE,
            asset=ASSET,
            description="Is every sealed row of the audit log what it was then?",
        ),
    ],
    can_subset=True,
)
def nightly_questions(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
    """Reconcile every group against its target, looked at anew; recompute the audit's seals."""
    asked = {key.name for key in context.selected_asset_check_keys}
    if asked & {AGREE, CLEAR}:
        with as_failure():
            hub = kernel()
            found = [reconcile(hub, group, patience=PATIENCE) for group in hub.store.groups()]
        if AGREE in asked:
            yield _agreement(found)
        if CLEAR in asked:
            yield _clearing(found)
    if WHOLE in asked:
        with as_failure():
            proof = seals.verify(kernel().store)
        yield dg.AssetCheckResult(
            passed=not proof.broken,
            asset_key=ASSET,
            check_name=WHOLE,
            severity=dg.AssetCheckSeverity.ERROR,
            description=" ".join(one.sentence for one in proof.broken[:SAMPLE]) or None,
            metadata={"broken": len(proof.broken), "head": str(proof.head)},
        )


def _agreement(found: list[Reconciliation]) -> dg.AssetCheckResult:
    unexplained = [one for each in found for one in each.unexplained]
    gst = sum(len(each.gst_off) for each in found)
    explained = sum(len(each.differences) for each in found) - len(unexplained)
    passed = not unexplained and not gst
    return dg.AssetCheckResult(
        passed=passed,
        asset_key=ASSET,
        check_name=AGREE,
        severity=dg.AssetCheckSeverity.ERROR,
        description=None if passed else "Run `hub reconcile`: it lists every difference with its cause.",
        metadata={
            "unexplained differences": len(unexplained),
            "unexplained cents": sum(abs(one.here - one.target) for one in unexplained),
            "differences explained by holds": explained,
            "rows whose GST is off": gst,
            "sample": ", ".join(one.number for one in unexplained[:SAMPLE]) or "none",
        },
    )


def _clearing(found: list[Reconciliation]) -> dg.AssetCheckResult:
    off = [row for each in found for row in each.clearing if row.here != row.target]
    unexplained = [one for each in found for one in each.unexplained if CLEARING in one.tables]
    late = [one for each in found for one in each.late]
    passed = not unexplained and not late
    return dg.AssetCheckResult(
        passed=passed,
        asset_key=ASSET,
        check_name=CLEAR,
        severity=dg.AssetCheckSeverity.ERROR,
        description=None
        if passed
        else "Run `hub reconcile`: look for late money in the payer's own list of payouts, and at the bank.",
        metadata={
            "accounts that differ": len(off),
            "unexplained differences": len(unexplained),
            "cents in transit": sum(one.cents for each in found for one in each.in_transit),
            "items late": len(late),
            "cents late": sum(one.cents for one in late),
            "cents named by holds": sum(one.cents for each in found for one in each.named),
        },
    )


books_job = dg.define_asset_job(
    "books",
    selection=dg.AssetSelection.checks(nightly_questions),
    executor_def=dg.in_process_executor,
    tags=NO_RETRIES,
    description="Reconcile with the targets, clearing accounts too, and verify the audit's seals.",
)
