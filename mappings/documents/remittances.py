"""A funder's remittance: one deposit that pays many invoices, exactly what the bank shows.

Its lines point at claims, these at the invoices they were made of, of whichever practice system. A deposit is
posted whole or not at all: a line that fits nothing, or money taken back, holds it with the amount, unless
what cannot be posted comes to nothing (a bookkeeper's part 9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.canonical import Claim, Invoice, PartKind, Settlement
from hub.claims import Decision
from hub.config.schemes import SchemeConfig
from hub.documents import Deposit, DepositPart, DocKind
from hub.errors import Reason
from hub.rendering import CaseKey, Rendered, RenderedDocument
from mappings.documents import reasons, reasons_schemes
from mappings.documents.view import View, basis

MOST = 200
"""Invoices one deposit may pay (Xero developer docs: batch payments); more are posted as several."""


@dataclass(slots=True)
class _Money:
    """Cents by (practice connection, invoice), in order of the remittance; and why not all can be posted."""

    parts: dict[tuple[str, str], int] = field(default_factory=dict)
    unmatched: list[int] = field(default_factory=list)
    problems: list[Reason] = field(default_factory=list)


def render_remittance(view: View, made: Settlement, stops: Sequence[Reason]) -> Rendered:
    """The deposit of a remittance, or why it is held."""
    entry = next((s for s in view.config.schemes if s.id == view.connection), None)
    money = _sorted(view, made)
    posted = {key: cents for key, cents in money.parts.items() if cents > 0}
    holds = _holds(view, made, entry, money)
    whole = sum(posted.values()) == made.amount
    keys = sorted(posted)
    found, needs = list[RenderedDocument](), list[CaseKey]()
    for number, start in enumerate(range(0, len(keys), MOST)):
        part = {key: posted[key] for key in keys[start : start + MOST]}
        found.append(_deposit(view, made, entry, part, number, tuple(holds)))
        needs += [View(pms, view.target, view.facts, view.config).invoice_case(sid) for pms, sid in part]
    if not found and holds:
        found.append(_deposit(view, made, entry, {}, 0, tuple(holds)))
    return Rendered(
        tuple(found),
        tuple(stops),
        notes=() if not whole or holds else tuple(_notes(made, money)),
        needs=tuple(dict.fromkeys(needs)),
        nothing=None if found else "No money arrived.",
    )


def _sorted(view: View, made: Settlement) -> _Money:
    money, paid = _Money(), {}
    for part in made.parts:
        claim = _claim(view, part.about.source_id) if part.about and part.kind is PartKind.CLAIM else None
        if claim is None:
            money.unmatched.append(part.amount)
            continue
        key = (claim.pms, claim.invoice)
        money.parts[key] = money.parts.get(key, 0) + part.amount
        paid[claim.reference] = claim
    for claim in paid.values():
        decided = claim.outcome is not None and claim.outcome.decision is not Decision.OPEN
        most = claim.outcome.approved if claim.outcome is not None and decided else claim.item.total
        if claim.paid > most:
            money.problems.append(
                reasons_schemes.remittance_excess(made.number, claim.number, claim.paid - most)
            )
    return money


def _claim(view: View, reference: str) -> Claim | None:
    found = view.facts.get(view.connection, Claim.kind, reference)
    return found if isinstance(found, Claim) else None


def _holds(view: View, made: Settlement, entry: SchemeConfig | None, money: _Money) -> list[Reason]:
    """Why the deposit cannot be posted; none where what cannot be posted comes to nothing."""
    found = list(money.problems)
    back = sum(cents for cents in money.parts.values() if cents < 0)
    if entry is None:
        found.append(reasons_schemes.scheme_gone(view.connection, abs(made.amount)))
    if made.currency != view.config.currency:
        found.append(reasons.currency(made.currency, abs(made.amount)))
    if back:
        found.append(reasons_schemes.remittance_taken_back(made.number, -back))
    if sum(money.unmatched):
        found.append(
            reasons_schemes.remittance_unmatched(made.number, len(money.unmatched), abs(sum(money.unmatched)))
        )
    elsewhere = sum(cents for (pms, sid), cents in money.parts.items() if not _here(view, pms, sid))
    if elsewhere:
        found.append(reasons_schemes.remittance_other_ledger(abs(elsewhere)))
    return found


def _here(view: View, pms: str, source_id: str) -> bool:
    """Whether an invoice is known and stands in this ledger's books."""
    invoice = view.facts.get(pms, Invoice.kind, source_id)
    if not isinstance(invoice, Invoice):
        return False
    place = view.config.location_of(pms, invoice.location)
    return place is not None and place.target == view.target


def _notes(made: Settlement, money: _Money) -> list[Reason]:
    """Lines that fit nothing but come to nothing together: a person should look."""
    if not any(money.unmatched):
        return []
    return [reasons_schemes.remittance_unmatched(made.number, len(money.unmatched), 0)]


def _deposit(
    view: View,
    made: Settlement,
    entry: SchemeConfig | None,
    part: dict[tuple[str, str], int],
    number: int,
    holds: tuple[Reason, ...],
) -> RenderedDocument:
    sid = made.source.source_id
    document = view.document(DocKind.DEPOSIT, view.subject(*((sid, number) if number else (sid,))))
    values = basis(
        on=made.arrives_on.isoformat() if made.arrives_on else None,
        currency=made.currency,
        parts=[[pms, invoice, cents] for (pms, invoice), cents in part.items()],
    )
    content = None
    if not holds and entry is not None and made.arrives_on is not None:
        parts = tuple(DepositPart(_invoice_document(view, *key), cents) for key, cents in part.items())
        content = Deposit(entry.bank, made.arrives_on, parts, f"Remittance {made.number}")
    entity = view.facts.entity_id(view.connection, Settlement.kind, sid)
    return RenderedDocument(document, DocKind.DEPOSIT, values, content, holds, entity)


def _invoice_document(view: View, pms: str, source_id: str) -> str:
    return view.document(DocKind.INVOICE, f"{pms}:{source_id}")
