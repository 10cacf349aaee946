"""The planted defects: where, what instead, and which schedules are tried first.

`old` stands exactly once in its file (a test looks), so that the list cannot rot unseen.
"""

from __future__ import annotations

from tests.mutations.defect import Edit, Mutation

_SETTLEMENT = "hub/sending/settlement.py"
_LOOKING = "hub/sending/looking.py"
_TAKING = "hub/sending/taking.py"
_OUTBOX = "hub/outbox.py"
_UNBOUNDED = Edit(_OUTBOX, "        with within(taken.by):\n", "        with within(float('inf')):\n")
"""The guard that ends every request with its lease: it stands behind the check before the call."""

MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        "no look before a second attempt",
        (
            Edit(
                _SETTLEMENT,
                'state="unknown",\n            unknown_since=now,\n',
                'state="pending",\n            look_first=False,\n',
            ),
        ),
        profile="late",
        seed=1,
    ),
    Mutation(
        "absent believed at once",
        (
            Edit(
                _LOOKING,
                "        if unit.now < believed_from:\n",
                "        if unit.now < row.unknown_since:\n",
            ),
        ),
        profile="late",
        seed=8,
    ),
    Mutation(
        "attempt row after the call",
        (
            Edit(
                _TAKING,
                "    announce(unit, batch_id, [member.row.id for member in members], owner)\n    return Taken(",
                "    return Taken(",
            ),
            Edit(
                _OUTBOX,
                "from hub.sending.taking import Taken, take\n",
                "from hub.sending.taking import Taken, announce, take\n",
            ),
            Edit(
                _OUTBOX,
                '    fence = Fence(taken.owner, "sending", taken.batch.id)\n',
                "    announce(unit, taken.batch.id, [m.row.id for m in taken.members], taken.owner)\n"
                '    fence = Fence(taken.owner, "sending", taken.batch.id)\n',
            ),
        ),
        profile="deaths",
        seed=1,
    ),
    Mutation(
        "outcome without link",
        (
            Edit(
                _SETTLEMENT,
                "        self._link(outcome, seen)\n        self._assume(outcome.member, seen)\n",
                "        self._assume(outcome.member, seen)\n",
            ),
        ),
        seed=1,
    ),
    Mutation(
        "lease not checked",
        (
            Edit(
                _OUTBOX,
                "    if left <= context.deadline.total_seconds():\n",
                "    if left <= float('-inf'):\n",
            ),
            _UNBOUNDED,
        ),
        profile="overtaken",
        seed=7,
    ),
    Mutation(
        "lease shorter than the call",
        (
            Edit(
                "hub/planning/context.py",
                "        return 3 * self.deadline\n",
                "        return self.deadline / 6\n",
            ),
            Edit(_OUTBOX, "    if left <= context.deadline.total_seconds():\n", "    if left <= 0:\n"),
            _UNBOUNDED,
        ),
        profile="stalls",
        seed=1,
        quick=True,
    ),
    Mutation(
        "element error ignored",
        (
            Edit(
                "connectors/xero/settling.py",
                "    if refused(element):\n        refusal = ",
                "    if refused(element):\n"
                "        taken = Seen(out.key.document, out.key.kind, Life.LIVE, out.key.external_id or 'unnamed')\n"
                "        return Answer(out.delivery, Verdict.DELIVERED, taken, status=200)\n"
                "        refusal = ",
            ),
        ),
        profile="calm",
        seed=1,
    ),
    Mutation(
        "answers matched by position only",
        (
            Edit(
                "connectors/xero/settling.py",
                "        found = [p for p in names.get(_name(out.key), []) if p in free]\n",
                "        found: list[int] = []\n",
            ),
        ),
        profile="calm",
        seed=5,
    ),
    Mutation(
        "PUT turned into POST",
        (
            Edit(
                "connectors/xero/sending.py",
                'name = "create_invoices" if new else "update_or_create_invoices"',
                'name = "update_or_create_invoices"',
            ),
            Edit(
                "connectors/xero/sending.py",
                'name = "create_contacts" if new else "update_or_create_contacts"',
                'name = "update_or_create_contacts"',
            ),
        ),
        profile="calm",
        seed=1,
    ),
    Mutation(
        "the SDK's own retries on",
        (
            Edit(
                "connectors/xero/sdk.py",
                '        return self._request("PUT", url, **kw)\n',
                "        for _ in range(3):\n"
                "            try:\n"
                '                return self._request("PUT", url, **kw)\n'
                "            except OutcomeUnknown:\n"
                "                continue\n"
                '        return self._request("PUT", url, **kw)\n',
            ),
        ),
        profile="late",
        seed=1,
    ),
    Mutation(
        "cursor committed before its page",
        (
            Edit(
                "hub/ingest.py",
                "        changed = keep.keep(unit, connection, [*found, *there])\n"
                "        stored = raw.count(unit, connection, stream.name) if going.first and page.next is None else None\n"
                "        if going.advance(page, stored) and isinstance(stream.cursor, FullListing):\n",
                "        stored = raw.count(unit, connection, stream.name) if going.first and page.next is None else None\n"
                "        whole = going.advance(page, stored)\n"
                "        run.save(unit, going, ttl)\n"
                "    with kernel.store.write(group) as unit:\n"
                "        changed = keep.keep(unit, connection, [*found, *there])\n"
                "        if whole and isinstance(stream.cursor, FullListing):\n",
            ),
        ),
        profile="gaps",
        seed=13,
    ),
    Mutation(
        "duplicate tested against any older version",
        (
            Edit(
                "hub/store/rawwrite.py",
                "        if not _differs(one.body_hash, head):\n            continue\n",
                "        if unit.db.execute(_KNOWN, {**where, 'sid': one.source_id, 'h': one.body_hash}).first():\n"
                "            continue\n",
            ),
        ),
        profile="hints",
        seed=1,
    ),
    Mutation(
        "partial listing taken as deletions",
        (
            Edit(
                "hub/ingest.py",
                "        if going.advance(page, stored) and isinstance(stream.cursor, FullListing):\n",
                "        going.advance(page, stored)\n        if isinstance(stream.cursor, FullListing):\n",
            ),
            Edit(
                "hub/ingest.py",
                "            gone = [one for one in left_out if one in missing]\n",
                "            gone = [one for one in living if one not in going.progress.ids]\n",
            ),
        ),
        profile="calm",
        seed=7,
    ),
    Mutation(
        "Retry-After shortened",
        (Edit("hub/http.py", "        return float(said)\n", "        return min(float(said), 5.0)\n"),),
        profile="stalls",
        seed=1,
    ),
    Mutation(
        "change merged into a sending delivery",
        (
            Edit(
                "hub/planning/state.py",
                "k.open is not None and k.open.under_way for k in self.known.values()",
                'k.open is not None and k.open.state == "unknown" for k in self.known.values()',
            ),
            Edit(
                "hub/planning/commit.py",
                "            last = known.last if known is not None else None\n            if step is not None and same_step(known, step)",
                "            last = known.last if known is not None else None\n"
                '            if last is not None and last.state == "sending":\n'
                "                if step is not None and step.content is not None:\n"
                "                    from hub.documents import dump\n"
                '                    sealed = unit.vault.seal("delivery", "content_enc", last.id, dump(step.content))\n'
                "                    merged = delivery.update().where(delivery.c.id == last.id)\n"
                "                    new_values = {'content_enc': sealed, 'content_hash': step.content_hash}\n"
                "                    new_values['basis_hash'] = state.bases.get(document, '')\n"
                "                    unit.db.execute(merged.values(**new_values))\n"
                "                continue\n"
                "            if step is not None and same_step(known, step)",
            ),
            Edit(
                _SETTLEMENT,
                "        seen = self._now_standing(outcome)\n        self._link(outcome, seen)\n",
                "        from hub.store import deliveries\n"
                "        fresh = deliveries.by_ids(self.unit, [row.id])[row.id]\n"
                "        outcome = replace(outcome, member=replace(outcome.member, row=fresh))\n"
                "        row = fresh\n"
                "        seen = self._now_standing(outcome)\n        self._link(outcome, seen)\n",
            ),
        ),
        profile="haste",
        seed=3,
    ),
    Mutation(
        "payment re-created before its removal is confirmed",
        (
            Edit(
                _SETTLEMENT,
                "        now = self.unit.now\n        moved = self._move(\n            outcome.member.row.id,\n",
                "        now = self.unit.now\n"
                "        if outcome.member.row.op.removes:\n"
                "            return self._delivered(replace(outcome, verdict=Verdict.DELIVERED))\n"
                "        moved = self._move(\n            outcome.member.row.id,\n",
            ),
        ),
        profile="late",
        seed=2,
    ),
    Mutation(
        "removal begun before the later steps are checked",
        (
            Edit(
                "hub/planning/decide.py",
                "    if folded.removes and (stops or folded.waits):\n",
                "    if folded.removes and folded.waits:\n",
            ),
        ),
        profile="calm",
        seed=1,
    ),
    Mutation(
        "inbox message marked handled before the fetch",
        (
            Edit(
                "hub/inbox.py",
                "    found = fetch.whole(client, source, stream, message.source_id, kernel.world.now, unknown)\n",
                "    with kernel.store.write(group) as unit:\n"
                '        settle(unit, message, "handled")\n'
                "    found = fetch.whole(client, source, stream, message.source_id, kernel.world.now, unknown)\n",
            ),
        ),
        profile="hints",
        seed=1,
    ),
    Mutation(
        "refresh token saved after use",
        (
            Edit(
                "hub/grants.py",
                "        if self._known is not None and self._known.usable(world.now(), stale):\n"
                '            return self._known.token or ""\n',
                "        if self._known is not None and self._known.usable(world.now(), stale):\n"
                "            unsaved = self.__dict__.pop('unsaved', None)\n"
                "            if unsaved is not None:\n"
                "                self._known = self._keep(*unsaved)\n"
                '            return self._known.token or ""\n',
            ),
            Edit(
                "hub/grants.py",
                "        return self._keep(now, answer, taken, said, doubtful or earlier)\n",
                "        self.__dict__['unsaved'] = (now, answer, taken, said, doubtful or earlier)\n"
                "        token, known = str(answer['access_token']), self._store.world.now()\n"
                "        expires = known + timedelta(seconds=float(answer.get('expires_in', 1800)))\n"
                "        return _Grant(now.secret, now.given, token, expires, None, now.version, False)\n",
            ),
        ),
        profile="calm",
        seed=1,
    ),
    Mutation(
        "idempotency key without the attempt number",
        (Edit("hub/sending/batches.py", '            "attempt": attempt,\n', ""),),
        profile="late",
        seed=2,
    ),
    Mutation(
        "outcome written without its fence",
        (
            Edit(
                "hub/sending/outcome.py",
                '        delivery.c.state == bindparam("f_state"),\n'
                '        delivery.c.lease_owner == bindparam("f_owner"),\n',
                '        bindparam("f_state") != "",\n        bindparam("f_owner") != "",\n',
            ),
            Edit(
                "hub/sending/outcome.py",
                '        where.append(delivery.c.batch_id == bindparam("f_batch"))\n',
                '        where.append(bindparam("f_batch") != "")\n',
            ),
        ),
        profile="overtaken",
        seed=2,
    ),
    Mutation(
        "cursor moved past the start of its run",
        (
            Edit(
                "hub/pulling/run.py",
                "    known = [stamp for stamp in (run.committed, min(seen, run.started) if seen else None) if stamp]\n",
                "    known = [stamp for stamp in (run.committed, unit.now) if stamp]\n",
            ),
        ),
        profile="paging",
        seed=19,
    ),
    Mutation(
        "hint merged with one under way",
        (
            Edit(
                "hub/pulling/messages.py",
                '        _m.state == "waiting",\n        _FREE,\n    )\n    .limit(1)\n',
                '        _m.state == "waiting",\n    )\n    .limit(1)\n',
            ),
        ),
        profile="rush",
        seed=11,
    ),
)
