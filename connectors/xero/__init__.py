"""Xero: the ledger as a target, and its webhooks."""

from connectors.xero.target import XeroTarget
from connectors.xero.webhook import XeroWebhook

TARGET = XeroTarget()
WEBHOOK = XeroWebhook()

__all__ = ["TARGET", "WEBHOOK"]
