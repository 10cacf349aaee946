"""The Stripe sandbox. What people and time can do in it is listed in `connectors.sandbox.stripe.hands`."""

from connectors.sandbox.stripe.app import StripeSandbox

SANDBOX = StripeSandbox()

__all__ = ["SANDBOX"]
