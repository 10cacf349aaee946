"""Planning the story: every act of staff, patients and bookkeepers, with its moment, payload and effect.

A plan is made whole from a seed and played in order; replaying the effects of played acts, without sending
anything, gives the state again. Numbers of a practice system are given out in the order of the story, so
that it is known beforehand which number an invoice will have. Each practice system has a plot, in its own
words; the plots of a story share its clinic and its list of acts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from connectors.sandbox.life.calendar import local_day
from connectors.sandbox.life.model import Clinic, Invoice, Line, Patient, Payment, Use
from connectors.sandbox.life.words import Doc, Hands, Words

Touched = Iterable[tuple[str, date]]
"""Location and local day whose payment report changes."""
Payload = Callable[[], Doc]
Said = Callable[[], Hands]
Effect = Callable[[], Touched]
BOOKS = "books"


@dataclass(slots=True)
class Act:
    """One act of a person: when, in which system (BOOKS or an account), what is done there, what it changes.

    `action` names it for counts; `hands` are the actions of that system's control endpoint that do it.
    """

    at: datetime
    seq: int
    system: str
    action: str
    hands: Said
    effect: Effect
    mints: Invoice | Payment | Use | None = None
    shows: Invoice | None = None


def nothing() -> Touched:
    """The effect of an act without money."""
    return ()


class Plot:
    """Collects the acts of one practice system. Ids are given here; numbers by `number_until`."""

    def __init__(self, clinic: Clinic, words: Words, beside: Plot | None = None) -> None:
        self.clinic, self.words = clinic, words
        self.acts: list[Act] = [] if beside is None else beside.acts
        self._ids = 0
        self._counts = {Invoice: 0, Payment: 0}
        self._numbered: set[int] = set()

    def id(self) -> str:
        """A new id, growing."""
        self._ids += 1
        return self.words.id(self._ids)

    def add(self, at: datetime, action: str, payload: Doc | Payload, effect: Effect = nothing) -> None:
        """Plan an act by the name and payload of one action of this practice system."""
        made = payload if callable(payload) else (lambda: payload)
        self.act(at, action, lambda: [{"action": action, **made()}], effect)

    def by_hand(self, at: datetime, action: str, payload: Payload, effect: Effect = nothing) -> None:
        """Plan what a person does in the books."""
        self.act(at, action, lambda: [payload()], effect, system=BOOKS)

    def act(
        self,
        at: datetime,
        action: str,
        hands: Said,
        effect: Effect = nothing,
        *,
        system: str | None = None,
        mints: Invoice | Payment | Use | None = None,
        shows: Invoice | None = None,
    ) -> None:
        """Plan one act; acts of the same moment keep their order of planning."""
        where = system or self.words.account
        self.acts.append(Act(at, len(self.acts), where, action, hands, effect, mints, shows))

    def number_until(self, end: datetime) -> None:
        """Give numbers, in the order of the story, to what this practice system makes before `end`."""
        for act in sorted(self.acts, key=lambda a: (a.at, a.seq)):
            mine = act.system == self.words.account and act.mints is not None
            if act.at >= end or not mine or act.mints is None or act.seq in self._numbered:
                continue
            self._numbered.add(act.seq)
            kind = Invoice if isinstance(act.mints, Invoice) else Payment
            self._counts[kind] += 1
            act.mints.number = self.words.number(act.mints, self._counts[kind])

    def register(self, at: datetime, patient: Patient) -> None:
        """Register a patient shortly before they come."""
        before = at - timedelta(minutes=20)
        self.act(before, "create_patient", lambda: self.words.patient(patient))

    def invoice(
        self,
        at: datetime,
        place: str,
        patient: str,
        practitioner: str | None,
        lines: Iterable[Line],
        *,
        day: date | None = None,
        method: int = 3,
        to: str | None = None,
        default_to: bool = False,
        attendee: str | None = None,
        rounding: int = 0,
        plant: str | None = None,
    ) -> Invoice:
        """Make an invoice; `default_to` leaves the address block to the practice system."""
        made = Invoice(
            self.id(),
            place,
            patient,
            practitioner,
            day or local_day(place, at),
            tuple(lines),
            method=method,
            rounding=rounding,
            invoice_to=to,
            plant=plant,
        )
        self.clinic.invoices.append(made)

        def effect() -> Touched:
            made.born = True
            return ()

        def said() -> Hands:
            return self.words.bill(made, attendee=attendee, default_to=default_to)

        self.act(at, "create_invoice", said, effect, mints=made, shows=made)
        return made

    def edit(
        self,
        at: datetime,
        invoice: Invoice,
        *,
        lines: Iterable[Line] | None = None,
        day: date | None = None,
        place: str | None = None,
        practitioner: str | None = None,
        to: str | None = None,
        plant: str | None = None,
    ) -> None:
        """Change an invoice under its number; with `plant` the ledger must keep what it holds."""
        new = tuple(lines) if lines is not None else None

        def said() -> Hands:
            return self.words.change(
                invoice, lines=new, day=day, place=place, practitioner=practitioner, to=to
            )

        def effect() -> Touched:
            if plant:
                invoice.freeze(plant)
            invoice.lines = new if new is not None else invoice.lines
            invoice.day, invoice.place = day or invoice.day, place or invoice.place
            invoice.invoice_to = to or invoice.invoice_to
            return ()

        self.act(at, "edit_invoice", said, effect, shows=invoice)

    def archive(self, at: datetime, invoice: Invoice, *, plant: str | None = None) -> None:
        """Void an invoice; the payments allocated to it alone go with it."""

        def effect() -> Touched:
            if plant:
                invoice.freeze(plant)
            invoice.archived = True
            touched = []
            for payment in self.clinic.payments:
                if payment.alive and payment.puts and all(put is invoice for put, _ in payment.puts):
                    payment.archived = True
                    touched.append((payment.place, payment.day))
            return touched

        self.act(at, "archive_invoice", lambda: self.words.void(invoice), effect)
