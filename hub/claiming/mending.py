"""What a person says of a claim: claim the line anew after its refusal, or that it was taken back."""

from __future__ import annotations

from dataclasses import replace

from hub import audit
from hub.canonical import Claim, ClaimState, Invoice
from hub.claiming import follow, gather
from hub.claiming.billing import ISSUES
from hub.claiming.desk import Desk, the_desk
from hub.claiming.gather import Gathered
from hub.errors import Misconfigured, Refused, Who
from hub.kernel import Kernel
from hub.store import claims, entities, issues
from hub.store.claims import Row
from hub.store.facts import StoreFacts
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
        line = _line(unit, desk, row)
        gather.of_invoice(unit, desk, row.pms, row.invoice, Gathered(), again={line: row.reference})
        now = [one for one in claims.of_invoice(unit, row.pms, row.invoice) if one.line == line]
        ready = next((one for one in now if one.state is ClaimState.READY), None)
        claim = claims.get(unit, row.scheme, ready.reference) if ready is not None else None
        if claim is None:
            found = issues.on_record(unit, row.pms, f"{row.invoice}:{line}")
            against = " ".join(
                reason.sentence
                for stream, reason in found
                if stream == ISSUES and not reason.code.startswith("claim:refused:")
            )
            raise _not_ready(against)
        audit.record(
            unit, "claims.correct", "claim", claim.reference, outcome="claimed-anew", reason=why,
            scheme=row.scheme, replaces=row.reference, cents=claim.item.total,
        )  # fmt: skip
    return claim


def _line(unit: Unit, desk: Desk, row: Row) -> str:
    """The line that a refused or cancelled claim is claimed anew by: its own, else the one in its place."""
    rows = claims.of_invoice(unit, row.pms, row.invoice)
    same = [one for one in rows if one.line == row.line]
    later = any(one.replaces == row.reference and one.state is not ClaimState.WITHDRAWN for one in rows)
    if row.state.stands or row.state is ClaimState.WITHDRAWN or later or any(o.state.stands for o in same):
        raise Misconfigured(
            f"Claim {row.reference} was not refused, or another claim of the same line stands.",
            code="claims:stands",
        )
    facts, invoice = StoreFacts(unit), entities.get(unit, row.pms, Invoice.kind, row.invoice)
    services = (
        desk.billing.services(invoice, row.scheme, facts, desk.config)
        if isinstance(invoice, Invoice) and desk.billing.scheme_of(invoice, facts, desk.config) == row.scheme
        else ()
    )
    if any(service.line == row.line for service in services):
        return row.line
    known, claim = {one.line for one in rows}, claims.get(unit, row.scheme, row.reference)
    fresh = [service for service in services if service.line not in known]
    alike = [s for s in fresh if s.item and claim and s.item.service == claim.item.service]
    found = fresh if len(fresh) == 1 else alike
    if len(found) == 1:
        return found[0].line
    several = "Several lines of the invoice may stand in its place: bill them on an invoice of their own."
    raise _not_ready(several if found else "The line is no longer billed to the scheme.")


def _not_ready(against: str) -> Refused:
    return Refused(f"It cannot be claimed yet. {against}", code="claims:not-ready", who=Who.CLINIC)


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
