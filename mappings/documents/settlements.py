"""Money that arrived together: which case it is, and who renders it by what it is made of."""

from __future__ import annotations

from collections.abc import Iterator

from hub.canonical import Claim, Invoice, PartKind, Payment, Ref, Settlement
from hub.config.model import GroupConfig
from hub.rendering import CaseKey, Rendered
from mappings.documents.homes import home_target
from mappings.documents.payouts import render_payout
from mappings.documents.remittances import render_remittance
from mappings.documents.view import View, settlement_case


def render_settlement(view: View, source_id: str) -> Rendered:
    """What should exist for one settlement."""
    stops = tuple(view.facts.issues(view.connection, Settlement.kind, source_id))
    made = view.facts.get(view.connection, Settlement.kind, source_id)
    if not isinstance(made, Settlement):
        nothing = None if stops else "The settlement is not there (any more)."
        return Rendered(stops=stops, nothing=nothing)
    if any(scheme.id == view.connection for scheme in view.config.schemes) or made.of(PartKind.CLAIM):
        return render_remittance(view, made, stops)
    return render_payout(view, made, stops)


def case_of(config: GroupConfig, settlement: Settlement) -> Iterator[CaseKey]:
    """The case of a settlement at its ledger; one nobody wrote down is held at the group's first ledger."""
    connection = settlement.source.connection
    rule = config.settlement_rule(connection)
    scheme = next((one for one in config.schemes if one.id == connection), None)
    ledgers = [one.ledger for one in (rule, scheme) if one] or [
        c.id for c in config.connections if c.is_ledger
    ][:1]
    for ledger in ledgers:
        yield settlement_case(settlement, ledger)


def cases_of_claim(view: View, claim: Claim) -> Iterator[CaseKey]:
    """The invoice a claim was made of, and the remittances that paid it."""
    target = View(claim.pms, "", view.facts, view.config)
    invoice = target.invoice(claim.invoice)
    ledger = home_target(view.config, claim.pms, invoice.location) if invoice is not None else None
    if ledger is not None:
        yield target.invoice_case(claim.invoice, ledger)
    for payment in claim.payments:
        found = view.facts.get(claim.source.connection, Settlement.kind, payment.settlement)
        if isinstance(found, Settlement):
            yield from case_of(view.config, found)


def cases_settling(view: View, entity: Payment | Invoice) -> Iterator[CaseKey]:
    """Settlements that a payment is part of, and those of what a payment system took on its invoices.

    Of invoices only a credit note matters: by it a refund may be known that was not before.
    """
    if not view.config.settlements:
        return
    taken = [entity] if isinstance(entity, Payment) else []
    if isinstance(entity, Invoice):
        named = [entity.source.source_id] if entity.reverses else []
    else:
        named = [] if entity.pms is not None else list(dict.fromkeys(a.invoice for a in entity.allocations))
    for sid in named:
        invoice = view.invoice(sid)
        taken += view.taken_on(sid)
        taken += view.taken_on(invoice.reverses) if invoice is not None and invoice.reverses else []
    for one in taken:
        ref = Ref(Payment.kind, one.source.source_id)
        for found in view.facts.pointing_at(one.source.connection, ref, Settlement.kind):
            if isinstance(found, Settlement):
                yield from case_of(view.config, found)
