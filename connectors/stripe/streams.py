"""The declared streams: objects as they are now, and which events say that they changed.

Stripe's objects carry no time of change, so each stream is listed whole once and then follows the feed of its
own events (kept 30 days at Stripe). Balance transactions have no events: they come with their payout, each
with the payout's id put beside it, since no row names it (Stripe docs: payout reconciliation).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hub.contracts import Ask, Edge, EventId, Record, Stream, Trust

PAYOUT = "hub_payout"
"""Our own field on a balance transaction: the automatic payout it was listed for."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The service of a stream, the events of its objects, and the permission a restricted key needs.

    `touched`: events of other objects that change one of these, which they name in a field called `link`.
    """

    service: str
    events: tuple[str, ...]
    permission: str
    touched: tuple[str, ...] = ()
    link: str = ""


LISTINGS: dict[str, Listing] = {
    "charges": Listing(
        "charges",
        tuple(
            f"charge.{name}" for name in ("succeeded", "updated", "refunded", "failed", "captured", "expired")
        ),
        "Charges and Refunds: read",
        touched=("refund.failed", "charge.refund.updated", "charge.dispute.created", "charge.dispute.closed"),
        link="charge",
    ),
    "refunds": Listing(
        "refunds",
        ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated"),
        "Charges and Refunds: read",
    ),
    "disputes": Listing(
        "disputes",
        tuple(
            f"charge.dispute.{name}"
            for name in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
        ),
        "Disputes: read",
    ),
    "checkout_sessions": Listing(
        "checkout.sessions",
        tuple(
            f"checkout.session.{name}"
            for name in ("completed", "expired", "async_payment_succeeded", "async_payment_failed")
        ),
        "Checkout Sessions: read",
    ),
    "payouts": Listing(
        "payouts",
        tuple(
            f"payout.{name}"
            for name in ("created", "updated", "paid", "failed", "canceled", "reconciliation_completed")
        ),
        "Payouts: read",
    ),
    "balance_transactions": Listing("balance_transactions", (), "Balance transaction sources: read"),
}
STREAM_OF: dict[str, str] = {event: name for name, found in LISTINGS.items() for event in found.events}


def id_of(record: Record) -> str:
    """The object's id."""
    value = record.get("id")
    return value if isinstance(value, str) else ""


def created(record: Record) -> datetime | None:
    """When it was created; the only time an object carries."""
    value = record.get("created")
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return datetime.fromtimestamp(value, UTC)


def never(record: Record) -> bool:
    """Money is never deleted at Stripe."""
    return False


def points_at(**fields: str) -> Callable[[Record], Iterable[Edge]]:
    """Edges from fields that hold an id, or an expanded object, to streams."""

    def edges(record: Record) -> list[Edge]:
        found = []
        for field, stream in fields.items():
            value = record.get(field)
            id = value.get("id") if isinstance(value, dict) else value
            if isinstance(id, str) and id:
                found.append((stream, id))
        return found

    return edges


_SWEEP = (Ask(field="created", purpose="window"),)


def _stream(
    name: str, note: str, edges: Callable[[Record], Iterable[Edge]], parent: str | None = None
) -> Stream:
    return Stream(
        name=name,
        cursor=EventId(name),
        note=note,
        id_of=id_of,
        stamp=created,
        edges=edges,
        removed=never,
        trust=Trust.ASKED_TIME,
        parent=parent,
        parent_batch=1 if parent else 50,
        nightly=() if parent else _SWEEP,
        every=timedelta(minutes=5),
    )


STREAMS: tuple[Stream, ...] = (
    _stream(
        "charges", "No time of change: followed by charge events, recent ones listed each night.", points_at()
    ),
    _stream(
        "refunds", "Followed by refund events; a refund can fail weeks later.", points_at(charge="charges")
    ),
    _stream("disputes", "Followed by dispute events.", points_at(charge="charges")),
    _stream("checkout_sessions", "Followed by session events; the money is told by the charge.", points_at()),
    _stream("payouts", "Followed by payout events; a paid payout can still fail.", points_at()),
    _stream(
        "balance_transactions",
        "No events of their own: listed whole for each changed automatic payout once Stripe tells its parts.",
        points_at(**{PAYOUT: "payouts"}),
        parent="payouts",
    ),
)
