"""What several rules about obstacles ask and say."""

from __future__ import annotations

from connectors.xero.case import Case, amount_of
from hub.errors import Reason, Who
from hub.targets import Desired, Life, Seen


def reason(code: str, sentence: str, cents: int, who: Who = Who.BOOKKEEPER) -> Reason:
    """A reason, for the bookkeeper where nothing else is said."""
    return Reason(code, sentence, who, cents)


def changing(case: Case, document: str) -> bool:
    """Whether a living root is to be changed or ended."""
    return case.live(document) and not case.same(document)


def cents_of(seen: Seen, wanted: Desired | None) -> int:
    """The cents that wait: what is wanted, else what stands."""
    return amount_of(wanted.content) if wanted else seen.total or 0


def differs(case: Case, document: str) -> bool:
    """Whether what stands is this very content by its mark, but with other totals."""
    seen, wanted = case.seen(document), case.desired.get(document)
    known = wanted is not None and seen.content_hash == wanted.content_hash
    return known and seen.life is Life.LIVE and bool(seen.extra.get("differs"))


def total_differs(cents: int) -> Reason:
    """The hold for a document whose totals at Xero are not the ones that were rendered."""
    sentence = "The totals in Xero differ from the practice's. Compare both and correct one."
    return reason("target:total-differs", sentence, cents)


def contact_gone(why: str | None, cents: int) -> Reason:
    """The hold for anything that needs an archived or merged contact."""
    if why == "merged":
        sentence = "The contact was merged into another one in Xero. Say which contact is to be used."
        return reason("contact:merged", sentence, cents)
    sentence = "The contact is archived in Xero. Restore it there, then release the hold."
    return reason("contact:archived", sentence, cents)
