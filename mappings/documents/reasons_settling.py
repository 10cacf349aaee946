"""Why a settlement, or a part of it, waits for a person (see reasons.py for what codes and sentences are)."""

from __future__ import annotations

from hub.errors import Reason, Who


def unmapped(connection: str, cents: int) -> Reason:
    return Reason(
        f"unmapped:settlements:{connection}",
        f"Nobody wrote down where settlements of {connection} go: write `settlements` into the group's file.",
        Who.BOOKKEEPER,
        cents,
    )


def no_clearing(location: str | None, cents: int) -> Reason:
    where = f"location {location}" if location else "money that names no location"
    return Reason(
        f"unmapped:clearing:{location or 'none'}",
        f"The settlement has no clearing account for {where}: write it into `clearing` of `settlements`.",
        Who.BOOKKEEPER,
        cents,
    )


def failed(cents: int) -> Reason:
    return Reason(
        "settlement:failed",
        "The payout did not arrive and its money is back at the payer: take back what was posted for it, if"
        " anything, and check the bank account there.",
        Who.BOOKKEEPER,
        cents,
    )


def undated(cents: int) -> Reason:
    return Reason(
        "settlement:undated",
        "The payer does not say when the money arrived: post it by hand on the day of the bank statement.",
        Who.BOOKKEEPER,
        cents,
    )


def part(kind: str, cents: int) -> Reason:
    return Reason(
        f"settlement:part:{kind}",
        f"The settlement holds items of kind {kind}, which a person decides about: post all of it by hand.",
        Who.BOOKKEEPER,
        cents,
    )


def fee_back(cents: int) -> Reason:
    return Reason(
        "unsupported:fee-back",
        "More fees came back than were kept: post the difference by hand as received from the payer.",
        Who.BOOKKEEPER,
        cents,
    )


def charge_unknown(count: int, cents: int) -> Reason:
    what = "A payment is" if count == 1 else f"{count} payments are"
    return Reason(
        "settlement:charge-unknown",
        f"{what} in this payout, but in no record of the practice: record it there, by the method of"
        " this clearing account.",
        Who.CLINIC,
        cents,
    )


def refund_unknown(count: int, cents: int) -> Reason:
    what = "A refund" if count == 1 else f"Each of {count} refunds"
    return Reason(
        "settlement:refund-unknown",
        f"{what} shortened this payout, but is in no record of the practice: record it there, by the method"
        " of this clearing account.",
        Who.CLINIC,
        cents,
    )
