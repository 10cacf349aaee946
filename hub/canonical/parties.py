"""Who takes part: locations, practitioners, patients. Only the fields that money and scheduling need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hub.canonical.base import Provenance, Ref


@dataclass(frozen=True, slots=True)
class Location:
    """A clinic site at the PMS; `zone` is the IANA zone its business dates are in."""

    kind: ClassVar[str] = "location"
    source: Provenance
    name: str
    zone: str
    archived: bool = False

    def refs(self) -> tuple[Ref, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Practitioner:
    """Someone who treats; `active` false once they left, old invoices still point at them."""

    kind: ClassVar[str] = "practitioner"
    source: Provenance
    name: str
    active: bool = True

    def refs(self) -> tuple[Ref, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Patient:
    """The minimum about a person who is or may be a debtor. `merged_into` is a patient's source id."""

    kind: ClassVar[str] = "patient"
    source: Provenance
    first_name: str
    last_name: str
    email: str | None = None
    archived: bool = False
    merged_into: str | None = None

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def refs(self) -> tuple[Ref, ...]:
        return (Ref("patient", self.merged_into),) if self.merged_into else ()
