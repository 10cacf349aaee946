"""`hub audit`: what a person asks of the log, as typed."""

from __future__ import annotations

from sqlalchemy import text

from hub.cli.context import kernel
from tests.cli.town import LEDGER, Town


def test_what_was_done_is_found_and_proven(live: Town) -> None:
    live.hub("freeze", LEDGER, "--why", "stocktake")
    rows = live.ask("audit", "list", "--action", "freeze")
    assert [(r["agent"], r["entity_id"], r["reason"]) for r in rows] == [("person:test", LEDGER, "stocktake")]
    assert {r["action"] for r in live.ask("audit", "show", LEDGER)} == {"connect", "freeze"}
    live.hub("audit", "show", "nothing-of-that-name", code=2)
    before = live.ask("audit", "verify")
    assert (before["whole"], before["rows"], before["unsealed"] > 0) == (True, 0, True)
    head = live.ask("audit", "seal")["head"]
    assert live.hub("audit", "head").out.strip() == head
    found = live.ask("audit", "verify", "--head", head)
    assert (found["whole"], found["unsealed"], found["head"]) == (True, 0, head)
    assert "Whole" in live.hub("audit", "verify").out


def test_tampering_ends_with_one_and_says_what_to_do(live: Town) -> None:
    live.hub("audit", "seal")
    with kernel().store.shared() as db:
        db.execute(text("DROP TRIGGER audit_event_no_delete"))
        db.execute(text("DELETE FROM audit_event WHERE seq = 1"))
    said = live.hub("audit", "verify", code=1).out
    assert "Block 1 is broken" in said
    assert "Keep this database as it is" in said
    found = live.ask("audit", "verify", code=1)
    assert [one["seal"] for one in found["broken"]] == [1]
    assert live.hub("audit", "verify", "--head", "rubbish", code=2).err.startswith("usage")
