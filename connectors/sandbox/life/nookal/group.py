"""The group's fourth location, on a practice system of its own: its places, people, goods and methods there.

Written from the clinic's own sheet, as `group` is, apart from any mapping a hub uses.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from connectors.sandbox.life.kinds import Item, Place, Practitioner, Till

ACCOUNT = "harbour-nookal"
"""Name of this practice system's account."""
PREFIX = "HN-"
TILL = Till(
    card="EFTPOS",
    fund="HealthPoint",
    cash="Cash",
    transfer="Bank Transfer",
    online="Card by link",
    page="Stripe",
)
VOUCHER = "Gift Voucher"
"""A method nobody wrote down."""
MANLY = Place(
    "manly", "1", "Harbour Manly", "NSW", ZoneInfo("Australia/Sydney"), "Sydney", "Manly", "2095", 1401,
    ACCOUNT, TILL,
)  # fmt: skip
PLACES = (MANLY,)

ITEMS = {
    item.code: item
    for item in (
        Item("500", "Initial consultation", 12800, False, "200", id="11"),
        Item("505", "Standard consultation", 9800, False, "200", id="12"),
        Item("RM60", "Remedial massage", 12100, True, "203", id="13"),
        Item("REPORT", "Insurer report", 27500, True, "215", id="14"),
        Item("DNAF", "Missed appointment fee", 4900, False, "220", id="15"),
        Item("XR90", "Extended review", 15000, False, None, id="16"),
        Item("Class", "Mat class", 2750, True, "205", id="3", kind="classes"),
        Item("BAND-M", "Resistance band", 2420, True, "210", True, id="7", kind="stock"),
        Item("ROLLER", "Foam roller", 4950, True, "210", True, id="8", kind="stock"),
        Item("Adjustment", "Debt given up", 0, False, "260", kind=""),
        Item("Discount", "Discount given", 0, False, "265", kind=""),
        Item("none", "Typed by hand, without a code", 0, False, None, kind=""),
    )
}
NO_CODE = "none"
"""The line that staff typed instead of choosing: no code, no list."""

PRACTITIONERS = (
    Practitioner("4", "Ines", "Outlined-Park", "manly", "505"),
    Practitioner("5", "Mato", "Feigned-Rivers", "manly", "RM60"),
    Practitioner("6", "Noor", "Supposed-Wells", "manly", "505", classes=True),
)
PAYER_IDS = {"coastline": "961", "icare": "962", "ndia": "964"}
"""Third parties who owe, by the group's key; names repeat there, ids do not."""
STRANGE_PAYER_ID = "963"
