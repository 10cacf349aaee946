"""What Stripe's refusals about payment pages mean: a look's concern the connection, a write's the page."""

from __future__ import annotations

from connectors.stripe import answers
from connectors.stripe.sdk import Refusal
from hub.documents import PaymentRequest
from hub.errors import HubError, OutcomeUnknown, Reason, ReconnectNeeded, Who
from hub.targets import Answer, Op, Outgoing, Verdict

PERMISSION = "Checkout Sessions: write"
_REASONS = {
    "expires_at": Reason(
        "request:too-late",
        "The payment page would run out in under half an hour (or in over a day). Ask for the payment anew.",
        Who.CLINIC,
    ),
    "line_items": Reason(
        "request:amount",
        "Stripe takes no amount so small or so large at one time. Ask for it in another way.",
        Who.CLINIC,
    ),
}
_OTHER = Reason(
    "refused:other",
    "Stripe refused this for a reason the hub does not know. A developer has to look.",
    Who.DEVELOPER,
)


def of_look(refusal: Refusal, permission: str) -> HubError:
    """A refused look: a key that lacks a permission stops the connection, since nothing can be looked up."""
    if refusal.status == 403:
        error = answers.forbidden(permission)
        return ReconnectNeeded(error.sentence, code=error.code)
    return answers.of_read(refusal, permission)


def of_write(out: Outgoing, refusal: Refusal) -> Answer:
    """A write that was answered with an error. Raises what concerns the connection or is not known."""
    if refusal.status in (401, 403):
        raise of_look(refusal, PERMISSION)
    if refusal.status not in (400, 402, 404):
        raise OutcomeUnknown(f"Stripe answered a write with status {refusal.status}")
    if out.op is not Op.CREATE:
        return Answer(out.delivery, Verdict.REPLAN, status=refusal.status)
    amount = out.key.content.amount if isinstance(out.key.content, PaymentRequest) else 0
    why = _REASONS.get(refusal.param.partition("[")[0], _OTHER)
    reason = Reason(why.code, why.sentence, why.who, amount, str(refusal))
    return Answer(out.delivery, Verdict.REFUSED, reason=reason, status=refusal.status)
