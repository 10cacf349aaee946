"""`hub up` as a user runs it, without Dagster (the kills run it with): refusal, death, return, end."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.cli.up import holder
from hub.store.migrations import run as migrations
from hub.store.session import open_engine, schema_of

ROOT = Path(__file__).parents[3]
PATIENCE = 90.0


class Deployment:
    """A data folder and a database, and the commands a person gives."""

    def __init__(self, home: Path, url: str) -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = str(probe.getsockname()[1])
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("HUB_", "DAGSTER"))}
        key = base64.b64encode(bytes(range(32))).decode()
        self.env |= {"HUB_HOME": str(home), "HUB_DATABASE_URL": url, "HUB_MASTER_KEY": key}
        self.started: list[subprocess.Popen[bytes]] = []

    def hub(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "hub.cli", *words]
        return subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)

    def up(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "hub.cli", "up", "--no-dagster", "--receiver-port", self.port]
        with (self.home / "up.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)
        self.started.append(process)
        assert soon(lambda: self.log().count("everything is well") == len(self.started)), self.log()
        return process

    def log(self) -> str:
        return (self.home / "up.log").read_text()

    def noted(self) -> dict[str, Any]:
        return dict(json.loads((self.home / "up.json").read_text()))

    def pids(self) -> dict[str, int]:
        noted = self.noted()
        return {"guard": noted["guard"], **{m["name"]: m["pid"] for m in noted["members"]}}


def soon(ready: Callable[[], object]) -> bool:
    end = time.monotonic() + PATIENCE
    while not ready() and time.monotonic() < end:
        time.sleep(0.1)
    return bool(ready())


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    """On SQLite; tests/kills starts it on both databases."""
    home = tmp_path / "home"
    made = Deployment(home, f"sqlite:///{home / 'hub.sqlite'}")
    yield made
    for process in made.started:
        process.terminate()
        process.wait()


@pytest.mark.timeout(400)
def test_one_tree_from_an_empty_database_to_its_end(deployment: Deployment) -> None:
    """Migrates, refuses a second one, starts a killed child again, leaves nobody behind, and starts anew."""
    first = deployment.up()
    assert deployment.hub("init", "mappings/clinics/example.yaml").returncode == 0
    second = deployment.hub("up", "--no-dagster")
    assert second.returncode == 2
    assert f"process {first.pid} on" in " ".join(second.stderr.split())
    status = json.loads(deployment.hub("status", "--json").stdout)
    assert status["up"]["pid"] == first.pid
    assert [m["name"] for m in status["up"]["members"]] == ["receiver", "worker"]

    before = deployment.pids()
    os.kill(before["receiver"], signal.SIGKILL)
    assert soon(lambda: deployment.pids()["receiver"] not in (None, before["receiver"])), deployment.log()
    assert "receiver          ended (killed by SIGKILL); starts again in 1 s" in deployment.log()

    members = deployment.pids()
    first.kill()
    first.wait()
    assert soon(lambda: all(holder.start_of(pid) is None for pid in members.values()))
    again = deployment.up()
    members = deployment.pids()
    again.terminate()
    assert again.wait(PATIENCE) == 0
    assert all(holder.start_of(pid) is None for pid in members.values())
    assert not (deployment.home / "up.json").exists()
    assert json.loads(deployment.hub("status", "--json").stdout)["up"] is None


def test_migrating_is_all_it_does_when_asked(deployment: Deployment) -> None:
    assert deployment.hub("up", "--migrate").returncode == 0
    engine = open_engine(deployment.env["HUB_DATABASE_URL"])
    assert schema_of(engine) == migrations.HEAD
    with engine.begin() as db:
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    engine.dispose()
    refused = deployment.hub("init", "mappings/clinics/example.yaml")
    assert refused.returncode == 2
    assert "start `hub up` with the newer release" in " ".join(refused.stderr.split())
