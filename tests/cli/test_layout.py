"""A table on a narrow terminal: nothing is cut off, and what does not fit beside stands below."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from hub.cli import show
from hub.cli.layout import Column, fit

WORDS = st.lists(st.text("abc-", min_size=1, max_size=30), max_size=6).map(" ".join)
COLUMNS = st.lists(
    st.builds(
        Column, st.text("abc", min_size=1, max_size=9), st.tuples(WORDS, WORDS), st.booleans(), st.booleans()
    ),
    min_size=1,
    max_size=8,
)


@given(COLUMNS, st.integers(20, 160))
def test_what_fits_is_never_wider_than_the_room(columns: list[Column], room: int) -> None:
    found = fit(columns, room)
    if found is None:
        return
    assert sum(found.widths.values()) + found.gap * (len(found.widths) - 1) <= room
    for index, column in enumerate(columns):
        width = found.widths.get(index)
        if width is None:
            assert column.below
        elif column.fixed:
            assert width == column.natural
        else:
            assert width >= min(10, column.least(None))


def test_short_words_are_never_broken() -> None:
    columns = [Column("who", ("bookkeeper", "clinic staff")), Column("what", ("a long sentence " * 20,))]
    found = fit(columns, 40)
    assert found is not None
    assert found.widths[0] >= len("bookkeeper")
    assert sum(found.widths.values()) + found.gap == 40


def test_a_column_below_stands_beside_where_there_is_room() -> None:
    columns = [Column("id", ("a" * 10,), fixed=True), Column("why", ("b" * 30,), below=True)]
    narrow, wide = fit(columns, 40), fit(columns, 42)
    assert narrow is not None
    assert wide is not None
    assert (set(narrow.widths), set(wide.widths)) == ({0}, {0, 1})


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is printed on a terminal of forty columns."""
    out = io.StringIO()
    console = Console(file=out, width=40, highlight=False)
    monkeypatch.setattr(show, "console", lambda stderr=False: console)
    return out


def test_a_row_too_wide_for_any_column_is_told_line_by_line(shown: io.StringIO) -> None:
    show.table("Wide", ["id !", "cause !", "amount $"], [("1" * 32, "unmapped:item:EX30", 24500)])
    lines = [line.rstrip() for line in shown.getvalue().splitlines()]
    assert lines == ["Wide", f"id      {'1' * 32}", "cause   unmapped:item:EX30", "amount  245.00", "", ""]


def test_a_sentence_stands_whole_below_its_row(shown: io.StringIO) -> None:
    rows = [("10480", 24500, "Item EX30 has no account: write it into `items`."), ("10481", None, "")]
    show.table("Held", ["case !", "amount $", "what >"], rows)
    lines = [line.rstrip() for line in shown.getvalue().splitlines()]
    assert lines == [
        "Held",
        "case   amount",
        "10480  245.00",
        "    what: Item EX30 has no account:",
        "    write it into `items`.",
        "10481       –",
        "",
    ]


def test_brackets_of_a_record_are_no_markup(shown: io.StringIO) -> None:
    show.table("Odd", ["what"], [("[bold]not ours[/bold]",)])
    assert "[bold]not ours[/bold]" in shown.getvalue()
