"""The story: the same for the same seed, accepted by the practice system, continued from its file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.sandbox.life import Life
from connectors.sandbox.life.group import ACCOUNT, OWN_PLACES, PLACE, PLACES
from connectors.sandbox.life.model import Invoice
from connectors.sandbox.life.nookal.group import ACCOUNT as FOURTH
from connectors.sandbox.life.plot_money import unpaid
from tests.sandbox.life.playing import month, whole

ISSUE_LIST = {
    "unmapped:item:EX30", "unmapped:method:Promo card", "unmapped:tax:Luxury levy@15", "unmapped:payer",
    "unsupported:supplier:514810972972521911", "unmapped:supplier:514810972972521912", "account:archived:207",
    "contact:archived", "period:locked", "number:taken", "target:reconciled", "target:paid-by-person",
    "invoice:closed", "bundle:incomplete", "record:malformed", "unsupported:refund-R4", "writeoff:tax-split",
    "unsupported:debtor-change", "payment:vanished",
}  # fmt: skip


def actions(life: Life, account: str = ACCOUNT) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = life.systems[account].actions  # type: ignore[attr-defined]
    return found


def hidden(life: Life, account: str = ACCOUNT) -> dict[str, Any]:
    """A practice system's own hidden ledger."""
    found: dict[str, Any] = life.systems[account].call("GET", "/__control__/ledger")
    return found


def own(life: Life, account: str = ACCOUNT) -> list[Invoice]:
    """The story's invoices of one practice system."""
    return [i for i in life.clinic.invoices if PLACE[i.place].account == account]


def test_the_same_seed_tells_the_same_story() -> None:
    one, two, other = (month(seed, scale=0.2) for seed in (5, 5, 6))
    assert actions(one) == actions(two)
    assert actions(one, FOURTH) == actions(two, FOURTH) != actions(other, FOURTH)
    assert one.truth().as_json() == two.truth().as_json()
    assert actions(one) != actions(other)


@pytest.mark.parametrize(
    "facts", [{"month": "2026-02"}, {"month": "2026-04"}, {"plants": False}, {"seed": 12}]
)
def test_any_month_and_seed_is_accepted(facts: dict[str, Any]) -> None:
    life = month(**{"seed": 11, "scale": 0.3, **facts})
    assert life.played == life.steps
    assert bool(life.planted()) == facts.get("plants", True)


def test_what_is_mended_later_is_planted_until_then() -> None:
    """So that a story that ends in between is as right as one that ends after it."""
    life = Life(whole(), seed=11, scale=0.03)
    life.setup()
    stood = []
    for step in range(1, 5):
        life.play(step)
        stood += [step for plant in life.planted() if plant.id == "ndis-plan-ran-out"]
    assert stood == [3]
    assert life.mended()


def test_a_month_has_the_size_asked_for(played: Life) -> None:
    born = [invoice for invoice in played.clinic.invoices if invoice.born]
    assert 400 <= len(born) <= 650
    assert {invoice.method for invoice in born} == {1, 2, 3}
    assert {invoice.place for invoice in born} == {place.key for place in PLACES}
    methods = {method for payment in played.clinic.payments for method, _ in payment.sources}
    assert methods >= {"EFTPOS", "HICAPS", "Cash", "Direct deposit", "Online card"}


def test_every_case_of_the_list_is_planted_on_its_own(played: Life) -> None:
    planted = played.planted()
    assert {plant.cause for plant in planted} >= ISSUE_LIST
    assert sum(plant.cause == "period:locked" for plant in planted) == 3
    numbers = [plant.number for plant in planted]
    assert len(numbers) == len(set(numbers))


def test_balances_agree_with_the_practice_systems_hidden_ledger(played: Life) -> None:
    theirs = {str(row["number"]): row for row in hidden(played)["invoices"]}
    for invoice in own(played):
        if invoice.alive and invoice.total > 0:
            row = theirs[invoice.number]
            assert (row["total_cents"], row["outstanding_cents"]) == (
                invoice.total,
                unpaid(played.clinic, invoice),
            )
            assert row["issue_date"] == invoice.day.isoformat()
    archived = {invoice.number for invoice in own(played) if invoice.born and invoice.archived}
    assert archived == {number for number, row in theirs.items() if row["archived_at"]}


