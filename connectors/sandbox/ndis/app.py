"""The handler: uploads, results and remittances, and the control calls that are this sandbox's own.

The portal is a set of pages for people; no interface of it is published. The addresses below are therefore
ours, the files and their rules are the agency's:

- `POST /uploads?name=HUB260610A.csv`, body: the file -> 201, or 400 {"error"} when it is refused as a whole
- `GET /uploads` -> [{name, at, rows, status}]; `GET /uploads/NAME/results` -> CSV, 404 until it is ready
- `GET /remittances` -> [{number, day, total_cents}]; `GET /remittances/NUMBER` -> CSV

Each call carries `Authorization: Bearer SESSION` of a signed-in person.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from connectors.sandbox.ndis import answers, hands, judging, layout, paying
from connectors.sandbox.ndis.state import NdisState
from connectors.sandbox.store import Doc
from connectors.sandbox.wire import Clock, OutgoingHook, Request, Response

_CONTROL = "/__control__/"


class NdisSandbox:
    """Imitates what the provider portal does with bulk payment request files."""

    name = "ndis"

    def open(self, path: Path | None, seed: int = 0, settings: Mapping[str, Any] | None = None) -> NdisState:
        """Open (or create) the state kept in `path`; `settings` as state.py describes."""
        return NdisState(path, seed, settings)

    def handle(self, request: Request, state: NdisState, clock: Clock) -> Response:
        """Answer one request; its effect is committed before the answer, and a failure leaves none."""
        now = state.story_now(clock)
        paying.pass_time(state, now)
        if request.path.startswith(_CONTROL):
            response = _control(request, state, now)
        else:
            response = _portal(request, state, now)
        state.store.commit()
        return response

    def due_hooks(self, state: NdisState, clock: Clock) -> list[OutgoingHook]:
        """Never any: people look into the portal."""
        return []

    def settle_hook(self, state: NdisState, clock: Clock, hook_id: str, status: int | None) -> None:
        """Nothing to settle."""


def _portal(request: Request, state: NdisState, now: datetime) -> Response:
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    session = state.store.peek("session", token)
    if session is None:
        return Response.json({"error": "Sign in first."}, 401)
    provider = session["provider"]
    parts = [part for part in request.path.split("/") if part]
    match (request.method, parts):
        case ("POST", ["uploads"]):
            return _upload(request, state, provider, now)
        case ("GET", ["uploads"]):
            mine = [one for one in state.store.all("upload") if one["provider"] == provider]
            return Response.json([_shown(state, one, now) for one in mine])
        case ("GET", ["uploads", name, "results"]):
            return _results(state, provider, name, now)
        case ("GET", ["remittances"]):
            nights = [one for one in state.store.all("night") if one["provider"] == provider]
            shown = [{"number": n["id"], "day": n["day"], "total_cents": n["total"]} for n in nights]
            return Response.json(shown)
        case ("GET", ["remittances", number]):
            night = state.store.peek("night", number)
            if night is None or night["provider"] != provider:
                return Response.json({"error": "There is no such remittance."}, 404)
            return Response(200, (("Content-Type", "text/csv"),), answers.remittance(state, night))
        case _:
            return Response.json({"error": "There is no such page."}, 404)


def _upload(request: Request, state: NdisState, provider: str, now: datetime) -> Response:
    name = request.param("name") or ""
    try:
        rows = layout.rows(name, request.body)
    except layout.BadFile as bad:
        return Response.json({"error": str(bad)}, 400)
    again = any(one["name"].lower() == name.lower() for one in state.store.all("upload"))
    upload: Doc = {
        "id": state.uuid("upload"),
        "name": name,
        "provider": provider,
        "at": now.isoformat(),
        "rows": len(rows),
    }
    state.store.put("upload", upload["id"], upload)
    for row in rows:
        decided = judging.judge(state, upload, row, now)
        state.store.put("request", decided["id"], decided)
    warning = {"warning": "A file of this name was uploaded before."} if again else {}
    return Response.json({"name": name, "rows": len(rows), **warning}, 201)


def _results(state: NdisState, provider: str, name: str, now: datetime) -> Response:
    mine = [one for one in state.store.all("upload") if one["provider"] == provider]
    found = [one for one in mine if one["name"].lower() == name.lower()]
    if not found or not paying.ready(state, found[-1], now):
        return Response.json({"error": "The results are not ready yet."}, 404)
    return Response(200, (("Content-Type", "text/csv"),), answers.results(state, found[-1]))


def _shown(state: NdisState, upload: Doc, now: datetime) -> Doc:
    status = "Processed" if paying.ready(state, upload, now) else "Open"
    return {"name": upload["name"], "at": upload["at"], "rows": upload["rows"], "status": status}


def _control(request: Request, state: NdisState, now: datetime) -> Response:
    name = request.path.removeprefix(_CONTROL).rstrip("/")
    try:
        if name == "ledger":
            asked = ("id", "reference", "status", "reason", "claimed", "approved", "paid")
            found = [{key: one[key] for key in asked} for one in state.store.all("request")]
            return Response.json({"requests": found, "payments": list(state.store.all("night"))})
        if name == "switches":
            return Response.json(state.turn(request.json() or {}))
        if name == "hands":
            return Response.json(hands.act_all(state, request.json() or [], now))
        if name.removeprefix("hands/") not in hands.ACTIONS:
            return Response.json({"error": f"no action is named {name}"}, 404)
        return Response.json(hands.act(state, name.removeprefix("hands/"), request.json() or {}, now))
    except (ValueError, KeyError, TypeError) as error:
        state.store.rollback()
        return Response.json({"error": f"{type(error).__name__}: {error}"}, 400)
