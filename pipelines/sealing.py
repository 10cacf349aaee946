"""Sealing the audit once a day, and proving the seals there are."""

import dagster as dg

from hub import seals
from hub.errors import HubError, Who
from pipelines.failures import as_failure
from pipelines.runtime import NO_RETRIES, kernel


@dg.op(description="Seal new audit rows; fails when sealed ones are not what they were.")
def seal_audit(context: dg.OpExecutionContext) -> None:
    with as_failure():
        hub = kernel()
        context.log.info(f"audit rows sealed: {seals.seal(hub.store)}")
        found = seals.verify(hub.store)
        context.log.info(f"head of the chain, outside the database here: {found.head}")
        if found.broken:
            said = " ".join(one.sentence for one in found.broken[:10])
            raise HubError(said, code="audit:broken-seal", who=Who.OPS)


@dg.job(
    name="seal",
    executor_def=dg.in_process_executor,
    tags=NO_RETRIES,
    description="Seal the audit in hash-linked blocks and verify them.",
)
def seal_job() -> None:
    seal_audit()
