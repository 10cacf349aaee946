"""v2: key, envelope, paging, the pages of unknown functions, the lies of its writes."""

from __future__ import annotations

import httpx
import pytest

from connectors.sandbox.nookal.state import API_KEY
from tests.sandbox.nookal.conftest import Practice

FORM = "application/x-www-form-urlencoded"


def test_a_failure_is_http_200_and_names_the_function(practice: Practice) -> None:
    for form in ({"api_key": ""}, {"api_key": "wrong"}):
        answer = practice.v2("getLocations", **form)
        body = answer.json()
        assert (answer.status_code, body["status"], body["details"]["errorCode"]) == (200, "failure", "L003")
        assert "data" not in body


def test_get_with_the_key_in_the_query_works_as_well(practice: Practice) -> None:
    body = practice.http.get("/production/v2/verify", params={"api_key": API_KEY}).json()
    assert body["data"] == {"api_call": "verify", "results": {"verify": "1"}}


def test_a_function_that_does_not_exist_is_a_page(practice: Practice) -> None:
    answer = practice.v2("getServices")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Hold it right there!" in answer.text


def test_lists_are_paged_by_text_and_end_with_no_next_page(practice: Practice) -> None:
    for n in range(5):
        practice.hands("create_patient", first_name=f"P{n}", last_name="Canary")
    seen: list[str] = []
    page: object = 1
    while page:
        body = practice.v2("getPatients", page=page, page_length=4).json()
        seen += [row["ID"] for row in body["data"]["results"]["patients"]]
        assert (body["details"]["totalItems"], body["settings"]["currentPage"]) == ("6", str(page))
        page = body["settings"]["nextPage"]
    assert len(set(seen)) == len(seen) == 6
    assert practice.v2("getPatients", page_length=500).json()["settings"]["pageLength"] == 200


def test_a_list_may_come_as_a_map(practice: Practice) -> None:
    practice.control("switches", v2_lists="map")
    body = practice.v2("getLocations").json()
    assert list(body["data"]["results"]["locations"]) == ["0", "1"]


@pytest.mark.parametrize(("zone", "asked", "found"), [
    ("UTC", "2026-10-05 00:30:00", ["1202"]),
    ("UTC", "2026-10-05 11:30:00", []),
    ("local", "2026-10-05 11:30:00", ["1202"]),
])  # fmt: skip
def test_modified_is_a_text_without_a_zone(
    practice: Practice, zone: str, asked: str, found: list[str]
) -> None:
    practice.clock.pass_seconds(3600)
    practice.hands("create_patient", first_name="Late", last_name="Canary")
    practice.control("switches", stamps_zone=zone)
    assert [row["ID"] for row in practice.rows("getPatients", "patients", last_modified=asked)] == found


def test_inactive_practitioners_hide_unless_asked_for(practice: Practice) -> None:
    assert [r["ID"] for r in practice.rows("getPractitioners", "practitioners")] == ["4"]
    every = practice.rows("getPractitioners", "practitioners", include_inactive_practitioners="1")
    assert [(r["ID"], r["status"]) for r in every] == [("4", "1"), ("5", "0")]


def test_an_appointment_has_local_times_and_utc(practice: Practice) -> None:
    made = {"patient_id": practice.patient, "practitioner_id": "4", "location_id": "1", "service_id": "12"}
    practice.hands("book", **made, day="2026-10-03", start="09:30:00")
    practice.hands("book", **made, day="2026-10-05", start="09:30:00")
    practice.hands("book", location_id="1", day="2026-10-05", start="12:00:00", kind="DiaryNote")
    before, after, note = practice.rows("getAppointments", "appointments")
    assert (before["appointmentStartTime"], before["appointmentStartDateTimeUTC"]) == (
        "09:30:00",
        "2026-10-02 23:30:00",
    )
    assert after["appointmentStartDateTimeUTC"] == "2026-10-04 22:30:00"  # daylight saving began between them
    assert (note["patientID"], "arrived" in note) == (None, False)
    assert practice.rows("getAppointments", "appointments", appointment_id="1") == [before, after, note]


