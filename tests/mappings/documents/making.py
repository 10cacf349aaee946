"""Short ways to make canonical values of the fictional group, and to render all of their cases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from hub.canonical import (
    CreditApplication,
    Entity,
    Evidence,
    Invoice,
    InvoiceLine,
    InvoiceStatus,
    Patient,
    Payment,
    PaymentAllocation,
    PaymentSource,
    Provenance,
    Tax,
)
from hub.config.load import load_group
from hub.config.model import GroupConfig
from hub.documents import as_dict
from hub.rendering import CaseKey, Rendered
from mappings.documents import RENDERER
from tests.support.fake_facts import FakeFacts

PMS, LEDGER = "harbour-cliniko", "harbour-xero"
GEELONG, RICHMOND, TOOWONG = (f"5148109765544571{n:02d}" for n in (1, 2, 3))
ANA, OWN_SUPPLIER, UNSET = (f"5148109729725219{n:02d}" for n in (1, 11, 12))
GST = Tax("GST", Decimal("10.0"))
EXAMPLE = Path(__file__).parents[3] / "mappings" / "clinics" / "example.yaml"


@cache
def group() -> GroupConfig:
    return load_group(EXAMPLE)


def day(number: int) -> date:
    return date(2026, 10, number)


def source(stream: str, source_id: str) -> Provenance:
    return Provenance(PMS, stream, source_id, f"raw-{source_id}", "test-1")


def patient(source_id: str = "p1", first: str = "Pat", last: str = "Fictional", **more: Any) -> Patient:
    return Patient(source("patients", source_id), first, last, **more)


def line(code: str, gross: int, tax: Tax | None = None, **more: Any) -> InvoiceLine:
    cents = 0 if tax is None else int((Decimal(gross) / 11).quantize(Decimal(1)))
    fields: dict[str, Any] = {"description": f"Item {code}", "quantity": Decimal(1), **more}
    return InvoiceLine(f"line-{code}-{gross}", code, gross=gross, tax_cents=cents, tax=tax, **fields)


def invoice(number: int, *lines: InvoiceLine, on: int = 10, **more: Any) -> Invoice:
    rounding = int(more.pop("rounding", 0))
    fields: dict[str, Any] = {
        "issued": day(on),
        "status": InvoiceStatus.OPEN,
        "total": sum(one.gross for one in lines) + rounding,
        "currency": "AUD",
        "location": GEELONG,
        "patient": "p1",
        "practitioner": ANA,
        **more,
    }
    return Invoice(
        source("invoices", f"i{number}"), number=str(number), lines=lines, rounding=rounding, **fields
    )


def pay(
    number: int,
    sources: dict[str, int] | Iterable[tuple[str, int]],
    puts: Iterable[tuple[int, str, int]] = (),
    *,
    on: int = 10,
    **more: Any,
) -> Payment:
    """`puts`: (source index, invoice source id, cents)."""
    pairs = sources.items() if isinstance(sources, dict) else sources
    fields: dict[str, Any] = {
        "location": GEELONG, "patient": "p1", "currency": "AUD", "evidence": Evidence.IMPORTED, **more,
    }  # fmt: skip
    return Payment(
        source("payments", str(number)),
        number=str(number),
        paid_on=day(on),
        sources=tuple(PaymentSource(m, c) for m, c in pairs),
        allocations=tuple(PaymentAllocation(*put) for put in puts),
        **fields,
    )


def use(number: int, on_invoice: str, amount: int, *, on: int = 10, **more: Any) -> CreditApplication:
    sid = f"{number}:{on_invoice}:1"
    fields: dict[str, Any] = {"location": GEELONG, "patient": "p1", **more}
    return CreditApplication(
        source("payments", sid), applied_on=day(on), invoice=on_invoice, amount=amount, **fields
    )


def cases(facts: FakeFacts, entities: Iterable[Entity], config: GroupConfig | None = None) -> list[CaseKey]:
    """Every case the entities touch, and every case those need, in order of subject."""
    config = config or group()
    todo = [key for entity in entities for key in RENDERER.cases_of(entity, facts, config)]
    found: dict[CaseKey, None] = {}
    while todo:
        key = todo.pop(0)
        if key not in found:
            found[key] = None
            todo += RENDERER.render(key, facts, config).needs
    return sorted(found, key=lambda k: (k.kind.value, k.subject))


def render_all(
    facts: FakeFacts, entities: Iterable[Entity], config: GroupConfig | None = None
) -> dict[CaseKey, Rendered]:
    config = config or group()
    return {key: RENDERER.render(key, facts, config) for key in cases(facts, entities, config)}


def plain(rendered: dict[CaseKey, Rendered]) -> dict[str, Any]:
    """What a golden file holds."""
    return {f"{key.kind.value} {key.number}": _plain(one) for key, one in rendered.items()}


def _plain(one: Rendered) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for document in one.documents:
        entry: dict[str, Any] = {}
        if document.content is not None:
            fields = as_dict(document.content)
            fields.pop("kind")
            entry = {name: _text(value) for name, value in fields.items() if value not in ("", None)}
        if document.holds:
            entry["holds"] = [f"{r.code} {r.cents}" for r in document.holds]
        shown[document.document.removeprefix(f"{LEDGER}/")] = entry
    found: dict[str, Any] = {"documents": shown} if shown else {}
    for name, reasons in (("stops", one.stops), ("notes", one.notes)):
        if reasons:
            found[name] = [f"{r.code} {r.cents}" for r in reasons]
    if one.needs:
        found["needs"] = [f"{key.kind.value} {key.number}" for key in one.needs]
    found |= {"nothing": one.nothing} if one.nothing else {}
    found |= {"waiting": one.waiting} if one.waiting else {}
    return found


def _text(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_text(part) for part in value]
    if isinstance(value, dict):
        return " ".join(str(v) for v in value.values() if v is not None)
    return value
