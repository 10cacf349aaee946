"""What can truthfully be said of Xero today."""

from __future__ import annotations

from hub.channels import Channel, Live

CHANNEL = Channel(
    system="xero",
    name="Xero (Australia)",
    live=Live.UNCERTIFIED,
    does=(
        "posts contacts, invoices, credit notes, payments, overpayments, allocations and refunds one for one",
        "posts payments out of bank accounts, transfers and deposits where a mapping makes them",
        "looks up what stands there; takes webhooks as hints",
    ),
    obtain=(
        "a Xero organisation and an app of its own in Xero's developer portal (client id and secret)",
        "consent of the organisation (refresh token) with the scopes `hub check` asks for",
        "clearing accounts of type Bank, one per location and method",
    ),
    missing=("drafts", "daily summaries", "a page for connecting: `hub connect` does it"),
    inferred="Xero",
)
