"""Loading a configuration is a fact of its own: an immutable version with an audit row.

A version is the digest of the file's text. It stores the text as written beside what was understood, so that
a later release reads what a person wrote. Nothing delivered is touched; cases with an open hold are marked to
be planned again, so that exactly what waited for the new entries goes on.
"""

from __future__ import annotations

from sqlalchemy import bindparam, func, insert, select

from hub import audit
from hub.config.model import GroupConfig
from hub.errors import Misconfigured
from hub.ids import canonical_json
from hub.kernel import Kernel
from hub.store import holds
from hub.store.tables import config_version

_v = config_version.c
_LATEST = select(_v.version, _v.seq).where(_v.group_id == bindparam("g")).order_by(_v.seq.desc()).limit(1)
_KNOWN = select(func.count()).where(_v.group_id == bindparam("g"), _v.version == bindparam("v"))


def store_config(kernel: Kernel, group: str, config: GroupConfig, text: str, agent: str) -> str:
    """Make `config` the group's latest version and return it. The same text again changes nothing.

    A text that was the configuration before gets a version of its own (`...~3`), since versions are
    immutable and the latest one counts. Raises Misconfigured when the file is another group's.
    """
    if config.id != group:
        raise Misconfigured(
            f"The file is that of group {config.id!r}, not of {group!r}.", code="config:other-group"
        )
    with kernel.store.write(group, agent) as unit:
        latest = unit.db.execute(_LATEST, {"g": group}).first()
        before = None if latest is None else latest.version
        if before is not None and before.partition("~")[0] == config.version:
            return str(before)
        seq = 1 if latest is None else latest.seq + 1
        known = unit.db.execute(_KNOWN, {"g": group, "v": config.version}).scalar_one()
        version = f"{config.version}~{seq}" if known else config.version
        stored = config.model_copy(update={"version": version})
        body = canonical_json({"config": stored.model_dump(mode="json"), "text": text})
        unit.db.execute(
            insert(config_version).values(
                group_id=group, version=version, seq=seq, body=body, loaded_by=agent, loaded_at=unit.now
            )
        )
        released = holds.release_for_configuration(unit)
        audit.record(
            unit, "load_config", "config", version, outcome="stored", before=before, seq=seq, held=released
        )
    return version
