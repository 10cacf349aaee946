"""The scenario: one clinic group from its practice system into its books, played anew for every seed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from connectors.sandbox.life.books import Books, Row
from connectors.sandbox.life.client import ControlRefused, hands
from connectors.sandbox.life.compare import compare
from connectors.sandbox.life.demo import RAISED
from connectors.sandbox.life.desk import by_hand
from connectors.sandbox.life.group import OWN_PLACES, PAGES
from connectors.sandbox.life.nookal.group import ACCOUNT as FOURTH
from connectors.sandbox.life.plot import BOOKS, Act
from connectors.sandbox.life.truth import truth_books
from connectors.sandbox.life.witness import target_books
from connectors.sandbox.simulation import held as planted
from connectors.sandbox.simulation import watch
from connectors.sandbox.simulation.company import DATED, Choice, Company, Deed, Excluded
from connectors.sandbox.simulation.hints import hints
from connectors.sandbox.simulation.stories import Told, tell
from connectors.sandbox.simulation.stories_manly import tell_manly
from connectors.sandbox.simulation.systems import (
    LEDGER,
    MONTH,
    PRACTICE,
    WEBHOOK_KEY,
    Running,
    prepared,
    started,
)

_LAST_REPORTED = 25
_ROOT = Path(__file__).resolve().parents[3]


class HarbourCast(Company):
    """The systems and stories of one schedule; `practice` is the connection of its practice system."""

    def __init__(self, told: Told, running: Mapping[str, Running], practice: str) -> None:
        super().__init__(running, prepared(practice)[0].xero_tenant_id)
        self.told, self.practice = told, practice
        self._played: dict[str, int] = {}
        self.acts: Sequence[Deed] = [self._deed(n, act) for n, act in enumerate(told.acts)]

    def reports(self) -> Iterator[tuple[str, str, date, date, bytes]]:
        """The payment report over the whole story of every location where anything was billed or paid."""
        first, last = MONTH.first, MONTH.day(_LAST_REPORTED)
        clinic = self.told.clinic
        used = {i.place for i in clinic.invoices} | {p.place for p in clinic.payments}
        for place in OWN_PLACES if self.practice == PRACTICE else ():
            if place.key not in used:
                continue
            where = f"business_id={place.id}&from={first}&to={last}"
            data = self.running[PRACTICE].control.call(
                "GET", f"/__control__/report?kind=payment_summary&{where}"
            )
            yield PRACTICE, place.id, first, last, data

    def moment(self) -> Sequence[str]:
        """What came to stand twice."""
        return self.twice_in_the_books()

    def objects(self, connection: str) -> Collection[tuple[str, str]]:
        """Live objects of ours."""
        return {(kind, id_) for kind, _, id_ in watch.standing(self.books())}

    def verdict(self, held: Iterable[tuple[str, str]]) -> Sequence[str]:
        """The ledger's books beside the clinic's own, to the cent and to the object."""
        ledger = self.running[LEDGER].control.call("GET", "/__control__/ledger")
        plants = planted.plants(self.told, self.books())
        truth = truth_books(self.told.clinic)
        found = compare(truth, target_books(ledger), plants, held, _in_transit(truth))
        lists = found["lists"]
        wrong = [f"held: {number} {cause}" for number, cause in lists["held_unplanned"]]
        wrong += [f"not held: {number} {cause}" for number, cause in lists["planted_not_held"]]
        wrong += planted.taken_away(self.told, self.books())
        for name in ("missing", "doubled"):
            wrong += [f"{name}: {_item(one)}" for one in lists[name]]
        if found["unexplained"]:
            wrong += [f"differs: {_row(row)}" for row in found["rows"] if row["unexplained"]][:10]
        control, documents = ledger["debtors"]["control"], ledger["debtors"]["documents"]
        return wrong if control == documents else [*wrong, f"the ledger's debtors: {control}, {documents}"]

    def counts(self) -> Mapping[str, int]:
        """What was played so far."""
        clinic = self.told.clinic
        paid = {id(put) for payment in clinic.payments if payment.born for put, _ in payment.puts}
        return {**self._played, "invoices": sum(i.born for i in clinic.invoices), "paid_invoices": len(paid)}

    # --- acts ----------------------------------------------------------------------------------------

    def _deed(self, number: int, act: Act) -> Deed:
        return Deed(f"{number}-{act.action}", lambda: self._do(act), tuple(hints(act, self.told.clinic)))

    def _do(self, act: Act) -> None:
        """Play an act: in its system, then in the clinic's own account of things."""
        said = act.hands()
        touched = [str(sent["invoice_id"]) for sent in said if "invoice_id" in sent]
        list(act.effect())
        if act.system == BOOKS:
            by_hand(self.running[LEDGER].control, act.action, said[0])
            return
        total = act.shows.total if act.shows else None
        answer = hands(self.running[self.practice].control, said)[-1]
        shown = answer.get("total_cents", total)
        if total is not None and shown != total:
            raise ControlRefused(f"{act.action} shows {shown} cents, not {total}")
        self._count(act, touched)

    def _count(self, act: Act, touched: Sequence[str]) -> None:
        paid = {put.id for p in self.told.clinic.payments if p.born for put, _ in p.puts}
        if act.action == "edit_invoice" and set(touched) & paid:
            self._played["edited_after_payment"] = self._played.get("edited_after_payment", 0) + 1
        if act.action == "archive_invoice":
            self._played["voided"] = self._played.get("voided", 0) + 1


