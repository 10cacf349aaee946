"""What claiming needs to know of a group: its configuration, the mapping of invoices, its schemes opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from hub.claiming.billing import Billing
from hub.claims import ClaimScheme, Scheme
from hub.config.model import GroupConfig
from hub.config.schemes import SchemeConfig
from hub.kernel import Kernel
from hub.plugins import named
from hub.rendering import Renderer
from hub.store import claim_files
from hub.store.session import Unit


@dataclass(frozen=True)
class Desk:
    """A scheme is opened once per settings; its catalogues are read when it is."""

    config: GroupConfig
    billing: Billing
    renderer: Renderer
    installed: Mapping[str, Scheme]
    _opened: dict[tuple[str, ...], ClaimScheme] = field(default_factory=dict)

    def scheme(self, unit: Unit, entry: SchemeConfig, location: str | None = None) -> ClaimScheme:
        """A scheme as it is claimed from at a location. Raises Misconfigured."""
        settings = entry.settings_at(location)
        key = (entry.id, *(f"{name}={value}" for name, value in sorted(settings.items())))
        if key not in self._opened:
            files = [data for _, data in claim_files.catalogues(unit, entry.id)]
            self._opened[key] = self.plugin(entry).open(settings, files)
        return self._opened[key]

    def today(self, unit: Unit, entry: SchemeConfig) -> date:
        """The business date of the first location that posts to a scheme's ledger."""
        zones = (place.zone for place in self.config.locations if place.target == entry.ledger)
        return unit.now.astimezone(ZoneInfo(next(zones, "UTC"))).date()

    def plugin(self, entry: SchemeConfig) -> Scheme:
        return named(self.installed, entry.system, "funding scheme")


def desk_of(kernel: Kernel, config: GroupConfig) -> Desk | None:
    """The desk of a group; None where it claims from no scheme."""
    if not config.schemes:
        return None
    billing = named(kernel.plugins.billings, "default", "mapping of invoices to services")
    return Desk(config, billing, kernel.renderer(), kernel.plugins.schemes)


def the_desk(kernel: Kernel, group: str, scheme: str) -> tuple[Desk, SchemeConfig]:
    """The desk and one scheme of it. Raises Misconfigured for an unknown scheme."""
    config = kernel.config(group)
    entry = config.scheme(scheme)
    desk = desk_of(kernel, config)
    assert desk is not None
    return desk, entry
