"""The source suite on Cliniko."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from connectors.cliniko import SOURCE
from connectors.sandbox.cliniko.state import DEFAULT_KEY
from hub.contracts import SourceClient
from hub.store import connections
from tests.conformance.source import SourceCase, SourceSuite
from tests.support.clinic import CONNECTION, GROUP, connected


class TestCliniko(SourceSuite):
    @pytest.fixture
    def case(self, sqlite_engine: Engine, tmp_path: Path) -> Iterator[SourceCase]:
        with connected(sqlite_engine, tmp_path) as (hub, clinic):
            made = [clinic.invoice(9500, 4400)["id"] for _ in range(3)]
            clinic.clock.advance(60)

            def dead() -> SourceClient:
                with hub.kernel.store.write(GROUP) as unit:
                    secret = {"api_key": "revoked-au1"}
                    connections.store_secret(unit, CONNECTION, "cliniko", "source", secret)
                return hub.kernel.source(GROUP, CONNECTION)[1]

            def plant(**fault: Any) -> None:
                clinic.control("faults", **fault)

            def act(action: str, **payload: Any) -> None:
                clinic.clock.advance(60)
                clinic.hands(action, invoice_id=made[0], **payload)

            yield SourceCase(
                source=SOURCE,
                client=hub.kernel.source(GROUP, CONNECTION)[1],
                root=("invoices", made[0]),
                edit=lambda: act("edit_invoice", notes="changed"),
                remove=lambda: act("archive_invoice"),
                plant=plant,
                dead=dead,
                now=clinic.clock.now,
                slept=lambda: sum(clinic.clock.slept),
                secrets=(DEFAULT_KEY, "revoked", "Canary"),
            )
