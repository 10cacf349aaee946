"""A person's hands in Xero: `POST /__control__/hands/<action>`, JSON in and out, never limited.

A person is bound by Xero's rules as an app is (a refusal answers 400 {"error": Xero's messages}), except
that a person may edit, restore and rename archived contacts and delete reconciled payments. What a person
does has no app behind it (`by_app` null in the ledger) and raises the same webhook events.

Every body may carry `tenant` (id, name or short code; default: the first organisation). Money is integer
cents, dates are YYYY-MM-DD. INV means `"number"` or `"invoice_id"`; CONTACT means `"contact_id"`, `"number"`
or `"name"` (as an object where it is a value: {"number": "HH-1"}; a bare text is a name).

| action | body | answer |
|---|---|---|
| setup | organisation {name, tenant_id?, short_code?, timezone?, currency?, version?, sales_tax_basis?,
  pays_tax?, period_lock_date?, end_of_year_lock_date?}, accounts? [{code, name, type, tax_type?,
  system_account?, enable_payments?}], tax_rates? [{tax_type, name, rate, applies [REVENUE, ...], status?}]
  beside the Australian defaults, tracking? [{name, options}], apps? [{client_id, client_secret? (null =
  PKCE), name?, custom?}] |
  tenant_id, accounts {code: id}, tracking {category: {option: id}}. Idempotent; DEBTORS, GST and ROUNDING
  accounts are added where not given |
| grant | client_id, tenants? [..], scope?, adviser? false | grant_id, refresh_token, connections [{id,
  tenant_id}] |
| code | client_id, tenants?, challenge? (PKCE S256) | code, for grant_type authorization_code |
| expire_tokens | | every access token has expired |
| disconnect | client_id? (default: all) | removed: how many connections. Calls then answer 403 |
| lock_period | date or null; or end_of_year: date or null | |
| create_contact | name, contact_number?, email?, first_name?, last_name?, account_number?, tax_number? |
  contact_id |
| rename_contact | CONTACT, to | contact_id |
| archive_contact, restore_contact | CONTACT | contact_id |
| merge_contacts | from CONTACT, into CONTACT | contact_id: the survivor, to which all documents move |
| archive_account, restore_account | code | account_id |
| create_invoice | contact CONTACT (a new name makes a contact), number?, date?, due_date?, reference?,
  status? AUTHORISED, mode? Inclusive, lines [{description, cents, account, tax_type?, option?}] |
  invoice_id, number |
| edit_invoice | INV, new_number?, date?, due_date?, reference?, contact?, mode?, lines? | as above |
| void_invoice | INV, remove_payments? false | as above |
| create_credit_note | as create_invoice | credit_note_id, number |
| allocate_credit | credit_number, INV, cents, date? | allocation_id |
| pay_invoice | INV, account, cents? (default: all that is due), date?, reference?, reconciled? | payment_id |
| reconcile_payment | payment_id or INV (all its payments), reconciled? true | payment_ids |
| delete_payment | payment_id or INV (all its payments) | payment_ids |
| spend_money, receive_money | contact CONTACT, bank (account code), lines as above, date?, reference?,
  mode? Inclusive | bank_transaction_id |
| transfer_money | from, to (account codes), cents, date?, reference? | transfer_id |
| reconcile_bank | bank_transaction_id, transfer_id or batch_payment_id, reconciled? true | the same id |
| register_webhook | client_id, url, key | webhooks; starts the intent-to-receive check |
| enable_webhook | client_id, reverse? (events of a body in reverse order) | webhooks; checks intent again |
| resend_events | client_id, events [event bodies] | webhooks; sends them again as duplicates |
| webhooks | | webhooks [{client_id, url, status INTENT, OK, FAILED or OFF, sequence, waiting}] |
| look | kind (a list of the API: Contacts, Invoices, BankTransfers, ...), where? (Xero's expression) |
  found: as the API shows them |
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from connectors.sandbox.wire import Request, Response
from connectors.sandbox.xero import grants, hands_bank, hands_books, hooks, lists, seed
from connectors.sandbox.xero.call import Call
from connectors.sandbox.xero.listings import LISTINGS
from connectors.sandbox.xero.state import XeroState
from connectors.sandbox.xero.values import Doc, Missing, Refused, Unreadable, ms
from connectors.sandbox.xero.where import QueryError

Act = Callable[[XeroState, Doc, datetime], Doc]


ON_BOOKS = hands_books.ACTIONS | hands_bank.ACTIONS


def act(request: Request, state: XeroState, now: datetime) -> Response:
    """Do one action; what is refused or wrong answers 400 {"error"} and changes nothing."""
    name = request.path.rsplit("/", 1)[-1]
    try:
        body = request.json() or {}
        if name in OFFICE:
            return Response.json(OFFICE[name](state, body, now))
        if name not in ON_BOOKS:
            known = ", ".join(sorted([*OFFICE, *ON_BOOKS]))
            return Response.json({"error": f"no action {name!r}; there are: {known}"}, 404)
        tenant = state.tenant(body.get("tenant"))
        call = Call(state.books(tenant), now, precise=True)
        answer = ON_BOOKS[name](call, body)
        hooks.note(state, call, tenant)
        return Response.json(answer)
    except Refused as refusal:
        return _wrong(state, "; ".join(refusal.messages))
    except (Missing, Unreadable, QueryError, ValueError, KeyError, TypeError, AttributeError) as error:
        return _wrong(state, f"{type(error).__name__}: {error}")


def _wrong(state: XeroState, message: str) -> Response:
    state.store.rollback()
    state.reload()
    return Response.json({"error": message}, 400)


def _tenants(state: XeroState, body: Doc) -> list[str]:
    return [state.tenant(name) for name in body.get("tenants") or [body.get("tenant")]]


def _grant(state: XeroState, body: Doc, now: datetime) -> Doc:
    if state.app(body["client_id"]) is None:
        raise ValueError(f"no app {body['client_id']!r}")
    grant = grants.new_grant(state, body["client_id"], _tenants(state, body), now)
    grant |= {"scope": body.get("scope") or grant["scope"], "adviser": bool(body.get("adviser"))}
    refresh = grants.rotate(state, grant, now)
    mine = [found for found in state.store.all("connection") if found["grant"] == grant["id"]]
    return {
        "grant_id": grant["id"],
        "refresh_token": refresh,
        "connections": [{"id": found["id"], "tenant_id": found["tenant"]} for found in mine],
    }


def _code(state: XeroState, body: Doc, now: datetime) -> Doc:
    grant = grants.new_grant(state, body["client_id"], _tenants(state, body), now)
    code = state.uuid("code")
    kept = {
        "client": body["client_id"],
        "grant": grant["id"],
        "challenge": body.get("challenge"),
        "until": ms(now + grants.CODE_LIFE),
    }
    state.store.put("code", code, kept)
    return {"code": code}


def _expire(state: XeroState, body: Doc, now: datetime) -> Doc:
    for token in state.store.all("access"):
        state.store.delete("access", token["id"])
    return {}


def _disconnect(state: XeroState, body: Doc, now: datetime) -> Doc:
    tenant = state.tenant(body.get("tenant"))
    gone = 0
    for found in state.store.all("connection"):
        grant = state.store.peek("grant", found["grant"]) or {"client": None}
        if found["tenant"] == tenant and body.get("client_id") in (None, grant["client"]):
            state.store.delete("connection", found["id"])
            gone += 1
    return {"removed": gone}


def _lock(state: XeroState, body: Doc, now: datetime) -> Doc:
    tenant = state.tenant(body.get("tenant"))
    organisation = state.store.get("organisation", tenant)
    assert organisation is not None
    for sent, kept in (("date", "period_lock"), ("end_of_year", "year_lock")):
        if sent in body:
            organisation[kept] = body[sent]
    state.store.put("organisation", tenant, organisation)
    return {
        "period_lock_date": organisation["period_lock"],
        "end_of_year_lock_date": organisation["year_lock"],
    }


def _register(state: XeroState, body: Doc, now: datetime) -> Doc:
    hooks.register(state, body["client_id"], body["url"], body["key"])
    return {"webhooks": hooks.listed(state)}


def _enable(state: XeroState, body: Doc, now: datetime) -> Doc:
    hook = state.store.get("webhook", body["client_id"])
    if hook is None:
        raise ValueError("no webhook is registered for this app")
    hook = hooks.register(state, hook["id"], hook["url"], hook["key"])
    state.store.put("webhook", hook["id"], {**hook, "reverse": bool(body.get("reverse"))})
    return {"webhooks": hooks.listed(state)}


def _resend(state: XeroState, body: Doc, now: datetime) -> Doc:
    hook = state.store.get("webhook", body["client_id"])
    if hook is None:
        raise ValueError("no webhook is registered for this app")
    for event in body["events"]:
        hook["sequence"] += 1
        key = f"{hook['id']}|{hook['sequence']}"
        kept = {"id": key, "hook": hook["id"], "seq": hook["sequence"], "at": ms(now), "body": event}
        state.store.put("event", key, kept)
    state.store.put("webhook", hook["id"], hook)
    return {"webhooks": hooks.listed(state)}


def _look(state: XeroState, body: Doc, now: datetime) -> Doc:
    books = state.books(state.tenant(body.get("tenant")))
    listing = LISTINGS[body["kind"]]
    query = [("page", "1"), ("pageSize", "1000"), ("includeArchived", "true"), ("unitdp", "4")]
    if body.get("where"):
        query.append(("where", body["where"]))
    request = Request("GET", "/", tuple(query), {}, b"", "")
    return {"found": lists.answer(books, listing, request, None)[listing.plural]}


OFFICE: dict[str, Act] = {
    "setup": seed.setup,
    "grant": _grant,
    "code": _code,
    "expire_tokens": _expire,
    "disconnect": _disconnect,
    "lock_period": _lock,
    "register_webhook": _register,
    "enable_webhook": _enable,
    "resend_events": _resend,
    "webhooks": lambda state, body, now: {"webhooks": hooks.listed(state)},
    "look": _look,
}
