"""State of the NDIS sandbox: providers, participants with plans, support items, uploads, payment requests.

Settings (all optional), each a behaviour that is not public or reported both ways:
- `over_limit`: cap (default; the price limit is paid) or reject (C06)
- `results_after`: seconds until a results file is ready (default 1200)
- `open_days`: days a request of a provider who is not recorded stays open (default 10)
- `reason_column`: heading of the rejection reason (default "Rejection Reason")
- `number_column`: whether results carry "Payment Request Number" (default true)
- `remittance`: {"names": "camel" | "snake", "order": "documented" | "shuffled", "extra": a further column,
  "dates": "YYYYMMDD" | "DDMMYYYY", "cents": added to the first line of each remittance}
"""

from __future__ import annotations

from typing import Any

from connectors.sandbox.store import Doc, State

DEFAULTS: Doc = {
    "over_limit": "cap",
    "results_after": 1200,
    "open_days": 10,
    "reason_column": "Rejection Reason",
    "number_column": True,
    "remittance": {},
}


class NdisState(State):
    """Documents: provider, participant, item, upload, request, night (a remittance run)."""

    def setting(self, name: str) -> Any:
        """A setting as given, turned by the control endpoint, or its default."""
        turned = self.store.peek("settings", "turned") or {}
        return turned.get(name, self.settings.get(name, DEFAULTS[name]))

    def turn(self, changed: Doc) -> Doc:
        """Change settings while running. Raises ValueError for an unknown one."""
        unknown = sorted(set(changed) - set(DEFAULTS))
        if unknown:
            raise ValueError(f"no setting is named {unknown[0]}; there are: {', '.join(DEFAULTS)}")
        now = {**(self.store.get("settings", "turned") or {}), **changed}
        self.store.put("settings", "turned", now)
        return {name: self.setting(name) for name in DEFAULTS}
