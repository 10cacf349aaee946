"""A payout of a payment system: its fees out of the clearing account, and the transfer to the bank.

The money itself stands in the clearing account already, gross, by the practice's own payments; a refund
left it by the practice's own records (a bookkeeper's part 7, R1). So fees and transfer bring the account to
what is still in transit (a bookkeeper's parts 3 and 15). What is not understood holds the payout whole: there
is no plug number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from hub import settling
from hub.canonical import Invoice, PartKind, Payment, Settlement, SettlementPart, SettlementStatus
from hub.config.model import LocationConfig
from hub.config.settlements import SettlementRule
from hub.documents import BankPayment, DocKind, Document, Line, Transfer
from hub.errors import Reason
from hub.money import round_minor
from hub.rendering import Rendered, RenderedDocument
from hub.settling import Share
from mappings.documents import reasons, reasons_settling
from mappings.documents.coding import tracking_of
from mappings.documents.methods import clearing
from mappings.documents.view import View, basis, settlement_case

ON_ITS_WAY = (SettlementStatus.EXPECTED, SettlementStatus.IN_TRANSIT)


def render_payout(view: View, made: Settlement, issues: Sequence[Reason]) -> Rendered:
    """Fees and transfer of a payout that arrived, per place; holds for what a person must decide."""
    stops = tuple(issues) or tuple(_undecided(made))
    if stops:
        return Rendered(stops=stops)
    if made.status in ON_ITS_WAY:
        return Rendered(nothing="It is on its way to the bank.")
    rule = view.config.settlement_rule(view.connection)
    shares = settling.shares(made, lambda sid: _taken(view, sid))
    documents = [one for share in shares for one in _documents(view, made, share, rule)]
    posted = any(view.delivered(one.document) is not None for one in documents)
    if rule is not None and not posted:
        if rule.ledger != view.target:
            there = settlement_case(made, rule.ledger)
            return Rendered(instead=(there,), nothing="Belongs to another organisation's books.")
        if made.arrives_on is not None and made.arrives_on < rule.start:
            return Rendered(nothing="It arrived before the start date.")
    fees = any(one.kind is DocKind.BANK_PAYMENT for one in documents)
    return Rendered(
        tuple(documents),
        notes=tuple(_unexplained(view, made, shares, rule)) if rule else (),
        needs=(view.supplier_case(),) if fees else (),
        nothing=None if documents else "Nothing arrived and nothing was kept back.",
    )


def _undecided(made: Settlement) -> Iterator[Reason]:
    """What no mapping may decide, where the record itself does not say so already."""
    if made.status is SettlementStatus.FAILED:
        yield reasons_settling.failed(made.amount)
    elif made.arrives_on is None and made.status is SettlementStatus.ARRIVED:
        yield reasons_settling.undated(made.amount)
    for kind in dict.fromkeys(part.kind for part in settling.others(made)):
        yield reasons_settling.part(kind.value, made.total(kind))


def _documents(
    view: View, made: Settlement, share: Share, rule: SettlementRule | None
) -> Iterator[RenderedDocument]:
    """The fee and the transfer of one place; amounts come from the payout, accounts from the file."""
    place = _place(view, share)
    entity = view.facts.entity_id(view.connection, Settlement.kind, made.source.source_id)
    sid = made.source.source_id
    subject = view.subject(sid) if share.main else view.subject(sid, share.pms or "", share.location or "")
    on = made.arrives_on.isoformat() if made.arrives_on else None
    values = {"on": on, "currency": made.currency, "place": [share.pms, share.location]}
    if share.fees:
        holds = _holds(view, made, share, rule, abs(share.fees))
        if share.fees < 0:
            holds.append(reasons_settling.fee_back(-share.fees))
        content = None if holds or rule is None else _fee(view, made, share, rule, place)
        made_of = basis(**values, fees=share.fees, told=[share.told_fees, share.told_tax])
        document = view.document(DocKind.BANK_PAYMENT, subject)
        yield RenderedDocument(document, DocKind.BANK_PAYMENT, made_of, content, tuple(holds), entity)
    if share.net:
        holds = _holds(view, made, share, rule, abs(share.net))
        content = None if holds or rule is None else _transfer(made, share, rule, place)
        document = view.document(DocKind.TRANSFER, subject)
        made_of = basis(**values, net=share.net)
        yield RenderedDocument(document, DocKind.TRANSFER, made_of, content, tuple(holds), entity)


def _holds(
    view: View, made: Settlement, share: Share, rule: SettlementRule | None, cents: int
) -> list[Reason]:
    found = []
    if rule is None:
        found.append(reasons_settling.unmapped(view.connection, cents))
    elif rule.ledger != view.target:
        found.append(reasons.moved_organisation(cents))
    elif _account(view, share, rule) is None:
        place = _place(view, share)
        found.append(reasons_settling.no_clearing(place.key if place else None, cents))
    if made.currency != view.config.currency:
        found.append(reasons.currency(made.currency, cents))
    return found


def _fee(
    view: View, made: Settlement, share: Share, rule: SettlementRule, place: LocationConfig | None
) -> Document:
    """The fee with its tax: as the payer names it, else by the rate that was written down."""
    gst = 0
    if rule.fee_tax_rate:
        rate = Fraction(rule.fee_tax_rate)
        gst = share.told_tax + round_minor((share.fees - share.told_fees) * rate / (100 + rate))
    option = tracking_of(view.config, place) if place else None
    words = f"Fees {made.number}"
    line = Line(words, rule.fee_account, rule.fee_tax_type, share.fees, gst, option)
    account, on = rule.clears(place.key if place else None), made.arrives_on
    assert account is not None
    assert on is not None
    return BankPayment(view.supplier_document(), account, on, made.currency, (line,), words)


def _transfer(made: Settlement, share: Share, rule: SettlementRule, place: LocationConfig | None) -> Document:
    """Clearing to bank; the other way where refunds took more than came in."""
    account, on = rule.clears(place.key if place else None), made.arrives_on
    assert account is not None
    assert on is not None
    way = (account, rule.bank) if share.net > 0 else (rule.bank, account)
    label = " ".join(part for part in ("Payout", made.number, made.reference) if part)
    return Transfer(*way, on, abs(share.net), label)


def _unexplained(
    view: View, made: Settlement, shares: Sequence[Share], rule: SettlementRule
) -> Iterator[Reason]:
    """Money in the payout that the practice does not know: the clearing account misses it until it does."""
    for kind, reason in (
        (PartKind.CHARGE, reasons_settling.charge_unknown),
        (PartKind.REFUND, reasons_settling.refund_unknown),
    ):
        unknown = [
            part
            for share in shares
            for part in share.parts
            if part.kind is kind and not _known(view, part, _account(view, share, rule))
        ]
        if unknown:
            yield reason(len(unknown), sum(part.amount for part in unknown))


def _known(view: View, part: SettlementPart, account: str | None) -> bool:
    """Whether the practice recorded what the part is about, by a method of the payout's clearing account."""
    taken = _taken(view, part.about.source_id) if part.about else None
    if taken is None or not taken.pms or account is None:
        return False
    there = View(taken.pms, view.target, view.facts, view.config)
    invoices = [a.invoice for a in taken.allocations]
    if len(invoices) != 1:
        return False
    same = [one for one in there.taken_on(invoices[0]) if one.source.connection == view.connection]
    return taken.source.source_id in settling.explained(same, _recorded(there, invoices[0], account))


def _recorded(view: View, invoice_id: str, account: str) -> Iterator[tuple[Payment, int]]:
    """Payments on an invoice, or out of the credit notes against it, that stand in an account."""
    notes = [n.source.source_id for n in view.invoices_of(Invoice.kind, invoice_id) if n.total < 0]
    seen: set[str] = set()
    for sid in (invoice_id, *notes):
        for payment in view.payments_of(Invoice.kind, sid):
            if payment.source.source_id in seen:
                continue
            seen.add(payment.source.source_id)
            for index, source in enumerate(payment.sources):
                if clearing(view, payment, index, source.amount) == account:
                    yield payment, source.amount


def _taken(view: View, source_id: str) -> Payment | None:
    found = view.facts.get(view.connection, Payment.kind, source_id)
    return found if isinstance(found, Payment) else None


def _place(view: View, share: Share) -> LocationConfig | None:
    if share.pms is None or share.location is None:
        return None
    return view.config.location_of(share.pms, share.location)


def _account(view: View, share: Share, rule: SettlementRule) -> str | None:
    place = _place(view, share)
    return rule.clears(place.key if place else None)
