"""How the staff of one practice system do what the story tells: acts as that system's hands take them.

The story speaks of visits, invoices and money; each practice system has an adapter (`cliniko.words`,
`nookal.words`) that turns these into lists of actions for its control endpoint, each a dict with `action`.
What is said is made when an act is played, before its effect, so it sees things as they stood until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Protocol

from connectors.sandbox.life.kinds import Place, Practitioner, Till
from connectors.sandbox.life.model import Invoice, Line, Patient, Payment, Use

Doc = dict[str, Any]
Hands = list[Doc]


class Words(Protocol):
    """One practice system. `reports`: its payments are known by imported reports alone.

    `lists_attendees`: its classes have a list of the people in them, to which invoices are tied.
    """

    account: str
    places: tuple[Place, ...]
    practitioners: tuple[Practitioner, ...]
    till: Till
    reports: bool
    lists_attendees: bool

    def id(self, number: int) -> str:
        """The id of the n-th thing made in the story; those between two of them are free for its parts."""
        ...

    def patient_id(self, number: int) -> str: ...

    def number(self, made: Invoice | Payment | Use, count: int) -> str:
        """What the system calls something; `count` counts those of its kind from 1."""
        ...

    def before(self, begin: datetime, patients: Iterable[Patient]) -> Hands:
        """What stands before the story: places, people who treat, goods, payers, patients."""
        ...

    def patient(self, patient: Patient) -> Hands: ...

    def booked(self, id: str, attendee: str, who: Practitioner, patient: Patient, at: datetime) -> Hands: ...

    def came(self, attendee: str, outcome: str) -> Hands:
        """`outcome`: arrive, no_show or cancel_appointment."""
        ...

    def class_booked(self, id: str, who: Practitioner, at: datetime) -> Hands: ...

    def joined(self, attendee: str, group: str, patient: Patient) -> Hands: ...

    def bill(self, invoice: Invoice, *, attendee: str | None, default_to: bool) -> Hands: ...

    def change(
        self,
        invoice: Invoice,
        *,
        lines: tuple[Line, ...] | None,
        day: date | None,
        place: str | None,
        practitioner: str | None,
        to: str | None,
    ) -> Hands: ...

    def void(self, invoice: Invoice) -> Hands: ...

    def take(self, payment: Payment, moment: datetime) -> Hands: ...

    def correct(
        self,
        payment: Payment,
        sources: tuple[tuple[str, int], ...] | None,
        puts: tuple[tuple[Invoice, int], ...] | None,
        moment: datetime | None,
    ) -> Hands: ...

    def drop(self, payment: Payment) -> Hands: ...

    def use(self, use: Use) -> Hands: ...

    def give_back(self, payment: Payment, moment: datetime) -> Hands:
        """Money paid out of a credit note, off an invoice, or of the patient's credit (`names`)."""
        ...

    def reverse(
        self, note: Invoice, original: Invoice, only: tuple[Line, ...], write_off: Mapping[str, int]
    ) -> Hands:
        """A credit note for an invoice, some of its lines, or what is given up (cents by item code)."""
        ...
