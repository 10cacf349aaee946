"""What a person says of a claim: claim the line anew after its refusal, or that it was taken back."""

from __future__ import annotations

from dataclasses import replace

from hub import audit
from hub.canonical import Claim, ClaimState
from hub.claiming import follow, gather
from hub.claiming.billing import ISSUES
from hub.claiming.desk import the_desk
from hub.claiming.gather import Gathered
from hub.errors import Misconfigured, Refused, Who
from hub.kernel import Kernel
from hub.store import claims, issues
from hub.store.claims import Row
from hub.store.session import Unit


def correct(kernel: Kernel, group: str, reference: str, *, agent: str, why: str) -> Claim:
    """Claim a refused (or cancelled) service anew, as its invoice is now, under a new linked reference.

    Raises Misconfigured for an unknown reference or one that is not refused, Refused where something still
    speaks against claiming it.
    """
    with kernel.store.read(group) as unit:
        row = _row(unit, reference)
    desk, _ = the_desk(kernel, group, row.scheme)
    with kernel.store.write(group, agent=agent) as unit:
        row = _row(unit, reference)
        history = [one for one in claims.of_invoice(unit, row.pms, row.invoice) if one.line == row.line]
        if row.state.stands or any(one.state.stands for one in history):
            raise Misconfigured(
                f"Claim {row.reference} was not refused, or another claim of the same line stands.",
                code="claims:stands",
            )
        report = Gathered()
        gather.of_invoice(unit, desk, row.pms, row.invoice, report, again=(row.line,))
        now = [one for one in claims.of_invoice(unit, row.pms, row.invoice) if one.line == row.line]
        ready = next((one for one in now if one.state is ClaimState.READY), None)
        claim = claims.get(unit, row.scheme, ready.reference) if ready is not None else None
        if claim is None:
            found = issues.on_record(unit, row.pms, f"{row.invoice}:{row.line}")
            against = " ".join(reason.sentence for stream, reason in found if stream == ISSUES)
            raise Refused(
                f"It cannot be claimed yet. {against or 'The line is no longer billed to the scheme.'}",
                code="claims:not-ready",
                who=Who.CLINIC,
            )
        audit.record(
            unit, "claims.correct", "claim", claim.reference, outcome="claimed-anew", reason=why,
            scheme=row.scheme, replaces=row.reference, cents=claim.item.total,
        )  # fmt: skip
    return claim


def cancel(kernel: Kernel, group: str, reference: str, *, agent: str, why: str) -> Claim:
    """A person says that a claim was taken back at the scheme: its invoice may change again.

    Raises Misconfigured for an unknown reference, and for a claim that is not claimed or is paid.
    """
    with kernel.store.read(group) as unit:
        row = _row(unit, reference)
    desk, _ = the_desk(kernel, group, row.scheme)
    with kernel.store.write(group, agent=agent) as unit:
        claim = claims.get(unit, row.scheme, row.reference)
        if claim is None or not claim.state.left or claim.payments:
            raise Misconfigured(
                f"Claim {row.reference} cannot be cancelled: it is {row.state.value}.", code="claims:state"
            )
        now = replace(claim, state=ClaimState.CANCELLED)
        claims.keep(unit, now)
        report = Gathered()
        gather.of_invoice(unit, desk, row.pms, row.invoice, report)
        follow.marked(unit, desk, [now])
        audit.record(
            unit, "claims.cancel", "claim", row.reference, outcome="cancelled", reason=why,
            scheme=row.scheme, was=claim.state.value, cents=claim.item.total,
        )  # fmt: skip
    return now


def _row(unit: Unit, reference: str) -> Row:
    row = claims.row_of(unit, reference)
    if row is None:
        raise Misconfigured(f"There is no claim {reference!r}; see `hub claims list`.", code="missing")
    return row
