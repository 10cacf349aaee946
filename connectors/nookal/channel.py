"""What can truthfully be said of Nookal today."""

from __future__ import annotations

from hub.channels import Channel, Live

CHANNEL = Channel(
    system="nookal",
    name="Nookal",
    live=Live.SIMULATED,
    does=(
        "pulls locations, practitioners, patients, appointments, items and invoices",
        "pulls payments by method, account credit, refunds, adjustments and discounts",
        "records on an invoice what a payment system took for it",
    ),
    obtain=(
        "an API key (v2) and an API client (v3) that cover the same locations",
        "v3 switched on for the account by Nookal's support",
        "Nookal's own Xero link switched off, confirmed by a person",
    ),
    missing=(
        "it has no webhooks",
        "a recorded payment is never changed or reversed there by the hub: staff do it",
        "invoices deleted through its API just stop appearing",
        "account codes of its items are not used: the mapping says",
    ),
    inferred="Nookal",
)
