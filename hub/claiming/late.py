"""What a funding scheme owes and nobody claimed, before it is too late: a thing to do, with its last day.

A service that cannot be claimed any more is lost, and nobody may be billed for it instead. What is in no
file, in a file that nobody uploaded, or held is therefore asked for twice as its last day comes near (the
days are the scheme's), and told once more when it has passed. An item closes by itself once its service is
claimed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from hub.canonical import ClaimState, Invoice
from hub.claiming.billing import ISSUES, LAST_DAY
from hub.claiming.desk import Desk, desk_of
from hub.claims import Deadline
from hub.config.schemes import SchemeConfig
from hub.kernel import Kernel
from hub.store import claims, entities, issues, work_items
from hub.store.facts import StoreFacts
from hub.store.session import Unit
from hub.store.work_items import Todo

AGENT = "hub"
_DO = {
    ClaimState.READY: "make its file with `hub claims batch` and upload it",
    ClaimState.FILED: "upload its file and say so with `hub claims uploaded`",
    None: "`hub holds` says what is missing",
}


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A service that counts as claimed nowhere. `state` is None where it is held."""

    pms: str
    invoice: str
    line: str
    number: str
    served: date
    cents: int
    state: ClaimState | None

    @property
    def subject(self) -> str:
        return f"{self.pms}:{self.invoice}:{self.line}"


def watch(kernel: Kernel, group: str) -> int:
    """Have exactly what comes near its last day among the things to do; how many those are."""
    desk = desk_of(kernel, kernel.config(group))
    if desk is None:
        return 0
    with kernel.store.read(group) as unit:
        wanted = {todo.subject: todo for entry in desk.config.schemes for todo in _near(unit, desk, entry)}
        known = {row.todo.subject: row for row in work_items.listed(unit, kind=LAST_DAY)}
    if {subject: row.todo for subject, row in known.items()} == wanted:
        return len(wanted)
    with kernel.store.write(group, agent=AGENT) as unit:
        for todo in wanted.values():
            work_items.want(unit, todo)
        for subject in known.keys() - wanted.keys():
            work_items.close(unit, known[subject].id, by=AGENT, why="claimed, or no longer owed")
    return len(wanted)


def _near(unit: Unit, desk: Desk, entry: SchemeConfig) -> Iterator[Todo]:
    today, plugin = desk.today(unit, entry), desk.plugin(entry)
    for one in _unclaimed(unit, desk, entry):
        deadline = plugin.deadline(one.served)
        if deadline is not None and deadline.warn and min(deadline.warn) <= today:
            yield _todo(entry, one, deadline, today)


def _todo(entry: SchemeConfig, one: Unclaimed, deadline: Deadline, today: date) -> Todo:
    last = f"{deadline.last.day} {deadline.last:%B %Y}"
    if today > deadline.last:
        sentence = f"Since {last} {entry.id} no longer takes what invoice {one.number} bills: write it off."
    else:
        soon = "Soon too late" if today >= max(deadline.warn) else "To be claimed in time"
        what = f"what invoice {one.number} bills can be claimed from {entry.id} until {last}"
        sentence = f"{soon}: {what}; {_DO[one.state]}."
    return Todo(LAST_DAY, f"{entry.id}:{one.subject}", one.number, sentence, entry.who, one.cents)


def _unclaimed(unit: Unit, desk: Desk, entry: SchemeConfig) -> Iterator[Unclaimed]:
    """Claims that did not reach the scheme, and lines with something that stands against claiming them."""
    for row in claims.listed(unit, entry.id, [ClaimState.READY, ClaimState.FILED]):
        claim = claims.get(unit, entry.id, row.reference)
        number = claim.number if claim is not None else row.invoice
        yield Unclaimed(row.pms, row.invoice, row.line, number, row.served_on, row.cents, row.state)
    held = {
        (found.connection, found.source_id): found
        for found in issues.list_open(unit)
        if found.stream == ISSUES and found.connection in entry.read
    }
    for (connection, source_id), found in held.items():
        invoice, _, line = source_id.partition(":")
        served = _served(unit, desk, entry, connection, invoice, line)
        if served is not None:
            cents = found.reason.cents
            yield Unclaimed(connection, invoice, line, found.number, served, cents, None)


def _served(
    unit: Unit, desk: Desk, entry: SchemeConfig, connection: str, source_id: str, line: str
) -> date | None:
    """The day of a held service, else that of its invoice; None where the scheme does not owe it."""
    facts, invoice = StoreFacts(unit), entities.get(unit, connection, Invoice.kind, source_id)
    if not isinstance(invoice, Invoice) or desk.billing.scheme_of(invoice, facts, desk.config) != entry.id:
        return None
    services = desk.billing.services(invoice, entry.id, facts, desk.config)
    item = next((one.item for one in services if one.line == line), None)
    return item.served_from if item is not None else invoice.issued
