"""Identifiers of the scheme, checked by form: a typing error is caught before it leaves the house.

No check digit of NDIS numbers is published, so none is computed (many numbers in use fail the usual one).
"""

from __future__ import annotations

import re

_ABN = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)
SUPPORT_ITEM = re.compile(r"^\d{2}_\d{3,9}_\d{4}_\d_\d(?:_(?:T|D|P|CA|NF|PT|RR|TH))?$")
REFERENCE = re.compile(r"^[A-Z0-9-]{1,16}$")


def participant(number: str) -> bool:
    """An NDIS number: nine digits that begin with 43."""
    return bool(re.fullmatch(r"43\d{7}", number))


def registration(number: str) -> bool:
    """A provider registration number: ten digits that begin with 405."""
    return bool(re.fullmatch(r"405\d{7}", number))


def business_number(number: str) -> bool:
    """An ABN by its weighted sum (mod 89); spaces are allowed."""
    digits = [int(d) for d in number if d.isdigit()]
    if len(digits) != 11 or not re.fullmatch(r"[\d ]+", number):
        return False
    digits[0] -= 1
    return sum(d * w for d, w in zip(digits, _ABN, strict=True)) % 89 == 0
