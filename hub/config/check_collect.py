"""Checks of `collect`: what was taken by a page must come back as money the books know."""

from __future__ import annotations

from collections.abc import Iterator

from hub.config.findings import Checked, Finding


def collecting(checked: Checked) -> Iterator[Finding]:
    """Every practice system has a word for such money, and every location an account for that word."""
    collect = checked.config.collect
    if collect is None:
        return
    sources = {c.id: None for c in checked.config.connections if checked.config.is_practice(c.id)}
    for pms in sources:
        if pms not in collect.methods:
            yield checked.warning(
                collect.line,
                f"Nobody wrote down by which method {pms} records what was paid by a page; it will be held.",
                f"Add `{pms}: ...` to `methods` of `collect`, in the words of that system.",
            )
    for place in checked.config.locations:
        for pms in place.source:
            word = collect.methods.get(pms)
            if word is not None and not _received(checked, word, place.key):
                yield checked.error(
                    collect.line,
                    f"Money paid by a page comes back from {pms} as {word}, but location {place.key} has no"
                    f" clearing account for {word}.",
                    f"Add `{word}: money` to `methods` and its account to the location's `clearing`.",
                )


def _received(checked: Checked, word: str, place: str) -> bool:
    return any(
        entry.key in (word, None)
        and entry.location in (place, None)
        and entry.value.get("kind") == "money"
        and "account" in entry.value
        for entry in checked.config.tables.methods
    )
