"""Which ledgers the entities of a practice system's locations are posted to."""

from __future__ import annotations

from hub.config.model import GroupConfig


def home_target(config: GroupConfig, connection: str, location: str) -> str | None:
    """The target an entity of a source location is posted to.

    A location nobody mapped has none of its own: the group's first ledger then gives its hold a home.
    """
    place = config.location_of(connection, location)
    if place is not None:
        return place.target
    return next((c.id for c in config.connections if c.is_ledger), None)


def targets_of(config: GroupConfig, connection: str) -> list[str]:
    """Every target a connection's locations post to, sorted."""
    mine = {place.target for place in config.locations if connection in place.source}
    return sorted(mine) or [c.id for c in config.connections if c.is_ledger][:1]
