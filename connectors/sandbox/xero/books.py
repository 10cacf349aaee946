"""The books of one organisation: its documents, the indexes that keep look-ups cheap, its ledger.

Every change of a document goes through `put`, which updates the indexes and posts the difference to the
ledger, so that books and ledger cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from connectors.sandbox.xero.ledger import Ledger
from connectors.sandbox.xero.values import Doc, Missing

if TYPE_CHECKING:
    from connectors.sandbox.xero.state import XeroState


def name_key(name: str) -> str:
    """Names are compared without regard to case or doubled spaces (Xero developer docs: contacts)."""
    return " ".join(name.split()).casefold()


Keys = Callable[[Doc], list[str]]


def _unless_deleted(field: str) -> Keys:
    return lambda doc: [doc[field]] if doc[field] and doc["status"] != "DELETED" else []


def _plain(field: str) -> Keys:
    return lambda doc: [doc[field]] if doc.get(field) else []


INDEXES: dict[str, dict[str, Keys]] = {
    "contact": {
        "number": _plain("number"),
        "name": lambda doc: [name_key(doc["name"])] if doc["status"] == "ACTIVE" else [],
        "exact_name": _plain("name"),
    },
    "invoice": {
        "number": _unless_deleted("number"),
        "any_number": _plain("number"),
        "contact": _plain("contact"),
        "reference": _plain("reference"),
    },
    "credit": {
        "number": _unless_deleted("number"),
        "any_number": _plain("number"),
        "contact": _plain("contact"),
        "reference": _plain("reference"),
    },
    "payment": {"target": _plain("target"), "reference": _plain("reference"), "batch": _plain("batch")},
    "overpayment": {"contact": _plain("contact"), "reference": _plain("reference"), "bank": _plain("bank")},
    "bank": {"contact": _plain("contact"), "reference": _plain("reference"), "bank": _plain("bank")},
    "transfer": {},
    "batch": {},
    "allocation": {"source": _plain("source"), "invoice": _plain("invoice")},
    "account": {"code": _plain("code")},
    "tax": {},
    "tracking": {},
    "history": {"subject": _plain("subject")},
}


class Books:
    """One organisation's documents. Documents from `get` are copies; from `peek`, `find`, `all` shared."""

    def __init__(self, state: XeroState, tenant: str) -> None:
        self.state, self.store, self.tenant = state, state.store, tenant
        self._index: dict[tuple[str, str], dict[str, dict[str, None]]] = {}
        for kind in INDEXES:
            for doc in self.all(kind):
                self._reindex(kind, None, doc)
        self.ledger = Ledger(self)

    @property
    def organisation(self) -> Doc:
        """The organisation's own record (shared)."""
        found = self.store.peek("organisation", self.tenant)
        assert found is not None
        return found

    def _kind(self, kind: str) -> str:
        return f"{self.tenant}/{kind}"

    def get(self, kind: str, id: str) -> Doc:
        """A copy of a document. Raises Missing."""
        found = self.store.get(self._kind(kind), id)
        if found is None:
            raise Missing(id)
        return found

    def peek(self, kind: str, id: str | None) -> Doc | None:
        """The shared object of a document, or None."""
        return self.store.peek(self._kind(kind), id) if id else None

    def all(self, kind: str) -> Iterator[Doc]:
        """All documents of a kind, shared, in order of creation."""
        return self.store.all(self._kind(kind))

    def find(self, kind: str, index: str, key: str | None) -> list[Doc]:
        """Documents with `key` in an index, shared, oldest first."""
        ids = self._index.get((kind, index), {}).get(key or "", {})
        return [doc for id_ in ids if (doc := self.peek(kind, id_)) is not None]

    def new_id(self, kind: str) -> str:
        """A new GUID."""
        return self.state.uuid(f"{self.tenant}:{kind}")

    def put(self, kind: str, doc: Doc) -> None:
        """Keep a document, re-index it, post what changed to the ledger."""
        old = self.peek(kind, doc["id"])
        self._reindex(kind, old, doc)
        self.store.put(self._kind(kind), doc["id"], doc)
        self.ledger.post(kind, doc)

    def append(self, kind: str, doc: Doc) -> None:
        """Keep a document that is neither indexed nor posted (journals)."""
        self.store.put(self._kind(kind), doc["id"], doc)

    def _reindex(self, kind: str, old: Doc | None, new: Doc) -> None:
        for name, keys in INDEXES[kind].items():
            before = keys(old) if old else []
            after = keys(new)
            if before == after:
                continue
            table = self._index.setdefault((kind, name), {})
            for key in before:
                table[key].pop(new["id"], None)
            for key in after:
                table.setdefault(key, {})[new["id"]] = None

    def account(self, code: Any = None, id: Any = None) -> Doc | None:
        """An account by code or id (shared), archived ones included."""
        if id:
            return self.peek("account", str(id).lower())
        found = self.find("account", "code", str(code)) if code is not None else []
        return found[0] if found else None

    def system_account(self, role: str) -> Doc:
        """The account with a SystemAccount role: DEBTORS, GST, ROUNDING."""
        return next(doc for doc in self.all("account") if doc["system"] == role)
