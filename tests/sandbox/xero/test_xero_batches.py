"""Faults in mid-batch, the witness, hands, and that cost does not grow with what is there."""

from __future__ import annotations

import time

import httpx
import pytest
from xero_world import SETUP, messages, payment

from connectors.sandbox.xero import SANDBOX, witness


def test_a_batch_saved_in_part_then_reset(xero):
    fault = {"match": {"method": "PUT", "path": "/Contacts$"}, "kind": "partial", "elements": 2}
    xero.http.post("/__control__/faults", json=fault)
    body = {"Contacts": [{"Name": name} for name in "ABC"]}
    with pytest.raises(httpx.TransportError):
        xero.call("PUT", "/Contacts", body, summarizeErrors="false")
    assert [c["Name"] for c in xero.get("/Contacts")["Contacts"]] == ["A", "B"]


def test_warnings_and_the_approval_limit_are_settings(make):
    world = make(warn_invoices="Look again", approve_limit=1)
    made = world.invoice("A")
    assert (made["StatusAttributeString"], made["Warnings"]) == ("WARNING", [{"Message": "Look again"}])
    assert messages(world.invoice("B")) == ["You have reached the limit of invoices you can approve"]


def test_the_order_of_an_answer_is_a_setting(make):
    world = make(answer_order="reversed")
    made = world.call("PUT", "/Contacts", {"Contacts": [{"Name": name} for name in "ABC"]}).json()
    assert [contact["Name"] for contact in made["Contacts"]] == ["C", "B", "A"]


def test_hands_edit_pay_and_void_by_the_same_rules(xero):
    lines = [{"description": "By hand", "cents": 5500, "account": "203", "option": "Richmond"}]
    made = xero.hand(
        "create_invoice", {"contact": "A Stranger", "number": "S-1", "date": "2026-10-05", "lines": lines}
    )
    xero.hand(
        "edit_invoice", {"number": "S-1", "reference": "changed", "lines": [{**lines[0], "cents": 6600}]}
    )
    paid = xero.hand("pay_invoice", {"number": "S-1", "account": "1103", "cents": 600, "date": "2026-10-06"})
    refused = xero.http.post("/__control__/hands/void_invoice", json={"number": "S-1"})
    assert refused.status_code == 400
    assert "payments or credit notes allocated" in refused.json()["error"]
    xero.hand("void_invoice", {"number": "S-1", "remove_payments": True})
    documents = xero.ledger()["documents"]
    assert documents["invoices"][0]["status"] == "VOIDED"
    assert documents["invoices"][0]["by_app"] is None
    assert (documents["payments"][0]["id"], documents["payments"][0]["status"]) == (
        paid["payment_id"],
        "DELETED",
    )
    assert xero.get(f"/Invoices/{made['invoice_id']}")["Invoices"][0]["Reference"] == "changed"
    assert xero.http.post("/__control__/hands/fly", json={}).status_code == 404
    assert xero.http.post("/__control__/hands/pay_invoice", json={"number": "none"}).status_code == 400


def test_a_refused_hand_changes_nothing(xero):
    lines = [{"cents": 100, "account": "nonesuch"}]
    refused = xero.http.post("/__control__/hands/create_invoice", json={"contact": "New One", "lines": lines})
    assert refused.status_code == 400
    assert xero.get("/Contacts")["Contacts"] == []


def test_the_ledger_tells_money_billed_debtors_and_credits(xero):
    made = xero.invoice("HH-1", 11000)
    xero.pay(made["InvoiceID"], 4000)
    found = xero.ledger()
    invoice = found["documents"]["invoices"][0]
    assert (invoice["number"], invoice["date"], invoice["total"], invoice["remaining"]) == (
        "HH-1",
        "2026-10-05",
        11000,
        7000,
    )
    assert invoice["contact_number"] == "C-HH-1"
    assert invoice["lines"][0] == {
        "description": "Physiotherapy",
        "account": "200",
        "account_id": xero.setup["accounts"]["200"],
        "tax_type": "EXEMPTOUTPUT",
        "option": "Geelong",
        "gross": 11000,
        "tax": 0,
    }
    paid = found["documents"]["payments"][0]
    assert (paid["kind"], paid["number"], paid["account"], paid["cents"]) == ("invoice", "HH-1", "1101", 4000)
    assert [j["source"].split(":")[0] for j in found["journals"]] == ["invoice", "payment"]


def test_setup_twice_changes_nothing(xero):
    before = xero.ledger()["accounts"]
    assert xero.hand("setup", SETUP) == xero.setup
    assert xero.ledger()["accounts"] == before


def test_books_are_the_same_after_reopening(make, tmp_path):
    world = make(path=tmp_path / "x.db")
    made = world.invoice("HH-1")
    world.pay(made["InvoiceID"], 9500)
    before = world.ledger()
    world.state.reload()
    world.state.store.close()
    world.state = SANDBOX.open(tmp_path / "x.db")
    assert witness.ledger(world.state, None) == before


def seconds_for(xero, start, count):
    began = time.perf_counter()
    for batch in range(start, start + count, 50):
        numbers = range(batch, batch + 50)
        people = [{"Name": f"Patient {n}", "ContactNumber": f"HH-{n}"} for n in numbers]
        ids = [c["ContactID"] for c in xero.send("PUT", "Contacts", *people)]
        drawn = [xero.draw(f"HH-{n}", contact_id=id_) for n, id_ in zip(numbers, ids, strict=True)]
        made = xero.send("PUT", "Invoices", *drawn)
        paid = xero.send("PUT", "Payments", *[payment(i["InvoiceID"], 9500) for i in made])
        assert all(p["StatusAttributeString"] == "OK" for p in paid)
        xero.get("/Invoices", InvoiceNumbers=",".join(f"HH-{n}" for n in numbers))
        where = " OR ".join(f'Invoice.InvoiceID==guid("{i["InvoiceID"]}")' for i in made)
        assert len(xero.get("/Payments", where=where)["Payments"]) == 50
    return time.perf_counter() - began


def test_cost_does_not_grow_with_what_is_there(xero):
    first = seconds_for(xero, 0, 200)
    seconds_for(xero, 200, 800)
    last = seconds_for(xero, 1000, 200)
    assert last < 4 * first + 0.5
    assert xero.ledger()["debtors"]["control"] == 0
