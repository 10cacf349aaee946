"""What the hub says is in transit, beside what the story says."""

from __future__ import annotations

from hub.cli.demo.outcome import astray


def row(account: str, cents: int, item: str = "HH-1") -> dict[str, object]:
    return {"account": account, "item": item, "cents": cents, "expected_by": "2026-11-06"}


def test_each_item_counts_once_on_the_side_that_lacks_it() -> None:
    same = [row("1406", 9800), row("1406", 9800), row("1106", -2500)]
    assert astray(same, reversed(same)) == 0
    assert astray(same, [row("1406", 9800, item="HN-2")] * 2 + [row("1106", -2500)]) == 0
    assert astray(same, same[1:]) == 9800
    assert astray(same[:2], [*same[:2], row("1206", -300)]) == 300
    assert astray([row("1406", 100)], [row("1406", 101)]) == 201
