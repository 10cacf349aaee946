"""Our mark in the text fields people read: `Eftpos 23 Nov HH-1042 #7kq2m-x4d9p`.

The first half says which document of ours, the second which content of it. The text before it is wording
and may be cut; the mark never is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 255
_MARK = re.compile(r"#([2-9a-hjkmnp-tv-z]{5})-([2-9a-hjkmnp-tv-z]{5})(?![0-9A-Za-z-])")


@dataclass(frozen=True, slots=True)
class Shown:
    """How a text stands to a mark. `marked` by us at all, `ours` this document, `content` this content."""

    marked: bool
    ours: bool
    content: bool


def sign(text: str, mark: str, longest: int = LONGEST) -> str:
    """`text` with the mark behind it, at most `longest` characters."""
    tail = f"#{mark}"
    room = longest - len(tail) - 1
    clean = " ".join(text.split())[:room].rstrip()
    return f"{clean} {tail}" if clean else tail


def half(mark: str) -> str:
    """The half that names the document."""
    return mark.partition("-")[0]


def halves(*texts: str | None) -> list[tuple[str, str]]:
    """Every mark found in the texts as (document half, content half)."""
    return [found for text in texts if text for found in _MARK.findall(text)]


def shown(mark: str, *texts: str | None) -> Shown:
    """Compare the marks found in the texts with one of ours."""
    found = halves(*texts)
    ours, _, content = mark.partition("-")
    mine = [pair for pair in found if pair[0] == ours]
    return Shown(bool(found), bool(mine), any(pair[1] == content for pair in mine))
