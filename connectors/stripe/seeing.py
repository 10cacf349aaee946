"""A Checkout Session as what stands under one of our documents."""

from __future__ import annotations

from collections.abc import Sequence

from hub import paying
from hub.contracts import Record
from hub.documents import DocKind, PaymentRequest
from hub.targets import Key, Life, Seen

_LIVES = {"open": Life.LIVE, "complete": Life.LIVE, "expired": Life.ENDED}


def is_ours(key: Key, session: Record) -> bool:
    """Whether a session carries the document's id."""
    metadata = session.get("metadata")
    return isinstance(metadata, dict) and metadata.get(paying.DOCUMENT) == key.document


def session(key: Key, found: Record) -> Seen:
    """One session. `matches`: our content mark, amount, currency and keys agree."""
    request = key.content
    assert isinstance(request, PaymentRequest)
    status, total = str(found.get("status")), found.get("amount_total")
    metadata = found.get("metadata")
    same = (
        metadata == paying.write(request, key.document, key.mark)
        and total == request.amount
        and str(found.get("currency") or "").upper() == request.currency
    )
    settled = found.get("payment_status") == "paid"
    cents = total if isinstance(total, int) else None
    return Seen(
        document=key.document,
        kind=DocKind.PAYMENT_REQUEST,
        life=_LIVES.get(status, Life.AMBIGUOUS),
        external_id=str(found["id"]) if found.get("id") else None,
        number=request.number,
        content_hash=key.content_hash if same else None,
        matches=same,
        total=cents,
        due=0 if settled or status == "expired" else cents,
        url=str(found["url"]) if found.get("url") else None,
        extra={"complete": status == "complete", "paid": settled},
    )


def best(key: Key, sessions: Sequence[Record]) -> Seen:
    """What stands among the sessions that carry our document: open, else paid, else the last."""
    ours = [one for one in sessions if is_ours(key, one)]
    for status in ("open", "complete"):
        now = [one for one in ours if one.get("status") == status]
        right = [one for one in now if session(key, one).matches]
        if status == "open" and len(now) > 1:
            return Seen(key.document, key.kind, Life.AMBIGUOUS, total=session(key, now[0]).total)
        if now:
            return session(key, (right or now)[0])
    ended = [one for one in ours if session(key, one).matches] or ours
    return session(key, ended[0]) if ended else Seen(key.document, key.kind, Life.ABSENT)
