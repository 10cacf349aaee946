"""What a source that tells of changes would tell of one act: the records that people touched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.sandbox.life.model import Clinic, Invoice, Use
from connectors.sandbox.life.nookal.group import ITEMS
from connectors.sandbox.life.plot import BOOKS, Act
from connectors.sandbox.simulation.systems import PRACTICE

Told = tuple[str, str, str]
"""Connection, stream, id."""
_SOLD = tuple({item.kind: (item.kind, item.id) for item in ITEMS.values() if item.kind}.values())
"""One entry of each list of the fourth location's catalogue."""
_PATIENT = ("create_patient", "edit_patient", "archive_patient")


def hints(act: Act, clinic: Clinic) -> Iterator[Told]:
    """Every record whose fields the act changes; payments are no records there, their invoices are."""
    if act.system == BOOKS:
        return
    for sent in act.hands():
        yield from _named(act, sent, clinic) if act.system == PRACTICE else _of_fourth(act, sent, clinic)


def _of_fourth(act: Act, sent: dict[str, Any], clinic: Clinic) -> Iterator[Told]:
    """The fourth location's: whatever is put on an invoice changes it."""
    if act.action in _PATIENT:
        yield act.system, "patients", str(sent.get("patient_id") or sent["id"])
        return
    if act.action == "create_invoice":
        yield act.system, "invoices", str(sent["id"])
        if act.seq % 5 == 0:  # a sender may also tell of what is sold: its price and its stock
            for stream, item in _SOLD:
                yield act.system, stream, f"{item}@{sent['location_id']}"
    named = [sent, *sent.get("parts", ())]
    found = [str(one["invoice_id"]) for one in named if one.get("invoice_id")]
    for payment in clinic.payments:
        if payment.id == sent.get("id") and act.action in ("edit_payment", "archive_payment"):
            found += [put.id for put, _ in payment.puts]
    for invoice in dict.fromkeys(found):
        yield act.system, "invoices", invoice


def _named(act: Act, sent: dict[str, Any], clinic: Clinic) -> Iterator[Told]:
    if act.action in _PATIENT:
        yield PRACTICE, "patients", str(sent.get("patient_id") or sent["id"])
    elif act.action == "merge_patients":
        yield PRACTICE, "patients", str(sent["loser_id"])
    elif act.action == "deactivate_practitioner":
        yield PRACTICE, "practitioners", str(sent["practitioner_id"])
    elif act.action in ("create_invoice", "reverse_invoice"):
        yield PRACTICE, "invoices", str(sent["id"])
    if act.action == "create_invoice" and act.seq % 7 == 0:
        yield PRACTICE, "businesses", str(sent["business_id"])
        if sent.get("practitioner_id"):
            yield PRACTICE, "practitioners", str(sent["practitioner_id"])
    for invoice in dict.fromkeys(_invoices(act, sent, clinic)):
        yield PRACTICE, "invoices", invoice


def _invoices(act: Act, sent: dict[str, Any], clinic: Clinic) -> Iterator[str]:
    if sent.get("invoice_id"):
        yield str(sent["invoice_id"])
    yield from (str(part["invoice_id"]) for part in sent.get("allocations", ()))
    if sent.get("credit_note_id"):
        yield str(sent["credit_note_id"])
    if isinstance(act.mints, Use) and isinstance(act.mints.credit, Invoice):
        yield act.mints.credit.id
    for payment in clinic.payments:
        if payment.id == sent.get("payment_id"):
            yield from (put.id for put, _ in payment.puts)
