"""What can truthfully be said of Stripe today."""

from __future__ import annotations

from hub.channels import Channel, Live

CHANNEL = Channel(
    system="stripe",
    name="Stripe (Australia)",
    live=Live.SIMULATED,
    does=(
        "pulls charges, refunds, disputes, sessions and payouts with their balance transactions",
        "takes signed webhooks as hints",
        "turns charges and refunds into payments, automatic payouts into settlements exact to the cent",
        "their fees and transfers are posted to the ledger once they arrived",
        "opens and ends pages (Checkout, cards) for what is open on an invoice",
    ),
    obtain=(
        "a restricted key with read access to charges and refunds, disputes, Checkout Sessions, payouts, "
        "balance transaction sources and events; for payment pages write access to Checkout Sessions",
        "a webhook endpoint with its signing secret",
        "automatic payouts: of manual ones Stripe does not tell what they hold",
    ),
    missing=(
        "disputes, manual and failed payouts are held for a person, whole",
        "direct debits are read but not offered; saved cards and payment links",
        "instant payouts; Connect is read with a platform's key, fees of a platform are not posted",
    ),
    inferred="Stripe",
)
