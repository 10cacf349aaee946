"""When claims are brought up to date: with every change of an invoice, and for a whole scheme when asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.canonical import Claim, Entity, Invoice, Payment
from hub.claiming import gather
from hub.claiming.billing import ISSUES
from hub.claiming.desk import Desk, the_desk
from hub.claiming.gather import Gathered
from hub.kernel import Kernel
from hub.normalising import marking
from hub.store import claims, entities, issues
from hub.store.bulk import chunks
from hub.store.facts import StoreFacts
from hub.store.session import Unit

AT_ONCE = 25
"""Invoices per unit of work."""


def after(unit: Unit, desk: Desk, connection: str, values: Iterable[Entity]) -> list[tuple[str, str]]:
    """Claims of the invoices among these values, and of those that payments among them stand on.

    Returns (connection, source id) of invoices whose case an issue now stops or lets go.
    """
    if not any(connection in entry.read for entry in desk.config.schemes):
        return []
    report, wanted = Gathered(), dict[str, None]()
    for value in values:
        if isinstance(value, Invoice):
            wanted |= dict.fromkeys([value.source.source_id, *([value.reverses] if value.reverses else [])])
        elif isinstance(value, Payment) and value.source.connection == connection:
            wanted |= dict.fromkeys(part.invoice for part in value.allocations)
    for source_id in _concerned(unit, desk, connection, list(wanted)):
        gather.of_invoice(unit, desk, connection, source_id, report)
    return report.changed


def _concerned(unit: Unit, desk: Desk, connection: str, wanted: Sequence[str]) -> list[str]:
    """Those of these invoices that a scheme owes, of which anything was claimed, or on which an issue of
    claims is open. Most are none of these, and nothing is asked of them singly."""
    known = claims.among(unit, connection, wanted)
    for line in issues.on_stream(unit, connection, ISSUES):
        known |= {one for one in wanted if line.startswith(f"{one}:")}
    facts = StoreFacts(unit)
    facts.read_ahead(connection, Invoice.kind, wanted)
    found = []
    for source_id in wanted:
        invoice = facts.get(connection, Invoice.kind, source_id)
        owed = (
            isinstance(invoice, Invoice) and desk.billing.scheme_of(invoice, facts, desk.config) is not None
        )
        if owed or source_id in known:
            found.append(source_id)
    return found


def gather_all(kernel: Kernel, group: str, scheme: str, agent: str) -> Gathered:
    """Every invoice of the connections a scheme reads from: what the day or a catalogue changed shows now."""
    desk, entry = the_desk(kernel, group, scheme)
    report = Gathered()
    for connection in sorted(entry.read):
        for part in chunks(_candidates(kernel, group, desk, connection), AT_ONCE):
            with kernel.store.write(group, agent=agent) as unit:
                before = len(report.changed)
                for source_id in part:
                    gather.of_invoice(unit, desk, connection, source_id, report)
                stopped = report.changed[before:]
                marking.mark(unit, desk.renderer, desk.config, _values(unit, stopped))
    return report


def _candidates(kernel: Kernel, group: str, desk: Desk, connection: str) -> list[str]:
    """Source ids of invoices that a scheme owes, or of which something was claimed."""
    found = []
    with kernel.store.read(group) as unit:
        facts = StoreFacts(unit)
        claimed = claims.invoices_of(unit, connection)
        for invoice in entities.all_of(unit, connection, Invoice.kind):
            assert isinstance(invoice, Invoice)
            source_id = invoice.source.source_id
            if source_id in claimed or desk.billing.scheme_of(invoice, facts, desk.config) is not None:
                found.append(source_id)
    return found


def _values(unit: Unit, invoices: Iterable[tuple[str, str]]) -> list[Entity]:
    found = (entities.get(unit, connection, Invoice.kind, source_id) for connection, source_id in invoices)
    return [value for value in found if value is not None]


def marked(unit: Unit, desk: Desk, values: Iterable[Claim]) -> int:
    """Have the cases planned again that these claims touch."""
    return marking.mark(unit, desk.renderer, desk.config, values)
