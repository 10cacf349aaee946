"""The fourth location's staff: Nookal's hands, where a payment is a row per method and invoice.

Nookal has no credit notes: a debt given up is an adjustment, a price lowered later a discount. Prices are
without tax there. A payment by two methods is two rows, one over several invoices a receipt of several; the
parts of a payment have the ids after its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from connectors.sandbox.life.calendar import local_day
from connectors.sandbox.life.group import CATALOGUE, PAYERS, PLACE, STRANGE_PAYER
from connectors.sandbox.life.kinds import Place, Practitioner
from connectors.sandbox.life.model import Invoice, Line, Patient, Payment, Use
from connectors.sandbox.life.nookal.group import (
    ACCOUNT,
    ITEMS,
    PAYER_IDS,
    PLACES,
    PRACTITIONERS,
    STRANGE_PAYER_ID,
    TILL,
)
from connectors.sandbox.life.words import Doc, Hands

FIRST_ID, PARTS, FIRST_PATIENT, FIRST_INVOICE = 500_000, 10, 1200, 20_400
CLASS_ID = ITEMS["Class"].id
_AS = {"arrive": "completed", "no_show": "dna", "cancel_appointment": "cancelled"}
_PAYER_OF = {PAYERS[key]: id for key, id in PAYER_IDS.items()} | {STRANGE_PAYER: STRANGE_PAYER_ID}
DISCOUNT = "Discount"


class NookalWords:
    """The whole of `words.Words`."""

    account = ACCOUNT
    places: tuple[Place, ...] = PLACES
    practitioners: tuple[Practitioner, ...] = PRACTITIONERS
    till = TILL
    reports = False
    lists_attendees = False

    def id(self, number: int) -> str:
        return str(FIRST_ID + number * PARTS)

    def patient_id(self, number: int) -> str:
        return str(FIRST_PATIENT + number)

    def number(self, made: Invoice | Payment | Use, count: int) -> str:
        """Invoices are numbered; everything else goes by its id, which is unique per kind of row only."""
        if isinstance(made, Invoice):
            if made.original is None:
                return f"INV-{FIRST_INVOICE + count}"
            short = "D" if _discount(made) else "A"
            return f"{made.original.number}-{short}{made.id}"
        if isinstance(made, Payment) and made.total < 0:
            return f"refund:{made.id}"
        return f"credit:{made.id}" if isinstance(made, Payment) and not made.puts else made.id

    def before(self, begin: datetime, patients: Iterable[Patient]) -> Hands:
        return [*catalogue(), *(one for patient in patients for one in self.patient(patient))]

    def patient(self, patient: Patient) -> Hands:
        place = PLACE[patient.place]
        where = {"location_id": place.id, "city": place.option, "state": place.state}
        who = {"id": patient.id, "first_name": patient.first, "last_name": patient.last}
        more = {
            "addr1": f"{1 + patient.count % 80} Fiction Street",
            "postcode": place.postcode,
            "email": f"client{patient.count}@patients.example",
            "date_of_birth": patient.born,
        }
        return [{"action": "create_patient", **who, **where, **more}]

    def booked(self, id: str, attendee: str, who: Practitioner, patient: Patient, at: datetime) -> Hands:
        """The appointment goes by the id of the one who comes, since an invoice is tied to it."""
        service = ITEMS[who.main].id
        sent = {"id": attendee, "patient_id": patient.id, "service_id": service}
        return [{"action": "book", **sent, **_slot(who, at)}]

    def came(self, attendee: str, outcome: str) -> Hands:
        return [{"action": "mark", "appointment_id": attendee, "as": _AS[outcome]}]

    def class_booked(self, id: str, who: Practitioner, at: datetime) -> Hands:
        return [{"action": "book", "id": id, "kind": "Class", "service_id": CLASS_ID, **_slot(who, at)}]

    def joined(self, attendee: str, group: str, patient: Patient) -> Hands:
        return []

    def bill(self, invoice: Invoice, *, attendee: str | None, default_to: bool) -> Hands:
        made = {"id": invoice.id, "patient_id": invoice.patient, "location_id": PLACE[invoice.place].id}
        more: Doc = {"appointment_id": attendee} if attendee else {}
        more |= {"practitioner_id": invoice.practitioner} if invoice.practitioner else {}
        more |= {"payer_id": _PAYER_OF[invoice.invoice_to]} if invoice.invoice_to else {}
        items = [_item(line) for line in invoice.lines]
        day = {"day": invoice.day.isoformat(), "number": invoice.number}
        return [{"action": "create_invoice", **made, **more, **day, "items": items}]

    def change(
        self,
        invoice: Invoice,
        *,
        lines: tuple[Line, ...] | None,
        day: date | None,
        place: str | None,
        practitioner: str | None,
        to: str | None,
    ) -> Hands:
        """Amounts are corrected by voiding a line and adding another; what stays the same is left alone."""
        if place or practitioner:
            raise ValueError("an invoice stays where and whose it is")
        said: Hands = []
        if lines is not None:
            new, old = {line.id for line in lines}, {line.id for line in invoice.lines}
            said += [{"action": "void_item", "entry_id": id} for id in sorted(old - new)]
            for line in lines:
                if line.id not in old:
                    said.append({"action": "add_item", "invoice_id": invoice.id, **_item(line)})
        fields: Doc = {"day": day.isoformat()} if day else {}
        fields |= {"payer_id": _PAYER_OF[to]} if to else {}
        return [*said, {"action": "edit_invoice", "invoice_id": invoice.id, **fields}]

    def void(self, invoice: Invoice) -> Hands:
        return [{"action": "void_invoice", "invoice_id": invoice.id}]

    def take(self, payment: Payment, moment: datetime) -> Hands:
        day, place = {"day": payment.day.isoformat()}, PLACE[payment.place].id
        said: Hands = []
        for (method, invoice), rows in _rows(payment).items():
            money = {"method": method, "location_id": place, **day}
            if invoice:
                parts = [{"id": id, "invoice_id": put.id, "cents": c} for id, put, c in rows if put]
                said.append({"action": "take_payment", "parts": parts, **money})
            for id, put, cents in rows:
                if put is None:
                    kept = {"id": id, "patient_id": payment.patient, "cents": cents}
                    said.append({"action": "receive_credit", **kept, **money})
        return said

    def correct(
        self,
        payment: Payment,
        sources: tuple[tuple[str, int], ...] | None,
        puts: tuple[tuple[Invoice, int], ...] | None,
        moment: datetime | None,
    ) -> Hands:
        """One row: its method, amount or day."""
        fields: Doc = {}
        if sources is not None:
            ((fields["method"], fields["cents"]),) = sources
        if moment is not None:
            fields["day"] = local_day(payment.place, moment).isoformat()
        return [{"action": "edit_row", "id": payment.id, **fields}]

    def drop(self, payment: Payment) -> Hands:
        return [
            {"action": "void_row", "kind": "payments" if put else "credits", "id": id}
            for rows in _rows(payment).values()
            for id, put, _ in rows
        ]

    def use(self, use: Use) -> Hands:
        put = {"invoice_id": use.invoice.id, "cents": use.cents}
        return [{"action": "use_credit", **put}]

    def give_back(self, payment: Payment, moment: datetime) -> Hands:
        ((method, cents),) = payment.sources
        sent: Doc = {"id": payment.id, "method": method, "cents": -cents, "day": payment.day.isoformat()}
        if payment.names is not None:
            sent["invoice_id"] = payment.names.id
        else:
            sent |= {"patient_id": payment.patient, "location_id": PLACE[payment.place].id}
        return [{"action": "refund", **sent}]

    def reverse(
        self, note: Invoice, original: Invoice, only: tuple[Line, ...], write_off: Mapping[str, int]
    ) -> Hands:
        kind = "discounts" if _discount(note) else "adjustments"
        what = {"id": note.id, "kind": kind, "cents": -note.total, "day": note.day.isoformat()}
        return [{"action": "adjust", "invoice_id": original.id, **what}]


def catalogue() -> Hands:
    """Actions that fill the practice system: the location, people who treat, goods without tax, payers."""
    puts: list[tuple[str, Doc]] = []
    here = [place.id for place in PLACES]
    for place in PLACES:
        where = {"suburb": place.option, "state": place.state, "postcode": place.postcode}
        puts.append(("locations", {"id": place.id, "name": place.name, "zone": place.zone.key, **where}))
    for who in PRACTITIONERS:
        names = {"id": who.id, "first_name": who.first, "last_name": who.last}
        puts.append(("practitioners", {**names, "locations": here}))
    for item in ITEMS.values():
        if item.kind:
            code = "" if item.kind == "classes" else item.code
            price = {"price": _net(item.cents, taxed=item.taxed), "has_tax": item.taxed}
            puts.append((item.kind, {"id": item.id, "name": item.name, "code": code, **price,
                                     "locations": here}))  # fmt: skip
    for text, id in _PAYER_OF.items():
        puts.append(("payers", {"id": id, "name": text.splitlines()[0]}))
    return [{"action": "put", "resource": resource, "fields": fields} for resource, fields in puts]


def _slot(who: Practitioner, at: datetime) -> Doc:
    place = PLACE[who.place]
    wall = at.astimezone(place.zone)
    when = {"day": wall.date().isoformat(), "start": f"{wall:%H:%M:%S}"}
    return {"practitioner_id": who.id, "location_id": place.id, **when}


def _item(line: Line) -> Doc:
    """A line as the hands take it, its price without tax; a line of no list has its text alone."""
    item = CATALOGUE[line.code]
    named = {"services": "service_id", "classes": "class_id", "stock": "stock_id"}.get(item.kind)
    sent: Doc = {named: item.id} if named else {"name": item.name}
    sent |= {"name": f"{item.name}, {line.note}"} if line.note else {}
    net = line.gross - line.gst
    if net % line.quantity:
        raise ValueError("a line's net is so many times a whole price")
    price = {"qty": line.quantity, "unit_cents": net // line.quantity, "tax_cents": line.gst}
    return {"id": line.id, **sent, **price}


def _net(cents: int, *, taxed: bool) -> int:
    return cents * 10 // 11 if taxed else cents


def _discount(note: Invoice) -> bool:
    return note.lines[0].code == DISCOUNT


def _rows(payment: Payment) -> dict[tuple[str, bool], list[tuple[str, Invoice | None, int]]]:
    """(id, invoice or None for credit, cents) of each row, by method and whether it is put on invoices."""
    found: dict[tuple[str, bool], list[tuple[str, Invoice | None, int]]] = {}
    for n, (method, invoice, cents) in enumerate(payment.shares()):
        row = (str(int(payment.id) + n), invoice, cents)
        found.setdefault((method, invoice is not None), []).append(row)
    return found


NOOKAL = NookalWords()
