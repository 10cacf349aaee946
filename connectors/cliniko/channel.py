"""What can truthfully be said of Cliniko today."""

from __future__ import annotations

from hub.channels import Channel, Live

CHANNEL = Channel(
    system="cliniko",
    name="Cliniko",
    live=Live.SIMULATED,
    does=(
        "pulls locations, practitioners, patients, appointments, items and invoices",
        "takes payments from an imported payment report",
    ),
    obtain=(
        "an API key of an administrator",
        "the native Xero link switched off, confirmed by a person",
        "the payment report saved as CSV, its headings written down",
    ),
    missing=("its API shows no payments and has no webhooks", "nothing is written back"),
    inferred="Cliniko",
)
