"""Sealing the audit once a day, and proving the seals there are."""

import dagster as dg

from hub import audit
from hub.errors import HubError, Who
from pipelines.failures import as_failure
from pipelines.runtime import NO_RETRIES, kernel


@dg.op(description="Seal new audit rows; fails when sealed ones are not what they were.")
def seal_audit(context: dg.OpExecutionContext) -> None:
    with as_failure():
        hub = kernel()
        context.log.info(f"audit rows sealed: {audit.seal(hub.store)}")
        problems = audit.verify(hub.store)
        if problems:
            raise HubError(" ".join(problems[:10]), code="audit:broken-seal", who=Who.OPS)


@dg.job(
    name="seal",
    executor_def=dg.in_process_executor,
    tags=NO_RETRIES,
    description="Seal the audit in hash-linked blocks and verify them.",
)
def seal_job() -> None:
    seal_audit()
