"""Before anything of a source is posted: does the key see the whole clinic, and does nobody else post it?

A reason whose code ends in `:native-sync` says that the source itself writes to the accounts. Posting is
then frozen until a person confirms in the configuration that it is off, and thaws the target.
"""

from __future__ import annotations

from collections.abc import Sequence

from hub.contracts import SourceClient
from hub.errors import Reason
from hub.kernel import Kernel
from hub.store import connections, issues

NATIVE_SYNC = ":native-sync"
STREAM = "account"


def look(kernel: Kernel, group: str, connection: str, client: SourceClient) -> Sequence[Reason]:
    """Probe, keep an open issue per reason, close those that ended. Raises what the probe raises."""
    found = client.probe()
    config = kernel.config(group)
    targets = {place.target for place in config.locations if connection in place.source}
    with kernel.store.write(group) as unit:
        standing = {
            i.source_id for i in issues.list_open(unit) if (i.connection, i.stream) == (connection, STREAM)
        }
        for reason in found:
            issues.open_issue(unit, connection, STREAM, reason.code, connection, reason)
            if reason.code.endswith(NATIVE_SYNC):
                for target in sorted(targets):
                    if not connections.state(unit, target).frozen:
                        connections.freeze(unit, target, why=f"{connection}: {reason.code}")
        for code in standing - {reason.code for reason in found}:
            issues.close_issue(unit, connection, STREAM, code, why="no longer so")
    return found
