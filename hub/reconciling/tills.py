"""Whose money a clearing account holds: which location took it, by which method."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from hub.reconciling.flows import ELSEWHERE
from hub.store.session import Unit
from hub.store.tables import config_version


class ClearingAccounts:
    """Whose a clearing account is, by the configuration that posted into it (an account may change hands)."""

    def __init__(self, versions: Mapping[str, Iterable[tuple[str, str | None, str | None]]]) -> None:
        """`versions`: the newest configuration first."""
        self._known: dict[tuple[str, str], tuple[str, str]] = {}
        self._ever: dict[str, tuple[str, str]] = {}
        for version, entries in versions.items():
            for account, location, method in entries:
                place = (location or ELSEWHERE, method or "(others)")
                self._known.setdefault((version, account), place)
                self._ever.setdefault(account, place)

    @classmethod
    def of(cls, unit: Unit) -> ClearingAccounts:
        query = (
            select(config_version.c.version, config_version.c.body)
            .where(config_version.c.group_id == unit.group)
            .order_by(config_version.c.seq.desc())
        )
        return cls({row[0]: _methods(json.loads(row[1])) for row in unit.db.execute(query)})

    def till(self, account: str, version: str) -> tuple[str, str]:
        """(location key, method name) under a configuration."""
        return self._known.get((version, account)) or self._ever.get(
            account, (ELSEWHERE, f"account {account}")
        )


def _methods(body: Mapping[str, Any]) -> list[tuple[str, str | None, str | None]]:
    entries = body.get("config", body)["tables"]["methods"]
    return [
        (e["value"]["account"], e.get("location"), e.get("key")) for e in entries if "account" in e["value"]
    ]
