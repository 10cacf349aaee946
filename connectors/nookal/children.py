"""Lists that v3 shows only inside another record: a location's catalogue, an invoice's lines and payments.

A page inside a paged list would count the rows of their join (field reports), so each parent is asked alone:
many parents in one query, each under a name of its own, each paged until short.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connectors.nookal.asking import PER_PAGE
from connectors.nookal.listings import V3List
from connectors.nookal.records import text_of
from connectors.nookal.v3 import V3, rows
from hub.contracts import Record
from hub.errors import ReadFailed

MOST_PAGES = 500


def of_invoices(v3: V3, listing: V3List, invoice_ids: Sequence[str]) -> tuple[Record, ...]:
    """Every row of these invoices, void invoices included. `void` has no "both", so each is asked twice."""
    parents = [
        (f"i{one}v{void}", f"invoices(invoiceIDs: [{one}], void: {void}, ")
        for one in invoice_ids
        if one.isdecimal()
        for void in (0, 1)
    ]
    return _all_pages(v3, listing, parents)


def of_locations(v3: V3, listing: V3List) -> tuple[Record, ...]:
    """Every row of every location."""
    places = rows(v3.ask("{ rows: locations(page: 1, pageLength: 200) { locationID } }"), "rows")
    ids = [text_of(place.get("locationID")) for place in places]
    return _all_pages(v3, listing, [(f"l{one}", f"locations(locationIDs: [{one}], ") for one in ids if one])


def _all_pages(v3: V3, listing: V3List, parents: Sequence[tuple[str, str]]) -> tuple[Record, ...]:
    found: list[Record] = []
    todo = list(parents)
    for page in range(1, MOST_PAGES):
        if not todo:
            return tuple(found)
        data = v3.ask(f"{{ {' '.join(_parts(listing, todo, page))} }}")
        more = []
        for name, asked in todo:
            inside = [row for parent in rows(data, name) for row in rows(parent, listing.inside or "")]
            found += inside
            if len(inside) >= PER_PAGE:
                more.append((name, asked))
        todo = more
    raise ReadFailed(f"Nookal's list of {listing.inside} does not end.", code="nookal:endless")


def _parts(listing: V3List, parents: Iterable[tuple[str, str]], page: int) -> Iterable[str]:
    inside = f"{listing.inside} {{ {listing.fields} }}"
    for name, asked in parents:
        yield f"{name}: {asked}page: {page}, pageLength: {PER_PAGE}) {{ {inside} }}"
