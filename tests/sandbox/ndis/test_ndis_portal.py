"""The portal: a file in, results after a while, a remittance the next night; every rule in turn."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connectors.sandbox.ndis import SANDBOX
from connectors.sandbox.ndis.layout import COLUMNS
from connectors.sandbox.shells import InProcessTransport

PROVIDER, ABN = "4050012345", "18123456789"
PHYSIO = "15_617_0128_1_3"
HEADER = ",".join(COLUMNS)


class Portal:
    """A signed-in person before the portal, at a moment the test moves."""

    def __init__(self, **settings) -> None:
        self.at = datetime(2026, 6, 10, 3, tzinfo=UTC)
        self.state = SANDBOX.open(None, 0, settings)
        self.http = httpx.Client(
            transport=InProcessTransport(SANDBOX, self.state, self), base_url="http://ndis"
        )
        session = self.hand("provider", registration=PROVIDER, abn=ABN)["session"]
        self.http.headers["Authorization"] = f"Bearer {session}"
        for number in ("430100001", "430100002"):
            self.hand(
                "participant", number=number, name="Sam Example", **{"from": "2026-01-01", "to": "2026-12-31"}
            )
        limits = {"": 19399, "TRAN": 9700}
        self.hand("item", number=PHYSIO, limits=limits, kinds=["TRAN", "CANC", "REPW"],
                  **{"from": "2025-07-01", "to": "2026-06-30"})  # fmt: skip
        for suffix, cents in (("", 19399), ("_TH", 19399), ("_CA", 19399), ("_PT", 9700)):
            self.hand("item", number=PHYSIO + suffix, limits={"": cents}, **{"from": "2026-07-01"})

    def now(self) -> datetime:
        return self.at

    def hand(self, action, **body):
        answer = self.http.post(f"/__control__/hands/{action}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def turn(self, **changed):
        self.http.post("/__control__/switches", json=changed).raise_for_status()

    def upload(self, *rows, name="HUB260610A.csv", header=HEADER):
        data = "\r\n".join([header, *rows]) + "\r\n"
        return self.http.post("/uploads", params={"name": name}, content=data.encode())

    def results(self, *rows, name="HUB260610A.csv"):
        """Upload, wait, and the rows of the results file."""
        assert self.upload(*rows, name=name).status_code == 201
        self.at += timedelta(minutes=20)
        return table(self.http.get(f"/uploads/{name}/results"))

    def remittances(self):
        return [
            table(self.http.get(f"/remittances/{n['number']}")) for n in self.http.get("/remittances").json()
        ]


def table(answer):
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def row(
    reference="I1-1",
    participant="430100001",
    day="2026-06-02",
    item=PHYSIO,
    hours="001:00",
    price="193.99",
    gst="P2",
    kind="",
    cancelled="",
    end=None,
    quantity="",
    provider=PROVIDER,
):
    service = [provider, participant, day, end or day, item, reference, quantity, hours, price, gst]
    return ",".join([*service, "", "", "", kind, cancelled, ABN])


@pytest.fixture
def portal():
    return Portal()


def statuses(rows):
    return [(r["Payment Request Status"], r["Paid Total Amount"]) for r in rows]


def test_the_published_example_is_accepted_capped_and_refused_line_by_line(portal):
    found = portal.results(
        row("I100231-1"),
        row("I100231-2", hours="000:30", price="97.00", kind="TRAN"),
        row("I100231-3", day="2026-06-03", hours="000:45", kind="REPW"),
        row("I100232-1", participant="430100009", day="2026-06-04", kind="CANC", cancelled="NSDH"),
        row("I100233-1", participant="430100002", day="2026-06-05", price="210.00"),
    )
    assert statuses(found) == [
        ("SUCCESSFUL", "193.99"), ("SUCCESSFUL", "48.50"), ("SUCCESSFUL", "145.49"), ("ERROR", "0.00"),
        ("SUCCESSFUL", "193.99"),
    ]  # fmt: skip
    assert found[3]["Rejection Reason"].startswith("C22")
    assert found[4]["Capped Price"] == "193.99"
    assert portal.remittances() == []
    portal.at += timedelta(days=1)
    (paid,) = portal.remittances()
    assert [line["AmountPaid"] for line in paid] == ["193.99", "48.50", "145.49", "193.99"]
    assert {line["Z4No"] for line in paid} == {"1500098001"}
    assert paid[3]["AmountClaimed"] == "210.00"
    assert portal.http.get("/remittances").json()[0]["total_cents"] == 58197


def test_results_take_a_while(portal):
    portal.upload(row())
    assert portal.http.get("/uploads/HUB260610A.csv/results").status_code == 404
    assert portal.http.get("/uploads").json()[0]["status"] == "Open"
    portal.at += timedelta(minutes=20)
    assert portal.http.get("/uploads").json()[0]["status"] == "Processed"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"name": "HUB 260610.csv"}, "letters and digits"),
        ({"name": "HUB260610A-and-more.csv"}, "20 characters"),
        ({"name": "HUB260610A.txt"}, "letters and digits"),
        ({"header": HEADER.replace("NDISNumber", "NdisNo")}, "header"),
    ],
)
def test_a_file_is_refused_as_a_whole(portal, more, says):
    answer = portal.upload(row(), **more)
    assert answer.status_code == 400
    assert says in answer.json()["error"]
    assert portal.http.get("/__control__/ledger").json()["requests"] == []


def test_too_many_rows_or_none_are_refused(portal):
    assert "no payment request" in portal.upload().json()["error"]
    assert "5000" in portal.upload(*[row(f"I{n}") for n in range(5001)]).json()["error"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"day": "02/06/2026"}, "C10"),
        ({"day": "2026-06-03", "end": "2026-06-02"}, "C10"),
        ({"day": "2026-06-11"}, "C10"),
        ({"participant": "123"}, "A01"),
        ({"item": "15617"}, "C16"),
        ({"item": "15_618_0128_1_3"}, "C16"),
        ({"reference": "a b"}, "C12"),
        ({"hours": ""}, "C13"),
        ({"quantity": "1"}, "C13"),
        ({"hours": "1:00"}, "C13"),
        ({"price": "$193.99"}, "C20"),
        ({"gst": "P3"}, "A01"),
        ({"kind": "STANDARD"}, "A01"),
        ({"kind": "CANC"}, "A01"),
        ({"kind": "THLT"}, "C21"),
        ({"participant": "430100009"}, "C22"),
        ({"provider": "4050099999"}, "Requestor"),
    ],
)
def test_each_rule_refuses_its_line_and_the_rest_goes_on(portal, more, code):
    found = portal.results(row("I1-1", participant="430100002"), row(**{"reference": "I2-1", **more}))
    assert statuses(found)[0] == ("SUCCESSFUL", "193.99")
    assert found[1]["Payment Request Status"] == "ERROR"
    assert found[1]["Rejection Reason"].startswith(code)


def test_dates_with_slashes_and_files_without_the_last_columns_are_taken(portal):
    cut = ",".join(row(day="2026/06/02").split(",")[:13])
    portal.upload(cut, header=",".join(COLUMNS[:13]))
    portal.at += timedelta(minutes=20)
    found = table(portal.http.get("/uploads/HUB260610A.csv/results"))
    assert statuses(found) == [("SUCCESSFUL", "193.99")]


def test_the_same_service_is_paid_once_whatever_the_reference(portal):
    portal.results(row("I1-1"))
    again = portal.upload(row("I1-2"))
    assert "warning" in again.json()
    portal.at += timedelta(minutes=20)
    assert "Duplicate" in table(portal.http.get("/uploads/HUB260610A.csv/results"))[0]["Rejection Reason"]
    portal.at += timedelta(days=1)
    assert len(portal.remittances()) == 1


def test_a_refused_line_can_be_claimed_again(portal):
    portal.results(row("I1-1", price="0.00"))
    assert statuses(portal.results(row("I1-2"), name="HUB260610B.csv")) == [("SUCCESSFUL", "193.99")]


def test_a_price_over_the_limit_can_be_refused_instead(portal):
    portal.turn(over_limit="reject")
    assert portal.results(row(price="210.00"))[0]["Rejection Reason"].startswith("C06")


def test_from_july_2026_the_item_says_the_kind(portal):
    portal.at = datetime(2026, 7, 10, tzinfo=UTC)
    found = portal.results(
        row("A", day="2026-07-02", item=PHYSIO + "_TH"),
        row("B", day="2026-07-02", item=PHYSIO + "_PT", hours="000:30", price="97.00", kind="TRAN"),
        row("C", day="2026-06-02", item=PHYSIO + "_TH"),
    )
    assert [r["Payment Request Status"] for r in found] == ["SUCCESSFUL", "SUCCESSFUL", "ERROR"]
    assert found[2]["Rejection Reason"].startswith("C16")


def test_two_years_is_the_limit(portal):
    portal.hand("participant", number="430100001", name="Sam", **{"from": "2023-01-01", "to": "2026-12-31"})
    portal.hand("item", number=PHYSIO, limits={}, **{"from": "2023-07-01", "to": "2025-06-30"})
    found = portal.results(row("A", day="2024-06-10"), row("B", day="2024-06-09"))
    assert [r["Payment Request Status"] for r in found] == ["SUCCESSFUL", "ERROR"]


def test_funds_run_out(portal):
    plan = {"from": "2026-01-01", "to": "2026-12-31", "funds": 20000}
    portal.hand("participant", number="430100001", name="Sam", **plan)
    found = portal.results(row("A"), row("B", day="2026-06-03"))
    assert "funds" in found[1]["Rejection Reason"]


@pytest.mark.parametrize(("disputes", "paid"), [(False, 1), (True, 0)])
def test_a_provider_who_is_not_recorded_waits_for_the_participant(portal, disputes, paid):
    plan = {"from": "2026-01-01", "to": "2026-12-31", "recorded": False, "disputes": disputes}
    portal.hand("participant", number="430100001", name="Sam", **plan)
    assert statuses(portal.results(row())) == [("Open", "0.00")]
    portal.at += timedelta(days=9)
    assert portal.remittances() == []
    portal.at += timedelta(days=3)
    assert len(portal.remittances()) == paid
    (request,) = portal.http.get("/__control__/ledger").json()["requests"]
    assert request["reason"].startswith("V19") is disputes


def test_money_taken_back_comes_as_a_negative_line(portal):
    portal.results(row("A"), row("B", day="2026-06-03"))
    portal.at += timedelta(days=1)
    (first,) = portal.remittances()
    portal.hand("recover", request=first[0]["PayReqNum"])
    portal.at += timedelta(days=1)
    assert [line["AmountPaid"] for line in portal.remittances()[1]] == ["-193.99"]


def test_the_remittance_can_come_in_other_shapes():
    shapes = {"names": "snake", "order": "shuffled", "extra": "new_col", "dates": "DDMMYYYY", "cents": 1}
    portal = Portal(remittance=shapes)
    portal.results(row())
    portal.at += timedelta(days=1)
    (lines,) = portal.remittances()
    assert next(iter(lines[0])) == "item_qty"
    assert (lines[0]["amount_paid"], lines[0]["pay_req_doc_date"]) == ("194.00", "11062026")
    assert "new_col" in lines[0]


def test_a_request_typed_into_the_form_is_paid_like_one_of_a_file(portal):
    """It comes in no file, so no results tell of it; the remittance does, under the reference typed."""
    typed = {"registration": PROVIDER, "number": "430100001", "day": "2026-06-02", "item": PHYSIO,
             "reference": "TYPED", "hours": "001:00", "price": "190.00"}  # fmt: skip
    assert portal.hand("request", **typed)["status"] == "SUCCESSFUL"
    assert portal.hand("request", **typed)["status"] == "ERROR"
    portal.at += timedelta(days=1)
    (night,) = portal.http.get("/remittances").json()
    advice = portal.http.get(f"/remittances/{night['number']}").text
    (line,) = csv.DictReader(io.StringIO(advice))
    assert (line["ProvClaimRef"], line["AmountPaid"], line["BulkClmId"]) == ("TYPED", "190.00", "")
    assert portal.http.get("/uploads").json() == []


def test_a_list_of_acts_is_done_each_at_its_moment_or_not_at_all(portal):
    def plan(number, at, **more):
        until = {"from": "2026-01-01", "to": "2026-06-09"}
        return {"action": "participant", "number": number, "name": "Sam", "at": at, **until, **more}

    typed = {"action": "request", "registration": PROVIDER, "item": PHYSIO, "reference": "TYPED",
             "hours": "001:00", "price": "190.00", "number": "430100009", "day": "2026-06-12"}  # fmt: skip
    before, later = "2026-06-11T09:00:00+10:00", "2026-06-12T18:00:00+10:00"
    acts = [plan("430100009", before, to="2026-12-31"), {**typed, "at": before}, {**typed, "at": later}]
    answer = portal.http.post("/__control__/hands", json=acts)
    assert [one.get("status") for one in answer.json()] == [None, "ERROR", "SUCCESSFUL"]
    wrong = [plan("430100008", later), {"action": "guess", "at": later}]
    assert portal.http.post("/__control__/hands", json=wrong).status_code == 400
    assert portal.state.store.peek("participant", "430100008") is None


def test_nobody_looks_in_who_is_not_signed_in(portal):
    portal.upload(row())
    portal.http.headers["Authorization"] = "Bearer nobody"
    assert portal.http.get("/uploads").status_code == 401
    other = portal.hand("provider", registration="4050054321", abn=ABN)["session"]
    portal.http.headers["Authorization"] = f"Bearer {other}"
    assert portal.http.get("/uploads").json() == []


def test_what_was_uploaded_outlives_the_process(tmp_path):
    file = tmp_path / "ndis.sqlite"
    first = SANDBOX.open(file, 0, {})
    first.store.put("upload", "u", {"id": "u", "name": "A.csv", "provider": PROVIDER, "at": "x", "rows": 1})
    first.store.commit()
    first.close()
    again = SANDBOX.open(file, 0, {})
    assert again.store.count("upload") == 1
    again.close()
