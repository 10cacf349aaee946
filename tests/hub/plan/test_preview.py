"""`hub plan` shows exactly what `hub deliver` then sends, and writes nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from hub.config.model import ConnectionConfig
from hub.config.store import store_config
from hub.documents import DocKind
from hub.errors import Misconfigured
from hub.plan import preview
from hub.rendering import CaseKind
from hub.store import cases
from hub.store.tables import metadata
from tests.support.fake_books import GROUP, TARGET, Books, held, key


def counts(books: Books) -> dict[str, int]:
    with books.kernel.store.read(GROUP) as unit:
        return {
            table.name: unit.db.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }


def shown(books: Books) -> list[tuple[str, str, int]]:
    return sorted((s.op.value, s.kind, s.cents) for s in preview(books.kernel, GROUP).steps)


def sent(books: Books, since: int = 0) -> list[tuple[str, str, int]]:
    from hub.store.deliveries import cents_of

    return sorted(
        (batch.op.value, batch.kind.value, cents_of(member.key.content))
        for batch in books.ledger.sent[since:]
        for member in batch.members
    )


def test_a_new_patients_whole_sequence_is_shown_and_sent(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432", 4000), books.receipt("502", "10432", 5500))
    books.invoice("10433", contact="p2")
    before = counts(books)
    plan = preview(books.kernel, GROUP)
    assert counts(books) == before
    assert [(s.kind, s.ready) for s in plan.steps[:3]] == [
        ("contact", True),
        ("contact", True),
        ("invoice", False),
    ]
    expected = shown(books)
    assert books.ledger.sent == []
    books.go()
    assert sent(books) == expected
    assert len(expected) == 6


def test_a_remake_is_shown_whole_and_sent_so(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432", 4000))
    books.go()
    done = len(books.ledger.sent)
    books.invoice("10432", books.receipt("501", "10432", 4000), gross=12000)
    plan = preview(books.kernel, GROUP)
    assert [(s.op.value, s.kind, s.ready) for s in plan.steps] == [
        ("delete", "receipt", True),
        ("update", "invoice", False),
        ("create", "receipt", False),
    ]
    expected = shown(books)
    books.go()
    assert sent(books, done) == expected


def test_a_credit_and_its_use_are_shown_and_sent(books: Books) -> None:
    books.credit("c1", 5000)
    books.invoice("i1", books.allocation("c1", "i1", 3000), needs=(key(CaseKind.CREDIT, "c1"),))
    expected = shown(books)
    assert len(expected) == 4
    books.go()
    assert sent(books) == expected


def test_what_is_enqueued_already_is_shown(books: Books) -> None:
    from hub.store import connections

    with books.kernel.store.write(GROUP) as unit:
        connections.freeze(unit, None, why="wait")
    books.invoice("10432")
    books.once()
    assert [s.kind for s in preview(books.kernel, GROUP).steps] == ["contact", "invoice"]


def test_holds_are_shown_before_they_are_written(books: Books) -> None:
    books.invoice("10432", held(DocKind.RECEIPT, "501", "unmapped:method:Promo card", cents=4000))
    plan = preview(books.kernel, GROUP)
    assert [(h.number, h.cause, h.cents) for h in plan.holds] == [
        ("10432", "unmapped:method:Promo card", 4000)
    ]
    assert books.holds() == []


def test_content_only_for_who_asks(books: Books) -> None:
    books.invoice("10432")
    assert all(step.content is None for step in preview(books.kernel, GROUP).steps)
    assert "Canary" not in repr(preview(books.kernel, GROUP))
    whole = preview(books.kernel, GROUP, content=True)
    assert whole.steps[0].content is not None


def test_a_quiet_group_shows_nothing(books: Books) -> None:
    books.invoice("10432", books.receipt("501", "10432"))
    books.go()
    assert preview(books.kernel, GROUP).steps == ()


def test_what_waits_for_nothing_opens_no_target(books: Books) -> None:
    """A credit joins two cases for good; neither has anything to do."""
    books.credit("c1", 5000)
    books.invoice("i1", books.allocation("c1", "i1", 3000), needs=(key(CaseKind.CREDIT, "c1"),))
    books.go()
    books.kernel.plugins.targets.clear()  # type: ignore[attr-defined]
    assert preview(books.kernel, GROUP).steps == ()
    books.mark(CaseKind.INVOICE, "i1")
    with pytest.raises(Misconfigured):
        preview(books.kernel, GROUP)


def test_a_target_for_which_nothing_is_due_is_not_opened(books: Books) -> None:
    kernel = books.kernel
    other = ConnectionConfig(id="other", system="not-installed", role="target")
    config = kernel.config(GROUP)
    config = config.model_copy(update={"connections": (*config.connections, other), "version": "two"})
    store_config(kernel, GROUP, config, "two", "test")
    books.invoice("10432")
    assert {step.target for step in preview(kernel, GROUP).steps} == {TARGET}
    with kernel.store.write(GROUP) as unit:
        cases.mark(unit, replace(key(CaseKind.INVOICE, "10433"), target="other"))
    with pytest.raises(Misconfigured):
        preview(kernel, GROUP)
