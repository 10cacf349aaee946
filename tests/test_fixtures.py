"""The fixtures themselves: what a test may not do."""

from __future__ import annotations

import socket

import pytest


def test_the_network_is_out_of_reach() -> None:
    with socket.socket() as one, pytest.raises(AssertionError, match="network"):
        one.connect(("192.0.2.1", 80))
    with socket.socket() as one, pytest.raises(ConnectionRefusedError):
        one.connect(("127.0.0.1", 9))
