"""One target connection at hand: its rules, its session, the group's configuration, the effective policy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.config.model import GroupConfig
from hub.documents import DocKind
from hub.errors import PauseConnection, ReadFailed, ReconnectNeeded
from hub.kernel import Kernel
from hub.planning.closing import Closing
from hub.store import connections, holds
from hub.store.session import Store
from hub.store.vault import Vault
from hub.targets import Chart, Key, Observed, Policy, Target, TargetSession
from hub.world import World

CHART_AGE = timedelta(minutes=10)
CHART_AGE_BEFORE_REMOVAL = timedelta(seconds=20)


class Context:
    """What planning and sending share for one group and target.

    The chart of accounts is cached on the connection and read again when it is older than asked for: ten
    minutes for what only adds, twenty seconds before anything is removed. `writes` is False for previews,
    which keep what they read to themselves. `closing`: by delivery, steps with nothing to plan after them.
    """

    def __init__(self, kernel: Kernel, group: str, target: str, *, writes: bool = True) -> None:
        self.kernel = kernel
        self.group = group
        self.id = target
        self.config: GroupConfig = kernel.config(group)
        self.writes = writes
        self.closing: dict[str, Closing] = {}
        self.rules: Target
        self.session: TargetSession
        self.rules, self.session = kernel.target(group, target, self.config)
        self._chart: tuple[Chart, datetime] | None = None
        self._vault: Vault | None = None

    @property
    def world(self) -> World:
        return self.kernel.world

    @property
    def store(self) -> Store:
        return self.kernel.store

    @property
    def deadline(self) -> timedelta:
        """The total time of one call."""
        return timedelta(seconds=self.kernel.settings.call_deadline)

    @property
    def lease(self) -> timedelta:
        """How long a lease over one call lasts: three deadlines."""
        return 3 * self.deadline

    @property
    def quiet(self) -> timedelta:
        """How long absence is not believed after an unknown outcome where the target may hold two."""
        return timedelta(seconds=self.config.policy.quiet_seconds)

    @property
    def confusable(self) -> frozenset[DocKind]:
        """Kinds of which the target may hold two that look alike."""
        return frozenset(kind for kind, spec in self.rules.kinds.items() if not spec.enforces_unique)

    def vault(self) -> Vault:
        if self._vault is None:
            with self.store.read(self.group) as unit:
                self._vault = unit.vault
        return self._vault

    def is_open(self) -> bool:
        with self.store.read(self.group) as unit:
            return connections.is_open(unit, self.id, unit.now)

    def may_write(self) -> bool:
        with self.store.read(self.group) as unit:
            return connections.may_write(unit, self.id, unit.now)

    def opens_at(self) -> datetime | None:
        """The end of a pause; None when it is open, or waits for a person."""
        with self.store.read(self.group) as unit:
            state = connections.state(unit, self.id)
            if state.reconnect or state.open(unit.now):
                return None
            return state.paused_until

    def pause(self, error: PauseConnection) -> None:
        """Write a pause on the connection; the queue stays."""
        reconnect = isinstance(error, ReconnectNeeded)
        with self.store.write(self.group) as unit:
            connections.pause(unit, self.id, error.until, error.code, error.sentence, reconnect)

    def policy(self, max_age: timedelta = CHART_AGE) -> Policy:
        """The effective lock and the chart, read again when older than `max_age`.

        Raises PauseConnection, and ReadFailed where there is no chart at all.
        """
        chart = self._fresh_chart(max_age)
        mine = self.config.policy
        locks = [day for day in (chart.locked_through, mine.lodged_through, mine.closed_through) if day]
        return Policy(max(locks, default=None), chart)

    def _fresh_chart(self, max_age: timedelta) -> Chart:
        now = self.world.now()
        if self._chart is None:
            with self.store.read(self.group) as unit:
                self._chart = connections.chart(unit, self.id)
        if self._chart is not None and now - self._chart[1] < max_age:
            return self._chart[0]
        old = self._chart
        if not self.is_open():
            if old is None:
                raise ReadFailed(f"{self.id} is paused and its settings were never read.")
            return old[0]
        try:
            chart = self.session.chart()
        except ReadFailed:
            if old is None:
                raise
            return old[0]
        self._chart = (chart, now)
        if self.writes:
            with self.store.write(self.group) as unit:
                connections.store_chart(unit, self.id, chart)
                if old is not None and old[0] != chart:
                    holds.release_for_chart(unit)
        return chart

    def observe(self, keys: Sequence[Key]) -> Observed:
        """Look, outside any transaction. Raises ReadFailed (also while paused) and the pauses."""
        if not keys:
            return {}
        if not self.is_open():
            raise ReadFailed(f"{self.id} is paused.")
        return self.session.observe(keys)
