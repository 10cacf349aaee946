"""PaymentIntents and their states (Stripe docs: payment intents, lifecycle)."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.stripe import charges, checks, methods
from connectors.sandbox.stripe.book import Book, Doc, shown
from connectors.sandbox.stripe.days import business_days_after
from connectors.sandbox.stripe.errors import NotImitated, StripeError, unexpected

MOST = 99_999_999
LEAST = 50
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")

_COMMON: checks.Shape = {
    "metadata": checks.metadata,
    "description": checks.text(1000),
    "customer": checks.text(),
    "payment_method": checks.text(),
    "receipt_email": checks.text(),
    "statement_descriptor_suffix": checks.text(22),
    "allowed_payment_method_types": checks.many(checks.text()),
    "excluded_payment_method_types": checks.many(checks.text()),
    "setup_future_usage": checks.one_of("off_session", "on_session", ""),
    "expand": checks.LISTING["expand"],
    **checks.documented(
        "amount_details",
        "application_fee_amount",
        "customer_account",
        "hooks",
        "on_behalf_of",
        "payment_details",
        "payment_method_configuration",
        "payment_method_data",
        "payment_method_options",
        "shipping",
        "statement_descriptor",
        "transfer_data",
        "transfer_group",
    ),
}
CONFIRM: checks.Shape = {
    "payment_method": checks.text(),
    "off_session": checks.flag,
    "return_url": checks.text(),
    "receipt_email": checks.text(),
    "error_on_requires_action": checks.flag,
    "use_stripe_sdk": checks.flag,
    "expand": checks.LISTING["expand"],
    **checks.documented(
        "mandate", "mandate_data", "confirmation_token", "radar_options", "amount_to_confirm"
    ),
}
CREATE: checks.Shape = {
    **CONFIRM,
    **_COMMON,
    "amount": checks.positive,
    "currency": checks.text(3),
    "capture_method": checks.one_of("automatic", "automatic_async", "manual"),
    "confirm": checks.flag,
    "automatic_payment_methods": checks.shape(
        enabled=checks.flag, allow_redirects=checks.one_of("always", "never")
    ),
    "confirmation_method": checks.one_of("automatic", "manual"),
}
UPDATE: checks.Shape = {**_COMMON, "amount": checks.positive, "currency": checks.text(3)}
CAPTURE: checks.Shape = {
    "amount_to_capture": checks.positive,
    "metadata": checks.metadata,
    "expand": checks.LISTING["expand"],
    **checks.documented("final_capture", "statement_descriptor", "application_fee_amount", "transfer_data"),
}
CANCEL: checks.Shape = {
    "cancellation_reason": checks.one_of("duplicate", "fraudulent", "requested_by_customer", "abandoned"),
    "expand": checks.LISTING["expand"],
}


def chargeable(book: Book, amount: int, currency: str, param: str = "amount") -> None:
    """Refuse amounts and currencies that cannot be charged here."""
    if currency.lower() != book.account["currency"]:
        raise NotImitated(f"currency {currency}")
    if amount > MOST:
        raise StripeError("Amount must be no more than $999,999.99 aud", code="amount_too_large", param=param)
    if amount < LEAST:
        raise StripeError("Amount must be at least $0.50 aud", code="amount_too_small", param=param)


def blank(book: Book, amount: int, **fields: Any) -> Doc:
    """A new intent, not yet kept."""
    intent: Doc = {
        "id": book.new_id("payment_intent"),
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": None,
        "confirmation_method": "automatic",
        "created": book.story,
        "currency": book.account["currency"],
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": book.livemode,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
        "_session": None,
    }
    intent["client_secret"] = f"{intent['id']}_secret_{book.new_id('payment_intent')[3:]}"
    return intent | {name: value for name, value in fields.items() if value not in (None, "")}


def create(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """A new intent, confirmed at once where asked."""
    chargeable(book, params["amount"], params.pop("currency"))
    confirming = {name: params.pop(name, None) for name in ("confirm", "off_session", "return_url")}
    for name in ("error_on_requires_action", "use_stripe_sdk", "expand"):
        params.pop(name, None)
    if params.get("customer"):
        book.get("customer", params["customer"], "customer")
    method = params.pop("payment_method", None)
    intent = blank(book, params.pop("amount"), **params)
    if method:
        intent |= {"payment_method": methods.named(book, method)[0]["id"], "status": "requires_confirmation"}
    book.put(intent)
    book.emit("payment_intent.created", intent)
    if confirming["confirm"]:
        return confirm(book, intent["id"], {"off_session": confirming["off_session"]})
    return intent


def update(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """Change an intent that is still open; metadata always."""
    intent = book.get("payment_intent", id)
    if set(params) - {"metadata", "description", "expand"} and intent["status"] not in OPEN:
        raise unexpected(
            "This PaymentIntent's parameters could not be updated because it has a status of "
            f"{intent['status']}."
        )
    if "amount" in params:
        chargeable(book, params["amount"], params.get("currency") or intent["currency"])
    if params.get("payment_method"):
        params["payment_method"] = methods.named(book, params["payment_method"])[0]["id"]
        intent["status"] = "requires_confirmation"
    params.pop("expand", None)
    intent["metadata"] = checks.merged(intent["metadata"], params.pop("metadata", None))
    return book.put(intent | params)


def confirm(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """Try to pay. A decline is a 402 that leaves a failed charge."""
    intent = book.get("payment_intent", id)
    if intent["_session"]:
        raise unexpected("You cannot confirm a PaymentIntent of a Checkout Session directly.")
    if intent["status"] not in OPEN:
        raise unexpected(
            f"You cannot confirm this PaymentIntent because it has already a status of {intent['status']}."
        )
    wanted = params.get("payment_method") or intent["payment_method"]
    if not wanted:
        raise StripeError(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            code="payment_intent_unexpected_state",
        )
    kept, method = methods.named(book, wanted)
    paid = attempt(book, intent, kept, method, off_session=bool(params.get("off_session")))
    if paid["last_payment_error"] and paid["status"] == "requires_payment_method":
        raise declined(book, paid)
    return paid


def declined(book: Book, intent: Doc) -> StripeError:
    """The 402 of a refused card."""
    error = dict(intent["last_payment_error"])
    message = error.pop("message")
    kind, code = error.pop("type"), error.pop("code")
    return StripeError(
        message, status=402, kind=kind, code=code, more={**error, "payment_intent": shown(intent)}
    )


def attempt(
    book: Book,
    intent: Doc,
    kept: Doc,
    method: methods.Method,
    *,
    off_session: bool = False,
    acted: bool = False,
) -> Doc:
    """One try with a method; the intent as it stands afterwards. `acted`: the payer did what was asked."""
    intent |= {"payment_method": kept["id"], "last_payment_error": None, "next_action": None}
    if method.outcome == "declined":
        return _failed(book, intent, kept, method)
    if method.outcome == "authenticate" and not acted:
        if off_session:
            refusal = methods.Method(
                last4=method.last4, code="authentication_required", decline="authentication_required"
            )
            return _failed(book, intent, kept, refusal)
        intent |= {
            "status": "requires_action",
            "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}},
        }
        book.put(intent)
        book.emit("payment_intent.requires_action", intent)
        return intent
    if method.outcome == "debit":
        charge = charges.make(book, intent, method, kept, "pending")
        intent |= {"status": "processing", "latest_charge": charge["id"]}
        book.put(intent)
        book.emit("payment_intent.processing", intent)
        days = int(book.state.switch("becs_days"))
        book.later("debit", intent["id"], story=business_days_after(book.story, days))
        return intent
    if intent["capture_method"] == "manual":
        charge = charges.make(book, intent, method, kept, "succeeded")
        book.put(charge | {"captured": False, "amount_captured": 0})
        intent |= {"status": "requires_capture", "latest_charge": charge["id"]}
        book.put(intent | {"amount_capturable": intent["amount"]})
        book.emit("payment_intent.amount_capturable_updated", intent)
        return book.get("payment_intent", intent["id"])
    charge = charges.make(book, intent, method, kept, "succeeded")
    return succeed(book, intent, charge)


def succeed(book: Book, intent: Doc, charge: Doc) -> Doc:
    """The money was taken."""
    intent |= {
        "status": "succeeded",
        "latest_charge": charge["id"],
        "amount_received": charge["amount_captured"],
        "amount_capturable": 0,
        "processing": None,
    }
    book.put(intent)
    if intent["capture_method"] == "automatic":
        charges.booked(book, charge["id"])
    else:
        book.later("booked", charge["id"], story=book.story + int(book.state.switch("async_seconds")))
    book.emit("charge.succeeded", book.get("charge", charge["id"]))
    book.emit("payment_intent.succeeded", intent)
    if charge["_outcome"] in ("dispute", "inquiry"):
        book.later(
            charge["_outcome"], charge["id"], story=book.story + int(book.state.switch("async_seconds")) + 1
        )
    return intent


def _failed(book: Book, intent: Doc, kept: Doc, method: methods.Method) -> Doc:
    charge = charges.make(book, intent, method, kept, "failed")
    intent |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "latest_charge": charge["id"],
        "last_payment_error": {
            "type": "card_error",
            "code": method.code,
            "decline_code": method.decline,
            "message": methods.MESSAGES.get(method.decline, "Your card was declined."),
            "charge": charge["id"],
            "doc_url": f"https://stripe.com/docs/error-codes/{method.code.replace('_', '-')}",
        },
    }
    book.put(intent)
    book.emit("charge.failed", charge)
    book.emit("payment_intent.payment_failed", intent)
    return intent


def debit_settled(book: Book, id: str, failed: bool = False) -> None:
    """A direct debit is confirmed by the bank, or comes back."""
    intent = book.get("payment_intent", id)
    if intent["status"] != "processing":
        return
    charge = book.get("charge", intent["latest_charge"])
    if not failed:
        book.put(charge | {"status": "succeeded", "paid": True, "amount_captured": charge["amount"]})
        succeed(book, intent, book.get("charge", charge["id"]))
        return
    book.put(charge | {"status": "failed", "failure_code": "debit_not_authorized", "captured": False})
    intent |= {
        "status": "requires_payment_method",
        "last_payment_error": {
            "type": "invalid_request_error",
            "code": "payment_intent_payment_attempt_failed",
            "message": "The payment failed.",
            "charge": charge["id"],
        },
    }
    book.put(intent)
    book.emit("charge.failed", book.get("charge", charge["id"]))
    book.emit("payment_intent.payment_failed", intent)


def capture(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """Take what was authorised, or a part of it."""
    intent = book.get("payment_intent", id)
    if intent["status"] != "requires_capture":
        raise unexpected(
            f"This PaymentIntent could not be captured because it has a status of {intent['status']}."
        )
    amount = params.get("amount_to_capture") or intent["amount"]
    if amount > intent["amount"]:
        raise StripeError(
            "You cannot capture more than the authorised amount.",
            code="amount_too_large",
            param="amount_to_capture",
        )
    charge = book.get("charge", intent["latest_charge"]) | {"captured": True, "amount_captured": amount}
    book.put(charge)
    book.emit("charge.captured", charge)
    return succeed(book, intent, charge)


def cancel(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """End an open intent; one of a session is ended by expiring the session."""
    intent = book.get("payment_intent", id)
    if intent["_session"]:
        raise unexpected("You cannot cancel a PaymentIntent of a Checkout Session: expire the session.")
    return cancelled(book, intent, params.get("cancellation_reason"))


def cancelled(book: Book, intent: Doc, reason: str | None) -> Doc:
    """An intent that nobody will pay."""
    if intent["status"] not in (*OPEN, "requires_capture"):
        raise unexpected(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}."
        )
    intent |= {"status": "canceled", "canceled_at": book.story, "cancellation_reason": reason}
    book.put(intent)
    book.emit("payment_intent.canceled", intent)
    return intent
