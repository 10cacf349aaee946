"""Xero as a target: its kinds of document, their rules, and how a session is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.xero import assume, auth, check, steps
from connectors.xero.case import TIERS
from connectors.xero.client import XeroClient
from connectors.xero.sdk import Endpoints
from connectors.xero.session import XeroSession
from hub.contracts import Budget, HttpFactory
from hub.documents import DocKind
from hub.errors import Reason
from hub.targets import (
    Desired,
    KindSpec,
    Life,
    Next,
    Observed,
    Op,
    Outgoing,
    Policy,
    Seen,
    Step,
    TokenStore,
)

API = "https://api.xero.com"
# About 50 elements a call is Xero's advice; payments and allocations are taken back one at a time.
_MANY = 50
_WHOLE = {Op.CREATE: _MANY, Op.UPDATE: _MANY, Op.VOID: _MANY}
_DEPOSITS = 5  # each may hold 200 payments
_ON_OFF = {Op.CREATE: _MANY, Op.DELETE: 1}


def _kinds() -> dict[DocKind, KindSpec]:
    def spec(kind: DocKind, unique: bool, batch: Mapping[Op, int], **more: tuple[str, ...]) -> KindSpec:
        return KindSpec(kind, TIERS[kind], unique, batch, **more)

    every = [
        spec(DocKind.CONTACT, True, {Op.CREATE: _MANY, Op.UPDATE: _MANY}),
        spec(DocKind.INVOICE, True, _WHOLE),
        spec(DocKind.CREDIT_NOTE, True, _WHOLE),
        # Where no mark comes back they are told apart by these values only.
        spec(DocKind.OVERPAYMENT, False, {Op.CREATE: _MANY}, apart=("contact", "account", "on", "amount")),
        spec(DocKind.RECEIPT, False, _ON_OFF),
        spec(DocKind.REFUND, False, _ON_OFF),
        spec(DocKind.ALLOCATION, False, _ON_OFF, together=("credit",)),
        spec(DocKind.BANK_PAYMENT, False, _ON_OFF),
        spec(DocKind.TRANSFER, False, {Op.CREATE: 1, Op.DELETE: 1}),
        spec(DocKind.DEPOSIT, False, {Op.CREATE: _DEPOSITS, Op.DELETE: 1}),
    ]
    return {one.kind: one for one in every}


class XeroTarget:
    """hub.targets.Target for Xero."""

    system = "xero"
    kinds: Mapping[DocKind, KindSpec] = _kinds()
    # Per app and organisation; a day is 1,000 on the free tier, so the figure in the answers decides.
    budget = Budget(concurrent=5, per_minute=60, per_day=5000)

    def open(self, config: Mapping[str, Any], tokens: TokenStore, http: HttpFactory) -> XeroSession:
        """`config`: base_url (None: Xero itself), tenant (None: custom connection), settings."""
        base = str(config.get("base_url") or API)
        client = http(
            base_url=base,
            headers={"Accept": "application/json", "User-Agent": auth.AGENT},
            auth=auth.Bearer(tokens),
        )
        return XeroSession(XeroClient(Endpoints(client, base, config.get("tenant"))), config)

    def refresh(
        self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory
    ) -> Mapping[str, Any]:
        """One token exchange."""
        return auth.exchange(config, secret, http)

    def steps(
        self, observed: Observed, desired: Sequence[Desired], own: frozenset[str], policy: Policy
    ) -> Next:
        """The next steps of a case."""
        return steps.steps(observed, desired, own)

    def assume(self, observed: Observed, step: Step) -> Observed:
        """What would stand after a step."""
        return assume.assume(observed, step)

    def check(self, step: Step, policy: Policy) -> Reason | None:
        """What speaks against a step by the chart and the lock dates."""
        return check.check(step, policy)

    def took_effect(self, outgoing: Outgoing, seen: Seen) -> bool:
        """Whether an attempt did its work: mark and money fields agree, or what had to go is gone."""
        if outgoing.op is Op.VOID:
            return seen.life is Life.ENDED
        if outgoing.op is Op.DELETE:
            return seen.life in (Life.ENDED, Life.ABSENT)
        return seen.life is Life.LIVE and seen.matches and seen.content_hash == outgoing.key.content_hash
