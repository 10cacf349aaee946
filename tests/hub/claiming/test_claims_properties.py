"""Whatever people do, in any order: a service stands in one claim, a reference is used once."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.canonical import ClaimState, InvoiceStatus
from hub.errors import HubError
from hub.kernel import Kernel
from hub.store import claims
from tests.support.claimed import GROUP, Office, billed, line
from tests.support.world import FakeClock

ACTS = st.one_of(
    st.tuples(st.just("bill"), st.sampled_from([9800, 19399]), st.sampled_from(["430100001", "430100002"])),
    st.tuples(st.sampled_from(["remove", "file", "refuse", "accept", "correct", "cancel"])),
)
_CASES = count()


@settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=st.lists(st.tuples(st.integers(0, 1), ACTS), min_size=4, max_size=14))
def test_no_service_is_claimed_twice_and_no_reference_used_again(
    kernel: Kernel, clock: FakeClock, acts: list[tuple[int, tuple[object, ...]]]
) -> None:
    """Two invoices whose services may be the same; examples share a database, so references must too."""
    case = next(_CASES)
    office = Office(kernel, clock)
    if case == 0:
        office.later(3000)
    day = date.fromordinal(date(2026, 10, 5).toordinal() + case)
    sent: dict[str, object] = {}
    for which, act in acts:
        _do(office, f"i{case}-{which}", day, act)
        rows = [row for row in office.rows() if row.invoice.startswith(f"i{case}-")]
        standing = [row for row in rows if row.state.stands]
        assert max(Counter((row.invoice, row.line) for row in standing).values(), default=0) <= 1
        items = [office.claim(row.reference).item for row in standing]
        assert max(Counter((item.member, item.served_from) for item in items).values(), default=0) <= 1
        for row in rows:
            said = claims.essence(office.claim(row.reference).item)
            if row.state not in (ClaimState.READY, ClaimState.WITHDRAWN):
                assert sent.setdefault(row.reference, said) == said


def _do(office: Office, invoice: str, day: date, act: tuple[object, ...]) -> None:
    rows = [row for row in office.rows() if row.invoice == invoice]
    last = rows[-1] if rows else None
    try:
        if act[0] == "bill":
            office.bill(billed(invoice, line(cents=int(str(act[1]))), member=str(act[2]), issued=day))
        elif act[0] == "remove" and last is not None:
            office.bill(billed(invoice, issued=day, status=InvoiceStatus.REMOVED))
        elif act[0] == "file":
            office.file()
        elif act[0] in ("refuse", "accept") and last is not None:
            word = "ERROR" if act[0] == "refuse" else "SUCCESSFUL"
            office.results((last.reference, word, "98.00"))
        elif act[0] == "correct" and last is not None:
            office.correct(last.reference)
        elif act[0] == "cancel" and last is not None:
            office.cancel(last.reference)
    except HubError:
        return  # said with a sentence; nothing was done


def test_a_hub_restored_from_a_copy_names_a_claim_by_the_same_reference(
    kernel: Kernel, clock: FakeClock
) -> None:
    office = Office(kernel, clock)
    office.later(21)
    office.bill(billed("i1"), billed("i2", issued=date(2026, 10, 6)))
    first = {row.invoice: row.reference for row in office.rows()}
    with kernel.store.write(GROUP) as unit:  # as in a copy made before: nothing of them is known
        unit.db.exec_driver_sql("DELETE FROM claim")
        unit.db.exec_driver_sql("DELETE FROM entity WHERE kind = 'claim'")
        unit.db.exec_driver_sql("DELETE FROM entity_ref WHERE entity_id NOT IN (SELECT id FROM entity)")
    office.bill(
        billed("i2", issued=date(2026, 10, 6), remarks="NDIS 430100001."),
        billed("i1", status=InvoiceStatus.PAID),
    )
    assert {row.invoice: row.reference for row in office.rows()} == first
