"""What Xero's refusals mean: one table of message patterns, each with a plain sentence and who must act.

Messages as quoted in Xero's developer documentation and other integrations' help pages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hub.errors import Who
from hub.targets import Verdict

# LOOK is ours: read the natural key now, adopt what is ours, refuse with the row's code otherwise.
LOOK = "look"


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of refusal; `{0}` in code and sentence is the pattern's group."""

    pattern: re.Pattern[str]
    code: str
    sentence: str
    who: Who
    then: Verdict | str = Verdict.REFUSED


def _row(pattern: str, code: str, sentence: str, who: Who, then: Verdict | str = Verdict.REFUSED) -> Row:
    return Row(re.compile(pattern, re.IGNORECASE), code, sentence, who, then)


TABLE = (
    _row(
        r"(?:invoice|credit note) # must be unique",
        "number:taken",
        "Another document in Xero already has this number. Choose another prefix, or link it by hand.",
        Who.BOOKKEEPER,
        LOOK,
    ),
    _row(
        r"contact number .*already assigned to another contact",
        "contact:name-taken",
        "Another contact in Xero already has this contact code. Merge or rename it in Xero.",
        Who.BOOKKEEPER,
        LOOK,
    ),
    _row(
        r"contact name .*already assigned to another contact",
        "contact:name-taken",
        "Another contact in Xero already has this name. Rename or merge it in Xero.",
        Who.BOOKKEEPER,
        LOOK,
    ),
    _row(
        r"contact .*has been archived|archived contacts cannot currently be edited",
        "contact:archived",
        "The contact is archived in Xero. Restore it there, then release the hold.",
        Who.BOOKKEEPER,
    ),
    _row(
        r"account code '([\w.\-/]{1,10})' (?:is not a valid code|has been archived|has been deleted)",
        "account:archived:{0}",
        "Account {0} is archived or cannot be used for this document in Xero. Choose another account.",
        Who.BOOKKEEPER,
    ),
    _row(
        r"account code or id must be specified|account could not be found",
        "account:missing",
        "Xero does not know the account of this document. Correct the mapping.",
        Who.BOOKKEEPER,
    ),
    _row(
        r"taxtype code '(\w{1,20})' cannot be used with account code '([\w.\-/]{1,10})'",
        "tax:account:{0}@{1}",
        "Tax type {0} cannot be used with account {1} in Xero. Correct the mapping.",
        Who.BOOKKEEPER,
    ),
    _row(
        r"taxtype code '(\w{1,20})' does not exist",
        "tax:unknown:{0}",
        "Tax type {0} does not exist in Xero. Correct the mapping.",
        Who.BOOKKEEPER,
    ),
    _row(
        r"account type is invalid for making a payment",
        "account:payments",
        "The clearing account does not take payments. Enable payments on it in Xero or choose another.",
        Who.BOOKKEEPER,
    ),
    _row(
        r"cannot be before the .*lock date|accounts are locked on the specified payment date",
        "period:locked",
        "The date lies in a period that is locked in Xero. Unlock it, or correct the date at the practice.",
        Who.BOOKKEEPER,
    ),
    _row(
        r"reconciled",
        "target:reconciled",
        "A person has reconciled this in Xero. Undo the reconciliation first, or correct it by hand.",
        Who.BOOKKEEPER,
    ),
    _row(
        r"payments within a batch cannot be deleted",
        "target:batch-payment",
        "The payment is part of a batch payment in Xero. Remove the batch there first.",
        Who.BOOKKEEPER,
    ),
    _row(
        r"payments can only be made against authorised|allocations can only be made between authorised",
        "target:not-authorised",
        "The invoice in Xero is not approved, so nothing can be put on it. Approve it in Xero.",
        Who.BOOKKEEPER,
        Verdict.REPLAN,
    ),
    _row(
        r"not of valid status for modification|cannot be edited as it has a payment"
        r"|date cannot be changed on an|the status \w+ cannot be applied",
        "target:changed",
        "The document in Xero is in another state than expected.",
        Who.BOOKKEEPER,
        Verdict.REPLAN,
    ),
    _row(
        r"amount exceeds the amount outstanding|exceeds the amount outstanding on the invoice",
        "payment:exceeds-invoice",
        "The payment is larger than what is still open on the invoice in Xero: someone paid it there.",
        Who.BOOKKEEPER,
        Verdict.REPLAN,
    ),
    _row(
        r"exceeds the remaining credit",
        "credit:exceeds",
        "Less credit is left in Xero than is to be used.",
        Who.BOOKKEEPER,
        Verdict.REPLAN,
    ),
    _row(
        r"contact of the invoice must be the contact of the credit",
        "credit:other-contact",
        "The credit and the invoice belong to different contacts in Xero.",
        Who.BOOKKEEPER,
    ),
    _row(
        r"tracking option|tracking categor",
        "tracking:missing",
        "The tracking option of this location was not found or is archived in Xero. Correct the mapping.",
        Who.BOOKKEEPER,
    ),
    _row(
        r"reached the limit of invoices you can approve",
        "plan:invoice-limit",
        "The clinic's Xero plan does not allow more approved invoices this month.",
        Who.CLINIC,
    ),
    _row(
        r"email address must be valid",
        "contact:email",
        "Xero does not accept the e-mail address of this contact. Correct it at the practice.",
        Who.CLINIC,
    ),
    _row(
        r"total for this document must be greater than or equal to zero",
        "refused:negative-total",
        "Xero does not take an invoice with a negative total.",
        Who.DEVELOPER,
    ),
    _row(
        r"line total .* does not match the expected line total",
        "refused:line-total",
        "Xero computed another line total than was sent.",
        Who.DEVELOPER,
    ),
    _row(
        r"tax amount cannot be greater than the line amount",
        "refused:tax-amount",
        "The tax of a line is larger than the line.",
        Who.BOOKKEEPER,
    ),
)
