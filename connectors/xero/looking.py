"""Looking up many documents in few calls: what stands under each of our keys.

A failed or partial read raises, and nothing is concluded from it.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.xero import looking_bank, looking_credits, looking_documents, looking_money
from connectors.xero.client import XeroClient
from connectors.xero.looking_round import Round
from connectors.xero.seeing import Links
from hub.documents import DocKind
from hub.targets import Key, Seen


def look(client: XeroClient, keys: Sequence[Key], links: Links) -> dict[str, Seen]:
    """Every key's Seen. Raises ReadFailed and the pauses."""
    round_ = Round(client, keys, links)
    found = {seen.document: seen for seen in looking_documents.contacts(round_)}
    invoices = looking_documents.numbered(round_, DocKind.INVOICE)
    notes = looking_documents.numbered(round_, DocKind.CREDIT_NOTE)
    looking_money.read_payments(round_, invoices, notes)
    for key, elements in [*invoices.values(), *notes.values()]:
        found[key.document] = looking_documents.document(round_, key, elements)
    for key in [*round_.keys[DocKind.RECEIPT], *round_.keys[DocKind.REFUND]]:
        found[key.document] = looking_money.payment(round_, key)
    found |= {seen.document: seen for seen in looking_credits.overpayments(round_)}
    found |= {seen.document: seen for seen in looking_credits.allocations(round_)}
    found |= {seen.document: seen for seen in looking_bank.look(round_)}
    return found


def is_credit_note(client: XeroClient, credit: str) -> bool:
    """Whether the id of a credit is a credit note's (else an overpayment's)."""
    return looking_credits.is_credit_note(Round(client, (), Links()), credit)
