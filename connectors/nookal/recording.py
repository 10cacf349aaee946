"""Payments written back to Nookal: looked for before, written once, read back after.

v2 has no idempotency key and shows no reference (whether some account does is not known), so a payment of
ours is known by its id, by its reference where one comes back, else by being the one unclaimed payment of the
same day, amount and method. A lost answer is looked up before anything is written again: a second payment
would say that a patient paid twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.nookal import twins
from connectors.nookal.v2 import V2, result
from hub import marks
from hub.contracts import Record
from hub.documents import RecordedPayment
from hub.errors import (
    HubError,
    NotProcessed,
    OutcomeUnknown,
    ReadFailed,
    Reason,
    ReconnectNeeded,
    Refused,
)
from hub.targets import Answer, Chart, Key, Observed, Outgoing, OutgoingBatch, Seen, Verdict

LONGEST_REFERENCE = 60


class NookalSession:
    """An open connection to one account's v2, for writing payments."""

    def __init__(self, v2: V2, currency: str) -> None:
        self._v2, self._currency = v2, currency

    def observe(self, keys: Sequence[Key]) -> Observed:
        """Each payment as it stands on its invoice. Raises ReadFailed and the pauses."""
        invoices: dict[str, Record | None] = {}
        taken = {key.external_id for key in keys if key.external_id}
        found: dict[str, Seen] = {}
        for key in keys:
            content = recorded(key)
            if content.invoice not in invoices:
                invoices[content.invoice] = self._invoice(content.invoice)
            rows = twins.payments(invoices[content.invoice])
            found[key.document] = twins.seen(key, content, rows, taken - {key.external_id})
        return found

    def send(self, batch: OutgoingBatch) -> Sequence[Answer]:
        """Write one payment. Raises OutcomeUnknown, NotProcessed, RateLimited, ReconnectNeeded."""
        (out,) = batch.members
        content = recorded(out.key)
        if any(not out.key.related.get(need) for need in content.needs()):
            return [Answer(out.delivery, Verdict.REPLAN)]
        try:
            before = self._invoice(content.invoice)
        except ReadFailed as error:
            raise NotProcessed(error.sentence) from None
        known = twins.seen(out.key, content, twins.payments(before), set())
        if known.extra.get("mark"):
            return [Answer(out.delivery, Verdict.DELIVERED, known)]
        refusal = twins.refusal(content, before, known)
        if refusal is not None:
            return [Answer(out.delivery, Verdict.REFUSED, reason=refusal)]
        return [self._write(out, content, twins.payments(before))]

    def chart(self) -> Chart:
        """A practice system has no accounts: its name, its zone, and no lock date."""
        places = self._v2.read("getLocations", page_length=200).rows("locations")
        first: Record = places[0] if places else {}
        name, zone = str(first.get("Name") or "Nookal"), str(first.get("Timezone") or "UTC")
        return Chart(name, self._currency, zone, None, {}, {}, {})

    def probe(self) -> Sequence[Reason]:
        """Whether the key is alive. Whether it may write shows only when it does."""
        try:
            self._v2.read("verify")
        except (ReconnectNeeded, Refused) as error:
            return [Reason(error.code, error.sentence, error.who)]
        return []

    def _write(self, out: Outgoing, content: RecordedPayment, before: Sequence[Record]) -> Answer:
        response = self._v2.write("addPaymentToInvoice", **form(out.key, content))
        try:
            result("addPaymentToInvoice", response)
        except ReadFailed as error:
            raise OutcomeUnknown(error.sentence) from None
        except Refused as error:
            refused = Reason(error.code, error.sentence, error.who, content.amount)
            return self._after(out, content, before, refused)
        return self._after(out, content, before, None)

    def _after(
        self, out: Outgoing, content: RecordedPayment, before: Sequence[Record], refused: Reason | None
    ) -> Answer:
        """Success is believed only of a payment that can be read back, a refusal only without one.

        Whatever keeps it from being read back (a limit, a dead key), it was sent: it has to be looked up.
        """
        try:
            rows = twins.payments(self._invoice(content.invoice))
        except HubError as error:
            raise OutcomeUnknown(error.sentence) from None
        old = {twins.id_of(row) for row in before}
        new = [row for row in rows if twins.id_of(row) not in old]
        ours = twins.seen(out.key, content, new, set())
        if ours.matches:
            return Answer(out.delivery, Verdict.DELIVERED, ours, status=200)
        if refused is not None and not new:
            return Answer(out.delivery, Verdict.REFUSED, reason=refused, status=200)
        return Answer(out.delivery, Verdict.UNKNOWN, status=200)

    def _invoice(self, invoice_id: str) -> Record | None:
        """An invoice with its payments, also when it is void; None when there is none. Raises ReadFailed."""
        for void in (0, 1):
            try:
                found = self._v2.read("getInvoice", invoice_id=invoice_id, void=void, expanded=1)
            except Refused as error:
                if error.code == "nookal:no-function":
                    raise
                continue
            record = found.results.get("invoice")
            if isinstance(record, dict) and str(record.get("ID")) == invoice_id:
                return {**record, "void": void}
        return None


def recorded(key: Key) -> RecordedPayment:
    """The payment a key is about."""
    assert isinstance(key.content, RecordedPayment)
    return key.content


def form(key: Key, content: RecordedPayment) -> dict[str, Any]:
    """The parameters of the call: ASCII only, since Nookal mangles anything else."""
    reference = content.reference.encode("ascii", "ignore").decode()
    return {
        "invoice_id": content.invoice,
        "method": content.method,
        "amount": f"{content.amount // 100}.{content.amount % 100:02d}",
        "date": content.on.isoformat(),
        "payment_ref": marks.sign(reference, key.mark, LONGEST_REFERENCE),
    }
