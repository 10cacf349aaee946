"""Reading Xero's refusals by the table of those that are known.

Xero's own text may name people, so it is never kept: of an unknown message only words from a fixed list stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.xero.known_refusals import TABLE
from hub.errors import Reason, Who
from hub.targets import Verdict

_SAFE = frozenset(
    re.findall(
        r"\w+",
        """
        a account accounts allocated allocation already amount and any applied approved archived are as be
        been before bank because but by can cannot code contact contacts credit currency currently date
        deleted description document documents does edited email end exceed exceeds exist field for found
        from greater has have id in invalid invoice invoices is it item its length less limit line lines
        locked longer made match maximum missing modification must name negative no not number of on one
        only or organisation outstanding overpayment paid payment payments period permission positive
        quantity rate reached received reference required same set specified status tax than that the this
        to total tracking type unique updated user valid value was with year you zero
        """,
    )
)


def skeleton(message: str) -> str:
    """A message with each word not on the fixed list replaced: safe to store, enough to add a row."""
    words = re.findall(r"[A-Za-z]+|\S", message)[:60]
    kept = [word.lower() if word.lower() in _SAFE else "_" for word in words]
    return re.sub(r"(_ ?)+", "_ ", " ".join(kept)).strip()


@dataclass(frozen=True, slots=True)
class Refusal:
    """What to do with one refused element, and why."""

    then: Verdict | str
    reason: Reason


def read(messages: Sequence[str], amount: int = 0) -> Refusal:
    """The meaning of an element's messages: the first row of the table that fits any of them."""
    for row in TABLE:
        for message in messages:
            if match := row.pattern.search(message):
                groups = match.groups()
                reason = Reason(row.code.format(*groups), row.sentence.format(*groups), row.who, amount)
                return Refusal(row.then, reason)
    detail = "; ".join(skeleton(message) for message in messages)[:400]
    sentence = "Xero refused this for a reason the hub does not know yet. A developer has to look at it."
    return Refusal(Verdict.REFUSED, Reason("refused:other", sentence, Who.DEVELOPER, amount, detail))
