"""`hub check`: a configuration against itself, the live chart of accounts and the practice systems' lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.canonical import Entity
from hub.config import check_accounts, check_collect, check_rules, check_schemes, check_settlements
from hub.config.findings import Checked, Finding
from hub.config.model import GroupConfig
from hub.targets import Chart


def check_group(
    config: GroupConfig, charts: Mapping[str, Chart], catalogue: Sequence[Entity] = ()
) -> list[Finding]:
    """Everything to mend or to look at, errors first, then by line.

    `charts` by target id; a target without one is not compared (`--offline`). `catalogue` are canonical
    practitioners, items and locations as last read. Errors would make documents be refused or go wrong;
    warnings name what will be held or deserves a second look.
    """
    checked = Checked(config, dict(charts))
    found = [
        *check_rules.prefixes(checked),
        *check_rules.methods(checked),
        *check_rules.fees(checked),
        *check_rules.payers(checked),
        *check_rules.policy(checked),
        *check_rules.counter_sales(checked),
        *check_rules.catalogue(checked, catalogue),
        *check_accounts.accounts(checked),
        *check_accounts.taxes(checked),
        *check_accounts.tracking(checked),
        *check_accounts.clearing(checked),
        *check_settlements.settlements(checked),
        *check_collect.collecting(checked),
        *check_schemes.schemes(checked),
    ]
    return sorted(dict.fromkeys(found), key=lambda f: (f.level != "error", f.line, f.sentence))


__all__ = ["Finding", "check_group"]
