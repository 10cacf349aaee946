"""YAML with line numbers: typed reading of a composed document that collects every error it meets.

Scalars are read as the text that was written (an account `090` stays `090`, a tax `none` stays `none`); only
a connector's own `settings` are given their YAML types.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from hub.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class ConfigError:
    """One thing wrong in a configuration: where, what, and how to mend it."""

    file: str
    line: int
    sentence: str
    remedy: str


class ConfigErrors(Misconfigured):
    """Everything wrong in a configuration file at once, in the order of the file."""

    code = "config:file"

    def __init__(self, errors: Iterable[ConfigError]) -> None:
        self.errors = tuple(sorted(dict.fromkeys(errors), key=lambda e: (e.file, e.line)))
        first = self.errors[0]
        more = f" (and {len(self.errors) - 1} more)" if len(self.errors) > 1 else ""
        super().__init__(f"{first.file}:{first.line}: {first.sentence} {first.remedy}{more}")


class Page:
    """One file being read. `errors` grows; a reader that met an error answers an empty value and goes on."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.errors: list[ConfigError] = []
        self.root = self._compose(text)

    def wrong(self, node: Node | None, sentence: str, remedy: str) -> None:
        line = 1 if node is None else node.start_mark.line + 1
        self.errors.append(ConfigError(self.file, line, sentence, remedy))

    def mapping(self, node: Node | None, what: str) -> dict[str, tuple[Node, Node]]:
        """Key text -> (key node, value node). Absent or empty is an empty mapping."""
        if node is None or _is_null(node):
            return {}
        if not isinstance(node, MappingNode):
            self.wrong(node, f"{what} must be a list of `name: value` lines.", "Indent names under it.")
            return {}
        found: dict[str, tuple[Node, Node]] = {}
        for key, value in node.value:
            name = self.text(key, f"a name in {what}")
            if name in found:
                self.wrong(key, f"{name!r} stands twice in {what}.", "Keep one of them.")
            elif name:
                found[name] = (key, value)
        return found

    def section(
        self, node: Node | None, what: str, known: Iterable[str], required: Iterable[str] = ()
    ) -> dict[str, Node]:
        """A mapping whose names are fixed; unknown and missing ones are errors."""
        names, given = list(known), self.mapping(node, what)
        for name, (key, _) in given.items():
            if name not in names:
                close = difflib.get_close_matches(name, names, 1)
                hint = f"Did you mean `{close[0]}`?" if close else f"Known are: {', '.join(names)}."
                self.wrong(key, f"{what} has no setting {name!r}.", hint)
        for name in required:
            if name not in given or _is_null(given[name][1]):
                self.wrong(node, f"{what} lacks `{name}`.", f"Add a line `{name}: ...`.")
        return {name: value for name, (_, value) in given.items() if name in names and not _is_null(value)}

    def items(self, node: Node | None, what: str) -> Iterator[Node]:
        """The elements of a list; a single value is a list of one."""
        if node is None or _is_null(node):
            return
        if isinstance(node, SequenceNode):
            yield from node.value
        else:
            yield node

    def text(self, node: Node | None, what: str) -> str:
        """The text as written, without outer blanks."""
        if node is None:
            return ""
        if not isinstance(node, ScalarNode):
            self.wrong(node, f"{what} must be a single value.", "Write it on one line.")
            return ""
        return str(node.value).strip()

    def texts(self, node: Node | None, what: str) -> tuple[str, ...]:
        return tuple(text for item in self.items(node, what) if (text := self.text(item, what)))

    def day(self, node: Node | None, what: str) -> date | None:
        text = self.text(node, what)
        if not text:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.wrong(node, f"{what} is no date.", "Write it as year-month-day, for example 2026-10-01.")
            return None

    def number(self, node: Node | None, what: str, default: int) -> int:
        text = self.text(node, what)
        if not text:
            return default
        if not text.lstrip("-").isdigit():
            self.wrong(node, f"{what} is no whole number.", "Write digits only.")
            return default
        return int(text)

    def one_of(self, node: Node | None, what: str, allowed: Iterable[str]) -> str | None:
        """One of fixed words; None (and an error) for any other."""
        text, words = self.text(node, what), list(allowed)
        if node is None or not text:
            return None
        if text not in words:
            self.wrong(node, f"{what} cannot be {text!r}.", f"Choose one of: {', '.join(words)}.")
            return None
        return text

    def plain(self, node: Node | None) -> Any:
        """A connector's own settings with their YAML types."""
        return SafeConstructor().construct_document(node) if node is not None else None

    def _compose(self, text: str) -> Node | None:
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            if node is None:
                self.wrong(None, "The file is empty.", "Start from the example of a complete group.")
            return node
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            if error.context_mark is not None and "flow" in str(error.context):
                mark = error.context_mark  # an unclosed bracket is found far below where it was opened
            line = 1 if mark is None else mark.line + 1
            problem = str(error.problem or "unreadable")
            sentence = f"The file is no valid YAML: {problem}."
            remedy = "Look for a wrong indent, a missing colon or an unclosed quote on or above this line."
            self.errors.append(ConfigError(self.file, line, sentence, remedy))
            return None


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def line_of(node: Node) -> int:
    return int(node.start_mark.line) + 1


__all__ = ["ConfigError", "ConfigErrors", "Page", "line_of"]
