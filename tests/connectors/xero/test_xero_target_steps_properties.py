"""Whatever changes at the practice, folding the rules ends in what should stand, taken up anywhere."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from ledger_world import DAY, KEY, allocation, invoice, line, receipt

from connectors.xero import TARGET
from connectors.xero.case import LEAVES, ROOTS
from hub.documents import DocKind, Document, content_hash
from hub.targets import Chart, Desired, Life, Observed, Op, Policy, Seen
from tests.properties.budget import budget

POLICY = Policy(None, Chart("x", "AUD", "Australia/Sydney", None, {}, {}, {}))
OWN = frozenset({"invoice", "r0", "r1", "r2", "used"})
Wish = dict[str, Document]

amounts = st.integers(min_value=1, max_value=4)
days = st.integers(min_value=0, max_value=5).map(lambda n: DAY + timedelta(days=n))


@st.composite
def wishes(draw: st.DrawFn) -> Wish:
    """An invoice of 3 to 5 lines with leaves that fit on it."""
    lines = [line(1000 * draw(amounts)) for _ in range(draw(st.integers(3, 5)))]
    billed = invoice("HH-1001", *lines, on=draw(days))
    room = billed.total
    found: Wish = {"invoice": billed}
    for name in draw(st.sets(st.sampled_from(["r0", "r1", "r2", "used"]))):
        cents = min(room, 500 * draw(amounts))
        if cents > 0:
            room -= cents
            on = draw(days)
            account = draw(st.sampled_from(["1101", "1103"]))
            found[name] = allocation(cents, on=on) if name == "used" else receipt(cents, account, on)
    return found


def start() -> dict[str, Seen]:
    credit = Seen(
        "credit", DocKind.OVERPAYMENT, Life.LIVE, external_id="x-credit", total=99999, remaining=99999
    )
    contact = Seen("contact", DocKind.CONTACT, Life.LIVE, external_id="x-contact")
    return {"contact": contact, "credit": credit}


def run(observed: Observed, wish: Wish, most: int = 99) -> tuple[Observed, int]:
    """Fold at most `most` steps, checking what Xero would refuse on the way."""
    desired = [Desired(name, doc.kind, doc, content_hash(KEY, doc)) for name, doc in wish.items()]
    taken = 0
    for _ in range(30):
        answer = TARGET.steps(observed, desired, OWN, POLICY)
        assert not answer.blocked
        assert not answer.waits_for
        if not answer.steps:
            return observed, taken
        for step in answer.steps:
            if taken == most:
                return observed, taken
            allowed(observed, step.op, step.document)
            observed = TARGET.assume(observed, step)
            taken += 1
            sound(observed)
    raise AssertionError("no end")


def allowed(observed: Observed, op: Op, document: str) -> None:
    old = observed.get(document)
    if op is Op.CREATE:
        assert old is None or old.life in (Life.ABSENT, Life.ENDED)
    else:
        assert old is not None
        assert old.life is Life.LIVE
    if old is not None and op in (Op.UPDATE, Op.VOID) and old.kind in ROOTS:
        assert old.applied == ()


def sound(observed: Observed) -> None:
    root = observed.get("invoice")
    if root and root.life is Life.LIVE and root.total is not None:
        used = sum(a.amount for a in root.applied)
        assert root.due == root.total - used
        assert root.due >= 0
        living = {s.document for s in observed.values() if s.kind in LEAVES and s.life is Life.LIVE}
        assert {a.document for a in root.applied} == living


def stands(observed: Observed, wish: Wish) -> None:
    for name in OWN:
        seen = observed.get(name)
        if name in wish:
            assert seen is not None
            assert seen.life is Life.LIVE
            assert seen.content_hash == content_hash(KEY, wish[name])
        else:
            assert seen is None or seen.life is not Life.LIVE


@budget(100)
@given(first=wishes(), second=wishes())
def test_every_change_ends_in_what_should_stand(first: Wish, second: Wish) -> None:
    observed, _ = run(start(), first)
    stands(observed, first)
    observed, _ = run(observed, second)
    stands(observed, second)
    _, more = run(observed, second)
    assert more == 0


@budget(100)
@given(first=wishes(), second=wishes(), third=wishes(), cut=st.integers(0, 8))
def test_a_sequence_stopped_anywhere_is_taken_up(first: Wish, second: Wish, third: Wish, cut: int) -> None:
    observed, _ = run(start(), first)
    observed, _ = run(observed, second, cut)
    observed, _ = run(observed, third)
    stands(observed, third)


@budget(60)
@given(first=wishes(), cut=st.integers(0, 5))
def test_a_void_at_any_point_leaves_nothing(first: Wish, cut: int) -> None:
    observed, _ = run(start(), first, cut)
    observed, _ = run(observed, {})
    assert all(s.life is not Life.LIVE for name, s in observed.items() if name in OWN)
