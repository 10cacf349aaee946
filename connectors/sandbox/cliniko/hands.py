"""What people do in the clinic's web app: every action a test or clinic life can take, and its payload.

The vendor's API can neither write nor show money, so these actions are the sandbox's own, modelled on the
vendor's help pages. `POST /__control__/hands/<action>` with one payload answers its result;
`POST /__control__/hands` with a list of `{"action": ..., **payload}` applies them in order in one commit and
answers the list of results (all or nothing; 400 `{"error", "index"}`). `?account=<id>` picks the account.

Common rules. Every payload may carry `at` (ISO instant with offset; default: the story clock): the moment
of the action, used for created_at, updated_at, closed_at, archived_at, default paid_at and, in the
business's zone, default issue_date. Creates may carry `id` (digits) and `number`; otherwise both are
given. Ids are text. Money is integer cents. Inside a list a text `"$0.id"` or `"$2.items.0.id"` is
replaced by that part of an earlier result (0 = first action of the list). Unknown payload keys are
refused.

Each entry: payload (? = optional, with its default) -> result.

- put: resource, fields {id?, wire names; relations as `<name>_id`} -> id, record
- remove: resource, id (taxes, link rows, reference numbers, concession prices) -> id
- create_patient: first_name, last_name, any other wire name? (email, invoice_default_to) -> id, record
- edit_patient: patient_id, any wire name -> id, record
- archive_patient, unarchive_patient: patient_id -> id, record
- merge_patients: loser_id, winner_id -> id (the loser's), record
- deactivate_practitioner: practitioner_id, active? false -> id, record
- book: patient_id, practitioner_id, business_id, appointment_type_id, starts_at, ends_at?, patient_case_id?,
  notes?, attendee_id? (the new attendee's id) -> id, attendee_id
- book_group: practitioner_id, business_id, appointment_type_id, starts_at, ends_at?, max_attendees?,
  patient_ids? -> id, attendee_ids (in the order of patient_ids)
- add_attendee: booking_id, patient_id -> id
- cancel_appointment: appointment_id or attendee_id (a group's), reason? 50, note? -> id
- arrive, no_show, untick: appointment_id or attendee_id -> id (the attendee's)
- archive_appointment: appointment_id -> id
- create_invoice: patient_id, business_id, items, practitioner_id?, attendee_id?, issue_date?, invoice_to?,
  calculation_method? 3, prices_include_tax? true, notes?, from_credit? false -> id, number, status,
  total_cents, tax_cents, net_cents, items [{id, total_cents, tax_cents}]
- edit_invoice: invoice_id, items?, issue_date?, invoice_to?, business_id?, practitioner_id?, patient_id?,
  number?, notes? -> as create_invoice
- archive_invoice, unarchive_invoice: invoice_id -> id, payment_ids (archived with it)
- set_status: invoice_id, status (10, 20, 30, 40, null), or forget? true to compute again -> as create_invoice
- corrupt_invoice: invoice_id or item_id, set? {wire name: any JSON}, remove? [wire names], or off_by_cents
  (header total and net); with the id alone: mended -> id
- take_payment: patient_id, business_id, sources [{method, cents}], allocations? [{invoice_id, cents}] or
  "auto" (oldest invoice first; default none), paid_at?, practitioner_id? -> id, number, credit_cents,
  allocations
- prepay: patient_id, business_id, method, cents, paid_at? -> as take_payment
- edit_payment: payment_id, sources?, allocations?, paid_at?, business_id? -> as take_payment
- archive_payment: payment_id -> id, number, invoice_ids (reopened)
- hide_payment: payment_id, hidden? true (left out of the reports, nothing else changes) -> id, number
- apply_credit: patient_id, invoice_id, cents? (default: all that fits) -> id, number, cents,
  from [{payment_id or credit_note_id, cents}]
- refund: patient_id, business_id, method, cents (positive), credit_note_id? or invoice_id?, paid_at?
  -> as take_payment
- reverse_invoice: invoice_id, items? [{item_id, cents? (default: whole line)}] or cents? (split over the
  lines), neither = whole; pay_out? {method, paid_at?, cents?, business_id?}, as_writeoff? {code: cents} or
  code, issue_date?, notes? -> as create_invoice, refund (as take_payment) or null

`items` of an invoice: `{billable_item_id or product_id?, code?, name?, quantity? 1 (number or text),
unit_price_cents, tax? {name, rate} or null, discount_cents? 0, concession_type_name?, id?}`; code, name,
price and tax default to the catalogue's. A person's own
negative line is a negative unit price. On edit, a line with the id of a present line edits that line.

**Prices.** With `prices_include_tax` true (default) unit_price_cents and discount_cents include the line's
tax whatever the calculation method: the patient pays sum(quantity x unit price - discount), give or take
the rounding of method 2, and the sandbox works out the price without tax that methods 1 and 2 show. With
false they are as shown on the invoice (methods 1, 2: without tax). `total_cents` of the answer is the
truth.

**Money.** A payment's rest (sources less allocations) is the patient's account credit. apply_credit uses
the patient's oldest credit first (payments by paid_at, open credit notes by issue) and appears in the
reports as a row of kind "credit applied", source type "Account credit", with a payment number of its own,
dated `at`. A refund is a payment with a negative source: naming a credit note it pays it out, naming an
invoice it takes money off it (the invoice reopens), naming neither it lowers the patient's account credit,
oldest first. Reversing an invoice that is not fully paid first settles the unpaid part of the original
with the credit note (no report row: the link shows it); only the rest is open credit. archive_invoice
archives the payments allocated to it alone; other payments only lose that allocation. Write-off items:
`{"WO1": cents, "WO2": cents}`, tax included, each line taking tax and name from that catalogue item; a
bare code writes off everything unpaid with it.
"""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox.acting import HandsError, in_order
from connectors.sandbox.cliniko.book import Book
from connectors.sandbox.cliniko.hands_credit import CREDIT_HANDS
from connectors.sandbox.cliniko.hands_diary import DIARY_HANDS
from connectors.sandbox.cliniko.hands_invoices import INVOICE_HANDS
from connectors.sandbox.cliniko.hands_money import MONEY_HANDS
from connectors.sandbox.cliniko.hands_people import PEOPLE_HANDS
from connectors.sandbox.cliniko.hands_reversal import reverse_invoice
from connectors.sandbox.cliniko.hands_spoil import SPOIL_HANDS
from connectors.sandbox.cliniko.settle import restate
from connectors.sandbox.store import Doc

Hand = Callable[[Book, Doc], Doc]
HANDS: dict[str, Hand] = {
    **PEOPLE_HANDS,
    **DIARY_HANDS,
    **INVOICE_HANDS,
    **SPOIL_HANDS,
    **MONEY_HANDS,
    **CREDIT_HANDS,
    "reverse_invoice": reverse_invoice,
}


def act(book: Book, action: str, payload: Doc) -> Doc:
    """Apply one action to an account's book. Raises HandsError with what is wrong with the payload."""
    hand = HANDS.get(action)
    if hand is None:
        raise HandsError(f"no action is called {action!r}")
    payload = dict(payload)
    _catch_up(book)
    return hand(book.at(payload.pop("at", None)), payload)


def act_all(book: Book, actions: list[Doc]) -> list[Doc]:
    """Apply actions in order, resolving `$n.path` references; the caller commits or rolls back."""
    return in_order(actions, lambda action, payload: act(book, action, payload))


def _catch_up(book: Book) -> None:
    """Show invoices as paid whose credit was held back by the switch `prepaid_at_creation: later`."""
    for late in list(book.rows("~late")):
        book.drop("~late", late["id"])
        restate(book, late["id"])
