"""People's hands and the banks': `POST /__control__/hands/<action>`, JSON in and out, never limited.

Every body may carry `account` (default: the one the sandbox starts with). Money is integer cents. What is
refused answers 400 {"error"} and changes nothing. Webhooks and events follow as from any other cause.

| action | body | answer |
|---|---|---|
| setup | id?, name?, email?, interval? (daily, manual), debit_negative_balances?, livemode?, version?,
  platform? (the account this one is connected to) | the account; idempotent |
| add_key | key, permissions? ({resource: read or write}; absent: a secret key) | key |
| revoke_key | key | key |
| pay_session | session, card? (number; default 4242...), method? (au_becs_debit), email?, name?,
  authenticate? (default true: the payer passes 3-D Secure) | session, payment_intent, charge, status |
| take_charge | cents, card?, description? | charge: staff take a card in the dashboard, without any page |
| refund | charge, cents? (default: what is left) | refund: staff give money back in the dashboard |
| expire_session | session | session: its time is over now, as by the clock |
| settle_debit | payment_intent, failed? | payment_intent: the bank answers before its day |
| bounce_debit | charge | charge: a debit that was confirmed comes back later |
| open_dispute | charge, cents?, reason?, inquiry? | dispute |
| close_dispute | dispute, won | dispute |
| fail_refund | refund, reason? | refund |
| pay_out | | payout: an automatic one of all that is available, made, arrived and reconciled now |
| fail_payout | payout, code? | payout |
| adjust | cents, description?, type? (default adjustment), category? (other_adjustment) | the row: anything
  else that moves the balance |
| webhook_switches | duplicate?, reverse?, delay?, drop?, wrong_secret?, old_timestamp?, api_version?,
  livemode? (see hooks; an empty body clears all) | what is set |
| repeat_event | event | event: Stripe made two Event objects of one change (Stripe docs: webhooks) |
| resend_event | event | deliveries queued |
"""

from __future__ import annotations

from collections.abc import Callable

from connectors.sandbox.stripe import (
    checkout,
    disputes,
    hooks,
    intents,
    ledger,
    methods,
    passing,
    payouts,
    refunds,
)
from connectors.sandbox.stripe.book import Book, Doc, shown
from connectors.sandbox.stripe.errors import StripeError
from connectors.sandbox.stripe.state import DEFAULT_ACCOUNT, StripeState
from connectors.sandbox.wire import Clock, Request, Response

Act = Callable[[Book, Doc], Doc]


def act(request: Request, state: StripeState, clock: Clock) -> Response:
    """Do one action."""
    name = request.path.rsplit("/", 1)[-1]
    try:
        body = dict(request.json() or {})
        if name == "setup":
            return Response.json(state.add_account({"id": DEFAULT_ACCOUNT, **body}))
        if name not in ACTIONS:
            known = ", ".join(["setup", *sorted(ACTIONS)])
            return Response.json({"error": f"no action {name!r}; there are: {known}"}, 404)
        now, story = int(clock.now().timestamp()), int(state.story_now(clock).timestamp())
        book = Book(state, body.pop("account", DEFAULT_ACCOUNT), now, story)
        return Response.json(shown(ACTIONS[name](book, body)))
    except StripeError as refusal:
        state.store.rollback()
        return Response.json({"error": str(refusal)}, 400)
    except (ValueError, KeyError, TypeError) as error:
        state.store.rollback()
        return Response.json({"error": f"{type(error).__name__}: {error}"}, 400)


def _add_key(book: Book, body: Doc) -> Doc:
    book.state.add_key(body["key"], book.account["id"], body.get("permissions"))
    return {"key": body["key"]}


def _revoke_key(book: Book, body: Doc) -> Doc:
    book.state.store.delete("key", body["key"])
    return {"key": body["key"]}


def _pay_session(book: Book, body: Doc) -> Doc:
    session = book.get("checkout.session", body["session"])
    debit = body.get("method") == "au_becs_debit"
    method = methods.DEBIT if debit else methods.by_number(body.get("card", "4242424242424242"))
    payer = {"email": body.get("email", "payer@example.com"), "name": body.get("name", "A Payer")}
    intent = checkout.pay(book, session, method, payer, acted=body.get("authenticate", True))
    return {
        "session": session["id"],
        "payment_intent": intent["id"],
        "charge": intent["latest_charge"],
        "status": intent["status"],
    }


