"""Cases with documents as a test says, and a kernel over the fake target to plan and deliver them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import httpx

from hub.config.model import ConnectionConfig
from hub.documents import Allocation, DebtorCard, DocKind, Document, Line, Overpayment, Receipt, SalesInvoice
from hub.errors import Reason, Who
from hub.kernel import Kernel
from hub.limits import Budgets
from hub.plugins import Plugins
from hub.rendering import CaseKind, Rendered, RenderedDocument
from hub.store.session import Store
from tests.support.fake_ledger import Ledger
from tests.support.fake_target import FakeTarget
from tests.support.office import GROUP, TARGET, FakeRenderer, Office, document_id, key

__all__ = [
    "DAY",
    "GROUP",
    "TARGET",
    "Books",
    "FakeRenderer",
    "another_worker",
    "document_id",
    "held",
    "invoice_of",
    "key",
    "make_books",
    "receipt_of",
    "rendered",
]

DAY = date(2026, 10, 5)
FAKE = ConnectionConfig(id=TARGET, system="fake", role="target")


def rendered(subject: str, content: Document, basis: str | None = None) -> RenderedDocument:
    """A document whose basis is its content unless a test says otherwise."""
    return RenderedDocument(document_id(content.kind, subject), content.kind, basis or repr(content), content)


def held(kind: DocKind, subject: str, cause: str, basis: str = "held", cents: int = 100) -> RenderedDocument:
    reason = Reason(cause, "Nobody wrote that down.", Who.BOOKKEEPER, cents)
    return RenderedDocument(document_id(kind, subject), kind, basis, None, (reason,))


def invoice_of(
    number: str, contact: str, gross: int = 9500, day: date = DAY, account: str = "200"
) -> SalesInvoice:
    line = Line("Physiotherapy", account, "EXEMPTOUTPUT", gross, 0)
    return SalesInvoice(number, document_id(DocKind.CONTACT, contact), day, day, "AUD", (line,))


def receipt_of(invoice: str, amount: int = 9500, day: date = DAY, account: str = "1101") -> Receipt:
    return Receipt(document_id(DocKind.INVOICE, invoice), account, day, amount)


@dataclass
class Books(Office):
    """An office with short names for what tests of the kernel post; `ledger` is the fake target's."""

    ledger: Ledger = field(default_factory=Ledger)

    def contact(self, subject: str, name: str | None = None) -> None:
        card = DebtorCard(f"HH-{subject}", name or f"Canary, Jordan ({subject})")
        self.say(CaseKind.CONTACT, subject, rendered(subject, card))

    def invoice(
        self,
        number: str,
        *receipts: RenderedDocument,
        contact: str = "p1",
        gross: int = 9500,
        day: date = DAY,
        account: str = "200",
        basis: str | None = None,
        **more: Any,
    ) -> str:
        """An invoice case with its receipts; the contact's case is a need."""
        if contact not in self.renderer.rendered:
            card = DebtorCard(f"HH-{contact}", f"Canary, Jordan ({contact})")
            self.renderer.rendered[contact] = Rendered((rendered(contact, card),))
        needs = (key(CaseKind.CONTACT, contact), *more.pop("needs", ()))
        main = rendered(number, invoice_of(number, contact, gross, day, account), basis)
        return self.say(CaseKind.INVOICE, number, main, *receipts, needs=needs, **more)

    def receipt(self, subject: str, invoice: str, amount: int = 9500, **more: Any) -> RenderedDocument:
        basis = more.pop("basis", None)
        return rendered(subject, receipt_of(invoice, amount, **more), basis)

    def credit(self, subject: str, amount: int, contact: str = "p1", basis: str | None = None) -> str:
        content = Overpayment(document_id(DocKind.CONTACT, contact), "1101", DAY, amount, "AUD")
        needs = (key(CaseKind.CONTACT, contact),)
        return self.say(CaseKind.CREDIT, subject, rendered(subject, content, basis), needs=needs)

    def allocation(self, credit: str, invoice: str, amount: int) -> RenderedDocument:
        over = document_id(DocKind.OVERPAYMENT, credit)
        content = Allocation(over, document_id(DocKind.INVOICE, invoice), DAY, amount)
        return rendered(f"{credit}>{invoice}", content)


def make_books(kernel: Kernel, clock: Any) -> Books:
    """Books over a kernel of the shared fixtures."""
    ledger = Ledger(now=clock.now)
    renderer = FakeRenderer()
    plugins = Plugins(targets={"fake": FakeTarget(ledger)}, renderers={"default": renderer})
    quiet = httpx.MockTransport(lambda request: httpx.Response(501))  # the fake target opens no connection
    world = replace(kernel.world, transport=lambda connection: quiet)
    made = Books(replace(kernel, world=world, plugins=plugins), renderer, clock, FAKE, ledger=ledger)
    made.configure()
    return made


def another_worker(books: Books, world: Any) -> Books:
    """The same database, ledger and renderer under another worker."""
    from hub.store.vault import Vaults
    from tests.conftest import MASTER_KEY

    store = Store(world, Vaults(MASTER_KEY, world.rng))
    kernel = Kernel(world, books.kernel.settings, store, books.kernel.plugins, Budgets(store))
    return Books(kernel, books.renderer, books.clock, FAKE, ledger=books.ledger)