def test_the_fourth_location_agrees_with_its_own_practice_systems_ledger(played: Life) -> None:
    """Totals, balances and money by method; what was voided; corrections are the credit notes told of."""
    ledger = hidden(played, FOURTH)
    theirs = {row["number"]: row for row in ledger["invoices"]}
    ours = own(played, FOURTH)
    bills = [i for i in ours if i.born and i.original is None]
    assert {i.number for i in bills} == set(theirs)
    assert {i.number for i in bills if i.archived} == {n for n, row in theirs.items() if row["void"]}
    for invoice in bills:
        if invoice.alive:
            row = theirs[invoice.number]
            shown = (row["total"], row["balance"], row["day"])
            assert shown == (invoice.total, unpaid(played.clinic, invoice), invoice.day.isoformat())
            taxed = [(line["total"], line["tax"]) for line in row["lines"] if not line["void"]]
            assert sorted(taxed) == sorted((line.gross, line.gst) for line in invoice.lines)
    money: Counter[tuple[str, str]] = Counter()
    for kind, sign in (("payments", 1), ("credits", 1), ("refunds", -1)):
        for row in ledger[kind]:
            if not row["void"] and row["method"] != "Account Credit":
                money[row["day"], row["method"]] += sign * row["cents"]
    told = {(r["day"], r["method"]): r["cents"] for r in played.truth().money if r["location"] == "manly"}
    assert {key: cents for key, cents in money.items() if cents} == told
    corrected = sum(row["cents"] for kind in ("adjustments", "discounts") for row in ledger[kind])
    assert corrected == -sum(i.total for i in ours if i.alive and i.original is not None) > 0


def test_money_agrees_with_the_payment_reports(played: Life) -> None:
    first, last = played.clinic.start, date(2026, 10, 31)
    for place in OWN_PLACES:
        text = played.report_csv(place.id, first, last).decode()
        found: Counter[tuple[str, str]] = Counter()
        for row in csv.DictReader(io.StringIO(text)):
            if row.get("Kind") == "payment":
                cents = int(row["Amount"].replace(".", ""))
                found[row["Paid at"][:10], row["Payment type"]] += cents
        ours = {
            (r["day"], r["method"]): r["cents"] for r in played.truth().money if r["location"] == place.key
        }
        assert {key: cents for key, cents in found.items() if cents} == ours


def test_evenings_belong_to_the_clinics_own_day(played: Life) -> None:
    online = {place.till.online for place in PLACES}
    late = [p for p in played.clinic.payments if p.born and p.sources[0][0] in online]
    assert {p.place for p in late} == {place.key for place in PLACES}
    assert any(p.day == date(2026, 10, 3) or p.day == date(2026, 10, 4) for p in late)


def test_steps_come_in_order(small: Any) -> None:
    life = small()
    with pytest.raises(ValueError, match="step 9 is next"):
        life.play(3)


def test_a_step_cut_off_after_it_was_sent_is_not_played_twice(tmp_path: Path) -> None:
    file = tmp_path / "life.json"
    systems = whole()
    first = Life(systems, seed=4, scale=0.2, file=file)
    first.setup()
    first.play(1)
    before = file.read_text("utf-8")
    first.play(2)
    file.write_text(before.replace('"begun": null', '"begun": "step:2"'), "utf-8")
    again = Life.load(file, systems)
    again.play(2)
    assert again.truth().as_json() == first.truth().as_json()
    assert len(hidden(again)["invoices"]) == sum(1 for i in own(again) if i.born)
    bills = [i for i in own(again, FOURTH) if i.born and i.original is None]
    assert len(hidden(again, FOURTH)["invoices"]) == len(bills)
    assert again.play(3).counts


def test_a_story_goes_on_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "life.json"
    systems = whole()
    first = Life(systems, seed=4, scale=0.2, file=file)
    made = first.setup()
    for step in range(1, 9):
        first.play(step)
    paid = first.pay_old_invoice()
    again = Life.load(file, systems)
    assert again.setup_facts == made
    assert again.truth().as_json() == first.truth().as_json()
    assert paid.counts == {"take_payment": 1}
    sent = len(actions(again))
    week = again.play(9)
    assert week.first == date(2026, 11, 1)
    assert len(actions(again)) > sent
    assert len(again.truth().billed) > len(first.truth().billed)
    assert again.planted() == first.planted()
