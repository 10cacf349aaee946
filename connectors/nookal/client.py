"""Reading pages and single records of both APIs under one contract.

A page token is `step:page`: which part of a listing (live or void rows, one API's answer or the other's), and
which of its pages.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.nookal import probing
from connectors.nookal.asking import PER_PAGE, arguments, fits, form
from connectors.nookal.children import of_invoices, of_locations
from connectors.nookal.listings import LISTINGS, PRIVATE, V2List, V3List
from connectors.nookal.records import dropped, text_of
from connectors.nookal.v2 import V2
from connectors.nookal.v3 import V3, rows
from hub.contracts import Ask, Page, Record, Stream
from hub.errors import Missing, Reason

LARGEST_ID = 2**31  # ids of v3 are GraphQL Ints


class NookalClient:
    """An open connection to one account, with a key to each API.

    `without` names streams whose v2 function an account lacks: they are read as empty. `confirmed_off`: a
    person said that Nookal's own Xero link is off.
    """

    def __init__(self, v2: V2, v3: V3, *, without: Sequence[str] = (), confirmed_off: bool = False) -> None:
        self._v2, self._v3 = v2, v3
        self._without, self._confirmed_off = frozenset(without), confirmed_off

    def page(self, stream: Stream, ask: Ask, next_page: str | None) -> Page:
        """One page of an ask. Raises ReadFailed, RateLimited, ReconnectNeeded, Refused."""
        listing = LISTINGS[stream.name]
        step, page = map(int, (next_page or "0:1").split(":"))
        if stream.name in self._without:
            return Page(())
        if isinstance(listing, V2List):
            return self._v2_page(stream, listing, ask, page)
        if ask.parents and listing.inside:
            return Page(of_invoices(self._v3, listing, ask.parents))
        if listing.inside and stream.parent is None:
            records = of_locations(self._v3, listing)
            return Page(records, total=len(records))
        if ask.parents:
            return Page(self._by_ids(listing, ask.parents))
        if ask.purpose == "sweep":
            return self._swept(listing, ask, step, page)
        return self._v3_page(stream, listing, ask, step, page)

    def fetch_one(self, stream: Stream, source_id: str) -> Record:
        """One record as it is now. Raises Missing, also for streams that have no read of a single one."""
        place = source_id.partition("@")[2] or source_id
        if not place.isdecimal() or int(place) >= LARGEST_ID:
            raise Missing(f"{stream.name} have numbers as ids.")
        if stream.name == "invoices":
            found = self._by_ids(_v3_list("invoices"), (source_id,))
        elif stream.name == "patients":
            rows_found = self._v2.read("searchPatients", patient_id=source_id).rows("patients")
            found = tuple(dropped(PRIVATE, row) for row in rows_found)
        else:
            return self._searched(stream, source_id)
        record = next((row for row in found if stream.id_of(row) == source_id), None)
        if record is None:
            raise Missing("Nookal has no such record.")
        return record

    def _searched(self, stream: Stream, source_id: str) -> Record:
        """A record that no call reads alone, looked for in its whole listing: rare, and long for money."""
        after: str | None = None
        while True:
            page = self.page(stream, Ask(purpose="all"), after)
            for row in page.records:
                if stream.id_of(row) == source_id:
                    return row
            after = page.next
            if after is None:
                raise Missing("Nookal has no such record.")

    def probe(self) -> Sequence[Reason]:
        """What stands against going live with these keys."""
        return probing.probe(self._v2, self._v3, confirmed_off=self._confirmed_off)

    # --- v2

    def _v2_page(self, stream: Stream, listing: V2List, ask: Ask, page: int) -> Page:
        found = self._v2.read(listing.function, page=page, **form(listing, ask))
        records = found.rows(listing.key)
        test = fits(stream, ask)
        kept = tuple(dropped(listing.drop, row) for row in records if test(row))
        last = found.next is None or not records
        loose = ask.since is not None or ask.window_from is not None
        return Page(kept, None if last else f"0:{found.next}", None if loose else found.total)

    # --- v3

    def _v3_page(self, stream: Stream, listing: V3List, ask: Ask, step: int, page: int) -> Page:
        void = step if listing.voids else None
        asked = f"{listing.field}({arguments(listing, ask, void, page)})"
        found = rows(self._v3.ask(f"{{ rows: {asked} {{ {listing.fields} }} }}"), "rows")
        test = fits(stream, ask)
        kept = tuple(row for row in found if test(row))
        if len(found) >= PER_PAGE:
            return Page(kept, f"{step}:{page + 1}")
        return Page(kept, f"{step + 1}:1" if listing.voids and step == 0 else None)

    def _by_ids(self, listing: V3List, ids: Sequence[str]) -> tuple[Record, ...]:
        """Rows of these ids, live and void; PER_PAGE ids at a time, so that no page is cut."""
        found: list[Record] = []
        known = [one for one in ids if one.isdecimal() and int(one) < LARGEST_ID]
        for start in range(0, len(known), PER_PAGE):
            some = ", ".join(known[start : start + PER_PAGE])
            parts = (
                f"void{v}: {listing.field}(invoiceIDs: [{some}], void: {v}, page: 1, pageLength: {PER_PAGE}) "
                f"{{ {listing.fields} }}"
                for v in (0, 1)
            )
            data = self._v3.ask(f"{{ {' '.join(parts)} }}")
            found += [*rows(data, "void0"), *rows(data, "void1")]
        return tuple(found)

    def _swept(self, listing: V3List, ask: Ask, step: int, page: int) -> Page:
        """Invoices that v2 calls modified, as v3 shows them."""
        asked = form(V2List("getInvoices", "invoices", since="last_modified"), ask)
        found = self._v2.read("getInvoices", page=page, void=step, **asked)
        ids = tuple(text_of(row.get("ID")) for row in found.rows("invoices"))
        records = self._by_ids(listing, ids)
        if found.next is not None and ids:
            return Page(records, f"{step}:{found.next}")
        return Page(records, "1:1" if step == 0 else None)


def _v3_list(name: str) -> V3List:
    listing = LISTINGS[name]
    assert isinstance(listing, V3List)
    return listing
