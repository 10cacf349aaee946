"""The group's account at the payment system, as the group itself knows it."""

from __future__ import annotations

from connectors.sandbox.life.group import OWN_PLACES

ACCOUNT = "harbour-stripe"
"""Name of the account."""
KEY = "rk_test_harbour_hub"
"""The restricted key that a person types in."""
PERMISSIONS = {
    **dict.fromkeys(("charge", "refund", "dispute", "payout", "balance_transaction_source", "event"), "read"),
    "checkout_session": "write",
}
ENTERED_BY_STAFF = {place.account for place in OWN_PLACES}
"""Practice systems that take payments from nobody but their own staff."""
NUMBER = "hub_number"
"""Where a page says which invoice it is for."""
ARRIVES_WITHIN = 7
"""Days in which the group expects its money."""
