"""Nookal as a target: one kind of document, a payment recorded on an invoice, written and never taken back.

v2 has no documented way to change or reverse a payment, so whatever is to be different is named for staff,
and what staff reversed is not written again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.nookal.access import HEADERS, v2_url
from connectors.nookal.recording import NookalSession
from connectors.nookal.v2 import V2
from connectors.nookal.v3 import exchange, keys_in
from hub.contracts import Budget, HttpFactory, TokenStore
from hub.documents import DocKind, RecordedPayment
from hub.errors import Reason, Who
from hub.targets import (
    Blocked,
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
)

_KIND = DocKind.RECORDED_PAYMENT
_SAID = {
    Life.AMBIGUOUS: (
        "nookal:twins",
        "Nookal shows more than one payment that could be this one. Reverse the extra ones there.",
    ),
    Life.ENDED: (
        "nookal:reversed",
        "The payment was reversed in Nookal but the money is here. Enter it there again, or give it back.",
    ),
    Life.LIVE: (
        "nookal:differs",
        "The payment stands in Nookal with another day, amount or method. Correct it there.",
    ),
}


class NookalTarget:
    """hub.targets.Target for Nookal. Settings: `currency` (AUD)."""

    system = "nookal"
    kinds: Mapping[DocKind, KindSpec] = {_KIND: KindSpec(_KIND, 0, False, {Op.CREATE: 1})}
    budget = Budget(concurrent=2, per_minute=120)

    def open(self, config: Mapping[str, Any], tokens: TokenStore, http: HttpFactory) -> NookalSession:
        """`config`: base_url?, settings."""
        key = keys_in(tokens.access_token())[1]
        settings = config.get("settings") or {}
        client = http(base_url=v2_url(config), headers=HEADERS)
        return NookalSession(V2(client, key), str(settings.get("currency") or "AUD"))

    def refresh(
        self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory
    ) -> Mapping[str, Any]:
        """The same exchange as for reading, so that both sides of a connection share one token."""
        return exchange(config, secret, http)

    def steps(
        self, observed: Observed, desired: Sequence[Desired], own: frozenset[str], policy: Policy
    ) -> Next:
        """Write what is not there, once what comes before it is."""
        now: list[Step] = []
        blocked: list[Blocked] = []
        waits: list[str] = []
        wanted = {one.document: one for one in desired}
        for document in sorted(own | wanted.keys()):
            one, seen = wanted.get(document), observed.get(document) or Seen(document, _KIND, Life.ABSENT)
            if one is None:
                blocked += [_unwanted(seen)] if seen.life is Life.LIVE else []
            elif seen.life in _SAID:
                same = seen.life is Life.LIVE and seen.matches and seen.content_hash == one.content_hash
                blocked += [] if same else [_blocked(one, *_SAID[seen.life])]
            else:
                missing = [need for need in one.content.needs() if not _live(observed, need)]
                waits += [need for need in missing if need not in own]
                now += [] if missing else [_create(one)]
        return Next(tuple(now), tuple(blocked), tuple(dict.fromkeys(waits)))

    def assume(self, observed: Observed, step: Step) -> Observed:
        """What would stand after a step."""
        content = _content(step)
        seen = Seen(
            step.document,
            _KIND,
            Life.LIVE,
            f"assumed:{step.document}",
            content_hash=step.content_hash,
            matches=True,
            on=content.on,
            total=content.amount,
        )
        return {**observed, step.document: seen}

    def check(self, step: Step, policy: Policy) -> Reason | None:
        """A payment needs an amount and one of the account's own words for its method, in plain letters."""
        content = _content(step)
        if content.amount <= 0:
            return Reason("nookal:amount", "Only money received can be recorded in Nookal.", Who.DEVELOPER)
        if not content.method.strip() or not content.method.isascii():
            sentence = "The payment method's name is empty or not plain ASCII; Nookal would mangle it."
            return Reason("nookal:method", sentence, Who.BOOKKEEPER, content.amount)
        return None

    def took_effect(self, outgoing: Outgoing, seen: Seen) -> bool:
        """Whether the payment stands as it was to be written."""
        return seen.life is Life.LIVE and seen.matches and seen.content_hash == outgoing.key.content_hash


def _live(observed: Observed, document: str) -> bool:
    return document in observed and observed[document].life is Life.LIVE


def _create(one: Desired) -> Step:
    content = one.content
    assert isinstance(content, RecordedPayment)
    return Step(Op.CREATE, one.document, _KIND, content, one.content_hash, (content.on,))


def _content(step: Step) -> RecordedPayment:
    assert isinstance(step.content, RecordedPayment)
    return step.content


def _blocked(one: Desired, code: str, sentence: str) -> Blocked:
    content = one.content
    assert isinstance(content, RecordedPayment)
    return Blocked(one.document, Reason(code, sentence, Who.CLINIC, content.amount))


def _unwanted(seen: Seen) -> Blocked:
    sentence = "The payment is no longer here but stands in Nookal. Reverse it there."
    return Blocked(seen.document, Reason("nookal:unwanted", sentence, Who.CLINIC, seen.total or 0))


TARGET = NookalTarget()
