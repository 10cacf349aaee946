"""Runs over a living group: what they do, what they tell, and what must never be in an event."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import cast

import dagster as dg
import pytest

from hub import due, reporting, seals
from hub.cli.context import kernel
from hub.contracts import Answer, Change, Hint
from hub.errors import Misconfigured
from hub.inbox import accept
from pipelines import automation, runtime, sync
from pipelines.definitions import defs
from pipelines.failures import as_failure
from pipelines.reporter import DagsterReporter
from tests.cli.town import PRACTICE, Town

CANARY = "Zyzzyvasson"
GROUP = "harbour"


def run(name: str, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return defs.resolve_job_def(name).execute_in_process(instance=instance, raise_on_error=False)


def told(result: dg.ExecuteInProcessResult) -> dict[str, int]:
    """Materialised assets of a run and their totals."""
    found = {}
    for event in result.all_events:
        if event.is_step_materialization:
            made = event.step_materialization_data.materialization
            found[made.asset_key.to_user_string()] = int(made.metadata["total"].value)
    return found


def red(instance: dg.DagsterInstance) -> dict[str, dict[str, object]]:
    """Metadata of the checks whose last evaluation failed."""
    found = {}
    for key in defs.resolve_asset_graph().asset_check_keys:
        records = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
        for record in records:
            evaluation = record.event.dagster_event.asset_check_evaluation_data if record.event else None
            if evaluation is not None and not evaluation.passed:
                found[key.name] = {name: _value(one) for name, one in evaluation.metadata.items()}
    return found


def _value(one: dg.MetadataValue) -> object:
    """A table has no single value."""
    return one if isinstance(one, dg.TableMetadataValue) else one.value


def by_cause(found: dict[str, dict[str, object]]) -> list[tuple[object, ...]]:
    """The rows of the table of causes: cause, count, who must act."""
    table = cast(dg.TableMetadataValue, found["nothing_held"]["by cause"])
    return [tuple(record.data.values()) for record in table.records]


def everything(instance: dg.DagsterInstance) -> str:
    """All that a person may find in Dagster's storage."""
    logs = [entry for run in instance.get_runs() for entry in instance.all_logs(run.run_id)]
    runless = instance.event_log_storage.get_asset_records()
    return repr(logs) + repr(instance.get_runs()) + repr(runless)


def test_a_run_moves_a_bill_into_the_books_and_tells_what_changed(
    live: Town, instance: dg.DagsterInstance
) -> None:
    live.bill(live.patient(CANARY), "PH1")
    result = run("sync", instance)
    assert result.success
    assert len(live.posted()) == 1
    found = told(result)
    assert found["raw/cliniko/invoices"] == found["canonical/invoice"] == 1
    assert found["delivered/xero/invoice"] == found["delivered/xero/contact"] == 1
    assert "raw/cliniko/attendees" not in found


def test_a_run_over_nothing_new_tells_nothing(live: Town, instance: dg.DagsterInstance) -> None:
    live.bill(live.patient(), "PH1")
    run("sync", instance)
    again = run("sync", instance)
    assert again.success
    assert told(again) == {}


def test_what_a_hint_led_to_is_told(live: Town, instance: dg.DagsterInstance) -> None:
    bill = live.bill(live.patient(), "PH1")
    with kernel().store.write(GROUP) as unit:
        accept(unit, PRACTICE, [Hint("invoices", bill["id"])])
    assert due.waiting(kernel()).hints == 1
    result = run("deliver", instance)
    assert result.success
    assert told(result) == {"delivered/xero/contact": 1, "delivered/xero/invoice": 1}
    runless = instance.get_latest_materialization_event(dg.AssetKey(["raw", "cliniko", "invoices"]))
    assert runless is not None
    assert runless.asset_materialization is not None
    assert runless.asset_materialization.metadata["hints handled"].value == 1


def test_a_hold_turns_its_check_red_and_says_what_to_do(live: Town, instance: dg.DagsterInstance) -> None:
    live.bill(live.patient(CANARY), "PH1", practitioner="514810972972521911")
    run("sync", instance)
    found = red(instance)
    assert found["nothing_held"]["count"] == 1
    assert "hub holds" in str(found["nothing_held"]["what to do"])
    assert by_cause(found) == [("unsupported:supplier:514810972972521911", 1, "bookkeeper")]
    assert run("checks", instance).success
    assert set(red(instance)) == {"nothing_held"}


def test_no_person_is_named_in_any_event(live: Town, instance: dg.DagsterInstance) -> None:
    patient = live.patient(CANARY)
    live.bill(patient, "PH1")
    live.bill(patient, "EX30")
    for job in ("sync", "checks", "seal"):
        assert run(job, instance).success
    assert "Testerly" not in everything(instance)
    assert CANARY not in everything(instance)


def test_a_nightly_run_lists_and_the_seal_holds(live: Town, instance: dg.DagsterInstance) -> None:
    live.bill(live.patient(), "PH1")
    assert run("nightly", instance).success
    with kernel().store.read(GROUP) as unit:
        nights = unit.db.exec_driver_sql("SELECT count(*) FROM stream_cursor WHERE last_nightly IS NOT NULL")
        assert nights.scalar_one() > 0
    assert run("seal", instance).success
    proof = seals.verify(kernel().store)
    assert (proof.broken, proof.unsealed) == ((), 0)
    assert proof.rows > 0


