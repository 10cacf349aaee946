"""Asking by the group's own rule: each invoice once, when it has been open for so many days.

Only what is certain is asked for by itself: invoices of systems that show their money, owed by the patient.
Switching the rule on asks for nothing that is older by more than a week; everything else is for a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub import asking
from hub.canonical import Invoice
from hub.config.model import Collect, GroupConfig
from hub.errors import HubError
from hub.kernel import Kernel
from hub.store import asks, entities
from hub.store.session import Unit

LATE = timedelta(days=7)
"""How long after its day the rule may still be caught up with."""
BY_RULE = "rule:collect"


def ask_due(kernel: Kernel, group: str, connection: str, until: datetime) -> int:
    """Ask for the invoices of one practice system whose day has come; how many."""
    config = kernel.config(group)
    collect = config.collect
    if collect is None or collect.after_days is None or not config.is_practice(connection):
        return 0
    with kernel.store.read(group) as unit:
        found = list(_due(unit, config, collect, connection))
    asked = 0
    for number in found:
        if kernel.world.now() >= until:
            break
        try:
            asking.ask(
                kernel,
                group,
                number,
                who=BY_RULE,
                why=f"open for {collect.after_days} days",
                connection=connection,
            )
        except HubError:
            continue  # nothing is owing, or it cannot be read: its own case says what is wrong
        asked += 1
    return asked


def _due(unit: Unit, config: GroupConfig, collect: Collect, connection: str) -> Iterator[str]:
    """Numbers of invoices that were never asked for, may owe something, and are as old as the rule says."""
    assert collect.after_days is not None
    for place in config.locations:
        source = place.source.get(connection)
        if source is None:
            continue
        last = unit.now.astimezone(ZoneInfo(place.zone)).date() - timedelta(days=collect.after_days)
        rows = entities.all_of(
            unit, connection, Invoice.kind, location=source, from_day=last - LATE, to_day=last
        )
        for invoice in rows:
            if isinstance(invoice, Invoice) and _certain(invoice):
                sid = invoice.source.source_id
                if not asks.ever(unit, collect.connection, connection, sid):
                    yield invoice.number


def _certain(invoice: Invoice) -> bool:
    return invoice.money_shown and invoice.bill_to is None and invoice.total > 0
