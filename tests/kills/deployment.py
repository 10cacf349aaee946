"""A deployment under test: simulated systems that live on, and `hub up` with its own ports, to be killed.

The call deadline is a second and a half and the quiet time two seconds, so that what the dead left behind
comes free quickly; answers to writes are delayed, so that kills meet calls under way.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from connectors.sandbox.life.setup import CLIENT_ID
from hub.cli.demo import flow
from hub.cli.demo.children import Children
from hub.cli.demo.command import MAPPING, story_systems
from hub.cli.demo.story import Life, ReportFile, Story, find
from hub.cli.up.holder import Process, start_of
from hub.store import connections
from hub.store.tables import attempt, entity, raw_record, stream_cursor
from tests.kills.plan import LONGER, Hit

ROOT = Path(__file__).parents[2]
DEADLINE = 1.5
LEASE = 3 * DEADLINE
PATIENCE = 240.0
PULL_EVERY = "3"
MONTH = "2026-10"
WORKING = ("worker", "parent")
BUSY = 10.0
"""Seconds to wait for the worker to be in the middle of something before it is hit."""
HOOK_KEY = "kills-webhook-key"
SLOW = {"kind": "delay", "match": {"method": "^(PUT|POST)$"}, "when": "after", "seconds": 0.25, "times": None}


class Deployment:
    """Starts everything; `up` starts the hub again where it is down."""

    def __init__(self, home: Path, url: str | None, seed: int, say: Callable[[str], None]) -> None:
        self.home = home
        self.say = say
        home.mkdir(parents=True, exist_ok=True)
        self.sandboxes = Children(home / "logs")
        urls = {
            connection: self.sandboxes.sandbox(system, home / f"{system}.sqlite", seed=seed)
            for connection, system in story_systems(ROOT / MAPPING).items()
            if system != "stripe"  # nobody sends links to pay by here
        }
        self.story: Story = find()
        self.life: Life = self.story.life(
            urls, seed=seed, month=MONTH, weeks=None, state=home / "life.json", reports=True
        )
        where = flow.place(home, urls, url)
        self.receiver, self.pages = _free_port(), _free_port()
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("HUB_", "DAGSTER"))}
        self.env |= {**where.env, "HUB_CALL_DEADLINE": str(DEADLINE), "HUB_BACKOFF": "[0.5,1,2,5,10,20]"}
        budgets = self.story.raise_limits(self.life)
        self.hub, self.group = flow.open_hub(where, _impatient(home), self.life, month=MONTH, budgets=budgets)
        config = self.hub.config(self.group)
        self.sources = [c.id for c in config.connections if c.is_read]
        self.reported: set[str] = set()
        self.target = next(c.id for c in config.connections if c.role == "target")
        self.ledger = urls[self.target]
        self._hooks()
        self._starting = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None

    def _hooks(self) -> None:
        """The key of the ledger's webhooks, and slow answers."""
        config = self.hub.connection(self.group, self.target)
        with self.hub.store.write(self.group, agent="kills") as unit:
            known = connections.secret(unit, self.target)
            secret = {**known, "webhook_key": HOOK_KEY}
            connections.store_secret(
                unit, self.target, config.system, config.role, secret, grant=config.grant
            )
        self._control("faults", SLOW)

    def _control(self, path: str, body: object) -> Any:
        answer = httpx.post(f"{self.ledger}/__control__/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def begin(self) -> None:
        """Start the hub; once its receiver answers, the ledger's webhook is set up and checked."""
        self.up()
        alive = f"http://127.0.0.1:{self.receiver}/alive"

        def answers() -> bool:
            with suppress(httpx.HTTPError):
                return httpx.get(alive, timeout=2.0).status_code == 204
            return False

        assert soon(answers), self.log()
        url = f"http://127.0.0.1:{self.receiver}/hooks/{self.group}/{self.target}"
        hook = {"client_id": CLIENT_ID, "url": url, "key": HOOK_KEY}
        self._control("hands/register_webhook", hook)

        def passed() -> bool:
            return self._control("hands/webhooks", {})["webhooks"][0]["status"] == "OK"

        assert soon(passed), "the receiver did not pass the check of the webhook's address"
        assert soon(lambda: "worker" in self.members()), self.log()

    def up(self) -> None:
        """Start `hub up` where it is not running."""
        with self._starting:
            self._up()

    def _up(self) -> None:
        if self.process is not None and self.process.poll() is None:
            return
        self._forget()
        command = [sys.executable, "-m", "hub.cli", "up", "--pull-every", PULL_EVERY, "--die-with-parent"]
        command += ["--dagster-port", str(self.pages), "--receiver-port", str(self.receiver)]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdin=subprocess.PIPE, stdout=log, stderr=log
            )

    @property
    def _log(self) -> Path:
        return self.home / "logs" / "up.log"

    def _forget(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()

    def members(self) -> Mapping[str, int]:
        """Who is alive, by name; what a tree before this one noted does not count."""
        process = self.process
        if process is None or process.poll() is not None:
            return {}
        found = {"parent": process.pid}
        with suppress(OSError, ValueError):
            noted = json.loads((self.home / "up.json").read_text())
            if Process.read(noted["owner"]).pid == process.pid:
                found["guard"] = noted["guard"]
                found |= {m["name"]: m["pid"] for m in noted["members"] if m["pid"]}
        return {name: pid for name, pid in found.items() if start_of(pid) is not None}

    def strike(self, hit: Hit) -> bool:
        """One hit. Whether it met a living process; a parent that died is started again at once."""
        pid = self._at_work(hit.member)
        if pid is None:
            return False
        time.sleep(hit.after)
        try:
            os.kill(pid, signal.SIGSTOP if hit.stop else signal.SIGKILL)
        except ProcessLookupError:
            return False
        if hit.stop:
            time.sleep(LONGER * LEASE)
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
            return True
        soon(lambda: start_of(pid) is None, 10.0)
        if hit.member == "parent":
            self.up()
        return True

    def _at_work(self, member: str) -> int | None:
        """The process id of a member that lives, and where that can be seen is in the middle of something."""
        end, rows = time.monotonic() + PATIENCE, 0
        while member not in self.members():
            self.up()
            if time.monotonic() > end:
                return None
            time.sleep(0.1)
        if member in WORKING:
            rows, end = self._written(), time.monotonic() + BUSY
            while self._written() == rows and time.monotonic() < end:
                time.sleep(0.05)
        return self.members().get(member)

    def _written(self) -> int:
        """Grows while the worker works."""
        with self.hub.store.read(self.group) as unit:
            return sum(
                unit.db.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (raw_record, attempt, entity)
            )

    def import_reports(self, reports: Sequence[ReportFile]) -> None:
        """What staff do once the hub has read the step, with the command they have; again where it fails."""
        now = self.hub.world.now()
        assert soon(lambda: self._read_since(now), 2 * PATIENCE), self.log()
        config = self.hub.config(self.group)
        for number, (business, first, last) in enumerate(reports):
            (place,) = (p for p in config.locations if business in p.source.values())
            self.reported.add(business)
            file = self.home / f"report-{number}.csv"
            file.write_bytes(self.life.report_csv(business, first, last))
            self.command("import", "payments", str(file), "--location", place.key, *_days(first, last))

    def _read_since(self, since: datetime) -> bool:
        """Whether every invoice of then was pulled; whoever waits starts the hub again where it died."""
        self.up()
        with self.hub.store.read(self.group) as unit:
            asked = select(stream_cursor.c.last_complete).where(stream_cursor.c.stream == "invoices")
            done = unit.db.execute(asked).scalars().all()
        return len(done) == len(self.sources) and all(one is not None and one > since for one in done)

    def command(self, *words: str) -> None:
        """Run one command of the hub until it works, for a while."""
        end = time.monotonic() + PATIENCE
        while True:
            done = subprocess.run(
                [sys.executable, "-m", "hub.cli", *words],
                cwd=ROOT,
                env=self.env,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode == 0:
                return
            assert time.monotonic() < end, done.stderr
            self.say(f"`hub {' '.join(words[:2])}` again: {' '.join(done.stderr.split())[:100]}")
            time.sleep(1.0)

    def down(self) -> None:
        """End it as an operator does; nobody is left. Raises AssertionError otherwise."""
        self.up()
        assert self.process is not None
        assert soon(lambda: "worker" in self.members()), self.log()
        members = self.members()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self._forget()
        assert code == 0, self.log()
        left = [name for name, pid in members.items() if start_of(pid) is not None]
        assert left == [], f"left behind: {left}"

    def log(self) -> str:
        """The end of what the tree said."""
        return self._log.read_text("utf-8", "replace")[-4000:]

    def close(self) -> None:
        """End whatever still runs."""
        if self.process is not None:
            self._forget()
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(60)
            self.process.kill()
            self.process.wait()
        self.life.close()
        for connection in (*self.sources, self.target):
            self.hub.world.transport(connection).close()
        self.hub.world.engine.dispose()
        self.sandboxes.stop()


def soon(ready: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """Wait until it is so."""
    end = time.monotonic() + seconds
    while not ready() and time.monotonic() < end:
        time.sleep(0.2)
    return bool(ready())


def _days(first: date, last: date) -> list[str]:
    return ["--from", first.isoformat(), "--to", last.isoformat()]


def _impatient(folder: Path) -> Path:
    """The example group with a quiet time of two seconds instead of two minutes."""
    text = (ROOT / MAPPING).read_text("utf-8")
    assert "\npolicy:\n" in text
    copy = folder / "impatient" / MAPPING.name
    copy.parent.mkdir(exist_ok=True)
    copy.write_text(text.replace("\npolicy:\n", "\npolicy:\n  quiet_seconds: 2\n"), "utf-8")
    return copy


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
