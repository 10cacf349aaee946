"""A clinic claims from the NDIS by file: invoices, a file, a person, results, a remittance, the books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.town import LEDGER, PRACTICE, Town, item
from tests.support.portal import ABN, PHYSIO, REGISTRATION, Portal, catalogue

NDIA = "National Disability Insurance Agency"
SCHEME = yaml.safe_load(f"""
ledger: {LEDGER}
bank: "090"
write_off: "260"
settings: {{registration: "{REGISTRATION}", abn: "{ABN}", region: VIC}}
read:
  {PRACTICE}: {{member: remarks, member_pattern: 'NDIS\\D*(\\d{{9}})', day: issued}}
services:
  EP1: {{item: '{PHYSIO}', minutes: 60}}
  HY1: {{item: '{PHYSIO}', minutes: 60, kind: travel}}
""")


class Claims:
    """A person who claims: the town's commands, the portal, and the folder the files go through."""

    def __init__(self, town: Town, folder: Path) -> None:
        self.town, self.portal, self.folder = town, Portal(), folder
        town.configure(_with_scheme)
        self.give("catalogue", catalogue())
        for number in ("430100001", "430100003"):
            self.portal.member(number)

    def give(self, what: str, data: bytes, *more: str, code: int | None = 0) -> Any:
        """Import a file as downloaded."""
        path = self.folder / f"{what}.csv"
        path.write_bytes(data)
        return self.town.ask("import", what, str(path), "--scheme", "ndis", *more, code=code)

    def bill(self, number: str | None, cents: int, *more: dict[str, Any], **fields: Any) -> dict[str, Any]:
        extra = {"invoice_extra_information": f"Plan 2026; NDIS {number}"} if number else {}
        who = self.town.patient(invoice_default_to=f"{NDIA}\r\nGPO Box 700", **extra)
        lines = [item("EP1", unit_price_cents=cents), *more]
        return self.town.bill(who, items=lines, **fields)

    def sync(self) -> None:
        self.town.hub("pull", code=None)
        self.town.ask("deliver", code=None)

    def file(self) -> tuple[str, bytes]:
        """Make a file, take it out, say that it was uploaded."""
        (made,) = self.town.ask("claims", "batch", "--scheme", "ndis")["batches"]
        out = self.folder / made["name"]
        self.town.hub("claims", "file", made["name"], "--out", str(out))
        self.town.hub("claims", "uploaded", made["name"], "--why", "uploaded in the portal")
        return made["name"], out.read_bytes()

    def through(self) -> bytes:
        """A file through the portal up to its results, which are imported too."""
        results = self.portal.upload(*self.file())
        self.give("results", results, code=None)
        return results

    def claims(self) -> dict[str, dict[str, Any]]:
        """Living claims by invoice number and cents."""
        found = self.town.ask("claims", "list", "--scheme", "ndis")["claims"]
        return {one["reference"]: one for one in found}

    def states(self) -> list[tuple[str, int, str]]:
        return sorted((one["invoice"], one["claimed"], one["state"]) for one in self.claims().values())


def _with_scheme(text: dict[str, Any]) -> None:
    text["payers"]["ndia"] = {"name": NDIA, "first_line_contains": NDIA, "scheme": "ndis"}
    text["schemes"] = {"ndis": SCHEME}


@pytest.fixture
def ndis(live: Town, tmp_path: Path) -> Iterator[Claims]:
    made = Claims(live, tmp_path)
    yield made
    made.portal.close()


def number(invoice: dict[str, Any]) -> str:
    return f"HH-{invoice['number']}"


def called(invoice: dict[str, Any]) -> str:
    return str(invoice["number"])


def test_the_whole_way_to_the_cent(ndis: Claims) -> None:
    town = ndis.town
    whole = ndis.bill("430100001", 19399, item("HY1", unit_price_cents=9700, quantity="0.5"))
    cut = ndis.bill("430100003", 21000)
    refused = ndis.bill("430100002", 19399)
    unnamed = ndis.bill(None, 19399)
    dear = ndis.bill("430100001", 25000)
    plain = town.bill(town.patient(), "PH2")
    ndis.sync()
    assert {number(i) for i in (whole, cut, refused, unnamed, dear, plain)} == set(town.posted())
    causes = town.causes()
    assert causes["claim:member"] == [called(unnamed)]
    assert causes["claim:over-limit"] == [called(dear)]

    name, data = ndis.file()
    (asked,) = town.ask("work", "list", "--all")
    assert (asked["number"], asked["cents"]) == (name, 19399 + 4850 + 21000 + 19399)
    assert data.count(b"\r\n") == 5
    results = ndis.portal.upload(name, data)
    told = ndis.give("results", results)
    assert (told["accepted"], told["refused"], told["cut"], told["cut_cents"]) == (3, 1, 1, 1601)
    assert town.causes()["claim:refused:C22"] == [called(refused)]

    advice = ndis.portal.night()
    assert advice is not None
    ndis.give("remittance", advice)
    ndis.portal.member("430100002")
    (lost,) = [one for one in ndis.claims().values() if one["state"] == "refused"]
    again = town.ask("claims", "correct", lost["reference"], "--why", "plan was approved")
    assert again["replaces"] == lost["reference"]
    ndis.through()
    late = ndis.portal.night()
    assert late is not None
    ndis.give("remittance", late)
    ndis.sync()

    posted = town.posted()
    assert [posted[number(i)]["status"] for i in (whole, cut, refused)] == ["PAID"] * 3
    assert posted[number(unnamed)]["status"] == "AUTHORISED"
    deposits = sorted(d["total"] for d in _ledger(town, "batch_payments"))
    assert deposits == [19399, 19399 + 4850 + 19399]
    (note,) = [n for n in town.posted("credit_notes").values() if n["number"].startswith(number(cut))]
    assert note["total"] == 1601
    books = town.ask("reconcile", code=None)
    assert [d for d in books["differences"] if d["cause"] == "unexplained"] == []
    assert books["differences"] == []
    _nothing_changes_twice(ndis, results, advice, late)
    _nobody_is_named(town)


