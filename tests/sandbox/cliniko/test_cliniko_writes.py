"""The few writes, people's records, faults, and durability."""

from __future__ import annotations

import httpx

from connectors.sandbox.cliniko import SANDBOX
from connectors.sandbox.cliniko.state import DEFAULT_KEY
from connectors.sandbox.shells import serve
from tests.sandbox.cliniko.conftest import AGENT, ANA, GEELONG

VISIT = {
    "practitioner_id": ANA,
    "business_id": GEELONG,
    "appointment_type_id": "514810976034364376",
    "starts_at": "2026-10-06T22:00:00Z",
}


def test_patient_is_created_updated_archived_and_brought_back(clinic):
    made = clinic.http.post(
        "/v1/patients", json={"first_name": "Casey", "last_name": "Canary", "old_reference_id": "X1"}
    )
    assert made.status_code == 201
    id_ = made.json()["id"]
    assert made.headers["Location"].endswith(id_)
    for verb in ("PATCH", "PUT"):
        changed = clinic.http.request(
            verb, f"/v1/patients/{id_}", json={"email": f"{verb.lower()}@example.com"}
        )
        assert (changed.status_code, changed.json()["email"]) == (200, f"{verb.lower()}@example.com")
    assert clinic.ids("patients", "old_reference_id:=X1") == [id_]
    assert clinic.http.post(f"/v1/patients/{id_}/archive").status_code == 204
    assert clinic.get(f"patients/{id_}").status_code == 404
    assert clinic.http.post(f"/v1/patients/{id_}/unarchive").status_code == 200
    assert clinic.get(f"patients/{id_}").status_code == 200


def test_validation_is_422(clinic):
    answer = clinic.http.post("/v1/patients", json={"first_name": "Casey"})
    assert answer.status_code == 422
    assert answer.json() == {"message": "Validation Failed", "errors": {"last_name": "can't be blank"}}


def test_visit_is_booked_moved_cancelled(clinic):
    made = clinic.http.post(
        "/v1/individual_appointments", json={**VISIT, "patient_id": clinic.patient}
    ).json()
    assert (made["ends_at"], made["patient_name"]) == ("2026-10-06T22:30:00Z", "Jordan Canary")
    moved = clinic.http.patch(
        f"/v1/individual_appointments/{made['id']}", json={"starts_at": "2026-10-07T22:00:00Z"}
    )
    assert moved.json()["starts_at"] == "2026-10-07T22:00:00Z"
    path = f"/v1/individual_appointments/{made['id']}/cancel"
    assert clinic.http.patch(path, json={}).status_code == 422
    assert clinic.http.patch(path, json={"cancellation_reason": 30}).status_code == 204
    assert clinic.ids("individual_appointments") == []


def test_arrival_is_set_on_the_attendee(clinic):
    visit = clinic.hands("book", patient_id=clinic.patient, **VISIT)
    done = clinic.http.patch(f"/v1/attendees/{visit['attendee_id']}", json={"arrived": True})
    assert done.json()["arrived"] is True
    assert clinic.get(f"individual_appointments/{visit['id']}").json()["patient_arrived"] is True


def test_merged_patient_points_at_the_winner(clinic):
    loser = clinic.hands("create_patient", first_name="J", last_name="Canary")["id"]
    clinic.hands("merge_patients", loser_id=loser, winner_id=clinic.patient)
    shown = clinic.rows("patients", f"id:={loser}", "archived_at:*")[0]
    assert shown["merged_with_patient"]["links"]["self"].endswith(clinic.patient)
    assert shown["merged_at"]


def test_fault_after_the_effect_leaves_the_effect(clinic):
    spec = {"match": {"method": "POST", "path": "^/v1/patients$"}, "kind": "reset_after"}
    clinic.http.post("/__control__/faults", json=spec)
    try:
        clinic.http.post("/v1/patients", json={"first_name": "Lost", "last_name": "Canary"})
        lost = False
    except httpx.ReadError:
        lost = True
    assert lost
    assert len(clinic.ids("patients", "first_name:=Lost")) == 1


def test_effects_survive_a_restart_and_links_follow_the_callers_base(tmp_path):
    path = tmp_path / "cliniko.db"
    first = SANDBOX.open(path, 3)
    running = serve(SANDBOX, first)
    headers = {"User-Agent": AGENT}
    try:
        with httpx.Client(base_url=running.url, auth=(DEFAULT_KEY, ""), headers=headers) as http:
            made = http.post("/v1/patients", json={"first_name": "Casey", "last_name": "Canary"}).json()
            assert made["links"]["self"] == f"{running.url}/v1/patients/{made['id']}"
            http.post("/__control__/switches", json={"ids": "numbers"})
    finally:
        running.stop()
        first.close()
    again = SANDBOX.open(path, 3)
    try:
        assert again.store.peek("48211/patients", made["id"])["first_name"] == "Casey"
        assert again.switch("ids") == "numbers"
    finally:
        again.close()
