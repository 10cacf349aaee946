"""What must hold for every month of a patient's life, however learned and whatever was posted before."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from hub.canonical import CreditApplication, Entity, Invoice, InvoiceStatus, Payment
from hub.config.model import GroupConfig
from hub.documents import (
    Allocation,
    CreditNote,
    Document,
    Overpayment,
    Receipt,
    Refund,
    SalesInvoice,
    content_hash,
)
from hub.rendering import CaseKey, Rendered
from mappings.documents import RENDERER
from mappings.documents.portions import parts_of
from mappings.documents.view import View
from tests.mappings.documents.making import (
    GST,
    LEDGER,
    PMS,
    group,
    invoice,
    line,
    patient,
    pay,
    render_all,
    use,
)
from tests.properties.budget import budget
from tests.support.fake_facts import FakeFacts

CODES = [("PH2", None), ("PR1", GST), ("RM1", GST), ("EP1", None)]
METHODS = ["EFTPOS", "Cash", "HICAPS", "Account credit", "Promo card"]


@st.composite
def lives(draw: st.DrawFn) -> list[Entity]:
    """A patient with invoices, credit notes, payments that never exceed what is open, and credit used."""
    world: list[Entity] = [patient()]
    open_cents: dict[str, int] = {}
    for number in range(1, draw(st.integers(1, 4)) + 1):
        lines = [line(*draw(st.sampled_from(CODES))[:1], draw(st.integers(1, 300)) * 11) for _ in range(2)]
        made = invoice(number, *lines, on=draw(st.integers(2, 20)))
        world.append(made)
        open_cents[made.source.source_id] = made.total
    for number in range(51, 51 + draw(st.integers(0, 4))):
        count = draw(st.integers(1, 2))
        methods = draw(st.lists(st.sampled_from(METHODS), min_size=count, max_size=count, unique=True))
        amounts, puts = [], []
        for index in range(count):
            put = 0
            for sid in draw(st.lists(st.sampled_from(sorted(open_cents)), max_size=2, unique=True)):
                cents = draw(st.integers(0, open_cents[sid]))
                if cents:
                    puts.append((index, sid, cents))
                    open_cents[sid] -= cents
                    put += cents
            amounts.append(put + draw(st.sampled_from([0, 500, 3333])) or 100)
        pairs = list(zip(methods, amounts, strict=True))
        world.append(pay(number, pairs, puts, on=draw(st.integers(1, 22))))
    for number in range(61, 61 + draw(st.integers(0, 2))):
        sid = draw(st.sampled_from(sorted(open_cents)))
        if open_cents[sid]:
            cents = draw(st.integers(1, open_cents[sid]))
            open_cents[sid] -= cents
            world.append(use(number, sid, cents, on=draw(st.integers(5, 25))))
    for number in range(31, 31 + draw(st.integers(0, 2))):
        original = draw(st.sampled_from([e for e in world if isinstance(e, Invoice) and e.total > 0]))
        back = line("PH2", -draw(st.integers(1, original.total)))
        world.append(invoice(number, back, on=draw(st.integers(15, 25)), reverses=original.source.source_id))
    return world


def contents(rendered: dict[CaseKey, Rendered]) -> dict[str, Document]:
    return {d.document: d.content for r in rendered.values() for d in r.documents if d.content is not None}


def view(facts: FakeFacts, config: GroupConfig | None = None) -> View:
    return View(PMS, LEDGER, facts, config or group())


def totals(payment: Payment, facts: FakeFacts) -> dict[int, int]:
    parts = parts_of(view(facts), payment)
    found: Counter[int] = Counter(parts.overpayments)
    for portion in (*parts.receipts, *parts.uses, *parts.pending):
        found[portion.source] += portion.amount
    for index, amount in parts.overpayments.items():
        assert sum(p.amount for p in parts.allocations if p.source == index) <= amount
    return dict(found)


def sums(payment: Payment) -> dict[int, int]:
    """Each source's amount; of existing credit only what was put on invoices, the rest moved nothing."""
    found = {i: s.amount for i, s in enumerate(payment.sources) if s.method != "Account credit"}
    for allocation in payment.allocations:
        if allocation.source not in found or payment.sources[allocation.source].method == "Account credit":
            found[allocation.source] = found.get(allocation.source, 0) + allocation.amount
    return found


@given(lives())
@budget(75)
def test_receipts_and_overpayments_of_a_payment_sum_to_it_per_source(world: list[Entity]) -> None:
    facts = FakeFacts(world)
    for payment in (e for e in world if isinstance(e, Payment)):
        assert totals(payment, facts) == sums(payment)


@given(lives(), st.data())
@budget(75)
def test_they_still_do_when_credit_was_posted_and_used_or_dates_moved_later(
    world: list[Entity], data: st.DataObject
) -> None:
    facts = FakeFacts(world)
    unallocated = [replace(e, allocations=()) if isinstance(e, Payment) else e for e in world]
    early = FakeFacts(unallocated)
    for rendered in render_all(early, unallocated).values():
        if data.draw(st.booleans()):
            facts.deliver(rendered)
    for moved in [e for e in world if isinstance(e, Invoice) and e.total > 0]:
        if data.draw(st.booleans()):
            facts.put(replace(moved, issued=date(2026, 10, data.draw(st.integers(2, 25)))))
    for payment in (e for e in world if isinstance(e, Payment)):
        assert totals(payment, facts) == sums(payment)


