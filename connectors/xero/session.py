"""An open connection to one Xero organisation: look, send, read the settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from connectors.xero import chart, settling
from connectors.xero.client import XeroClient
from connectors.xero.looking import is_credit_note, look
from connectors.xero.refusals import Refusal
from connectors.xero.seeing import Links
from connectors.xero.sending import Sending
from connectors.xero.taxes import TaxAmounts
from hub.errors import NotProcessed, PauseConnection, ReadFailed, Reason
from hub.targets import Answer, Chart, Key, Observed, Outgoing, OutgoingBatch, Verdict


class XeroSession:
    """TargetSession over the SDK.

    Settings (of the connection): `tracking_category` names the category of location options (else the one
    that holds the option), `send_tax_amounts` and `send_fee_tax` say whose tax stands on lines
    (`TaxAmounts`), `short_code` makes links for people.
    """

    def __init__(self, client: XeroClient, config: Mapping[str, Any]) -> None:
        self._client, self._config = client, config
        settings = config.get("settings") or {}
        self._category: str | None = settings.get("tracking_category") or config.get("tracking_category")
        self._taxes = TaxAmounts.by(settings)
        self._links = Links(str(settings.get("short_code") or config.get("short_code") or ""))
        self._options: Mapping[str, frozenset[str]] | None = None

    def observe(self, keys: Sequence[Key]) -> Observed:
        """What stands under each key; pass all keys of a case together, so that what is applied is known."""
        seen = look(self._client, keys, self._links)
        return {**seen, **{k.document: self._taxes.judged(k.content, seen[k.document]) for k in keys}}

    def send(self, batch: OutgoingBatch) -> Sequence[Answer]:
        """An answer for every member, in their order."""
        is_note = partial(is_credit_note, self._client)
        sending = Sending(self._client, batch, self._category_of, is_note, self._taxes)
        try:
            pairs, known = sending.send()
        except ReadFailed as error:
            raise NotProcessed(error.sentence) from None  # settings read before the write; nothing was sent
        answers = {answer.delivery: answer for answer in known}
        unsettled: list[tuple[Outgoing, Refusal]] = []
        for out, element in pairs:
            settled = settling.settle(out, element, self._links, self._taxes)
            if isinstance(settled, Answer):
                answers[out.delivery] = settled
            else:
                unsettled.append((out, settled))
        answers |= self._looked_up(unsettled)
        return [answers[out.delivery] for out in batch.members]

    def chart(self) -> Chart:
        """The organisation, its accounts, tax rates and tracking as they are now."""
        found = chart.read(self._client)
        self._options = found.tracking
        self._links = Links(str(found.facts.get("short_code") or "") or self._links.short_code)
        return found

    def probe(self) -> Sequence[Reason]:
        """What is missing before going live."""
        return chart.probe(self._client, self._config)

    def _category_of(self, option: str) -> str | None:
        if self._category:
            return self._category
        if self._options is None:
            self._options = chart.tracking(self._client)
        return next((name for name, options in self._options.items() if option in options), None)

    def _looked_up(self, refused: Sequence[tuple[Outgoing, Refusal]]) -> dict[str, Answer]:
        """A taken number or contact code: whose is it?"""
        if not refused:
            return {}
        try:
            seen = self.observe([replace(out.key, external_id=None) for out, _ in refused])
        except (ReadFailed, PauseConnection):
            # The rest of the batch is settled all the same; the kernel looks these up.
            return {out.delivery: Answer(out.delivery, Verdict.UNKNOWN, status=200) for out, _ in refused}
        return {
            out.delivery: settling.adopted(out, seen[out.key.document], refusal) for out, refusal in refused
        }
