"""Looking up contacts, invoices and credit notes: by the id we hold, else by number.

IDs and InvoiceNumbers are parameters, not filters, so that very large organisations answer them; contacts
and credit notes are asked by `where` (Xero developer docs: contacts, invoices, credit notes).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from connectors.xero import seeing, wire
from connectors.xero.looking_money import applied
from connectors.xero.looking_round import GUIDS, IDS, NUMBERS, Round, number_of
from connectors.xero.wire import Element
from hub.documents import DocKind
from hub.targets import Key, Life, Seen


def contacts(round_: Round) -> Iterable[Seen]:
    """What stands under each contact key; archived and merged ones included."""
    keys = round_.keys[DocKind.CONTACT]
    by_id: dict[str | None, list[Element]] = defaultdict(list)
    for ids in wire.chunks([k.external_id for k in keys if k.external_id], IDS):
        for element in round_.client.pages("get_contacts", "Contacts", i_ds=ids, include_archived=True):
            by_id[wire.guid(element, "ContactID")].append(element)
    by_number: dict[str, list[Element]] = defaultdict(list)
    numbers = [number_of(key) for key in keys if key.external_id not in by_id]
    for part in wire.chunks(numbers, NUMBERS):
        where = wire.any_of("ContactNumber", part, is_guid=False)
        for element in round_.client.pages("get_contacts", "Contacts", where=where, include_archived=True):
            by_number[str(element.get("ContactNumber"))].append(element)
    for key in keys:
        elements = by_id.get(key.external_id) or by_number.get(number_of(key), [])
        living = [e for e in elements if e.get("ContactStatus") in (None, "ACTIVE")]
        if len(living) > 1:
            yield seeing.ambiguous(key, "two active contacts carry our contact code")
        elif elements:
            yield seeing.contact(key, (living or elements)[0], round_.links)
        else:
            yield seeing.absent(key)


def numbered(round_: Round, kind: DocKind) -> dict[str, tuple[Key, list[Element]]]:
    """Invoices or credit notes with every candidate found by id, else by number."""
    keys = round_.keys[kind]
    invoice = kind is DocKind.INVOICE
    id_field, number_field = (
        ("InvoiceID", "InvoiceNumber") if invoice else ("CreditNoteID", "CreditNoteNumber")
    )
    by_id: dict[str | None, list[Element]] = defaultdict(list)
    for element in documents(round_, kind, [k.external_id for k in keys if k.external_id], ids=True):
        by_id[wire.guid(element, id_field)].append(element)
    by_number: dict[str, list[Element]] = defaultdict(list)
    for element in documents(
        round_, kind, [number_of(k) for k in keys if k.external_id not in by_id], ids=False
    ):
        by_number[str(element.get(number_field))].append(element)
    return {k.document: (k, by_id.get(k.external_id) or by_number.get(number_of(k), [])) for k in keys}


def documents(round_: Round, kind: DocKind, values: list[str], *, ids: bool) -> Iterable[Element]:
    """Sales invoices or credit notes by ids or by numbers, with lines."""
    if kind is DocKind.INVOICE:
        for part in wire.chunks(values, IDS if ids else NUMBERS):
            asked = {"i_ds": part} if ids else {"invoice_numbers": part}
            found = round_.client.pages("get_invoices", "Invoices", unitdp=4, **asked)
            yield from (element for element in found if element.get("Type") == "ACCREC")
        return
    field_name = "CreditNoteID" if ids else "CreditNoteNumber"
    for part in wire.chunks(values, GUIDS):
        where = wire.any_of(field_name, part, is_guid=ids)
        for element in round_.client.pages("get_credit_notes", "CreditNotes", where=where, unitdp=4):
            if element.get("Type") == "ACCRECCREDIT":
                credit = wire.guid(element, "CreditNoteID")
                if credit:
                    round_.credits[credit] = element
                    round_.client.credit_notes[credit] = True
                yield element


def document(round_: Round, key: Key, elements: list[Element]) -> Seen:
    """What stands under one key, of the candidates found for it."""
    seen = [seeing.document(key, e, applied(round_, e), round_.links) for e in elements]
    mine = [s for s in seen if s.life in (Life.LIVE, Life.ENDED)]
    living = [s for s in mine if s.life is Life.LIVE]
    if len(living) > 1:
        return seeing.ambiguous(key, "two living documents carry our mark")
    strangers = [s for s in seen if s.life is Life.FOREIGN]
    return next(iter(living or strangers or mine), None) or seeing.absent(key)
