"""The fictional group as clinic life knows it: places, people who treat, catalogue, its own account table.

The tables of accounts, tax types and clearing accounts are written here from the group's own sheet, apart
from any mapping a hub uses, so that a wrong mapping shows as a difference instead of being copied.
"""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from connectors.sandbox.life.kinds import Item, Place, Practitioner, Till
from connectors.sandbox.life.nookal import group as manly

ACCOUNT, LEDGER = "harbour-cliniko", "harbour-xero"
"""Names of the account at the first practice system, and of the organisation in the books."""
GROUP_NAME = "Harbour & Hills Allied Health"
TENANT_NAME = "Harbour & Hills Pty Ltd"
PREFIX = "HH-"
ELSEWHERE = "elsewhere"
"""Location of rows that a person made in the books without a location."""


MELBOURNE, BRISBANE = ZoneInfo("Australia/Melbourne"), ZoneInfo("Australia/Brisbane")
TILL = Till(
    card="EFTPOS", fund="HICAPS", cash="Cash", transfer="Direct deposit", online="Online card", page="Stripe"
)
METHODS = TILL.names()
CREDIT_METHOD = "Account credit"
UNMAPPED_METHOD = "Promo card"


def _place(key: str, number: int, name: str, state: str, zone: ZoneInfo, postcode: str) -> Place:
    own, option = name.split()[-1], zone.key.partition("/")[2]
    id = f"5148109765544571{number:02d}"
    return Place(key, id, name, state, zone, option, own, postcode, 1001 + 100 * number, ACCOUNT, TILL)


OWN_PLACES = (
    _place("geelong", 1, "Harbour Geelong", "VIC", MELBOURNE, "3220"),
    _place("richmond", 2, "Harbour Richmond", "VIC", MELBOURNE, "3121"),
    _place("toowong", 3, "Hills Toowong", "QLD", BRISBANE, "4066"),
)
"""Those of the first practice system."""
PLACES = (*OWN_PLACES, *manly.PLACES)
REPORTED = {place.key for place in OWN_PLACES}
"""Locations whose practice system shows no payments: they come with imported reports."""
PLACE = {place.key: place for place in PLACES}
PLACE_OF_OPTION = {place.option: place.key for place in PLACES}

PREFIXES = {ACCOUNT: PREFIX, manly.ACCOUNT: manly.PREFIX}
"""What the books put before the numbers of each practice system."""

CLEARING = {
    (place.key, method): str(place.clearing + n)
    for place in PLACES
    for n, method in enumerate(place.till.names())
}
TILL_OF_CODE = {code: till for till, code in CLEARING.items()}

PAGES = {CLEARING[place.key, place.till.page]: place.key for place in PLACES}
"""Clearing accounts of what patients pay on pages, whose money they are."""

OUTPUT, FREE = "OUTPUT", "EXEMPTOUTPUT"
WRITE_OFF_ACCOUNT, SCHEME_WRITE_OFF = "260", "262"
ROUNDING = ("860", "BASEXCLUDED")
"""Account and tax type of the cents by which an invoice misses its lines."""
ARCHIVED_ACCOUNT = "207"
BANK_ACCOUNT = "090"
FEES = ("404", "INPUT")
"""Account and tax type of what payment systems keep."""
REVENUE = (
    ("200", "Physiotherapy income", FREE),
    ("202", "Psychology income", FREE),
    ("203", "Massage income", OUTPUT),
    ("204", "Exercise physiology income", FREE),
    ("205", "Pilates classes", OUTPUT),
    ("207", "Hydrotherapy income", FREE),
    ("210", "Product sales", OUTPUT),
    ("215", "Reports", OUTPUT),
    ("220", "Cancellation fees", FREE),
    ("260", "Write-offs", FREE),
    ("262", "Funding scheme reductions", FREE),
    ("265", "Discounts given", FREE),
)


