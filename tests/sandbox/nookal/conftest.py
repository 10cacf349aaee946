"""A Nookal sandbox behind plain httpx, with a small clinic of obviously invented people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.sandbox.nookal import SANDBOX
from connectors.sandbox.nookal.state import API_KEY, BASIC_KEY, NookalState
from connectors.sandbox.shells import InProcessTransport


class FixedClock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 10, 5, 0, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def pass_seconds(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Practice:
    """The sandbox as a third party's plain clients see it, and the people in the clinic."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.state: NookalState = SANDBOX.open(None, 7, {})
        self.http = httpx.Client(
            transport=InProcessTransport(SANDBOX, self.state, self.clock), base_url="http://nookal.test"
        )
        self.token = ""

    # --- the vendor's APIs

    def v2(self, function: str, **form: Any) -> httpx.Response:
        return self.http.post(f"/production/v2/{function}", data={"api_key": API_KEY, **form})

    def rows(self, function: str, key: str, **form: Any) -> list[dict[str, Any]]:
        body = self.v2(function, **form).json()
        assert body["status"] == "success", body
        return list(body["data"]["results"][key])

    def log_in(self) -> str:
        headers = {"Authorization": f"Basic {BASIC_KEY}"}
        answer = self.http.post("/oauth/token", headers=headers, data={"grant_type": "client_credentials"})
        self.token = answer.json()["accessToken"]
        return self.token

    def ask(self, query: str, token: str | None = None, **variables: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.token or self.log_in()}"}
        return self.http.post("/graphql", headers=headers, json={"query": query, "variables": variables})

    def data(self, query: str, **variables: Any) -> dict[str, Any]:
        body = self.ask(query, **variables).json()
        assert "errors" not in body, body
        return dict(body["data"])

    # --- the people

    def control(self, name: str, **payload: Any) -> Any:
        answer = self.http.post(f"/__control__/{name}", json=payload)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def hands(self, action: str, **payload: Any) -> Any:
        return self.control(f"hands/{action}", **payload)

    def ledger(self) -> Any:
        return self.http.get("/__control__/ledger").json()

    def invoice(self, *items: dict[str, Any], **more: Any) -> Any:
        made = {"patient_id": self.patient, "location_id": "1", "practitioner_id": "4"}
        return self.hands(
            "create_invoice", **{**made, "items": list(items) or [{"service_id": "12"}], **more}
        )

    def set_up(self) -> None:
        for resource, fields in (
            ("locations", {"id": "1", "name": "Harbour Manly", "zone": "Australia/Sydney"}),
            ("locations", {"id": "2", "name": "Hills Toowong", "zone": "Australia/Brisbane"}),
            ("practitioners", {"id": "4", "first_name": "Ines", "last_name": "Canary", "locations": ["1"]}),
            ("practitioners", {"id": "5", "first_name": "Zed", "last_name": "Canary", "active": False}),
            (
                "services",
                {"id": "12", "name": "Standard consult", "code": "505", "price": 9800, "locations": ["1"]},
            ),
            ("stock", {"id": "7", "name": "Band", "code": "BAND-M", "price": 1100, "locations": ["1", "2"]}),
            ("payers", {"id": "962", "name": "icare"}),
        ):
            self.hands("put", resource=resource, fields=fields)
        self.patient = self.hands("create_patient", first_name="Tomas", last_name="Canary")["id"]


@pytest.fixture
def practice() -> Iterator[Practice]:
    made = Practice()
    made.set_up()
    yield made
    made.http.close()
    made.state.close()
