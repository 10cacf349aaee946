"""Stripe as a target: payment pages for outstanding balances, and how a session is opened.

A Stripe connection has the role `both`: it is read from and asked for pages, and no location posts to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from connectors.stripe import answers, collecting, steps
from connectors.stripe.collecting import StripeSession
from connectors.stripe.source import opened
from hub.contracts import Budget, HttpFactory
from hub.documents import DocKind
from hub.errors import Misconfigured, Reason
from hub.targets import Desired, KindSpec, Next, Observed, Op, Outgoing, Policy, Seen, Step, TokenStore

_FOR_GOOD = timedelta(days=3650)  # a key does not run out; it is asked for again when it was refused


class StripeTarget:
    """hub.targets.Target for Stripe. Absence is believed only after the quiet time: keys last a day only."""

    system = "stripe"
    kinds: Mapping[DocKind, KindSpec] = {
        DocKind.PAYMENT_REQUEST: KindSpec(DocKind.PAYMENT_REQUEST, 0, False, {Op.CREATE: 1, Op.VOID: 1})
    }
    budget = Budget(concurrent=4, per_minute=300)

    def open(self, config: Mapping[str, Any], tokens: TokenStore, http: HttpFactory) -> StripeSession:
        """`config`: base_url?, tenant?, settings (return_url, least?, zone?). Raises Misconfigured."""
        settings = dict(config.get("settings") or {})
        if not str(settings.get("return_url") or "").startswith(("https://", "http://")):
            raise Misconfigured(
                "Payers must come back somewhere: set `return_url` in the settings of the Stripe connection.",
                code="stripe:no-return-url",
            )
        key = tokens.access_token()
        return StripeSession(opened(config, key, http), key, settings)

    def refresh(
        self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory
    ) -> Mapping[str, Any]:
        """The restricted key is its own token. Raises ReconnectNeeded without one."""
        key = (secret.get("api_key") or "").strip()
        if not key:
            raise answers.dead()
        return {"access_token": key, "expires_in": int(_FOR_GOOD.total_seconds())}

    def steps(
        self, observed: Observed, desired: Sequence[Desired], own: frozenset[str], policy: Policy
    ) -> Next:
        """The next steps of a case."""
        return steps.steps(observed, desired, own)

    def assume(self, observed: Observed, step: Step) -> Observed:
        """What would stand after a step."""
        return steps.assume(observed, step)

    def check(self, step: Step, policy: Policy) -> Reason | None:
        """What speaks against a step by its amount or currency."""
        return steps.check(step, policy)

    def took_effect(self, outgoing: Outgoing, seen: Seen) -> bool:
        """Whether an attempt did its work."""
        return collecting.took_effect(outgoing, seen)