def _in_transit(truth: Books) -> list[Row]:
    """No payment system is played that would pay out: what patients paid on pages is still on its way."""
    left = {row["location"]: row["closing"] for row in truth.clearing}
    return [{"account": account, "cents": left.get(place, 0)} for account, place in PAGES.items()]


def _item(one: Mapping[str, Any]) -> str:
    return " ".join(str(one[name]) for name in ("kind", "number", "day", "cents", "till", "times"))


def _row(row: Mapping[str, Any]) -> str:
    names = ("table", "location", "day", "key", "column", "truth", "target")
    return " ".join(str(row[name]) for name in names)


class Harbour:
    """The plugin: the locations of the first practice system."""

    practice = PRACTICE
    mapping = _ROOT / "mappings" / "clinics" / "example.yaml"
    budgets = RAISED
    hinted: Mapping[str, Collection[str]] = {
        PRACTICE: ("businesses", "invoices", "patients", "practitioners")
    }
    unplayed: Mapping[str, Collection[str]] = {LEDGER: ("bank-payment", "deposit", "transfer")}
    aims: Mapping[str, Collection[str]] | None = None
    silent: Mapping[str, Collection[str]] = MappingProxyType({})
    served = False
    excluded: Sequence[Excluded] = (
        Excluded(
            PRACTICE, "401", "a key has no token to renew: refusing it stops the connection for a person"
        ),
    )

    @property
    def secrets(self) -> Mapping[str, Mapping[str, str]]:
        """What a person types in."""
        typed = prepared(self.practice)[0].secrets
        return {**typed, LEDGER: {**typed[LEDGER], "webhook_key": WEBHOOK_KEY}}

    @property
    def tenants(self) -> Mapping[str, str]:
        """The organisation behind each ledger."""
        return prepared(self.practice)[0].tenants

    def cast(
        self, seed: str, clocks: Mapping[str, Callable[[], datetime]], *, choice: Choice = "all"
    ) -> HarbourCast:
        """The systems and acts of one seed."""
        return HarbourCast(self.tell(seed, choice), started(clocks, seed, self.practice), self.practice)

    def tell(self, seed: str, choice: Choice) -> Told:
        """What people do."""
        return tell(seed, choice)


_READ_THERE = (
    *("adjustments", "appointments", "classes", "credits", "diary", "discounts", "entries", "invoices"),
    *("locations", "patients", "payments", "practitioners", "probe", "refunds", "renew", "services", "stock"),
)
"""Everything that is read from the fourth location; the ledger's operations have their cells in `harbour`."""


class Manly(Harbour):
    """The plugin: the fourth location, whose practice system shows its own payments."""

    practice = FOURTH
    hinted: Mapping[str, Collection[str]] = {
        FOURTH: ("classes", "invoices", "locations", "patients", "practitioners", "services", "stock")
    }
    unplayed: Mapping[str, Collection[str]] = {
        **Harbour.unplayed,
        FOURTH: ("chart", "look", "recorded-payment"),
    }
    aims: Mapping[str, Collection[str]] | None = MappingProxyType({FOURTH: _READ_THERE})
    silent: Mapping[str, Collection[str]] = MappingProxyType({FOURTH: DATED})
    excluded: Sequence[Excluded] = ()

    def tell(self, seed: str, choice: Choice) -> Told:
        return tell_manly(seed, choice)


SCENARIO, MANLY = Harbour(), Manly()
