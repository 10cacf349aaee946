"""Money a payment system took for an invoice, and the practice system's own payment it became.

Only the practice system's payment is ever posted, so each must be known to be the same money. Where the hub
wrote it there itself, the link says so. Where staff entered it, evidence does: same invoice, amount and
method, on the day it was taken or some days after. What fits more than one stays open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from hub.canonical import Invoice, Payment, Ref
from hub.documents import DocKind
from mappings.documents.coverage import put_on
from mappings.documents.view import View


@dataclass(frozen=True, slots=True)
class Taken:
    """One payment of a payment system; `cents` on the invoice (negative: given back).

    `told`: source id of the practice system's own payment, None while there is none. `doubts`: how many
    could be it.
    """

    payment: Payment
    cents: int
    told: str | None = None
    doubts: int = 0


def taken_for(view: View, invoice: str) -> list[Taken]:
    """Everything payment systems took or gave back for an invoice of the view's practice system, in order."""
    ref = Ref(Invoice.kind, invoice)
    found = view.facts.pointing_at(view.connection, ref, Payment.kind, anywhere=True)
    every = [one for one in found if isinstance(one, Payment)]
    ours = [one for one in every if one.source.connection != view.connection]
    if not ours:
        return []
    mine = sorted(ours, key=lambda one: (one.paid_on, one.source.source_id))
    taken = [Taken(one, put_on(one, invoice), _linked(view, one)) for one in mine]
    used = {one.told for one in taken}
    own = [one for one in every if one.source.connection == view.connection]
    return matched(view, invoice, taken, [one for one in own if one.source.source_id not in used])


def matched(view: View, invoice: str, taken: Sequence[Taken], told: Sequence[Payment]) -> list[Taken]:
    """`taken` with the practice system's payments that evidence shows to be the same money."""
    collect = view.config.collect
    word = collect.methods.get(view.connection) if collect else None
    within = timedelta(days=collect.entered_within if collect else 0)
    fits: dict[int, list[Payment]] = defaultdict(list)
    for payment in sorted(told, key=lambda one: (one.paid_on, one.source.source_id)):
        methods = {source.method for source in payment.sources}
        if methods <= {word, None}:  # a derived one has no method
            fits[put_on(payment, invoice)].append(payment)
    found = list(taken)
    for cents in {one.cents for one in taken}:
        places = [n for n, one in enumerate(taken) if one.cents == cents and one.told is None]
        for place, one in zip(places, _paired([taken[n] for n in places], fits[cents], within), strict=True):
            found[place] = one
    return found


def _paired(taken: Sequence[Taken], told: Sequence[Payment], within: timedelta) -> list[Taken]:
    """Equal amounts: first those of one day, then those dated later; never one of several that fit."""
    left, free = list(taken), list(told)
    for day in {one.payment.paid_on for one in taken}:
        here = [n for n, one in enumerate(taken) if one.payment.paid_on == day]
        same = [one for one in told if one.paid_on == day]
        if len(here) == len(same):
            for n, one in zip(here, same, strict=True):
                left[n] = replace(left[n], told=one.source.source_id)
                free.remove(one)
    rest = [n for n, one in enumerate(left) if one.told is None]
    free = [one for one in free if any(_near(left[n], one, within) for n in rest)]
    if len(rest) == len(free) and all(_near(left[n], p, within) for n, p in zip(rest, free, strict=True)):
        return [
            replace(one, told=free[rest.index(n)].source.source_id) if n in rest else one
            for n, one in enumerate(left)
        ]
    return [
        replace(one, doubts=sum(_near(one, p, within) for p in free)) if one.told is None else one
        for one in left
    ]


def _near(one: Taken, told: Payment, within: timedelta) -> bool:
    return one.payment.paid_on <= told.paid_on <= one.payment.paid_on + within


def record_document(view: View, payment: Payment) -> str:
    """The document by which the hub itself notes a payment at the practice system."""
    subject = f"{payment.source.connection}:{payment.source.source_id}"
    return view.at(view.connection).document(DocKind.RECORDED_PAYMENT, subject)


def _linked(view: View, payment: Payment) -> str | None:
    """The payment that the hub wrote, once it was read back."""
    written = view.facts.delivered(record_document(view, payment))
    if written is None or view.payment(written.external_id) is None:
        return None
    return written.external_id
