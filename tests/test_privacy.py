"""Canary names planted as patients, in every field that may hold one, followed wherever data goes.

What a target needs it gets, and a person who asks for content sees it (audited). Nowhere else: not in logs,
not in what commands print, not in Dagster's storage, audit rows, exceptions, nor in the database's bytes.
"""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import pytest
from sqlalchemy import LargeBinary, select

from connectors.sandbox.life import HttpControl
from connectors.sandbox.life.people import CANARIES
from connectors.xero.webhook import sign
from hub import worker
from hub.cli.context import kernel
from hub.errors import HubError
from hub.receiver import application
from hub.store.tables import audit_event, metadata
from mappings.documents import RENDERER
from pipelines import runtime
from pipelines.definitions import defs
from tests.cli.town import LEDGER, PRACTICE, Town, item, town

SURNAME, OTHER = CANARIES
SECRETS = (
    SURNAME,
    OTHER,
    "Wombatilda",  # a first name
    "flapdoodle@patients.example",
    "Snickerdoodle Lane",
    "0491570156",
    "2950123456",  # a Medicare number
    "1961-02-03",
    "sandbox-secret-of-harbour",
    "sandbox-key-harbour",
)
EVERYTHING_OF = {
    "first_name": "Wombatilda",
    "email": "flapdoodle@patients.example",
    "address_1": "7 Snickerdoodle Lane",
    "patient_phone_numbers": [{"phone_type": "Mobile", "number": "0491570156"}],
    "medicare": "2950123456",
    "date_of_birth": "1961-02-03",
    "notes": f"Mother of {OTHER}",
}


def leaks(text: str | bytes) -> list[str]:
    """The canaries found, whatever their case, with a little of what stands around them."""
    found = text if isinstance(text, str) else text.decode("latin-1")
    low = found.lower()
    places = [(canary, low.find(canary.lower())) for canary in SECRETS]
    return [f"{canary}: …{found[max(0, at - 60) : at + 60]!r}…" for canary, at in places if at >= 0]


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with town(tmp_path, monkeypatch) as made:
        made.go_live()
        monkeypatch.setattr(runtime, "_open", kernel)
        yield made


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Everything that anybody logs, whatever level a process would be run with."""
    caplog.set_level(logging.DEBUG)
    return caplog


def story(live: Town) -> dict[str, Any]:
    """A week with everything in it that may name somebody: bills, money, holds, refusals, spoilt records."""
    ann = live.patient(SURNAME, **EVERYTHING_OF)
    bob = live.patient(OTHER, first_name="Wombatilda")
    twin = live.patient(SURNAME, first_name="Wombatilda")
    live.person("create_contact", name=f"{SURNAME}, Wombatilda (HH-{twin})")
    paid = live.bill(ann, "PH1", notes=f"{SURNAME} paid in {OTHER}'s name")
    live.pay(ann, paid, 12000)
    live.bill(twin, "PH2")
    live.bill(ann, "EX30")
    live.bill(bob, "RM1", invoice_to=f"Estate of {SURNAME}\r\n7 Snickerdoodle Lane")
    live.bill(bob, "PH1", invoice_to=f"Coastline Plan Management\r\nfor {OTHER}")
    odd = live.bill(bob, items=[item("PH1", name=f"Home visit {OTHER}")])
    spoilt = live.bill(ann, "PH2")
    live.do({"action": "corrupt_invoice", "invoice_id": spoilt["id"],
             "set": {"total_amount": f"{SURNAME} owes", "issue_date": f"{OTHER}"}})  # fmt: skip
    short = live.bill(bob, "PH2")
    live.do({"action": "corrupt_invoice", "invoice_id": short["id"], "off_by_cents": 300})
    live.pay(bob, None, 4000, "Cash")
    return {"odd": odd, "ann": ann, "bob": bob}


def plant(system: HttpControl, method: str, path: str, kind: str, times: int = 1, **more: Any) -> None:
    match = {"method": method, "path": path}
    system.call("POST", "/__control__/faults", {"match": match, "kind": kind, "times": times, **more})


def faults(live: Town) -> None:
    """Vendors that answer with people's names in what went wrong."""
    said = json.dumps({"Message": f"{SURNAME}, Wombatilda is not valid", "Detail": OTHER})
    page = f"<html>{SURNAME}: flapdoodle@patients.example</html>"
    plant(live.ledger, "PUT", "Contacts", "status", status=500, body=said)
    plant(live.ledger, "*", "Invoices", "status", status=400, body=said)
    plant(live.ledger, "*", "Payments", "truncate")
    plant(live.practice, "GET", "patients", "status", status=400, body=page)
    plant(live.practice, "GET", "invoices", "status", status=403, body=page)
    plant(live.practice, "GET", "invoice_items", "truncate")


