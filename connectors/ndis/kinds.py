"""How the way a service was given is said: by a claim type until 30 June 2026, by the item's suffix after.

Whether the claim type must be filled beside a suffix is not published: the setting `claim_type` decides
(`both`, the default, or `suffix_only`). Which rule holds is decided by the day of the service, not of the
upload.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from hub.claims import ClaimItem, ServiceKind

SUFFIXED_FROM = date(2026, 7, 1)
TYPES = {
    ServiceKind.DIRECT: "",
    ServiceKind.CANCELLATION: "CANC",
    ServiceKind.REPORT: "REPW",
    ServiceKind.TRAVEL: "TRAN",
    ServiceKind.NON_FACE_TO_FACE: "NF2F",
    ServiceKind.TELEHEALTH: "THLT",
    ServiceKind.IRREGULAR: "IRSS",
}
SUFFIXES = {
    ServiceKind.CANCELLATION: "CA",
    ServiceKind.NON_FACE_TO_FACE: "NF",
    ServiceKind.TRAVEL: "PT",
    ServiceKind.REPORT: "RR",
    ServiceKind.TELEHEALTH: "TH",
}
CANCELLED = ("NSDH", "NSDF", "NSDT", "NSDO")


@dataclass(frozen=True, slots=True)
class Said:
    """What the file says of an item: the support item, the claim type and the reason of a cancellation."""

    item: str
    claim_type: str
    cancelled: str


def said(item: ClaimItem, setting: str) -> Said:
    """The three columns by the rule of the service's own day."""
    cancelled = item.cancelled or ""
    if item.served_from < SUFFIXED_FROM:
        return Said(item.service, TYPES[item.kind], cancelled)
    suffix = SUFFIXES.get(item.kind)
    service = (
        f"{item.service}_{suffix}" if suffix and not item.service.endswith(f"_{suffix}") else item.service
    )
    if suffix and setting == "suffix_only":
        return Said(service, "", "")
    return Said(service, TYPES[item.kind], cancelled)
