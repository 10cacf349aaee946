"""Every reason why a document is held: its stable code, one plain sentence, who must act.

The codes are an interface (people group holds by them, releases name them). Neither code nor sentence holds
personal text; the free text of an address block goes into `detail`, which is stored encrypted.
"""

from __future__ import annotations

from datetime import date

from hub.errors import Reason, Who


def item(code: str, cents: int) -> Reason:
    return Reason(
        f"unmapped:item:{code}",
        f"Item {code} has no account: write it into `items` (or `write_offs`) of the group's file.",
        Who.BOOKKEEPER,
        cents,
    )


def tax(key: str, cents: int) -> Reason:
    return Reason(
        f"unmapped:tax:{key}",
        f"The tax {key} has no tax type: write it into `taxes` of the group's file.",
        Who.BOOKKEEPER,
        cents,
    )


def method(name: str, cents: int) -> Reason:
    return Reason(
        f"unmapped:method:{name}",
        f"The payment method {name} has no kind or no clearing account at this location: write it into"
        " `methods` and the location's `clearing`.",
        Who.BOOKKEEPER,
        cents,
    )


def method_kind(kind: str, cents: int) -> Reason:
    return Reason(
        f"unsupported:method-kind:{kind}",
        f"A payment by a method of kind {kind} is not posted yet: post it by hand or correct its kind.",
        Who.BOOKKEEPER,
        cents,
    )


def location(source_id: str, cents: int) -> Reason:
    return Reason(
        f"unmapped:location:{source_id}",
        f"Location {source_id} of the practice system stands under no location of the group's file.",
        Who.BOOKKEEPER,
        cents,
    )


def moved_organisation(cents: int) -> Reason:
    return Reason(
        "unsupported:moved-organisation",
        "The document belongs to another organisation's books than the one it stands in: move it by hand.",
        Who.BOOKKEEPER,
        cents,
    )


def tracking(location_key: str, cents: int) -> Reason:
    return Reason(
        f"unmapped:tracking:{location_key}",
        f"Location {location_key} names no option of the tracking category the policy asks for.",
        Who.BOOKKEEPER,
        cents,
    )


def rounding(cents: int) -> Reason:
    return Reason(
        "unmapped:rounding",
        "The lines miss the total by some cents and `policy` names no rounding account with a tax type.",
        Who.BOOKKEEPER,
        cents,
    )


def rounding_too_large(cents: int) -> Reason:
    return Reason(
        "bundle:incomplete",
        "The lines miss the total by more cents than `policy` lets a rounding line carry.",
        Who.CLINIC,
        cents,
    )


def payer(cents: int, text: str) -> Reason:
    return Reason(
        "unmapped:payer",
        "The address block of the invoice names neither the patient nor a payer of the group's file.",
        Who.BOOKKEEPER,
        cents,
        text,
    )


def payers(cents: int, text: str, keys: list[str]) -> Reason:
    return Reason(
        "ambiguous:payer",
        f"The address block of the invoice fits the rules of several payers: {', '.join(keys)}.",
        Who.BOOKKEEPER,
        cents,
        text,
    )


def no_debtor(cents: int) -> Reason:
    return Reason(
        "unmapped:debtor", "The record names neither a patient nor a payer who owes it.", Who.CLINIC, cents
    )


def debtor_change(cents: int) -> Reason:
    return Reason(
        "unsupported:debtor-change",
        "The debtor was changed after money was put on the invoice: credit the unpaid share and invoice the"
        " new debtor by hand.",
        Who.BOOKKEEPER,
        cents,
    )


def supplier_unset(practitioner: str | None, cents: int) -> Reason:
    return Reason(
        f"unmapped:supplier:{practitioner or 'none'}",
        "Nobody wrote down who supplies this service (the clinic or the practitioner): see `suppliers`.",
        Who.BOOKKEEPER,
        cents,
    )


def supplier_practitioner(practitioner: str | None, cents: int) -> Reason:
    return Reason(
        f"unsupported:supplier:{practitioner or 'none'}",
        "The practitioner is the supplier, so this is not the clinic's income; it is not posted yet.",
        Who.BOOKKEEPER,
        cents,
    )


def currency(code: str, cents: int) -> Reason:
    return Reason(
        f"unsupported:currency:{code}",
        f"The document is in {code}, not in the group's currency.",
        Who.BOOKKEEPER,
        cents,
    )


