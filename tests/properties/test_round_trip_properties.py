"""What is stored comes back as it was: documents, canonical values, raw payloads, configurations."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from hub.canonical import (
    Appointment,
    ChargeItem,
    CreditApplication,
    Entity,
    Invoice,
    InvoiceLine,
    Location,
    Patient,
    Payment,
    PaymentAllocation,
    PaymentSource,
    Practitioner,
)
from hub.config.load import load_text
from hub.config.model import GroupConfig
from hub.contracts import Trust
from hub.documents import (
    Allocation,
    CreditNote,
    DebtorCard,
    Document,
    Overpayment,
    Receipt,
    Refund,
    SalesInvoice,
    content_hash,
    dump,
    load,
)
from hub.ids import canonical_json
from hub.store import entities, raw
from hub.store.links import dump_seen, load_seen
from hub.store.session import Store, Unit
from hub.store.tables import raw_record
from hub.store.vault import Vaults
from hub.targets import Seen
from tests.conftest import GROUP, MASTER_KEY
from tests.properties.budget import budget
from tests.support.databases import SqliteTemplate
from tests.support.streams import record, stream
from tests.support.world import START, make_world

KEY = b"k" * 32
PMS = "cliniko-harbour"
EXAMPLE = Path(__file__).parents[2] / "mappings/clinics/example.yaml"
DOCUMENTS = (DebtorCard, SalesInvoice, CreditNote, Receipt, Refund, Overpayment, Allocation)
PLAIN = (Location, Practitioner, Patient, Appointment, ChargeItem, CreditApplication)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
cents = st.integers(-(10**12), 10**12)
instants = st.timedeltas(timedelta(0), timedelta(days=9999)).map(lambda span: START + span)
for kind, strategy in (
    (str, texts),
    (int, cents),
    (date, st.dates(date(2000, 1, 1), date(2090, 1, 1))),
    (datetime, instants),
    (Decimal, st.decimals(-(10**6), 10**6, places=3)),
):
    st.register_type_strategy(kind, strategy)

documents = st.one_of(*(st.from_type(one) for one in DOCUMENTS))
payloads = st.recursive(
    st.none() | st.booleans() | cents | st.text(max_size=8),  # lone surrogates too: vendors cut emoji in half
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def invoices(draw: st.DrawFn) -> Invoice:
    lines = tuple(draw(st.lists(st.from_type(InvoiceLine), max_size=3)))
    rounding = draw(st.integers(-5, 5))
    total = sum(line.gross for line in lines) + rounding
    return draw(st.builds(Invoice, lines=st.just(lines), total=st.just(total), rounding=st.just(rounding)))


@st.composite
def payments(draw: st.DrawFn) -> Payment:
    sources = tuple(draw(st.lists(st.builds(PaymentSource, amount=st.integers(1, 10**6)), max_size=3)))
    puts = tuple(
        PaymentAllocation(n, draw(texts), draw(st.integers(1, one.amount)))
        for n, one in enumerate(sources)
        if draw(st.booleans())
    )
    return draw(st.builds(Payment, sources=st.just(sources), allocations=st.just(puts)))


values = st.one_of(invoices(), payments(), *(st.from_type(one) for one in PLAIN))


@contextmanager
def writing(template: SqliteTemplate, folder: Path) -> Iterator[Unit]:
    """A unit over an empty database; every example puts its own rows."""
    with template.database(folder) as engine:
        world = make_world(engine)
        store = Store(world, Vaults(MASTER_KEY, world.rng))
        store.create_group(GROUP)
        with store.write(GROUP) as unit:
            yield unit


@pytest.fixture(scope="module")
def unit(sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Unit]:
    with writing(sqlite_template, tmp_path_factory.mktemp("round-trips")) as made:
        yield made


@given(documents)
@budget(60)
def test_a_document_comes_back_with_the_same_hash(document: Document) -> None:
    again = load(document.kind, dump(document))
    assert again == document
    assert dump(again) == dump(document)
    assert content_hash(KEY, again) == content_hash(KEY, document)


@given(documents, st.data())
@budget(60)
def test_a_hash_knows_every_field_but_the_wording(document: Document, data: st.DataObject) -> None:
    other = data.draw(st.from_type(type(document)))
    for name in document.__dataclass_fields__:
        if name in ("kind", "wording"):
            continue
        changed = replace(document, **{name: getattr(other, name)})
        same = name in document.wording or _essence(changed, name) == _essence(document, name)
        assert (content_hash(KEY, changed) == content_hash(KEY, document)) is same


def _essence(document: Document, name: str) -> Any:
    value = getattr(document, name)
    return [replace(line, description="") for line in value] if name == "lines" else value


@given(values)
@budget(60)
def test_a_canonical_value_comes_back_and_is_no_change_again(unit: Unit, value: Entity) -> None:
    value = replace(value, source=replace(value.source, connection=PMS, source_id="1"))
    entities.withdraw(unit, PMS, value.kind, "1", "another example")
    assert entities.put(unit, value) is not None
    assert entities.get(unit, PMS, value.kind, "1") == value
    assert entities.put(unit, value) is None


@given(st.dictionaries(texts, payloads, max_size=4))
@example({"note": "half an emoji \ud83d"})
@budget(60)
def test_a_payload_comes_back_as_the_vendor_said_it(unit: Unit, payload: dict[str, Any]) -> None:
    """What no text can hold is replaced; the record is kept, and the same copy is no news."""
    made = record(unit.new_id(), START, payload=payload)
    stored = raw.store_records(unit, PMS, stream(), [made], START)
    assert len(stored.changed) == 1
    assert not raw.store_records(unit, PMS, stream(), [made], START).changed
    assert not raw.differing(unit, PMS, stream(), [made])
    row = raw.latest(unit, PMS, "invoices", made["id"])
    assert row is not None
    assert canonical_json(row.body) == canonical_json(made)


@given(st.lists(st.sampled_from("ABC"), min_size=1, max_size=8), st.booleans())
@budget(60)
def test_every_change_is_a_version_and_nothing_else_is(unit: Unit, told: list[str], trusted: bool) -> None:
    """A, B, A are three versions; A, A, B are two."""
    source_id = unit.new_id()
    declared = stream(trust=Trust.SOURCE_TIME if trusted else Trust.ASKED_TIME)
    for n, content in enumerate(told):
        now = START + timedelta(minutes=n)
        raw.store_records(unit, PMS, declared, [record(source_id, START, content=content)], now)
    rows = unit.db.execute(raw_record.select().where(raw_record.c.source_id == source_id)).all()
    changes = 1 + sum(one != two for one, two in itertools.pairwise(told))
    assert len(rows) == changes
    latest = raw.latest(unit, PMS, "invoices", source_id)
    assert latest is not None
    assert latest.body["content"] == told[-1]


@given(st.permutations(range(5)))
@budget(60)
def test_versions_that_come_in_any_order_end_in_the_youngest(unit: Unit, order: list[int]) -> None:
    source_id = unit.new_id()
    for n in order:
        stamp = START + timedelta(minutes=n)
        raw.store_records(unit, PMS, stream(), [record(source_id, stamp, n=n)], START + timedelta(hours=1))
    latest = raw.latest(unit, PMS, "invoices", source_id)
    assert latest is not None
    assert latest.body["n"] == 4


@given(st.builds(Seen, extra=st.just({"lines": ["1"]})))
@budget(60)
def test_a_look_up_comes_back(seen: Seen) -> None:
    assert load_seen(dump_seen(seen)) == seen


@given(st.data())
@budget(8)
def test_a_configuration_comes_back_from_where_it_is_stored(data: st.DataObject) -> None:
    """Any part of the example, loaded from text, dumped and read again, is the same configuration."""
    written = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    for name in data.draw(st.sets(st.sampled_from(["items", "payers", "practitioners", "write_offs"]))):
        written.pop(name, None)
    text = yaml.safe_dump(written, sort_keys=data.draw(st.booleans()), allow_unicode=True)
    config = load_text(text, "example.yaml")
    assert GroupConfig.model_validate_json(canonical_json(config.model_dump(mode="json"))) == config
    assert load_text(text, "example.yaml") == config
