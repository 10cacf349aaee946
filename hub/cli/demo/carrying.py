"""What the person at the clinic does who carries the files of funding schemes, as the commands do it.

Each step: take away what the portal has (results before money), claim again what was mended, then make the
file, take it out, upload it and say so.
"""

from __future__ import annotations

from hub.canonical import ClaimState
from hub.claiming import answers, batches, catalogue, mending, money
from hub.cli.demo.story import Life, Portal
from hub.kernel import Kernel
from hub.store import claims

AGENT = "person:demo"


def carry(hub: Kernel, group: str, life: Life) -> None:
    """One visit to the portal of each scheme that the story claims from."""
    for scheme in hub.config(group).schemes:
        portal = life.portal(scheme.id)
        if portal is not None:
            catalogue.import_catalogue(hub, group, scheme.id, life.catalogue(scheme.id), agent=AGENT)
            _take_away(hub, group, scheme.id, portal)
            _claim_again(hub, group, scheme.id, set(life.mended()))
            _bring(hub, group, scheme.id, portal)


def _take_away(hub: Kernel, group: str, scheme: str, portal: Portal) -> None:
    for data in portal.results():
        answers.import_results(hub, group, scheme, data, agent=AGENT)
    for data in portal.remittances():
        money.import_remittance(hub, group, scheme, data, agent=AGENT)


def _claim_again(hub: Kernel, group: str, scheme: str, mended: set[str]) -> None:
    """Refused claims of these invoices, unless they were claimed again before."""
    with hub.store.read(group) as unit:
        again = {row.replaces for row in claims.listed(unit, scheme)}
        refused = [row.reference for row in claims.listed(unit, scheme, [ClaimState.REFUSED])]
        found = [one for one in (claims.get(unit, scheme, ref) for ref in refused if ref not in again) if one]
    for claim in found:
        if claim.number in mended:
            mending.correct(hub, group, claim.reference, agent=AGENT, why="the plan was renewed")


def _bring(hub: Kernel, group: str, scheme: str, portal: Portal) -> None:
    for made in batches.make(hub, group, scheme, agent=AGENT).batches:
        _, data = batches.give(hub, group, made.name, agent=AGENT)
        portal.upload(made.name, data)
        batches.uploaded(hub, group, made.name, agent=AGENT, why="uploaded in the portal")
