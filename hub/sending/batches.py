"""Which deliveries share one call: pure choice over candidates in due order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.documents import Document, dump
from hub.ids import canonical_json
from hub.store.deliveries import DeliveryRow
from hub.targets import KindSpec, Op, Outgoing


@dataclass(frozen=True, slots=True)
class Member:
    """A candidate with its content opened."""

    row: DeliveryRow
    content: Document


def fill(candidates: Sequence[Member], spec: KindSpec, op: Op) -> list[Member]:
    """The first candidates that may share a call, at most `spec.batch[op]` (1 where not declared).

    All share the `together` fields with the first; no two share all `apart` fields.
    """
    size = max(1, spec.batch.get(op, 1))
    chosen: list[Member] = []
    taken: set[tuple[Any, ...]] = set()
    shared: tuple[Any, ...] | None = None
    for member in candidates:
        together = tuple(getattr(member.content, name) for name in spec.together)
        if shared is None:
            shared = together
        elif together != shared:
            continue
        if spec.apart:
            apart = tuple(getattr(member.content, name) for name in spec.apart)
            if apart in taken:
                continue
            taken.add(apart)
        chosen.append(member)
        if len(chosen) == size:
            break
    return chosen


def idempotency_key(connection: str, members: Sequence[Outgoing], attempts: Sequence[int]) -> str:
    """At most 128 characters: a hash of connection, operation, bytes and attempt numbers.

    Without the connection one organisation's answer could be replayed to another; without the attempt
    numbers an edit A, B, A would replay A's first answer (Xero developer docs: idempotency).
    """
    frozen = [
        {
            "op": one.op.value,
            "kind": one.key.kind.value,
            "content": dump(one.key.content),
            "mark": one.key.mark,
            "external": one.key.external_id,
            "related": dict(one.key.related),
            "attempt": attempt,
        }
        for one, attempt in zip(members, attempts, strict=True)
    ]
    return hashlib.sha256(canonical_json([connection, frozen]).encode()).hexdigest()
