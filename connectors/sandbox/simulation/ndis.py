"""The scenario of claims: services go to a scheme in files that people carry, and come back as deposits."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

import httpx

from connectors.sandbox.life.demo import RAISED
from connectors.sandbox.life.nookal.group import ACCOUNT as FOURTH
from connectors.sandbox.ndis import SANDBOX
from connectors.sandbox.simulation import ndis_story, ndis_verdict, systems, watch
from connectors.sandbox.simulation.company import DATED, Choice, Errand, Excluded
from connectors.sandbox.simulation.manly_people import PATIENTS, ManlyPeople
from connectors.sandbox.simulation.ndis_story import LIMIT, Bill
from connectors.sandbox.simulation.systems import LEDGER, WEBHOOK_KEY, Running, System, prepared

SCHEME, PAYER_ID = "ndis", "971"
REGISTRATION, ABN, SERVICE = "4050012345", "18123456789", "15_617_0128_1_3"
AFTER = 30
"""Days by which the bank's day differs from the advice's where it does: no other deposit has such a day."""
_FIRST = datetime(2026, 10, 10, 2, tzinfo=UTC)
_PLAN = {"from": "2026-01-01", "to": "2027-12-31"}
_PAST = {"from": "2025-01-01", "to": "2025-12-31"}
_PORTAL = System("ndis-portal", SANDBOX, lambda wait, now: {})
_CATALOGUE = (
    "Support Item Number,Support Item Name,Unit,Quote,Start Date,End Date,NSW,Type\r\n"
    f"{SERVICE},Therapy,H,N,20260701,99991231,220.00,Price limited\r\n"
).encode()


class NdisCast(ManlyPeople):
    """One schedule: people who bill the scheme, the scheme's portal, and who carries files between."""

    def __init__(self, seed: str, running: Mapping[str, Running], portal: Running) -> None:
        rng = Random(f"{seed}/stories")
        self.bills, steps = ndis_story.tell(rng)
        self.portal, self._rng = portal, rng
        self._nights = 0
        self._filed: set[str] = set()
        self._answered: set[str] = set()
        self.banked: dict[str, date] = {}
        self._carried: set[str] = set()
        self._corrected: dict[str, bytes] = {}
        self._session = self._hand("provider", registration=REGISTRATION, abn=ABN)["session"]
        self._hand("item", number=SERVICE, limits={"": LIMIT}, **{"from": "2026-07-01"})
        self._tell(_FIRST)
        super().__init__(running, steps, PATIENTS)
        payer = {"id": PAYER_ID, "name": "National Disability Insurance Agency"}
        self.practice("put", resource="payers", fields=payer)

    # --- what a clerk at the hub is told and tells

    def errands(self) -> Sequence[Errand]:
        """What is to be typed at the hub now: what came back from the portal first."""
        self._look_into_portal()
        return list(self.wanted)

    def refused(self, errand: Errand, code: str) -> None:
        """It is tried again."""

    def linked(self, number: str, url: str) -> None:
        """There are no pages."""
        raise AssertionError(f"nobody asked for {number}")

    def asked(self, request: Any) -> None:
        """Nothing but files is asked for."""
        raise AssertionError(f"nobody expects {request.kind}")

    def carried(self, name: str, data: bytes) -> bool:
        """Upload a file, once: whoever did it remembers."""
        if name not in self._carried:
            answer = self._call("POST", f"/uploads?name={name}", data)
            assert answer.status_code == 201, answer.text
            self._carried.add(name)
        return True

    def waits(self) -> bool:
        """Whether something is to be typed, or a service is not paid yet."""
        return bool(self.wanted) or bool(self._open()) or any(self._corrected.values())

    # --- witnesses

    def moment(self) -> Sequence[str]:
        """What stands twice now, in the ledger or at the scheme."""
        return [*self.twice_in_the_books(), *ndis_verdict.twice(self.requests())]

    def objects(self, connection: str) -> Collection[tuple[str, str]]:
        """Live objects of ours."""
        return {(kind, id_) for kind, _, id_ in watch.standing(self.books())}

    def verdict(self, held: Iterable[tuple[str, str]]) -> Sequence[str]:
        """The practice's, the scheme's and the ledger's own books beside one another."""
        found = [f"held: {number} {cause}" for number, cause in held]
        return [*found, *ndis_verdict.wrong(self, self.bills, self.requests(), self.nights(), self.banked)]

    def counts(self) -> Mapping[str, int]:
        """What was played so far."""
        paid = {one["participant"] for one in self.requests() if one["paid"]}
        lodged = {bill.id for bill in self.bills if bill.member}
        at_desk = len(self.paid_invoices() - lodged)
        return {**self.played, "paid_invoices": at_desk + len(paid), "claims_paid": len(paid)}

    def requests(self) -> Sequence[dict[str, Any]]:
        """Every payment request the scheme knows, oldest first."""
        return list(self.portal.state.store.all("request"))

    def nights(self) -> Sequence[dict[str, Any]]:
        """Every payment it made."""
        return list(self.portal.state.store.all("night"))

    # --- acts

    def _catalogue(self) -> None:
        self.wanted.append(Errand("catalogue", SCHEME, {"data": _CATALOGUE}))

    def _file(self) -> None:
        self.wanted.append(Errand("file", SCHEME))

    def _claimed(self, bill: Bill, *, planned: bool = True, withheld: bool = False) -> None:
        """Billed to the scheme; `withheld`: without the member's number, so that it is not claimed."""
        name = "Therapy" if withheld else f"Therapy NDIS {bill.member}"
        plan = _PLAN if planned else _PAST
        self._hand("participant", number=bill.member, name="Canary Person", **plan)
        line = {"service_id": "12", "name": name, "unit_cents": bill.price}
        self._make(bill, payer_id=PAYER_ID, items=[line])

    def _lodge(self, bill: Bill) -> None:
        """Staff note in the practice system that the scheme is to pay."""
        self._pay(bill, bill.price, "NDIS")

    # --- the portal

    def _look_into_portal(self) -> None:
        """Whoever carries files looks for results and remittances, has plans mended, and waits for nights."""
        for upload in list(self.portal.state.store.all("upload")):
            if upload["name"] not in self._answered:
                answer = self._call("GET", f"/uploads/{upload['name']}/results")
                if answer.status_code == 200:
                    self._answered.add(upload["name"])
                    self.wanted.append(Errand("results", SCHEME, {"data": answer.content}))
                    self._mend()
        if any(one["status"] == "SUCCESSFUL" and not one["paid"] for one in self.requests()):
            self._nights += 1
            self._tell(_FIRST + timedelta(days=self._nights))
            self._call("GET", "/remittances")
        for night in self.nights():
            if night["id"] not in self.banked:
                self._came(night)
        self._correct_days()
        if self._open() and not any(errand.what == "file" for errand in self.wanted):
            self._file()

    def _mend(self) -> None:
        """The plan of whoever was refused is mended, and the service is claimed anew."""
        for one in self.requests():
            again = Errand("correct", one["reference"])
            if one["status"] == "ERROR" and one["id"] not in self._filed:
                self._filed.add(one["id"])
                self._hand("participant", number=one["participant"], name="Canary Person", **_PLAN)
                self.wanted.append(again)

    def _came(self, night: Mapping[str, Any]) -> None:
        """A remittance is imported; perhaps once more, when the bank shows another day."""
        data = self._call("GET", f"/remittances/{night['id']}").content
        self.banked[night["id"]] = date.fromisoformat(night["day"])
        self.wanted.append(Errand("remittance", SCHEME, {"data": data}))
        if not self._corrected or self._rng.random() < 0.5:
            self._corrected[night["id"]] = data

    def _correct_days(self) -> None:
        """Whoever sees a deposit in the books with a day that is not the bank's says so."""
        posted = {one["date"] for one in self.books().all("batch") if one["status"] == "AUTHORISED"}
        for number, data in self._corrected.items():
            day = self.banked[number]
            if data and day.isoformat() in posted:
                self._corrected[number] = b""
                self.banked[number] = day + timedelta(days=AFTER)
                said = {"data": data, "banked": self.banked[number]}
                self.wanted.append(Errand("remittance", SCHEME, said))

    def _open(self) -> list[Bill]:
        """Bills of the scheme that were not paid yet."""
        paid = {one["participant"] for one in self.requests() if one["paid"]}
        made = {one["id"] for one in self.portal_bills()}
        return [b for b in self.bills if b.member and not b.void and b.member not in paid and b.id in made]

    def portal_bills(self) -> Sequence[dict[str, Any]]:
        """Invoices of the practice system."""
        return list(self.running[FOURTH].state.store.all("invoices"))

    def _tell(self, story: datetime) -> None:
        self.portal.control.call("POST", "/__control__/clock", {"story": story.isoformat()})

    def _hand(self, action: str, **body: Any) -> Any:
        return self.portal.control.call("POST", f"/__control__/hands/{action}", body)

    def _call(self, method: str, path: str, data: bytes = b"") -> httpx.Response:
        said = {"Authorization": f"Bearer {self._session}"}
        with httpx.Client(transport=self.portal.transport(), base_url="http://portal.test") as client:
            return client.request(method, path, content=data, headers=said)


