"""Lines of invoices as services: who, when, how long, at what price, from where the file says it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from hub.canonical import Appointment, AppointmentStatus, Entity, Invoice, Provenance
from hub.claiming.billing import Service as Found
from hub.claims import ServiceKind
from hub.config.model import GroupConfig
from hub.config.schemes import ReadFrom, SchemeConfig, Service
from mappings.claims import BILLING
from tests.support.claimed import NDIS, PMS, SERVED, billed, config, line
from tests.support.fake_facts import FakeFacts
from tests.support.portal import PHYSIO

IN_LINE = ReadFrom(
    member="line",
    member_pattern=r"NDIS (\d{9})",
    day="line",
    day_pattern=r"(?P<d>\d\d)/(?P<m>\d\d)/(?P<y>\d{4})",
)
ON_VISIT = SERVED.read[PMS].model_copy(update={"day": "visit"})


def group(**scheme: Any) -> GroupConfig:
    made: SchemeConfig = SERVED.model_copy(update=scheme)
    return config(made)


def services(invoice: Invoice, *others: Entity, **scheme: Any) -> list[Found]:
    facts, made = FakeFacts([invoice, *others]), group(**scheme)
    assert BILLING.scheme_of(invoice, facts, made) == NDIS
    return list(BILLING.services(invoice, NDIS, facts, made))


def codes(found: list[Found]) -> list[list[str]]:
    return [[reason.code for reason in one.missing] for one in found]


def visit(at: datetime) -> Appointment:
    source = Provenance(PMS, "attendees", "v1", "raw", "1")
    return Appointment(source, at, None, AppointmentStatus.FULFILLED, "b1", "d1", "p1")


def test_hours_are_the_quantity_and_the_price_is_the_line_s_own() -> None:
    (found,) = services(billed("i1", line(cents=29099, quantity=Decimal("1.5"), price=19399)))
    assert found.item is not None
    assert (found.item.minutes, found.item.unit_price, found.item.total) == (90, 19399, 29099)
    half = (Service(code="EP1", item=PHYSIO, minutes=30),)
    (by_halves,) = services(billed("i1", line(cents=9700, price=9700)), services=half)
    assert by_halves.item is not None
    assert (by_halves.item.minutes, by_halves.item.unit_price) == (30, 19400)


def test_units_are_counted_where_no_minutes_are_written_down() -> None:
    each = (Service(code="EP1", item="03_090000911_0103_1_1", kind=ServiceKind.DIRECT),)
    (found,) = services(billed("i1", line(cents=3000, quantity=Decimal(3), price=None)), services=each)
    assert found.item is not None
    assert (found.item.quantity, found.item.unit_price, found.item.minutes) == (Decimal(3), 1000, None)


def test_a_practice_system_may_keep_all_of_it_in_the_line() -> None:
    told = replace(line(), description="Therapy 03/10/2026, NDIS 430100001")
    (found,) = services(billed("i1", told, member=None), read={PMS: IN_LINE})
    assert found.item is not None
    assert (found.item.member, found.item.served_from) == ("430100001", date(2026, 10, 3))
    assert codes(services(billed("i1", member=None), read={PMS: IN_LINE})) == [["claim:member", "claim:day"]]


@pytest.mark.parametrize(
    "at", [datetime(2026, 10, 2, 23, tzinfo=UTC), datetime(2026, 10, 3, 3, tzinfo=UTC)], ids=str
)
def test_the_day_of_a_visit_is_that_of_its_place(at: datetime) -> None:
    (found,) = services(billed("i1", visit="v1"), visit(at), read={PMS: ON_VISIT})
    assert found.item is not None
    assert found.item.served_from == date(2026, 10, 3)
    assert codes(services(billed("i1", visit="v1"), read={PMS: ON_VISIT})) == [["claim:day"]]


@pytest.mark.parametrize(
    ("invoice", "expected"),
    [
        (billed("i1", line(code="XX")), [["unmapped:service:XX"]]),
        (billed("i1", line(), line("l2", -1000)), [[], ["claim:negative"]]),
        (
            billed("i1", line(cents=100, quantity=Decimal("0.33"), price=None)),
            [["claim:hours", "claim:price"]],
        ),
        (billed("i1", remarks="NDIS 430100001 or NDIS 430100002"), [["claim:member"]]),
    ],
)
def test_what_is_missing_is_named_line_by_line(invoice: Invoice, expected: list[list[str]]) -> None:
    assert codes(services(invoice)) == expected


def test_others_invoices_and_those_before_the_start_are_not_the_scheme_s() -> None:
    for invoice in (billed("i1", bill_to=None), billed("i1", issued=date(2026, 9, 30))):
        assert BILLING.scheme_of(invoice, FakeFacts([invoice]), group()) is None
