"""Settings: frozen, complete or refused, and silent about secrets."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from pydantic import ValidationError

from hub.errors import Misconfigured
from hub.settings import Settings

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [n for n in os.environ if n.startswith("HUB_")]:
        monkeypatch.delenv(name)


def test_the_database_lies_in_the_home_folder_by_default() -> None:
    assert Settings(home=Path("/srv/hub")).database_url == "sqlite:////srv/hub/hub.sqlite"
    assert Settings().database_url == "sqlite:///.hub/hub.sqlite"


def test_they_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_ENDPOINTS", '{"xero": "http://127.0.0.1:1"}')
    monkeypatch.setenv("HUB_MASTER_KEY", KEY)
    settings = Settings()
    assert settings.endpoints == {"xero": "http://127.0.0.1:1"}
    assert settings.master() == bytes(range(32))


def test_the_master_key_may_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    assert Settings(master_key_file=file).master() == bytes(range(32))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "HUB_MASTER_KEY_FILE"),
        ({"master_key": "c2hvcnQ="}, "32 bytes"),
        ({"master_key": "not base64!"}, "32 bytes"),
        ({"master_key_file": Path("/nowhere/key")}, "cannot be read"),
    ],
)
def test_without_a_usable_key_it_says_what_to_do(values: dict[str, object], says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        Settings(**values).master()


def test_half_a_configuration_is_refused_by_name_without_values() -> None:
    with pytest.raises(Misconfigured, match="HUB_CALL_DEADLINE") as caught:
        Settings(call_deadline="Canary", slice_seconds=-1)
    assert "HUB_SLICE_SECONDS" in str(caught.value)
    assert "Canary" not in str(caught.value)
    with pytest.raises(Misconfigured, match="not both"):
        Settings(master_key=KEY, master_key_file=Path("key"))
    with pytest.raises(Misconfigured, match="HUB_DATABASE"):
        Settings(database="sqlite:///x")


def test_they_are_frozen_and_hide_the_key() -> None:
    settings = Settings(master_key=KEY)
    with pytest.raises(ValidationError):
        settings.environment = "other"  # type: ignore[misc]
    assert KEY not in repr(settings)
    assert settings.lease_seconds >= 3 * settings.call_deadline
