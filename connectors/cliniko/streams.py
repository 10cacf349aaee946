"""The declared streams, and what each list of the vendor's API takes.

What changed is asked by `updated_at`; hidden records are let in by wildcards, and a second sweep per field
of disappearance does not rely on archiving to touch `updated_at`, which the vendor does not document.
Within one listing `updated_at` orders two versions of a record; it says nothing about removal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from connectors.cliniko.records import id_of, never, points_at, removed, updated
from hub.contracts import Ask, Cursor, FullListing, Stream, UpdatedSince

_HIDDEN = ("archived_at",)
_DIARY = ("archived_at", "cancelled_at")
_OVERLAP = timedelta(minutes=5)
_BOOKINGS = ("individual_appointments", "group_appointments")
_WHO_WHERE = (
    ("business", "businesses", ("businesses",)),
    ("practitioner", "practitioners", ("practitioners",)),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """How a stream is listed: paths below /v1 read one after the other, and the wildcards it needs.

    `parent_field` filters children by their parents' ids.
    """

    paths: tuple[str, ...]
    wildcards: tuple[str, ...] = ()
    parent_field: str | None = None


def _since(*sweeps: str) -> UpdatedSince:
    return UpdatedSince("updated_at", _OVERLAP, sweeps)


def _stream(name: str, note: str, cursor: Cursor | None = None, **more: object) -> Stream:
    fields: dict[str, object] = {
        "id_of": id_of,
        "stamp": updated,
        "edges": points_at(),
        "removed": removed,
        "cursor": cursor or _since("archived_at"),
    }
    return Stream(name=name, note=note, **(fields | more))  # type: ignore[arg-type]


OPEN_INVOICES = (Ask(field="status", purpose="open"), Ask(field="status", purpose="open-credit"))
RECENT_INVOICES = Ask(field="issue_date", purpose="window")

STREAMS: tuple[Stream, ...] = (
    _stream("businesses", "updated_at is trusted; archived ones by wildcard and sweep."),
    _stream(
        "practitioners",
        "Lists show active ones only, so the inactive list is read after it; a nightly full read as well, "
        "since leaving may not touch updated_at.",
        _since(),
        removed=never,
        nightly=(Ask(purpose="all"),),
    ),
    _stream(
        "taxes", "Really deleted without trace: only a complete listing tells.", FullListing(), removed=never
    ),
    _stream("billable_items", "updated_at is trusted; archived ones by wildcard and sweep."),
    _stream("products", "updated_at is trusted; archived ones by wildcard and sweep."),
    _stream(
        "patients",
        "updated_at is trusted; archived and merged ones by wildcard and sweep.",
        edges=points_at(("merged_with_patient", "patients", ("patients",))),
    ),
    _stream(
        "individual_appointments",
        "updated_at is trusted; cancelled and archived ones by wildcard and two sweeps.",
        _since("archived_at", "cancelled_at"),
        edges=points_at(*_WHO_WHERE, ("patient", "patients", ("patients",))),
    ),
    _stream(
        "group_appointments",
        "updated_at is trusted; archived ones by wildcard and sweep; cancellation is per attendee.",
        edges=points_at(*_WHO_WHERE),
    ),
    _stream(
        "attendees",
        "updated_at is trusted; cancelled and archived ones by wildcard and two sweeps. A booking's link has "
        "no type, and individual and group appointments share one id space.",
        _since("archived_at", "cancelled_at"),
        edges=points_at(("booking", "bookings", _BOOKINGS), ("patient", "patients", ("patients",))),
    ),
    _stream(
        "invoices",
        "updated_at moves on edits and when an invoice becomes paid; archiving has its own sweep; open and "
        "recent ones are listed nightly against silent changes.",
        edges=points_at(
            *_WHO_WHERE,
            ("patient", "patients", ("patients",)),
            ("original_invoice", "invoices", ("invoices",)),
        ),
        nightly=(*OPEN_INVOICES, RECENT_INVOICES),
    ),
    _stream(
        "invoice_items",
        "An edit may change lines in place or replace them, so the items of a changed invoice are read "
        "whole; a change of items alone refetches their invoice.",
        edges=points_at(("invoice", "invoices", ("invoices",))),
        parent="invoices",
        parent_batch=50,
    ),
)

LISTINGS: dict[str, Listing] = {
    "businesses": Listing(("businesses",), _HIDDEN),
    "practitioners": Listing(("practitioners", "practitioners/inactive")),
    "taxes": Listing(("taxes",)),
    "billable_items": Listing(("billable_items",), _HIDDEN),
    "products": Listing(("products",), _HIDDEN),
    "patients": Listing(("patients",), _HIDDEN),
    "individual_appointments": Listing(("individual_appointments",), _DIARY),
    "group_appointments": Listing(("group_appointments",), _HIDDEN),
    "attendees": Listing(("attendees",), _DIARY),
    "invoices": Listing(("invoices",), _HIDDEN),
    "invoice_items": Listing(("invoice_items",), _HIDDEN, parent_field="invoice_id"),
}