@given(lives())
@budget(75)
def test_nothing_is_put_on_an_invoice_or_drawn_from_a_credit_beyond_its_total(world: list[Entity]) -> None:
    facts = FakeFacts(world)
    rendered = render_all(facts, world)
    documents = contents(rendered)
    assert not [r for r in rendered.values() if r.stops]
    landed: dict[str, int] = defaultdict(int)
    drawn: dict[str, int] = defaultdict(int)
    for document in documents.values():
        if isinstance(document, Receipt):
            landed[document.invoice] += document.amount
        elif isinstance(document, Allocation):
            landed[document.invoice] += document.amount
            drawn[document.credit] += document.amount
        elif isinstance(document, Refund):
            drawn[document.credit] += document.amount
    for id, cents in landed.items():
        target = documents[id]
        assert isinstance(target, SalesInvoice)
        assert 0 < cents <= target.total
    for id, cents in drawn.items():
        credit = documents.get(id)
        if isinstance(credit, Overpayment):
            assert cents <= credit.amount
        elif isinstance(credit, CreditNote):
            assert cents <= credit.total
        else:  # held: money by a method nobody wrote down is no credit in the books yet
            assert id.startswith(f"{LEDGER}/overpayment/")


@given(lives(), st.randoms(use_true_random=False))
@budget(50)
def test_rendering_does_not_depend_on_the_order_in_which_facts_were_learned(
    world: list[Entity], shuffle: object
) -> None:
    mixed = list(world)
    shuffle.shuffle(mixed)  # type: ignore[attr-defined]
    assert render_all(FakeFacts(world), world) == render_all(FakeFacts(mixed), world)


def other_configurations() -> list[GroupConfig]:
    """Other accounts, tax types, suppliers, kinds, payers, start dates, names; and locations gone."""
    first, tables = group(), group().tables
    recoded = {
        name: tuple(
            entry.model_copy(update={"value": {key: f"{value}9" for key, value in entry.value.items()}})
            for entry in getattr(tables, name)
        )
        for name in ("items", "taxes", "write_offs")
    }
    as_credit = tuple(e.model_copy(update={"value": {"kind": "credit_use"}}) for e in tables.methods)
    only_credit = tuple(e for e in tables.methods if e.value["kind"] == "credit_use")
    later = tuple(p.model_copy(update={"start": date(2027, 1, 1)}) for p in first.locations)
    changes: list[dict[str, object]] = [
        {"tables": tables.model_copy(update=recoded)},
        {
            "tables": tables.model_copy(
                update=dict.fromkeys(("items", "taxes", "suppliers", "write_offs"), ())
            )
        },
        {"tables": tables.model_copy(update={"methods": as_credit})},
        {"tables": tables.model_copy(update={"methods": only_credit})},
        {"locations": later},
        {"locations": ()},
        {"payers": ()},
        {"policy": first.policy.model_copy(update={"contact_names": "references", "due_days": 30})},
    ]
    return [first.model_copy(update=change) for change in changes]


@given(lives(), st.sampled_from(other_configurations()))
@budget(100)
def test_a_configuration_alone_changes_no_basis_and_removes_nothing(
    world: list[Entity], config: GroupConfig
) -> None:
    facts = FakeFacts(world)
    before = render_all(facts, world)
    for one in before.values():
        facts.deliver(one)
    posted = {d.document: d.basis for r in before.values() for d in r.documents if d.content is not None}
    after = {d.document: d.basis for r in render_all(facts, world, config).values() for d in r.documents}
    assert {id: after.get(id) for id in posted} == posted


@given(lives())
@budget(40)
def test_what_was_posted_is_rendered_the_same_again(world: list[Entity]) -> None:
    facts = FakeFacts(world)
    before = render_all(facts, world)
    for one in before.values():
        facts.deliver(one)
    first, second = contents(before), contents(render_all(facts, world))
    key = b"k" * 32
    assert {id: content_hash(key, d) for id, d in first.items()} == {
        id: content_hash(key, d) for id, d in second.items()
    }


@given(lives())
@budget(40)
def test_a_change_of_any_fact_marks_every_case_whose_rendering_it_changes(world: list[Entity]) -> None:
    """Withdrawing one fact: each case that renders otherwise is among its cases, before or after."""
    before = FakeFacts(world)
    rendered = render_all(before, world)
    for fact in world[1:]:
        after = FakeFacts(world)
        after.withdraw(fact)
        named = {key for facts in (before, after) for key in RENDERER.cases_of(fact, facts, group())}
        rest = [e for e in world if e is not fact]
        again = render_all(after, rest)
        changed = {k for k, r in again.items() if k in rendered and essence(rendered[k]) != essence(r)}
        own = {k for k in changed if k.kind.value != "contact"}
        assert own <= named


def essence(rendered: Rendered) -> object:
    return ([(d.document, d.basis, d.content) for d in rendered.documents], rendered.stops, rendered.notes)


def test_a_closed_invoice_of_before_is_no_money() -> None:
    closed = invoice(1, line("PH2", 9500), status=InvoiceStatus.CLOSED)
    world = [patient(), closed]
    documents = contents(render_all(FakeFacts(world), world))
    assert not [d for d in documents.values() if isinstance(d, Receipt | Allocation | CreditApplication)]
