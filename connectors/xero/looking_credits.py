"""Looking up overpayments by contact, and allocations on the credit they draw from.

A bank transaction's reference is not documented to come back for overpayments, so the mark is taken from
the reference or the line, and where neither returns one equal, unmarked, unlinked overpayment is ours.
"""

from __future__ import annotations

from collections.abc import Iterable

from connectors.xero import seeing, seeing_money, wire
from connectors.xero.looking_documents import documents
from connectors.xero.looking_money import allocated, paid
from connectors.xero.looking_round import GUIDS, Round
from connectors.xero.wire import Element
from hub.documents import DocKind, Overpayment
from hub.targets import Key, Life, Seen


def overpayments(round_: Round) -> Iterable[Seen]:
    """What stands under each overpayment key, with the bank transaction behind it."""
    keys = round_.keys[DocKind.OVERPAYMENT]
    contacts = [c for c in (k.related.get(k.content.needs()[0]) for k in keys) if c]
    banks: dict[str | None, Element] = {}
    credits: list[Element] = []
    for part in wire.chunks(contacts, GUIDS):
        where = wire.any_of("Contact.ContactID", part, is_guid=True)
        credits += round_.client.pages("get_overpayments", "Overpayments", where=where)
        for bank in round_.client.pages("get_bank_transactions", "BankTransactions", where=where):
            banks[wire.guid(bank, "OverpaymentID")] = bank
    here = {wire.guid(credit, "OverpaymentID") for credit in credits}
    credits += overpayments_by_id(
        round_, [k.external_id for k in keys if k.external_id and k.external_id not in here]
    )
    for key in keys:
        yield _overpayment(round_, key, credits, banks)


def _overpayment(round_: Round, key: Key, credits: list[Element], banks: dict[str | None, Element]) -> Seen:
    assert isinstance(key.content, Overpayment)
    seen, twins = [], []
    for credit in credits:
        external = wire.guid(credit, "OverpaymentID")
        bank = banks.get(external, {})
        applied = allocated(round_, credit, external)
        applied += [paid(round_, p, DocKind.REFUND) for p in wire.children(credit, "Payments")]
        if found := seeing_money.overpayment(key, credit, bank, applied, round_.links):
            seen.append(found)
        elif external not in round_.ours.ids:
            twin = seeing_money.unmarked_twin(key, credit, bank, round_.links)
            twins += [twin] if twin else []
    living = [s for s in seen if s.life is Life.LIVE]
    if len(living) > 1:
        return seeing.ambiguous(key, "two living overpayments carry our mark")
    if living or seen:
        return (living or seen)[0]
    if len(twins) > 1:
        return seeing.ambiguous(key, "several overpayments without a mark equal ours")
    return twins[0] if twins else seeing.absent(key)


def overpayments_by_id(round_: Round, ids: Iterable[str]) -> list[Element]:
    """Overpayments by their own ids, remembered as credits."""
    found = []
    for part in wire.chunks(ids, GUIDS):
        where = wire.any_of("OverpaymentID", part, is_guid=True)
        for element in round_.client.pages("get_overpayments", "Overpayments", where=where):
            credit = wire.guid(element, "OverpaymentID")
            if credit:
                round_.credits[credit] = element
                round_.client.credit_notes[credit] = False
            found.append(element)
    return found


def allocations(round_: Round) -> Iterable[Seen]:
    """What stands under each allocation key, read from its credit."""
    keys = round_.keys[DocKind.ALLOCATION]
    wanted = [c for c in (k.related.get(k.content.needs()[0]) for k in keys) if c]
    fresh = [c for c in wanted if c not in round_.credits]
    overpayments_by_id(round_, [c for c in fresh if not round_.client.credit_notes.get(c)])
    list(documents(round_, DocKind.CREDIT_NOTE, [c for c in fresh if c not in round_.credits], ids=True))
    for key in keys:
        credit = key.related.get(key.content.needs()[0])
        element = round_.credits.get(credit or "")
        if element is None or credit is None:
            yield seeing.absent(key)
        else:
            yield seeing_money.allocation(key, wire.children(element, "Allocations"), credit)


def is_credit_note(round_: Round, credit: str) -> bool:
    """Whether the id of a credit is a credit note's (else an overpayment's); asks once and remembers."""
    if credit not in round_.client.credit_notes:
        notes = list(documents(round_, DocKind.CREDIT_NOTE, [credit], ids=True))
        round_.client.credit_notes[credit] = bool(notes)
    return round_.client.credit_notes[credit]
