"""Envelope, paging, sorting, filters, and what lists hide."""

from __future__ import annotations

import httpx
import pytest

from tests.sandbox.cliniko.conftest import ANA, GEELONG, TOOWONG, ZED

TYPE = "514810976034364376"


def _patients(clinic, count):
    actions = [
        {
            "action": "create_patient",
            "first_name": f"P{n}",
            "last_name": "Canary",
            "at": f"2026-10-06T00:{n:02}:00Z",
        }
        for n in range(count)
    ]
    answer = clinic.http.post("/__control__/hands", json=actions)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()]


def test_pages_carry_filters_and_have_no_link_at_the_ends(clinic):
    ids = _patients(clinic, 7)
    url = httpx.URL("/v1/patients", params=[("q[]", "first_name:~P"), ("per_page", "3"), ("sort", "id")])
    seen, pages = [], 0
    while url:
        body = clinic.http.get(url).json()
        assert body["total_entries"] == 7
        assert ("previous" in body["links"]) == (pages > 0)
        seen += [row["id"] for row in body["patients"]]
        url, pages = body["links"].get("next"), pages + 1
        assert url is None or url.startswith("http://cliniko.test/v1/patients?")
    assert (seen, pages) == (ids, 3)


def test_per_page_is_capped_or_refused(clinic):
    assert "per_page=100" in clinic.get("patients", per_page=500).json()["links"]["self"]
    clinic.switch(per_page_over_100=400)
    assert clinic.get("patients", per_page=101).status_code == 400


def test_pages_can_be_made_short_for_a_test(clinic):
    _patients(clinic, 5)
    clinic.http.post("/__control__/limits", json={"per_page": 2})
    page = clinic.get("patients", per_page=100).json()
    assert (len(page["patients"]), page["total_entries"]) == (2, 6)
    assert "per_page=2" in page["links"]["next"]


def test_sort_and_default_order(clinic):
    ids = _patients(clinic, 3)
    clinic.hands("edit_patient", patient_id=ids[0], email="p0@example.com", at="2026-10-07T00:00:00Z")
    assert clinic.ids("patients", "first_name:~P") == ids
    assert clinic.ids("patients", "first_name:~P", sort="created_at:desc") == ids[::-1]
    assert clinic.ids("patients", "first_name:~P", sort="updated_at") == [ids[1], ids[2], ids[0]]
    assert clinic.get("patients", sort="shoe_size").status_code == 400


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("updated_at:>2026-10-06T00:00:00Z", [1, 2]),
        ("updated_at:>=2026-10-06T00:00:00Z", [0, 1, 2]),
        ("updated_at:>2026-10-06T00:00:00.500Z", [1, 2]),
        ("updated_at:<2026-10-06T00:01:00Z", [0]),
        ("updated_at:<=2026-10-06T00:01:00Z", [0, 1]),
        ("first_name:=P1", [1]),
        ("first_name:!=P1", [0, 2]),
        ("first_name:~p", [0, 1, 2]),
        ("first_name:~~%2", [2]),
        ("email:?", []),
        ("email:!?", [0, 1, 2]),
        ("old_reference_id:=X", []),
    ],
)
def test_text_and_time_filters(clinic, q, found):
    ids = _patients(clinic, 3)
    assert clinic.ids("patients", q, "last_name:=Canary", "created_at:>=2026-10-06T00:00:00Z") == [
        ids[n] for n in found
    ]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("number:=10001,10003", [0, 2]),
        ("number:!=10001", [1, 2]),
        ("number:>=10002", [1, 2]),
        ("status:=10", [0, 1]),
        ("status:=20", [2]),
        ("issue_date:=2026-10-02", [1]),
        ("issue_date:<2026-10-02", [0]),
        ("issue_date:=****-**-0*", [0, 1, 2]),
        ("closed_at:?", [2]),
        ("practitioner_id:!?", []),
        ("original_invoice_id:!?", [0, 1, 2]),
        (f"business_id:={GEELONG}", [0, 1, 2]),
    ],
)
def test_number_and_date_filters(clinic, q, found):
    made = [clinic.invoice(9500, issue_date=f"2026-10-0{day}") for day in (1, 2, 3)]
    clinic.pay(9500, (made[2]["id"], 9500))
    assert clinic.ids("invoices", q) == [made[n]["id"] for n in found]


