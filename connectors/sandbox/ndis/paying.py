"""What happens by itself as time goes by: open requests end, accepted ones are paid the next night."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from connectors.sandbox.ndis.judging import ERROR, OPEN, SUCCESSFUL
from connectors.sandbox.ndis.state import NdisState
from connectors.sandbox.store import Doc


def pass_time(state: NdisState, now: datetime) -> None:
    """Do everything that was due at or before `now`, night by night."""
    last = state.store.peek("clock", "night")
    night = date.fromisoformat(last["day"]) if last else _first(state)
    while night is not None and night < now.date():
        night += timedelta(days=1)
        _end_open(state, night)
        _pay(state, night)
        state.store.put("clock", "night", {"day": night.isoformat()})


def _first(state: NdisState) -> date | None:
    """The day of the first payment request: nothing happens before it."""
    made = [datetime.fromisoformat(one["at"]).date() for one in state.store.all("request")]
    return min(made, default=None)


def _end_open(state: NdisState, night: date) -> None:
    for request in list(state.store.all("request")):
        if request["status"] == OPEN and request["until"] <= night.isoformat():
            participant = state.store.peek("participant", request["participant"]) or {}
            ended: Doc = {"status": SUCCESSFUL, "reason": ""}
            if participant.get("disputes"):
                ended = {"status": ERROR, "reason": "V19 The participant disputed the request", "approved": 0}
            state.store.put("request", request["id"], {**request, **ended})


def _pay(state: NdisState, night: date) -> None:
    """One payment a night and provider: what was accepted before it, less what is recovered."""
    due: dict[str, list[Doc]] = {}
    for request in state.store.all("request"):
        before = datetime.fromisoformat(request["at"]).date() < night
        fresh = request["status"] == SUCCESSFUL and request["paid"] is None and request["approved"] > 0
        if before and (fresh or request.get("recover")):
            due.setdefault(request["provider"], []).append(request)
    for provider, requests in due.items():
        number = str(1_500_098_000 + state.store.next("payment"))
        lines = []
        for request in requests:
            back = bool(request.get("recover"))
            cents = -request["paid"] if back else request["approved"]
            lines.append({"request": request["id"], "cents": cents})
            changed = {"paid": 0, "recover": False} if back else {"paid": request["approved"]}
            state.store.put("request", request["id"], {**request, **changed})
        extra = int((state.setting("remittance") or {}).get("cents") or 0)
        lines[0]["cents"] += extra
        state.store.put(
            "night",
            number,
            {
                "id": number,
                "provider": provider,
                "day": night.isoformat(),
                "lines": lines,
                "total": sum(line["cents"] for line in lines),
            },
        )


def ready(state: NdisState, upload: Doc, now: datetime) -> bool:
    """Whether the results of an upload can be had."""
    after = timedelta(seconds=float(state.setting("results_after")))
    return now.astimezone(UTC) >= datetime.fromisoformat(upload["at"]).astimezone(UTC) + after
