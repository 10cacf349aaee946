"""A worker and its database: connections that are cut, and a server that was away, are no reason to end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from hub import inbox, wake
from hub.cli import context
from hub.cli.lanes import LaneLoop
from hub.contracts import Hint
from hub.store.session import open_engine
from tests.cli.town import PRACTICE, Town
from tests.support.breaking import cut

GROUP = "harbour"
PATIENCE = 60.0


def soon(ready: Callable[[], object]) -> bool:
    end = time.monotonic() + PATIENCE
    while not ready() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(ready())


def test_a_worker_whose_connections_were_cut_goes_on(on_postgres: Town) -> None:
    """The pool and the listening connection are made anew; a hint that comes then is delivered at once."""
    hub = context.kernel()
    url = hub.world.engine.url.render_as_string(False)
    waker = wake.waker(hub.world.engine, hub.world)
    stop = threading.Event()
    thread = threading.Thread(target=LaneLoop(hub, waker, 2.0).run, args=(stop.is_set,))
    thread.start()
    other = open_engine(url)
    try:
        for _ in range(2):
            before = len(on_postgres.posted())
            cut(other)
            bill = on_postgres.bill(on_postgres.patient(), "PH1")
            _hint(bill["id"])
            assert soon(lambda before=before: len(on_postgres.posted()) > before)
    finally:
        stop.set()
        thread.join(PATIENCE)
        waker.close()
        other.dispose()
    assert not thread.is_alive()


def _hint(invoice: str) -> None:
    with context.kernel().store.write(GROUP) as unit:
        inbox.accept(unit, PRACTICE, [Hint("invoices", invoice)])