@pytest.mark.parametrize(
    ("path", "q", "message"),
    [
        ("invoices", "status:=paid", "Filter value for status must be a number"),
        ("invoices", "recall_at:>2026-01-01", "recall_at is not filterable"),
        ("invoices", "updated_at:=2026-10-06T00:00:00Z", None),
        ("invoices", "updated_at:>yesterday", None),
        ("invoices", "updated_at:>2026-10-06", None),
        ("invoices", "issue_date:>2026-**-01", None),
        ("invoices", "issue_date:~2026", None),
        ("taxes", "name:=GST", "name is not filterable"),
        ("practitioners", "active:=1", None),
        ("patients", "first_name", None),
    ],
)
def test_bad_filters_are_400(clinic, path, q, message):
    answer = clinic.get(path, q)
    assert answer.status_code == 400
    assert message is None or answer.json() == {"message": message}


def test_unknown_parameters_are_ignored_unless_switched(clinic):
    clinic.invoice(9500)
    assert len(clinic.rows("invoices", status="20")) == 1
    clinic.switch(unknown_parameter=400)
    assert clinic.get("invoices", status="20").status_code == 400


def test_archived_rows_hide_from_lists_and_single_reads(clinic):
    kept, gone = clinic.invoice(9500)["id"], clinic.invoice(9500)["id"]
    before = clinic.rows("invoices", f"id:={gone}")[0]["updated_at"]
    clinic.hands("archive_invoice", invoice_id=gone, at="2026-10-09T00:00:00Z")
    assert clinic.ids("invoices") == [kept]
    assert clinic.ids("invoices", f"id:={gone}") == []
    assert clinic.ids("invoices", "archived_at:*") == [kept, gone]
    assert clinic.ids("invoices", "deleted_at:*") == [kept, gone]
    assert clinic.ids("invoices", "archived_at:?") == [gone]
    assert clinic.ids("invoices", "archived_at:>2026-10-08T00:00:00Z") == [gone]
    assert clinic.get(f"invoices/{gone}").status_code == 404
    shown = clinic.get(f"invoices/{gone}", "archived_at:*").json()
    assert (shown["archived_at"], shown["updated_at"]) == ("2026-10-09T00:00:00Z", before)
    clinic.switch(archived_single_read=200, archived_after_lifts=False)
    assert clinic.get(f"invoices/{gone}").status_code == 200
    assert clinic.ids("invoices", "archived_at:>2026-10-08T00:00:00Z") == []


def test_archiving_bumps_by_switch(clinic):
    clinic.switch(archive_bumps_updated_at=True)
    gone = clinic.invoice(9500)["id"]
    clinic.hands("archive_invoice", invoice_id=gone, at="2026-10-09T00:00:00Z")
    assert clinic.ids("invoices", "updated_at:>2026-10-08T00:00:00Z", "archived_at:*") == [gone]


def test_cancelled_needs_its_own_wildcard(clinic):
    visit = clinic.hands(
        "book",
        patient_id=clinic.patient,
        practitioner_id=ANA,
        business_id=GEELONG,
        appointment_type_id=TYPE,
        starts_at="2026-10-06T09:00:00+11:00",
    )
    clinic.hands("cancel_appointment", appointment_id=visit["id"], reason=30)
    for path in ("individual_appointments", "attendees", "bookings"):
        assert clinic.ids(path) == []
        assert clinic.ids(path, "archived_at:*") == []
        assert len(clinic.ids(path, "cancelled_at:*")) == 1
        assert len(clinic.ids(path, "cancelled_at:>2026-10-01T00:00:00Z")) == 1


