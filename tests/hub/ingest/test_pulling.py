"""Pulling and normalising against the sandbox: everything, edits, archives, interruptions, limits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.cliniko.client import ClinikoClient
from hub import ingest
from hub.canonical import (
    ChargeItem,
    Evidence,
    Invoice,
    InvoiceStatus,
    Location,
    Patient,
    Payment,
    Practitioner,
)
from hub.contracts import Ask, Page, Stream
from hub.store.tables import stream_cursor
from tests.support.clinic import CONNECTION, GEELONG, GROUP, Clinic, Hub


def test_first_pull_reads_everything_and_a_second_changes_nothing(hub: Hub, clinic: Clinic) -> None:
    made = clinic.invoice(9500, 12000)
    first = hub.sync()
    assert first.changed["invoice"] == 1
    invoice = hub.get(Invoice.kind, made["id"])
    assert (invoice.number, invoice.total, invoice.status) == (str(made["number"]), 21500, InvoiceStatus.OPEN)
    assert invoice.location == GEELONG
    assert {p.name: p.active for p in hub.all(Practitioner.kind)} == {"Ana Canary": True, "Zed Canary": False}
    assert {item.code for item in hub.all(ChargeItem.kind)} == {"PH2", "PR1"}
    assert len(hub.all(Location.kind)) == 3
    assert len(hub.all(Patient.kind)) == 1
    assert hub.marked() == {str(made["number"]), f"patient:{clinic.patient}"}
    hub.planned()
    second = hub.sync()
    assert (second.bundles, second.changed) == (0, {})
    assert hub.marked() == set()


@pytest.mark.parametrize("item_edit", ["replace", "in_place"])
@pytest.mark.parametrize("bumps", [True, False])
def test_an_edit_of_lines_is_seen_however_the_vendor_stores_it(
    hub: Hub, clinic: Clinic, item_edit: str, bumps: bool
) -> None:
    clinic.control("switches", item_edit=item_edit, item_edit_bumps_invoice=bumps)
    made = clinic.invoice(9500)
    hub.sync()
    hub.planned()
    clinic.clock.advance(3600)
    items = [{"billable_item_id": "301", "unit_price_cents": price} for price in (9500, 1650)]
    clinic.hands("edit_invoice", invoice_id=made["id"], items=items)
    hub.sync()
    invoice = hub.get(Invoice.kind, made["id"])
    assert [line.gross for line in invoice.lines] == [9500, 1650]
    assert hub.marked() == {str(made["number"])}
    assert hub.issues() == []


@pytest.mark.parametrize("bumps", [True, False])
def test_an_archived_invoice_is_seen_by_the_sweep(hub: Hub, clinic: Clinic, bumps: bool) -> None:
    clinic.control("switches", archive_bumps_updated_at=bumps)
    made = clinic.invoice(9500)
    hub.sync()
    hub.planned()
    clinic.clock.advance(86400)
    clinic.hands("archive_invoice", invoice_id=made["id"])
    hub.sync()
    assert hub.get(Invoice.kind, made["id"]).status is InvoiceStatus.REMOVED
    assert hub.marked() == {str(made["number"])}


def test_a_record_that_returns_to_what_it_was_is_a_third_version(hub: Hub, clinic: Clinic) -> None:
    for name in ("Jordan", "Jordyn", "Jordan"):
        clinic.clock.advance(600)
        clinic.hands("edit_patient", patient_id=clinic.patient, first_name=name)
        hub.sync()
        assert hub.get(Patient.kind, clinic.patient).first_name == name
    assert hub.versions("patients", clinic.patient) == 3


def test_a_tax_deleted_without_trace_is_missed_by_the_complete_listing(hub: Hub, clinic: Clinic) -> None:
    hub.sync()
    clinic.hands("remove", resource="taxes", id="1")
    report = hub.pull()["taxes"]
    assert (report.changed, report.complete) == (1, True)


def test_a_malformed_record_is_one_issue_and_the_rest_goes_on(hub: Hub, clinic: Clinic) -> None:
    bad, good = clinic.invoice(9500), clinic.invoice(4400)
    clinic.hands("corrupt_invoice", invoice_id=bad["id"], set={"total_amount": "ninety-five dollars"})
    hub.sync()
    assert hub.issues() == [(str(bad["number"]), "record:malformed")]
    assert hub.get(Invoice.kind, bad["id"]) is None
    assert hub.get(Invoice.kind, good["id"]).total == 4400
    clinic.clock.advance(600)
    clinic.hands("corrupt_invoice", invoice_id=bad["id"])
    hub.sync()
    assert hub.issues() == []
    assert hub.get(Invoice.kind, bad["id"]).total == 9500


def test_a_good_invoice_that_turns_malformed_keeps_its_value_and_has_its_case_stopped(
    hub: Hub, clinic: Clinic
) -> None:
    made = clinic.invoice(9500)
    hub.sync()
    hub.planned()
    clinic.clock.advance(600)
    clinic.hands("corrupt_invoice", invoice_id=made["id"], remove=["number"])
    hub.sync()
    assert hub.get(Invoice.kind, made["id"]).total == 9500
    assert [cause for _, cause in hub.issues()] == ["record:malformed"]
    assert hub.marked() == {str(made["number"])}


def test_lines_that_miss_the_total_are_read_once_more_as_a_whole_then_an_issue(
    hub: Hub, clinic: Clinic
) -> None:
    made = clinic.invoice(9500)
    clinic.hands("corrupt_invoice", invoice_id=made["id"], off_by_cents=500)
    hub.pull()
    before = len(clinic.calls)
    assert hub.normalise().refetched == 1
    assert [call.split("?")[0] for call in clinic.calls[before:]] == [
        f"/v1/invoices/{made['id']}",
        "/v1/invoice_items",
    ]
    assert hub.issues() == [(str(made["number"]), "bundle:incomplete")]
    assert hub.sync().refetched == 0


def test_a_bundle_that_was_incomplete_between_two_reads_heals_by_the_refetch(
    hub: Hub, clinic: Clinic
) -> None:
    made = clinic.invoice(9500)
    clinic.hands("corrupt_invoice", invoice_id=made["id"], off_by_cents=500)
    hub.pull()
    clinic.hands("corrupt_invoice", invoice_id=made["id"])
    hub.normalise()
    assert hub.issues() == []
    assert hub.get(Invoice.kind, made["id"]).total == 9500


def test_a_paid_invoice_has_a_derived_settlement_without_a_method(hub: Hub, clinic: Clinic) -> None:
    made = clinic.invoice(9500)
    clinic.pay(9500, (made["id"], 9500))
    hub.sync()
    (payment,) = hub.all(Payment.kind)
    assert payment.evidence is Evidence.DERIVED
    assert [(s.method, s.amount) for s in payment.sources] == [(None, 9500)]
    clinic.clock.advance(600)
    clinic.hands("set_status", invoice_id=made["id"], status=10)
    hub.sync()
    assert hub.all(Payment.kind) == []


def test_a_first_load_that_is_interrupted_goes_on_where_it_was(
    hub: Hub, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(250):
        clinic.hands("create_patient", first_name=f"Canary {number}", last_name="Example")
    listing = ClinikoClient.page

    def slow(self: ClinikoClient, stream: Stream, ask: Ask, after: str | None) -> Page:
        clinic.clock.advance(3600)
        return listing(self, stream, ask, after)

    monkeypatch.setattr(ClinikoClient, "page", slow)
    slices = []
    for _ in range(3):
        clinic.calls.clear()
        report = ingest.pull(hub.kernel, GROUP, CONNECTION, "patients", hub.until(timedelta(minutes=1)))
        slices.append((report.pages, report.records, report.complete, len(clinic.calls)))
    assert slices == [(1, 100, False, 1), (1, 100, False, 1), (1, 51, True, 1)]


def _cut_after_a_page(hub: Hub, clinic: Clinic, monkeypatch: pytest.MonkeyPatch, stream: str) -> None:
    """A slice that ends after the first page of a stream."""
    listing = ClinikoClient.page

    def slow(self: ClinikoClient, stream: Stream, ask: Ask, after: str | None) -> Page:
        clinic.clock.advance(3600)
        return listing(self, stream, ask, after)

    with monkeypatch.context() as patched:
        patched.setattr(ClinikoClient, "page", slow)
        report = ingest.pull(hub.kernel, GROUP, CONNECTION, stream, hub.until(timedelta(minutes=1)))
    assert (report.pages, report.complete) == (1, False)


def test_a_pull_after_an_interrupted_one_is_complete_only_with_what_changed_since(
    hub: Hub, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.pull()
    _cut_after_a_page(hub, clinic, monkeypatch, "patients")
    made = clinic.hands("create_patient", first_name="Canary", last_name="Later")
    report = ingest.pull(hub.kernel, GROUP, CONNECTION, "patients", hub.until())
    assert report.complete
    hub.normalise()
    assert made["id"] in {one.source.source_id for one in hub.all(Patient.kind)}


def test_the_cursor_never_passes_the_start_of_the_run(hub: Hub, clinic: Clinic) -> None:
    ahead = (clinic.clock.now() + timedelta(minutes=30)).isoformat()
    clinic.hands("create_patient", first_name="Canary", last_name="Ahead", at=ahead)
    hub.pull()
    with hub.kernel.store.read(GROUP) as unit:
        query = stream_cursor.select().where(stream_cursor.c.stream == "patients")
        row = unit.db.execute(query).one()
    assert row.committed == clinic.clock.now()


def test_a_limit_of_the_vendor_pauses_the_connection_and_is_never_slept(hub: Hub, clinic: Clinic) -> None:
    clinic.control("limits", per_minute=3)
    clinic.clock.advance(120)
    reports = hub.pull()
    assert [r.error.code for r in reports.values() if r.error] == ["rate-limited"]
    state = hub.state()
    assert state.paused_until is not None
    assert state.paused_until > clinic.clock.now()
    assert sum(clinic.clock.slept) < 5
    assert hub.pull()["account"].error is not None


def test_a_dead_key_asks_for_a_reconnect_and_deletes_nothing(hub: Hub, clinic: Clinic) -> None:
    made = clinic.invoice(9500)
    hub.sync()
    clinic.hands("put", resource="users", fields={"id": "1002", "active": False})
    report = next(iter(hub.pull().values()))
    assert report.error is not None
    assert report.error.code == "cliniko:key"
    assert hub.state().reconnect
    assert hub.get(Invoice.kind, made["id"]).total == 9500


def test_a_stream_that_another_worker_reads_is_waited_for_and_never_read_twice(
    hub: Hub, clinic: Clinic
) -> None:
    hub.sync()
    other = stream_cursor.update().where(stream_cursor.c.stream == "patients")
    with hub.kernel.store.write(GROUP) as unit:
        until = clinic.clock.now() + timedelta(seconds=3)
        unit.db.execute(other.values(lease_owner="other", lease_until=until))
    report = hub.pull()["patients"]
    assert (report.error, report.complete) == (None, True)
    with hub.kernel.store.write(GROUP) as unit:
        until = clinic.clock.now() + timedelta(minutes=2)
        unit.db.execute(other.values(lease_owner="other", lease_until=until))
    report = hub.pull()["patients"]
    assert report.error is not None
    assert (report.error.code, report.pages) == ("lease-lost", 0)