def everyday(live: Town) -> None:
    """Every command that shows no content, in both forms, with something to show."""
    for words in (("pull",), ("plan",), ("plan", "--all"), ("deliver",), ("holds",), ("status",),
                  ("reconcile",), ("reconcile", "--days"), ("trace", "10001"), ("trace", "HH-10001"),
                  ("trace", "10004"),
                  ("deliveries", "list"), ("cursor", "list"), ("check",), ("pull", "--nightly"),
                  ("holds", "release", "--cause", "unmapped:payer", "--why", "looked"),
                  ("holds", "release", "--cause", "record:malformed", "--why", "looked", "--deliver"),
                  ("trace", SURNAME)):  # fmt: skip
        live.hub(*words, code=None)
        live.hub(*words, "--json", code=None)


def reports(live: Town) -> None:
    """Imports that are refused, then one that is not; both files name patients."""
    good = live.report("geelong", date(2026, 10, 1), date(2026, 10, 31))
    file = live.home / "report.csv"
    days = ("--from", "2026-10-01", "--to", "2026-10-31")
    for broken in (
        good.replace(b"120.00", SURNAME.encode()),
        good.replace(b"Payment number", SURNAME.encode()),
        good[:-20] + b'"' + OTHER.encode(),
        good,
    ):
        file.write_bytes(broken)
        live.hub("import", "payments", str(file), "--location", "geelong", *days, code=None)
    file.unlink()


def hooks(live: Town) -> set[int]:
    """Messages of strangers, and one that is signed but makes no sense, with names in them. -> statuses."""
    body = json.dumps({"events": [{"resourceId": SURNAME, "eventCategory": OTHER}], "who": SURNAME}).encode()
    signed = {"x-xero-signature": sign(body, "the webhook key")}
    spoilt = f'["{SURNAME}"'.encode()
    wrong = {"x-xero-signature": sign(spoilt, "the webhook key")}

    async def send() -> set[int]:
        transport = httpx.ASGITransport(application(kernel()))
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
            return {
                (
                    await client.post(f"/{kind}/harbour/{connection}", content=content, headers=headers)
                ).status_code
                for kind in ("hooks", "hints")
                for connection in (LEDGER, PRACTICE, SURNAME)
                for content, headers in ((body, {}), (body, signed), (spoilt, wrong), (b"", signed))
            }

    return asyncio.run(send())