class Ndis:
    """The plugin: the fourth location, some of whose patients a scheme pays for."""

    mapping = Path(__file__).with_name("ndis.yaml")
    budgets: Mapping[str, Mapping[str, int]] = RAISED
    hinted: Mapping[str, Collection[str]] = {
        FOURTH: ("classes", "invoices", "locations", "patients", "practitioners", "services", "stock"),
    }
    unplayed: Mapping[str, Collection[str]] = {LEDGER: ("bank-payment", "transfer")}
    aims: Mapping[str, Collection[str]] | None = {LEDGER: ("deposit",)}
    excluded: Sequence[Excluded] = ()
    silent: Mapping[str, Collection[str]] = MappingProxyType({FOURTH: DATED})
    served = True

    @property
    def secrets(self) -> Mapping[str, Mapping[str, str]]:
        """What a person types in."""
        typed = prepared(FOURTH)[0].secrets
        return {**typed, LEDGER: {**typed[LEDGER], "webhook_key": WEBHOOK_KEY}}

    @property
    def tenants(self) -> Mapping[str, str]:
        """The organisation behind the ledger."""
        return prepared(FOURTH)[0].tenants

    def cast(
        self, seed: str, clocks: Mapping[str, Callable[[], datetime]], *, choice: Choice = "all"
    ) -> NdisCast:
        """The systems and acts of one seed, all of them; nobody calls the portal but people."""
        portal = systems.opened(_PORTAL, clocks[LEDGER], {"results_after": 0})
        return NdisCast(seed, systems.started(clocks, seed, FOURTH), portal)


NDIS = Ndis()
