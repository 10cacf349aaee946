"""Real sockets: a server that sends a byte now and then does not hold a call past its deadline."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import create_engine

from hub.contracts import Budget
from hub.errors import OutcomeUnknown
from hub.http import http_factory
from hub.transport import DeadlineTransport
from hub.world import SystemClock
from tests.support.world import make_world

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-slow: "


@pytest.fixture
def trickling() -> Iterator[int]:
    """A server that never finishes its headers; yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(4096)
            peer.sendall(HEAD)
            while not stop.wait(0.05):
                try:
                    peer.sendall(b"a")
                except OSError:
                    return

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1]
    stop.set()
    thread.join()
    listener.close()


def test_trickled_headers_end_at_the_deadline(trickling: int) -> None:
    clock = SystemClock()
    transport = DeadlineTransport(clock.monotonic)
    world = make_world(create_engine("sqlite://"), transports={"slow": transport})
    world = type(world)(
        clock, clock.sleep, world.rng, world.new_id, world.transport, world.engine, world.worker
    )
    factory = http_factory(world, "slow", None, Budget(1, 1), deadline=0.4)
    begun = time.monotonic()
    client = factory(base_url=f"http://127.0.0.1:{trickling}", headers={"User-Agent": "t"})
    with client, pytest.raises(OutcomeUnknown):
        client.put("/")
    assert 0.3 < time.monotonic() - begun < 2
    transport.close()


def test_a_plain_exchange_works() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(4096)
            peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    thread = threading.Thread(target=serve)
    thread.start()
    transport = DeadlineTransport(time.monotonic)
    with httpx.Client(transport=transport) as client:
        assert client.get(f"http://127.0.0.1:{listener.getsockname()[1]}/").text == "ok"
    thread.join()
    listener.close()
