"""A settlement is exactly the sum of its parts, and each part points at what it settles."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hub.canonical import PartKind, Provenance, Ref, Settlement, SettlementPart, SettlementStatus

CHARGE = SettlementPart("1", PartKind.CHARGE, 9900, about=Ref("payment", "ch_1"))
FEE = SettlementPart("1:fee", PartKind.FEE, -198, tax_cents=-18)
REFUND = SettlementPart("2", PartKind.REFUND, -2500, about=Ref("payment", "re_1"))


def settlement(amount: int, *parts: SettlementPart, **more: Any) -> Settlement:
    source = Provenance("harbour-stripe", "payouts", "po_1", "raw", "1")
    values = {"number": "po_1", "currency": "AUD", "arrives_on": date(2026, 10, 8), **more}
    return Settlement(source=source, amount=amount, status=SettlementStatus.ARRIVED, parts=parts, **values)


def test_parts_sum_to_the_settlement() -> None:
    made = settlement(7202, CHARGE, FEE, REFUND)
    assert made.total(PartKind.FEE) == -198
    assert made.total(PartKind.CHARGE, PartKind.REFUND) == 7400
    assert made.refs() == (Ref("payment", "ch_1"), Ref("payment", "re_1"))


def test_more_may_go_back_than_came() -> None:
    assert settlement(-2500, REFUND).amount == -2500


@pytest.mark.parametrize(
    ("amount", "parts"),
    [
        (9900, (CHARGE, FEE)),
        (1, ()),
        (19800, (CHARGE, CHARGE)),
        (-198, (SettlementPart("1", PartKind.FEE, -198, tax_cents=18),)),
        (-198, (SettlementPart("1", PartKind.FEE, -198, tax_cents=-199),)),
    ],
    ids=["short", "nothing", "one-id-twice", "tax-against-its-part", "more-tax-than-part"],
)
def test_what_does_not_add_up_cannot_be_made(amount: int, parts: tuple[SettlementPart, ...]) -> None:
    with pytest.raises(ValueError):
        settlement(amount, *parts)
