"""A new configuration changes nothing that was delivered: it lets go on what waited for it, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.life import HttpControl, Life, Setup
from tests.cli.town import LEDGER, PRACTICE, Town, town


class Story:
    """A small month of clinic life on the two servers of a town."""

    def __init__(self) -> None:
        self.life: Life

    def begin(self, practice: HttpControl, ledger: HttpControl) -> Setup:
        systems = {PRACTICE: practice, LEDGER: ledger}
        self.life = Life(systems, seed=11, scale=0.03, plants=False)
        return self.life.setup()

    def play(self) -> None:
        for step in range(1, self.life.steps + 1):
            self.life.play(step)


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, story: Story) -> Iterator[Town]:
    """A month played and delivered, with one payment held for a method that nobody wrote down."""
    with town(tmp_path, monkeypatch, story.begin) as made:
        made.go_live()
        story.play()
        patient = made.patient()
        invoice = made.bill(patient, "PH2", day="2026-10-20")
        made.pay(patient, invoice, 4000, "Promo card", day="2026-10-21")
        made.sync()
        yield made


def new_accounts(text: dict[str, Any]) -> None:
    """Another income account, another tax type, another clearing account; and the method that was missing."""
    text["items"]["PH2"] = "202"
    text["taxes"]["none"] = "BASEXCLUDED"
    text["locations"]["geelong"]["clearing"]["EFTPOS"] = "1105"
    text["locations"]["geelong"]["clearing"]["Online card"] = "1101"
    text["methods"]["Promo card"] = "money"
    text["locations"]["geelong"]["clearing"]["Promo card"] = "090"


def without_balances(documents: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Documents as posted: a payment changes what is due on them, and nothing else."""
    moving = ("status", "paid", "credited", "remaining")
    return {n: {k: v for k, v in d.items() if k not in moving} for n, d in documents.items()}


def test_only_what_waited_goes_on_and_then_only_the_new_payment(month: Town, story: Story) -> None:
    assert list(month.causes()) == ["unmapped:method:Promo card"]
    invoices, payments = month.posted(), month.posted("payments")
    month.configure(new_accounts)
    planned = month.ask("plan")["steps"]
    assert [(step["kind"], step["cents"]) for step in planned] == [("receipt", 4000)]

    month.forget_requests()
    assert month.ask("deliver")[LEDGER]["delivered"] == 1
    assert len(month.writes()) == 1
    assert without_balances(month.posted()) == without_balances(invoices)
    new = [doc for id, doc in month.posted("payments").items() if id not in payments]
    assert [(doc["account"], doc["cents"], doc["date"]) for doc in new] == [("090", 4000, "2026-10-21")]
    assert not month.causes()

    payments = month.posted("payments")
    for business, first, last in story.life.pay_old_invoice().reports:
        import_report(month, business, first, last)
    month.hub("pull")
    month.forget_requests()
    assert month.ask("deliver")[LEDGER]["delivered"] == 1
    assert len(month.writes()) == 1
    assert len(month.posted("payments")) == len(payments) + 1


def import_report(month: Town, business: str, first: Any, last: Any) -> None:
    from connectors.sandbox.life.group import PLACE

    key = next(place.key for place in PLACE.values() if place.id == business)
    file = month.home / f"{key}.csv"
    file.write_bytes(month.report(key, first, last))
    words = ("--location", key, "--from", first.isoformat(), "--to", last.isoformat())
    month.hub("import", "payments", str(file), *words)


def test_everything_twice_changes_nothing(month: Town) -> None:
    month.hub("pull")
    month.forget_requests()
    assert month.ask("plan")["steps"] == []
    report = month.sync()
    assert (report["delivered"], month.writes()) == (0, [])


def test_the_books_agree_but_for_what_is_held(month: Town) -> None:
    found = month.ask("reconcile")
    assert found["unexplained"] == 0
    differing = [d for d in found["differences"] if d["here"] != d["target"]]
    assert {(d["cause"], d["here"] - d["target"]) for d in differing} == {
        ("unmapped:method:Promo card", 4000)
    }
    off = {(r["method"], r["here"] - r["target"]) for r in found["money"] if r["here"] != r["target"]}
    assert off == {("Promo card", 4000)}
    assert all(r["here"] == r["target"] for r in found["billed"])
    month.configure(new_accounts)
    month.hub("deliver")
    again = month.ask("reconcile")
    assert again["agrees"], again["differences"]
    assert month.hub("reconcile").out.rstrip().endswith("The books agree to the cent.")
