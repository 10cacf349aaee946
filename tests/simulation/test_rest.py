"""When a schedule is over: once nothing can go on before a much later time."""

from __future__ import annotations

import pytest

from hub.kernel import Kernel
from hub.simulation.checks import LATER, under_way
from tests.support.rows import GROUP, a_case, ago


@pytest.mark.parametrize(
    ("hours", "busy"),
    [(LATER.total_seconds() / 3600, "cases"), (23, None)],
    ids=["after a pause", "when a page runs out"],
)
def test_a_case_marked_for_much_later_is_at_rest(kernel: Kernel, hours: float, busy: str | None) -> None:
    a_case(kernel, due_at=ago(kernel, hours=-hours))
    with kernel.store.read(GROUP) as unit:
        assert under_way(unit) == busy
