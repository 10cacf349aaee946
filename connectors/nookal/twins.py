"""Which payment on an invoice is ours, and why one may not be written: pure functions over what v2 shows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from connectors.nookal.records import text_of
from hub import marks
from hub.contracts import Record
from hub.documents import RecordedPayment
from hub.errors import Reason, Who
from hub.money import parse_minor
from hub.targets import Key, Life, Seen


def payments(invoice: Record | None) -> list[Record]:
    """The payments shown on an invoice, reversed ones too: a list or a map of them."""
    details = (invoice or {}).get("details")
    found = details.get("payments") if isinstance(details, dict) else None
    rows = list(found.values()) if isinstance(found, dict) else found
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def id_of(row: Record) -> str:
    return text_of(row.get("payment_id"))


def seen(key: Key, content: RecordedPayment, rows: Sequence[Record], taken: Collection[str]) -> Seen:
    """What stands under a document. `taken` are ids of payments that belong to other documents.

    By its own id, then by our mark where the reference comes back, then as the one unclaimed twin.
    """
    living = [row for row in rows if not _void(row)]
    if key.external_id:
        mine = [row for row in rows if id_of(row) == key.external_id]
        if not mine or _void(mine[0]):
            return Seen(key.document, key.kind, Life.ENDED, key.external_id)
        return _standing(key, content, mine[0], marked=_shown(key, mine[0]).ours)
    marked = [row for row in living if _shown(key, row).ours]
    if marked:
        if len(marked) > 1:
            return Seen(key.document, key.kind, Life.AMBIGUOUS)
        return _standing(key, content, marked[0], marked=True)
    others = {*taken, *key.related.values()}
    free = [row for row in living if id_of(row) not in others and not _shown(key, row).marked]
    twins = [row for row in free if agrees(content, row)]
    if len(twins) > 1:
        return Seen(key.document, key.kind, Life.AMBIGUOUS)
    return _standing(key, content, twins[0]) if twins else Seen(key.document, key.kind, Life.ABSENT)


def agrees(content: RecordedPayment, row: Record) -> bool:
    """Whether day, amount and method are those of the document."""
    method = str(row.get("method") or "").strip()
    return (_day(row), _cents(row.get("amount")), method) == (content.on, content.amount, content.method)


def refusal(content: RecordedPayment, invoice: Record | None, known: Seen) -> Reason | None:
    """Why a payment is not written, whatever Nookal would accept."""
    if invoice is None or invoice.get("void"):
        sentence = "The invoice is void or gone in Nookal: nothing can be paid on it."
        return _reason("nookal:no-invoice", sentence, content)
    if known.life is not Life.ABSENT:
        return _reason(
            "nookal:twin",
            "A payment of the same day, amount and method stands on the invoice in Nookal already. If it is "
            "this one, release the hold; if not, enter this one by hand.",
            content,
        )
    balance = _cents(invoice.get("totalBalance"))
    if balance is None or balance < content.amount:
        return _reason(
            "nookal:balance",
            "The invoice owes less in Nookal than this payment. Correct it there, then release the hold.",
            content,
        )
    return None


def _reason(code: str, sentence: str, content: RecordedPayment) -> Reason:
    return Reason(code, sentence, Who.CLINIC, content.amount)


def _standing(key: Key, content: RecordedPayment, row: Record, *, marked: bool = False) -> Seen:
    shown = _shown(key, row)
    matches = agrees(content, row) and (shown.content or not shown.marked)
    return Seen(
        key.document,
        key.kind,
        Life.LIVE,
        id_of(row),
        content_hash=key.content_hash if matches else None,
        matches=matches,
        on=_day(row),
        total=_cents(row.get("amount")),
        extra={"invoice": content.invoice, **({"mark": True} if marked else {})},
    )


def _shown(key: Key, row: Record) -> marks.Shown:
    references = (row.get(name) for name in ("payment_ref", "reference", "ref"))
    return marks.shown(key.mark, *(text for text in references if isinstance(text, str)))


def _void(row: Record) -> bool:
    return str(row.get("void")) == "1"


def _day(row: Record) -> date | None:
    try:
        return date.fromisoformat(str(row.get("date"))[:10])
    except ValueError:
        return None


def _cents(value: Any) -> int | None:
    try:
        return parse_minor(str(value))
    except ValueError:
        return None
