"""The books here: what the practice system recorded, read with the group's own mapping.

Money and billed amounts come from the canonical payments and invoices themselves; how money meets invoices
comes from the documents they render. What cannot be mapped stays visible under `(held)`, what only a status
implies under `unknown`: never under an account or a method that nobody wrote down, and never as zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from hub.canonical import Evidence, Invoice, Payment, Settlement
from hub.claiming.billing import ISSUES
from hub.config.model import GroupConfig
from hub.documents import (
    Allocation,
    CreditNote,
    Deposit,
    DocKind,
    Document,
    Overpayment,
    Receipt,
    Refund,
    SalesInvoice,
)
from hub.ids import entity_id
from hub.kernel import Kernel
from hub.planning.load import load
from hub.planning.state import CaseState
from hub.planning.wish import stands
from hub.reconciling import flows
from hub.reconciling.flows import Place, Side
from hub.rendering import CaseKind, RenderedDocument
from hub.store import cases, deliveries, entities, issues
from hub.store.session import Unit
from hub.store.tables import case

HELD = "(held)"
UNKNOWN = "unknown"
NO_MONEY = ("credit_use", "funder_lodged")
"""Kinds of method by which nothing is received: credit that stands, and what a funder's remittance brings."""
ACCOUNT = "account"
"""The stream name of issues about a connection as a whole."""
CHUNK = 300


@dataclass(frozen=True, slots=True)
class Wanted:
    """One document that should stand. `content` None: held. `item` is what its flows belong to."""

    state: CaseState
    rendered: RenderedDocument
    content: Document | None
    item: str


@dataclass(slots=True)
class Here:
    """Our side, with what explains a difference: the states of all cases and their wanted documents."""

    side: Side = field(default_factory=Side)
    wanted: dict[str, Wanted] = field(default_factory=dict)
    states: dict[str, CaseState] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    settlements: dict[str, Settlement] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


def books_here(kernel: Kernel, group: str, config: GroupConfig) -> Here:
    """Read everything of one group; short reading units, no call to any system."""
    here = Here()
    with kernel.store.read(group) as unit:
        for connection in (c.id for c in config.connections if c.is_read):
            for payment in entities.all_of(unit, connection, Payment.kind):
                assert isinstance(payment, Payment)
                here.payments[_id(group, payment)] = payment
            for invoice in entities.all_of(unit, connection, Invoice.kind):
                assert isinstance(invoice, Invoice)
                here.invoices[_id(group, invoice)] = invoice
            for settlement in entities.all_of(unit, connection, Settlement.kind):
                assert isinstance(settlement, Settlement)
                here.settlements[_id(group, settlement)] = settlement
        ids = _all_cases(unit)
        here.unread = unreadable(unit, config)
    renderer = kernel.renderer()
    for start in range(0, len(ids), CHUNK):
        with kernel.store.read(group) as unit:
            rows = cases.get_many(unit, ids[start : start + CHUNK])
            for state in load(unit, renderer, config, rows):
                here.states[state.id] = state
                _want(here, unit, state)
    _place(here, group, config)
    _flow(here, group, config)
    _money(here, config)
    return here


def _id(group: str, entity: Invoice | Payment | Settlement) -> str:
    return entity_id(group, entity.source.connection, entity.kind, entity.source.source_id)


def _all_cases(unit: Unit) -> list[str]:
    query = select(case.c.id).where(case.c.group_id == unit.group).order_by(case.c.id)
    return list(unit.db.execute(query).scalars())


def _want(here: Here, unit: Unit, state: CaseState) -> None:
    for rendered in state.rendered.documents:
        content = None if rendered.holds else rendered.content
        known = state.known.get(rendered.document)
        delivered = known.content(unit.vault) if known is not None and known.live else None
        if delivered is not None and (
            stands(state, rendered.document) or _same_amount(here, rendered, delivered)
        ):
            content = delivered
        here.wanted[rendered.document] = Wanted(state, rendered, content, item_of(rendered))