def _take_charge(book: Book, body: Doc) -> Doc:
    kept = methods.keep(book, methods.by_number(body.get("card", "4242424242424242")))
    more = {"description": body["description"]} if body.get("description") else {}
    wanted = {"amount": int(body["cents"]), "currency": book.account["currency"], "confirm": True, **more}
    intent = intents.create(book, "", {**wanted, "payment_method": kept["id"]})
    return book.get("charge", intent["latest_charge"])


def _refund(book: Book, body: Doc) -> Doc:
    part = {"amount": int(body["cents"])} if "cents" in body else {}
    return refunds.create(book, "", {"charge": body["charge"], **part})


def _expire_session(book: Book, body: Doc) -> Doc:
    session = book.get("checkout.session", body["session"])
    if session["status"] != "open":
        raise StripeError(f"This Checkout Session is {session['status']}.")
    return checkout.expired(book, session)


def _settle_debit(book: Book, body: Doc) -> Doc:
    return passing.settle_debit(book, body["payment_intent"], bool(body.get("failed")))


def _bounce_debit(book: Book, body: Doc) -> Doc:
    charge = book.get("charge", body["charge"])
    if charge["status"] != "succeeded" or charge["payment_method_details"]["type"] != "au_becs_debit":
        raise StripeError("Only a confirmed direct debit can come back.")
    row = ledger.move(
        book,
        -charge["amount_captured"],
        type="payment_failure_refund",
        category="charge_failure",
        source=charge["id"],
        description="Payment failure refund",
        at_once=True,
    )
    charge |= {
        "status": "failed",
        "paid": False,
        "failure_code": "debit_not_authorized",
        "failure_balance_transaction": row["id"],
    }
    book.put(charge)
    book.emit("charge.failed", charge)
    return charge


def _open_dispute(book: Book, body: Doc) -> Doc:
    reason, inquiry = body.get("reason", "fraudulent"), bool(body.get("inquiry"))
    return disputes.open_(book, body["charge"], body.get("cents"), reason, inquiry)


def _adjust(book: Book, body: Doc) -> Doc:
    return ledger.move(
        book,
        int(body["cents"]),
        type=body.get("type", "adjustment"),
        category=body.get("category", "other_adjustment"),
        source=body.get("source"),
        description=body.get("description", "Adjustment"),
        at_once=True,
    )


def _webhook_switches(book: Book, body: Doc) -> Doc:
    unknown = set(body) - set(hooks.SWITCHES)
    if unknown:
        raise ValueError(f"unknown switches: {', '.join(sorted(unknown))}")
    book.state.store.put("__control__", "webhooks", body)
    return body


def _repeat_event(book: Book, body: Doc) -> Doc:
    event = book.get("event", body["event"])
    return book.emit(event["type"], event["data"]["object"])


def _resend_event(book: Book, body: Doc) -> Doc:
    return {"deliveries": hooks.queue(book, book.get("event", body["event"]))}


ACTIONS: dict[str, Act] = {
    "add_key": _add_key,
    "revoke_key": _revoke_key,
    "pay_session": _pay_session,
    "take_charge": _take_charge,
    "refund": _refund,
    "expire_session": _expire_session,
    "settle_debit": _settle_debit,
    "bounce_debit": _bounce_debit,
    "open_dispute": _open_dispute,
    "close_dispute": lambda book, body: disputes.settle(book, body["dispute"], bool(body["won"])),
    "fail_refund": lambda book, body: refunds.fail(
        book, body["refund"], body.get("reason", "lost_or_stolen_card")
    ),
    "pay_out": lambda book, body: payouts.at_once(book),
    "fail_payout": lambda book, body: payouts.fail(book, body["payout"], body.get("code", "account_closed")),
    "adjust": _adjust,
    "webhook_switches": _webhook_switches,
    "repeat_event": _repeat_event,
    "resend_event": _resend_event,
}
