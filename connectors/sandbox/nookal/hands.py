"""What people do in the clinic's web app: every action a test or clinic life can take, and its payload.

`POST /__control__/hands/<action>` with one payload answers its result; `POST /__control__/hands` with a list
of `{"action": ..., **payload}` applies them in one commit (all or nothing; 400 `{"error", "index"}`). Every
payload may carry `at` (ISO instant with offset; default: the story clock). Creates may carry `id`. Money is
integer cents, days are ISO dates at the location. `"$0.id"` in a list names a part of an earlier result. A
row of money and a line may carry `id` too; the parts of a receipt each their own.

Each entry: payload (? = optional) -> result.

- put: resource (locations, practitioners, services, classes, stock, payers, cases, patients), fields -> id
- create_patient: first_name, last_name, any other field? -> id; edit_patient: patient_id, any field -> id
- delete_patient: patient_id -> id (their invoices then name client 0)
- book: location_id, day, start, patient_id?, practitioner_id?, service_id?, kind? Consultation, case_id?,
  end? -> id; move: appointment_id, day?, start?, ...; mark: appointment_id, as (arrived, completed, dna,
  cancelled, pending); remove_visit: appointment_id (without trace)
- create_invoice: patient_id, location_id, items, practitioner_id?, payer_id?, appointment_id?, case_id?,
  day?, number?, draft? -> id, number, total_cents, balance_cents, items [{id, total_cents, tax_cents}]
- number_invoice: invoice_id, number?; edit_invoice: invoice_id, patient_id?, payer_id?, day?, ...;
  add_item: invoice_id, one item; edit_item: entry_id, name?, code?; void_item: entry_id;
  void_invoice: invoice_id, keep_payments?; delete_invoice: invoice_id (without trace)
- take_payment: invoice_id, cents, method, day?, location_id?, ref?; or parts [{invoice_id, cents}] as one
  receipt -> id, ids; edit_row: id, kind? payments (or credits, refunds), cents?, method?, day?
- receive_credit: patient_id, location_id, method, cents, day?, from_adjustment? -> id
- use_credit: invoice_id, cents, day?; refund: method, cents, invoice_id? or patient_id and location_id, day?
- adjust: invoice_id, cents, kind? adjustments (or discounts), day?, reason?; void_row: kind, id
- spoil: kind (invoices, entries, payments), id, v3? {wire name: any}, v2? {...}; without both it is mended

An item: `{service_id | class_id | stock_id | name and unit_cents, qty? 1, unit_cents?, has_tax?, tax_cents?,
code?, kind?, practitioner_id?, day?}`; `unit_cents` is one piece without tax.
"""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox.acting import HandsError, in_order, only, require
from connectors.sandbox.nookal.book import Book
from connectors.sandbox.nookal.hands_diary import DIARY_HANDS
from connectors.sandbox.nookal.hands_invoices import INVOICE_HANDS
from connectors.sandbox.nookal.hands_money import MONEY_HANDS
from connectors.sandbox.nookal.hands_people import PEOPLE_HANDS
from connectors.sandbox.store import Doc


def spoil(book: Book, payload: Doc) -> Doc:
    """Make the APIs show something wrong about a record, or mend it again."""
    only(payload, "kind", "id", "v3", "v2")
    kind, key = require(payload, "kind", "id")
    row = book.need(kind, key)
    row |= {"wrong_v3": payload.get("v3") or {}, "wrong_v2": payload.get("v2") or {}}
    return {"id": book.put(kind, row)["id"]}


HANDS: dict[str, Callable[[Book, Doc], Doc]] = {
    **PEOPLE_HANDS,
    **DIARY_HANDS,
    **INVOICE_HANDS,
    **MONEY_HANDS,
    "spoil": spoil,
}


def act(book: Book, action: str, payload: Doc) -> Doc:
    """Apply one action. Raises HandsError with what is wrong with the payload."""
    hand = HANDS.get(action)
    if hand is None:
        raise HandsError(f"no action is called {action!r}")
    payload = dict(payload)
    return hand(book.at(payload.pop("at", None)), payload)


def act_all(book: Book, actions: list[Doc]) -> list[Doc]:
    """Apply actions in order; the caller commits or rolls back."""
    return in_order(actions, lambda action, payload: act(book, action, payload))
