"""What the connectors say of themselves is whole, true to the page, and names what is inferred."""

from __future__ import annotations

from pathlib import Path

from hub.channels import Live, page
from hub.plugins import load_plugins

ROOT = Path(__file__).parents[1]
CHANNELS = load_plugins().channels
INFERRED = (ROOT / "docs/inferred.md").read_text("utf-8")


def test_every_connector_declares_its_channel() -> None:
    plugins = load_plugins()
    assert set(CHANNELS) == {*plugins.sources, *plugins.targets, *plugins.schemes}
    assert all(one.system == name for name, one in CHANNELS.items())


def test_the_page_is_what_the_connectors_declare() -> None:
    """Written anew by `hub channels --markdown > docs/channels.md`."""
    assert (ROOT / "docs/channels.md").read_text("utf-8") == page(CHANNELS.values())


def test_nothing_is_called_live_that_never_was() -> None:
    assert {one.system for one in CHANNELS.values() if one.live is Live.LIVE} == set()


def test_what_is_inferred_is_listed() -> None:
    for one in CHANNELS.values():
        assert one.inferred is None or f"\n## {one.inferred}\n" in INFERRED, one.system


def test_every_state_has_a_meaning() -> None:
    assert all(state.meaning.endswith(".") for state in Live)
