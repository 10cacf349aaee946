"""Planted cases of the scheme: what cannot be claimed, what stays refused, and money that fits no claim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from connectors.sandbox.life.group import PAYERS
from connectors.sandbox.life.model import Clinic
from connectors.sandbox.life.ndis import group
from connectors.sandbox.life.ndis.deposits import remittance
from connectors.sandbox.life.plants import Planned

if TYPE_CHECKING:
    from connectors.sandbox.life.ndis.story import NdisStory


@dataclass(frozen=True, slots=True)
class Night:
    """A payment of the scheme, which is a case of its own: numbered once it was made."""

    clinic: Clinic
    night: date
    account: str = group.SCHEME

    @property
    def number(self) -> str:
        return remittance(self.clinic.claims, self.night)


def plant(story: NdisStory) -> None:
    """Plant all of them."""
    without_number(story)
    over_limit(story)
    without_plan(story)
    claimed_by_hand(story)


def without_number(story: NdisStory) -> None:
    """Billed to the agency, without a participant's number anywhere."""
    id, place, step = "ndis-no-number", story.places[0], 3
    day, stage = story.day(step, 1), story.stage(place)
    code, _, _ = group.GOODS[place]
    held = stage.sell(place, day, stage.patient(place, day), code, to=PAYERS[group.PAYER])
    story.planned.append(Planned(id, "claim:member", held.total, held, step))


def over_limit(story: NdisStory) -> None:
    """Dearer than the imported catalogue allows: refused by the hub before the agency does."""
    id, place, step = "ndis-over-limit", story.places[-1], 3
    day = story.day(step, 1)
    patient = story.participant(place, day)
    held = story.billed(place, day, patient, story.hour(place, patient, 25000))
    story.planned.append(Planned(id, "claim:over-limit", held.total, held, step))


def without_plan(story: NdisStory) -> None:
    """Refused by the agency, and nobody mends it."""
    id, place, step = "ndis-refused", story.places[-1], 4
    day = story.day(step, 1)
    patient = story.participant(place, day, to=story.month.day(day - 1).isoformat())
    held = story.billed(place, day, patient, story.hour(place, patient), "15:00")
    story.planned.append(Planned(id, "claim:refused:C22", held.total, held, step + 1))


def claimed_by_hand(story: NdisStory) -> None:
    """Staff also typed the service into the portal: paid under no claim, and the claim is refused."""
    id, place, step = "ndis-by-hand", story.places[0], 4
    day = story.day(step, 1)
    patient = story.participant(place, day)
    invoice = story.billed(place, day, patient, story.hour(place, patient), "16:00")
    typed = {
        "registration": group.REGISTRATION,
        "number": group.member(patient),
        "day": story.month.day(day).isoformat(),
        "item": group.ITEM,
        "reference": "TYPED-BY-HAND",
        "hours": "001:00",
        "price": f"{group.HOUR // 100}.{group.HOUR % 100:02d}",
    }
    story.portal(place, day, "18:00", {"action": "request", **typed})
    night = story.month.day(day + 1)
    story.paid(invoice, night, invoice.total, plant=id)
    paid = Night(story.clinic, night)
    story.planned.append(Planned(id, "settlement:unmatched", invoice.total, paid, step))
    story.planned.append(Planned(f"{id}-refused", "claim:refused:other", invoice.total, invoice, step + 1))
