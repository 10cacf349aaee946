"""The books at the target: what stands under our links, looked at again in as few calls as it allows.

Invoices, credit notes, overpayments and what only bank accounts know are looked at; a receipt or an
allocation is believed only as far as the invoice it stands on shows it. What a person put on our invoices
shows as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from hub.config.model import GroupConfig
from hub.documents import (
    Allocation,
    BankPayment,
    CreditNote,
    Deposit,
    DocKind,
    Overpayment,
    Receipt,
    Refund,
    SalesInvoice,
    Transfer,
)
from hub.errors import RateLimited
from hub.kernel import Kernel
from hub.reconciling import flows
from hub.reconciling.flows import Side
from hub.reconciling.standing import Standing, linked
from hub.reconciling.tills import ClearingAccounts
from hub.targets import Applied, Key, Life, Seen, TargetSession

CHANGED = "(changed there)"
LOOKED_AT = (
    DocKind.INVOICE,
    DocKind.CREDIT_NOTE,
    DocKind.OVERPAYMENT,
    DocKind.BANK_PAYMENT,
    DocKind.TRANSFER,
)
CHUNK = 150


@dataclass(slots=True)
class There:
    """The target's side. `changed` and `gone` are documents that no longer stand as delivered."""

    side: Side = field(default_factory=Side)
    standing: dict[str, Standing] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    by_person: dict[str, list[Applied]] = field(default_factory=dict)  # by invoice document
    looked_at: datetime | None = None


def books_there(
    kernel: Kernel, group: str, config: GroupConfig, write_offs: frozenset[str], patience: timedelta
) -> There:
    """Look at every target of one group. `patience` is how long a rate limit may make this wait.

    Raises ReadFailed, RateLimited, ReconnectNeeded: half a look proves nothing.
    """
    there = There()
    with kernel.store.read(group) as unit:
        tills = ClearingAccounts.of(unit)
        believed = linked(unit, config)
    for target, found in believed.items():
        session = kernel.target(group, target)[1]
        seen = _look(kernel, session, [one.key for one in found if one.key.kind in LOOKED_AT], patience)
        for one in found:
            there.standing[one.key.document] = replace(one, seen=seen.get(one.key.document))
    there.looked_at = kernel.world.now()
    _place(there, write_offs, tills)
    on, accounts = _Standing(there), flows.clearing_accounts(config)
    for one in there.standing.values():
        _flow(there, one, on, tills, accounts)
    return there


def _look(
    kernel: Kernel, session: TargetSession, keys: Sequence[Key], patience: timedelta
) -> dict[str, Seen]:
    found: dict[str, Seen] = {}
    end = kernel.world.now() + patience
    by_kind = sorted(keys, key=lambda key: key.kind.value)
    for start in range(0, len(by_kind), CHUNK):
        found.update(_patiently(kernel, session, by_kind[start : start + CHUNK], end))
    return found


def _patiently(
    kernel: Kernel, session: TargetSession, keys: Sequence[Key], end: datetime
) -> Mapping[str, Seen]:
    while True:
        try:
            return session.observe(keys)
        except RateLimited as limited:
            if limited.until is None or limited.until > end:
                raise
            kernel.world.sleep(max(0.1, (limited.until - kernel.world.now()).total_seconds()))


def _place(there: There, write_offs: frozenset[str], tills: ClearingAccounts) -> None:
    for document, one in there.standing.items():
        if one.seen is not None and one.seen.life is not Life.LIVE:
            there.gone.add(document)
            continue
        till = (
            tills.till(one.content.account, one.version)[0]
            if isinstance(one.content, Overpayment)
            else one.location
        )
        place = flows.place_of(one.content, till, write_offs)
        if place is not None:
            on = one.seen.on if one.seen is not None and one.seen.on else place.day
            there.side.places[document] = replace(place, day=on)


