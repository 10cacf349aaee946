"""Money that arrived together: which case it is, and who renders it by what it is made of."""

from __future__ import annotations

from collections.abc import Iterator

from hub.canonical import Invoice, Payment, Ref, Settlement
from hub.config.model import GroupConfig
from hub.rendering import CaseKey, CaseKind, Rendered
from mappings.documents.payouts import render_payout
from mappings.documents.view import View


def render_settlement(view: View, source_id: str) -> Rendered:
    """What should exist for one settlement."""
    stops = tuple(view.facts.issues(view.connection, Settlement.kind, source_id))
    made = view.facts.get(view.connection, Settlement.kind, source_id)
    if not isinstance(made, Settlement):
        nothing = None if stops else "The settlement is not there (any more)."
        return Rendered(stops=stops, nothing=nothing)
    return render_payout(view, made, stops)


def case_of(config: GroupConfig, settlement: Settlement) -> Iterator[CaseKey]:
    """The case of a settlement at its ledger; one nobody wrote down is held at the group's first ledger."""
    connection, sid = settlement.source.connection, settlement.source.source_id
    rule = config.settlement_rule(connection)
    ledgers = [rule.ledger] if rule else [c.id for c in config.connections if c.is_ledger][:1]
    for ledger in ledgers:
        yield CaseKey(ledger, CaseKind.SETTLEMENT, f"{connection}:{sid}", settlement.number)


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
        named = [] if entity.pms else list(dict.fromkeys(a.invoice for a in entity.allocations))
    for sid in named:
        invoice = view.invoice(sid)
        taken += view.taken_on(sid)
        taken += view.taken_on(invoice.reverses) if invoice is not None and invoice.reverses else []
    for one in taken:
        ref = Ref(Payment.kind, one.source.source_id)
        for found in view.facts.pointing_at(one.source.connection, ref, Settlement.kind):
            if isinstance(found, Settlement):
                yield from case_of(view.config, found)
