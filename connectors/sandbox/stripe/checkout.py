"""Checkout Sessions in payment mode: open, then complete (paid, or unpaid while a debit goes on) or expired.

A redirect proves nothing; `payment_status` does. A session's PaymentIntent cannot be confirmed or cancelled
directly (Stripe docs: how Checkout works). Sessions live on the real clock.
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.stripe import checks, intents, methods
from connectors.sandbox.stripe.book import Book, Doc
from connectors.sandbox.stripe.checks import documented, flag, integer, many, one_of, shape, text
from connectors.sandbox.stripe.errors import NotImitated, StripeError

SHORTEST, LONGEST = 30 * 60, 24 * 3600
DYNAMIC = ("card", "au_becs_debit")

_PRODUCT = shape(
    ("name",),
    name=text(),
    description=text(),
    metadata=checks.metadata,
    images=many(text(), 8),
    tax_code=text(),
    unit_label=text(),
)
_PRICE = shape(
    ("currency",),
    currency=text(3),
    unit_amount=integer,
    product_data=_PRODUCT,
    tax_behavior=one_of("exclusive", "inclusive", "unspecified"),
    **documented("product", "recurring", "unit_amount_decimal"),
)
CREATE: checks.Shape = {
    "mode": one_of("payment", "setup", "subscription"),
    "line_items": many(
        shape(
            quantity=checks.positive,
            price_data=_PRICE,
            metadata=checks.metadata,
            **documented("price", "adjustable_quantity", "tax_rates"),
        )
    ),
    "success_url": text(),
    "cancel_url": text(),
    "client_reference_id": text(200),
    "customer": text(),
    "customer_email": text(800),
    "customer_creation": one_of("always", "if_required"),
    "expires_at": integer,
    "metadata": checks.metadata,
    "currency": text(3),
    "locale": text(),
    "submit_type": one_of("auto", "book", "donate", "pay", "subscribe"),
    "ui_mode": one_of("hosted_page", "embedded_page", "elements", "form"),
    "billing_address_collection": one_of("auto", "required"),
    "allow_promotion_codes": flag,
    "allowed_payment_method_types": many(text()),
    "excluded_payment_method_types": many(text()),
    "payment_method_types": many(text()),
    "payment_intent_data": shape(
        metadata=checks.metadata,
        description=text(1000),
        receipt_email=text(),
        capture_method=one_of("automatic", "automatic_async", "manual"),
        statement_descriptor_suffix=text(22),
        setup_future_usage=one_of("off_session", "on_session"),
        **documented("application_fee_amount", "on_behalf_of", "shipping", "transfer_data", "transfer_group"),
    ),
    "expand": checks.LISTING["expand"],
    **documented(
        "adaptive_pricing",
        "after_expiration",
        "automatic_tax",
        "branding_settings",
        "consent_collection",
        "custom_fields",
        "custom_text",
        "customer_account",
        "customer_update",
        "discounts",
        "integration_identifier",
        "invoice_creation",
        "managed_payments",
        "name_collection",
        "optional_items",
        "origin_context",
        "payment_method_collection",
        "payment_method_configuration",
        "payment_method_data",
        "payment_method_options",
        "permissions",
        "phone_number_collection",
        "redirect_on_completion",
        "return_url",
        "saved_payment_method_options",
        "setup_intent_data",
        "shipping_address_collection",
        "shipping_options",
        "subscription_data",
        "tax_id_collection",
        "wallet_options",
    ),
}
UPDATE: checks.Shape = {
    "metadata": checks.metadata,
    "expand": checks.LISTING["expand"],
    **documented("collected_information", "line_items", "payment_intent_data", "shipping_options"),
}


def create(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """A new open session."""
    if params["mode"] != "payment":
        raise NotImitated(f"mode {params['mode']}")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise NotImitated(f"ui_mode {params['ui_mode']}")
    items = _items(book, params.get("line_items") or [])
    total = sum(item["amount_total"] for item in items)
    intents.chargeable(book, total, book.account["currency"], "line_items")
    if not params.get("success_url"):
        raise StripeError(
            "Missing required param: success_url.", code="parameter_missing", param="success_url"
        )
    if params.get("customer") and params.get("customer_email"):
        raise StripeError(
            "You may only specify one of these parameters: customer, customer_email.", param="customer_email"
        )
    if params.get("customer"):
        book.get("customer", params["customer"], "customer")
    session = _blank(book, params, items, total)
    if book.state.switch("intent_shown"):
        session["payment_intent"] = _intent(book, session)["id"]
    book.put(session)
    book.later("session", session["id"], real=session["expires_at"])
    return session


def _items(book: Book, given: list[Doc]) -> list[Doc]:
    if not given:
        raise StripeError("Missing required param: line_items.", code="parameter_missing", param="line_items")
    made = []
    for n, item in enumerate(given):
        price = item.get("price_data")
        if price is None or "unit_amount" not in price or "product_data" not in price:
            raise StripeError(
                f"You must specify price_data with unit_amount and product_data: line_items[{n}]",
                code="parameter_missing",
                param=f"line_items[{n}]",
            )
        intents.chargeable(book, max(price["unit_amount"], intents.LEAST), price["currency"])
        count = item.get("quantity", 1)
        cents = count * price["unit_amount"]
        made.append(
            {
                "id": book.new_id("payment_intent").replace("pi_", "li_"),
                "object": "item",
                "amount_discount": 0,
                "amount_subtotal": cents,
                "amount_tax": 0,
                "amount_total": cents,
                "currency": book.account["currency"],
                "description": price["product_data"]["name"],
                "metadata": item.get("metadata") or {},
                "price": None,
                "quantity": count,
            }
        )
    return made


def _allowed(params: dict[str, Any]) -> list[str]:
    allowed = params.get("allowed_payment_method_types") or params.get("payment_method_types") or DYNAMIC
    out = params.get("excluded_payment_method_types") or ()
    return [kind for kind in DYNAMIC if kind in allowed and kind not in out]


def _blank(book: Book, params: dict[str, Any], items: list[Doc], total: int) -> Doc:
    expires = params.get("expires_at") or book.now + LONGEST
    if not SHORTEST <= expires - book.now <= LONGEST:
        raise StripeError(
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout "
            "Session creation.",
            param="expires_at",
        )
    types = _allowed(params)
    if not types:
        raise StripeError("No valid payment method types for this Checkout Session.")
    id = book.new_id("checkout.session")
    return {
        "id": id,
        "object": "checkout.session",
        "after_expiration": None,
        "allow_promotion_codes": params.get("allow_promotion_codes"),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": params.get("billing_address_collection"),
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "created": book.now,
        "currency": book.account["currency"],
        "custom_fields": [],
        "customer": params.get("customer"),
        "customer_creation": params.get("customer_creation", "if_required"),
        "customer_details": None,
        "customer_email": params.get("customer_email"),
        "expires_at": expires,
        "invoice": None,
        "livemode": book.livemode,
        "locale": params.get("locale"),
        "metadata": params.get("metadata") or {},
        "mode": "payment",
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": types,
        "payment_status": "unpaid",
        "recovered_from": None,
        "setup_intent": None,
        "status": "open",
        "submit_type": params.get("submit_type"),
        "subscription": None,
        "success_url": params.get("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"https://checkout.stripe.com/c/pay/{id}",
        "_items": items,
        "_intent": params.get("payment_intent_data") or {},
    }


def _intent(book: Book, session: Doc) -> Doc:
    data = dict(session["_intent"])
    intent = intents.blank(
        book,
        session["amount_total"],
        customer=session["customer"],
        payment_method_types=session["payment_method_types"],
        _session=session["id"],
        **data,
    )
    book.put(intent)
    book.emit("payment_intent.created", intent)
    return intent


def update(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """Change the metadata."""
    session = book.get("checkout.session", id)
    session["metadata"] = checks.merged(session["metadata"], params.get("metadata"))
    return book.put(session)


def expire(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """End an open session; refused once the payer completed it."""
    session = book.get("checkout.session", id)
    if session["status"] != "open":
        raise StripeError(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a '
            f"status of {session['status']}."
        )
    return expired(book, session)


def expired(book: Book, session: Doc) -> Doc:
    """A session nobody can pay any more."""
    session |= {"status": "expired", "url": None}
    book.put(session)
    if session["payment_intent"]:
        intent = book.get("payment_intent", session["payment_intent"])
        if intent["status"] in intents.OPEN:
            intents.cancelled(book, intent, "automatic")
    book.emit("checkout.session.expired", session)
    return session


def pay(book: Book, session: Doc, method: methods.Method, payer: Doc, *, acted: bool = True) -> Doc:
    """What happens when a person pays on the page: the intent as it stands afterwards."""
    if session["status"] != "open":
        raise StripeError(f"This Checkout Session is {session['status']}.")
    if method.type not in session["payment_method_types"]:
        raise StripeError(f"{method.type} is not offered by this Checkout Session.")
    id = session["payment_intent"] or _intent(book, session)["id"]
    session["payment_intent"] = id
    kept = methods.keep(book, method)
    kept["billing_details"] |= {"email": payer.get("email"), "name": payer.get("name")}
    book.put(kept)
    intent = intents.attempt(book, book.get("payment_intent", id), kept, method, acted=acted)
    if intent["status"] in ("succeeded", "processing", "requires_capture"):
        session |= {
            "status": "complete",
            "url": None,
            "payment_status": "unpaid" if intent["status"] == "processing" else "paid",
            "customer_details": {**dict.fromkeys(("address", "phone", "tax_exempt")), "tax_ids": [], **payer},
        }
        book.put(session)
        book.emit("checkout.session.completed", session)
    else:
        book.put(session)
    return intent


def debit_settled(book: Book, intent: Doc) -> None:
    """A session's debit was confirmed or came back after the session was complete."""
    session = book.get("checkout.session", intent["_session"])
    paid = intent["status"] == "succeeded"
    if paid:
        session["payment_status"] = "paid"
        book.put(session)
    book.emit(f"checkout.session.async_payment_{'succeeded' if paid else 'failed'}", session)


def line_items(book: Book, id: str, params: dict[str, Any]) -> Doc:
    """What is sold: all items (never more than a page here)."""
    session = book.get("checkout.session", id)
    return {
        "object": "list",
        "data": session["_items"],
        "has_more": False,
        "url": f"/v1/checkout/sessions/{id}/line_items",
    }
