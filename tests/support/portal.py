"""The NDIS portal in process, with a clock of its own, and the support catalogue people import from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from connectors.sandbox.ndis import SANDBOX
from connectors.sandbox.shells import InProcessTransport

PHYSIO = "15_617_0128_1_3"
REGISTRATION, ABN = "4050012345", "18123456789"
PLAN = {"from": "2026-01-01", "to": "2027-12-31"}


def catalogue(limit: str = "220.00") -> bytes:
    """What a clinic downloads: one service with its travel item, priced by state."""
    head = "Support Item Number,Support Item Name,Unit,Quote,Start Date,End Date,VIC,QLD,NSW,Type"
    rows = [
        f"{PHYSIO}{suffix},Therapy,H,N,20260701,99991231,{price},{price},{price},Price limited"
        for suffix, price in (("", limit), ("_PT", "97.00"))
    ]
    return "\r\n".join([head, *rows, ""]).encode()


class Portal:
    """A signed-in person at the portal. `settings` as connectors/sandbox/ndis/state.py describes."""

    def __init__(self, at: datetime | None = None, **settings: Any) -> None:
        self.at = at or datetime(2026, 11, 26, 3, tzinfo=UTC)
        self.state = SANDBOX.open(None, 0, settings)
        transport = InProcessTransport(SANDBOX, self.state, self)
        self.http = httpx.Client(transport=transport, base_url="http://ndis")
        session = self.hand("provider", registration=REGISTRATION, abn=ABN)["session"]
        self.http.headers["Authorization"] = f"Bearer {session}"
        for suffix, cents in (("", 19399), ("_PT", 9700)):
            self.hand("item", number=PHYSIO + suffix, limits={"": cents}, **{"from": "2026-07-01"})

    def now(self) -> datetime:
        return self.at

    def hand(self, action: str, **body: Any) -> dict[str, Any]:
        answer = self.http.post(f"/__control__/hands/{action}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def turn(self, **settings: Any) -> None:
        self.http.post("/__control__/switches", json=settings).raise_for_status()

    def member(self, number: str, **more: Any) -> None:
        self.hand("participant", number=number, name="CANARY Person", **{**PLAN, **more})

    def upload(self, name: str, data: bytes) -> bytes:
        """Upload a file and wait for its results."""
        answer = self.http.post("/uploads", params={"name": name}, content=data)
        assert answer.status_code == 201, answer.text
        self.at += timedelta(minutes=21)
        return self.results(name)

    def results(self, name: str) -> bytes:
        answer = self.http.get(f"/uploads/{name}/results")
        assert answer.status_code == 200, answer.text
        return answer.content

    def night(self, days: int = 1) -> bytes | None:
        """Let nights pass; the advice of the last payment, None where there is none."""
        self.at += timedelta(days=days)
        listed = self.http.get("/remittances").json()
        return self.http.get(f"/remittances/{listed[-1]['number']}").content if listed else None

    def requests(self) -> list[dict[str, Any]]:
        return list(self.http.get("/__control__/ledger").json()["requests"])

    def close(self) -> None:
        self.http.close()
        self.state.close()
