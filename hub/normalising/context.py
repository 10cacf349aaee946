"""What normalising one connection needs to know, gathered once per call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.claiming.desk import Desk, desk_of
from hub.config.model import GroupConfig
from hub.contracts import Normaliser
from hub.kernel import Kernel
from hub.rendering import Renderer


@dataclass(frozen=True, slots=True)
class Context:
    """`settings` are the connection's own, with the group's `currency` and `lines_off_by`; `desk` is None
    where the group claims from no scheme."""

    connection: str
    config: GroupConfig
    normaliser: Normaliser
    renderer: Renderer
    settings: Mapping[str, Any]
    desk: Desk | None = None


def context(kernel: Kernel, group: str, connection: str, config: GroupConfig | None = None) -> Context:
    """`config`: where it is at hand. Raises Misconfigured for an unknown connection or a missing mapping."""
    config = config or kernel.config(group)
    entry = config.connection(connection)
    settings = {
        **entry.settings,
        "currency": config.currency,
        "lines_off_by": config.policy.lines_off_by,
    }
    return Context(connection, config, kernel.normaliser(entry.system), kernel.renderer(), settings,
                   desk_of(kernel, config))  # fmt: skip