def test_an_invoice_adds_up_and_voids_are_asked_for_apart(practice: Practice) -> None:
    made = practice.invoice({"service_id": "12"}, {"stock_id": "7", "qty": 2})
    practice.hands("take_payment", invoice_id=made["id"], cents=6000, method="EFTPOS", day="2026-10-05")
    (shown,) = practice.rows("getInvoices", "invoices", expanded="1")
    assert (shown["totalDebits"], shown["totalPayments"], shown["totalBalance"]) == (
        "122.20",
        "60.00",
        "62.20",
    )
    assert [(e["subtotal"], e["tax"], e["total"]) for e in shown["details"]["entries"]] == [
        ("98.00", "0.00", "98.00"),
        ("22.00", "2.20", "24.20"),
    ]
    assert [(p["method"], p["amount"]) for p in shown["details"]["payments"]] == [("EFTPOS", "60.00")]
    practice.hands("void_invoice", invoice_id=made["id"])
    assert practice.rows("getInvoices", "invoices") == []
    (void,) = practice.rows("getInvoices", "invoices", void="1")
    assert void["ID"] == made["id"]
    assert practice.v2("getInvoice", invoice_id=made["id"]).json()["status"] == "failure"


def test_a_key_sees_its_locations_only(practice: Practice) -> None:
    practice.invoice()
    practice.control("access", locations=["2"])
    assert [r["ID"] for r in practice.rows("getLocations", "locations")] == ["2"]
    assert practice.rows("getInvoices", "invoices") == []


# --- writes


def test_the_same_payment_twice_is_two_payments(practice: Practice) -> None:
    made = practice.invoice()
    form = {"invoice_id": made["id"], "method": "Stripe", "amount": "30.00", "date": "2026-10-05"}
    for _ in range(2):
        answer = practice.v2("addPaymentToInvoice", **form, payment_ref="ref-1").json()
    shown = answer["data"]["results"]["invoice"]
    assert (shown["totalPayments"], shown["totalBalance"]) == ("60.00", "38.00")
    assert "payment_ref" not in shown["details"]["payments"][0]
    assert [p["ref"] for p in practice.ledger()["payments"]] == ["ref-1", "ref-1"]


def test_an_overpayment_is_taken_or_refused(practice: Practice) -> None:
    made = practice.invoice()
    form = {"invoice_id": made["id"], "method": "Stripe", "amount": "200.00", "date": "2026-10-05"}
    practice.control("switches", overpayment="refused")
    assert practice.v2("addPaymentToInvoice", **form).json()["status"] == "failure"
    assert practice.ledger()["payments"] == []
    practice.control("switches", overpayment="accepted")
    assert practice.v2("addPaymentToInvoice", **form).json()["status"] == "success"


def test_writes_lie(practice: Practice) -> None:
    assert practice.v2("editPatient", patient_id="999", shoe_size="9").json()["status"] == "success"
    answer = practice.http.post(
        "/production/v2/addPatient",
        content=f"api_key={API_KEY}&first_name=A&last_name=B&date_of_birth=2000-02-29",
        headers={"Content-Type": f"{FORM}; charset=iso-8859-1"},
    )
    assert answer.json()["status"] == "success"
    assert len(practice.rows("getPatients", "patients")) == 1
    key = practice.v2("addPatient", first_name="Zoé", last_name="Canary", date_of_birth="2000-02-29").json()
    named = practice.rows("searchPatients", "patients", patient_id=key["data"]["results"]["patient_id"])
    assert named[0]["FirstName"] == "ZoÃ©"


def test_an_invoice_is_made_from_bracketed_items(practice: Practice) -> None:
    form = {
        "location_id": "1",
        "patient_id": practice.patient,
        "date": "2026-10-05",
        "items[0][id]": "12",
        "items[0][qty]": "2",
    }
    made = practice.v2("addInvoice", **form).json()["data"]["results"]["invoice"]
    assert (made["totalDebits"], made["details"]["entries"][0]["qty"]) == ("196.00", "2")


def test_hands_are_refused_with_what_is_wrong(practice: Practice) -> None:
    def wrong(action: str, **payload: object) -> str:
        answer: httpx.Response = practice.http.post(f"/__control__/hands/{action}", json=payload)
        assert answer.status_code == 400
        return str(answer.json()["error"])

    assert wrong("fly") == "no action is called 'fly'"
    assert wrong("take_payment", invoice_id="1", cents=5) == "missing: method"
    assert wrong("create_invoice", patient_id="999", location_id="1", items=[]) == "no record 999 in patients"
    assert wrong("put", resource="invoices", fields={}) == "'invoices' cannot be put"
