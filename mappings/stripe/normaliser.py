"""Which bundles are read and by which function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hub.canonical import Payment, Provenance, Settlement
from hub.contracts import Bundle, BundleSpec, Member, Normalised
from mappings.stripe import payments, settlements

Rule = Callable[[Bundle, Provenance, Mapping[str, Any]], Normalised]

RULES: dict[str, Rule] = {
    "charges": payments.charge,
    "refunds": payments.refund,
    "disputes": payments.dispute,
    "checkout_sessions": payments.session,
    "payouts": settlements.payout,
}
_AMOUNTS = {"charges": "amount", "refunds": "amount", "disputes": "amount", "payouts": "amount"}


class StripeNormaliser:
    """Pure. Settings used: `currency`, `zone`, `methods` (Stripe's method type -> name in the tables)."""

    system = "stripe"
    version = "stripe-2"
    bundles: tuple[BundleSpec, ...] = (
        BundleSpec("charges", kinds=(Payment.kind,)),
        BundleSpec("refunds", (Member("charges", children=False),), kinds=(Payment.kind,)),
        BundleSpec("disputes"),
        BundleSpec("checkout_sessions"),
        BundleSpec("payouts", (Member("balance_transactions", children=True),), kinds=(Settlement.kind,)),
    )

    def normalise(self, bundle: Bundle, settings: Mapping[str, Any]) -> Normalised:
        source = Provenance(
            bundle.connection, bundle.root_stream, bundle.source_id, bundle.raw_record, self.version
        )
        return RULES[bundle.root_stream](bundle, source, settings)

    def called(self, stream: str, root: Mapping[str, Any]) -> tuple[str | None, int]:
        """Stripe's own id, and the cents of a record that cannot be read."""
        cents = root.get(_AMOUNTS.get(stream, ""))
        exact = isinstance(cents, int) and not isinstance(cents, bool)
        return (str(root["id"]) if root.get("id") else None), (int(str(cents)) if exact else 0)


NORMALISER = StripeNormaliser()
