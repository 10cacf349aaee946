"""An answer that speaks of a whole batch, because it is not 200.

Only of a single element, or of a body that nobody could read, is it clear that nothing was saved: valid
elements of a refused batch may be (field reports).
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.xero import refusals, settling
from connectors.xero.client import body
from connectors.xero.sdk import Reply
from connectors.xero.wire import children
from hub.errors import OutcomeUnknown, Reason, Who
from hub.targets import Answer, Outgoing, Verdict

_UNREADABLE = Reason(
    "refused:unreadable",
    "Xero could not read what the hub sent. A developer has to look at it.",
    Who.DEVELOPER,
)
_KEY_REUSED = Reason(
    "refused:idempotency", "An idempotency key was used twice. A developer has to look at it.", Who.DEVELOPER
)
_TOO_LARGE = Reason("refused:too-large", "The request was too large for Xero.", Who.DEVELOPER)


def answered_whole(reply: Reply, members: Sequence[Outgoing]) -> list[Answer]:
    """An answer for each member. Raises OutcomeUnknown where some of the batch may have been saved."""

    def every(verdict: Verdict, reason: Reason | None = None) -> list[Answer]:
        return [Answer(out.delivery, verdict, reason=reason, status=reply.status) for out in members]

    if reply.status == 413:
        return every(Verdict.REFUSED, _TOO_LARGE)
    if reply.status == 404:
        if len(members) == 1:
            return every(Verdict.REPLAN)
        raise OutcomeUnknown("Xero did not find something a batch names")
    answer = body(reply)
    message = str(answer.get("Message") or answer.get("Detail") or "")
    if answer.get("ErrorNumber") == 14 or "deserializ" in message.lower():
        return every(Verdict.REFUSED, _UNREADABLE)
    if "different request" in message:
        return every(Verdict.REFUSED, _KEY_REUSED)
    if len(members) == 1:
        messages = [m for element in children(answer, "Elements") for m in settling.messages(element)]
        refusal = refusals.read(messages or [message], settling.worth(members[0]))
        verdict = refusal.then if isinstance(refusal.then, Verdict) else Verdict.REFUSED
        return every(verdict, refusal.reason)
    raise OutcomeUnknown("Xero refused a whole batch; some of it may have been saved")
