"""How a test's group posts the payouts of its payment system."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hub.config.settlements import SettlementRule


def payouts_rule(
    connection: str, ledger: str, clearing: dict[str, str], *, fees: str = "400"
) -> SettlementRule:
    """From the first of the month into account 1001, with GST in the fees."""
    return SettlementRule(
        connection=connection,
        ledger=ledger,
        clearing=clearing,
        bank="1001",
        start=date(2026, 10, 1),
        fee_contact="Stripe Payments",
        fee_account=fees,
        fee_tax_type="INPUT",
        fee_tax_rate=Decimal(10),
    )
