"""The table of sequences at Xero, row by row, and what holds a case: pure, no session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from ledger_chart import POLICY
from ledger_world import (
    DAY,
    KEY,
    allocation,
    card,
    credit_note,
    invoice,
    line,
    overpayment,
    receipt,
    refund,
)

from connectors.xero import TARGET
from hub.documents import DocKind, Document, content_hash
from hub.targets import (
    TWIN,
    Applied,
    Desired,
    Life,
    Next,
    Observed,
    Seen,
)


def seen_contact(document: str = "contact", **more: Any) -> Seen:
    return Seen(document, DocKind.CONTACT, Life.LIVE, external_id=f"x-{document}", **more)


def wish(**documents: Document) -> list[Desired]:
    return [Desired(name, doc.kind, doc, content_hash(KEY, doc)) for name, doc in documents.items()]


def plan(observed: Observed, desired: list[Desired], own: Iterable[str] = ()) -> Next:
    return TARGET.steps(observed, desired, frozenset({*own, *(d.document for d in desired)}), POLICY)


def fold(
    observed: Observed, desired: list[Desired], own: Iterable[str] = ()
) -> tuple[list[tuple[str, str]], Observed, Next]:
    """Every step to the end as (op, document), what then stands, and the last answer."""
    done: list[tuple[str, str]] = []
    for _ in range(20):
        answer = plan(observed, desired, own)
        if not answer.steps:
            return done, observed, answer
        for step in answer.steps:
            done.append((step.op.value, step.document))
            observed = TARGET.assume(observed, step)
    raise AssertionError(f"no end: {done}")


def standing(**documents: Document) -> dict[str, Seen]:
    """What stands after these were delivered, a contact and a credit of other cases beside them."""
    credit = Seen(
        "credit", DocKind.OVERPAYMENT, Life.LIVE, external_id="x-credit", total=50000, remaining=50000
    )
    before: Observed = {"contact": seen_contact(), "payer": seen_contact("payer"), "credit": credit}
    _, after, answer = fold(before, wish(**documents))
    assert not answer.blocked
    assert not answer.waits_for
    return dict(after)


def change(observed: Mapping[str, Seen], document: str, **fields: Any) -> dict[str, Seen]:
    return {**observed, document: replace(observed[document], **fields)}


def codes(answer: Next) -> dict[str | None, str]:
    return {b.document: b.reason.code for b in answer.blocked}


STRANGER = Applied("p-1", DocKind.RECEIPT, 1000, None, DAY)


# --- the sequences ------------------------------------------------------------------------------------


def test_new_and_unpaid() -> None:
    done, _, _ = fold({"contact": seen_contact()}, wish(invoice=invoice()))
    assert done == [("create", "invoice")]


def test_new_and_paid_by_two_methods() -> None:
    first, second = receipt(5000), receipt(4500, "1103")
    observed = {"contact": seen_contact()}
    assert [
        s.document for s in plan(observed, wish(invoice=invoice(), first=first, second=second)).steps
    ] == ["invoice"]
    done, after, _ = fold(observed, wish(invoice=invoice(), first=first, second=second))
    assert done == [("create", "invoice"), ("create", "first"), ("create", "second")]
    assert after["invoice"].due == 0


def test_a_missing_contact_is_waited_for() -> None:
    answer = plan({}, wish(invoice=invoice()))
    assert (answer.steps, answer.waits_for, answer.blocked) == ((), ("contact",), ())


def test_a_contact_is_created_renamed_and_kept() -> None:
    done, after, _ = fold({}, wish(contact=card()))
    assert done == [("create", "contact")]
    done, _, _ = fold(after, wish(contact=card(name="Otter-Vole, Olive (HH-1)")))
    assert done == [("update", "contact")]
    assert fold(after, [], own=["contact"])[0] == []


def test_delivered_and_unchanged_needs_nothing() -> None:
    documents = {"invoice": invoice(), "first": receipt()}
    assert fold(standing(**documents), wish(**documents))[0] == []


def test_edited_and_free() -> None:
    done, after, _ = fold(standing(invoice=invoice()), wish(invoice=invoice("HH-1001", line(9900))))
    assert done == [("update", "invoice")]
    assert after["invoice"].due == 9900


def test_edited_and_paid_by_us() -> None:
    day = date(2026, 10, 2)
    old = standing(invoice=invoice(), first=receipt(9500, on=day))
    changed = wish(invoice=invoice("HH-1001", line(9900)), first=receipt(9500, on=day))
    done, after, _ = fold(old, changed)
    assert done == [("delete", "first"), ("update", "invoice"), ("create", "first")]
    assert after["first"].on == day
    assert (after["invoice"].due, len(after["invoice"].applied)) == (400, 1)


def test_edited_with_credit_used_on_it() -> None:
    old = standing(invoice=invoice(), used=allocation(5000))
    done, after, _ = fold(old, wish(invoice=invoice("HH-1001", line(9900)), used=allocation(5000)))
    assert done == [("delete", "used"), ("update", "invoice"), ("create", "used")]
    assert after["credit"].remaining == 45000


def test_voided_and_free() -> None:
    done, after, _ = fold(standing(invoice=invoice()), [], own=["invoice"])
    assert done == [("void", "invoice")]
    assert after["invoice"].life is Life.ENDED


def test_voided_and_paid_by_us() -> None:
    old = standing(invoice=invoice(), first=receipt(5000), second=receipt(4500))
    done, _, _ = fold(old, [], own=["invoice", "first", "second"])
    assert done == [("delete", "first"), ("delete", "second"), ("void", "invoice")]


@pytest.mark.parametrize(
    "changed",
    [receipt(4000), receipt(5000, on=date(2026, 10, 9)), receipt(5000, "1103")],
    ids=["amount", "date", "method"],
)
def test_a_changed_payment_is_made_again(changed: Document) -> None:
    old = standing(invoice=invoice(), first=receipt(5000))
    done, _, _ = fold(old, wish(invoice=invoice(), first=changed))
    assert done == [("delete", "first"), ("create", "first")]


def test_a_deleted_payment_is_deleted() -> None:
    old = standing(invoice=invoice(), first=receipt(5000))
    done, after, _ = fold(old, wish(invoice=invoice()), own=["first"])
    assert done == [("delete", "first")]
    assert after["invoice"].due == 9500


def test_a_payment_that_came_back_is_a_new_object() -> None:
    old = standing(invoice=invoice(), first=receipt(5000))
    _, gone, _ = fold(old, wish(invoice=invoice()), own=["first"])
    done, _, _ = fold(gone, wish(invoice=invoice(), first=receipt(5000)))
    assert done == [("create", "first")]


def test_a_reversal_paid_out() -> None:
    done, after, _ = fold({"contact": seen_contact()}, wish(note=credit_note(), back=refund()))
    assert done == [("create", "note"), ("create", "back")]
    assert after["note"].remaining == 0


def test_a_credit_note_edited_after_the_refund() -> None:
    old = standing(note=credit_note(), back=refund())
    changed = wish(note=credit_note("HH-1009", line(9900)), back=refund(9900))
    done, _, _ = fold(old, changed)
    assert done == [("delete", "back"), ("update", "note"), ("create", "back")]


def test_a_write_off_is_a_credit_note_allocated() -> None:
    used = allocation(9500, "note")
    done, after, _ = fold({"contact": seen_contact()}, wish(invoice=invoice(), note=credit_note(), used=used))
    assert done == [("create", "invoice"), ("create", "note"), ("create", "used")]
    assert (after["invoice"].due, after["note"].remaining) == (0, 0)


def test_a_credit_received_and_used() -> None:
    done, after, _ = fold({"contact": seen_contact()}, wish(credit=overpayment()))
    assert done == [("create", "credit")]
    done, after, _ = fold(after, wish(invoice=invoice(), used=allocation()))
    assert done == [("create", "invoice"), ("create", "used")]
    assert (after["credit"].remaining, after["invoice"].due) == (0, 4500)


def test_a_new_payment_on_an_old_invoice_touches_nothing_else() -> None:
    old = standing(invoice=invoice(), first=receipt(5000))
    done, _, _ = fold(old, wish(invoice=invoice(), first=receipt(5000), second=receipt(4500)))
    assert done == [("create", "second")]


def test_an_allocation_waits_for_the_credit_of_another_case() -> None:
    answer = plan({"contact": seen_contact()}, wish(invoice=invoice(), used=allocation()))
    assert [s.document for s in answer.steps] == ["invoice"]
    assert answer.waits_for == ("credit",)


def test_a_credit_note_used_by_another_case_waits_for_it() -> None:
    applied = Applied("al-1", DocKind.ALLOCATION, 3000, "elsewhere", DAY)
    old = change(standing(note=credit_note()), "note", applied=(applied,))
    answer = plan(old, [], own=["note"])
    assert (answer.steps, answer.waits_for) == ((), ("elsewhere",))


# --- what is held -------------------------------------------------------------------------------------


@pytest.mark.parametrize("voided", [False, True])
def test_a_persons_payment_stops_a_change(voided: bool) -> None:
    old = change(standing(invoice=invoice()), "invoice", applied=(STRANGER,))
    changed = [] if voided else wish(invoice=invoice("HH-1001", line(9900)))
    answer = plan(old, changed, own=["invoice"])
    assert answer.steps == ()
    assert codes(answer) == {None: "target:paid-by-person"}


@pytest.mark.parametrize("where", ["leaf", "root"])
def test_a_reconciled_payment_stops_a_change(where: str) -> None:
    old = standing(invoice=invoice(), first=receipt(5000))
    if where == "leaf":
        old = change(old, "first", reconciled=True)
    else:
        entry = replace(old["invoice"].applied[0], reconciled=True)
        old = change(old, "invoice", applied=(entry,))
    answer = plan(old, wish(invoice=invoice("HH-1001", line(9900)), first=receipt(5000)))
    assert (answer.steps, codes(answer)) == ((), {None: "target:reconciled"})
    answer = plan(old, wish(invoice=invoice(), first=receipt(4000)))
    assert (answer.steps, codes(answer)) == ((), {None: "target:reconciled"})


def test_a_reconciled_payment_does_not_stop_another_one() -> None:
    old = change(standing(invoice=invoice(), first=receipt(5000)), "first", reconciled=True)
    done, _, _ = fold(old, wish(invoice=invoice(), first=receipt(5000), second=receipt(4500)))
    assert done == [("create", "second")]


def test_a_strangers_number_holds_the_invoice_and_what_is_on_it() -> None:
    observed = {
        "contact": seen_contact(),
        "invoice": Seen("invoice", DocKind.INVOICE, Life.FOREIGN, number="HH-1001"),
    }
    answer = plan(observed, wish(invoice=invoice(), first=receipt()))
    assert answer.steps == ()
    assert codes(answer) == {"invoice": "number:taken"}
    assert answer.blocked[0].reason.cents == 9500


def test_the_debtor_of_a_part_paid_invoice_is_not_changed() -> None:
    old = standing(invoice=invoice(), first=receipt(5000))
    moved = invoice("HH-1001", contact="payer")
    answer = plan(old, wish(invoice=moved, first=receipt(5000)))
    assert (answer.steps, codes(answer)) == ((), {None: "unsupported:debtor-change"})
    done, after, _ = fold(standing(invoice=invoice()), wish(invoice=moved))
    assert done == [("update", "invoice")]
    assert after["invoice"].contact == "x-payer"


def test_restored_renumbered_and_changed_in_kind_are_held() -> None:
    _, voided, _ = fold(standing(invoice=invoice()), [], own=["invoice"])
    answer = plan(voided, wish(invoice=invoice()))
    assert (answer.steps, codes(answer)) == ((), {"invoice": "unsupported:restored"})
    answer = plan(standing(invoice=invoice()), wish(invoice=invoice("HH-2002")))
    assert (answer.steps, codes(answer)) == ((), {"invoice": "unsupported:number-change"})
    answer = plan(standing(invoice=invoice()), wish(note=credit_note("HH-1001")), own=["invoice"])
    assert (answer.steps, codes(answer)) == ((), {None: "unsupported:kind-change"})


def test_a_delivered_overpayment_is_not_changed() -> None:
    old = standing(kept=overpayment())
    assert codes(plan(old, wish(kept=overpayment(6000)))) == {"kept": "unsupported:credit-change"}
    assert codes(plan(old, [], own=["kept"])) == {"kept": "unsupported:credit-change"}


def test_more_paid_than_billed_holds_the_excess() -> None:
    answer = plan(
        {"contact": seen_contact()},
        wish(invoice=invoice(), a=receipt(9500), b=receipt(700, on=date(2026, 10, 9))),
    )
    assert codes(answer) == {"b": "payment:exceeds-invoice"}
    assert answer.blocked[0].reason.cents == 700
    done, _, _ = fold({"contact": seen_contact()}, wish(invoice=invoice(), a=receipt(9500), b=receipt(700)))
    assert done == [("create", "invoice"), ("create", "a")]


def test_a_persons_payment_leaves_no_room_for_ours() -> None:
    old = change(standing(invoice=invoice()), "invoice", applied=(STRANGER,), due=8500)
    answer = plan(old, wish(invoice=invoice(), first=receipt(9500)))
    assert (answer.steps, codes(answer)) == ((), {"first": "target:paid-by-person"})
    assert fold(old, wish(invoice=invoice(), first=receipt(8500)))[0] == [("create", "first")]


@pytest.mark.parametrize(("why", "code"), [("archived", "contact:archived"), ("merged", "contact:merged")])
def test_a_dead_contact_holds_what_needs_it(why: str, code: str) -> None:
    dead = replace(seen_contact(), life=Life.DEAD_PARENT, why=why)
    answer = plan({"contact": dead}, wish(invoice=invoice()))
    assert (answer.steps, codes(answer)) == ((), {"invoice": code})
    old = {**standing(invoice=invoice(), first=receipt(5000)), "contact": dead}
    answer = plan(old, wish(invoice=invoice("HH-1001", line(9900)), first=receipt(5000)))
    assert codes(answer) == {"invoice": code}
    assert answer.steps == ()
    answer = plan(old, wish(invoice=invoice(), first=receipt(5000)))
    assert (answer.steps, answer.blocked) == ((), ())
    assert codes(plan({"contact": dead}, wish(contact=card(name="New (HH-1)")))) == {"contact": code}


def test_other_totals_at_xero_are_held_until_the_content_changes() -> None:
    old = standing(invoice=invoice())
    old = change(old, "invoice", matches=False, extra={"differs": True})
    answer = plan(old, wish(invoice=invoice(), first=receipt()))
    assert (answer.steps, codes(answer)) == ((), {"invoice": "target:total-differs"})
    assert fold(old, wish(invoice=invoice("HH-1001", line(9900))))[0] == [("update", "invoice")]


def test_two_candidates_are_held() -> None:
    observed = {"contact": seen_contact(), "invoice": Seen("invoice", DocKind.INVOICE, Life.AMBIGUOUS)}
    assert codes(plan(observed, wish(invoice=invoice()))) == {"invoice": "target:ambiguous"}
    twin = {**observed, "invoice": Seen("invoice", DocKind.INVOICE, Life.AMBIGUOUS, why=TWIN)}
    assert codes(plan(twin, wish(invoice=invoice()))) == {"invoice": "target:twin"}


# --- dates ---------------------------------------------------------------------------------------------


def test_steps_name_every_date_they_touch() -> None:
    day = date(2026, 10, 9)
    old = standing(invoice=invoice(), first=receipt(5000, on=day))
    answer = plan(old, wish(invoice=invoice("HH-1001", on=date(2026, 10, 8)), first=receipt(5000, on=day)))
    assert [(s.document, s.dates) for s in answer.steps] == [("first", (day,))]
    answer = plan(standing(invoice=invoice()), wish(invoice=invoice("HH-1001", on=date(2026, 10, 8))))
    assert answer.steps[0].dates == (DAY, date(2026, 10, 8))
    assert plan(standing(invoice=invoice()), [], own=["invoice"]).steps[0].dates == (DAY,)
