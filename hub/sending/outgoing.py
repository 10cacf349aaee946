"""From a delivery row to what a target session is asked: keys with the external ids known now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.sending.batches import Member
from hub.store import deliveries, links
from hub.store.deliveries import DeliveryRow
from hub.store.links import LinkRow
from hub.store.session import Unit
from hub.targets import Key, Op, Outgoing


def opened(unit: Unit, rows: Sequence[DeliveryRow]) -> list[Member]:
    """The rows with their contents."""
    return [Member(row, deliveries.content(unit.vault, row)) for row in rows]


def standing(unit: Unit, members: Sequence[Member]) -> dict[str, LinkRow]:
    """Links of the members' documents and of all they need."""
    wanted = {need for member in members for need in member.content.needs()}
    return links.of_documents(unit, wanted | {member.row.document for member in members})


def outgoing(member: Member, rows: Mapping[str, LinkRow]) -> Outgoing:
    """A create names no object; any other change names the one that stands."""
    row, content = member.row, member.content
    link = rows.get(row.document)
    external = None if link is None or row.op is Op.CREATE else link.external_id
    related = {need: rows[need].external_id for need in content.needs() if need in rows}
    key = Key(row.document, row.kind, content, row.content_hash, row.mark, external, related)
    return Outgoing(row.id, row.op, key, dict(link.seen.extra) if link is not None and external else {})
