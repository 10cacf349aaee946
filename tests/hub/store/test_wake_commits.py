"""What wakes an idle worker: units that changed something, and only those."""

from __future__ import annotations

from dataclasses import replace

from hub.store.session import Store
from hub.store.tables import meta
from hub.wake import waker
from hub.world import SystemClock


def test_only_a_unit_that_changed_something_wakes(store: Store) -> None:
    real = SystemClock()
    waiting = waker(store.world.engine, replace(store.world, clock=real, sleep=real.sleep))
    while waiting.wait(0.05):
        pass
    with store.write("harbour"):
        pass
    with store.read("harbour"), store.look():
        pass
    assert not waiting.wait(0.05)
    with store.write("harbour") as unit:
        unit.db.execute(meta.insert().values(key="k", value="v"))
    assert waiting.wait(0.5)
    with store.shared() as db:
        db.execute(meta.update().values(value="w"))
    assert waiting.wait(0.5)
    waiting.close()
