"""Why a line of an invoice cannot be claimed: a stable code, one sentence without personal text, who acts."""

from __future__ import annotations

from hub.errors import Reason, Who


def service(code: str, cents: int) -> Reason:
    return Reason(
        f"unmapped:service:{code}",
        f"Item {code} is billed to a funding scheme but has no item of the scheme: write it into the scheme's"
        " `services`.",
        Who.BOOKKEEPER,
        cents,
    )


def unread(connection: str, cents: int) -> Reason:
    return Reason(
        f"unmapped:claims:{connection}",
        f"Nobody wrote down where invoices of {connection} say whose service it was and when: see the"
        " scheme's `read`.",
        Who.BOOKKEEPER,
        cents,
    )


def member(cents: int) -> Reason:
    return Reason(
        "claim:member",
        "The invoice does not hold exactly one member number where it should stand: write it there.",
        Who.CLINIC,
        cents,
    )


def day(cents: int) -> Reason:
    return Reason(
        "claim:day", "The invoice does not say on which day the service was given.", Who.CLINIC, cents
    )


def hours(cents: int) -> Reason:
    return Reason("claim:hours", "The quantity of the line is no whole number of minutes.", Who.CLINIC, cents)


def price(cents: int) -> Reason:
    return Reason(
        "claim:price",
        "Price and quantity of the line do not make its amount to the cent, so no unit price can be claimed.",
        Who.CLINIC,
        cents,
    )


def negative(cents: int) -> Reason:
    return Reason(
        "claim:negative", "A line below zero cannot be claimed: correct the price instead.", Who.CLINIC, cents
    )


def paid_otherwise(cents: int) -> Reason:
    return Reason(
        "claim:paid-otherwise",
        "Somebody else has paid a part of the invoice: bill the scheme's share on an invoice of its own.",
        Who.CLINIC,
        cents,
    )


def credited(cents: int) -> Reason:
    return Reason(
        "claim:credited",
        "The invoice was reversed at least in part: bill what the scheme owes on an invoice of its own.",
        Who.CLINIC,
        cents,
    )