def test_a_failing_source_fails_no_run_and_stops_no_delivery(
    live: Town, instance: dg.DagsterInstance
) -> None:
    bill = live.bill(live.patient(), "PH1")
    live.hub("pull", PRACTICE)
    live.practice.call(
        "POST",
        "/__control__/faults",
        {"match": {"method": "GET", "path": "/v1/"}, "kind": "status", "status": 500},
    )
    assert run("sync", instance).success
    assert [row["number"] for row in live.posted().values()] == [f"HH-{bill['number']}"]


# --- failures


def escaped(error: Exception) -> dg.Failure:
    with pytest.raises(dg.Failure) as caught, as_failure():
        raise error
    return caught.value


def test_a_foreign_error_leaves_its_class_only() -> None:
    failure = escaped(ValueError(f"invalid literal for {CANARY}"))
    assert CANARY not in str(failure.description)
    assert "ValueError" in str(failure.description)
    assert failure.allow_retries is False


def test_a_foreign_error_of_a_run_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    def broken() -> None:
        raise ValueError(f"invalid literal for {CANARY}")

    monkeypatch.setattr(runtime, "_open", broken)
    assert not run("sync", instance).success
    assert "internal: ValueError" in everything(instance)
    assert CANARY not in everything(instance)


def test_our_own_error_says_what_to_do() -> None:
    failure = escaped(Misconfigured("There is no master key.", code="config:no-key"))
    assert failure.description == "config:no-key: There is no master key."


def test_a_hub_that_is_not_set_up_fails_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    def broken() -> None:
        raise Misconfigured("There is no master key.", code="config:no-key")

    monkeypatch.setattr(runtime, "_open", broken)
    result = run("sync", instance)
    assert not result.success
    assert "config:no-key: There is no master key." in everything(instance)


# --- the sensor


@pytest.fixture
def waiting(live: Town) -> None:
    """A hint nobody has handled, older than the grace a worker is given."""
    bill = live.bill(live.patient(), "PH1")
    with kernel().store.write(GROUP) as unit:
        accept(unit, PRACTICE, [Hint("invoices", bill["id"])])
        unit.db.exec_driver_sql("UPDATE inbox_message SET due_at = '2026-10-01 00:00:00.000000'")


def tick(instance: dg.DagsterInstance) -> dg.SensorExecutionData | dg.SkipReason | dg.RunRequest:
    context = dg.build_sensor_context(instance=instance)
    return next(iter(automation.waiting_work(context)))


def test_the_sensor_asks_for_a_run_only_when_something_has_waited(
    live: Town, instance: dg.DagsterInstance
) -> None:
    assert isinstance(tick(instance), dg.SkipReason)


@pytest.mark.usefixtures("waiting")
def test_waiting_work_asks_for_one_run_at_a_time(instance: dg.DagsterInstance) -> None:
    asked = tick(instance)
    assert isinstance(asked, dg.RunRequest)
    assert asked.tags == {"waiting": "1"}
    assert asked.run_key is None
    instance.create_run_for_job(defs.resolve_job_def("deliver"), status=dg.DagsterRunStatus.STARTED)
    assert isinstance(tick(instance), dg.SkipReason)


@pytest.mark.usefixtures("waiting")
def test_a_run_that_died_does_not_stop_the_sensor(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance.create_run_for_job(defs.resolve_job_def("deliver"), status=dg.DagsterRunStatus.STARTED)
    monkeypatch.setattr(automation, "LONGEST_RUN", timedelta(0))
    assert isinstance(tick(instance), dg.RunRequest)


# --- the worker's reporter


def test_the_reporter_tells_dagster_without_a_run(instance: dg.DagsterInstance) -> None:
    stamp = datetime(2026, 10, 12, tzinfo=UTC).isoformat()
    change = Change(("delivered", "xero", "credit-note"), {"delivered": 2, "held": 1}, stamp)
    answer = Answer(
        "nothing_held",
        "delivered",
        False,
        1,
        (GROUP,),
        ("id1",),
        "Run `hub holds`.",
        {f"c{n}": 30 - n for n in range(25)},
        {f"c{n}": "ops" for n in range(25)},
    )
    DagsterReporter(instance).report([change], [answer])
    event = instance.get_latest_materialization_event(dg.AssetKey(["delivered", "xero", "credit_note"]))
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["total"].value == 3
    assert event.run_id == ""
    found = red(instance)
    causes = by_cause(found)
    assert (causes[0], len(causes), found["nothing_held"]["more causes"]) == (("c0", 30, "ops"), 20, 5)


def test_worker_and_run_share_one_cursor(live: Town, instance: dg.DagsterInstance) -> None:
    live.bill(live.patient(), "PH1")
    run("sync", instance)
    assert reporting.report(kernel(), runtime.REPORTS, DagsterReporter(instance)) == 0


def test_a_run_for_hints_stays_for_the_next_one(
    live: Town, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "LINGER", 3.0)
    first, second = live.bill(live.patient(), "PH1"), live.bill(live.patient(), "PH2")

    def hint(bill: dict[str, object]) -> None:
        with kernel().store.write(GROUP) as unit:
            accept(unit, PRACTICE, [Hint("invoices", str(bill["id"]))])

    hint(first)
    later = threading.Timer(1.5, hint, [second])
    later.start()
    result = run("deliver", instance)
    later.join()
    assert told(result)["delivered/xero/invoice"] == 2
    assert len(live.posted()) == 2
