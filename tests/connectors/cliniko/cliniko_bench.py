"""Cliniko as the suites command it: the sandbox's account, and what its people do to each kind of record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx

from connectors.cliniko import SOURCE
from connectors.sandbox.cliniko import SANDBOX
from connectors.sandbox.cliniko.state import DEFAULT_KEY
from connectors.sandbox.shells_inprocess import InProcessTransport
from mappings.cliniko import NORMALISER
from tests.conformance.source_bench import Hands, SourceBench
from tests.support.clinic import ANA, GEELONG, Clinic
from tests.support.world import FakeClock

PUT: dict[str, tuple[str, dict[str, Any]]] = {
    "businesses": ("display_name", {"time_zone_identifier": "Australia/Melbourne"}),
    "practitioners": ("last_name", {"first_name": "Kit"}),
    "taxes": ("name", {"rate": "10.0"}),
    "billable_items": ("name", {"price": "95.0"}),
    "products": ("name", {"price_including_tax": "44.0"}),
    "patients": ("last_name", {"first_name": "Jordan"}),
    "individual_appointments": ("notes", {}),
    "group_appointments": ("notes", {}),
    "attendees": ("notes", {}),
}
"""By resource: the field a person writes a text into, and what else a new record needs."""
OTHER = {"billable_item_id": "301", "unit_price_cents": 4400}
VISIT = {"practitioner_id": ANA, "business_id": GEELONG, "appointment_type_id": "514810976034364376"}


@contextmanager
def cliniko_bench() -> Iterator[SourceBench]:
    """An account with a small clinic in it."""
    clock, state = FakeClock(), SANDBOX.open(None, 7, {})
    transport = InProcessTransport(SANDBOX, state, clock)
    with httpx.Client(transport=transport, base_url="http://cliniko.test") as http:
        clinic = Clinic(state, clock, http)
        clinic.set_up()
        clinic.control("limits", per_minute=0)
        clinic.control("switches", item_edit="in_place")
        yield SourceBench(
            source=SOURCE,
            transport=transport,
            clock=clock,
            secret={"api_key": DEFAULT_KEY},
            dead={"api_key": "revoked-au1"},
            hands={stream.name: hands_of(clinic, stream.name) for stream in SOURCE.streams},
            connection={"base_url": "http://cliniko.test", "settings": {"contact": "ops@example.com"}},
            private=("Canary", "Jordan"),
            normaliser=NORMALISER,
        )
    state.close()


def hands_of(clinic: Clinic, stream: str) -> Hands:
    """What people do to one kind of record."""
    if stream == "invoices":
        return _invoices(clinic)
    if stream == "invoice_items":
        return _items(clinic)

    text, fields = PUT[stream]

    def add(back: float) -> str:
        more = {"at": (clinic.clock.now() - timedelta(seconds=back)).isoformat()}
        visit = {**VISIT, "starts_at": "2026-10-07T00:00:00Z", **more}
        if stream == "individual_appointments":
            return str(clinic.hands("book", patient_id=clinic.patient, **visit)["id"])
        if stream == "attendees":
            return str(clinic.hands("book", patient_id=clinic.patient, **visit)["attendee_id"])
        if stream == "group_appointments":
            return str(clinic.hands("book_group", **visit)["id"])
        return str(clinic.hands("put", resource=stream, fields={**fields, text: "New"}, **more)["id"])

    def edit(id: str, words: str) -> None:
        clinic.hands("put", resource=stream, fields={"id": id, text: words})

    def archive(id: str) -> None:
        stamp = clinic.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        clinic.hands("put", resource=stream, fields={"id": id, "archived_at": stamp})

    removals: dict[str, Callable[[str], None] | None] = {
        "practitioners": None,
        "taxes": lambda id: clinic.hands("remove", resource="taxes", id=id) and None,
        "patients": lambda id: clinic.hands("archive_patient", patient_id=id) and None,
        "individual_appointments": lambda id: clinic.hands("archive_appointment", appointment_id=id) and None,
    }
    return Hands(add, edit, removals.get(stream, archive))


def _invoices(clinic: Clinic) -> Hands:
    def add(back: float) -> str:
        at = clinic.clock.now() - timedelta(seconds=back)
        return str(clinic.invoice(9500, 4400, at=at.isoformat())["id"])

    def edit(id: str, words: str) -> None:
        clinic.hands("edit_invoice", invoice_id=id, notes=words)

    def remove(id: str) -> None:
        clinic.hands("archive_invoice", invoice_id=id)

    return Hands(add, edit, remove)


def _items(clinic: Clinic) -> Hands:
    """A line changes with its invoice only; the invoice's other lines are named, so that they stay."""

    def add(back: float) -> str:
        at = clinic.clock.now() - timedelta(seconds=back)
        return str(clinic.invoice(9500, 4400, at=at.isoformat())["items"][0]["id"])

    def write(id: str, **line: Any) -> None:
        home = _shown(clinic, f"invoice_items/{id}")["invoice"]["links"]["self"].rsplit("/", 1)[-1]
        others = [str(one["id"]) for one in _shown(clinic, f"invoices/{home}/invoice_items")["invoice_items"]]
        named = [{"id": one, **(line if one == id else OTHER)} for one in others if line or one != id]
        clinic.hands("edit_invoice", invoice_id=home, items=named)

    def edit(id: str, words: str) -> None:
        write(id, billable_item_id="301", unit_price_cents=9500, name=words)

    def remove(id: str) -> None:
        write(id)

    return Hands(add, edit, remove)


def _shown(clinic: Clinic, path: str) -> dict[str, Any]:
    answer = clinic.http.get(
        f"/v1/{path}", auth=(DEFAULT_KEY, ""), headers={"User-Agent": "Tests (t@example.com)"}
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
