"""The example group's file, whole or as it was before some of its systems joined: fewer servers to start."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node

EXAMPLE = Path(__file__).parents[2] / "mappings" / "clinics" / "example.yaml"


def example(*connections: str) -> str:
    """The text with these connections alone and the locations that name no other; comments stay."""
    text = EXAMPLE.read_text("utf-8")
    lines = text.splitlines(keepends=True)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    own, places = _section(root, "connections"), _section(root, "locations")
    schemes = [scheme for _, scheme in _section(root, "schemes").value]
    known = [_name(key) for key, _ in own.value]
    gone = [name for name in known if name not in connections]
    closed = _posted(places, gone)
    spans = [*_spans(own, gone), *_spans(places, closed), *_payment_system(root, gone)]
    for scheme in schemes:
        spans += [*_spans(_section(scheme, "read"), gone), *_spans(_section(scheme, "by_location"), closed)]
    for first, last in sorted(spans, reverse=True):
        del lines[first:last]
    sync = [n for n, line in enumerate(lines) if line.strip().removeprefix("- ") in gone]
    for n in reversed(sync):
        del lines[n]
    return "".join(lines)


def _payment_system(root: Node | None, gone: Collection[str]) -> Iterator[tuple[int, int]]:
    """What the group asks of a payment system that is gone."""
    assert isinstance(root, MappingNode)
    for key, value in root.value:
        named = {"collect": ("connection",), "settlements": ()}.get(_name(key))
        if named is not None and isinstance(value, MappingNode):
            names = {_name(one) for key, one in value.value if _name(key) in named}
            if (names or {_name(one) for one, _ in value.value}) & set(gone):
                yield key.start_mark.line, _end(value)


def _section(node: Node | None, name: str) -> MappingNode:
    assert isinstance(node, MappingNode)
    found = next(value for key, value in node.value if _name(key) == name)
    assert isinstance(found, MappingNode)
    return found


def _posted(places: MappingNode, gone: Collection[str]) -> list[str]:
    """Locations that name a connection that is gone."""
    return [
        _name(key)
        for key, place in places.value
        if {_name(one) for one, _ in _section(place, "source").value} & set(gone)
    ]


def _spans(section: MappingNode, names: Collection[str]) -> Iterator[tuple[int, int]]:
    for n, (key, value) in enumerate(section.value):
        following = [after.start_mark.line for after, _ in section.value[n + 1 : n + 2]]
        if _name(key) in names:
            yield key.start_mark.line, (following or [_end(value)])[0]


def _end(node: Node) -> int:
    """The line after the last that says something: a block's own end lies behind the comments after it."""
    if isinstance(node, MappingNode) and not node.flow_style:
        return _end(node.value[-1][1])
    return node.end_mark.line + 1


def _name(node: Node) -> str:
    return str(node.value)
