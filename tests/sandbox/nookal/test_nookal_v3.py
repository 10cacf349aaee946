"""v3 as a third party's plain GraphQL client meets it: token, validation, paging over joins, odd answers."""

from __future__ import annotations

import pytest
from graphql import build_client_schema, get_introspection_query

from connectors.sandbox.nookal.state import BASIC_KEY
from tests.sandbox.nookal.conftest import Practice

INVOICES = """query ($page: Int, $length: Int, $void: Int, $ids: [Int], $from: String) {
  invoices(page: $page, pageLength: $length, void: $void, invoiceIDs: $ids, dateFrom: $from) {
    invoiceID invoiceNumber Total TotalPayments Balance dateCreated lastModified void
    thirdParty { name } } }"""


def test_the_token_is_a_dialect_of_its_own(practice: Practice) -> None:
    headers = {"Authorization": f"Basic {BASIC_KEY}"}
    answer = practice.http.post("/oauth/token", headers=headers, data={"grant_type": "client_credentials"})
    body = answer.json()
    assert set(body) == {"accessToken", "accessTokenExpiresAt", "client", "user"}
    assert body["accessTokenExpiresAt"] == "2026-10-05T01:00:00.000Z"
    refused = practice.http.post("/oauth/token", headers={"Authorization": "Basic bm8="}, data={"a": "b"})
    assert (refused.status_code, "message" in refused.json()) == (401, True)


def test_a_new_token_kills_the_old_one_and_an_hour_any(practice: Practice) -> None:
    old = practice.log_in()
    practice.log_in()
    answer = practice.ask("{ staff { staffID } }", token=old)
    assert (answer.status_code, "expired" in answer.text) == (401, True)
    practice.control("switches", expired_status=200)
    assert practice.ask("{ staff { staffID } }", token=old).status_code == 200
    practice.control("switches", expired_status=401)
    practice.clock.pass_seconds(3600)
    assert practice.ask("{ staff { staffID } }").status_code == 401


def test_introspection_is_open(practice: Practice) -> None:
    schema = build_client_schema(practice.data(get_introspection_query()))  # type: ignore[arg-type]
    assert schema.query_type is not None
    assert {"invoices", "payments", "credits", "appointments"} <= set(schema.query_type.fields)


@pytest.mark.parametrize(("query", "status"), [
    ("{ invoices { shoeSize } }", 400),
    ("{ invoices(", 400),
    ("{ contacts { contactID } }", 200),
])  # fmt: skip
def test_what_may_not_be_asked_is_an_error(practice: Practice, query: str, status: int) -> None:
    answer = practice.ask(query)
    assert (answer.status_code, bool(answer.json()["errors"])) == (status, True)


def test_an_invoice_is_numbers_floats_and_texts_of_dates(practice: Practice) -> None:
    made = practice.invoice({"service_id": "12"}, {"stock_id": "7", "qty": 2}, payer_id="962")
    practice.hands("take_payment", invoice_id=made["id"], cents=6000, method="EFTPOS", day="2026-10-05")
    (shown,) = practice.data(INVOICES)["invoices"]
    assert shown == {
        "invoiceID": int(made["id"]), "invoiceNumber": made["number"], "Total": 122.2, "TotalPayments": 60.0,
        "Balance": 62.2, "void": 0, "thirdParty": {"name": "icare"},
        "dateCreated": "Mon Oct 05 2026 10:00:00 GMT+1000 (Australian Eastern Standard Time)",
        "lastModified": "Mon Oct 05 2026 21:00:00 GMT+1000 (Australian Eastern Standard Time)",
    }  # fmt: skip


def test_pages_are_capped_without_a_word(practice: Practice) -> None:
    actions = [
        {"action": "create_invoice", "patient_id": practice.patient, "location_id": "1",
         "items": [{"service_id": "12"}]}
        for _ in range(205)
    ]  # fmt: skip
    assert practice.http.post("/__control__/hands", json=actions).status_code == 200
    assert len(practice.data(INVOICES, length=500)["invoices"]) == 200
    assert len(practice.data(INVOICES, length=500, page=2)["invoices"]) == 5


def test_a_page_counts_the_rows_of_the_join(practice: Practice) -> None:
    for _ in range(3):
        practice.invoice({"service_id": "12"}, {"stock_id": "7"})
    query = "{ invoices(page: %d, pageLength: 3) { invoiceID entries { entryID } } }"
    first = practice.data(query % 1)["invoices"]
    second = practice.data(query % 2)["invoices"]
    assert [len(i["entries"]) for i in first] == [2, 1]
    assert [len(i["entries"]) for i in second] == [1, 2]
    assert first[1]["invoiceID"] == second[0]["invoiceID"]


def test_void_and_live_are_never_in_one_answer(practice: Practice) -> None:
    gone, kept = practice.invoice()["id"], practice.invoice()["id"]
    practice.hands("void_invoice", invoice_id=gone)
    live, void = practice.data(INVOICES)["invoices"], practice.data(INVOICES, void=1)["invoices"]
    assert ([i["invoiceID"] for i in live], [i["invoiceID"] for i in void]) == ([int(kept)], [int(gone)])


