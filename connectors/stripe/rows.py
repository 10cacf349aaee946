"""The balance transactions of payouts, which are listed by payout and name none (Stripe docs: payouts)."""

from __future__ import annotations

import json
from typing import Any

from connectors.stripe import answers
from connectors.stripe.lists import LIMIT, listed, read
from connectors.stripe.sdk import Api, Refusal
from connectors.stripe.streams import LISTINGS, PAYOUT, id_of
from hub.contracts import Ask, Page, Record, Stream

PERMISSION = LISTINGS["payouts"].permission


class PayoutRows:
    """The rows of one account's payouts."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def page(self, stream: Stream, ask: Ask, next_page: str | None) -> Page:
        """The balance transactions of payouts, one payout after the other."""
        at, after = json.loads(next_page) if next_page else (0, None)
        ids = list(ask.parents) if ask.purpose == "parents" else self._payouts()
        if at >= len(ids):
            return Page(())
        found, more = self._of_payout(stream, ids[at], after)
        if more:
            return Page(found, json.dumps([at, id_of(found[-1])]))
        return Page(found, json.dumps([at + 1, None]) if at + 1 < len(ids) else None)

    def _of_payout(self, stream: Stream, payout: str, after: str | None) -> tuple[tuple[Record, ...], bool]:
        """Rows of an automatic payout whose parts are told; of another one there are none to ask for."""
        if after is None:
            try:
                told = self._api.call("payouts.retrieve", payout)
            except Refusal as refusal:
                raise answers.of_read(refusal, PERMISSION) from None
            if not told.get("automatic") or told.get("reconciliation_status") != "completed":
                return (), False
        params: dict[str, Any] = {"payout": payout, "limit": LIMIT}
        if after is not None:
            params["starting_after"] = after
        found, more = listed(self._api, stream.name, **params)
        return tuple({**row, PAYOUT: payout} for row in found), more

    def at_home(self, stream: Stream, row: Record) -> Record:
        """A row with the payout it belongs to, which only the payouts' own lists can tell."""
        ask, after = Ask(purpose="all"), None
        while True:
            page = self.page(stream, ask, after)
            for one in page.records:
                if id_of(one) == id_of(row):
                    return one
            if page.next is None:
                return row
            after = page.next

    def _payouts(self) -> list[str]:
        """Every payout, newest first."""
        ids: list[str] = []
        after: dict[str, Any] = {}
        while True:
            found, more = read(self._api, "payouts.list", PERMISSION, limit=LIMIT, **after)
            ids += [id_of(one) for one in found]
            if not more:
                return ids
            after = {"starting_after": ids[-1]}
