"""What a connector's test module hands over: a connected organisation as plain data, and examples.

A bench holds no logic of the suites. New connectors write one function that returns a bench, and inherit
everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

import httpx

from hub.documents import DocKind, Document
from hub.targets import Target
from tests.conformance.wire import writes
from tests.support.office import document_id
from tests.support.world import FakeClock


@dataclass(frozen=True, slots=True)
class Example:
    """A document of one kind; fields that point at other documents name other examples.

    `changed` is it after an edit (for kinds that are edited); `refused` is a content of the same kind that
    the organisation refuses for a reason a person must mend (one example of the target has it). `vary` makes
    the content of the nth copy where another number or name would not make it another document.
    """

    name: str
    content: Document
    changed: Document | None = None
    refused: Document | None = None
    vary: Callable[[Document, int], Document] | None = None

    @property
    def kind(self) -> DocKind:
        return self.content.kind

    @property
    def document(self) -> str:
        return document_id(self.kind, self.name)

    def again(self, n: int, names: Set[str]) -> Example:
        """The same once more under another name and number, pointing at the others' `n`th copies."""

        def copied(content: Document | None) -> Document | None:
            if content is None:
                return None
            named = {
                name: f"{getattr(content, name)}-{n}" for name in ("number", "name") if hasattr(content, name)
            }
            other = replace(content, **named)  # type: ignore[arg-type]
            other = self.vary(other, n) if self.vary is not None else other
            return pointing(other, {need: f"{need}#{n}" for need in content.needs() if need in names})

        made = copied(self.content)
        assert made is not None
        return Example(f"{self.name}#{n}", made, copied(self.changed), copied(self.refused))


def pointing(content: Any, at: Mapping[str, str]) -> Any:
    """The content with what it needs replaced by other ids, in its parts too."""
    if isinstance(content, str):
        return at.get(content, content)
    if isinstance(content, tuple):
        return tuple(pointing(part, at) for part in content)
    if not is_dataclass(content) or isinstance(content, type):
        return content
    said: dict[str, Any] = {f.name: getattr(content, f.name) for f in fields(content)}
    return replace(content, **{name: pointing(value, at) for name, value in said.items()})


@dataclass
class TargetBench:
    """One organisation behind `transport`, connected.

    `connection` are the fields of its ConnectionConfig besides id, system and role (base_url, tenant,
    settings); `secret` is what `hub connect` would be given. `count` answers from the organisation's own
    books how many living objects of a kind there are. `is_write` tells requests that change the books from
    others (a token exchange is a POST that changes none). `replays` says that the organisation recognises a
    request that reaches it twice (an idempotency key). For each kind whose calls take several elements there
    are two examples.
    """

    target: Target
    transport: httpx.BaseTransport
    clock: FakeClock
    secret: Mapping[str, str]
    examples: Sequence[Example]
    count: Callable[[DocKind], int]
    connection: Mapping[str, Any] = field(default_factory=dict)
    is_write: Callable[[httpx.Request], bool] = writes
    replays: bool = True

    def of(self, kind: DocKind) -> list[Example]:
        """The examples of a kind. A declared kind without one fails here."""
        found = [example for example in self.examples if example.kind is kind]
        assert found, f"{self.target.system} declares {kind} and gives no example of it"
        return found
