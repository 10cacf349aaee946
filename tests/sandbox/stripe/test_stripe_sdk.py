"""Stripe's own SDK works against the sandbox with nothing but the address changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stripe
from stripe_world import World

from connectors.sandbox.shells import serve
from connectors.sandbox.stripe import SANDBOX


@pytest.fixture
def client(stripe_: World) -> Iterator[stripe.StripeClient]:
    """The SDK over a real socket."""
    running = serve(SANDBOX, stripe_.state, stripe_.clock)
    http = stripe.RequestsClient(timeout=20)
    yield stripe.StripeClient(stripe_.key, base_addresses={"api": running.url}, http_client=http)
    http.close()
    running.stop()


def checkout(client: stripe.StripeClient) -> stripe.checkout.Session:
    return client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "https://clinic.example/thanks",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "aud",
                        "unit_amount": 9900,
                        "product_data": {"name": "Invoice HH-1001"},
                    },
                }
            ],
            "payment_intent_data": {"metadata": {"hub_invoice_id": "inv-1"}},
            "metadata": {"hub_invoice_id": "inv-1"},
        }
    )


def test_a_session_from_its_creation_to_the_bank(client: stripe.StripeClient, stripe_: World) -> None:
    session = checkout(client)
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    stripe_.hand("pay_session", session=session.id)
    paid = client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert isinstance(paid.payment_intent, stripe.PaymentIntent)
    charge = paid.payment_intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (paid.payment_status, charge.amount, charge.balance_transaction) == ("paid", 9900, None)
    assert charge.metadata["hub_invoice_id"] == "inv-1"
    stripe_.clock.forward(seconds=3)
    row = client.v1.balance_transactions.list({"source": charge.id}).data[0]
    assert (row.amount, row.fee, row.net, row.status) == (9900, 198, 9702, "pending")
    stripe_.clock.forward(days=5)
    (payout,) = client.v1.payouts.list({"limit": 3}).data
    assert (payout.amount, payout.automatic, payout.reconciliation_status) == (9702, True, "completed")
    rows = client.v1.balance_transactions.list({"payout": payout.id, "expand": ["data.source"]})
    assert sorted(row.type for row in rows.auto_paging_iter()) == ["charge", "payout"]
    kinds = [event.type for event in client.v1.events.list({"limit": 2}).auto_paging_iter()]
    assert kinds[::-1][:6] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.updated",
        "payout.created",
    ]


def test_errors_arrive_as_the_classes_of_the_sdk(client: stripe.StripeClient, stripe_: World) -> None:
    def intent(**more: object) -> stripe.PaymentIntent:
        params = {"amount": 5000, "currency": "aud", "confirm": True, **more}
        return client.v1.payment_intents.create(params)  # type: ignore[arg-type]

    with pytest.raises(stripe.CardError) as declined:
        intent(payment_method="pm_card_chargeDeclined")
    assert declined.value.code == "card_declined"
    assert declined.value.error is not None
    assert declined.value.error.decline_code == "generic_decline"
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        intent(amuont=1)
    assert (unknown.value.code, unknown.value.param) == ("parameter_unknown", "amuont")
    with pytest.raises(stripe.InvalidRequestError) as gone:
        client.v1.charges.retrieve("ch_nothing")
    assert (gone.value.code, gone.value.http_status) == ("resource_missing", 404)
    options: stripe.RequestOptions = {"idempotency_key": "k1"}
    client.v1.refunds.create({"charge": stripe_.charge()["id"]}, options)
    with pytest.raises(stripe.IdempotencyError):
        client.v1.refunds.create({"charge": stripe_.charge()["id"]}, options)
    with pytest.raises(stripe.AuthenticationError):
        client.v1.balance.retrieve({}, {"api_key": "sk_test_unknown"})
    stripe_.hand("add_key", key="rk_test_reader", permissions={"payout": "read"})
    with pytest.raises(stripe.PermissionError):
        client.v1.charges.list({}, {"api_key": "rk_test_reader"})
    stripe_.http.post("/__control__/limits", json={"second": 0})
    with pytest.raises(stripe.RateLimitError) as limited:
        client.v1.balance.retrieve()
    assert limited.value.headers is not None
    assert limited.value.headers["Stripe-Rate-Limited-Reason"] == "global-rate"
    assert "Retry-After" not in limited.value.headers


def test_what_endive_refuses_an_older_version_takes(client: stripe.StripeClient) -> None:
    params: stripe.params.PaymentIntentCreateParams = {"amount": 5000, "currency": "aud"}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.payment_intents.create({**params, "payment_method_types": ["card"]})  # type: ignore[typeddict-unknown-key]
    assert refused.value.code == "payment_method_types_no_longer_supported"
