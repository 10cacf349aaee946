"""A kernel with one target, cases rendered as a test says, and the worker's loop without waiting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from hub import ids
from hub.canonical import Entity
from hub.config.model import ConnectionConfig, GroupConfig, Policy, Tables
from hub.config.store import store_config
from hub.deliver import DeliverReport, deliver
from hub.documents import DocKind
from hub.kernel import Kernel
from hub.rendering import CaseKey, CaseKind, Facts, Rendered, RenderedDocument
from hub.store import cases
from hub.store.tables import case, delivery, hold

GROUP = "harbour"
TARGET = "books"


class FakeRenderer:
    """hub.rendering.Renderer: what a test put under each case subject."""

    def __init__(self) -> None:
        self.rendered: dict[str, Rendered] = {}

    def cases_of(self, entity: Entity, facts: Facts, config: GroupConfig) -> Sequence[CaseKey]:
        return []

    def asks(self, case: CaseKey, facts: Facts, config: GroupConfig) -> Sequence[str]:
        return ()

    def render(self, case: CaseKey, facts: Facts, config: GroupConfig) -> Rendered:
        return self.rendered.get(case.subject, Rendered(nothing="Nothing."))


def document_id(kind: DocKind, subject: str) -> str:
    return ids.document_id(GROUP, TARGET, kind.value, subject)


def key(kind: CaseKind, subject: str, number: str | None = None) -> CaseKey:
    return CaseKey(TARGET, kind, subject, number or subject)


@dataclass
class Office:
    """One group with one target. `say` renders and marks, `go` delivers until nothing is due."""

    kernel: Kernel
    renderer: FakeRenderer
    clock: Any
    connection: ConnectionConfig
    quiet: int = 120

    def say(self, kind: CaseKind, subject: str, *documents: RenderedDocument, **more: Any) -> str:
        self.renderer.rendered[subject] = Rendered(documents, **more)
        return self.mark(kind, subject)

    def mark(self, kind: CaseKind, subject: str) -> str:
        with self.kernel.store.write(GROUP) as unit:
            return cases.mark(unit, key(kind, subject))

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
        """Store the group's configuration: this one connection and a policy."""
        config = GroupConfig(
            id=GROUP,
            name="Harbour",
            currency="AUD",
            connections=(self.connection,),
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