def _same_amount(here: Here, rendered: RenderedDocument, delivered: Document) -> bool:
    """Whether a held change of a posted invoice leaves its amount: then the books do not differ by it."""
    invoice = here.invoices.get(rendered.entity or "")
    if not rendered.holds or invoice is None or not isinstance(delivered, SalesInvoice | CreditNote):
        return False
    return delivered.total == abs(invoice.total) and delivered.issued == invoice.issued


def item_of(rendered: RenderedDocument) -> str:
    """Money and invoices are items of their own; an allocation is one, whoever's credit it draws."""
    if rendered.kind is DocKind.ALLOCATION or rendered.entity is None:
        return rendered.document
    return rendered.entity


def write_off_accounts(config: GroupConfig) -> frozenset[str]:
    written = {e.value["account"] for e in config.tables.write_offs if "account" in e.value}
    return frozenset(written | {scheme.write_off for scheme in config.schemes})


def location_key(config: GroupConfig, entity: Invoice | Payment) -> str:
    """The configured key of an entity's location, or its own id where nobody mapped it."""
    place = config.location_of(entity.source.connection, entity.location)
    return place.key if place else f"({entity.location})"


def _place(here: Here, group: str, config: GroupConfig) -> None:
    accounts = write_off_accounts(config)
    for document, want in here.wanted.items():
        entity = here.invoices.get(want.rendered.entity or "") or here.payments.get(
            want.rendered.entity or ""
        )
        if want.rendered.kind is DocKind.ALLOCATION:
            continue
        if entity is None:
            _place_by_case(here, group, document, want, config)
            continue
        location = location_key(config, entity)
        if want.content is not None:
            place = flows.place_of(want.content, location, accounts)
        else:
            place = _held_place(want.rendered.kind, entity, location, config)
        if place is not None:
            here.side.places[document] = place


def _place_by_case(here: Here, group: str, document: str, want: Wanted, config: GroupConfig) -> None:
    """A credit note without a record of the practice (what a funder cut) stands where its invoice does."""
    invoice = _case_place(here, group, want, config)
    if invoice is not None and isinstance(want.content, CreditNote):
        place = flows.place_of(want.content, invoice.location, write_off_accounts(config))
        if place is not None:
            here.side.places[document] = place


def _held_place(kind: DocKind, entity: Invoice | Payment, location: str, config: GroupConfig) -> Place | None:
    if isinstance(entity, Invoice):
        codes = {e.key for e in config.tables.write_offs}
        written_off = bool(entity.lines) and all(line.code in codes for line in entity.lines)
        return Place(location, entity.issued, kind is DocKind.CREDIT_NOTE, written_off)
    return Place(location, entity.paid_on) if kind is DocKind.OVERPAYMENT else None


def _flow(here: Here, group: str, config: GroupConfig) -> None:
    accounts = flows.clearing_accounts(config)
    for document, want in here.wanted.items():
        place, content = here.side.places.get(document), want.content
        if content is not None and (on := deliveries.date_of(content)) is not None:
            target = want.state.row.key.target
            flows.in_clearing(here.side, want.item, content, on, None, target, accounts)
        if isinstance(content, SalesInvoice | CreditNote) and place is not None:
            sign = -1 if place.note else 1
            flows.billed(here.side, want.item, place, content.lines, sign)
            flows.headed(here.side, want.item, place, content.total)
        elif isinstance(content, Overpayment) and place is not None:
            here.side.add(want.item, flows.CREDITS, (place.location, place.day), "received", content.amount)
        elif isinstance(content, Receipt | Refund):
            flows.money_documents(here.side, want.item, content, content.amount, content.on)
        elif isinstance(content, Allocation):
            credit, invoice = (here.side.places.get(d) for d in content.needs())
            flows.applied(here.side, want.item, credit, invoice, content.on, content.amount)
        elif isinstance(content, Deposit):
            for part in content.parts:
                invoice = here.side.places.get(part.invoice)
                flows.deposited(here.side, want.item, invoice, content.on, part.amount)
        elif content is None:
            _held(here, group, want, place, config)


