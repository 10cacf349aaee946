"""A settlement by place, and which record of the practice explains what a payment system took."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub import settling
from hub.canonical import (
    Evidence,
    PartKind,
    Payment,
    PaymentAllocation,
    PaymentSource,
    Provenance,
    Ref,
    Settlement,
    SettlementPart,
    SettlementStatus,
)

DAY = date(2026, 10, 5)


def payment(name: str, cents: int, *, on: int = 0, at: str = "1", pms: str | None = "pms") -> Payment:
    return Payment(
        Provenance("cards" if pms else "pms", "charges", name, "raw", "test"),
        name,
        DAY + timedelta(days=on),
        at,
        None,
        "AUD",
        (PaymentSource("Card", cents),),
        (PaymentAllocation(0, "i1", cents),),
        Evidence.RECORDED,
        pms,
    )


def settlement(*parts: SettlementPart) -> Settlement:
    source = Provenance("cards", "payouts", "po", "raw", "test")
    total = sum(part.amount for part in parts)
    return Settlement(source, "po", total, "AUD", DAY, SettlementStatus.ARRIVED, parts)


ROWS = st.lists(
    st.tuples(
        st.sampled_from([PartKind.CHARGE, PartKind.REFUND, PartKind.FEE]),
        st.integers(-99_999, 99_999),
        st.sampled_from([None, "1", "2", "3"]),
    ),
    max_size=12,
)


@given(rows=ROWS)
def test_the_shares_are_all_of_a_settlement_each_cent_once(
    rows: list[tuple[PartKind, int, str | None]],
) -> None:
    taken = {f"p{n}": payment(f"p{n}", cents, at=at) for n, (_, cents, at) in enumerate(rows) if at}
    parts = tuple(
        SettlementPart(f"r{n}", kind, cents, about=Ref(Payment.kind, f"p{n}"))
        for n, (kind, cents, _) in enumerate(rows)
    )
    made = settlement(*parts)
    found = settling.shares(made, taken.get)
    assert sorted(p.source_id for share in found for p in share.parts) == sorted(p.source_id for p in parts)
    assert sum(share.net for share in found) == made.amount
    assert sum(share.fees for share in found) == -made.total(PartKind.FEE)
    assert [share.main for share in found] == [True, *[False] * (len(found) - 1)]
    homes = [(share.pms, share.location) for share in found]
    assert len(set(homes)) == len(homes)
    assert len(found) == max(1, len({at for _, _, at in rows if at}))


@given(
    taken=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 5)), max_size=8),
    recorded=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 5)), max_size=8),
)
def test_each_record_explains_one_charge_of_its_own_amount(
    taken: list[tuple[int, int]], recorded: list[tuple[int, int]]
) -> None:
    charges = [payment(f"c{n}", cents, on=on) for n, (cents, on) in enumerate(taken)]
    records = [payment(f"r{n}", cents, on=on, pms=None) for n, (cents, on) in enumerate(recorded)]
    found = settling.explained(charges, [(one, one.amount) for one in records])
    by_id = {one.source.source_id: one for one in charges}
    assert all(by_id[sid].amount == record.amount for sid, record in found.items())
    assert len({record.source.source_id for record in found.values()}) == len(found)
    for cents in (1, 2, 3):
        both = [sum(one.amount == cents for one in side) for side in (charges, records)]
        assert sum(record.amount == cents for record in found.values()) == min(both)
    again = settling.explained(reversed(charges), [(one, one.amount) for one in reversed(records)])
    assert again == found


def test_what_names_no_place_follows_the_larger_place() -> None:
    taken = {"p1": payment("p1", 5000, at="1"), "p2": payment("p2", 9900, at="2")}
    rows = (
        SettlementPart("a", PartKind.CHARGE, 5000, about=Ref(Payment.kind, "p1")),
        SettlementPart("b", PartKind.CHARGE, 9900, about=Ref(Payment.kind, "p2")),
        SettlementPart("c", PartKind.FEE, -100),
    )
    first, second = settling.shares(settlement(*rows), taken.get)
    assert (first.location, first.main, first.net, first.fees) == ("2", True, 9800, 100)
    assert (second.location, second.main, second.net) == ("1", False, 5000)
