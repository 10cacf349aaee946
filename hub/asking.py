"""Asking for what is open on an invoice: a person says so, and a page stands until it is paid.

The amount is never said: it is what is owing, now and as long as the page stands. An ask that nothing is
owing for is refused at once, by the same rendering that would make the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub import audit, ids, paying
from hub.canonical import Invoice
from hub.config.model import Collect, GroupConfig
from hub.documents import DocKind
from hub.errors import HubError, Misconfigured, Who
from hub.kernel import Kernel
from hub.rendering import Asked, CaseKey, CaseKind, Rendered
from hub.store import asks, cases, deliveries, entities, holds, links
from hub.store.asks import AskRow
from hub.store.facts import StoreFacts
from hub.store.session import Unit
from hub.targets import Life

LONGEST = timedelta(hours=24) - timedelta(minutes=5)
"""Less than a payment system's day, since its clock may be behind ours."""


@dataclass(frozen=True, slots=True)
class Asking:
    """An ask and what became of it.

    `state`: open (it can be paid at `url`), paid, making, held, idle (nothing is owing), over, withdrawn;
    `says` is one sentence where a state needs one.
    """

    ask: AskRow
    state: str
    cents: int | None = None
    url: str | None = None
    says: str = ""


def ask(
    kernel: Kernel,
    group: str,
    number: str,
    *,
    who: str,
    why: str,
    hours: int | None = None,
    connection: str | None = None,
) -> AskRow:
    """Ask for what is open on invoice `number` for some hours; an earlier ask for it ends.

    Raises Misconfigured: nothing configured to ask by, no such invoice (or several), nothing owing.
    """
    config = kernel.config(group)
    collect = _collect(config)
    with kernel.store.write(group, agent=who) as unit:
        invoice = _invoice(unit, config, number, connection)
        until = expiry(unit.now, hours if hours is not None else collect.hours)
        source, target = invoice.source, collect.connection
        key = CaseKey(target, CaseKind.REQUEST, f"{source.connection}:{source.source_id}", invoice.number)
        facts = StoreFacts(unit)
        facts.suppose(source.connection, source.source_id, Asked("supposed", target, until, over=False))
        _refuse(invoice.number, kernel.renderer().render(key, facts, config))
        row = asks.put(
            unit, target, source.connection, source.source_id, invoice.number, why=why, expires=until
        )
        place = config.location_of(source.connection, invoice.location)
        cases.mark(unit, key, location=place.key if place else None)
        audit.record(
            unit, "ask", "ask", row.id, outcome="asked", connection=target, reason=why,
            number=invoice.number, expires=until.isoformat(),
        )  # fmt: skip
    return row


def withdraw(
    kernel: Kernel, group: str, number: str, *, who: str, why: str, connection: str | None = None
) -> bool:
    """End the standing ask for an invoice; its page is ended with it. False where nobody asks."""
    config = kernel.config(group)
    with kernel.store.write(group, agent=who) as unit:
        source = _invoice(unit, config, number, connection).source
        found = asks.standing(unit, source.connection, source.source_id)
        for one in found:
            asks.end(unit, one.target, one.connection, one.invoice, why)
            cases.mark(unit, CaseKey(one.target, CaseKind.REQUEST, one.subject, one.number))
            audit.record(unit, "ask", "ask", one.id, outcome="withdrawn", connection=one.target, reason=why)
    return bool(found)


def listed(kernel: Kernel, group: str, limit: int = 50) -> Sequence[Asking]:
    """The newest asks and what became of each."""
    with kernel.store.read(group) as unit:
        return [_became(unit, one) for one in asks.listed(unit, limit)]


def expiry(now: datetime, hours: int) -> datetime:
    """When a page asked for now runs out. Raises Misconfigured for a time no payment system takes."""
    if not 1 <= hours <= 24:
        raise Misconfigured("A page can be paid for 1 to 24 hours.", code="usage")
    return (now + min(timedelta(hours=hours), LONGEST)).replace(microsecond=0)


def _collect(config: GroupConfig) -> Collect:
    if config.collect is None:
        raise Misconfigured(
            "Nobody can be asked for money: the group's file has no section `collect`.", code="collect:none"
        )
    return config.collect


def _invoice(unit: Unit, config: GroupConfig, number: str, connection: str | None) -> Invoice:
    """The one living invoice of that number, with or without its connection's prefix."""
    found: dict[tuple[str, str], Invoice] = {}
    for one in config.connections:
        if not one.is_read or connection not in (None, one.id):
            continue
        for name in {number, number.removeprefix(one.prefix)}:
            for entity in entities.by_number(unit, name, connection=one.id, kind=Invoice.kind):
                assert isinstance(entity, Invoice)
                found[one.id, entity.source.source_id] = entity
    if len(found) == 1:
        return next(iter(found.values()))
    if not found:
        raise Misconfigured(f"There is no invoice {number!r} here.", code="missing", who=Who.CLINIC)
    where = ", ".join(sorted({one for one, _ in found}))
    raise Misconfigured(f"Several invoices are called {number!r} ({where}): say --connection.", code="usage")


def _refuse(number: str, rendered: Rendered) -> None:
    if rendered.stops:
        first = rendered.stops[0]
        raise HubError(first.sentence, code=first.code, who=first.who)
    if not rendered.documents:
        raise Misconfigured(f"Invoice {number}: {rendered.nothing}", code="ask:nothing", who=Who.CLINIC)


def _became(unit: Unit, row: AskRow) -> Asking:
    subject = paying.subject(row.connection, row.invoice, row.id)
    document = ids.document_id(unit.group, row.target, DocKind.PAYMENT_REQUEST.value, subject)
    found = links.of_documents(unit, [document]).get(document)
    seen = links.believed(found) if found is not None else None
    live = seen is not None and seen.life is Life.LIVE
    if seen is not None and live and seen.due == 0:
        return Asking(row, "paid", seen.total)
    if row.ended_at is not None and row.ended_at < row.expires:
        return Asking(row, "withdrawn", says=row.ended_why or "")
    if row.expires <= unit.now:
        return Asking(row, "over", says="It was not paid in time.")
    case_id = ids.case_id(unit.group, row.target, CaseKind.REQUEST.value, row.subject)
    held = [one for one in holds.open_of(unit, [case_id]) if one.stops]
    if held:
        return Asking(row, "held", held[0].reason.cents, says=held[0].reason.sentence)
    if seen is not None and live:
        return Asking(row, "open", seen.total, seen.url)
    case = cases.get(unit, case_id)
    sent = any(one.state in deliveries.OPEN for one in deliveries.of_cases(unit, [case_id]))
    unplanned = case is not None and case.planned == 0
    if sent or unplanned:
        return Asking(row, "making")
    return Asking(row, "idle", says="Nothing is owing on the invoice now, so there is nothing to pay.")


__all__ = ["AskRow", "Asking", "ask", "expiry", "listed", "withdraw"]
