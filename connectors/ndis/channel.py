"""What can truthfully be said of claiming from the NDIS today."""

from __future__ import annotations

from hub.channels import Channel, Live

CHANNEL = Channel(
    system="ndis",
    name="NDIS (agency-managed)",
    live=Live.DOCUMENT,
    does=(
        "makes claims from invoices whose debtor is the NDIA, checked against identifiers and price limits",
        "makes the bulk payment request file that a person uploads in the portal",
        "reads results and remittance advices, posts one deposit per remittance and writes price cuts off",
    ),
    obtain=(
        "a provider registration number and the ABN it belongs to",
        "access of a person to the my NDIS provider portal",
        "the support catalogue of each year, saved as CSV",
    ),
    missing=(
        "the agency's own interface is open to approved digital partners only: a person carries the files",
        "plan-managed and self-managed invoices are ordinary invoices and are not claimed",
        "recoveries inside a remittance are held, not posted",
    ),
    inferred="NDIS",
)
