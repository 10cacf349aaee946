"""Invoices as services that a funding scheme owes: pure, the same for every practice system and scheme."""

from hub.claiming.billing import Billing
from mappings.claims.services import InvoiceBilling

BILLING: Billing = InvoiceBilling()

__all__ = ["BILLING", "InvoiceBilling"]
