"""Stripe as the suites command it: what the payers, the banks and the clinic do to each kind of object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from account_world import BASE, READER, StripeWorld

from connectors.stripe import SOURCE
from mappings.stripe import NORMALISER
from tests.conformance.source_bench import Hands, SourceBench

PATHS = {"charges": "charges", "refunds": "refunds", "disputes": "disputes", "payouts": "payouts"}


def source_bench(world: StripeWorld) -> SourceBench:
    """An account whose payouts are made when a test says so."""
    world.hand("setup", interval="manual")
    return SourceBench(
        source=SOURCE,
        transport=world.transport,
        clock=world.clock,
        secret={"api_key": READER},
        dead={"api_key": "rk_test_revoked_canary"},
        hands={stream.name: _hands(world, stream.name) for stream in SOURCE.streams},
        connection={"base_url": BASE, "settings": {"zone": "Australia/Melbourne"}},
        private=("Canary",),
        normaliser=NORMALISER,
    )


def _hands(world: StripeWorld, stream: str) -> Hands:
    """People make money move; nobody can take it out of the record."""

    def charge(cents: int = 10_007) -> str:
        how = {"payment_method": "pm_card_bypassPending", "capture_method": "automatic", "confirm": "true"}
        return str(world.post("payment_intents", amount=cents, currency="aud", **how)["latest_charge"])

    def session() -> str:
        return str(world.hand("expire_session", session=world.session())["id"])

    def payout() -> dict[str, Any]:
        charge()
        return dict(world.hand("pay_out"))

    makers: dict[str, Callable[[], str]] = {
        "charges": charge,
        "refunds": lambda: str(world.post("refunds", charge=charge(), amount=1000)["id"]),
        "disputes": lambda: str(world.hand("open_dispute", charge=charge())["id"]),
        "checkout_sessions": session,
        "payouts": lambda: str(payout()["id"]),
        "balance_transactions": lambda: str(payout()["balance_transaction"]),
    }

    def edit(id: str, words: str) -> None:
        world.post(f"{PATHS[stream]}/{id}", **{"metadata[words]": words})

    return Hands(lambda back: makers[stream](), edit if stream in PATHS else None, None)