def _held(here: Here, group: str, want: Wanted, place: Place | None, config: GroupConfig) -> None:
    """What a held document would do, with the amount its hold names."""
    side, kind, item = here.side, want.rendered.kind, want.item
    cents = max((abs(reason.cents) for reason in want.rendered.holds), default=0)
    invoice = here.invoices.get(want.rendered.entity or "")
    payment = here.payments.get(want.rendered.entity or "")
    if invoice is not None and place is not None and kind in (DocKind.INVOICE, DocKind.CREDIT_NOTE):
        where = (place.location, place.day)
        side.add(item, flows.BILLED, where, "gross", invoice.total, (HELD, HELD))
        side.add(
            item, flows.BILLED, where, "gst", sum(line.tax_cents for line in invoice.lines), (HELD, HELD)
        )
        flows.headed(side, item, place, abs(invoice.total))
    elif kind is DocKind.OVERPAYMENT and place is not None:
        side.add(item, flows.CREDITS, (place.location, place.day), "received", cents)
    elif kind is DocKind.RECEIPT and payment is not None:
        flows.received(side, item, _case_place(here, group, want, config), payment.paid_on, cents)
    elif kind is DocKind.REFUND and payment is not None:
        # A debt revived or a credit returned, as a person decides: until then only money shows it.
        return
    elif kind is DocKind.ALLOCATION:
        credit = _credit_place(invoice, payment, config)
        target = _case_place(here, group, want, config)
        day = target.day if target else credit.day if credit else None
        if day is not None:
            flows.applied(side, item, credit, target, day, cents)


def _case_place(here: Here, group: str, want: Wanted, config: GroupConfig) -> Place | None:
    """Where the invoice of the document's case stands."""
    key = want.state.row.key
    if key.kind is not CaseKind.INVOICE:
        return None
    connection, _, source_id = key.subject.partition(":")
    invoice = here.invoices.get(entity_id(group, connection, Invoice.kind, source_id))
    return Place(location_key(config, invoice), invoice.issued) if invoice else None


def _credit_place(invoice: Invoice | None, payment: Payment | None, config: GroupConfig) -> Place | None:
    if invoice is not None:
        return _held_place(DocKind.CREDIT_NOTE, invoice, location_key(config, invoice), config)
    if payment is not None:
        return _held_place(DocKind.OVERPAYMENT, payment, location_key(config, payment), config)
    return None


def _money(here: Here, config: GroupConfig) -> None:
    """Every way a payment was made, by its own words; existing credit is no money.

    What a payment system took counts once, as the practice system's payment that it became.
    """
    for item, payment in here.payments.items():
        if payment.pms is not None:
            continue
        place = config.location_of(payment.source.connection, payment.location)
        if place is not None and payment.paid_on < place.start:
            continue
        location = location_key(config, payment)
        for source in payment.sources:
            derived = payment.evidence is Evidence.DERIVED
            method = UNKNOWN if derived or source.method is None else source.method
            if derived or method_kind(config, method, location, payment.paid_on) not in NO_MONEY:
                side = here.side
                side.add(item, flows.MONEY, (location, payment.paid_on), "cents", source.amount, (method,))


def method_kind(config: GroupConfig, method: str, location: str, day: date) -> str | None:
    """The kind somebody wrote down for a method at a place on a day, the most particular entry first."""
    found = [
        entry
        for entry in config.tables.methods
        if entry.key in (method, None)
        and entry.location in (None, location)
        and (entry.from_day is None or entry.from_day <= day)
    ]
    rank = [(e.key is not None, e.location is not None, e.from_day or date.min) for e in found]
    best = found[rank.index(max(rank))] if found else None
    return best.value.get("kind") if best else None


def unreadable(unit: Unit, config: GroupConfig) -> list[str]:
    """Numbers of records that cannot be read as they are now: their amounts may be in no column."""
    known = {c.id for c in config.connections if c.is_read}
    found = [i for i in issues.list_open(unit) if i.connection in known and i.stream not in (ACCOUNT, ISSUES)]
    return sorted({issue.number for issue in found})
