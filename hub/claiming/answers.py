"""Results a scheme gave on an uploaded file: a decision per claim. Accepted is not paid.

Decisions only go forward: what is paid stays paid, what was decided is not open again. What the file says of
references nobody knows, twice, or too late is told; the rest goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hub import audit
from hub.canonical import Claim, ClaimState
from hub.claiming import batches, follow, late, reasons
from hub.claiming.billing import ISSUES
from hub.claiming.desk import the_desk
from hub.claims import Decision, ItemOutcome
from hub.kernel import Kernel
from hub.store import claim_files, claims, issues
from hub.store.claims import Row
from hub.store.session import Unit

_STATES = {
    Decision.ACCEPTED: ClaimState.ACCEPTED,
    Decision.OPEN: ClaimState.OPEN,
    Decision.REFUSED: ClaimState.REFUSED,
}
_SETTLED = (ClaimState.PAID, ClaimState.REVERSED)
_WAITING = (ClaimState.FILED, ClaimState.UPLOADED, ClaimState.OPEN)


@dataclass
class Results:
    """What a file changed. `cut` accepted claims of less than claimed, by `cut_cents` together; `again`: the
    file was imported before. `unknown` and `late` are references (an unknown one only where it has the form
    of ours), `twice` counts rows that repeat a reference, `headings` are columns nobody knows."""

    rows: int = 0
    accepted: int = 0
    open: int = 0
    refused: int = 0
    cut: int = 0
    cut_cents: int = 0
    twice: int = 0
    again: bool = False
    unknown: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    headings: tuple[str, ...] = ()


def import_results(kernel: Kernel, group: str, scheme: str, data: bytes, *, agent: str) -> Results:
    """Import a results file as it was downloaded. The same file again changes nothing.

    Raises Refused (nothing was imported) for a file that cannot be believed, Misconfigured for an unknown
    scheme.
    """
    desk, entry = the_desk(kernel, group, scheme)
    with kernel.store.write(group, agent=agent) as unit:
        read = desk.scheme(unit, entry).read_results(data)
        report = Results(rows=len(read.found), headings=read.unknown)
        stored = claim_files.received(unit, scheme, claim_files.RESULTS, data, rows=len(read.found))
        if stored is None:
            return replace(report, again=True)
        changed: list[Claim] = []
        seen: set[str] = set()
        for outcome in read.found:
            reference = outcome.reference.upper()
            if reference in seen:
                report.twice += 1
                continue
            seen.add(reference)
            claim = _decide(unit, scheme, outcome, report)
            changed += [claim] if claim is not None else []
        follow.marked(unit, desk, changed)
        audit.record(
            unit, "import.results", "scheme_file", stored, outcome="imported", scheme=scheme,
            rows=report.rows, accepted=report.accepted, open=report.open, refused=report.refused,
            cut=report.cut, cut_cents=report.cut_cents, unknown=len(report.unknown), late=len(report.late),
            twice=report.twice,
        )  # fmt: skip
    late.watch(kernel, group)
    return report


def _decide(unit: Unit, scheme: str, outcome: ItemOutcome, report: Results) -> Claim | None:
    """One decision; the claim where it changed."""
    row = claims.row_of(unit, outcome.reference)
    claim = claims.get(unit, scheme, row.reference) if row is not None and row.scheme == scheme else None
    if row is None or claim is None:
        report.unknown.append(outcome.reference if _ours(outcome.reference) else "(not of our form)")
        return None
    state = _STATES[outcome.decision]
    if not _follows(unit, claim, row, state):
        report.late.append(claim.reference)
        return None
    if row.batch is not None:
        batches.went_up(unit, claim_files.batch(unit, row.batch), f"results:{scheme}", "results came back")
    now = replace(claim, outcome=outcome, state=claim.state if claim.state in _SETTLED else state)
    claims.keep(unit, now)
    at = (claim.pms, ISSUES, f"{claim.invoice}:{claim.item.invoice_line}")
    if now.state is ClaimState.REFUSED:
        report.refused += 1
        issues.open_issue(
            unit, *at, claim.number, reasons.refused(claim.reference, outcome, claim.item.total)
        )
    elif outcome.decision is Decision.OPEN:
        report.open += 1
    else:
        report.accepted += 1
        if claim.item.total > outcome.approved:
            report.cut += 1
            report.cut_cents += claim.item.total - outcome.approved
        let_go(unit, *at)
    return now


def _follows(unit: Unit, claim: Claim, row: Row, state: ClaimState) -> bool:
    """Whether a decision may come after what is known of the claim."""
    if claim.state in _WAITING:
        return True
    if claim.state is ClaimState.ACCEPTED:
        return state is not ClaimState.OPEN
    if claim.state in _SETTLED:
        return state is ClaimState.ACCEPTED
    if claim.state is ClaimState.REFUSED:
        return state is ClaimState.REFUSED or (state is ClaimState.ACCEPTED and not replaced(unit, row))
    return False


def replaced(unit: Unit, row: Row) -> bool:
    """Whether another claim of the same line stands."""
    others = claims.of_invoice(unit, row.pms, row.invoice)
    return any(one.line == row.line and one.state.stands and one.reference != row.reference for one in others)


def let_go(unit: Unit, connection: str, stream: str, source_id: str) -> None:
    """Close the refusals of a line that was taken after all."""
    for found, reason in issues.on_record(unit, connection, source_id):
        if found == stream and reason.code.startswith("claim:refused:"):
            issues.close_issue(unit, connection, stream, source_id, reason.code, why="accepted")


def _ours(reference: str) -> bool:
    """Whether a text has the form of a reference of ours, so that it may be shown."""
    plain = reference.upper().replace("-", "")
    return len(plain) == 12 and plain.isascii() and plain.isalnum()
