"""The agency's files: what is sent is exactly its format, what comes back is read whatever its shape."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ndis import NdisScheme, identifiers, kinds, prices, upload
from connectors.ndis.prices import Prices
from connectors.sandbox.ndis import SANDBOX
from connectors.sandbox.shells import InProcessTransport
from hub.claims import ClaimItem, Decision, ServiceKind, ServiceTax
from hub.errors import Misconfigured, Refused

SETTINGS = {"registration": "4050012345", "abn": "18 123 456 789", "region": "VIC"}
PHYSIO = "15_617_0128_1_3"
CATALOGUE = b"""Support Item Number,Support Item Name,Unit,Quote,Start Date,End Date,VIC,Remote,Type
15_617_0128_1_3,Occupational therapy,H,N,20250701,20260630,193.99,271.59,Price limited
15_617_0128_1_3,Occupational therapy,H,N,20260701,99991231,195.00,273.00,Price limited
15_617_0128_1_3_TH,Telehealth,H,N,20260701,99991231,195.00,273.00,Price limited
03_090000911_0103_1_1,Consumables,E,N,20250701,99991231,,,Not limited
"""
TODAY = date(2026, 6, 10)
HEADER = ",".join(upload.COLUMNS)
EXAMPLE = f"""{HEADER}
4050012345,430100001,2026-06-02,2026-06-02,15_617_0128_1_3,I100231-1,,001:00,193.99,P2,,,,,,18123456789
4050012345,430100001,2026-06-02,2026-06-02,15_617_0128_1_3,I100231-2,,000:30,97.00,P2,,,,TRAN,,18123456789
4050012345,430100001,2026-06-03,2026-06-03,15_617_0128_1_3,I100231-3,,000:45,193.99,P2,,,,REPW,,18123456789
4050012345,430100002,2026-06-04,2026-06-04,15_617_0128_1_3,I100232-1,,001:00,193.99,P2,,,,CANC,NSDH,18123456789
4050012345,430100003,2026-06-05,2026-06-05,15_617_0128_1_3,I100233-1,,001:00,210.00,P2,,,,,,18123456789
"""


def scheme(**more: str) -> NdisScheme:
    return NdisScheme({**SETTINGS, **more}, Prices(prices.read(CATALOGUE)))


def item(reference: str = "I1-1", **more: object) -> ClaimItem:
    day = more.pop("day", date(2026, 6, 2))
    plain: dict[str, object] = {
        "member": "430100001",
        "service": PHYSIO,
        "served_from": day,
        "served_to": day,
    }
    plain |= {"unit_price": 19399, "minutes": 60, **more}
    return ClaimItem(reference, **plain)  # type: ignore[arg-type]


def example() -> list[ClaimItem]:
    second, third = "430100002", "430100003"
    return [
        item("I100231-1"),
        item("I100231-2", minutes=30, unit_price=9700, kind=ServiceKind.TRAVEL),
        item("I100231-3", day=date(2026, 6, 3), minutes=45, kind=ServiceKind.REPORT),
        item(
            "I100232-1", member=second, day=date(2026, 6, 4), kind=ServiceKind.CANCELLATION, cancelled="NSDH"
        ),
        item("I100233-1", member=third, day=date(2026, 6, 5), unit_price=21000),
    ]


def codes(found: ClaimItem, on: date = TODAY, **settings: str) -> list[str]:
    return [reason.code for reason in scheme(**settings).check(found, on)]


def test_the_file_is_the_published_example_to_the_byte() -> None:
    made = scheme().build("HUB260610A.csv", example())
    assert made.data == EXAMPLE.replace("\n", "\r\n").encode()
    assert made.cents == 79197
    assert made.references[:2] == ("I100231-1", "I100231-2")
    assert made == scheme().build("HUB260610A.csv", example())


def test_what_is_inferred_of_the_format_is_a_setting() -> None:
    other = scheme(date_format="%Y/%m/%d", abn_heading="ABNofSupportProvider")
    text = other.build("A.csv", [item()]).data.decode()
    assert ",2026/06/02," in text
    assert text.splitlines()[0].endswith(",ABNofSupportProvider")


@pytest.mark.parametrize(
    ("setting", "day", "service", "says"),
    [
        ("both", date(2026, 6, 30), PHYSIO, (PHYSIO, "THLT")),
        ("both", date(2026, 7, 1), PHYSIO, (f"{PHYSIO}_TH", "THLT")),
        ("suffix_only", date(2026, 7, 1), PHYSIO, (f"{PHYSIO}_TH", "")),
        ("suffix_only", date(2026, 7, 1), f"{PHYSIO}_TH", (f"{PHYSIO}_TH", "")),
        ("suffix_only", date(2026, 6, 30), PHYSIO, (PHYSIO, "THLT")),
    ],
)
def test_the_day_of_the_service_decides_how_its_kind_is_said(setting, day, service, says) -> None:
    said = kinds.said(item(day=day, service=service, kind=ServiceKind.TELEHEALTH), setting)
    assert (said.item, said.claim_type) == says


@given(st.integers(1, 59_999))
def test_hours_are_whole_minutes(minutes: int) -> None:
    text = upload.hours(minutes)
    assert len(text) == 6
    assert int(text[:3]) * 60 + int(text[4:]) == minutes


@pytest.mark.parametrize("minutes", [0, -1, 60_000])
def test_hours_that_the_column_cannot_hold_are_no_file(minutes: int) -> None:
    with pytest.raises(ValueError, match="hours"):
        upload.hours(minutes)


def test_half_cents_round_up_once() -> None:
    assert item(minutes=90).total == 29099  # 290.985
    assert item(minutes=None, quantity=Decimal("2.5"), unit_price=333).total == 833


@pytest.mark.parametrize(
    ("name", "items"),
    [
        ("HUB 1.csv", [item()]),
        ("HUB260610ABCDEFGH1.csv", [item()]),
        ("A.csv", []),
        ("A.csv", [item("A-1"), item("a-1", day=date(2026, 6, 3))]),
        ("A.csv", [item("A-1"), item("A-2")]),
    ],
)
def test_a_file_that_would_be_refused_is_never_made(name: str, items: list[ClaimItem]) -> None:
    with pytest.raises(ValueError, match=r"name|items|twice"):
        scheme().build(name, items)


def test_nothing_speaks_against_a_service_in_order() -> None:
    assert codes(item()) == []
    consumables = item(service="03_090000911_0103_1_1", minutes=None, quantity=Decimal(3), unit_price=99_999)
    assert codes(consumables) == []


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"member": "530100001"}, "claim:member"),
        ({"service": "15617"}, "claim:item"),
        ({"service": "15_618_0128_1_3"}, "claim:catalogue"),
        ({"served_to": date(2026, 6, 1)}, "claim:dates"),
        ({"day": date(2026, 6, 11)}, "claim:future"),
        ({"day": date(2024, 6, 9)}, "claim:too-late"),
        ({"unit_price": 0}, "claim:price"),
        ({"minutes": 60_000}, "claim:hours"),
        ({"minutes": None, "quantity": Decimal(1)}, "claim:unit"),
        ({"unit_price": 19400}, "claim:over-limit"),
        ({"kind": ServiceKind.CANCELLATION}, "claim:cancellation"),
        ({"cancelled": "NSDH"}, "claim:cancellation"),
        ({"reference": "i 1"}, "claim:reference"),
    ],
)
def test_what_would_be_refused_is_held_with_a_sentence(more: dict[str, object], code: str) -> None:
    found = scheme().check(item(**more), TODAY)
    assert code in [reason.code for reason in found]
    assert all(reason.sentence.endswith(".") and "430100001" not in reason.sentence for reason in found)


def test_the_limit_is_the_region_s_and_the_day_s() -> None:
    assert codes(item(unit_price=27159), region="Remote") == []
    july = item(day=date(2026, 7, 1), unit_price=19500)
    assert codes(july, date(2026, 7, 2)) == []
    assert codes(replace(july, unit_price=19501), date(2026, 7, 2)) == ["claim:over-limit"]


def test_a_provider_without_valid_numbers_cannot_claim() -> None:
    for name, value in (("abn", "18123456780"), ("registration", "123"), ("region", "")):
        with pytest.raises(Misconfigured):
            scheme(**{name: value})


def test_business_numbers_by_their_sum() -> None:
    assert identifiers.business_number("48 400 100 200")
    assert not identifiers.business_number("48 400 100 201")
    assert not identifiers.business_number("none")


# --- what comes back, from the portal itself -------------------------------------------------------------


class Portal:
    """The portal with the participants and prices of the example; time moves by hand."""

    def __init__(self, **settings: object) -> None:
        self.at = datetime(2026, 6, 10, 3, tzinfo=UTC)
        self.http = httpx.Client(
            transport=InProcessTransport(SANDBOX, SANDBOX.open(None, 0, settings), self),
            base_url="http://ndis",
        )
        session = self.hand("provider", registration="4050012345", abn="18123456789")["session"]
        self.http.headers["Authorization"] = f"Bearer {session}"
        plan = {"from": "2026-01-01", "to": "2026-12-31"}
        for number in ("430100001", "430100003"):
            self.hand("participant", number=number, name="CANARY Person", **plan)
        limits = {"": 19399, "TRAN": 9700}
        types = ["TRAN", "REPW", "CANC"]
        self.hand("item", number=PHYSIO, limits=limits, kinds=types, **{"from": "2025-07-01"})

    def now(self) -> datetime:
        return self.at

    def hand(self, action: str, **body: object) -> dict[str, str]:
        found: dict[str, str] = self.http.post(f"/__control__/hands/{action}", json=body).json()
        return found

    def through(self) -> tuple[bytes, bytes]:
        """Upload the example; its results and, a night later, the remittance."""
        made = scheme().build("HUB260610A.csv", example())
        self.http.post("/uploads", params={"name": made.name}, content=made.data).raise_for_status()
        self.at += timedelta(minutes=20)
        results = self.http.get(f"/uploads/{made.name}/results").content
        self.at += timedelta(days=1)
        number = self.http.get("/remittances").json()[0]["number"]
        return results, self.http.get(f"/remittances/{number}").content


def test_the_whole_way_through_the_portal() -> None:
    results, advice = Portal().through()
    found = scheme().read_results(results)
    assert [(one.decision, one.approved) for one in found.found] == [
        (Decision.ACCEPTED, 19399),
        (Decision.ACCEPTED, 4850),
        (Decision.ACCEPTED, 14549),
        (Decision.REFUSED, 0),
        (Decision.ACCEPTED, 19399),
    ]
    assert (found.found[3].code, found.found[4].limit, found.unknown) == ("C22", 19399, ())
    (paid,) = scheme().read_remittance(advice).found
    assert (paid.number, paid.paid_on, paid.total) == ("1500098001", date(2026, 6, 11), 58197)
    assert [line.reference for line in paid.lines] == ["I100231-1", "I100231-2", "I100231-3", "I100233-1"]
    assert (paid.lines[3].claimed, paid.lines[3].paid) == (21000, 19399)
    assert "CANARY" not in repr((found, paid))


@pytest.mark.parametrize(
    "shape",
    [
        {"names": "snake"},
        {"order": "shuffled"},
        {"dates": "DDMMYYYY"},
        {"names": "snake", "order": "shuffled", "dates": "DDMMYYYY"},
    ],
)
def test_every_shape_of_a_remittance_says_the_same(shape: dict[str, str]) -> None:
    _, usual = Portal().through()
    _, other = Portal(remittance=shape).through()
    assert scheme().read_remittance(other) == scheme().read_remittance(usual)


def test_a_new_column_is_a_warning_and_other_names_of_the_reason_are_known() -> None:
    portal = Portal(remittance={"extra": "SettlementRun"}, reason_column="Error Message", number_column=False)
    results, advice = portal.through()
    assert scheme().read_remittance(advice).unknown == ("SettlementRun",)
    found = scheme().read_results(results)
    assert (found.found[3].code, found.found[0].scheme_id) == ("C22", None)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no column"),
        (b"ClaimReference,Colour\r\nA,red\r\n", "no column"),
        (b"ClaimReference,Payment Request Status\r\nA\r\n", "line 2"),
        (b"ClaimReference,Payment Request Status,NDISNumber\r\nA,ERROR,4.3E+08\r\n", "spreadsheet"),
        (b"ClaimReference,Payment Request Status\r\nA,MAYBE\r\n", "status"),
        (b"ClaimReference,Payment Request Status,Paid Total Amount\r\nA,SUCCESSFUL,much\r\n", "amount"),
        (b"\xff\xfe", "no CSV"),
    ],
)
def test_a_file_that_cannot_be_believed_is_refused_whole(data: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says):
        scheme().read_results(data)


def test_a_claim_says_how_much_in_one_way() -> None:
    with pytest.raises(ValueError, match="either"):
        item(quantity=Decimal(1))
    assert item(tax=ServiceTax.TAXABLE).tax is ServiceTax.TAXABLE
