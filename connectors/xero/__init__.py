"""Xero: the ledger as a target, and its webhooks."""

from connectors.xero.channel import CHANNEL
from connectors.xero.target import XeroTarget
from connectors.xero.webhook import XeroWebhook
from hub.contracts import Webhook
from hub.targets import Target

TARGET: Target = XeroTarget()
WEBHOOK: Webhook = XeroWebhook()

__all__ = ["CHANNEL", "TARGET", "WEBHOOK"]
