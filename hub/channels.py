"""What each system is good for today, declared by its connector: so that nobody takes a channel for more.

`hub channels` shows it and writes docs/channels.md; a test compares the page with the declarations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Live(StrEnum):
    """How far a channel got outside this house; each word is what a clinic may rely on."""

    LIVE = "live"
    SIMULATED = "simulated only"
    UNCERTIFIED = "needs certification"
    UNCONTRACTED = "needs a contract"
    DOCUMENT = "document only"

    @property
    def meaning(self) -> str:
        """What the word says, in one sentence."""
        return _MEANING[self]


_MEANING = {
    Live.LIVE: "used with a real account of a real clinic.",
    Live.SIMULATED: "built and tested against our simulated server; never run on a live account.",
    Live.UNCERTIFIED: "built and simulated; the vendor demands a certification we do not have.",
    Live.UNCONTRACTED: "built and simulated; the vendor's interface is open to contract partners only.",
    Live.DOCUMENT: "a file or a page that a person carries to the other system.",
}


@dataclass(frozen=True, slots=True)
class Channel:
    """One system as its connector declares it.

    `does` are the things it is used for, in words; `obtain` what a clinic must get before it can be
    connected; `missing` what the system has and the hub does not use or cannot do; `inferred` the heading
    of docs/inferred.md that lists what nobody at the vendor documents, None where nothing is inferred.
    """

    system: str
    name: str
    live: Live
    does: tuple[str, ...]
    obtain: tuple[str, ...]
    missing: tuple[str, ...] = ()
    inferred: str | None = None


def page(channels: Iterable[Channel]) -> str:
    """docs/channels.md: Markdown, ending in a line break."""
    return "\n".join(_lines(sorted(channels, key=lambda one: one.name.lower()))) + "\n"


def _lines(channels: list[Channel]) -> Iterator[str]:
    yield "# Channels"
    yield ""
    yield "Written by `hub channels --markdown` from what the connectors declare; do not edit by hand."
    yield ""
    yield "| System | State | What it does | What a clinic must obtain | What is missing | Inferred |"
    yield "|---|---|---|---|---|---|"
    for one in channels:
        cells = (
            f"{one.name} (`{one.system}`)",
            one.live.value,
            *map(_list, (one.does, one.obtain, one.missing)),
        )
        yield f"| {' | '.join(cells)} | {_link(one.inferred)} |"
    yield ""
    yield "What the states mean:"
    yield ""
    for state in Live:
        yield f"- **{state.value}**: {state.meaning}"


def _list(items: tuple[str, ...]) -> str:
    return "; ".join(items) or "–"


def _link(heading: str | None) -> str:
    return "nothing" if heading is None else f"[{heading}](inferred.md#{heading.lower().replace(' ', '-')})"
