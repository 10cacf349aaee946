"""What one round of look-ups shares: the keys, whose is what, and what each call brought."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.xero.client import XeroClient
from connectors.xero.seeing import Links
from connectors.xero.wire import Element
from hub import marks
from hub.documents import Allocation, CreditNote, DebtorCard, DocKind, SalesInvoice
from hub.targets import Key

# Values per request: addresses stay under about 3,000 characters.
IDS, NUMBERS, GUIDS = 50, 40, 25


@dataclass
class Ours:
    """Which of Xero's ids, marks and (credit, invoice) pairs belong to which of the keys."""

    ids: dict[str, str] = field(default_factory=dict)
    halves: dict[str, str] = field(default_factory=dict)
    pairs: dict[tuple[str | None, str | None], str] = field(default_factory=dict)

    @classmethod
    def of(cls, keys: Sequence[Key]) -> Ours:
        ours = cls()
        for key in keys:
            if key.external_id:
                ours.ids[key.external_id] = key.document
            ours.halves[marks.half(key.mark)] = key.document
            if isinstance(key.content, Allocation):
                pair = (key.related.get(key.content.credit), key.related.get(key.content.invoice))
                if None not in pair:
                    ours.pairs[pair] = key.document
        return ours

    def document(self, external_id: str | None, *texts: str) -> str | None:
        """The document behind an id, or behind a mark in a text."""
        if external_id in self.ids:
            return self.ids[external_id]
        named = (self.halves[half] for half, _ in marks.halves(*texts) if half in self.halves)
        return next(named, None)


class Round:
    """One round; what a call brought is kept for the next kind."""

    def __init__(self, client: XeroClient, keys: Sequence[Key], links: Links) -> None:
        self.client, self.links = client, links
        self.keys: dict[DocKind, list[Key]] = defaultdict(list)
        for key in keys:
            self.keys[key.kind].append(key)
        self.ours = Ours.of(keys)
        self.credits: dict[str, Element] = {}  # overpayments and credit notes by id
        self.payments: dict[str | None, list[Element]] = {}


def number_of(key: Key) -> str:
    """The number a contact, invoice or credit note is looked up by."""
    assert isinstance(key.content, DebtorCard | SalesInvoice | CreditNote)
    return key.content.number
