"""What the practice system, the scheme and the ledger must say of one another at the end, and never."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from connectors.sandbox.life.group import BANK_ACCOUNT
from connectors.sandbox.life.nookal.group import ACCOUNT as FOURTH
from connectors.sandbox.simulation import agreeing
from connectors.sandbox.simulation.company import Company
from connectors.sandbox.simulation.ndis_story import Bill
from connectors.sandbox.simulation.systems import LEDGER

Doc = dict[str, Any]
_ACCOUNT = {"EFTPOS": "1401"}


def twice(requests: Sequence[Doc]) -> list[str]:
    """A service claimed twice (each member has one), whatever the scheme decided on the second."""
    taken = Counter(one["participant"] for one in requests if one["status"] != "ERROR")
    said = Counter(one["reference"] for one in requests)
    found = [f"the service of {who} was claimed {n} times" for who, n in taken.items() if n > 1]
    doubled = [one for one in requests if one["reason"].startswith("Duplicate")]
    found += [f"the scheme refused {one['reference']} as a duplicate" for one in doubled]
    return found + [f"reference {ref} was used {n} times" for ref, n in said.items() if n > 1]


def wrong(
    company: Company,
    bills: Sequence[Bill],
    requests: Sequence[Doc],
    nights: Sequence[Doc],
    banked: Mapping[str, date],
) -> Iterator[str]:
    """Whatever the three do not agree on, to the cent and to the object."""
    practice, books = company.ledger_of(FOURTH), company.ledger_of(LEDGER)
    documents = books["documents"]
    owed = {one["id"]: one["balance"] for one in practice["invoices"] if not one["void"]}
    owed |= {bill.id: 0 for bill in bills if bill.member and bill.id in owed}
    yield from agreeing.invoices(practice, documents, owed)
    yield from agreeing.money(practice, documents, _ACCOUNT)
    yield from agreeing.debtors(books, sum(owed.values()))
    yield from _claims(bills, requests, documents)
    yield from _deposits(nights, banked, documents, books["trial_balance"])


def _claims(bills: Sequence[Bill], requests: Sequence[Doc], documents: Doc) -> Iterator[str]:
    """Each service was paid once, and the ledger shows on its invoice what was paid and what was cut."""
    paid = {one["participant"]: one for one in requests if one["paid"]}
    there = {one["number"]: one for one in documents["invoices"] if one["status"] in agreeing.LIVE}
    for bill in bills:
        if not bill.member or bill.void:
            continue
        one, posted = paid.get(bill.member), there.get(f"HN-{bill.number}")
        if one is None or posted is None:
            yield f"the service of {bill.number} was not paid, or its invoice is not in the ledger"
        elif (posted["paid"], posted["credited"]) != (one["paid"], bill.price - one["paid"]):
            said = f"the scheme paid {one['paid']} of {bill.price}"
            yield f"{bill.number}: {said}, the ledger has {posted['paid']} and {posted['credited']}"


def _deposits(
    nights: Sequence[Doc], banked: Mapping[str, date], documents: Doc, balance: Mapping[str, int]
) -> Iterator[str]:
    """Each remittance is one deposit on its day, and nothing else reached the bank."""
    here = Counter((banked[one["id"]].isoformat(), one["total"]) for one in nights)
    there = Counter(
        (one["date"], one["total"]) for one in documents["batch_payments"] if one["status"] == "AUTHORISED"
    )
    yield from agreeing.differing("deposit (day, cents)", here, there)
    total = sum(one["total"] for one in nights)
    if balance.get(BANK_ACCOUNT, 0) != total:
        yield f"the bank holds {balance.get(BANK_ACCOUNT, 0)}, the scheme paid {total}"
