"""Every row of the refusals table with the message as Xero's docs and field reports quote it."""

from __future__ import annotations

import pytest

from connectors.xero import refusals
from connectors.xero.known_refusals import LOOK, TABLE
from hub.errors import Who
from hub.targets import Verdict

QUOTED = [
    ("Invoice # must be unique.", "number:taken", Who.BOOKKEEPER, LOOK),
    ("Credit note # must be unique.", "number:taken", Who.BOOKKEEPER, LOOK),
    (
        "The contact number HH-77 is already assigned to another contact. The contact number must be unique "
        "across all contacts.",
        "contact:name-taken",
        Who.BOOKKEEPER,
        LOOK,
    ),
    (
        "The contact name Quill Canary is already assigned to another contact. "
        "The contact name must be unique across all active contacts.",
        "contact:name-taken",
        Who.BOOKKEEPER,
        LOOK,
    ),
    (
        "The contact with the specified contact details has been archived. "
        "The contact must be un-archived before creating new invoices or credit notes.",
        "contact:archived",
        Who.BOOKKEEPER,
        Verdict.REFUSED,
    ),
    (
        "The specified contact details matched an archived contact. "
        "Archived contacts cannot currently be edited via the API.",
        "contact:archived",
        Who.BOOKKEEPER,
        Verdict.REFUSED,
    ),
    (
        "Account code '207' is not a valid code for this document.",
        "account:archived:207",
        Who.BOOKKEEPER,
        Verdict.REFUSED,
    ),
    (
        "Account code '1101' has been archived, or has been deleted.",
        "account:archived:1101",
        Who.BOOKKEEPER,
        Verdict.REFUSED,
    ),
    ("Account code or ID must be specified", "account:missing", Who.BOOKKEEPER, Verdict.REFUSED),
    (
        "The TaxType code 'OUTPUT' cannot be used with account code '400'.",
        "tax:account:OUTPUT@400",
        Who.BOOKKEEPER,
        Verdict.REFUSED,
    ),
    (
        "The TaxType code 'LUXURY' does not exist or has been deleted.",
        "tax:unknown:LUXURY",
        Who.BOOKKEEPER,
        Verdict.REFUSED,
    ),
    (
        "Account type is invalid for making a payment to/from.",
        "account:payments",
        Who.BOOKKEEPER,
        Verdict.REFUSED,
    ),
    (
        "The document date cannot be before the period lock date, currently set at 30-Nov-2018",
        "period:locked",
        Who.BOOKKEEPER,
        Verdict.REFUSED,
    ),
    (
        "The document date cannot be before the end of year lock date, currently set at 30-Jun-2018",
        "period:locked",
        Who.BOOKKEEPER,
        Verdict.REFUSED,
    ),
    (
        "Organisation accounts are locked on the specified payment date",
        "period:locked",
        Who.BOOKKEEPER,
        Verdict.REFUSED,
    ),
    (
        "This payment has been reconciled and cannot be deleted.",
        "target:reconciled",
        Who.BOOKKEEPER,
        Verdict.REFUSED,
    ),
    ("Payments within a batch cannot be deleted", "target:batch-payment", Who.BOOKKEEPER, Verdict.REFUSED),
    (
        "Payments can only be made against Authorised documents",
        "target:not-authorised",
        Who.BOOKKEEPER,
        Verdict.REPLAN,
    ),
    (
        "Invoice not of valid status for modification. This document cannot be edited as it has a payment or "
        "credit note allocated to it.",
        "target:changed",
        Who.BOOKKEEPER,
        Verdict.REPLAN,
    ),
    ("Payment not of valid status for modification", "target:changed", Who.BOOKKEEPER, Verdict.REPLAN),
    (
        "Date cannot be changed on an invoice that has payment or credit notes allocated to it.",
        "target:changed",
        Who.BOOKKEEPER,
        Verdict.REPLAN,
    ),
    (
        "The status AUTHORISED cannot be applied to the invoice because it has payments or credit notes "
        "allocated to it.",
        "target:changed",
        Who.BOOKKEEPER,
        Verdict.REPLAN,
    ),
    (
        "Payment amount exceeds the amount outstanding on this document",
        "payment:exceeds-invoice",
        Who.BOOKKEEPER,
        Verdict.REPLAN,
    ),
    (
        "The amount to allocate exceeds the remaining credit",
        "credit:exceeds",
        Who.BOOKKEEPER,
        Verdict.REPLAN,
    ),
    (
        "The contact of the invoice must be the contact of the credit.",
        "credit:other-contact",
        Who.BOOKKEEPER,
        Verdict.REFUSED,
    ),
    (
        "The tracking option 'Geelong' was not found or has been archived.",
        "tracking:missing",
        Who.BOOKKEEPER,
        Verdict.REFUSED,
    ),
    (
        "You have reached the limit of invoices you can approve",
        "plan:invoice-limit",
        Who.CLINIC,
        Verdict.REFUSED,
    ),
    ("Email address must be valid.", "contact:email", Who.CLINIC, Verdict.REFUSED),
    (
        "The Total for this document must be greater than or equal to zero.",
        "refused:negative-total",
        Who.DEVELOPER,
        Verdict.REFUSED,
    ),
    (
        "The line total 10.00 does not match the expected line total 9.99",
        "refused:line-total",
        Who.DEVELOPER,
        Verdict.REFUSED,
    ),
    (
        "The tax amount cannot be greater than the line amount",
        "refused:tax-amount",
        Who.BOOKKEEPER,
        Verdict.REFUSED,
    ),
]


@pytest.mark.parametrize(("message", "code", "who", "then"), QUOTED)
def test_a_quoted_message_has_its_row(message: str, code: str, who: Who, then: object) -> None:
    refusal = refusals.read([message], 4200)
    assert (refusal.reason.code, refusal.reason.who, refusal.then) == (code, who, then)
    assert refusal.reason.cents == 4200
    assert refusal.reason.sentence.endswith(".")
    assert "Canary" not in refusal.reason.sentence + refusal.reason.detail


def test_every_row_is_tested() -> None:
    hit = {next(row.pattern for row in TABLE if row.pattern.search(m[0])) for m in QUOTED}
    assert hit == {row.pattern for row in TABLE}


def test_an_unknown_message_keeps_no_names_and_alerts_a_developer() -> None:
    refusal = refusals.read(["The frobnicator of Quill Canary (0412 345 678) must be a valid date"])
    assert refusal.reason.code == "refused:other"
    assert refusal.reason.who is Who.DEVELOPER
    assert refusal.reason.detail == "the _ of _ must be a valid date"


def test_the_first_known_message_of_several_decides() -> None:
    refusal = refusals.read(["Something unheard of", "Invoice # must be unique."])
    assert refusal.reason.code == "number:taken"
