"""The ledger watched from outside: what it holds of the hub's making, and what stands there twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from connectors.sandbox.store import Doc
from connectors.sandbox.xero.books import Books

_MARK = re.compile(r"#([2-9a-z]{5})-[2-9a-z]{5}")
_LIVE = ("AUTHORISED", "PAID", "ACTIVE")


def _shown(doc: Doc) -> str:
    """The half of a mark, put where people read it, that names one document of an integration."""
    texts = (str(doc.get(name) or "") for name in ("reference", "description", "narrative", "details"))
    found = _MARK.search(" ".join(texts))
    return found[1] if found else f"unmarked {doc['id']}"


@dataclass(frozen=True, slots=True)
class Watched:
    """One row: a kind of document by the name the canonical model gives it, and what tells two apart."""

    kind: str
    table: str
    ours: Callable[[Doc], bool]
    key: Callable[[Doc], str]


def _live(doc: Doc) -> bool:
    return doc["status"] in _LIVE and doc["app"] is not None


def _received(doc: Doc) -> bool:
    return _live(doc) and bool(doc["target_kind"] == "invoice")


WATCHED: tuple[Watched, ...] = (
    Watched("contact", "contact", lambda doc: bool(doc["number"]), lambda doc: str(doc["number"])),
    Watched("invoice", "invoice", _live, lambda doc: str(doc["number"])),
    Watched("credit-note", "credit", _live, lambda doc: str(doc["number"])),
    Watched("overpayment", "overpayment", _live, _shown),
    Watched("receipt", "payment", lambda doc: _received(doc) and not doc["batch"], _shown),
    Watched("refund", "payment", lambda doc: _live(doc) and doc["target_kind"] != "invoice", _shown),
    Watched(
        "allocation",
        "allocation",
        lambda doc: not doc["deleted"] and doc["app"] is not None,
        lambda doc: f"{doc['source']} on {doc['invoice']}",
    ),
    Watched("bank-payment", "bank", lambda doc: _live(doc) and doc["type"] == "SPEND", _shown),
    Watched("transfer", "transfer", _live, _shown),
    Watched("deposit", "batch", _live, _shown),
)


def standing(books: Books) -> Iterator[tuple[str, str, str]]:
    """(kind, key, id) of every live object that an app made."""
    for row in WATCHED:
        for doc in books.all(row.table):
            if row.ours(doc):
                yield row.kind, row.key(doc), str(doc["id"])


def twice(books: Books) -> list[str]:
    """One sentence per document that stands more than once now."""
    seen = Counter((kind, key) for kind, key, _ in standing(books))
    return [f"{kind} {key} stands {count} times" for (kind, key), count in seen.items() if count > 1]
