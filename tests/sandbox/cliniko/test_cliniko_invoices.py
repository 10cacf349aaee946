"""What invoices look like through the API: shapes, arithmetic, edits, spoilt records."""

from __future__ import annotations

import pytest

from tests.sandbox.cliniko.conftest import ANA, GEELONG, TOOWONG

GST = {"name": "GST", "rate": "10.0"}


def test_invoice_and_item_shapes(clinic):
    made = clinic.invoice(
        items=[
            {"billable_item_id": "301", "unit_price_cents": 9500},
            {"product_id": "77", "quantity": 2, "unit_price_cents": 4400},
        ],
        invoice_to="Coastline Plan Management\r\nPO Box 1",
    )
    shown = clinic.get(f"invoices/{made['id']}").json()
    assert (shown["net_amount"], shown["tax_amount"], shown["total_amount"]) == ("175.0", "8.0", "183.0")
    assert (shown["status"], shown["status_description"], shown["closed_at"]) == (10, "Open", None)
    assert shown["number"] == 10001
    assert shown["calculation_method_description"] == "Tax inclusive"
    assert shown["patient"] == {"links": {"self": f"http://cliniko.test/v1/patients/{clinic.patient}"}}
    assert not {"appointment", "attendee", "original_invoice", "patient_id", "amount_due"} & set(shown)
    assert len(shown["id"]) == 19
    plain, taxed = clinic.rows("invoice_items", f"invoice_id:={made['id']}")
    assert (plain["total_including_tax"], plain["tax_name"], plain["concession_type_name"]) == (
        95.0,
        None,
        "",
    )
    assert (taxed["quantity"], taxed["unit_price"], taxed["net_price"]) == ("2.0", "44.0", "80.0")
    assert (taxed["tax_rate"], taxed["tax_amount"], taxed["total_including_tax"]) == ("10.0", "10.0", 88.0)
    assert "product" in taxed
    assert "billable_item" not in taxed
    assert clinic.ids(f"invoices/{made['id']}/invoice_items") == [plain["id"], taxed["id"]]
    assert not [name for row in (shown, taxed) for name in row if name.startswith("_")]


def test_legacy_discount_is_the_official_example(clinic):
    item = {"unit_price_cents": 10000, "tax": GST, "discount_cents": 2000}
    made = clinic.invoice(items=[item], calculation_method=1, prices_include_tax=False)
    shown = clinic.rows("invoice_items", f"invoice_id:={made['id']}")[0]
    assert (shown["unit_price"], shown["net_price"], shown["total_including_tax"]) == (
        "100.0",
        "81.818",
        90.0,
    )
    assert (shown["discount_percentage"], shown["discounted_amount"]) == ("18.1818", "20.0")
    assert made["total_cents"] == 9000


def test_tax_exclusive_lines_may_miss_the_total_by_a_cent(clinic):
    items = [{"unit_price_cents": 105, "tax": GST} for _ in range(2)]
    made = clinic.invoice(items=items, calculation_method=2, prices_include_tax=False)
    assert [item["total_cents"] for item in made["items"]] == [116, 116]
    assert (made["net_cents"], made["tax_cents"], made["total_cents"]) == (210, 21, 231)


