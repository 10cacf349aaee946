"""Ids and keyed hashes stay what they were: a rebuilt hub finds its own documents by them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from hub.ids import canonical_json, digest, keyed_hash

SEPARATOR = "\x1f"


def test_ids_are_the_same_in_every_release() -> None:
    assert (
        digest("entity", "harbour", "harbour-xero", "invoice", "10432") == "9b35cd2b3366203fed94e2faddcb42a6"
    )
    assert (
        keyed_hash(b"key", "mark", "7kq2m")
        == "a4a66225f877f0cc8ee6e23dca23f30d7234ffdc07e5254e0a9a26a0464ce48a"
    )


@pytest.mark.parametrize("made", [digest, lambda *parts: keyed_hash(b"key", *parts)])
def test_no_two_lists_of_parts_look_the_same(made: Callable[..., str]) -> None:
    texts = [
        "",
        "a",
        SEPARATOR,
        "a" + SEPARATOR,
        SEPARATOR + "a",
        "\x1e",
        "\x1e0",
        "\x1e1",
        "a" + SEPARATOR + "a",
    ]
    apart = [parts for n in (1, 2, 3) for parts in product(texts, repeat=n)]
    assert len({made(*parts) for parts in apart}) == len(apart)


def test_half_a_character_becomes_one_that_can_be_stored() -> None:
    assert canonical_json({"b": "\ud83d", "a": [1, None]}) == '{"a":[1,null],"b":"\ufffd"}'