ITEMS = {
    item.code: replace(item, id=f"5148109800000001{number:02d}")
    for number, item in enumerate(
        (
            Item("PH1", "Physiotherapy initial", 12000, False, "200"),
            Item("PH2", "Physiotherapy standard", 9500, False, "200"),
            Item("PS1", "Psychology session", 21000, False, "202"),
            Item("RM1", "Remedial massage", 11000, True, "203"),
            Item("EP1", "Exercise physiology", 9800, False, "204"),
            Item("PL1", "Pilates class", 3300, True, "205"),
            Item("HY1", "Hydrotherapy", 6000, False, "207"),
            Item("PR1", "Foam roller", 4400, True, "210", product=True),
            Item("PR2", "Theraband", 1650, True, "210", product=True),
            Item("RP1", "Insurer report", 33000, True, "215"),
            Item("CF1", "Late cancellation fee", 5000, False, "220"),
            Item("CF2", "Late cancellation fee (massage)", 5500, True, "220"),
            Item("WO1", "Write off (GST-free)", 0, False, "260"),
            Item("WO2", "Write off (taxable)", 0, True, "260"),
            Item("EX30", "Extended review", 15000, False, None),
        ),
        start=1,
    )
}
"""The catalogue of the first practice system."""
CATALOGUE = {**ITEMS, **manly.ITEMS}
GST_TAX = ("GST", "10.0")
STRANGE_TAX = ("Luxury levy", "15.0")
TAX_IDS = {GST_TAX: "514810981000000001", STRANGE_TAX: "514810981000000002"}


def _treats(number: int, first: str, last: str, place: str, main: str, classes: bool = False) -> Practitioner:
    return Practitioner(f"5148109729725219{number:02d}", first, last, place, main, classes)


PRACTITIONERS = (
    _treats(1, "Ana", "Fictional-Ferreira", "geelong", "PH2"),
    _treats(2, "Bram", "Invented-Okafor", "geelong", "PS1"),
    _treats(3, "Cleo", "Pretend-Nguyen", "geelong", "RM1"),
    _treats(4, "Dov", "Imagined-Hart", "geelong", "PH2", classes=True),
    _treats(5, "Esme", "Made-Up-Laurent", "richmond", "PH2"),
    _treats(6, "Finn", "Fabled-Osei", "richmond", "EP1"),
    _treats(7, "Greta", "Storied-Lind", "richmond", "RM1"),
    _treats(8, "Hugo", "Penned-Marsh", "richmond", "PH2", classes=True),
    _treats(9, "Isla", "Drafted-Byrne", "toowong", "PS1"),
    _treats(10, "Jonas", "Scripted-Vale", "toowong", "PH2"),
    _treats(11, "Kira", "Plotted-Stone", "toowong", "PH2"),
    _treats(12, "Lev", "Sketched-Rowe", "toowong", "PH2"),
)
OWN_SUPPLIER, UNSET_SUPPLIER = PRACTITIONERS[10].id, PRACTITIONERS[11].id
LEAVER = PRACTITIONERS[3].id
"""Leaves during the month; what they billed before stays."""

PAYERS = {
    "coastline": "Coastline Plan Management\r\nABN 51 824 753 556\r\nPO Box 1\r\nGeelong VIC 3220",
    "safework": "SafeWork Insurance Agency\r\nClaims, Level 2\r\n1 Fictional Quay\r\nMelbourne VIC 3000",
    "vetcare": "Veteran Care Fund\r\nGPO Box 9\r\nBrisbane QLD 4001",
    "ndia": "National Disability Insurance Agency\r\nGPO Box 700\r\nCanberra ACT 2601",
    "icare": "icare NSW\r\nGPO Box 4052\r\nSydney NSW 2001",
}
STRANGE_PAYER = "Mystery Benefits Co\r\nPO Box 404\r\nNowhere NSW 2000"
TWO_PAYERS = "Coastline Plan c/o SafeWork Insurance\r\nPO Box 2\r\nGeelong VIC 3220"


def tax_type(tax: tuple[str, str] | None) -> str:
    """What the books call a tax of the practice system; a tax nobody wrote down keeps its own name."""
    if tax is None:
        return FREE
    return OUTPUT if tax == GST_TAX else f"unmapped:{tax[0]}@{tax[1]}"


def account_code(code: str) -> str:
    """Where an item's income goes; an item nobody wrote down keeps its own code."""
    return CATALOGUE[code].account or f"unmapped:{code}"