def test_dates_of_invoices_mean_modified_or_created(practice: Practice) -> None:
    made = practice.invoice(day="2026-09-01")
    asked = {"from": "2026-10-01"}
    assert len(practice.data(INVOICES, **asked)["invoices"]) == 1
    practice.control("switches", invoices_by="created")
    assert practice.data(INVOICES, **asked)["invoices"] == []
    assert len(practice.data(INVOICES, ids=[int(made["id"])])["invoices"]) == 1


def test_one_row_may_come_bare_and_none_as_null(practice: Practice) -> None:
    query = '{ staff { staffID } all: staff(allStaff: "1") { staffID status } }'
    found = practice.data(query)
    assert found["staff"] == {"staffID": 4}
    assert found["all"] == [{"staffID": 4, "status": 1}, {"staffID": 5, "status": 0}]
    practice.control("switches", no_rows="null")
    assert practice.data("{ payments { paymentID } }") == {"payments": None}


@pytest.mark.parametrize(("way", "rows", "payments"), [
    ("payment", [(5000, 0, "EFTPOS")], [(3000, "Account Credit")]),
    ("row", [(5000, 0, "EFTPOS"), (3000, 1, "Account Credit")], []),
    ("move", [(2000, 0, "EFTPOS"), (3000, 1, "EFTPOS")], []),
])  # fmt: skip
def test_credit_is_received_and_used(
    practice: Practice, way: str, rows: list[tuple[int, int, str]], payments: list[tuple[int, str]]
) -> None:
    practice.control("switches", credit_use=way)
    practice.hands(
        "receive_credit", patient_id=practice.patient, location_id="1", method="EFTPOS", cents=5000
    )
    made = practice.invoice()
    practice.hands("use_credit", invoice_id=made["id"], cents=3000)
    found = practice.data("{ credits { amount invoiceID method } payments { amount method } }")
    assert [
        (round(c["amount"] * 100), int(c["invoiceID"] > 0), c["method"]) for c in found["credits"]
    ] == rows
    assert [(round(p["amount"] * 100), p["method"]) for p in found["payments"]] == payments
    assert practice.data(INVOICES)["invoices"][0]["Balance"] == 68.0
    assert [c["cents"] for c in practice.ledger()["open_credits"]] == [2000]


def test_statuses_of_the_diary_are_derived_and_dna_sticks(practice: Practice) -> None:
    made = {"patient_id": practice.patient, "location_id": "1", "service_id": "12", "start": "09:00:00"}
    keys = [practice.hands("book", **made, day=f"2026-10-0{n}")["id"] for n in range(1, 6)]
    practice.hands("mark", appointment_id=keys[1], **{"as": "dna"})
    for what in ("dna", "cancelled"):
        practice.hands("mark", appointment_id=keys[2], **{"as": what})
    bill = practice.invoice(appointment_id=keys[3])
    paid = practice.invoice(appointment_id=keys[4])
    practice.hands("take_payment", invoice_id=paid["id"], cents=9800, method="Cash")
    found = practice.data("{ appointments { status dna } }")["appointments"]
    assert [(a["status"], a["dna"]) for a in found] == [
        ("StdAppt", 0), ("DNA", 1), ("Cancelled", 1), ("Unpaid", 0), ("Completed", 0),
    ]  # fmt: skip
    assert practice.data("{ invoices { ApptID } }")["invoices"][0] == {"ApptID": int(keys[3])}
    assert bill["balance_cents"] == 9800


def test_anomalies_can_be_shown(practice: Practice) -> None:
    made = practice.invoice()
    practice.hands("spoil", kind="invoices", id=made["id"], v3={"Balance": 200.0, "clientID": 0})
    assert practice.data(INVOICES)["invoices"][0]["Balance"] == 200.0
    practice.hands("spoil", kind="invoices", id=made["id"])
    assert practice.data(INVOICES)["invoices"][0]["Balance"] == 98.0


def test_money_moves_a_modified_time_or_does_not(practice: Practice) -> None:
    made = practice.invoice()
    before = practice.data(INVOICES)["invoices"][0]["lastModified"]
    practice.clock.pass_seconds(60)
    practice.control("switches", payment_bumps_invoice=False)
    practice.hands("take_payment", invoice_id=made["id"], cents=100, method="Cash")
    assert practice.data(INVOICES)["invoices"][0]["lastModified"] == before
    practice.control("switches", payment_bumps_invoice=True)
    practice.hands("take_payment", invoice_id=made["id"], cents=100, method="Cash")
    assert practice.data(INVOICES)["invoices"][0]["lastModified"] != before


def test_a_restarted_sandbox_knows_everything(practice: Practice, tmp_path) -> None:
    from connectors.sandbox.nookal import SANDBOX

    path = tmp_path / "nookal.db"
    first = SANDBOX.open(path, 7, {})
    first.change_access({"locations": ["1"]})
    token, _ = first.new_token(practice.clock.now())
    first.store.commit()
    first.close()
    again = SANDBOX.open(path, 7, {})
    assert again.token_lives(token, practice.clock.now())
    assert again.access["locations"] == ["1"]
    again.close()
