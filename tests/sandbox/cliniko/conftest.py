"""A Cliniko sandbox behind plain httpx, with a small clinic of obviously invented people."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.sandbox.cliniko import SANDBOX
from connectors.sandbox.cliniko.state import DEFAULT_KEY, ClinikoState
from connectors.sandbox.shells import InProcessTransport

GEELONG, TOOWONG, ANA, ZED = (
    "514810976554457101",
    "514810976554457103",
    "514810972972521901",
    "514810972972521902",
)
AGENT = "ClinicHubTests (tests@example.com)"


class FixedClock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 10, 5, 0, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def pass_seconds(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Clinic:
    """The sandbox as two clients: the vendor's API, and the people in the clinic."""

    def __init__(self, settings: dict[str, Any] | None = None) -> None:
        self.clock = FixedClock()
        self.state: ClinikoState = SANDBOX.open(None, 7, settings or {})
        self.http = httpx.Client(
            transport=InProcessTransport(SANDBOX, self.state, self.clock),
            base_url="http://cliniko.test",
            auth=(DEFAULT_KEY, ""),
            headers={"User-Agent": AGENT},
        )

    def get(self, path: str, *q: str, **params: Any) -> httpx.Response:
        pairs = [("q[]", text) for text in q] + [(k, str(v)) for k, v in params.items()]
        return self.http.get(f"/v1/{path}", params=pairs)

    def rows(self, path: str, *q: str, **params: Any) -> list[dict[str, Any]]:
        answer = self.get(path, *q, **params)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        return body[path.split("/")[-1] if path.split("/")[-1] in body else path.split("/")[0]]

    def ids(self, path: str, *q: str, **params: Any) -> list[str]:
        return [row["id"] for row in self.rows(path, *q, **params)]

    def hands(self, action: str, **payload: Any) -> dict[str, Any]:
        answer = self.http.post(f"/__control__/hands/{action}", json=payload)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def switch(self, **switches: Any) -> None:
        assert self.http.post("/__control__/switches", json=switches).status_code == 200

    def ledger(self) -> dict[str, Any]:
        return self.http.get("/__control__/ledger").json()

    def report(self, kind: str = "payment_summary", **params: Any) -> list[dict[str, str]]:
        answer = self.http.get("/__control__/report", params={"kind": kind, **params})
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.text)))

    def invoice(self, *prices: int, **more: Any) -> dict[str, Any]:
        items = [{"billable_item_id": "301", "unit_price_cents": price} for price in prices]
        payload = {"patient_id": self.patient, "business_id": GEELONG, "practitioner_id": ANA, "items": items}
        return self.hands("create_invoice", **{**payload, **more})

    def pay(self, cents: int, *parts: tuple[str, int], method: str = "EFTPOS", **more: Any) -> dict[str, Any]:
        allocations = [{"invoice_id": id_, "cents": part} for id_, part in parts]
        payload = {"patient_id": self.patient, "business_id": GEELONG, "allocations": allocations}
        return self.hands(
            "take_payment", **{**payload, "sources": [{"method": method, "cents": cents}], **more}
        )

    def set_up(self) -> None:
        for resource, fields in (
            (
                "businesses",
                {
                    "id": GEELONG,
                    "display_name": "Harbour Geelong",
                    "time_zone_identifier": "Australia/Melbourne",
                },
            ),
            (
                "businesses",
                {
                    "id": TOOWONG,
                    "display_name": "Hills Toowong",
                    "time_zone_identifier": "Australia/Brisbane",
                },
            ),
            ("practitioners", {"id": ANA, "first_name": "Ana", "last_name": "Canary"}),
            ("practitioners", {"id": ZED, "first_name": "Zed", "last_name": "Canary"}),
            ("taxes", {"id": "1", "name": "GST", "rate": "10.0"}),
            (
                "billable_items",
                {"id": "301", "name": "Physiotherapy standard", "item_code": "PH2", "price": "95.0"},
            ),
            ("billable_items", {"id": "302", "name": "Write off", "item_code": "WO1", "price": "0.0"}),
            (
                "products",
                {
                    "id": "77",
                    "name": "Foam roller",
                    "item_code": "PR1",
                    "price_including_tax": "44.0",
                    "tax_id": "1",
                },
            ),
            (
                "appointment_types",
                {"id": "514810976034364376", "name": "Standard", "duration_in_minutes": 30},
            ),
        ):
            self.hands("put", resource=resource, fields=fields)
        self.patient = self.hands("create_patient", first_name="Jordan", last_name="Canary")["id"]


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    made = Clinic()
    made.set_up()
    yield made
    made.http.close()
    made.state.close()