@pytest.mark.parametrize("method", [1, 2, 3])
@pytest.mark.parametrize("price", [11000, 3300, 4400, 1650, 33000, 5500])
def test_prices_with_tax_mean_the_same_in_every_method(clinic, method, price):
    made = clinic.invoice(items=[{"unit_price_cents": price, "tax": GST}], calculation_method=method)
    assert (made["total_cents"], made["tax_cents"]) == (price, price // 11)


def test_issue_date_is_the_clinics_own_day(clinic):
    late = "2026-10-03T14:30:00Z"
    south = clinic.invoice(9500, at=late)
    north = clinic.invoice(9500, at=late, business_id=TOOWONG)
    dates = {row["id"]: row["issue_date"] for row in clinic.rows("invoices")}
    assert dates == {south["id"]: "2026-10-04", north["id"]: "2026-10-04"}
    after = "2026-10-04T13:30:00Z"
    south, north = clinic.invoice(9500, at=after), clinic.invoice(9500, at=after, business_id=TOOWONG)
    dates = {row["id"]: row["issue_date"] for row in clinic.rows("invoices")}
    assert (dates[south["id"]], dates[north["id"]]) == ("2026-10-05", "2026-10-04")


def test_story_clock_stamps_records(clinic):
    clinic.http.post("/__control__/clock", json={"story": "2026-10-05T09:00:00+11:00"})
    made = clinic.invoice(9500)
    shown = clinic.get(f"invoices/{made['id']}").json()
    assert (shown["created_at"], shown["issue_date"]) == ("2026-10-04T22:00:00Z", "2026-10-05")


def test_edit_replaces_lines_and_archives_the_old(clinic):
    made = clinic.invoice(9500)
    old = made["items"][0]["id"]
    edited = clinic.hands(
        "edit_invoice",
        invoice_id=made["id"],
        items=[{"billable_item_id": "301"}],
        issue_date="2026-10-01",
        at="2026-10-08T00:00:00Z",
    )
    new = edited["items"][0]["id"]
    assert new != old
    assert clinic.ids("invoice_items", f"invoice_id:={made['id']}") == [new]
    assert clinic.ids("invoice_items", f"invoice_id:={made['id']}", "archived_at:*") == [old, new]
    shown = clinic.get(f"invoices/{made['id']}").json()
    assert (shown["number"], shown["issue_date"], shown["updated_at"]) == (
        10001,
        "2026-10-01",
        "2026-10-08T00:00:00Z",
    )


def test_edit_in_place_without_bump_by_switch(clinic):
    clinic.switch(item_edit="in_place", item_edit_bumps_invoice=False)
    made = clinic.invoice(9500)
    before = clinic.get(f"invoices/{made['id']}").json()
    items = [{"billable_item_id": "301", "unit_price_cents": 9000}]
    edited = clinic.hands("edit_invoice", invoice_id=made["id"], items=items, at="2026-10-08T00:00:00Z")
    after = clinic.get(f"invoices/{made['id']}").json()
    assert edited["items"][0]["id"] == made["items"][0]["id"]
    assert (after["total_amount"], after["updated_at"]) == ("90.0", before["updated_at"])
    assert clinic.ids("invoice_items", "updated_at:>2026-10-07T00:00:00Z") == [made["items"][0]["id"]]


def test_spoilt_records_and_their_mending(clinic):
    made = clinic.invoice(9500)
    clinic.hands("corrupt_invoice", invoice_id=made["id"], set={"total_amount": "abc"}, remove=["number"])
    shown = clinic.get(f"invoices/{made['id']}").json()
    assert shown["total_amount"] == "abc"
    assert "number" not in shown
    clinic.hands("corrupt_invoice", invoice_id=made["id"], off_by_cents=700)
    assert clinic.get(f"invoices/{made['id']}").json()["total_amount"] == "102.0"
    clinic.hands("corrupt_invoice", invoice_id=made["id"])
    assert clinic.get(f"invoices/{made['id']}").json()["total_amount"] == "95.0"
    item = made["items"][0]["id"]
    clinic.hands("corrupt_invoice", item_id=item, set={"total_including_tax": None})
    assert clinic.get(f"invoice_items/{item}").json()["total_including_tax"] is None


def test_forced_status(clinic):
    made = clinic.invoice(9500)
    clinic.hands("set_status", invoice_id=made["id"], status=30)
    assert clinic.get(f"invoices/{made['id']}").json()["status_description"] == "Closed"
    assert clinic.hands("set_status", invoice_id=made["id"], forget=True)["status"] == 10


def test_shape_switches(clinic):
    made = clinic.invoice(9500)
    clinic.switch(ids="numbers", total_including_tax="text", missing_relation="null")
    shown = clinic.get(f"invoices/{made['id']}").json()
    assert (shown["id"], shown["attendee"]) == (int(made["id"]), None)
    assert clinic.rows("invoice_items")[0]["total_including_tax"] == "95.0"


def test_visit_shows_its_invoices_status(clinic):
    visit = clinic.hands(
        "book",
        patient_id=clinic.patient,
        practitioner_id=ANA,
        business_id=GEELONG,
        appointment_type_id="514810976034364376",
        starts_at="2026-10-06T09:00:00+11:00",
    )
    clinic.hands("no_show", appointment_id=visit["id"])
    made = clinic.invoice(9500, attendee_id=visit["attendee_id"])
    attendee = clinic.get(f"attendees/{visit['attendee_id']}").json()
    assert (attendee["arrived"], attendee["invoice_status"]) == (False, 10)
    clinic.pay(9500, (made["id"], 9500))
    shown = clinic.get(f"individual_appointments/{visit['id']}").json()
    assert (shown["did_not_arrive"], shown["invoice_status"]) == (True, 20)
    assert clinic.ids(f"attendees/{visit['attendee_id']}/invoices") == [made["id"]]
    assert clinic.get(f"invoices/{made['id']}").json()["appointment"]["links"]["self"].endswith(visit["id"])


def test_edit_keeps_a_line_named_by_its_id(clinic):
    made = clinic.invoice(9500, 4000)
    first, second = [item["id"] for item in made["items"]]
    items = [{"id": first, "billable_item_id": "301", "unit_price_cents": 9000}]
    edited = clinic.hands("edit_invoice", invoice_id=made["id"], items=items)
    assert edited["items"] == [{"id": first, "total_cents": 9000, "tax_cents": 0}]
    rows = clinic.rows("invoice_items", f"invoice_id:={made['id']}", "archived_at:*")
    assert {row["id"]: bool(row["archived_at"]) for row in rows} == {first: False, second: True}
