"""The one frozen settings object, read from HUB_* variables; half a configuration does not start."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.errors import Misconfigured


class Settings(BaseSettings):
    """Everything a process of the hub needs to know before it opens the database.

    `endpoints` maps connection ids to base URLs that override the configuration's (sandboxes).
    `call_deadline` is the total time in seconds of one call to another system; leases last at least three.
    `database_patience` is how many seconds a long-running process waits at its start for a database that is
    busy or gone. `slice_seconds` is how long a pull or deliver starts new work. `backoff` are the seconds
    between attempts of one delivery. `agent` names who acts at the command line in audit rows (default: the
    user of the operating system).
    """

    model_config = SettingsConfigDict(
        env_prefix="HUB_", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    home: Path = Path(".hub")
    database_url: str = ""
    environment: str = Field("production", min_length=1, max_length=60)
    master_key: SecretStr | None = None
    master_key_file: Path | None = None
    config: Path | None = None
    endpoints: dict[str, str] = Field(default_factory=dict)
    call_deadline: float = Field(30.0, gt=0, le=120)
    database_patience: float = Field(60.0, ge=0)
    slice_seconds: float = Field(20.0, gt=0)
    busy_timeout: float = Field(10.0, gt=0)
    backoff: tuple[float, ...] = (10.0, 60.0, 300.0, 1800.0, 7200.0, 21600.0, 43200.0)
    backoff_jitter: float = Field(0.2, ge=0, lt=1)
    sensor_grace_seconds: float = Field(2.0, ge=0)
    agent: str = Field("", max_length=100)
    receiver_host: str = "127.0.0.1"
    receiver_port: int = Field(8700, gt=0, lt=65536)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise Misconfigured(_sentence(error)) from None
        if not self.database_url:
            object.__setattr__(self, "database_url", f"sqlite:///{self.home / 'hub.sqlite'}")
        if self.master_key is not None and self.master_key_file is not None:
            raise Misconfigured("Set HUB_MASTER_KEY or HUB_MASTER_KEY_FILE, not both.")

    @property
    def lease_seconds(self) -> float:
        """How long a lease over one call lasts: three total deadlines."""
        return 3 * self.call_deadline

    def master(self) -> bytes:
        """The 32 bytes of the master key. Raises Misconfigured with the remedy when there is none."""
        return _decode(self._master_text())

    def _master_text(self) -> str:
        if self.master_key is not None:
            return self.master_key.get_secret_value()
        if self.master_key_file is None:
            raise Misconfigured(
                "There is no master key: set HUB_MASTER_KEY_FILE to a file made by `openssl rand -base64 32` "
                "and keep a copy of it apart from the database.",
                code="config:no-key",
            )
        try:
            return self.master_key_file.read_text("ascii")
        except (OSError, UnicodeDecodeError):
            raise Misconfigured(
                f"The master key file {self.master_key_file} cannot be read.", code="config:no-key"
            ) from None


def _decode(text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise Misconfigured(
            "The master key must be 32 bytes, base64 encoded (`openssl rand -base64 32`).",
            code="config:no-key",
        )
    return key


def _sentence(error: ValidationError) -> str:
    """Names of settings and what is wrong with them, never their values."""
    wrong = [f"HUB_{'_'.join(str(p) for p in e['loc']).upper()}: {e['msg']}" for e in error.errors()]
    return "The settings are not usable: " + "; ".join(wrong)
