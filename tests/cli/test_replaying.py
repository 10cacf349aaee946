"""`hub deliveries replay` and `hub replays`: days of a location, as a bookkeeper re-syncs them."""

from __future__ import annotations

from tests.cli.town import Town


def test_days_of_a_location_are_synced_again(live: Town) -> None:
    patient = live.patient()
    for day in ("2026-10-12", "2026-10-13", "2026-10-20"):
        live.pay(patient, live.bill(patient, "PH1", day=day), 12000, day=day)
    live.sync()
    live.person("delete_payment", number="HH-10001")
    live.person("delete_payment", number="HH-10003")
    days = ("--location", "geelong", "--from", "2026-10-12", "--to", "2026-10-13")

    meant = live.ask("deliveries", "replay", *days, "--dry-run")["meant"]
    assert meant == {
        "delivered invoice": {"count": 2, "cents": 24000},
        "delivered receipt": {"count": 2, "cents": 24000},
    }
    assert "Would be replayed" in live.hub("deliveries", "replay", *days, "--dry-run").out
    assert live.ask("replays", "list") == []
    assert "no-reason" in live.hub("deliveries", "replay", *days, code=2).err

    said = live.ask("deliveries", "replay", *days, "--why", "deleted by mistake")
    assert (said["state"], said["became"]) == ("done", {"gone": 1, "stands": 3})
    live.hub("deliver")
    assert {doc["number"]: doc["remaining"] for doc in live.posted().values()} == {
        "HH-10001": 0, "HH-10002": 0, "HH-10003": 12000,
    }  # fmt: skip
    assert len(live.posted("payments")) == 2
    (row,) = live.ask("replays", "list")
    assert (row["who"], row["why"]) == ("person:test", "deleted by mistake")
    shown = live.ask("replays", "show", row["id"][-8:])
    assert sorted(one["outcome"] for one in shown["items"]) == ["gone", "stands", "stands", "stands"]
    assert "1 gone at the target, planned again" in live.hub("replays", "show", row["id"]).out
    assert "done already" in live.hub("replays", "pause", row["id"], "--why", "w", code=2).err
    assert "Replays" in live.hub("replays", "list").out


def test_what_was_never_sent_names_the_right_command(live: Town) -> None:
    live.bill(live.patient(), "EX30")
    live.hub("pull")
    live.hub("deliver")
    said = live.hub("deliveries", "replay", "--cause", "unmapped:item:EX30", "--why", "w", code=2).err
    assert "hub holds release --cause" in " ".join(said.split())
    assert "usage" in live.hub("deliveries", "replay", "--location", "nowhere", "--why", "w", code=2).err
