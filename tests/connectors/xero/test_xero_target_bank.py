"""What only bank accounts know: fees paid out of them, transfers, deposits that pay several invoices."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ledger_world import DAY, LedgerWorld, bank_payment, card, deposit, invoice, line, transfer
from test_xero_target_steps import POLICY, change, codes, fold, plan, seen_contact, standing, wish

from connectors.xero import TARGET
from hub.documents import DepositPart, DocKind
from hub.targets import Life, Op, Seen, Step, Verdict


def create(document, content) -> Step:
    return Step(Op.CREATE, document, content.kind, content, "", (content.on,))


def test_a_fee_waits_for_its_contact_and_a_transfer_for_nothing() -> None:
    answer = plan({}, wish(fee=bank_payment(), payout=transfer()))
    assert [step.document for step in answer.steps] == ["payout"]
    assert answer.waits_for == ("contact",)
    done, _, _ = fold({"contact": seen_contact()}, wish(fee=bank_payment(), payout=transfer()))
    assert done == [("create", "fee"), ("create", "payout")]


def test_a_deposit_waits_for_all_its_invoices_and_settles_them() -> None:
    both = {"contact": seen_contact(), **standing(invoice=invoice())}
    waiting = plan(both, wish(remittance=deposit(5000, 4000)))
    assert (waiting.steps, waiting.waits_for) == ((), ("invoice1",))
    whole = {**both, "invoice1": replace(both["invoice"], document="invoice1", external_id="x-1")}
    _, after, _ = fold(whole, wish(remittance=deposit(5000, 4000)))
    assert (after["invoice"].due, after["invoice1"].due) == (4500, 5500)
    assert after["remittance"].total == 9000


def test_what_changed_is_taken_back_and_made_again() -> None:
    observed = standing(payout=transfer())
    done, _, _ = fold(observed, wish(payout=transfer(4100)))
    assert done == [("delete", "payout"), ("create", "payout")]
    gone, after, _ = fold(observed, [], own=["payout"])
    assert (gone, after["payout"].life) == ([("delete", "payout")], Life.ENDED)


def test_what_a_person_reconciled_is_held() -> None:
    observed = change(standing(payout=transfer()), "payout", reconciled=True)
    assert codes(plan(observed, wish(payout=transfer(4100)))) == {None: "target:reconciled"}
    assert plan(observed, wish(payout=transfer())).blocked == ()


def test_accounts_must_be_bank_accounts_and_dates_open() -> None:
    def reason(step: Step, policy=POLICY) -> str | None:
        found = TARGET.check(step, policy)
        return found and found.code

    assert reason(create("t", transfer())) is None
    assert reason(create("t", replace(transfer(), to_account="880"))) == "account:payments:880"
    assert reason(create("d", replace(deposit(100), account="200"))) == "account:payments:200"
    assert reason(create("f", bank_payment())) == "tax:unknown:INPUT"
    assert reason(create("t", transfer()), replace(POLICY, locked_through=DAY)) == "period:locked"


def test_a_deposit_is_one_line_at_the_bank_and_pays_each_invoice(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    xero.create(invoice=invoice(), invoice1=invoice("HH-1002"))
    (answer,) = xero.create(remittance=deposit(9500, 2500))
    assert answer.verdict is Verdict.DELIVERED
    assert sorted(i["AmountDue"] for i in xero.look("Invoices")) == [0.0, 70.0]
    assert [b["TotalAmount"] for b in xero.look("BatchPayments")] == [120.0]
    other = replace(deposit(9500, 2500), parts=(DepositPart("invoice", 12000),))
    assert not xero.see("remittance", other).matches


@pytest.mark.parametrize(
    ("settings", "stands"),
    [({}, (28, 30)), ({"send_fee_tax": False}, (30, 30)), ({"send_tax_amounts": True}, (28, 29))],
)
def test_the_tax_of_a_fee_is_ours_and_that_of_a_sale_is_left_to_xero(
    xero: LedgerWorld, settings: dict[str, bool], stands: tuple[int, int]
) -> None:
    """Of 3.35 Xero computes 0.30 on either."""
    xero.session = TARGET.open({**xero.config, "settings": settings}, xero.tokens, xero.http)
    sale = invoice("HH-1001", line(335, "203", "OUTPUT", 29))
    for name, content in {"contact": card(), "fee": bank_payment(335, 28), "invoice": sale}.items():
        (answer,) = xero.create(**{name: content})
        assert answer.verdict is Verdict.DELIVERED
    books = xero.ledger()["documents"]
    taxes = tuple(books[name][0]["lines"][0]["tax"] for name in ("bank_transactions", "invoices"))
    assert taxes == stands


def test_a_fee_of_another_tax_stands_and_is_held_until_a_person_looked(xero: LedgerWorld) -> None:
    xero.state.settings["accept_tax_amount"] = False
    xero.create(contact=card())
    (answer,) = xero.create(fee=bank_payment(335, 28))
    assert (answer.verdict, answer.reason and answer.reason.code) == (
        Verdict.REFUSED,
        "target:total-differs",
    )
    seen = xero.see("fee", bank_payment(335, 28))
    assert (seen.life, seen.matches) == (Life.LIVE, False)
    wanted = replace(wish(fee=bank_payment(335, 28))[0], content_hash=seen.content_hash or "")
    now = plan({"contact": seen_contact(), "fee": seen}, [wanted])
    assert (now.steps, codes(now)) == ((), {"fee": "target:total-differs"})


def test_one_bad_transfer_is_refused_with_a_sentence(xero: LedgerWorld) -> None:
    (answer,) = xero.create(payout=replace(transfer(), to_account="1101"))
    assert answer.verdict is Verdict.REFUSED
    assert answer.reason is not None
    assert answer.reason.sentence


def test_they_are_found_by_their_mark_among_others_of_the_same_days(xero: LedgerWorld) -> None:
    xero.create(contact=card())
    xero.create(fee=bank_payment(), far=bank_payment(440, 40, DAY + timedelta(days=60)))
    xero.hand(
        "spend_money",
        contact="Landlord",
        bank="1101",
        date=DAY.isoformat(),
        lines=[{"cents": 330, "account": "400"}],
    )
    for name, content in (("fee", bank_payment()), ("far", bank_payment(440, 40, DAY + timedelta(days=60)))):
        seen = xero.see(name, content, known=False)
        assert (seen.life, seen.matches, seen.total) == (Life.LIVE, True, content.total)
    strange = xero.see("other", bank_payment(), known=False)
    assert strange == Seen("other", DocKind.BANK_PAYMENT, Life.ABSENT)
