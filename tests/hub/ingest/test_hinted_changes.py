"""Hints: stored, merged only while unhandled, and fetched through the ingest path."""

from __future__ import annotations

from hub import inbox
from hub.canonical import Invoice, Patient
from hub.contracts import Hint
from tests.support.clinic import CONNECTION, GROUP, TARGET, Clinic, Hub


def accept(hub: Hub, stream: str, source_id: str, connection: str = CONNECTION) -> int:
    with hub.kernel.store.write(GROUP, agent="receiver") as unit:
        return inbox.accept(unit, connection, [Hint(stream, source_id)])


def test_a_hint_leads_to_the_record_its_items_and_its_unknown_patient(hub: Hub, clinic: Clinic) -> None:
    hub.sync()
    patient = clinic.hands("create_patient", first_name="New", last_name="Canary")["id"]
    made = clinic.invoice(9500, 4400, patient_id=patient)
    accept(hub, "invoices", made["id"])
    report = inbox.handle(hub.kernel, GROUP, hub.until())
    assert (report.handled, report.failed, report.next_due) == (1, 0, None)
    assert [line.gross for line in hub.get(Invoice.kind, made["id"]).lines] == [9500, 4400]
    assert hub.get(Patient.kind, patient).first_name == "New"
    assert str(made["number"]) in hub.marked()
    assert hub.normalise().bundles == 0


def test_a_hint_about_an_item_reads_its_invoice(hub: Hub, clinic: Clinic) -> None:
    made = clinic.invoice(9500)
    accept(hub, "invoice_items", made["items"][0]["id"])
    assert inbox.handle(hub.kernel, GROUP, hub.until()).handled == 1
    assert hub.get(Invoice.kind, made["id"]).total == 9500


def test_equal_hints_are_merged_until_one_is_handled(hub: Hub, clinic: Clinic) -> None:
    made = clinic.invoice(9500)
    assert accept(hub, "invoices", made["id"]) == 1
    assert accept(hub, "invoices", made["id"]) == 0
    assert inbox.handle(hub.kernel, GROUP, hub.until()).handled == 1
    assert accept(hub, "invoices", made["id"]) == 1


def test_a_hint_that_overtakes_its_record_is_tried_again_later(hub: Hub, clinic: Clinic) -> None:
    accept(hub, "invoices", "1950045552234100108")
    report = inbox.handle(hub.kernel, GROUP, hub.until())
    assert (report.handled, report.failed) == (0, 1)
    assert report.next_due is not None
    clinic.invoice(9500, id="1950045552234100108")
    clinic.clock.advance(2)
    assert inbox.handle(hub.kernel, GROUP, hub.until()).handled == 1


def test_a_hint_that_is_no_id_reaches_no_path_of_the_vendor(hub: Hub, clinic: Clinic) -> None:
    before = len(clinic.calls)
    accept(hub, "invoices", "../patients/1")
    inbox.handle(hub.kernel, GROUP, hub.until())
    accept(hub, "no_such_stream", "1")
    assert inbox.handle(hub.kernel, GROUP, hub.until()).ignored == 1
    assert len(clinic.calls) == before


def test_a_limit_puts_the_hint_back_until_it_ends(hub: Hub, clinic: Clinic) -> None:
    made = clinic.invoice(9500)
    hub.sync()
    clinic.control("limits", per_minute=1)
    clinic.clock.advance(120)
    accept(hub, "invoices", made["id"])
    report = inbox.handle(hub.kernel, GROUP, hub.until())
    assert (report.handled, report.failed) == (0, 1)
    clinic.control("limits", per_minute=0)
    clinic.clock.advance(61)
    assert inbox.handle(hub.kernel, GROUP, hub.until()).handled == 1


def test_a_hint_about_an_object_of_the_target_that_is_not_ours_is_ignored(hub: Hub) -> None:
    accept(hub, "invoices", "0f0e", connection=TARGET)
    report = inbox.handle(hub.kernel, GROUP, hub.until())
    assert (report.handled, report.ignored) == (0, 1)
