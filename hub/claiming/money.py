"""A remittance advice becomes a settlement whose parts are claims, and money on each of those claims.

A line is matched by our reference, else by the scheme's own number of the claim; what fits neither is a part
of kind unknown, so that the settlement still is the sum that reached the bank. The same remittance read again
replaces what it said before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from hub import audit
from hub.canonical import (
    Claim,
    ClaimPayment,
    ClaimState,
    Entity,
    PartKind,
    Provenance,
    Ref,
    Settlement,
    SettlementPart,
    SettlementStatus,
)
from hub.claiming.answers import let_go, replaced
from hub.claiming.billing import ISSUES
from hub.claiming.desk import the_desk
from hub.claiming.gather import VERSION
from hub.claims import Remittance, RemittanceLine
from hub.kernel import Kernel
from hub.normalising import marking
from hub.store import claim_files, claims, entities
from hub.store.session import Unit

STREAM = "remittances"


@dataclass
class Remitted:
    """What a file held. `unmatched` are (remittance number, cents) of lines that fit no claim, `back` the
    cents taken back; `short` counts claims paid less than claimed. `changed`: claims and settlements."""

    remittances: int = 0
    lines: int = 0
    cents: int = 0
    back: int = 0
    short: int = 0
    changed: int = 0
    again: bool = False
    unmatched: list[tuple[str, int]] = field(default_factory=list)
    headings: tuple[str, ...] = ()


def import_remittance(
    kernel: Kernel, group: str, scheme: str, data: bytes, *, banked: date | None = None, agent: str
) -> Remitted:
    """Import a remittance advice. `banked` is the day the bank shows, where it is not the advice's own.

    Raises Refused (nothing was imported) for a file that cannot be believed, Misconfigured for an unknown
    scheme.
    """
    desk, entry = the_desk(kernel, group, scheme)
    with kernel.store.write(group, agent=agent) as unit:
        read = desk.scheme(unit, entry).read_remittance(data)
        report = Remitted(remittances=len(read.found), headings=read.unknown)
        report.lines = sum(len(one.lines) for one in read.found)
        report.cents = sum(one.total for one in read.found)
        days = [one.paid_on for one in read.found]
        stored = claim_files.received(
            unit, scheme, claim_files.REMITTANCE, data, rows=report.lines, cents=report.cents,
            days=(min(days, default=None), max(days, default=None)),
        )  # fmt: skip
        report.again = stored is None
        changed: list[Entity] = []
        for one in read.found:
            changed += _settle(unit, scheme, desk.config.currency, one, banked, stored, report)
        report.changed = len(changed)
        marking.mark(unit, desk.renderer, desk.config, changed)
        if stored is not None or changed:
            audit.record(
                unit, "import.remittance", "scheme_file", stored or scheme, outcome="imported", scheme=scheme,
                numbers=[one.number for one in read.found], lines=report.lines, cents=report.cents,
                back=report.back, unmatched=len(report.unmatched), short=report.short, changed=report.changed,
            )  # fmt: skip
    return report


def _settle(
    unit: Unit,
    scheme: str,
    currency: str,
    paid: Remittance,
    banked: date | None,
    stored: str | None,
    report: Remitted,
) -> list[Entity]:
    """One remittance: its settlement and the money on its claims. Returns what changed, old and new."""
    old = entities.get(unit, scheme, Settlement.kind, paid.number)
    was = old if isinstance(old, Settlement) else None
    on = banked or (was.arrives_on if was is not None else None) or paid.paid_on
    matched = [(line, _claim_of(unit, scheme, line)) for line in paid.lines]
    raw = stored or (was.source.raw_record if was is not None else "")
    settlement = Settlement(
        Provenance(scheme, STREAM, paid.number, raw, VERSION),
        number=paid.number,
        amount=paid.total,
        currency=currency,
        arrives_on=on,
        status=SettlementStatus.ARRIVED,
        parts=tuple(_parts(matched, on)),
        reference=paid.number,
    )
    change = entities.put(unit, settlement)
    changed: list[Entity] = [v for v in (change.old, change.new) if v is not None] if change else []
    money: Counter[str] = Counter()
    for line, claim in matched:
        if claim is not None:
            money[claim.reference] += line.paid
        else:
            report.unmatched.append((paid.number, line.paid))
        report.back += min(0, line.paid)
    gone = {ref.source_id for ref in was.refs()} - money.keys() if was is not None else set()
    for reference in sorted({*money, *gone}):
        here = ClaimPayment(paid.number, on, money[reference]) if reference in money else None
        changed += _paid(unit, scheme, reference, paid.number, here, report)
    return changed


def _parts(matched: Iterable[tuple[RemittanceLine, Claim | None]], on: date) -> list[SettlementPart]:
    parts: list[SettlementPart] = []
    for number, (line, claim) in enumerate(matched, 1):
        about = Ref(Claim.kind, claim.reference) if claim is not None else None
        kind = PartKind.CLAIM if claim is not None else PartKind.UNKNOWN
        parts.append(SettlementPart(str(number), kind, line.paid, on, about, reference=line.scheme_id))
    return parts


def _claim_of(unit: Unit, scheme: str, line: RemittanceLine) -> Claim | None:
    """The claim a line pays, where exactly one can be meant."""
    row = claims.row_of(unit, line.reference)
    if row is not None and row.scheme == scheme:
        claim = claims.get(unit, scheme, row.reference)
        if claim is None or claim.state in (ClaimState.READY, ClaimState.WITHDRAWN, ClaimState.CANCELLED):
            return None
        return None if claim.state is ClaimState.REFUSED and replaced(unit, row) else claim
    if not line.scheme_id:
        return None
    found = [
        claim
        for known in claims.listed(unit, scheme, [ClaimState.ACCEPTED, ClaimState.OPEN, ClaimState.PAID])
        if (claim := claims.get(unit, scheme, known.reference)) is not None
        and claim.outcome is not None
        and claim.outcome.scheme_id == line.scheme_id
    ]
    return found[0] if len(found) == 1 else None


def _paid(
    unit: Unit, scheme: str, reference: str, settlement: str, here: ClaimPayment | None, report: Remitted
) -> list[Entity]:
    claim = claims.get(unit, scheme, reference)
    if claim is None:
        return []
    others = [one for one in claim.payments if one.settlement != settlement]
    payments = sorted([*others, *([here] if here else [])], key=lambda one: (one.on, one.settlement))
    now = replace(claim, payments=tuple(payments))
    if now.paid > 0:
        now = replace(now, state=ClaimState.PAID)
    elif payments:
        now = replace(now, state=ClaimState.REVERSED)
    elif claim.state in (ClaimState.PAID, ClaimState.REVERSED):
        now = replace(now, state=ClaimState.ACCEPTED if claim.outcome else ClaimState.UPLOADED)
    if now.state is ClaimState.PAID:
        let_go(unit, claim.pms, ISSUES, f"{claim.invoice}:{claim.item.invoice_line}")
    report.short += 0 < now.paid < now.item.total
    change = claims.keep(unit, now)
    return [value for value in (change.old, change.new) if value is not None] if change else []
