"""Which assets there are, read from what plugins declare: raw streams, canonical kinds, delivered kinds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import dagster as dg

from hub.canonical import (
    ChargeItem,
    Claim,
    CreditApplication,
    Invoice,
    Location,
    Patient,
    Payment,
    Practitioner,
    Settlement,
)
from hub.changed import CLAIM_FILE, IMPORTS
from hub.documents import DocKind
from hub.plugins import Plugins
from pipelines import words

REPORTED = frozenset({Payment.kind, CreditApplication.kind})
DERIVED = frozenset({Payment.kind})
"""A status that says "paid" stands as a derived payment: payments come from what feeds invoices, too."""
FROM_FILES = {Claim.kind: ("results", "remittance"), Settlement.kind: ("remittance",)}
"""Files of a funding scheme that tell of a kind."""

MADE_OF: dict[DocKind, tuple[str, ...]] = {
    DocKind.CONTACT: (Patient.kind, Invoice.kind),
    DocKind.INVOICE: (Invoice.kind, Patient.kind, Practitioner.kind, Location.kind, ChargeItem.kind),
    DocKind.CREDIT_NOTE: (Invoice.kind, CreditApplication.kind, Claim.kind),
    DocKind.RECEIPT: (Payment.kind, Invoice.kind),
    DocKind.REFUND: (Payment.kind,),
    DocKind.OVERPAYMENT: (Payment.kind,),
    DocKind.ALLOCATION: (CreditApplication.kind, Payment.kind),
    DocKind.PAYMENT_REQUEST: (Invoice.kind, Payment.kind),
    DocKind.BANK_PAYMENT: (Settlement.kind, Payment.kind),
    DocKind.TRANSFER: (Settlement.kind, Payment.kind),
    DocKind.DEPOSIT: (Settlement.kind, Claim.kind, Invoice.kind),
    DocKind.RECORDED_PAYMENT: (Payment.kind, Invoice.kind),
}


def key_of(path: Sequence[str]) -> dg.AssetKey:
    """The asset key of a change: Dagster's names know no hyphen."""
    return dg.AssetKey([part.replace("-", "_") for part in path])


def specs(plugins: Plugins) -> list[dg.AssetSpec]:
    """One spec per declared stream, canonical kind and document kind, each depending on what feeds it."""
    return [*_raw(plugins), *_canonical(plugins), *_delivered(plugins)]


def guarded(plugins: Plugins, layer: str) -> dg.AssetKey:
    """The asset of a layer that carries its standing questions: the one invoices go through."""
    if layer == "delivered":
        ledgers = (name for name, target in plugins.targets.items() if DocKind.INVOICE in target.kinds)
        return key_of((layer, min(ledgers), DocKind.INVOICE))
    if layer == "canonical":
        return key_of((layer, Invoice.kind))
    return next(iter(feeding(plugins, Invoice.kind)))


def feeding(plugins: Plugins, kind: str) -> list[dg.AssetKey]:
    """The raw assets a canonical kind is made of, in order."""
    return list(dict.fromkeys(key_of(path) for path in _feeds(plugins, kind)))


def _feeds(plugins: Plugins, kind: str) -> Iterator[tuple[str, ...]]:
    wanted = {kind, Invoice.kind} if kind in DERIVED else {kind}
    for system, normaliser in sorted(plugins.normalisers.items()):
        for bundle in normaliser.bundles:
            if wanted & set(bundle.kinds):
                yield ("raw", system, bundle.root)
                for member in bundle.members:
                    yield ("raw", system, member.stream)
    if kind in REPORTED:
        yield from (("raw", system, IMPORTS) for system in sorted(plugins.reports))
    for scheme in sorted(plugins.schemes):
        yield from (("raw", scheme, what) for what in FROM_FILES.get(kind, ()))


def _raw(plugins: Plugins) -> Iterator[dg.AssetSpec]:
    for system, source in sorted(plugins.sources.items()):
        for stream in source.streams:
            text = words.raw(_name(plugins, system), stream.name, stream.note)
            yield _spec(("raw", system, stream.name), f"raw_{system}", text, kind=system)
    for system in sorted(plugins.reports):
        yield _spec(("raw", system, IMPORTS), f"raw_{system}", words.REPORTS, kind="csv")
    for scheme in sorted(plugins.schemes):
        for what, text in words.FILES.items():
            yield _spec(("raw", scheme, what), f"raw_{scheme}", text, kind="csv")


def _canonical(plugins: Plugins) -> Iterator[dg.AssetSpec]:
    for kind, text in words.KINDS.items():
        billed = [key_of(("canonical", Invoice.kind))] if kind == Claim.kind else []
        yield _spec(("canonical", kind), "canonical", text, [*billed, *feeding(plugins, kind)])


def _delivered(plugins: Plugins) -> Iterator[dg.AssetSpec]:
    for system, target in sorted(plugins.targets.items()):
        for kind, _ in sorted(target.kinds.items(), key=lambda pair: (pair[1].tier, pair[0])):
            deps = [key_of(("canonical", name)) for name in MADE_OF[kind]]
            text = f"{_name(plugins, system)}: {words.DOCUMENTS[kind]}"
            yield _spec(("delivered", system, kind), f"delivered_{system}", text, deps, kind=system)
    for scheme in sorted(plugins.schemes):
        path, claim = ("delivered", scheme, CLAIM_FILE), key_of(("canonical", Claim.kind))
        yield _spec(path, f"delivered_{scheme}", words.CLAIM_FILES, [claim], kind="csv")


def _name(plugins: Plugins, system: str) -> str:
    """How people call a system."""
    return plugins.channels[system].name if system in plugins.channels else system


def _spec(
    path: Sequence[str], group: str, text: str, deps: Iterable[dg.AssetKey] = (), *, kind: str = ""
) -> dg.AssetSpec:
    return dg.AssetSpec(
        key_of(path),
        deps=list(deps),
        group_name=group.replace("-", "_"),
        description=text,
        skippable=True,
        kinds={kind} if kind else None,
    )
