"""Finding connectors, mappings and reporters by system name through Python entry points.

Names are known at once, objects load on first use: a command that only pulls never imports Dagster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar, cast

from hub.channels import Channel
from hub.claiming.billing import Billing
from hub.claims import Scheme
from hub.contracts import Normaliser, Reporter, Source, Webhook
from hub.errors import Misconfigured, Who
from hub.rendering import Renderer
from hub.targets import Target

T = TypeVar("T")


class Group(Mapping[str, T], Generic[T]):
    """The plugins of one entry point group, by system name, loaded on first use."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._points: dict[str, EntryPoint] = {p.name: p for p in entry_points(group=group)}
        self._loaded: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._loaded:
            point = self._points[name]
            try:
                self._loaded[name] = cast(T, point.load())
            except (ImportError, AttributeError) as error:
                raise Misconfigured(
                    f"The plugin {name!r} of {self._group} ({point.value}) cannot be loaded: {error}.",
                    code="config:plugin",
                    who=Who.DEVELOPER,
                ) from error
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._points))

    def __len__(self) -> int:
        return len(self._points)


@dataclass(frozen=True)
class Plugins:
    """Everything installed, by system name. Tests hand over plain dicts."""

    sources: Mapping[str, Source] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)
    webhooks: Mapping[str, Webhook] = field(default_factory=dict)
    normalisers: Mapping[str, Normaliser] = field(default_factory=dict)
    renderers: Mapping[str, Renderer] = field(default_factory=dict)
    reports: Mapping[str, Any] = field(default_factory=dict)
    reporters: Mapping[str, Reporter] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    schemes: Mapping[str, Scheme] = field(default_factory=dict)
    billings: Mapping[str, Billing] = field(default_factory=dict)


def load_plugins() -> Plugins:
    """The installed plugins."""
    return Plugins(
        sources=Group("clinic_hub.sources"),
        targets=Group("clinic_hub.targets"),
        webhooks=Group("clinic_hub.webhooks"),
        normalisers=Group("clinic_hub.normalisers"),
        renderers=Group("clinic_hub.renderers"),
        reports=Group("clinic_hub.reports"),
        reporters=Group("clinic_hub.reporters"),
        channels=Group("clinic_hub.channels"),
        schemes=Group("clinic_hub.schemes"),
        billings=Group("clinic_hub.billings"),
    )


def named(plugins: Mapping[str, T], system: str, what: str) -> T:
    """The plugin of `system`. Raises Misconfigured naming what is installed."""
    if system not in plugins:
        known = ", ".join(plugins) or "none"
        raise Misconfigured(
            f"No {what} is installed for {system!r}; installed: {known}.", code="config:plugin"
        )
    return plugins[system]
