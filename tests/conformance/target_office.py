"""The hub's real kernel over a target bench: an example is wanted, changed or no longer wanted, and the
planner and the outbox do the rest, until nothing is due.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sqlalchemy import Engine

from hub.config.model import ConnectionConfig
from hub.documents import DocKind, Document
from hub.kernel import Kernel
from hub.limits import Budgets
from hub.planning.context import Context
from hub.plugins import Plugins
from hub.rendering import CaseKey, CaseKind, Rendered, RenderedDocument
from hub.sending.outgoing import opened, outgoing, standing
from hub.settings import Settings
from hub.store import cases, connections, deliveries
from hub.store.session import Store
from hub.store.tables import case, connection, delivery, link
from hub.store.vault import Vaults
from hub.targets import Op, Outgoing, Seen
from tests.conformance.bench import Example, TargetBench, pointing
from tests.conformance.wire import Wire
from tests.support.office import GROUP, TARGET, FakeRenderer, Office, key
from tests.support.world import make_world

MASTER_KEY = bytes(range(32))
LEAVES = {DocKind.RECEIPT, DocKind.REFUND, DocKind.ALLOCATION}
CASES = {DocKind.CONTACT: CaseKind.CONTACT, DocKind.OVERPAYMENT: CaseKind.CREDIT}
Any_Office = TypeVar("Any_Office", bound=Office)


@dataclass
class TargetOffice(Office):
    """`wanted` are the examples that should stand, by name, with their contents.

    Each example comes in as many copies as a test needs, so that one organisation serves many faults.
    """

    bench: TargetBench = None  # type: ignore[assignment]
    wire: Wire = None  # type: ignore[assignment]
    wanted: dict[str, Document] = field(default_factory=dict)
    _copies: dict[str, Example] = field(default_factory=dict)

    def of(self, kind: DocKind, n: int) -> list[Example]:
        """The `n`th copies of the examples of a kind."""
        names = {example.name for example in self.bench.examples}
        for example in self.bench.examples:
            if f"{example.name}#{n}" not in self._copies:
                self._copies[f"{example.name}#{n}"] = example.again(n, names)
        return [self._copies[f"{example.name}#{n}"] for example in self.bench.of(kind)]

    # --- what should stand --------------------------------------------------------------------------

    def want(self, *examples: Example, changed: bool = False, refused: bool = False) -> None:
        """Have these stand, as first written or in another form, with everything they need."""
        for example in examples:
            self._want_needed(example)
            content = example.refused if refused else example.changed if changed else example.content
            assert content is not None, f"the example {example.name} has no such content"
            self.wanted[example.name] = content
        self._render(examples)

    def unwant(self, *examples: Example) -> None:
        """Have these stand no longer."""
        for example in examples:
            del self.wanted[example.name]
        self._render(examples)

    def _want_needed(self, example: Example) -> None:
        for need in self._needed(example):
            self.wanted.setdefault(need.name, need.content)
            self._want_needed(need)
            self._render([need])

    def _needed(self, example: Example) -> list[Example]:
        return [self._copies[name] for name in example.content.needs() if name in self._copies]

    def _case(self, example: Example) -> CaseKey:
        """Money on a document belongs to that document's case (the last one it names)."""
        root = self._copies.get(example.content.needs()[-1]) if example.kind in LEAVES else None
        if root is not None:
            return self._case(root)
        return key(CASES.get(example.kind, CaseKind.INVOICE), example.name)

    def _render(self, examples: Iterable[Example]) -> None:
        for one in {self._case(example) for example in examples}:
            mine = [self._copies[name] for name in self.wanted if self._case(self._copies[name]) == one]
            made, needs = [], set()
            for example in mine:
                content = self._pointed(self.wanted[example.name])
                made.append(RenderedDocument(example.document, example.kind, repr(content), content))
                needs |= {self._case(need) for need in self._needed(example)} - {one}
            new = Rendered(tuple(made), needs=tuple(sorted(needs, key=repr)))
            if new != self.renderer.rendered.get(one.subject, Rendered()):
                self.say(one.kind, one.subject, *new.documents, needs=new.needs)

    def _pointed(self, content: Document) -> Document:
        """The content with names of examples replaced by their documents' ids."""
        at = {n: self._copies[n].document for n in content.needs() if n in self._copies}
        found: Document = pointing(content, at)
        return found

    # --- the worker ---------------------------------------------------------------------------------

    def settle(self) -> None:
        """Deliver until nothing is due; a person reconnects once where access ended; late effects come."""
        self.go()
        if self.rows(connection, id=TARGET)[0].reconnect:
            with self.kernel.store.write(GROUP) as unit:
                connections.resume(unit, TARGET)
                cases.bring_forward(unit, TARGET)
            self.go()
        self.wire.settle()

    def look_again(self) -> int:
        """Plan every case on sight; how many writes that led to."""
        before = len(self.wire.sent)
        with self.kernel.store.write(GROUP) as unit:
            known = [row.id for row in unit.db.execute(case.select().where(case.c.group_id == GROUP))]
            cases.mark_ids(unit, known, look_first=True)
        self.go()
        return len(self.wire.sent) - before

    # --- what stands --------------------------------------------------------------------------------

    def lives(self, example: Example) -> bool:
        """Whether the hub's own link says that the document stands."""
        return any(row.live for row in self.rows(link, document_id=example.document))

    def delivered(self, example: Example, op: Op) -> int:
        """How many deliveries of this change of a document were delivered."""
        return len(self.rows(delivery, document_id=example.document, op=op.value, state="delivered"))

    def seen(self, example: Example) -> tuple[Outgoing, Seen]:
        """The document's last delivery as it went out, and what the target's session sees of it now."""
        context = Context(self.kernel, GROUP, TARGET)
        with self.kernel.store.read(GROUP) as unit:
            rows = self.rows(delivery, document_id=example.document)
            last = max(rows, key=lambda row: (row.version, row.created_at))
            members = opened(unit, list(deliveries.by_ids(unit, [last.id]).values()))
            out = outgoing(members[0], standing(unit, members))
        return out, context.observe([out.key])[example.document]


def open_office(bench: TargetBench, engine: Engine, settings: Settings) -> TargetOffice:
    """A kernel connected to the bench's organisation through a wire that can be cut."""
    wire = Wire(bench.transport, bench.clock, bench.is_write)
    office = over(replace(bench, transport=wire), engine, settings, TargetOffice)
    office.bench, office.wire = bench, wire
    return office


def over(bench: TargetBench, engine: Engine, settings: Settings, office: type[Any_Office]) -> Any_Office:
    """A kernel of its own over an empty database, connected to the bench's organisation."""
    system = bench.target.system
    world = make_world(engine, clock=bench.clock, transports={TARGET: bench.transport})
    world = replace(world, rng=random.Random("kernel"))
    store = Store(world, Vaults(MASTER_KEY, world.rng))
    store.create_group(GROUP)
    renderer = FakeRenderer()
    plugins = Plugins(targets={system: bench.target}, renderers={"default": renderer})
    kernel = Kernel(world, settings, store, plugins, Budgets(store))
    fields = {"budget": {"per_minute": 100_000}, **bench.connection}
    made = office(
        kernel, renderer, bench.clock, ConnectionConfig(id=TARGET, system=system, role="target", **fields)
    )
    made.configure()
    with store.write(GROUP, "test") as unit:
        connections.store_secret(unit, TARGET, system, "target", bench.secret)
    return made
