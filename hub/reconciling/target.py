"""What stands at the target under our links, looked up again in as few calls as the target allows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select

from hub.documents import DocKind, Document, load
from hub.kernel import Kernel
from hub.store.tables import case, delivery, link
from hub.targets import Key, Life, Seen


@dataclass(frozen=True, slots=True)
class Standing:
    """One living linked document. `total` is what the target says, `expected` what we delivered."""

    number: str
    kind: DocKind
    location: str
    content: Document
    expected: int
    total: int
    changed: bool


def standing_documents(kernel: Kernel, group: str) -> list[Standing]:
    """Every living document of the group, all targets; contacts and allocations are read but carry no total."""
    found: list[Standing] = []
    for connection in kernel.config(group).connections:
        if connection.role == "target":
            found += _of_target(kernel, group, connection.id)
    return found


def _of_target(kernel: Kernel, group: str, target: str) -> list[Standing]:
    keys: list[Key] = []
    about: dict[str, tuple[str, str]] = {}
    with kernel.store.read(group) as unit:
        query = (
            select(link, delivery.c.id.label("did"), delivery.c.content_enc, delivery.c.mark, case.c.number.label("cn"),
                   case.c.location)
            .join(delivery, (delivery.c.id == link.c.delivery_id) & (delivery.c.group_id == link.c.group_id))
            .join(case, (case.c.id == link.c.case_id) & (case.c.group_id == link.c.group_id))
            .where(link.c.group_id == group, link.c.target_id == target, link.c.live)
            .order_by(link.c.kind, link.c.document_id)
        )  # fmt: skip
        rows = unit.db.execute(query).all()
        external = {row.document_id: row.external_id for row in rows}
        for row in rows:
            kind = DocKind(row.kind)
            content = load(kind, unit.vault.open("delivery", "content_enc", row.did, row.content_enc))
            related = {need: external[need] for need in content.needs() if need in external}
            keys.append(Key(row.document_id, kind, content, row.content_hash, row.mark, row.external_id, related))
            about[row.document_id] = (row.cn, row.location or "")
    seen = _look(kernel, group, target, [k for k in keys if k.kind not in (DocKind.CONTACT, DocKind.ALLOCATION)])
    return [_standing(key, seen[key.document], *about[key.document]) for key in keys if key.document in seen]


def _look(kernel: Kernel, group: str, target: str, keys: list[Key]) -> dict[str, Seen]:
    session = kernel.target(group, target)[1]
    by_kind: dict[DocKind, list[Key]] = defaultdict(list)
    for key in keys:
        by_kind[key.kind].append(key)
    found: dict[str, Seen] = {}
    for same in by_kind.values():
        for start in range(0, len(same), 200):
            found.update(session.observe(same[start : start + 200]))
    return found


def amount(content: Document) -> int:
    """The cents a document stands for."""
    return int(getattr(content, "total", None) or getattr(content, "amount", 0))


def _standing(key: Key, seen: Seen, number: str, location: str) -> Standing:
    expected = amount(key.content)
    total = (seen.total if seen.total is not None else expected) if seen.life is Life.LIVE else 0
    return Standing(number, key.kind, location, key.content, expected, total, total != expected)

