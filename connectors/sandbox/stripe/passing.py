"""What time does by itself: sessions expire, money becomes booked, debits settle, payouts move along.

Timers act at their own moment, in order, so a clock that jumps a week leaves what a week would have left;
with a story clock of its own, the story goes first. A story set back starts the daily schedule anew.
"""

from __future__ import annotations

from datetime import datetime

from connectors.sandbox.stripe import charges, checkout, disputes, intents, payouts, refunds
from connectors.sandbox.stripe.book import Book, Doc
from connectors.sandbox.stripe.days import DAY
from connectors.sandbox.stripe.state import StripeState


def advance(state: StripeState, now: datetime, story: datetime) -> None:
    """Do everything that is due."""
    real, told = int(now.timestamp()), int(story.timestamp())
    while due := _due(state, real, told):
        if "interval_of" in due:
            _payout_day(state, due, due["at"] if real == told else real)
        else:
            state.store.delete("timer", due["id"])
            at, ours = due["at"], due["clock"] == "story"
            moment = at if real == told or ours else told
            _act(Book(state, due["account"], real if ours and real != told else at, moment), due)


def _due(state: StripeState, real: int, story: int) -> Doc | None:
    """The earliest of the due timers; where the clocks differ, the story's before the real ones."""
    of_story = [t for t in state.store.all("timer") if t["clock"] == "story" and t["at"] <= story]
    of_story += [s for s in _schedules(state, story) if s["at"] <= story]
    of_real = [t for t in state.store.all("timer") if t["clock"] == "real" and t["at"] <= real]
    first = [*of_real, *of_story] if real == story else of_story or of_real
    return min(first, key=lambda t: int(t["at"])) if first else None


def _schedules(state: StripeState, story: int) -> list[Doc]:
    found = []
    for account in state.store.all("account"):
        schedule = state.store.peek("schedule", account["id"])
        if schedule is None or schedule["at"] - story > DAY:
            schedule = {"interval_of": account["id"], "at": payouts.next_day(story)}
            state.store.put("schedule", account["id"], schedule)
        found.append(schedule)
    return found


def _payout_day(state: StripeState, schedule: Doc, real: int) -> None:
    payouts.daily(Book(state, schedule["interval_of"], real, schedule["at"]))
    state.store.put("schedule", schedule["interval_of"], {**schedule, "at": schedule["at"] + DAY})


def _act(book: Book, timer: Doc) -> None:
    ref = timer["ref"]
    match timer["what"]:
        case "session":
            session = book.get("checkout.session", ref)
            if session["status"] == "open":
                checkout.expired(book, session)
        case "booked":
            charges.booked(book, ref)
        case "debit":
            settle_debit(book, ref)
        case "dispute" | "inquiry":
            disputes.open_(book, ref, inquiry=timer["what"] == "inquiry")
        case "refund":
            refunds.retried(book, ref)
        case "payout_sent":
            payouts.sent(book, ref)
        case "payout_paid":
            payouts.paid(book, ref)
        case "payout_reconciled":
            payouts.reconciled(book, ref)
        case "payout_traced":
            payouts.traced(book, ref)


def settle_debit(book: Book, intent_id: str, failed: bool = False) -> Doc:
    """A direct debit is confirmed or comes back; its session is told."""
    waiting = book.get("payment_intent", intent_id)["status"] == "processing"
    intents.debit_settled(book, intent_id, failed)
    intent = book.get("payment_intent", intent_id)
    if waiting and intent["_session"]:
        checkout.debit_settled(book, intent)
    return intent
