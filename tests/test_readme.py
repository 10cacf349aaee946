"""The documentation and the product agree: commands, settings, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from hub.cli.app import app
from hub.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])


def commands(node: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command a person can type, as they type it."""
    children = getattr(node, "commands", None)
    if children is None or getattr(node, "invoke_without_command", False):
        yield " ".join(path)
    for name, child in (children or {}).items():
        yield from commands(child, (*path, name))


ALL = sorted(name for name in commands(typer.main.get_command(app), ("hub",)) if name != "hub")


def test_there_are_commands() -> None:
    assert {"hub demo", "hub check", "hub holds", "hub deliveries replay", "hub import payments"} <= set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_command_is_documented(name: str) -> None:
    texts = (page.read_text("utf-8") for page in PAGES if page.name != "CHANGELOG.md")
    assert any(re.search(rf"{re.escape(name)}\b", text) for text in texts), f"no page mentions `{name}`"


def test_every_documented_command_exists() -> None:
    """Whatever stands as `hub word ...` in a page is a command with those words."""
    known = {tuple(name.split()[1:]) for name in ALL} | {tuple(name.split()[1:2]) for name in ALL}
    for page in PAGES:
        if page.name == "CHANGELOG.md":
            continue
        for found in re.findall(r"`hub ([a-z]+)", page.read_text("utf-8")):
            assert (found,) in known, f"{page.name} names `hub {found}`"


def test_every_documented_setting_exists() -> None:
    known = {f"HUB_{name.upper()}" for name in Settings.model_fields}
    for page in PAGES:
        for name in re.findall(r"\bHUB_[A-Z_]+[A-Z]\b", page.read_text("utf-8")):
            assert name in known, f"{page.name} names {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if "://" in target or target.startswith("#"):
            continue
        file = target.partition("#")[0]
        assert (page.parent / file).exists(), f"{page.name} links to {target}"


def test_every_file_named_in_the_readme_exists() -> None:
    for name in re.findall(r"`((?:hub|connectors|mappings|pipelines|tests|docs)/[\w./-]*)`", README):
        assert (ROOT / name).exists(), name