def _ledger(town: Town, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = town.ledger.call("GET", "/__control__/ledger")["documents"][kind]
    return found


def _nothing_changes_twice(ndis: Claims, results: bytes, *advices: bytes) -> None:
    before = ndis.claims()
    ndis.town.forget_requests()
    assert ndis.give("results", results, code=None)["again"]
    for advice in advices:
        again = ndis.give("remittance", advice)
        assert (again["again"], again["changed"]) == (True, 0)
    assert ndis.give("catalogue", catalogue())["again"]
    assert ndis.town.ask("claims", "batch", "--scheme", "ndis")["batches"] == []
    ndis.sync()
    assert ndis.claims() == before
    assert ndis.town.writes() == []


def _nobody_is_named(town: Town) -> None:
    """No member's number, no name, in anything a command printed or in the database in plain form."""
    said = "\n".join(town.everything)
    assert "4301000" not in said
    assert "CANARY" not in said
    stored = b"".join(path.read_bytes() for path in (town.home / "hub").rglob("*") if path.is_file())
    for canary in (b"430100001", b"430100002", b"CANARY Person", b"SupportsDeliveredFrom"):
        assert canary not in stored


def test_what_was_claimed_changes_only_once_the_claim_is_taken_back(ndis: Claims) -> None:
    town = ndis.town
    billed = ndis.bill("430100001", 19399)
    ndis.sync()
    ndis.file()
    change = {"items": [item("EP1", unit_price_cents=15000)], "at": "2026-10-15T09:00:00+11:00"}
    town.do({"action": "edit_invoice", "invoice_id": billed["id"], **change})
    ndis.sync()
    assert town.causes()["claim:changed"] == [called(billed)]
    assert town.posted()[number(billed)]["total"] == 19399
    (reference,) = ndis.claims()
    town.hub("claims", "cancel", reference, "--why", "withdrawn in the portal")
    ndis.sync()
    assert town.posted()[number(billed)]["total"] == 15000
    again = town.ask("claims", "correct", reference, "--why", "right price now")
    assert ndis.states() == [(called(billed), 15000, "ready"), (called(billed), 19399, "cancelled")]
    shown = town.ask("claims", "show", again["reference"])
    assert (shown["item"]["unit_price"], shown["replaces"]) == (15000, reference)


def test_a_remittance_that_cannot_be_posted_whole_is_held_until_it_can(ndis: Claims) -> None:
    town = ndis.town
    whole, other = ndis.bill("430100001", 19399), ndis.bill("430100003", 19399)
    ndis.sync()
    ndis.through()
    advice = ndis.portal.night()
    assert advice is not None
    _, second = ndis.claims()
    strange = ndis.give("remittance", advice.replace(second.encode(), b"SOMEBODY-ELSE"), code=None)
    assert strange["unmatched"] == []  # by the scheme's own number
    lost = advice.replace(second.encode(), b"SOMEBODY-ELSE").replace(b"700200302", b"799999999")
    told = ndis.give("remittance", lost, code=1)
    assert [cents for _, cents in told["unmatched"]] == [19399]
    ndis.sync()
    assert town.causes()["settlement:unmatched"] == [told["unmatched"][0][0]]
    assert _ledger(town, "batch_payments") == []
    lines = town.ask("claims", "remittance", told["unmatched"][0][0], "--scheme", "ndis")["parts"]
    assert [(one["kind"], one["amount"]) for one in lines] == [("claim", 19399), ("unknown", 19399)]
    ndis.give("remittance", advice)
    ndis.sync()
    assert [town.posted()[number(one)]["status"] for one in (whole, other)] == ["PAID", "PAID"]
    assert town.ask("reconcile")["differences"] == []


def test_what_is_soon_too_late_is_named_with_its_last_day(ndis: Claims) -> None:
    """An invoice of nearly two years ago whose service no catalogue has: held, and soon lost."""
    town = ndis.town
    assert town.ask("claims", "late") == []
    served = datetime.now(UTC).date() - timedelta(days=715)
    town.configure(lambda text: text["locations"]["geelong"].update(start=served - timedelta(days=1)))
    old = ndis.bill("430100001", 19399, issue_date=served.isoformat())
    ndis.sync()
    (late,) = town.ask("claims", "late", code=1)
    assert (late["number"], late["cents"]) == (called(old), 19399)
    assert late["sentence"].startswith("Soon too late")
    status = town.ask("status", code=None)
    assert [one["name"] for one in status["checks"] if one["name"] == "claims_in_time" and not one["passed"]]
