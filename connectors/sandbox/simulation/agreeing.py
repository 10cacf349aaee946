"""What the fourth location's practice system and the ledger must say of one another at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.sandbox.life.nookal.group import PREFIX

Doc = dict[str, Any]
LIVE = ("AUTHORISED", "PAID")


def invoices(practice: Doc, documents: Doc, owed: Mapping[str, int]) -> Iterator[str]:
    """Each living invoice is once in the ledger, with its total and what is owed by id."""
    there = Counter(
        (one["number"].removeprefix(PREFIX), one["total"], one["remaining"])
        for one in documents["invoices"]
        if one["status"] in LIVE and one["by_app"]
    )
    here = Counter(
        (one["number"], one["total"], owed[one["id"]]) for one in practice["invoices"] if not one["void"]
    )
    yield from differing("invoice (total, owing)", here, there)


def money(practice: Doc, documents: Doc, accounts: Mapping[str, str]) -> Iterator[str]:
    """Each living payment by one of these methods is once in the ledger, in the method's account."""
    number = {one["id"]: one["number"] for one in practice["invoices"] if not one["void"]}
    here = Counter(
        (number[one["invoice_id"]], one["cents"], accounts[one["method"]])
        for one in practice["payments"]
        if not one["void"] and one["invoice_id"] in number and one["method"] in accounts
    )
    together = {id_ for one in documents["batch_payments"] for id_ in one["payments"]}
    there = Counter(
        (str(one["number"]).removeprefix(PREFIX), one["cents"], one["account"])
        for one in documents["payments"]
        if one["status"] == "AUTHORISED" and one["kind"] == "invoice" and one["id"] not in together
    )
    yield from differing("payment (cents, account)", here, there)


def debtors(books: Doc, owed: int) -> Iterator[str]:
    """The ledger's receivables, by its journals and by its documents, are what is owed."""
    control, documents = books["debtors"]["control"], books["debtors"]["documents"]
    if not control == documents == owed:
        yield f"the ledger's debtors: {control}, {documents}; owed by the clinic's own books: {owed}"


def differing(what: str, here: Counter[Any], there: Counter[Any]) -> Iterator[str]:
    """Everything that is not as often here (outside) as there (where the hub wrote it)."""
    for key in sorted({*here, *there}, key=str):
        if here[key] != there[key]:
            words = " ".join(str(part) for part in key)
            yield f"{what} {words}: {here[key]} times outside, {there[key]} times where the hub wrote it"
