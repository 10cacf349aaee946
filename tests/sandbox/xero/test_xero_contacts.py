"""Contacts: natural keys, overwriting by name, archived and merged ones."""

from __future__ import annotations

from xero_world import messages

UNIQUE = (
    "The contact name {} is already assigned to another contact. "
    "The contact name must be unique across all active contacts."
)


def test_put_refuses_taken_names_and_numbers_post_overwrites(xero):
    first = xero.contact("Otter, Olive (HH-1)", "HH-1")
    taken = xero.send("PUT", "Contacts", {"Name": "otter,  OLIVE (HH-1)"})[0]
    assert messages(taken) == [UNIQUE.format("otter, OLIVE (HH-1)")]
    number = xero.send("PUT", "Contacts", {"Name": "Else", "ContactNumber": "HH-1"})[0]
    assert "contact number HH-1 is already assigned" in messages(number)[0]
    over = xero.send("POST", "Contacts", {"Name": "Otter, Olive (HH-1)", "EmailAddress": "o@example.test"})[0]
    assert over["ContactID"] == first
    renamed = xero.send("POST", "Contacts", {"ContactNumber": "HH-1", "Name": "Otter-Stone, Olive"})[0]
    assert (renamed["ContactID"], renamed["EmailAddress"]) == (first, "o@example.test")


def test_elements_are_settled_apart_and_in_order(xero):
    answers = xero.send(
        "PUT",
        "Contacts",
        {"Name": "A", "ContactNumber": "1"},
        {"Name": "B", "EmailAddress": "nonsense"},
        {"Name": "a"},
        {"Name": "C <c>"},
        {"ContactNumber": "9"},
        {"Name": "D"},
    )
    assert [a["StatusAttributeString"] for a in answers] == ["OK", "ERROR", "ERROR", "ERROR", "ERROR", "OK"]
    assert messages(answers[1]) == ["Email address must be valid."]
    assert "at least 1 of the following elements" in messages(answers[4])[0]
    assert [c["Name"] for c in xero.get("/Contacts", page=1)["Contacts"]] == ["A", "D"]


def test_summarized_errors_answer_400_although_the_good_ones_are_saved(xero, make):
    body = {"Contacts": [{"Name": "A"}, {"Name": "B", "EmailAddress": "x"}]}
    answer = xero.call("PUT", "/Contacts", body)
    assert answer.status_code == 400
    assert (answer.json()["ErrorNumber"], answer.json()["Type"]) == (10, "ValidationException")
    assert [e["Name"] for e in answer.json()["Elements"]] == ["B"]
    assert len(xero.get("/Contacts")["Contacts"]) == 1
    other = make(summarized_saves=False)
    assert other.call("PUT", "/Contacts", body).status_code == 400
    assert other.get("/Contacts")["Contacts"] == []


def test_archived_contacts_cannot_be_touched_by_the_api(xero):
    who = xero.contact()
    xero.hand("archive_contact", {"number": "HH-1"})
    edited = xero.send("POST", "Contacts", {"ContactID": who, "Name": "Other"})[0]
    restored = xero.send("POST", "Contacts", {"ContactNumber": "HH-1", "ContactStatus": "ACTIVE"})[0]
    for refused in (edited, restored):
        assert messages(refused)[0].endswith("Archived contacts cannot currently be edited via the API.")
    assert xero.get("/Contacts")["Contacts"] == []
    where = 'ContactNumber=="HH-1" OR ContactNumber=="HH-2"'
    assert xero.get("/Contacts", where=where)["Contacts"] == []
    found = xero.get("/Contacts", where=where, includeArchived="true", page=1)["Contacts"]
    assert [c["ContactStatus"] for c in found] == ["ARCHIVED"]
    number = xero.send("PUT", "Contacts", {"Name": "New", "ContactNumber": "HH-1"})[0]
    assert "already assigned" in messages(number)[0]  # numbers stay taken, names are freed
    assert xero.send("PUT", "Contacts", {"Name": "Otter, Olive (HH-1)"})[0]["StatusAttributeString"] == "OK"


def test_merging_moves_documents_and_names_the_survivor(xero):
    made = xero.invoice("HH-1")
    keep = xero.contact("Otter, O", "keep")
    xero.hand("merge_contacts", {"from": {"number": "C-HH-1"}, "into": "Otter, O"})
    gone = xero.get(f"/Contacts/{made['Contact']['ContactID']}")["Contacts"][0]
    assert (gone["ContactStatus"], gone["MergedToContactID"]) == ("ARCHIVED", keep)
    assert xero.get(f"/Invoices/{made['InvoiceID']}")["Invoices"][0]["Contact"]["ContactID"] == keep


def test_by_number_path_and_ids_parameter(xero):
    one, two = xero.contact("A", "HH-1"), xero.contact("B", "HH-2")
    assert xero.get("/Contacts/HH-2")["Contacts"][0]["ContactID"] == two
    assert len(xero.get("/Contacts", IDs=f"{one},{two}")["Contacts"]) == 2
    assert xero.call("GET", "/Contacts/nobody").status_code == 404
    assert "html" in xero.call("GET", "/Contacts/nobody").headers["content-type"]


def test_fields_beside_the_id_in_a_document_change_the_contact(xero):
    who = xero.contact()
    xero.invoice("HH-1", Contact={"ContactID": who, "Name": "Changed by an invoice"})
    assert xero.get(f"/Contacts/{who}")["Contacts"][0]["Name"] == "Changed by an invoice"


def test_a_person_renames_creates_and_history_is_kept(xero):
    made = xero.hand("create_contact", {"name": "By Hand", "contact_number": "HH-7"})
    xero.hand("rename_contact", {"name": "By Hand", "to": "By Other Hand"})
    path = f"/Contacts/{made['contact_id']}/History"
    note = {"HistoryRecords": [{"Details": "Linked by a sync"}]}
    assert xero.call("PUT", path, note).status_code == 200
    assert xero.get(path)["HistoryRecords"][0]["Details"] == "Linked by a sync"
    assert xero.get(f"/Contacts/{made['contact_id']}")["Contacts"][0]["Name"] == "By Other Hand"
