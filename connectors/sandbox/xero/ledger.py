"""The sandbox's own double-entry ledger: the witness that tests compare other ledgers with.

Each document has postings; whenever a document changes, the difference to what was posted for it before goes
into one journal, which must sum to zero. Voiding posts the reverse. Debits are positive, in cents.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from connectors.sandbox.xero.values import Doc

if TYPE_CHECKING:
    from connectors.sandbox.xero.books import Books

# One posting: (account code or id, tax type, tracking option) -> cents.
Key = tuple[str, str, str]
_LIVE = ("AUTHORISED", "PAID")
_SOURCES = ("invoice", "credit", "payment", "overpayment", "bank", "transfer", "allocation")


class Ledger:
    """Journals and trial balance of one organisation."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.balance: Counter[str] = Counter()
        self._posted: dict[str, Counter[Key]] = {}
        self._roles: dict[str, str] = {}
        for journal in books.all("journal"):
            self._apply(journal)

    def post(self, kind: str, doc: Doc) -> None:
        """Post the difference between a document's postings now and before. Nothing changed, no journal."""
        if kind not in _SOURCES:
            return
        source = f"{kind}:{doc['id']}"
        now, before = self._postings(kind, doc), self._posted.get(source, Counter())
        lines = [
            {"account": key[0], "tax_type": key[1], "option": key[2], "cents": now[key] - before[key]}
            for key in {**before, **now}
            if now[key] != before[key]
        ]
        if not lines:
            return
        number = self._books.store.next(f"{self._books.tenant}:journal")
        contact = doc.get("contact")
        journal = {
            "id": str(number),
            "source": source,
            "status": doc.get("status", ""),
            "date": doc["date"],
            "contact": contact,
            "posted": doc["updated"],
            "lines": lines,
        }
        assert sum(now.values()) == sum(before.values()) == 0, f"journal of {source} does not balance"
        self._books.append("journal", journal)
        self._apply(journal)

    def check(self) -> None:
        """The trial balance must sum to zero after every request."""
        assert sum(self.balance.values()) == 0, "the trial balance does not sum to zero"

    def _apply(self, journal: Doc) -> None:
        posted = self._posted.setdefault(journal["source"], Counter())
        for line in journal["lines"]:
            posted[(line["account"], line["tax_type"], line["option"])] += line["cents"]
            self.balance[line["account"]] += line["cents"]

    def _role(self, role: str) -> str:
        if role not in self._roles:
            self._roles[role] = self.name(self._books.system_account(role))
        return self._roles[role]

    @staticmethod
    def name(account: Doc) -> str:
        """How an account is called in the ledger: its code, or its id where it has none."""
        return str(account["code"] or account["id"])

    def _postings(self, kind: str, doc: Doc) -> Counter[Key]:
        lines: Counter[Key] = Counter()
        debtors: Key = (self._role("DEBTORS"), "", "")
        if kind in ("invoice", "credit") and doc["status"] in _LIVE:
            sign = 1 if kind == "invoice" else -1
            lines[debtors] += sign * doc["total"]
            self._coded(lines, doc["lines"], sign)
        elif kind == "payment" and doc["status"] == "AUTHORISED":
            sign = 1 if doc["target_kind"] == "invoice" else -1
            self._bank(lines, doc["account"], sign * doc["cents"])
            lines[debtors] -= sign * doc["cents"]
        elif kind == "overpayment" and doc["status"] in _LIVE:
            self._bank(lines, doc["account"], doc["total"])
            lines[debtors] -= doc["total"]
        elif kind == "bank" and doc["status"] in _LIVE:
            sign = 1 if doc["type"] == "RECEIVE" else -1
            self._bank(lines, doc["account"], sign * doc["total"])
            self._coded(lines, doc["lines"], sign)
        elif kind == "transfer" and doc["status"] in _LIVE:
            self._bank(lines, doc["from"], -doc["cents"])
            self._bank(lines, doc["to"], doc["cents"])
        elif kind == "allocation" and not doc["deleted"]:
            # Both sides are debtors: the credit is used up, the invoice owes less.
            lines[(debtors[0], "", "credit used")] += doc["cents"]
            lines[(debtors[0], "", "invoice settled")] -= doc["cents"]
        return Counter({key: cents for key, cents in lines.items() if cents})

    def _coded(self, lines: Counter[Key], items: list[Doc], sign: int) -> None:
        """The other side of a document: its lines net of tax, and their tax."""
        for line in items:
            account = self._books.peek("account", line["account"])
            if account is not None:
                net = line["gross"] - line["tax"]
                lines[(self.name(account), line["tax_type"], line["option"])] -= sign * net
            lines[(self._role("GST"), "", "")] -= sign * line["tax"]

    def _bank(self, lines: Counter[Key], account_id: str, cents: int) -> None:
        account = self._books.peek("account", account_id)
        assert account is not None
        lines[(self.name(account), "", "")] += cents
