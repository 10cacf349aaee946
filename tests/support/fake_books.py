"""Cases with documents as a test says, and a kernel over the fake target to plan and deliver them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import httpx
from sqlalchemy import select

from hub import ids
from hub.canonical import Entity
from hub.config.model import ConnectionConfig, GroupConfig, Policy, Tables
from hub.config.store import store_config
from hub.deliver import DeliverReport, deliver
from hub.documents import Allocation, DebtorCard, DocKind, Document, Line, Overpayment, Receipt, SalesInvoice
from hub.errors import Reason, Who
from hub.kernel import Kernel
from hub.limits import Budgets
from hub.plugins import Plugins
from hub.rendering import CaseKey, CaseKind, Facts, Rendered, RenderedDocument
from hub.store import cases
from hub.store.session import Store
from hub.store.tables import case, delivery, hold
from tests.support.fake_target import FakeTarget, Ledger

GROUP = "harbour"
TARGET = "books"
DAY = date(2026, 10, 5)


class FakeRenderer:
    """hub.rendering.Renderer: what a test put under each case subject."""

    def __init__(self) -> None:
        self.rendered: dict[str, Rendered] = {}

    def cases_of(self, entity: Entity, facts: Facts, config: GroupConfig) -> Sequence[CaseKey]:
        return []

    def render(self, case: CaseKey, facts: Facts, config: GroupConfig) -> Rendered:
        return self.rendered.get(case.subject, Rendered(nothing="Nothing."))


def document_id(kind: DocKind, subject: str) -> str:
    return ids.document_id(GROUP, TARGET, kind.value, subject)


def key(kind: CaseKind, subject: str, number: str | None = None) -> CaseKey:
    return CaseKey(TARGET, kind, subject, number or subject)


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
class Books:
    """One group with one fake target. `say` renders and marks, `go` delivers until quiet."""

    kernel: Kernel
    ledger: Ledger
    renderer: FakeRenderer
    clock: Any
    quiet: int = 120
    contacts: set[str] = field(default_factory=set)

    def say(self, kind: CaseKind, subject: str, *documents: RenderedDocument, **more: Any) -> str:
        self.renderer.rendered[subject] = Rendered(documents, **more)
        return self.mark(kind, subject)

    def mark(self, kind: CaseKind, subject: str) -> str:
        with self.kernel.store.write(GROUP) as unit:
            return cases.mark(unit, key(kind, subject))

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

    def once(self, seconds: float = 3600) -> DeliverReport:
        until = self.kernel.world.now() + timedelta(seconds=seconds)
        return deliver(self.kernel, GROUP, TARGET, until)

    def go(self, most: int = 40) -> DeliverReport:
        """Deliver, letting time pass to whatever is due next, until nothing is."""
        report = self.once()
        for _ in range(most):
            if report.next_due is None:
                return report
            wait = (report.next_due - self.kernel.world.now()).total_seconds()
            self.clock.advance(max(wait, 0.001))
            report = self.once()
        raise AssertionError("it never came to rest")

    def configure(self, **policy: Any) -> None:
        config = GroupConfig(
            id=GROUP,
            name="Harbour",
            currency="AUD",
            connections=(ConnectionConfig(id=TARGET, system="fake", role="target"),),
            locations=(),
            tables=Tables(),
            policy=Policy(quiet_seconds=self.quiet, **policy),
            version=f"v{policy}",
        )
        store_config(self.kernel, GROUP, config, "text", "test")

    def holds(self) -> list[tuple[str, str]]:
        """(case number, cause) of the open holds."""
        with self.kernel.store.read(GROUP) as unit:
            query = (
                select(case.c.number, hold.c.cause)
                .join(case, case.c.id == hold.c.case_id)
                .where(hold.c.closed_at.is_(None))
                .order_by(case.c.number, hold.c.cause)
            )
            return [(row[0], row[1]) for row in unit.db.execute(query)]

    def states(self, document: str | None = None) -> list[tuple[str, str, int]]:
        """(op, state, version) of deliveries in order of their making."""
        with self.kernel.store.read(GROUP) as unit:
            query = select(delivery.c.op, delivery.c.state, delivery.c.version)
            if document is not None:
                query = query.where(delivery.c.document_id == document)
            rows = unit.db.execute(query.order_by(delivery.c.created_at, delivery.c.id))
            return [(row[0], row[1], row[2]) for row in rows]

    def rows(self, table: Any, **where: Any) -> list[Any]:
        with self.kernel.store.read(GROUP) as unit:
            query = select(table)
            for name, value in where.items():
                query = query.where(table.c[name] == value)
            return list(unit.db.execute(query))


def make_books(kernel: Kernel, clock: Any) -> Books:
    """Books over a kernel of the shared fixtures."""
    ledger = Ledger(now=clock.now)
    renderer = FakeRenderer()
    plugins = Plugins(targets={"fake": FakeTarget(ledger)}, renderers={"default": renderer})
    quiet = httpx.MockTransport(lambda request: httpx.Response(501))  # the fake target opens no connection
    world = replace(kernel.world, transport=lambda connection: quiet)
    made = Books(replace(kernel, world=world, plugins=plugins), ledger, renderer, clock)
    made.configure()
    return made


def another_worker(books: Books, world: Any) -> Books:
    """The same database, ledger and renderer under another worker."""
    from hub.store.vault import Vaults
    from tests.conftest import MASTER_KEY

    store = Store(world, Vaults(MASTER_KEY, world.rng))
    kernel = Kernel(world, books.kernel.settings, store, books.kernel.plugins, Budgets(store))
    return Books(kernel, books.ledger, books.renderer, books.clock)