def draft(cents: int) -> Reason:
    return Reason(
        "unsupported:draft-policy",
        "The policy asks for drafts; only authorised documents are posted yet.",
        Who.BOOKKEEPER,
        cents,
    )


def number_change(cents: int) -> Reason:
    return Reason(
        "unsupported:number-change",
        "The number changed at the practice system after posting: renumber it in the books by hand.",
        Who.BOOKKEEPER,
        cents,
    )


def kind_change(cents: int) -> Reason:
    return Reason(
        "unsupported:kind-change",
        "An invoice became a credit note (or the reverse) after posting: correct it in the books by hand.",
        Who.BOOKKEEPER,
        cents,
    )


def zero_change(cents: int) -> Reason:
    return Reason(
        "unsupported:zero-change",
        "An invoice of zero that was posted as an invoice and a credit note now nets to zero by account.",
        Who.BOOKKEEPER,
        cents,
    )


def writeoff_line(cents: int) -> Reason:
    return Reason(
        "unsupported:writeoff-line",
        "The invoice holds a negative write-off line: write off by reversing the invoice instead.",
        Who.CLINIC,
        cents,
    )


def writeoff_split(cents: int, ours: str, theirs: str) -> Reason:
    return Reason(
        "writeoff:tax-split",
        f"The write-off is {ours} by tax type, the unpaid share of its invoice {theirs}: use the write-off"
        " items of the same tax.",
        Who.CLINIC,
        cents,
    )


def writeoff_alone(cents: int) -> Reason:
    return Reason(
        "writeoff:tax-split",
        "The write-off names no invoice whose unpaid share it could be compared with.",
        Who.CLINIC,
        cents,
    )


def invoice_before_start(start: date, cents: int) -> Reason:
    return Reason(
        "start:invoice-before",
        f"The money belongs to an invoice from before the start date {start.isoformat()}: post it by hand.",
        Who.BOOKKEEPER,
        cents,
    )


def payment_before_start(start: date, cents: int) -> Reason:
    return Reason(
        "start:payment-before",
        f"The money was received before the start date {start.isoformat()} and is used after it: post it by"
        " hand as an opening credit.",
        Who.BOOKKEEPER,
        cents,
    )


def other_location(cents: int) -> Reason:
    return Reason(
        "unsupported:other-location",
        "The money was taken at another location than the invoice's: post it by hand or correct the payment.",
        Who.BOOKKEEPER,
        cents,
    )


def other_debtor(cents: int) -> Reason:
    return Reason(
        "unsupported:credit-transfer",
        "The credit belongs to another debtor than the invoice: move it by hand.",
        Who.BOOKKEEPER,
        cents,
    )


def credit_unknown(cents: int) -> Reason:
    return Reason(
        "credit:unknown",
        "Credit was used on the invoice, but no open credit of that size is known: import the report of the"
        " day the credit was received.",
        Who.CLINIC,
        cents,
    )


def overpaid(cents: int) -> Reason:
    return Reason(
        "invoice:overpaid",
        "More money and credit stands on the document than its total: import the payment report again.",
        Who.CLINIC,
        cents,
    )


def removed_with_money(cents: int) -> Reason:
    return Reason(
        "payment:on-removed-invoice",
        "A payment that also pays other invoices still names this removed one: import the payment report"
        " again.",
        Who.CLINIC,
        cents,
    )


def closed(cents: int) -> Reason:
    return Reason(
        "invoice:closed",
        "The practice system closed the invoice, but no payment, credit or write-off explains it.",
        Who.CLINIC,
        cents,
    )


def refund_r3(cents: int) -> Reason:
    return Reason(
        "unsupported:refund-R3",
        "Account credit was paid back: pay it out of the overpayment by hand.",
        Who.BOOKKEEPER,
        cents,
    )


def refund_r4(cents: int) -> Reason:
    return Reason(
        "unsupported:refund-R4",
        "Money of a paid invoice went back (dishonour, reversal), so its debt revives: post it by hand.",
        Who.BOOKKEEPER,
        cents,
    )


def no_word(connection: str, cents: int) -> Reason:
    return Reason(
        f"unmapped:collect:{connection}",
        f"Nobody wrote down by which method {connection} records money that a payment system took: write it "
        "into `methods` of `collect` in the group's file.",
        Who.BOOKKEEPER,
        cents,
    )
