"""A scribe for tests: writes the ledger a faultless hub would leave, in the Xero sandbox's witness form.

It works from the clinic's objects, not from the truth's flows, so that truth and witness are compared through
documents.
"""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from connectors.sandbox.life.group import CATALOGUE, CLEARING, PLACE, PREFIXES, tax_type
from connectors.sandbox.life.model import Claimed, Clinic, Invoice, Payment

Doc = dict[str, Any]


class Scribe:
    """Documents of one clinic; `documents` is what the ledger's JSON has under that name."""

    def __init__(self, clinic: Clinic) -> None:
        self._ids = (f"id-{n}" for n in count(1))
        self._of: dict[int, str] = {}
        self._nights = 0
        self.documents: dict[str, list[Doc]] = {
            name: []
            for name in (
                "invoices", "credit_notes", "payments", "batch_payments", "overpayments", "allocations"
            )
        }  # fmt: skip
        alive = [i for i in clinic.invoices if i.born and i.day >= clinic.start]
        for invoice in alive:
            self._invoice(invoice)
        for payment in clinic.payments:
            posted = payment.posted or (payment if payment.alive and not payment.plant else None)
            if posted is not None:
                self._payment(posted, payment)
        for night in sorted({claim.night for claim in clinic.claims if claim.born}):
            self._deposit(night, [one for one in clinic.claims if one.born and one.night == night])
        for use in clinic.uses:
            if use.born and not use.plant:
                self._allocation(self._of[id(use.credit)], use.invoice, use.cents)
        for invoice in alive:
            if invoice.settles and id(invoice) in self._of and invoice.original is not None:
                self._allocation(self._of[id(invoice)], invoice.original, invoice.settles)

    def ledger(self) -> Doc:
        """The ledger's JSON, as far as the witness reads it."""
        return {"documents": self.documents, "debtors": {"control": 0, "documents": 0}}

    def add(self, name: str, /, **fields: Any) -> Doc:
        """One more document of a kind."""
        doc = {"id": next(self._ids), "status": "AUTHORISED", **fields}
        self.documents[name].append(doc)
        return doc

    def _invoice(self, invoice: Invoice) -> None:
        shown = invoice.posted or (invoice if invoice.alive and not invoice.plant else None)
        if shown is None:
            return
        option = PLACE[shown.place].option
        lines = [
            {"account": CATALOGUE[p.code].account, "tax_type": tax_type(p.tax), "option": option,
             "gross": p.gross, "tax": p.gst}
            for p in shown.lines
        ]  # fmt: skip
        if shown.rounding:
            cents = {"account": "860", "tax_type": "BASEXCLUDED", "gross": shown.rounding, "tax": 0}
            lines.append({**cents, "option": option})
        number, date = numbered(shown), shown.day.isoformat()
        back = [{**p, "gross": -p["gross"], "tax": -p["tax"]} for p in lines]
        if shown.total < 0:
            doc = self.add("credit_notes", number=number, date=date, total=-shown.total, lines=back)
        elif shown.total == 0:
            up = [p for p in lines if p["gross"] > 0]
            if not up:
                return
            size = sum(p["gross"] for p in up)
            doc = self.add("invoices", number=number, date=date, total=size, lines=up)
            down = [p for p in back if p["gross"] > 0]
            note = self.add("credit_notes", number=f"{number}-Z", date=date, total=size, lines=down)
            self._of[id(invoice)] = doc["id"]
            self._allocation(note["id"], invoice, size)
        else:
            doc = self.add("invoices", number=number, date=date, total=shown.total, lines=lines)
        self._of[id(invoice)] = doc["id"]

    def _payment(self, shown: Payment, payment: Payment) -> None:
        date, place = shown.day.isoformat(), shown.place
        rest, account = 0, ""
        if shown.total < 0:
            note = shown.names
            assert note is not None
            self.add(
                "payments", kind="credit_note", target_id=self._of[id(note)], number=numbered(note),
                date=date, cents=-shown.total, account=CLEARING[place, shown.sources[0][0]],
            )  # fmt: skip
            return
        later: list[tuple[Invoice, int]] = []
        for method, invoice, cents in shown.shares():
            if invoice is not None and invoice.day <= shown.day:
                self.add(
                    "payments", kind="invoice", target_id=self._of[id(invoice)],
                    number=numbered(invoice), date=date, cents=cents, account=CLEARING[place, method],
                )  # fmt: skip
            else:
                rest, account = rest + cents, CLEARING[place, method]
                later += [(invoice, cents)] if invoice is not None else []
        if rest:
            credit = self.add("overpayments", date=date, total=rest, account=account)
            self._of[id(payment)] = credit["id"]
            for invoice, cents in later:
                self._allocation(credit["id"], invoice, cents)

    def _deposit(self, night: date, claims: list[Claimed]) -> None:
        """What a scheme paid in a night, in one sum; a night with money for no claim is held."""
        self._nights += 1
        if any(claim.plant for claim in claims):
            return
        total, day = sum(claim.pays for claim in claims), night.isoformat()
        self.add("batch_payments", date=day, total=total, account="090")
        for claim in claims:
            paid, number = self._of[id(claim.invoice)], numbered(claim.invoice)
            self.add(
                "payments", kind="invoice", target_id=paid, number=number, date=day, cents=claim.pays,
                account="090",
            )  # fmt: skip
            if cut := claim.invoice.total - claim.pays:
                option = PLACE[claim.invoice.place].option
                line = {
                    "account": "262",
                    "tax_type": "EXEMPTOUTPUT",
                    "option": option,
                    "gross": cut,
                    "tax": 0,
                }
                told = f"{number}-{1_500_098_000 + self._nights}"
                note = self.add("credit_notes", number=told, date=day, total=cut, lines=[line])
                self._allocation(note["id"], claim.invoice, cut)

    def _allocation(self, source: str, invoice: Invoice, cents: int) -> None:
        kinds = {doc["id"]: "overpayment" for doc in self.documents["overpayments"]}
        self.add(
            "allocations", kind=kinds.get(source, "credit_note"), source_id=source, deleted=False,
            invoice_id=self._of[id(invoice)], cents=cents,
        )  # fmt: skip


def numbered(invoice: Invoice) -> str:
    """The ledger's own number."""
    return f"{PREFIXES[PLACE[invoice.place].account]}{invoice.number}"


def by_person(scribe: Scribe, number: str, bill: int, day: str) -> None:
    """What a person's acts of the story leave: a stranger's invoice under a taken number."""
    line = {"account": "210", "tax_type": "OUTPUT", "option": "", "gross": bill, "tax": bill // 11}
    scribe.add("invoices", number=number, date=day, total=bill, lines=[line])