class _Standing:
    """What is shown on our invoices and credit notes, by what it is and where."""

    def __init__(self, there: There) -> None:
        self.by_document: dict[tuple[str, str], Applied] = {}
        self.by_external: dict[tuple[str, str], Applied] = {}
        external = {
            one.key.external_id: document
            for document, one in there.standing.items()
            if one.key.external_id and not isinstance(one.content, Allocation)
        }
        pairs = {
            (one.content.invoice, one.key.related.get(one.content.credit))
            for one in there.standing.values()
            if isinstance(one.content, Allocation)
        }
        for document, one in there.standing.items():
            for applied in one.seen.applied if one.seen and one.seen.life is Life.LIVE else ():
                if applied.document:
                    self.by_document[document, applied.document] = applied
                self.by_external[document, applied.external_id] = applied
                ours = (
                    applied.document
                    or applied.external_id in external
                    or (document, applied.external_id) in pairs
                )
                if not ours and isinstance(one.content, SalesInvoice):
                    there.by_person.setdefault(document, []).append(applied)

    def of(self, one: Standing, parent: str) -> Applied | None:
        """How a receipt, refund or allocation shows on the document it stands on."""
        external = one.key.external_id or ""
        if isinstance(one.content, Allocation):
            external = one.key.related.get(one.content.credit, "")
        return self.by_document.get((parent, one.key.document)) or self.by_external.get((parent, external))


def _flow(
    there: There,
    one: Standing,
    on: _Standing,
    tills: ClearingAccounts,
    accounts: Mapping[tuple[str, str], str],
) -> None:
    document, content, side = one.key.document, one.content, there.side
    place = side.places.get(document)
    if isinstance(content, SalesInvoice | CreditNote) and place is not None:
        assert one.seen is not None
        _document(there, one, content, one.seen)
    elif isinstance(content, Overpayment) and place is not None:
        total = content.amount if one.seen is None or one.seen.total is None else one.seen.total
        side.add(one.item, flows.CREDITS, (place.location, place.day), "received", total)
        _money(side, one.item, content, total, content.on, tills.till(content.account, one.version))
        flows.in_clearing(side, one.item, content, content.on, total, one.target, accounts)
    elif isinstance(content, BankPayment | Transfer) and document not in there.gone:
        _moved(there, one, content, accounts)
    elif isinstance(content, Deposit):
        for part in content.parts:
            paid = on.of(one, part.invoice)
            if paid is None:
                there.gone.add(document)
            else:
                invoice = side.places.get(part.invoice)
                flows.deposited(side, one.item, invoice, paid.on or content.on, paid.amount)
    elif isinstance(content, Receipt | Refund | Allocation):
        parent = content.invoice if isinstance(content, Receipt | Allocation) else content.credit
        shown = on.of(one, parent)
        if shown is None:
            there.gone.add(document)
        elif isinstance(content, Allocation):
            credit, invoice = (side.places.get(need) for need in content.needs())
            flows.applied(side, one.item, credit, invoice, content.on, content.amount)
        else:
            day = shown.on or content.on
            flows.money_documents(side, one.item, content, shown.amount, day)
            _money(side, one.item, content, shown.amount, day, tills.till(content.account, one.version))
            flows.in_clearing(side, one.item, content, day, shown.amount, one.target, accounts)


def _moved(
    there: There,
    one: Standing,
    content: BankPayment | Transfer,
    accounts: Mapping[tuple[str, str], str],
) -> None:
    seen = one.seen
    if seen is not None and not seen.matches:
        there.changed.add(one.key.document)
    on = seen.on if seen is not None and seen.on else content.on
    cents = seen.total if seen is not None else None
    flows.in_clearing(there.side, one.item, content, on, cents, one.target, accounts)


def _document(there: There, one: Standing, content: SalesInvoice | CreditNote, seen: Seen) -> None:
    side, place = there.side, there.side.places[one.key.document]
    total = content.total if seen.total is None else seen.total
    sign = -1 if place.note else 1
    if seen.matches:
        flows.billed(side, one.item, place, content.lines, sign)
        tax = seen.extra.get("tax")
        taxed = [line for line in content.lines if line.gst] or list(content.lines)
        if isinstance(tax, int) and (off := tax - sum(line.gst for line in content.lines)):
            key = (taxed[0].account, taxed[0].tax_type)
            side.add(one.item, flows.BILLED, (place.location, place.day), "gst", sign * off, key)
    else:
        there.changed.add(one.key.document)
        side.add(
            one.item, flows.BILLED, (place.location, place.day), "gross", sign * total, (CHANGED, CHANGED)
        )
    flows.headed(side, one.item, place, total)
    for applied in there.by_person.get(one.key.document, ()):
        flows.received(side, one.item, place, applied.on or content.issued, applied.amount)


def _money(
    side: Side,
    item: str,
    content: Receipt | Refund | Overpayment,
    cents: int,
    on: date,
    till: tuple[str, str],
) -> None:
    location, method = till
    sign = -1 if isinstance(content, Refund) else 1
    side.add(item, flows.MONEY, (location, on), "cents", sign * cents, (method,))
