"""The sandbox framework: durable state, faults, control calls, both shells."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.sandbox.shells import InProcessTransport, RealClock, RunningServer, serve
from connectors.sandbox.store import State, Store
from connectors.sandbox.wire import OutgoingHook, Request, Response


class Notes:
    """A tiny vendor: POST /notes adds one note for each line of the body, GET lists them."""

    name = "notes"

    def open(self, path: Path | None, seed: int = 0, settings: Mapping[str, Any] | None = None) -> State:
        return State(path, seed, settings)

    def handle(self, request: Request, state: State, clock: Any) -> Response:
        if request.path == "/boom":
            state.store.put("note", "x", {"text": "half done"})
            raise RuntimeError("defect")
        if request.path == "/busy":
            return Response.json({"earlier": len(state.desk.earlier(request))})
        if request.path == "/__control__/hands/wipe":
            for note in state.store.all("note"):
                state.store.delete("note", note["id"])
        if request.method == "POST":
            lines = request.body.decode().splitlines()
            for line in lines[: int(request.headers.get("x-sandbox-partial", len(lines)))]:
                number = str(state.store.next("note"))
                state.store.put("note", number, {"id": number, "text": line})
        state.store.commit()
        return Response.json([note["text"] for note in state.store.all("note")])

    def due_hooks(self, state: State, clock: Any) -> list[OutgoingHook]:
        url = state.settings.get("hook")
        sent = state.store.count("sent")
        if not url or sent >= state.store.count("note"):
            return []
        return [OutgoingHook(str(sent), url, (("x-note", "yes"),), b'{"n":1}')]

    def settle_hook(self, state: State, clock: Any, hook_id: str, status: int | None) -> None:
        state.store.put("sent", hook_id, {"status": status})
        state.store.commit()


@pytest.fixture(params=["loopback", "in-process"])
def client(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    state = Notes().open(None)
    if request.param == "loopback":
        server = serve(Notes(), state)
        with httpx.Client(base_url=server.url, timeout=5) as http:
            yield http
        server.stop()
    else:
        with httpx.Client(
            transport=InProcessTransport(Notes(), state, RealClock()), base_url="http://x"
        ) as http:
            yield http
    state.close()


def plant(client: httpx.Client, **spec: Any) -> None:
    assert client.post("/__control__/faults", json=spec).status_code == 200


def test_store_survives_reopening_and_rolls_back(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.db")
    for name in ("a", "b", "c"):
        store.put("kind", name, {"n": name})
    assert store.next("count") == 1
    store.commit()
    store.delete("kind", "b")
    store.put("kind", "a", {"n": "changed"})
    store.put("kind", "d", {"n": "d"})
    assert store.next("count") == 2
    store.rollback()
    assert [d["n"] for d in store.all("kind")] == ["a", "b", "c"]
    copy = store.get("kind", "a")
    assert copy is not None
    copy["n"] = "not put"
    assert store.peek("kind", "a") == {"n": "a"}
    store.put("kind", "a", {"n": "A"})
    store.commit()
    store.close()
    again = Store(tmp_path / "s.db")
    assert [d["n"] for d in again.all("kind")] == ["A", "b", "c"]
    assert again.next("count") == 2
    again.close()


def test_faults_strike_where_planted(client: httpx.Client) -> None:
    match = {"method": "POST", "path": "^/notes$"}
    plant(client, match=match, kind="reset_before", skip=1)
    assert client.post("/notes", content="one").json() == ["one"]
    with pytest.raises(httpx.TransportError):
        client.post("/notes", content="lost")
    plant(client, match=match, kind="reset_after")
    with pytest.raises(httpx.TransportError):
        client.post("/notes", content="two")
    plant(client, match=match, kind="truncate")
    with pytest.raises(httpx.TransportError):
        client.post("/notes", content="three")
    plant(client, match=match, kind="partial", elements=1)
    with pytest.raises(httpx.TransportError):
        client.post("/notes", content="four\nunsaved")
    plant(client, match=match, kind="duplicate")
    assert client.post("/notes", content="five").json() == ["one", "two", "three", "four", "five", "five"]
    plant(client, match=match, kind="status", status=429, headers={"Retry-After": "60000"}, body="slow down")
    limited = client.post("/notes", content="refused")
    assert (limited.status_code, limited.headers["Retry-After"], limited.text) == (429, "60000", "slow down")
    plant(client, match=match, kind="status", status=500, when="after")
    assert client.post("/notes", content="six").status_code == 500
    assert client.get("/notes").json()[-1] == "six"
    log = client.get("/__control__/requests").json()
    assert [row["fault"] for row in log][:3] == [None, "reset_before", "reset_after"]
    assert [row["status"] for row in log][:4] == [200, None, None, 200]
    assert all(fault["hits"] == 1 for fault in client.get("/__control__/faults").json())
    assert client.get("/__control__/requests", params={"since": log[-1]["seq"]}).json() == []


def test_delay_longer_than_patience_still_has_its_effect(client: httpx.Client) -> None:
    plant(client, match={"path": "^/notes$"}, kind="delay", seconds=0.3, when="after")
    with pytest.raises(httpx.ReadTimeout):
        client.post("/notes", content="late", timeout=0.1)
    assert client.get("/notes").json() == ["late"]


def test_control_calls_refuse_nonsense_and_reach_the_system(client: httpx.Client) -> None:
    assert client.post("/__control__/faults", json={"kind": "gremlin"}).status_code == 400
    assert client.post("/__control__/faults", json={"kind": "delay", "secs": 1}).status_code == 400
    assert client.post("/__control__/clock", json={"story": "2026-10-05T09:00:00"}).status_code == 400
    assert client.post("/__control__/limits", json={"minute": 600}).json() == {"minute": 600}
    client.post("/notes", content="gone")
    assert client.post("/__control__/hands/wipe").json() == []


def test_story_clock_is_kept(tmp_path: Path) -> None:
    state = Notes().open(tmp_path / "n.db")
    server = serve(Notes(), state)
    with httpx.Client(base_url=server.url) as http:
        http.post("/__control__/clock", json={"story": "2026-10-05T09:00:00+11:00"})
    server.stop()
    state.close()
    again = Notes().open(tmp_path / "n.db")
    assert again.story_now(RealClock()).isoformat() == "2026-10-05T09:00:00+11:00"
    again.close()


def test_a_defect_changes_nothing(client: httpx.Client) -> None:
    with contextlib.suppress(RuntimeError):  # in process the defect itself is seen
        assert client.get("/boom").status_code == 500
    assert client.get("/notes").json() == []


def test_requests_in_progress_are_seen_while_answers_are_delayed() -> None:
    state = Notes().open(None)
    server = serve(Notes(), state)
    httpx.post(server.url + "/__control__/limits", json={"latency": 0.3})
    with ThreadPoolExecutor(4) as pool, httpx.Client(base_url=server.url) as http:
        seen = sorted(r.json()["earlier"] for r in pool.map(lambda _: http.get("/busy"), range(4)))
        assert seen == [0, 1, 2, 3]
        assert http.get("/busy").json() == {"earlier": 0}
    server.stop()
    state.close()


@pytest.fixture
def hooked() -> Iterator[tuple[RunningServer, list[tuple[str | None, bytes]], threading.Event]]:
    got: list[tuple[str | None, bytes]] = []
    arrived = threading.Event()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append((self.headers.get("x-note"), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()
            arrived.set()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    receiver = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    state = Notes().open(None, 0, {"hook": f"http://127.0.0.1:{receiver.server_address[1]}/in"})
    server = serve(Notes(), state)
    yield server, got, arrived
    server.stop()
    state.close()
    receiver.shutdown()
    receiver.server_close()


def test_hooks_are_sent_and_settled(
    hooked: tuple[RunningServer, list[tuple[str | None, bytes]], threading.Event],
) -> None:
    server, got, arrived = hooked
    httpx.post(server.url + "/notes", content="one")
    assert arrived.wait(3)
    server.stop()
    assert got == [("yes", b'{"n":1}')]
    assert server.state.store.peek("sent", "0") == {"status": 200}


def test_command_line_refuses_an_unknown_system() -> None:
    command = [sys.executable, "-m", "connectors.sandbox", "--system", "nonesuch"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "no sandbox is called 'nonesuch'" in done.stderr


def test_uuids_repeat_for_the_same_seed() -> None:
    first, second, other = State(None, 7), State(None, 7), State(None, 8)
    assert [first.uuid("x"), first.uuid("x")] == [second.uuid("x"), second.uuid("x")]
    assert first.uuid("x") != other.uuid("x")
    assert datetime.now(UTC) <= RealClock().now()
    assert json.dumps(first.limits) == "{}"
