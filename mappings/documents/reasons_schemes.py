"""Why money of a funding scheme is held: as `reasons`, each with its code, one sentence, who must act."""

from __future__ import annotations

from hub.errors import Reason, Who


def cut_line_gone(cents: int) -> Reason:
    return Reason(
        "claim:cut-line",
        "A funding scheme cut a line that no longer stands on the invoice: credit it by hand.",
        Who.BOOKKEEPER,
        cents,
    )


def scheme_gone(scheme: str, cents: int) -> Reason:
    return Reason(
        f"unmapped:scheme:{scheme}",
        f"The funding scheme {scheme} no longer stands in the group's file, so nothing of it can be posted.",
        Who.BOOKKEEPER,
        cents,
    )


def remittance_other_ledger(cents: int) -> Reason:
    return Reason(
        "unsupported:remittance-ledgers",
        "The remittance pays invoices of another organisation's books as well: split the deposit by hand.",
        Who.BOOKKEEPER,
        cents,
    )


def remittance_unmatched(number: str, lines: int, cents: int) -> Reason:
    return Reason(
        "settlement:unmatched",
        f"{lines} lines of remittance {number} fit no claim, so the deposit cannot be posted whole: find out"
        " what they pay for; `hub claims remittance` names them.",
        Who.CLINIC,
        cents,
    )


def remittance_taken_back(number: str, cents: int) -> Reason:
    return Reason(
        "settlement:taken-back",
        f"Remittance {number} takes money back that was paid before: post the deposit by hand, with the"
        " invoices whose debt revives.",
        Who.BOOKKEEPER,
        cents,
    )


def remittance_excess(number: str, invoice: str, cents: int) -> Reason:
    return Reason(
        "settlement:excess",
        f"Remittance {number} pays more on invoice {invoice} than was accepted: ask the scheme, then post the"
        " deposit by hand.",
        Who.BOOKKEEPER,
        cents,
    )


def remittance_short(invoice: str, cents: int) -> Reason:
    return Reason(
        "claim:short-paid",
        f"A funding scheme paid less on invoice {invoice} than was claimed, and no result says that the rest"
        " was cut: import the results file, or ask for the rest.",
        Who.CLINIC,
        cents,
    )
