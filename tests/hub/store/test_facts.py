"""The renderer's view: living values, open issues, report coverage and what stands at the target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from hub.canonical import PaymentAllocation, Provenance, Ref
from hub.documents import DebtorCard, DocKind, dump
from hub.errors import Reason, Who
from hub.rendering import Facts
from hub.store import entities, issues
from hub.store.facts import StoreFacts
from hub.store.session import Store, Unit
from hub.store.tables import delivery, link, report_import
from tests.support.values import PMS, invoice, payment


@pytest.fixture
def unit(store: Store) -> Iterator[Unit]:
    with store.write("harbour") as made:
        yield made


def reason(code: str, cents: int = 0) -> Reason:
    return Reason(code, "It cannot be read.", Who.CLINIC, cents)


def test_it_is_what_the_renderer_asks_for(unit: Unit) -> None:
    facts: Facts = StoreFacts(unit)
    entities.put(unit, invoice())
    entities.put(unit, payment())
    assert facts.get(PMS, "invoice", "i1") == invoice()
    assert facts.get(PMS, "invoice", "i2") is None
    assert facts.pointing_at(PMS, Ref("invoice", "i1"), "payment") == [payment()]
    assert facts.entity_id(PMS, "invoice", "i1") == entities.ids_by_number(unit, "10432")[0]


def test_what_is_read_ahead_is_what_would_be_asked(unit: Unit) -> None:
    """Of living and withdrawn values, of what other systems say, of issues, and of what nobody knows."""
    second, gone = invoice("i2", "10433"), invoice("i3", "10434")
    both = replace(
        payment(), allocations=(PaymentAllocation(0, "i1", 5000), PaymentAllocation(0, "i2", 4500))
    )
    card = replace(payment("c9"), source=Provenance("cards", "charges", "c9", "raw1", "1"), pms=PMS)
    for value in (invoice(), second, gone, both, card):
        entities.put(unit, value)
    entities.withdraw(unit, PMS, "invoice", "i3", "vanished")
    issues.open_issue(unit, PMS, "invoices", "i2", "10433", reason("bundle:incomplete"))
    issues.open_issue(unit, PMS, "patients", "i2", "i2", reason("record:malformed"))
    lazy, ahead = StoreFacts(unit), StoreFacts(unit)
    ids = ["i1", "i2", "i3", "unknown"]
    ahead.read_ahead(PMS, "invoice", ids, entities.KINDS)
    for one in ids:
        assert ahead.get(PMS, "invoice", one) == lazy.get(PMS, "invoice", one)
        assert ahead.issues(PMS, "invoice", one) == lazy.issues(PMS, "invoice", one)
        for kind in entities.KINDS:
            for anywhere in (False, True):
                asked = (PMS, Ref("invoice", one), kind)
                assert ahead.pointing_at(*asked, anywhere=anywhere) == lazy.pointing_at(
                    *asked, anywhere=anywhere
                )
    said = ahead.pointing_at(PMS, Ref("invoice", "i1"), "payment", anywhere=True)
    assert {one.source.source_id for one in said} == {"501", "c9"}
    assert ahead.pointing_at(PMS, Ref("invoice", "i2"), "payment") == [both]


def test_issues_of_an_entity_are_those_of_its_stream_or_kind(unit: Unit) -> None:
    entities.put(unit, invoice())
    issues.open_issue(unit, PMS, "invoices", "i1", "10432", reason("bundle:incomplete"))
    issues.open_issue(unit, PMS, "patients", "i1", "i1", reason("record:malformed"))
    issues.open_issue(unit, PMS, "payments", "501", "501", reason("payment:vanished", 9500))
    facts = StoreFacts(unit)
    assert [r.code for r in facts.issues(PMS, "invoice", "i1")] == ["bundle:incomplete"]
    assert [(r.code, r.cents) for r in facts.issues(PMS, "payment", "501")] == [("payment:vanished", 9500)]
    assert facts.issues(PMS, "invoice", "i2") == []


def test_an_issue_is_brought_up_to_date_and_closed(unit: Unit) -> None:
    first = issues.open_issue(unit, PMS, "invoices", "i1", "10432", reason("record:malformed"))
    again = issues.open_issue(unit, PMS, "invoices", "i1", "10432", reason("record:malformed", 700), "raw9")
    assert first == again
    (one,) = issues.list_open(unit)
    assert (one.reason.cents, one.raw_record) == (700, "raw9")
    assert issues.close_issue(unit, PMS, "invoices", "i1", "bundle:incomplete", why="other") == 0
    assert issues.close_issue(unit, PMS, "invoices", "i1", why="it can be read now") == 1
    assert issues.list_open(unit) == []
    assert issues.open_issue(unit, PMS, "invoices", "i1", "10432", reason("record:malformed")) != first


def test_days_are_covered_by_complete_reports_only(unit: Unit) -> None:
    def imported(id: str, location: str, first: int, last: int, complete: bool) -> None:
        unit.db.execute(
            report_import.insert().values(
                id=id,
                group_id="harbour",
                connection_id=PMS,
                location=location,
                from_day=date(2026, 10, first),
                to_day=date(2026, 10, last),
                complete=complete,
                file_hash="0" * 64,
                rows=1,
                cents=1,
                imported_by="test",
                imported_at=unit.now,
            )
        )

    imported("r1", "b1", 1, 7, True)
    imported("r2", "b1", 8, 14, False)
    facts = StoreFacts(unit)
    assert [facts.covered(PMS, "b1", date(2026, 10, d)) for d in (1, 7, 8)] == [True, True, False]
    assert not facts.covered(PMS, "b2", date(2026, 10, 1))


def test_what_stands_at_the_target_is_what_was_delivered_last(unit: Unit) -> None:
    card = DebtorCard("p1", "Jordan Canary (p1)")
    unit.db.execute(
        delivery.insert().values(
            id="d1",
            group_id="harbour",
            target_id="xero",
            case_id="c1",
            document_id="doc1",
            kind="contact",
            version=3,
            op="create",
            tier=0,
            content_enc=unit.vault.seal("delivery", "content_enc", "d1", dump(card)),
            content_hash="h",
            basis_hash="b",
            mark="m",
            config_version="v",
            state="delivered",
            due_at=unit.now,
            created_at=unit.now,
        )
    )
    stands = {
        "group_id": "harbour",
        "document_id": "doc1",
        "case_id": "c1",
        "target_id": "xero",
        "kind": "contact",
        "external_id": "x1",
        "version": 3,
        "delivery_id": "d1",
        "content_hash": "h",
        "basis_hash": "b",
        "seen": "{}",
        "updated_at": unit.now,
    }
    unit.db.execute(link.insert().values(live=True, **stands))
    found = StoreFacts(unit).delivered("doc1")
    assert found is not None
    assert (found.kind, found.content, found.version) == (DocKind.CONTACT, card, 3)
    unit.db.execute(link.update().values(live=False))
    assert StoreFacts(unit).delivered("doc1") is None
    assert StoreFacts(unit).delivered("doc2") is None
