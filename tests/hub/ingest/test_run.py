"""The arithmetic of one run: which listings are asked, when one is short, where the cursor ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hub.contracts import Ask, EventId, FullListing, Page, Stream, UpdatedSince, Window
from hub.pulling.run import Progress, Run, asks_of
from tests.support.streams import record, stream

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)


def run(declared: Stream) -> Run:
    asks = asks_of(declared, None, NOON, nightly=False, settings={})
    return Run("c", declared, "me", NOON, None, asks, Progress())


def page(*ids: str, next: str | None = None, total: int | None = None) -> Page:
    return Page(tuple(record(i, NOON) for i in ids), next, total)


def test_a_short_listing_is_read_once_more_and_then_gives_up() -> None:
    going = run(stream())
    assert not going.advance(page("1", "2", next="p2", total=4))
    assert not going.advance(page("2", "3", total=4))
    assert (going.ask, going.progress.next, going.progress.short) == (Ask(purpose="all"), None, False)
    assert not going.advance(page("1", "2", "3", total=4))
    assert (going.ask, going.progress.short) == (None, True)


def test_a_listing_that_is_whole_the_second_time_counts() -> None:
    going = run(stream())
    assert not going.advance(page("1", total=2))
    assert going.advance(page("1", "2", total=2))
    assert (going.ask, going.progress.short, going.progress.ids) == (None, False, ["1", "2"])


def test_a_record_that_slid_to_the_next_page_is_counted_once() -> None:
    going = run(stream())
    assert not going.advance(page("1", "2", next="p2", total=3))
    assert going.advance(page("2", "3", total=3))


def test_records_without_an_id_do_not_keep_a_listing_short() -> None:
    """They become issues; counted as missing, they would keep their stream from ever being whole."""
    going = run(stream())
    assert going.advance(page("1", "", "", total=3))
    assert (going.ask, going.progress.short) == (None, False)
    assert not run(stream()).advance(page("1", "", total=3))


def test_what_an_uncounted_listing_leaves_out_is_gone_only_when_it_does_twice() -> None:
    living = ["1", "2", "3"]
    for second, gone in ((("1", "3"), []), (("1", "2"), ["3"])):
        going = run(stream())
        assert going.advance(page("1", "2"))
        assert going.left_out(living, counted=False) == []
        assert going.ask == Ask(purpose="all"), "it is not read a second time"
        assert going.advance(page(*second))
        assert going.left_out(living, counted=False) == gone
        assert (going.ask, going.progress.short) == (None, False)


def test_what_a_counted_listing_leaves_out_is_gone_at_once() -> None:
    going = run(stream())
    assert going.advance(page("1", total=1))
    assert going.left_out(["1", "2"], counted=True) == ["2"]
    assert going.ask is None


def test_an_uncounted_listing_without_any_record_makes_nothing_gone() -> None:
    going = run(stream())
    assert going.advance(page())
    assert going.left_out(["1"], counted=False) == []
    assert going.progress.short


def test_what_each_cursor_asks() -> None:
    base = stream()
    day = Ask(field="issue_date", purpose="window")
    since = UpdatedSince("updated_at", timedelta(minutes=5), ("archived_at",))
    changed = Stream(**{**_fields(base), "cursor": since, "nightly": (Ask(purpose="open"), day)})
    early = NOON - timedelta(minutes=5)
    assert asks_of(changed, None, NOON, nightly=True, settings={}) == (Ask(purpose="all"),)
    assert asks_of(changed, NOON, NOON, nightly=False, settings={}) == (
        Ask(field="updated_at", since=early),
        Ask(field="archived_at", since=early, purpose="sweep"),
    )
    nightly = asks_of(changed, NOON, NOON, nightly=True, settings={"window_days": 4})
    assert nightly[2:] == (
        Ask(purpose="open"),
        Ask(field="issue_date", window_from=date(2026, 10, 1), purpose="window"),
    )
    window = Stream(**{**_fields(base), "cursor": Window("day", 30)})
    assert asks_of(window, NOON, NOON, nightly=False, settings={}) == (
        Ask(field="day", window_from=date(2026, 9, 5), purpose="window"),
    )
    assert isinstance(base.cursor, FullListing)


def test_a_feed_is_gone_on_with_and_listed_whole_before_there_is_a_position() -> None:
    fed = Stream(**{**_fields(stream()), "cursor": EventId("invoice.*")})
    assert asks_of(fed, None, NOON, nightly=False, settings={}) == (Ask(purpose="all"),)
    asks = asks_of(fed, NOON, NOON, nightly=False, settings={}, position="evt_7")
    assert asks == (Ask(field="invoice.*", after="evt_7", purpose="feed"),)
    child = Stream(**{**_fields(fed), "parent": "payouts"})
    assert asks_of(child, NOON, NOON, nightly=False, settings={}) == ()


def test_the_position_of_a_whole_listing_is_the_end_of_the_feed_before_it() -> None:
    going = run(Stream(**{**_fields(stream()), "cursor": EventId("invoice.*")}))
    assert going.first
    going.advance(Page((record("1", NOON),), "p2", position="evt_3"))
    going.advance(Page((record("2", NOON),)))
    assert (going.ask, going.progress.position) == (None, "evt_3")


def test_the_cursor_follows_the_main_listing_as_far_as_it_was_read_before_an_interruption() -> None:
    """A record that changed after its page was read may be older than what later pages and listings show."""
    since = UpdatedSince("updated_at", timedelta(minutes=5), ("archived_at",))
    changed = Stream(**{**_fields(stream()), "cursor": since})
    asks = asks_of(changed, NOON, NOON, nightly=False, settings={})
    minutes = [NOON + timedelta(minutes=10 * n) for n in range(4)]
    going = Run("c", changed, "me", NOON + timedelta(days=9), NOON, asks, Progress())
    going.advance(Page((record("1", minutes[1]),), "p2"))
    going.progress.fixed = True
    going.advance(Page((record("2", minutes[2]),)))
    going.advance(Page((record("3", minutes[3]),)))
    assert (going.ask, going.progress.seen) == (None, minutes[1].isoformat())
    going = Run("c", changed, "me", NOON + timedelta(days=9), NOON, asks, Progress())
    going.advance(Page((record("1", minutes[1]),), "p2"))
    going.advance(Page((record("2", minutes[2]),)))
    going.advance(Page((record("3", minutes[3]),)))
    assert (going.ask, going.progress.seen) == (None, minutes[2].isoformat())


def _fields(declared: Stream) -> dict[str, object]:
    return {name: getattr(declared, name) for name in Stream.__slots__}
