"""What goes wrong in a clinic's week: one clear sentence, only what it concerns held, one command to go on.

Every test does something wrong beside an invoice that is right: that one must be posted all the same.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.town import KIRA, LEDGER, LEV, PRACTICE, Town, item, strange_tax


def held(town: Town) -> dict[str, Any]:
    """The only cause held, as `hub holds` shows it: with a sentence and somebody who can act."""
    groups = town.ask("holds")
    assert len(groups) == 1, groups
    assert groups[0]["sentence"].endswith(".")
    assert groups[0]["who"] in ("bookkeeper", "clinic staff", "ops")
    assert groups[0]["cause"][:20] in town.hub("holds").out
    found: dict[str, Any] = groups[0]
    return found


def release(town: Town, cause: str) -> Any:
    return town.ask("holds", "release", "--cause", cause, "--why", "mended", "--deliver")


def test_wrong_key(raw_town: Town) -> None:
    town = raw_town
    town.hub("init", str(town.mapping))
    town.hub("connect", LEDGER, stdin=json.dumps(town.grant))
    town.bill(town.patient(), "PH1")
    refused = town.hub("connect", PRACTICE, stdin='{"api_key": "not-the-key-au1"}', code=2)
    assert "not-the-key" not in refused.text
    assert "clinic staff" in refused.out
    pulled = town.hub("pull", "--json", code=1).json
    assert any("hub connect" in (row["error"] or "") for row in pulled)

    town.hub("connect", PRACTICE, stdin=json.dumps({"api_key": town.setup.cliniko_key}))
    town.hub("pull")
    town.hub("deliver")
    assert set(town.posted()) == {"HH-10001"}
    assert not town.causes()


def test_dead_grant_keeps_its_queue(live: Town) -> None:
    live.bill(live.patient(), "PH1")
    live.hub("pull")
    live.person("disconnect")
    stopped = live.hub("deliver", code=1)
    assert "A person has to reconnect" in " ".join(stopped.out.split())
    assert not live.posted()
    state = {c["id"]: c for c in live.ask("status")["connections"]}
    assert state[LEDGER]["state"] == "reconnect needed"
    assert state[LEDGER]["why"]

    tenant = live.setup.xero_tenant_id
    made = live.person("grant", client_id=live.setup.xero_client_id, tenants=[tenant])
    live.hub("connect", LEDGER, stdin=json.dumps({**live.grant, "refresh_token": made["refresh_token"]}))
    live.hub("deliver")
    assert set(live.posted()) == {"HH-10001"}


def test_unmapped_item(live: Town) -> None:
    patient = live.patient()
    live.bill(patient, "PH1")
    live.bill(patient, "EX30")
    live.hub("pull")
    live.hub("deliver")
    assert set(live.posted()) == {"HH-10001"}
    group = held(live)
    assert (group["cause"], group["numbers"], group["cents"]) == ("unmapped:item:EX30", ["10002"], 15000)
    assert group["who"] == "bookkeeper"

    def add(text: dict[str, Any]) -> None:
        text["items"]["EX30"] = "200"

    live.configure(add)
    live.hub("deliver")
    assert set(live.posted()) == {"HH-10001", "HH-10002"}
    assert not live.causes()


def test_archived_account(live: Town) -> None:
    patient = live.patient()
    live.person("archive_account", code="203")
    live.bill(patient, "PH1")
    live.bill(patient, "RM1")
    live.hub("pull")
    live.hub("deliver")
    assert set(live.posted()) == {"HH-10001"}
    assert held(live)["cause"] == "account:archived:203"

    live.person("restore_account", code="203")
    release(live, "account:archived:203")
    assert set(live.posted()) == {"HH-10001", "HH-10002"}
    assert not live.causes()


def test_account_archived_after_the_chart_was_read(live: Town) -> None:
    patient = live.patient()
    live.bill(patient, "PH1")
    live.hub("pull")
    live.hub("deliver")
    live.person("archive_account", code="203")
    live.bill(patient, "RM1", "PH1")
    live.hub("pull")
    live.hub("deliver")
    assert set(live.posted()) == {"HH-10001"}
    assert held(live)["cause"] == "account:archived:203"
    live.person("restore_account", code="203")
    release(live, "account:archived:203")
    assert set(live.posted()) == {"HH-10001", "HH-10002"}


def test_archived_contact_holds_each_of_its_invoices(live: Town) -> None:
    patient, other = live.patient(), live.patient("Sampleton")
    live.bill(patient, "PH1")
    live.hub("pull")
    live.hub("deliver")
    live.person("archive_contact", number=f"HH-{patient}")
    live.bill(patient, "PH2")
    live.bill(patient, "EP1")
    live.bill(other, "PS1")
    live.hub("pull")
    live.hub("deliver")
    assert set(live.posted()) == {"HH-10001", "HH-10004"}
    group = held(live)
    assert group["cause"] == "contact:archived"
    assert sorted(group["numbers"]) == ["10002", "10003"]

    live.person("restore_contact", number=f"HH-{patient}")
    release(live, "contact:archived")
    assert len(live.posted()) == 4
    assert not live.causes()


def test_locked_period(live: Town) -> None:
    patient = live.patient()
    live.person("lock_period", date="2026-10-15")
    live.bill(patient, "PH1", day="2026-10-12")
    live.bill(patient, "PH1", day="2026-10-20")
    live.hub("pull")
    live.hub("deliver")
    assert set(live.posted()) == {"HH-10002"}
    group = held(live)
    assert (group["cause"], group["numbers"]) == ("period:locked", ["10001"])

    live.person("lock_period", date="2026-09-30")
    release(live, "period:locked")
    assert {doc["date"] for doc in live.posted().values()} == {"2026-10-12", "2026-10-20"}
    assert not live.causes()


def test_number_of_a_strangers_invoice(live: Town) -> None:
    patient = live.patient()
    line = {"description": "Rent", "cents": 100, "account": "200"}
    live.person("create_invoice", contact={"name": "Corner Cafe (sublease)"}, number="HH-10001",
                date="2026-10-02", lines=[line])  # fmt: skip
    live.bill(patient, "PH1")
    live.bill(patient, "PH2")
    live.hub("pull")
    live.hub("deliver")
    assert live.posted()["HH-10001"]["total"] == 100
    assert "HH-10002" in live.posted()
    group = held(live)
    assert (group["cause"], group["numbers"]) == ("number:taken", ["10001"])

    live.person("edit_invoice", number="HH-10001", new_number="CAFE-1")
    release(live, "number:taken")
    assert live.posted()["HH-10001"]["total"] == 12000
    assert live.posted()["CAFE-1"]["total"] == 100
    assert not live.causes()


def test_malformed_record(live: Town) -> None:
    patient = live.patient()
    live.bill(patient, "PH1")
    bad = live.bill(patient, "PH2")
    live.do({"action": "corrupt_invoice", "invoice_id": bad["id"], "set": {"total_amount": "a lot"}})
    live.hub("pull")
    live.hub("deliver")
    assert set(live.posted()) == {"HH-10001"}
    group = held(live)
    assert (group["cause"], group["numbers"]) == ("record:malformed", ["10002"])

    release(live, "record:malformed")
    assert held(live)["cause"] == "record:malformed"
    live.do({"action": "corrupt_invoice", "invoice_id": bad["id"]})
    release(live, "record:malformed")
    assert not live.causes()
    assert set(live.posted()) == {"HH-10001", "HH-10002"}


def test_lines_that_do_not_add_up(live: Town) -> None:
    patient = live.patient()
    bad = live.bill(patient, "PH2")
    live.do({"action": "corrupt_invoice", "invoice_id": bad["id"], "off_by_cents": 700})
    live.bill(patient, "PH1")
    live.hub("pull")
    live.hub("deliver")
    assert set(live.posted()) == {"HH-10002"}
    assert held(live)["cause"] == "bundle:incomplete"
    live.do({"action": "corrupt_invoice", "invoice_id": bad["id"]})
    release(live, "bundle:incomplete")
    assert set(live.posted()) == {"HH-10001", "HH-10002"}
    assert not live.causes()


@pytest.mark.parametrize(
    ("bill", "cause", "mend"),
    [
        (
            {"items": [strange_tax("PH1")]},
            "unmapped:tax:Luxury levy@15",
            ("taxes", "Luxury levy@15", "OUTPUT"),
        ),
        (
            {"items": [item("PH1")], "practitioner": LEV},
            f"unmapped:supplier:{LEV}",
            ("suppliers", LEV, "clinic"),
        ),
        (
            {"items": [item("PH1")], "invoice_to": "Mystery Benefits Co\r\nNowhere"},
            "unmapped:payer",
            ("payers", "mystery", {"name": "Mystery Benefits Co", "first_line_contains": "Mystery Benefits"}),
        ),
        (
            {"items": [item("PH1")], "practitioner": KIRA},
            f"unsupported:supplier:{KIRA}",
            ("suppliers", KIRA, "clinic"),
        ),
    ],
)
def test_what_nobody_wrote_down(
    live: Town, bill: dict[str, Any], cause: str, mend: tuple[str, str, Any]
) -> None:
    patient = live.patient()
    live.bill(patient, "PH1")
    live.bill(patient, **bill)
    live.hub("pull")
    live.hub("deliver")
    assert set(live.posted()) == {"HH-10001"}
    assert (held(live)["cause"], held(live)["numbers"]) == (cause, ["10002"])

    table, key, value = mend

    def write_down(text: dict[str, Any]) -> None:
        text[table][key] = value

    live.configure(write_down)
    live.hub("deliver")
    if cause.startswith("unmapped:tax"):
        # OUTPUT computes a tenth, the line says 15 %: the ledger's own total would differ, so it stays held.
        return
    assert set(live.posted()) == {"HH-10001", "HH-10002"}
    assert not live.causes()


def test_errors_are_one_sentence_for_programs_too(raw_town: Town) -> None:
    early = raw_town.ask("plan", code=2)
    assert set(early) == {"error", "sentence", "who"}
    raw_town.go_live()
    days = ("--from", "2026-10-01", "--to", "2026-10-02")
    for words in (
        ("plan", "nobody"),
        ("pull", "nobody"),
        ("deliver", "harbour-cliniko"),
        ("connect", "nobody"),
        ("freeze", "nobody", "--why", "x"),
        ("freeze",),
        ("deliveries", "show", "nothing"),
        ("deliveries", "cancel", "nothing", "--why", "x"),
        ("deliveries", "replay", "nothing", "--why", "x"),
        ("deliveries", "list", "--state", "nowhere"),
        ("holds", "release", "--why", "x"),
        ("holds", "release", "--cause", "nothing", "--why", "x"),
        ("holds", "show", "nothing"),
        ("cursor", "set", PRACTICE, "nothing", "--to", "2026-10-01", "--why", "x"),
        ("reconcile", "--location", "nowhere"),
        ("check", "/nowhere.yaml"),
        ("import", "payments", "/nowhere.csv", "--location", "geelong", *days),
        ("import", "payments", "/nowhere.csv", "--location", "nowhere", *days),
    ):
        said = raw_town.ask(*words, code=2)
        assert said["error"], words
        assert said.get("sentence") or said["errors"], words
        plain = raw_town.hub(*words, code=2)
        assert "Traceback" not in plain.text
        assert not plain.out, words


def test_the_practice_systems_own_link_to_the_books(raw_town: Town) -> None:
    """Posting stops by itself while the practice system posts too, until a person says that it is off."""
    raw_town.practice.call("POST", "/__control__/switches", {"native_xero": True})
    raw_town.hub("init", str(raw_town.mapping))
    raw_town.hub("connect", LEDGER, stdin=json.dumps(raw_town.grant))
    refused = raw_town.hub(
        "connect", PRACTICE, stdin=json.dumps({"api_key": raw_town.setup.cliniko_key}), code=2
    )
    assert "cliniko:native-sync" in refused.out
    raw_town.bill(raw_town.patient(), "PH1")
    raw_town.hub("pull")
    raw_town.hub("deliver")
    assert not raw_town.posted()
    assert {c["id"]: c["state"] for c in raw_town.ask("status")["connections"]}[LEDGER] == "frozen"
    assert "cliniko:native-sync" in raw_town.causes()

    def confirm(text: dict[str, Any]) -> None:
        text["policy"]["native_sync_confirmed_off"] = [PRACTICE]

    raw_town.configure(confirm)
    raw_town.hub("freeze", LEDGER, "--off", "--why", "switched off in the practice system")
    raw_town.hub("deliver")
    assert set(raw_town.posted()) == {"HH-10001"}
