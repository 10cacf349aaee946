"""Connectors as they are, each call named by the operation it serves, so that the wire knows what it carries.

Operations come from what connectors declare: a target's kinds and changes, a source's streams. A new system
gets its rows of the report by being installed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from hub.contracts import (
    Ask,
    HttpFactory,
    Page,
    Record,
    Source,
    SourceClient,
    Stream,
    TokenSource,
    TokenStore,
)
from hub.errors import Reason
from hub.simulation.faults import Mode, Operation
from hub.simulation.scheduler import Scheduler
from hub.targets import (
    Answer,
    Chart,
    Key,
    Observed,
    Op,
    OutgoingBatch,
    Target,
    TargetSession,
)

Doing = Callable[[str], Any]


def target_operations(connection: str, target: Target) -> list[Operation]:
    """Every change a target declares, and what it reads and renews."""
    found = [
        Operation(connection, f"{kind.value}.{op.value}", Mode.WRITE, several=spec.batch[op] > 1)
        for kind, spec in target.kinds.items()
        for op in Op
        if op in spec.batch
    ]
    reads = [Operation(connection, name, Mode.READ) for name in ("look", "chart")]
    return [*found, *reads, Operation(connection, "renew", Mode.RENEW)]


def source_operations(connection: str, source: Source, hinted: Collection[str]) -> list[Operation]:
    """A listing per stream, a fetch for streams that hints name, and the token where it has one."""
    names = [f"{stream.name}.list" for stream in source.streams]
    names += [f"{name}.fetch" for name in sorted(hinted)]
    renew = [Operation(connection, "renew", Mode.RENEW)] if isinstance(source, TokenSource) else []
    return [*(Operation(connection, name, Mode.READ) for name in [*names, "probe"]), *renew]


def among(operation: Operation, names: Mapping[str, Collection[str]]) -> bool:
    """Whether an operation is one of these, by connection and its name or the kind it is of."""
    here = names.get(operation.connection, ())
    return operation.name in here or operation.name.partition(".")[0] in here


class _Doing:
    """Pushes the name of an operation onto the running task."""

    def __init__(self, scheduler: Callable[[], Scheduler]) -> None:
        self._scheduler = scheduler

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        task = self._scheduler().current
        if task is None:
            yield
            return
        task.doing.append(name)
        try:
            yield
        finally:
            task.doing.pop()


class NamedTarget:
    """A target whose sessions and token exchanges say what they do."""

    def __init__(self, inner: Target, doing: Doing) -> None:
        self._inner, self._doing = inner, doing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def open(self, config: Mapping[str, Any], tokens: TokenStore, http: HttpFactory) -> TargetSession:
        return _Session(self._inner.open(config, tokens, http), self._doing)

    def refresh(
        self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory
    ) -> Mapping[str, Any]:
        with self._doing("renew"):
            return self._inner.refresh(config, secret, http)


class _Session:
    def __init__(self, inner: TargetSession, doing: Doing) -> None:
        self._inner, self._doing = inner, doing

    def observe(self, keys: Sequence[Key]) -> Observed:
        with self._doing("look"):
            return self._inner.observe(keys)

    def send(self, batch: OutgoingBatch) -> Sequence[Answer]:
        with self._doing(f"{batch.kind.value}.{batch.op.value}"):
            return self._inner.send(batch)

    def chart(self) -> Chart:
        with self._doing("chart"):
            return self._inner.chart()

    def probe(self) -> Sequence[Reason]:
        with self._doing("chart"):
            return self._inner.probe()


class NamedSource:
    """A source whose clients say which stream they read."""

    def __init__(self, inner: Source, doing: Doing) -> None:
        self._inner, self._doing = inner, doing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def open(self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory) -> SourceClient:
        return _Client(self._inner.open(config, secret, http), self._doing)


class NamedTokenSource(NamedSource):
    """A source whose token exchanges say what they do as well."""

    def open(
        self,
        config: Mapping[str, Any],
        secret: Mapping[str, str],
        http: HttpFactory,
        tokens: TokenStore | None = None,
    ) -> SourceClient:
        return _Client(cast(TokenSource, self._inner).open(config, secret, http, tokens), self._doing)

    def refresh(
        self, config: Mapping[str, Any], secret: Mapping[str, str], http: HttpFactory
    ) -> Mapping[str, Any]:
        with self._doing("renew"):
            return cast(TokenSource, self._inner).refresh(config, secret, http)


def _named_source(source: Source, doing: Doing) -> Source:
    kind = NamedTokenSource if isinstance(source, TokenSource) else NamedSource
    return cast(Source, kind(source, doing))


class _Client:
    def __init__(self, inner: SourceClient, doing: Doing) -> None:
        self._inner, self._doing = inner, doing

    def page(self, stream: Stream, ask: Ask, next_page: str | None) -> Page:
        with self._doing(f"{stream.name}.list"):
            return self._inner.page(stream, ask, next_page)

    def fetch_one(self, stream: Stream, source_id: str) -> Record:
        with self._doing(f"{stream.name}.fetch"):
            return self._inner.fetch_one(stream, source_id)

    def probe(self) -> Sequence[Reason]:
        with self._doing("probe"):
            return self._inner.probe()


def named(
    sources: Mapping[str, Source], targets: Mapping[str, Target], scheduler: Callable[[], Scheduler]
) -> tuple[dict[str, Source], dict[str, Target]]:
    """The installed connectors, loaded and wrapped."""
    doing = _Doing(scheduler)
    return (
        {name: _named_source(sources[name], doing) for name in sources},
        {name: cast(Target, NamedTarget(targets[name], doing)) for name in targets},
    )
