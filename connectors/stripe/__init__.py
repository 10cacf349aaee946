"""Stripe: money taken and paid out as a source, payment pages as a target, and its webhooks."""

from connectors.stripe.channel import CHANNEL
from connectors.stripe.source import SOURCE
from connectors.stripe.target import StripeTarget
from connectors.stripe.webhook import StripeWebhook
from hub.contracts import Webhook
from hub.targets import Target

TARGET: Target = StripeTarget()
WEBHOOK: Webhook = StripeWebhook()

__all__ = ["CHANNEL", "SOURCE", "TARGET", "WEBHOOK"]