def test_bookings_are_the_union_of_the_diary(clinic):
    where = {"practitioner_id": ANA, "business_id": GEELONG, "appointment_type_id": TYPE}
    one = clinic.hands("book", patient_id=clinic.patient, starts_at="2026-10-06T09:00:00+11:00", **where)
    group = clinic.hands(
        "book_group", patient_ids=[clinic.patient], starts_at="2026-10-06T10:00:00+11:00", **where
    )
    rows = {row["id"]: row for row in clinic.rows("bookings")}
    assert set(rows) == {one["id"], group["id"]}
    assert "patient" in rows[one["id"]]
    assert rows[group["id"]]["max_attendees"] == 8
    assert rows[one["id"]]["links"]["self"].endswith(f"/v1/bookings/{one['id']}")
    assert rows[one["id"]]["starts_at"] == "2026-10-05T22:00:00Z"
    assert clinic.ids("bookings", f"patient_ids:~{clinic.patient}") == [group["id"]]
    assert clinic.ids("attendees", f"booking_id:={group['id']}") == group["attendee_ids"]


def test_practitioners_hide_the_inactive(clinic):
    clinic.hands("deactivate_practitioner", practitioner_id=ZED)
    assert clinic.ids("practitioners") == [ANA]
    assert clinic.ids("practitioners/inactive") == [ZED]
    assert clinic.get(f"practitioners/{ZED}").json()["active"] is False


def test_leaving_moves_the_stamp_only_by_switch(clinic):
    was = clinic.get(f"practitioners/{ZED}").json()
    clinic.switch(leaving_bumps_updated_at=False)
    clinic.clock.pass_seconds(60)
    clinic.hands("deactivate_practitioner", practitioner_id=ZED)
    assert clinic.get(f"practitioners/{ZED}").json() == {**was, "active": False}
    clinic.hands("deactivate_practitioner", practitioner_id=ZED, active=True)
    assert clinic.get(f"practitioners/{ZED}").json() == was


def test_array_and_boolean_filters(clinic):
    clinic.hands("put", resource="businesses", fields={"id": TOOWONG, "appointment_type_ids": [TYPE]})
    assert clinic.ids("businesses", f"appointment_type_ids:~{TYPE}") == [TOOWONG]
    assert clinic.ids("practitioners", "show_in_online_bookings:=false") == []
    assert len(clinic.ids("practitioners", "show_in_online_bookings:!=false")) == 2


def test_taxes_vanish_without_trace(clinic):
    assert clinic.rows("taxes")[0]["amount"] == "10.0"
    clinic.hands("remove", resource="taxes", id="1")
    assert clinic.rows("taxes") == []


@pytest.mark.parametrize(
    "path",
    [
        "users",
        "businesses",
        "practitioners",
        "practitioner_reference_numbers",
        "taxes",
        "concession_types",
        "concession_prices",
        "billable_items",
        "products",
        "appointment_types",
        "appointment_type_billable_items",
        "appointment_type_products",
        "patients",
        "contacts",
        "patient_cases",
        "patient_cases/active",
        "individual_appointments",
        "group_appointments",
        "attendees",
        "bookings",
        "invoices",
        "invoice_items",
    ],
)
def test_every_declared_stream_answers(clinic, path):
    body = clinic.get(path, "updated_at:>2026-01-01T00:00:00Z", sort="updated_at", per_page=100).json()
    assert set(body) == {path.split("/")[0], "total_entries", "links"}


def test_items_of_several_invoices_in_one_call(clinic):
    one, two, _ = clinic.invoice(9500, 4000), clinic.invoice(9500), clinic.invoice(9500)
    wanted = f"invoice_id:={one['id']},{two['id']},999"
    assert clinic.ids("invoice_items", wanted) == [
        item["id"] for made in (one, two) for item in made["items"]
    ]
    assert clinic.ids("invoice_items", wanted, f"id:={two['items'][0]['id']}") == [two["items"][0]["id"]]
