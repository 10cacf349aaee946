"""What stands against going live: a dead key, a query that is not allowed, a location no key covers.

Nookal's own Xero link cannot be seen from outside, and a hub posting beside it would double everything: so
somebody has to say that it is off.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.nookal.v2 import V2
from connectors.nookal.v3 import V3, rows
from hub.errors import Reason, ReconnectNeeded, Refused, Who

NATIVE_SYNC = "nookal:native-sync"
QUERIES = {
    "locations": "locationID", "appointments": "apptID", "invoices": "invoiceID", "invoiceEntry": "entryID",
    "payments": "paymentID", "credits": "creditID",
}  # fmt: skip
FUNCTIONS = {"getPractitioners": "practitioners", "getPatients": "patients", "getInvoices": "invoices"}


def probe(v2: V2, v3: V3, *, confirmed_off: bool) -> Sequence[Reason]:
    """Reasons not to go live; empty when all is well. A limit or an outage is raised, not answered."""
    found: list[Reason] = []
    try:
        v2.read("verify")
        places = {str(row.get("ID")) for row in v2.read("getLocations", page_length=200).rows("locations")}
        shown = {str(row.get("locationID")) for row in rows(v3.ask(_LOCATIONS), "rows")}
    except (ReconnectNeeded, Refused) as error:
        return (Reason(error.code, error.sentence, error.who),)
    if places != shown:
        found.append(
            Reason(
                "nookal:locations",
                f"The two Nookal keys cover different locations ({len(places)} and {len(shown)}): tick the "
                "same ones for both, and every one that is to be posted.",
                Who.CLINIC,
            )
        )
    found += _denied(v2, v3)
    if not confirmed_off:
        found.append(
            Reason(
                NATIVE_SYNC,
                "Nookal's own Xero link would post everything twice and cannot be seen from here: make sure "
                "that it is off, then list this connection under policy.native_sync_confirmed_off.",
                Who.CLINIC,
            )
        )
    return tuple(found)


_LOCATIONS = "{ rows: locations(page: 1, pageLength: 200) { locationID } }"


def _denied(v2: V2, v3: V3) -> list[Reason]:
    """Queries and functions that these keys may not use, each asked for one row."""
    found = []
    for query, field in QUERIES.items():
        try:
            v3.ask(f"{{ rows: {query}(page: 1, pageLength: 1) {{ {field} }} }}")
        except Refused as error:
            sentence = f"The Nookal API client may not ask for {query}: allow it there."
            found.append(Reason(f"{error.code}:{query}", sentence, Who.CLINIC))
    for function, key in FUNCTIONS.items():
        try:
            v2.read(function, page_length=1).rows(key)
        except Refused as error:
            found.append(Reason(error.code, error.sentence, error.who))
    return found