def test_nobody_is_named_anywhere(
    live: Town, log: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    story(live)
    faults(live)
    everyday(live)
    reports(live)
    faults(live)
    everyday(live)
    live.hub("connect", LEDGER, stdin=json.dumps({**live.grant, "webhook_key": "the webhook key"}), code=None)
    assert {200, 401, 404} <= hooks(live)
    worker.drain(kernel())
    printed = "\n".join(live.everything)
    assert "unmapped:payer" in printed
    assert "record:malformed" in printed
    assert "contact:name-taken" in printed
    posted = {doc["contact_name"] for doc in live.posted().values()}
    assert any(SURNAME in name for name in posted), (
        "the story must reach the ledger, else this proves nothing"
    )
    assert not leaks(printed.replace(f"trace {SURNAME}", ""))
    assert not leaks(log.text)
    captured = capfd.readouterr()
    assert not leaks(captured.out + captured.err)
    with kernel().store.look() as db:
        rows = [str(row) for row in db.execute(select(audit_event)).all()]
    assert len(rows) > 10
    assert not leaks("\n".join(rows))


def test_the_database_holds_them_in_encrypted_columns_alone(live: Town) -> None:
    story(live)
    everyday(live)
    reports(live)
    everyday(live)
    with kernel().store.look() as db:
        for table in metadata.sorted_tables:
            plain = [column for column in table.c if not isinstance(column.type, LargeBinary)]
            text = "\n".join(str(row) for row in db.execute(select(*plain)).all())
            assert not leaks(text), table.name
    files = [path for path in (live.home / "hub").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) > 100_000
    for path in files:
        assert not leaks(path.read_bytes()), path.name


def test_content_is_shown_to_who_asks_and_audited(live: Town) -> None:
    story(live)
    live.hub("pull", code=None)
    live.hub("deliver")
    contact = next(d for d in live.ask("deliveries", "list") if d["number"].startswith("patient:"))
    assert leaks(json.dumps(live.ask("deliveries", "show", contact["id"])))
    assert SURNAME in live.hub("holds", "show", "unmapped:payer").out
    with kernel().store.look() as db:
        shown = db.execute(
            select(audit_event.c.entity_id, audit_event.c.agent).where(audit_event.c.action == "reveal")
        )
        found = {row[0]: row[1] for row in shown}
    assert found[contact["id"]] == "person:test"
    assert len(found) >= 2


def test_dagsters_storage(live: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    story(live)
    faults(live)
    with dg.DagsterInstance.get() as instance:
        for name in ("sync", "checks", "sync", "deliver", "nightly"):
            defs.resolve_job_def(name).execute_in_process(instance=instance, raise_on_error=False)
        monkeypatch.setattr(type(RENDERER), "render", broken)
        live.bill(live.patient(SURNAME), "PH1")
        defs.resolve_job_def("sync").execute_in_process(instance=instance, raise_on_error=False)
        assert instance.get_runs_count() == 6
    files = [path for path in home.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) > 50_000
    for path in files:
        assert not leaks(path.read_bytes()), path.relative_to(home)


def broken(*_: Any) -> Any:
    raise ValueError(f"cannot render {SURNAME}, Wombatilda")


def test_a_defect_shows_its_class_and_no_value(
    live: Town, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    story(live)
    with monkeypatch.context() as patch:
        patch.setattr(type(RENDERER), "render", broken)
        live.hub("pull", code=None)
        live.hub("plan", code=None)
        live.hub("deliver", code=None)
        worker.drain(kernel())
        held = live.hub("holds").out
        live.hub("reconcile", code=None)
    assert "internal:render:ValueError" in held
    with monkeypatch.context() as patch:
        patch.setattr("hub.normalise.normalise", broken)
        said = live.hub("pull", code=2)
        worker.pull_all(kernel())
    assert "ValueError" in said.err
    assert not leaks("\n".join(live.everything))
    assert not leaks(log.text)


def test_errors_carry_no_values(live: Town) -> None:
    """Whatever a kernel function raises for a reader or a vendor, its text is safe, its causes included."""
    story(live)
    said: list[str] = []
    hub = kernel()
    wrong = {"Message": f"{SURNAME} {OTHER}", "Elements": [{"ValidationErrors": [{"Message": SURNAME}]}]}
    for path, status in (("Contacts", 400), ("Invoices", 500), ("Organisation", 403), ("Accounts", 429)):
        plant(live.ledger, "*", path, "status", 4, status=status, body=json.dumps(wrong))
    for path in ("invoices", "user", "settings"):
        plant(live.practice, "*", path, "status", 4, status=418, body=f"<p>{SURNAME}</p>")
    source, client = hub.source("harbour", PRACTICE)
    target, session = hub.target("harbour", LEDGER)
    invoices = next(stream for stream in source.streams if stream.name == "invoices")
    for call in (client.probe, session.probe, session.chart, lambda: client.fetch_one(invoices, "1"),
                 lambda: client.fetch_one(invoices, SURNAME)):  # fmt: skip
        try:
            said += [str(reason) for reason in call() or ()]  # type: ignore[union-attr]
        except HubError as error:
            said.append("".join(traceback.format_exception(error)))
    assert len(said) >= 3
    assert target.system == "xero"
    named = [line for line in "\n".join(said).splitlines() if "test_privacy" not in line]
    assert not leaks("\n".join(named))
