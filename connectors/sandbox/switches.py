"""Switches: where a vendor publishes nothing, a sandbox offers each plausible behaviour (default first)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from connectors.sandbox.store import Doc, State

Known = Mapping[str, tuple[Any, ...]]


class SwitchedState(State):
    """A sandbox's state with the switches of its `known`; `settings["switches"]` turns some at opening."""

    known: ClassVar[Known] = {}

    def __init__(self, path: Path | None, seed: int = 0, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(path, seed, settings)
        self._opened: Doc = dict(self.settings.get("switches") or {})
        check(self.known, self._opened)

    def switch(self, name: str) -> Any:
        """The present value of a switch."""
        changed = self.store.peek("__control__", "switches")
        if changed is not None and name in changed:
            return changed[name]
        return self._opened.get(name, self.known[name][0])

    def turn(self, changes: Doc) -> Doc:
        """Change switches durably (the caller commits) and return all of them. ValueError when unknown."""
        check(self.known, changes)
        stored = self.store.peek("__control__", "switches") or {}
        self.store.put("__control__", "switches", {**stored, **changes})
        return {name: self.switch(name) for name in self.known}


def check(known: Known, values: Mapping[str, Any]) -> None:
    """Refuse unknown switches and values. Raises ValueError."""
    for name, value in values.items():
        if name not in known:
            raise ValueError(f"no switch is called {name!r}")
        if value not in known[name]:
            raise ValueError(f"{name} must be one of {known[name]}")
