"""The scheme as the group's own sheet has it: its registration, what it pays at most, participants' numbers.

Written apart from any mapping a hub uses, as `group` is.
"""

from __future__ import annotations

from datetime import date

from connectors.sandbox.life.group import PLACES
from connectors.sandbox.life.model import Patient

SCHEME = "ndis"
"""Name of the scheme, and of its portal among the story's systems."""
PAYER = "ndia"
"""Its key among the group's payers."""
REGISTRATION, ABN = "4050012345", "18123456789"
ITEM = "15_617_0128_1_3"
CANCELLED = f"{ITEM}_CA"
PAYS_AT_MOST = 19399
"""Cents an hour, corrected by the agency after the clinic imported its catalogue."""
CATALOGUE_LIMIT = 22000
HOUR = 19000
"""What the group bills for an hour."""
GOODS = {
    "geelong": ("PH2", 2, HOUR // 2),
    "richmond": ("EP1", 1, HOUR),
    "toowong": ("EP1", 1, HOUR),
    "manly": ("505", 2, HOUR // 2),
}
"""What an hour is billed with: item, quantity, price of one, which is an hour or half of one."""
FEES = {"geelong": "CF1", "richmond": "CF1", "toowong": "CF1"}
"""What a late cancellation is billed with, where participants are billed one."""
OPEN_DAYS = 10
"""How long the participant is asked where the provider is not the recorded one."""
FIRST_REMITTANCE = 1_500_098_001
"""The agency numbers its payments in turn."""


def member(patient: Patient) -> str:
    """The participant's number of a patient: nine digits that begin with 43."""
    place = [one.key for one in PLACES].index(patient.place)
    return f"43{place}{patient.count:06d}"


def catalogue(first: date) -> bytes:
    """The support catalogue as the clinic saved it, valid from the two years before the story on."""
    head = "Support Item Number,Support Item Name,Unit,Quote,Start Date,End Date,VIC,QLD,NSW,Type"
    price = ",".join([f"{CATALOGUE_LIMIT // 100}.{CATALOGUE_LIMIT % 100:02d}"] * 3)
    since = f"{first.year - 2}0701"
    rows = [f"{item},Therapy,H,N,{since},99991231,{price},Price limited" for item in (ITEM, CANCELLED)]
    return "\r\n".join([head, *rows, ""]).encode()
