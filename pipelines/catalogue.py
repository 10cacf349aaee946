"""Which assets there are, read from what connectors declare: raw streams, canonical kinds, delivered kinds."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from hub.canonical import Appointment, ChargeItem, CreditApplication, Invoice, Location, Patient, Payment, Practitioner
from hub.plugins import Plugins

KINDS = (Location, Practitioner, Patient, Appointment, ChargeItem, Invoice, Payment, CreditApplication)
REPORTED = frozenset({"payment", "credit_application"})


def specs(plugins: Plugins) -> list[dg.AssetSpec]:
    """One spec per declared stream, canonical kind and document kind, each depending on the layer before."""
    raw = list(_raw(plugins))
    canonical = list(_canonical([spec.key for spec in raw]))
    return [*raw, *canonical, *_delivered(plugins, [spec.key for spec in canonical])]


def _raw(plugins: Plugins) -> Iterator[dg.AssetSpec]:
    for system, source in sorted(plugins.sources.items()):
        for stream in source.streams:
            yield dg.AssetSpec(
                ["raw", system, stream.name], group_name=f"raw_{system}", description=stream.note, skippable=True
            )


def _canonical(raw: list[dg.AssetKey]) -> Iterator[dg.AssetSpec]:
    for cls in KINDS:
        text = (cls.__doc__ or "").strip().splitlines()[0]
        yield dg.AssetSpec(
            ["canonical", cls.kind], deps=raw, group_name="canonical", description=text, skippable=True
        )


def _delivered(plugins: Plugins, canonical: list[dg.AssetKey]) -> Iterator[dg.AssetSpec]:
    for system, target in sorted(plugins.targets.items()):
        for kind, spec in sorted(target.kinds.items(), key=lambda pair: (pair[1].tier, pair[0])):
            yield dg.AssetSpec(
                ["delivered", system, str(kind)],
                deps=canonical,
                group_name=f"delivered_{system}",
                description=f"Documents of kind {kind} at {system}, tier {spec.tier}.",
                skippable=True,
            )
