"""The commands of a bookkeeper's day, on two simulated systems, as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from typing import Any

from tests.cli.town import LEDGER, PRACTICE, Town, item


def test_init_connect_check(raw_town: Town) -> None:
    town = raw_town
    town.hub("init", str(town.mapping))
    missing = town.ask("check", code=2)
    assert {p["connection"] for p in missing["problems"]} == {PRACTICE, LEDGER}
    assert all(p["sentence"] and p["who"] for p in missing["problems"])
    town.go_live()
    assert town.ask("check")["ok"]

    def wrong(text: dict[str, Any]) -> None:
        text["items"]["PH1"] = "999"

    town.configure(wrong)
    found = town.ask("check", code=2)["findings"]
    assert [f["level"] for f in found] == ["error"]
    assert "999" in found[0]["sentence"]
    assert found[0]["line"] > 1
    assert found[0]["remedy"]
    said = town.hub("check", code=2)
    assert f"harbour.yaml:{found[0]['line']}" in said.out


def test_errors_of_a_file_name_line_and_remedy(raw_town: Town) -> None:
    raw_town.mapping.write_text(
        raw_town.mapping.read_text("utf-8").replace("currency: AUD", "currencey: AUD")
    )
    said = raw_town.hub("init", str(raw_town.mapping), code=2)
    assert "harbour.yaml:" in said.err
    assert raw_town.ask("check", str(raw_town.mapping), "--offline", code=2)["errors"]


def test_deliver_sends_exactly_what_plan_named(live: Town) -> None:
    """New people, bills by two methods, a deposit; then an edit of a paid invoice, a void and a refund."""
    ann, bob = live.patient(), live.patient("Sampleton")
    one = live.bill(ann, "PH1", "PR1")
    two = live.bill(bob, "RM1", day="2026-10-13")
    three = live.bill(bob, "EP1", day="2026-10-14")
    live.pay(ann, one, 10000)
    live.pay(ann, one, 6400, "HICAPS", day="2026-10-13")
    live.pay(bob, None, 5000, "Cash")
    live.hub("pull")
    live.import_reports()
    assert_plan_is_delivery(live)

    live.do({"action": "edit_invoice", "invoice_id": one["id"], "at": "2026-10-15T09:00:00+11:00",
             "items": [item("PH2"), item("PR1"), item("PR2")]})  # fmt: skip
    live.do({"action": "archive_invoice", "invoice_id": three["id"], "at": "2026-10-15T09:10:00+11:00"})
    live.pay(bob, two, 11000, day="2026-10-15")
    live.bill(ann, "EX30", day="2026-10-15")
    live.hub("pull")
    live.import_reports()
    planned = assert_plan_is_delivery(live)
    assert {step["op"] for step in planned} == {"create", "update", "void", "delete"}
    assert live.ask("reconcile")["unexplained"] == 0


def assert_plan_is_delivery(live: Town) -> list[dict[str, Any]]:
    plan = live.ask("plan")
    before = {d["id"] for d in live.ask("deliveries", "list", "--limit", "1000")}
    live.hub("deliver")
    after = live.ask("deliveries", "list", "--limit", "1000")
    sent = [d for d in after if d["id"] not in before]
    assert sorted((s["document"], s["op"], s["cents"]) for s in plan["steps"]) == sorted(
        (d["document_id"], d["op"], d["cents"]) for d in sent
    )
    assert {d["state"] for d in sent} == {"delivered"}
    assert {(h["number"], h["cause"]) for h in plan["holds"]} <= {
        (number, cause) for cause, numbers in live.causes().items() for number in numbers
    }
    assert live.ask("plan")["steps"] == []
    steps: list[dict[str, Any]] = plan["steps"]
    return steps


def test_trace_walks_both_ways(live: Town) -> None:
    ann = live.patient("Testerly")
    bill = live.bill(ann, "PH1")
    live.pay(ann, bill, 12000)
    live.sync()
    there = live.ask("trace", "10001")
    assert set(there) == {"raw_records", "canonical", "deliveries", "attempts", "links", "match", "holds"}
    raw = {row["id"] for row in there["raw_records"]}
    entities = {row["id"] for row in there["canonical"]}
    deliveries = {row["id"] for row in there["deliveries"]}
    assert {row["raw_record"] for row in there["canonical"]} <= raw
    assert {row["kind"] for row in there["canonical"]} == {"invoice", "payment"}
    assert {row["entity"] for row in there["deliveries"]} <= entities
    assert {row["delivery"] for row in there["attempts"]} == deliveries
    assert {row["delivery"] for row in there["links"]} <= deliveries
    invoice = next(row for row in there["links"] if row["kind"] == "invoice")
    match = next(row for row in there["match"] if row["external_id"] == invoice["external_id"])
    assert (match["total"], match["still_due"], match["as_sent"]) == (12000, 0, True)
    for name in ("HH-10001", invoice["external_id"]):
        assert live.ask("trace", name)["links"] == there["links"]
    assert live.ask("trace", "5001")["canonical"]
    assert "10001" in live.hub("trace", "10001").out
    assert live.ask("trace", "99999", code=1) == {}


def test_deliveries_of_a_person(live: Town) -> None:
    ann = live.patient("Testerly")
    live.bill(ann, "PH1")
    live.bill(ann, "RM1")
    live.hub("pull")
    live.person("archive_account", code="203")
    live.hub("deliver")
    listed = live.ask("deliveries", "list", "--state", "delivered")
    shown = live.ask("deliveries", "show", listed[0]["id"])
    assert shown["attempts"][0]["verdict"] == "delivered"
    assert "Testerly" in json.dumps([live.ask("deliveries", "show", d["id"])["content"] for d in listed])
    assert "Testerly" not in live.hub("deliveries", "list").text
    said = live.ask("deliveries", "replay", listed[0]["id"], "--why", "to see", code=2)
    assert said["error"] == "still-there"
    assert live.ask("deliveries", "cancel", listed[0]["id"], "--why", "to see", code=2)["error"] == "state"

    invoice = next(d for d in listed if d["kind"] == "invoice")
    live.person("void_invoice", number="HH-10001")
    assert live.ask("deliveries", "replay", invoice["id"], "--why", "somebody voided it")["outcome"]
    live.hub("deliver", code=None)


def test_freeze_stops_writes_and_nothing_else(live: Town) -> None:
    ann = live.patient()
    live.hub("freeze", "--why", "month end")
    live.bill(ann, "PH1")
    live.hub("pull")
    assert len(live.ask("plan")["steps"]) == 2
    live.forget_requests()
    live.hub("deliver", code=None)
    assert live.writes() == []
    assert {c["state"] for c in live.ask("status")["connections"]} == {"open", "frozen"}
    live.hub("freeze", "--off", "--why", "month is over")
    live.hub("deliver")
    assert set(live.posted()) == {"HH-10001"}
    live.hub("freeze", LEDGER, "--why", "one only")
    assert {c["id"]: c["state"] for c in live.ask("status")["connections"]}[LEDGER] == "frozen"


def test_cursors(live: Town) -> None:
    ann = live.patient()
    live.bill(ann, "PH1")
    live.hub("pull")
    listed = {c["stream"]: c for c in live.ask("cursor", "list")}
    assert listed["invoices"]["last_complete"]
    live.hub("cursor", "set", PRACTICE, "invoices", "--to", "2026-10-01", "--why", "a doubt")
    read = {row["stream"]: row for row in live.ask("pull")}
    assert (read["invoices"]["records"], read["invoices"]["changed"]) == (1, 0)
    said = live.ask("cursor", "set", PRACTICE, "invoices", "--to", "2099-10-01", "--why", "x", code=2)
    assert said["error"] == "cursor-forward"


def test_import_refuses_whole_files(live: Town) -> None:
    ann = live.patient()
    bill = live.bill(ann, "PH1")
    live.pay(ann, bill, 12000)
    live.hub("pull")
    file = live.home / "report.csv"
    good = live.report("geelong", date(2026, 10, 1), date(2026, 10, 31))
    days = ("--from", "2026-10-01", "--to", "2026-10-31")
    file.write_bytes(good.replace(b"Payment type", b"Kind of money"))
    refused = live.ask("import", "payments", str(file), "--location", "geelong", *days, code=2)
    assert refused["sentence"]
    file.write_bytes(good)
    outside = ("--from", "2026-10-20", "--to", "2026-10-31")
    refused = live.ask("import", "payments", str(file), "--location", "geelong", *outside, code=2)
    assert refused["error"] == "report:outside-range"
    report = live.ask("import", "payments", str(file), "--location", "geelong", *days)
    assert (report["payments"], report["cents"]) == (1, 12000)
    live.hub("deliver")
    assert [p["cents"] for p in live.posted("payments").values()] == [12000]


def test_json_everywhere_something_is_reported(live: Town) -> None:
    for words in (("status",), ("holds",), ("reconcile",), ("plan",), ("deliver",), ("pull",), ("check",),
                  ("deliveries", "list"), ("cursor", "list")):  # fmt: skip
        assert live.ask(*words) is not None, words


def test_a_day_on_postgresql(on_postgres: Town) -> None:
    """The queries of the command line itself, on the other database."""
    town = on_postgres
    ann = town.patient("Testerly")
    bill = town.bill(ann, "PH1")
    town.pay(ann, bill, 12000)
    town.bill(ann, "EX30")
    town.sync()
    assert town.ask("reconcile")["unexplained"] == 0
    assert list(town.causes()) == ["unmapped:item:EX30"]
    (held, *_) = town.ask("holds", "show", "unmapped:item:EX30")
    assert held["id"][-10:] in town.hub("holds", "show", "unmapped:item:EX30").out
    town.hub("holds", "release", "--hold", "nonesuch", "--why", "x", code=2)
    assert town.ask("holds", "release", "--hold", held["id"][-10:], "--why", "x")["released"] == 1
    town.hub("deliver")  # held again: nobody mended it
    for number in ("10001", "HH-10001", "5001"):
        assert town.ask("trace", number)["links"]
    sent = town.ask("deliveries", "list")
    assert town.ask("deliveries", "show", sent[0]["id"][-10:])["attempts"]
    town.hub("cursor", "set", PRACTICE, "invoices", "--to", "2026-10-01", "--why", "a doubt")
    town.hub("freeze", "--why", "x")
    town.hub("freeze", "--off", "--why", "x")
    town.ask("holds", "release", "--cause", "unmapped:*", "--why", "x", "--deliver")
    for words in (("status",), ("plan",), ("cursor", "list"), ("check",)):
        town.hub(*words)


def test_as_a_process(raw_town: Town) -> None:
    """The installed script: one sentence on standard error, nothing else, exit code 2."""
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", "status"],
        capture_output=True, text=True, timeout=60, check=False, env=dict(os.environ),
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert "hub init" in " ".join(done.stderr.split())
