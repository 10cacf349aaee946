"""What a source's test module hands over: a connected organisation as data, and people's hands in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from hub.contracts import Normaliser, Source
from tests.support.world import FakeClock


@dataclass(frozen=True, slots=True)
class Hands:
    """What people do to the records of one stream; ids are the stream's own.

    `add(seconds)` makes a record whose own time of change lies that many seconds back, and answers its id.
    `edit(id, text)` writes a text into a record: another text is another record, the same text twice is not.
    `remove(id)` takes it away, by whatever the system's users can do. None: the system has no such thing.
    """

    add: Callable[[float], str]
    edit: Callable[[str, str], None] | None
    remove: Callable[[str], None] | None


@dataclass
class SourceBench:
    """One organisation behind `transport`, connected.

    `connection` are the fields of its ConnectionConfig besides id, system and role (base_url, settings),
    `policy` those of the group's Policy (what a person confirms; the connection is called `practice`).
    `secret` is what `hub connect` would be given, `dead` the same after it was revoked. `hands` has an entry
    for each declared stream; a stream without one fails. `private` are texts that may stand in no error.
    """

    source: Source
    transport: httpx.BaseTransport
    clock: FakeClock
    secret: Mapping[str, str]
    dead: Mapping[str, str]
    hands: Mapping[str, Hands]
    connection: Mapping[str, Any] = field(default_factory=dict)
    policy: Mapping[str, Any] = field(default_factory=dict)
    private: tuple[str, ...] = ()
    normaliser: Normaliser | None = None
