"""One case as the rules see it: what stands at Xero, what should, and how the pieces hang together.

Roots are invoices and credit notes; leaves stand on them: receipts and allocations on an invoice, refunds
and allocations out of a credit note. Xero changes or voids a root only while nothing is applied to it. What
only bank accounts know (payments out of them, transfers, deposits) is a leaf as well: never changed, but
taken back and made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from hub.documents import (
    Allocation,
    BankPayment,
    CreditNote,
    DebtorCard,
    Deposit,
    DocKind,
    Document,
    Overpayment,
    PaymentRequest,
    Receipt,
    RecordedPayment,
    Refund,
    SalesInvoice,
    Transfer,
)
from hub.targets import Applied, Desired, Life, Observed, Seen

NotBooks = ValueError("a document that no ledger knows")
ROOTS = (DocKind.INVOICE, DocKind.CREDIT_NOTE)
LEAVES = (
    DocKind.RECEIPT,
    DocKind.REFUND,
    DocKind.ALLOCATION,
    DocKind.BANK_PAYMENT,
    DocKind.TRANSFER,
    DocKind.DEPOSIT,
)
# Prerequisites first; the order of kinds in plans and batches.
TIERS = {
    DocKind.CONTACT: 0,
    DocKind.INVOICE: 1,
    DocKind.CREDIT_NOTE: 2,
    DocKind.OVERPAYMENT: 3,
    DocKind.RECEIPT: 4,
    DocKind.REFUND: 5,
    DocKind.ALLOCATION: 6,
    DocKind.BANK_PAYMENT: 7,
    DocKind.TRANSFER: 8,
    DocKind.DEPOSIT: 9,
}


def amount_of(content: Document) -> int:
    """What a document is worth in cents; a contact nothing."""
    match content:
        case SalesInvoice() | CreditNote() | BankPayment():
            return content.total
        case Receipt() | Refund() | Overpayment() | Allocation() | Transfer() | Deposit():
            return content.amount
        case DebtorCard():
            return 0
        case PaymentRequest() | RecordedPayment():
            raise NotBooks


def amount_on(leaf: Document, root: str) -> int:
    """Cents a leaf puts on one root: of a deposit only the part that pays it."""
    if isinstance(leaf, Deposit):
        return sum(part.amount for part in leaf.parts if part.invoice == root)
    return amount_of(leaf)


def date_of(content: Document) -> date | None:
    """The business date a document is posted on; a contact has none."""
    match content:
        case SalesInvoice() | CreditNote():
            return content.issued
        case DebtorCard():
            return None
        case PaymentRequest() | RecordedPayment():
            raise NotBooks
        case _:
            return content.on


def same(seen: Seen, desired: Desired | None) -> bool:
    """Whether what stands is what should stand."""
    return (
        desired is not None
        and seen.life is Life.LIVE
        and seen.matches
        and seen.content_hash == desired.content_hash
    )


@dataclass(frozen=True)
class Case:
    """The arguments of the rules with the look-ups they share."""

    observed: Observed
    desired: Mapping[str, Desired]
    own: frozenset[str]

    def documents(self, *kinds: DocKind) -> list[str]:
        """Own documents of these kinds, prerequisites first, in a stable order."""
        return [document for document, kind in self._ordered if kind in kinds]

    @cached_property
    def _ordered(self) -> list[tuple[str, DocKind | None]]:
        """Own documents of any kind, in that order: it is asked for many times while a case is judged."""
        every = self.own | self.desired.keys()
        return [(document, self.kind(document)) for document in sorted(every, key=self.order)]

    def kind(self, document: str) -> DocKind | None:
        """The kind of a document of the case, None when nothing is known of it."""
        if document in self.desired:
            return self.desired[document].kind
        return self.observed[document].kind if document in self.observed else None

    def order(self, document: str) -> tuple[int, date, str]:
        """Sort key: kind, date, id."""
        wanted, seen = self.desired.get(document), self.observed.get(document)
        on = date_of(wanted.content) if wanted else None
        kind = self.kind(document)
        return (TIERS[kind] if kind else len(TIERS), on or (seen.on if seen else None) or date.min, document)

    def seen(self, document: str) -> Seen:
        """What stands under a document; ABSENT where nobody looked and nothing is linked."""
        kind = self.kind(document) or DocKind.CONTACT
        return self.observed.get(document) or Seen(document, kind, Life.ABSENT)

    def live(self, document: str) -> bool:
        return self.seen(document).life is Life.LIVE

    def same(self, document: str) -> bool:
        return same(self.seen(document), self.desired.get(document))

    def stands_on(self, leaf: Seen, root: Seen) -> bool:
        """Whether a live leaf of ours stands on (or is drawn from) a root."""
        if any(applied.document == leaf.document for applied in root.applied):
            return True
        if root.external_id and root.external_id in (leaf.extra.get("invoice"), leaf.extra.get("credit")):
            return True
        wanted = self.desired.get(leaf.document)
        return wanted is not None and root.document in wanted.content.needs()

    def attached(self, root: Seen) -> list[Seen]:
        """Own living leaves on a root."""
        leaves = (self.seen(doc) for doc in self.documents(*LEAVES))
        return [leaf for leaf in leaves if leaf.life is Life.LIVE and self.stands_on(leaf, root)]

    def strangers(self, root: Seen) -> list[Applied]:
        """What a person applied to a root."""
        return [applied for applied in root.applied if applied.document is None]

    def elsewhere(self, root: Seen) -> list[str]:
        """Living documents of other cases that are applied to a root."""
        found = (a.document for a in root.applied if a.document is not None and a.document not in self.own)
        return [doc for doc in found if doc not in self.observed or self.live(doc)]

    def reconciled(self, leaf: Seen) -> bool:
        """Whether a person has reconciled a leaf, by its own look-up or by its root's."""
        if leaf.reconciled:
            return True
        seen = (self.seen(doc) for doc in self.documents(*ROOTS))
        return any(a.reconciled and a.document == leaf.document for root in seen for a in root.applied)
