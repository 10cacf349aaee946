"""What would stand after a step: folding `steps` and `assume` gives the whole sequence of a plan."""

from __future__ import annotations

from dataclasses import replace

from connectors.xero.case import NotBooks, amount_of, date_of
from hub.documents import (
    Allocation,
    BankPayment,
    CreditNote,
    DebtorCard,
    Deposit,
    DocKind,
    Document,
    Overpayment,
    PaymentRequest,
    Receipt,
    RecordedPayment,
    Refund,
    SalesInvoice,
    Transfer,
)
from hub.targets import Applied, Life, Observed, Op, Seen, Step


def assume(observed: Observed, step: Step) -> Observed:
    """The observation with the step's effect on its document and on what it stands on. Pure."""
    after = dict(observed)
    old = observed.get(step.document) or Seen(step.document, step.kind, Life.ABSENT)
    if step.op.removes or step.content is None:
        after[step.document] = replace(old, life=Life.ENDED, due=0, remaining=0, applied=())
        return _taken_off(after, old) if step.op is Op.DELETE else after
    new = _made(observed, old, step, step.content)
    after[step.document] = new
    return _put_on(after, new, step.content) if step.op is Op.CREATE else after


def _made(observed: Observed, old: Seen, step: Step, content: Document) -> Seen:
    def external(document: str) -> str | None:
        seen = observed.get(document)
        return seen.external_id if seen else None

    fresh = step.op is Op.CREATE or old.external_id is None
    new = replace(
        old,
        kind=step.kind,
        life=Life.LIVE,
        external_id=f"assumed:{step.document}" if fresh else old.external_id,
        content_hash=step.content_hash,
        matches=True,
        on=date_of(content),
        total=None if isinstance(content, DebtorCard) else amount_of(content),
        reconciled=False,
        why=None,
    )
    applied = () if fresh else old.applied
    left = amount_of(content) - sum(a.amount for a in applied)
    match content:
        case DebtorCard():
            return replace(new, number=content.number)
        case SalesInvoice():
            return replace(
                new, number=content.number, contact=external(content.contact), due=left, applied=applied
            )
        case CreditNote():
            return replace(
                new, number=content.number, contact=external(content.contact), remaining=left, applied=applied
            )
        case Overpayment():
            return replace(new, contact=external(content.contact), remaining=left, applied=applied)
        case BankPayment():
            return replace(new, contact=external(content.contact))
        case Transfer() | Deposit():
            return new
        case Receipt():
            return replace(new, extra={"invoice": external(content.invoice)})
        case Refund():
            return replace(new, extra={"credit": external(content.credit)})
        case Allocation():
            return replace(
                new, extra={"credit": external(content.credit), "invoice": external(content.invoice)}
            )
        case PaymentRequest() | RecordedPayment():
            raise NotBooks


def _put_on(after: dict[str, Seen], leaf: Seen, content: Document) -> Observed:
    for document, cents in _shares(content):
        if root := after.get(document):
            entry = Applied(leaf.external_id or "", leaf.kind, cents, leaf.document, leaf.on)
            after[document] = _shifted(replace(root, applied=(*root.applied, entry)), -cents)
    return after


def _shares(content: Document) -> list[tuple[str, int]]:
    """(document, cents) of what a leaf stands on."""
    match content:
        case Receipt() | Refund() | Allocation():
            return [(document, content.amount) for document in content.needs()]
        case Deposit():
            return [(part.invoice, part.amount) for part in content.parts]
        case _:
            return []


def _taken_off(after: dict[str, Seen], leaf: Seen) -> Observed:
    for document, root in list(after.items()):
        gone = [a for a in root.applied if a.document == leaf.document]
        if gone:
            kept = tuple(a for a in root.applied if a.document != leaf.document)
            after[document] = _shifted(replace(root, applied=kept), sum(a.amount for a in gone))
    return after


def _shifted(root: Seen, cents: int) -> Seen:
    if root.kind is DocKind.INVOICE:
        return root if root.due is None else replace(root, due=root.due + cents)
    return root if root.remaining is None else replace(root, remaining=root.remaining + cents)
