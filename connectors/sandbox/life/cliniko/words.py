"""The first practice system's staff: Cliniko's hands, with its attendees, reports and credit notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from connectors.sandbox.life.group import (
    ACCOUNT,
    GST_TAX,
    ITEMS,
    OWN_PLACES,
    PAYERS,
    PLACE,
    PRACTITIONERS,
    TAX_IDS,
    TILL,
)
from connectors.sandbox.life.kinds import Place, Practitioner
from connectors.sandbox.life.model import Invoice, Line, Patient, Payment, Use
from connectors.sandbox.life.ndis import group as ndis
from connectors.sandbox.life.words import Doc, Hands

VISIT_TYPE, CLASS_TYPE = "514810982000000001", "514810982000000002"
FIRST_INVOICE, FIRST_PAYMENT = 10401, 5101


class ClinikoWords:
    """The whole of `words.Words`."""

    account = ACCOUNT
    places: tuple[Place, ...] = OWN_PLACES
    practitioners: tuple[Practitioner, ...] = PRACTITIONERS
    till = TILL
    reports = True
    lists_attendees = True

    def id(self, number: int) -> str:
        return str(1860000000000000000 + number * 1009)

    def patient_id(self, number: int) -> str:
        return f"12711455522341{number:05d}"

    def number(self, made: Invoice | Payment | Use, count: int) -> str:
        return str(count - 1 + (FIRST_INVOICE if isinstance(made, Invoice) else FIRST_PAYMENT))

    def before(self, begin: datetime, patients: Iterable[Patient]) -> Hands:
        return [*catalogue(), *(one for patient in patients for one in self.patient(patient))]

    def patient(self, patient: Patient) -> Hands:
        place = PLACE[patient.place]
        fields: Doc = {"state": place.state, "post_code": place.postcode}
        fields |= {
            "address_1": f"{1 + patient.count % 80} Fiction Street",
            "city": place.name.split()[-1],
            "email": f"patient{patient.count}@patients.example",
            "date_of_birth": patient.born,
        }
        if patient.payer:
            fields["invoice_default_to"] = PAYERS[patient.payer]
            fields["invoice_extra_information"] = _member(patient)
        names = {"id": patient.id, "first_name": patient.first, "last_name": patient.last}
        return [{"action": "create_patient", **names, **fields}]

    def booked(self, id: str, attendee: str, who: Practitioner, patient: Patient, at: datetime) -> Hands:
        links = _links(who, VISIT_TYPE)
        times = {"starts_at": at.isoformat(), "patient_id": patient.id}
        return [{"action": "book", "id": id, "attendee_id": attendee, **links, **times}]

    def came(self, attendee: str, outcome: str) -> Hands:
        reason = {"reason": 30} if outcome == "cancel_appointment" else {}
        return [{"action": outcome, "attendee_id": attendee, **reason}]

    def class_booked(self, id: str, who: Practitioner, at: datetime) -> Hands:
        begins = {"id": id, "starts_at": at.isoformat(), "max_attendees": 8}
        return [{"action": "book_group", **_links(who, CLASS_TYPE), **begins}]

    def joined(self, attendee: str, group: str, patient: Patient) -> Hands:
        return [{"action": "add_attendee", "id": attendee, "booking_id": group, "patient_id": patient.id}]

    def bill(self, invoice: Invoice, *, attendee: str | None, default_to: bool) -> Hands:
        return [
            {
                "action": "create_invoice",
                "id": invoice.id,
                "patient_id": invoice.patient,
                "business_id": PLACE[invoice.place].id,
                "issue_date": invoice.day.isoformat(),
                "calculation_method": invoice.method,
                "items": [_item(line) for line in invoice.lines],
                **({} if default_to else {"invoice_to": invoice.invoice_to}),
                **({"practitioner_id": invoice.practitioner} if invoice.practitioner else {}),
                **({"attendee_id": attendee} if attendee else {}),
                "number": int(invoice.number),
            }
        ]

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
        sent: Doc = {"invoice_id": invoice.id}
        if lines is not None:
            sent["items"] = [_item(line) for line in lines]
        sent |= {"issue_date": day.isoformat()} if day else {}
        sent |= {"business_id": PLACE[place].id} if place else {}
        sent |= {"practitioner_id": practitioner} if practitioner else {}
        sent |= {"invoice_to": to} if to else {}
        return [{"action": "edit_invoice", **sent}]

    def void(self, invoice: Invoice) -> Hands:
        return [{"action": "archive_invoice", "invoice_id": invoice.id}]

    def take(self, payment: Payment, moment: datetime) -> Hands:
        where = {"business_id": PLACE[payment.place].id, "paid_at": moment.isoformat()}
        named = {"id": payment.id, "patient_id": payment.patient, "number": int(payment.number)}
        money = _money(payment.sources, payment.puts)
        return [{"action": "take_payment", **named, **where, **money}]

    def correct(
        self,
        payment: Payment,
        sources: tuple[tuple[str, int], ...] | None,
        puts: tuple[tuple[Invoice, int], ...] | None,
        moment: datetime | None,
    ) -> Hands:
        sent: Doc = {"payment_id": payment.id}
        both = _money(sources or (), puts or ())
        sent |= {"sources": both["sources"]} if sources else {}
        sent |= {"allocations": both["allocations"]} if puts is not None else {}
        sent |= {"paid_at": moment.isoformat()} if moment else {}
        return [{"action": "edit_payment", **sent}]

    def drop(self, payment: Payment) -> Hands:
        return [{"action": "archive_payment", "payment_id": payment.id}]

    def use(self, use: Use) -> Hands:
        put = {"patient_id": use.invoice.patient, "invoice_id": use.invoice.id, "cents": use.cents}
        return [{"action": "apply_credit", "id": use.id, **put, "number": int(use.number)}]

    def give_back(self, payment: Payment, moment: datetime) -> Hands:
        ((method, cents),) = payment.sources
        sent: Doc = {"id": payment.id, "patient_id": payment.patient, "number": int(payment.number)}
        sent |= {"business_id": PLACE[payment.place].id, "method": method, "cents": -cents}
        if payment.names is not None:
            sent["invoice_id" if payment.names.total > 0 else "credit_note_id"] = payment.names.id
        return [{"action": "refund", **sent, "paid_at": moment.isoformat()}]

    def reverse(
        self, note: Invoice, original: Invoice, only: tuple[Line, ...], write_off: Mapping[str, int]
    ) -> Hands:
        sent: Doc = {"id": note.id, "invoice_id": original.id, "issue_date": note.day.isoformat()}
        sent |= {"as_writeoff": dict(write_off)} if write_off else {}
        sent |= {"items": [{"item_id": part.id} for part in only]} if only else {}
        return [{"action": "reverse_invoice", **sent, "number": int(note.number)}]


def catalogue() -> Hands:
    """Actions that fill the practice system: locations, people who treat, taxes, items, appointment types."""
    puts: list[tuple[str, Doc]] = []
    for place in OWN_PLACES:
        zone = {"time_zone": place.zone_label, "time_zone_identifier": place.zone.key}
        where = {"state": place.state, "post_code": place.postcode, "city": place.option}
        puts.append(("businesses", {"id": place.id, "business_name": place.name, **zone, **where}))
    for who in PRACTITIONERS:
        puts.append(("practitioners", {"id": who.id, "first_name": who.first, "last_name": who.last}))
    for (name, rate), id in TAX_IDS.items():
        puts.append(("taxes", {"id": id, "name": name, "rate": rate}))
    for item in ITEMS.values():
        fields: Doc = {"id": item.id, "name": item.name, "item_code": item.code}
        fields |= {"tax_id": TAX_IDS[GST_TAX]} if item.taxed else {}
        price = f"{item.cents // 100}.{item.cents % 100:02d}"
        if item.product:
            net = item.cents * 10 // 11 if item.taxed else item.cents
            fields |= {"price_including_tax": price, "price_ex_tax": f"{net // 100}.{net % 100:02d}"}
        else:
            fields["price"] = price
        puts.append(("products" if item.product else "billable_items", fields))
    puts.append(("concession_types", {"id": "514810983000000001", "name": "Pensioner"}))
    visit = {"id": VISIT_TYPE, "name": "Consultation", "duration_in_minutes": 30, "max_attendees": 1}
    group = {"id": CLASS_TYPE, "name": "Pilates class", "duration_in_minutes": 45, "max_attendees": 8}
    puts += [("appointment_types", visit), ("appointment_types", group)]
    return [{"action": "put", "resource": resource, "fields": fields} for resource, fields in puts]


def _member(patient: Patient) -> str:
    """What the payer calls the patient."""
    if patient.payer == ndis.PAYER:
        return f"NDIS {ndis.member(patient)}"
    return f"{'Claim' if patient.payer == 'safework' else 'Member'} {4_000_000 + patient.count}"


def _links(who: Practitioner, visit: str) -> Doc:
    place = PLACE[who.place].id
    return {"practitioner_id": who.id, "business_id": place, "appointment_type_id": visit}


def _item(line: Line) -> Doc:
    """A line as the hands take it; prices include tax whatever the method."""
    item = ITEMS[line.code]
    return {
        "id": line.id,
        "product_id" if item.product else "billable_item_id": item.id,
        "quantity": line.quantity,
        "unit_price_cents": line.unit,
        "discount_cents": line.discount,
        "tax": {"name": line.tax[0], "rate": line.tax[1]} if line.tax else None,
        "concession_type_name": line.concession,
    }


def _money(sources: Iterable[tuple[str, int]], puts: Iterable[tuple[Invoice, int]]) -> dict[str, Any]:
    return {
        "sources": [{"method": method, "cents": cents} for method, cents in sources],
        "allocations": [{"invoice_id": invoice.id, "cents": cents} for invoice, cents in puts],
    }


CLINIKO = ClinikoWords()
