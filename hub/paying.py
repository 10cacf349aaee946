"""The keys by which money taken at a payment system names what it was asked for.

A payment request carries them, the payment system hands them back on the money it took: opaque ids only,
never a name (payment systems show them in dashboards and logs).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.documents import PaymentRequest

DOCUMENT, MARK = "hub_document", "hub_mark"
_PMS, _INVOICE, _LOCATION, _PATIENT, _NUMBER = (
    "hub_pms",
    "hub_invoice",
    "hub_location",
    "hub_patient",
    "hub_number",
)


@dataclass(frozen=True, slots=True)
class Keys:
    """What a payment was asked for: ids of the practice system's connection."""

    pms: str
    invoice: str
    location: str
    patient: str | None
    document: str


def subject(pms: str, invoice: str, ask: str) -> str:
    """The subject of a payment request: each ask for an invoice has a page of its own."""
    return f"{pms}:{invoice}:{ask}"


def write(request: PaymentRequest, document: str, mark: str) -> dict[str, str]:
    """A request's keys, as texts by name."""
    keys = {
        DOCUMENT: document,
        MARK: mark,
        _PMS: request.pms,
        _INVOICE: request.invoice,
        _LOCATION: request.location,
        _NUMBER: request.number,
    }
    return {**keys, _PATIENT: request.patient} if request.patient else keys


def read(keys: Mapping[str, str]) -> Keys | None:
    """The keys back; None where money was not asked for by the hub, or half of them are missing."""
    found = {name: keys.get(name) or "" for name in (_PMS, _INVOICE, _LOCATION, DOCUMENT)}
    if not all(found.values()):
        return None
    return Keys(found[_PMS], found[_INVOICE], found[_LOCATION], keys.get(_PATIENT) or None, found[DOCUMENT])
