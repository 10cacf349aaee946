"""Files of claims: made once, uploaded by a person, whose word is kept.

A file's bytes are stored before anybody sees them and never made again. Whether it was uploaded only a person
knows: a work item asks for it, and results that come back prove it as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hub import audit
from hub.canonical import Claim, ClaimState
from hub.claiming import follow, late
from hub.claiming.desk import Desk, the_desk
from hub.claiming.gather import Gathered
from hub.config.schemes import SchemeConfig
from hub.errors import Misconfigured
from hub.ids import mark_half
from hub.kernel import Kernel
from hub.money import Money
from hub.store import claim_files, claims, work_items
from hub.store.bulk import chunks
from hub.store.claim_files import Batch
from hub.store.session import Unit
from hub.store.work_items import PERSON, Todo

UPLOAD = "upload-file"
"""The kind of the work item that asks for an upload."""


@dataclass(frozen=True, slots=True)
class Made:
    """The files made now, and what gathering found."""

    batches: tuple[Batch, ...]
    gathered: Gathered


def make(kernel: Kernel, group: str, scheme: str, *, agent: str) -> Made:
    """Gather every claim that is ready into files and ask for their upload; no file where none is ready.

    Raises Misconfigured for an unknown scheme, or one whose settings are not valid.
    """
    desk, entry = the_desk(kernel, group, scheme)
    gathered = follow.gather_all(kernel, group, scheme, agent)
    made: list[Batch] = []
    with kernel.store.write(group, agent=agent) as unit:
        opened = desk.scheme(unit, entry)
        rows = claims.listed(unit, scheme, [ClaimState.READY])
        ready = [claim for row in rows if (claim := claims.get(unit, scheme, row.reference)) is not None]
        for part in chunks(ready, opened.most):
            made.append(_file(unit, desk, entry, part))
    late.watch(kernel, group)
    return Made(tuple(made), gathered)


def _file(unit: Unit, desk: Desk, entry: SchemeConfig, ready: Sequence[Claim]) -> Batch:
    today = desk.today(unit, entry)
    name = _name(unit, entry, [claim.reference for claim in ready], today)
    file = desk.scheme(unit, entry).build(name, [claim.item for claim in ready])
    batch = claim_files.store_batch(unit, entry.id, file)
    for claim in ready:
        claims.keep(unit, replace(claim, state=ClaimState.FILED), batch=batch.id)
    by = today + timedelta(days=entry.upload_within)
    worth = Money(batch.cents, desk.config.currency)
    sentence = (
        f"Upload {batch.name} ({batch.items} services, {worth}) at {entry.id} by {by.day} {by:%B %Y}: `hub"
        f" claims file {batch.name} --out ...` gives it out; then say `hub claims uploaded {batch.name}`."
        " Never open it in a spreadsheet before."
    )
    work_items.want(unit, Todo(UPLOAD, _subject(batch), batch.name, sentence, entry.who, batch.cents))
    audit.record(
        unit, "claims.file", "claim_batch", batch.id, outcome="made",
        scheme=entry.id, name=batch.name, digest=batch.digest, items=batch.items, cents=batch.cents,
    )  # fmt: skip
    return batch


def _subject(batch: Batch) -> str:
    return f"{batch.scheme}:{batch.id}"


def _name(unit: Unit, entry: SchemeConfig, references: Sequence[str], today: date) -> str:
    """Letters and digits, at most twenty with the ending, another for every file."""
    tail = mark_half(unit.vault.key, "claim-file", entry.id, *references, length=5).upper()
    return f"HUB{today:%y%m%d}{tail}.csv"


def give(kernel: Kernel, group: str, batch: str, *, agent: str) -> tuple[Batch, bytes]:
    """A file's bytes for a person to carry; audited, since it holds members' numbers."""
    with kernel.store.write(group, agent=agent) as unit:
        found = claim_files.batch(unit, batch)
        data = claim_files.data_of(unit, found.id)
        audit.record(
            unit, "reveal", "claim_batch", found.id, outcome="given-out", name=found.name, digest=found.digest
        )
    return found, data


def uploaded(kernel: Kernel, group: str, batch: str, *, agent: str, why: str) -> Batch:
    """A person says that they uploaded a file. Raises Misconfigured for an unknown or an uploaded one."""
    with kernel.store.write(group, agent=agent) as unit:
        found = claim_files.batch(unit, batch)
        by = agent if agent.startswith(f"{PERSON}:") else f"{PERSON}:{agent}"
        if not went_up(unit, found, by, why):
            raise Misconfigured(
                f"Somebody said already that {found.name} was uploaded.", code="claims:uploaded"
            )
        now = claim_files.batch(unit, found.id)
    late.watch(kernel, group)
    return now


def went_up(unit: Unit, batch: Batch, by: str, why: str) -> bool:
    """Note by whose word or by what evidence a file reached the scheme; False where that was known."""
    if not claim_files.uploaded(unit, batch.id, by, why):
        return False
    for row in claims.in_batch(unit, batch.id):
        claim = claims.get(unit, row.scheme, row.reference)
        if claim is not None and claim.state is ClaimState.FILED:
            claims.keep(unit, replace(claim, state=ClaimState.UPLOADED))
    item = work_items.get(unit, UPLOAD, _subject(batch))
    if item is not None:
        work_items.close(unit, item.id, by=by, why=why)
    audit.record(
        unit, "claims.uploaded", "claim_batch", batch.id, outcome="uploaded", reason=why,
        by=by, name=batch.name, digest=batch.digest,
    )  # fmt: skip
    return True
