"""The queries of v3: rows, filters, and paging over the join of everything a query asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, GraphQLError, GraphQLResolveInfo, InlineFragmentNode
from graphql.type import GraphQLObjectType, get_named_type, get_nullable_type, is_list_type

from connectors.sandbox.nookal import v3_rows as show
from connectors.sandbox.nookal.book import Book
from connectors.sandbox.nookal.sums import Index
from connectors.sandbox.store import Doc

CAP = 200
Rows = Callable[[Book, Doc], list[Doc]]


def refused(root: Any, info: GraphQLResolveInfo, **given: Any) -> Any:
    """What a client may not ask."""
    raise GraphQLError(f"Not authorised to query {info.field_name}")


def _query(rows: Rows) -> Callable[..., Any]:
    def resolve(root: Any, info: GraphQLResolveInfo, **given: Any) -> list[Doc]:
        book: Book = info.context
        if info.field_name in book.state.access["denied"]:
            refused(root, info)
        return paged(rows(book, given), list(nested(info)), given)

    return resolve


def nested(info: GraphQLResolveInfo) -> Iterator[str]:
    """The lists a query asks for inside a root list."""
    kind = get_named_type(info.return_type)
    if not isinstance(kind, GraphQLObjectType):
        return
    todo: list[Any] = [node.selection_set for node in info.field_nodes]
    while todo:
        found = todo.pop()
        for node in found.selections if found is not None else ():
            if isinstance(node, FieldNode) and node.name.value in kind.fields:
                if is_list_type(get_nullable_type(kind.fields[node.name.value].type)):
                    yield node.name.value
            elif isinstance(node, InlineFragmentNode):
                todo.append(node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                todo.append(info.fragments[node.name.value].selection_set)


def paged(rows: list[Doc], lists: list[str], given: Doc) -> list[Doc]:
    """One page of at most CAP rows of the join of `rows` with their `lists`."""
    page = max(int(given.get("page") or 1), 1)
    length = min(max(int(given.get("pageLength") or CAP), 1), CAP)
    first, last = (page - 1) * length, page * length
    if not lists:
        return rows[first:last]
    flat = [(n, parts) for n, row in enumerate(rows) for parts in product(*(row[f] or [None] for f in lists))]
    shown: dict[int, Doc] = {}
    for n, parts in flat[first:last]:
        mine = shown.setdefault(n, {**rows[n], **{field: [] for field in lists}})
        for field, part in zip(lists, parts, strict=True):
            if part is not None and part not in mine[field]:
                mine[field].append(part)
    return list(shown.values())


def _within(given: Doc, name: str, ids: Any) -> bool:
    asked = given.get(name)
    return not asked or ids in asked


def _days(given: Doc, day: str) -> bool:
    return str(given.get("dateFrom") or "") <= day <= str(given.get("dateTo") or "9")


def _locations(book: Book, given: Doc) -> list[Doc]:
    rows = [r for r in book.rows("locations") if book.covered is None or r["id"] in book.covered]
    return [show.location(book, r) for r in rows if _within(given, "locationIDs", int(r["id"]))]


def _staff(book: Book, given: Doc) -> list[Doc]:
    every = given.get("allStaff") in ("1", "true")
    return [show.staff(book, r) for r in book.rows("practitioners") if every or r["active"]]


def _clients(book: Book, given: Doc) -> list[Doc]:
    index = Index(book)
    found = []
    for row in book.rows("patients"):
        shown = show.client(book, row)
        names = all(
            str(given[k]).casefold() in str(shown[k]).casefold()
            if given.get("fuzzy")
            else given[k] == shown[k]
            for k in ("firstName", "lastName", "DOB")
            if given.get(k)
        )
        ids = _within(given, "clientIDs", shown["clientID"])
        if names and ids and _within(given, "locationIDs", shown["locationID"]):
            mine = book.of("invoices", "patient_id", row["id"])
            shown["invoices"] = [show.invoice(book, i, index) for i in mine if not i["void"]]
            found.append(shown)
    return found


def _client(root: Any, info: GraphQLResolveInfo, **given: Any) -> Any:
    rows = _clients(info.context, {"clientIDs": [given.get("clientID")]})
    return rows[0] if rows else None


def _cases(book: Book, given: Doc) -> list[Doc]:
    rows = [show.case(book, r) for r in book.rows("cases")]
    rows = [r for r in rows if _within(given, "caseIDs", r["caseID"])]
    return [r for r in rows if _within(given, "clientIDs", r["clientID"])]


def _appointments(book: Book, given: Doc) -> list[Doc]:
    index = Index(book)
    rows = [r for r in book.rows("appointments") if book.seen(r) and _days(given, r["day"])]
    shown = [show.appointment(book, r, index) for r in rows]
    shown = [r for r in shown if _within(given, "locationIDs", r["locationID"])]
    return [r for r in shown if _within(given, "providerIDs", r["providerID"])]


def _invoices(book: Book, given: Doc) -> list[Doc]:
    """`void` is 0 unless asked, and there is no "both". The dates mean modified (or created: a switch)."""
    index, void = Index(book), bool(given.get("void"))
    by_modified = book.switch("invoices_by") == "modified"
    rows = [r for r in book.rows("invoices") if r["void"] == void and book.seen(r)]
    rows = [r for r in rows if _within(given, "invoiceIDs", int(r["id"]))]
    rows = [r for r in rows if _within(given, "locationIDs", int(r["location_id"]))]
    rows = [r for r in rows if _days(given, show.modified_day(book, r) if by_modified else r["day"])]
    return [show.invoice(book, r, index) for r in rows]


def _money(book: Book, given: Doc, kind: str, shown: Callable[[Book, Doc], Doc]) -> list[Doc]:
    rows = [r for r in book.rows(kind) if book.seen(r) and _days(given, r["day"])]
    if given.get("lastModifiedDateFrom"):
        rows = [r for r in rows if show.modified_day(book, r) >= given["lastModifiedDateFrom"]]
    return [shown(book, r) for r in rows]


def _none(book: Book, given: Doc) -> list[Doc]:
    return []


def _no_logo(root: Any, info: GraphQLResolveInfo, **given: Any) -> None:
    return None


QUERIES: dict[str, Callable[..., Any]] = {
    "locations": _query(_locations),
    "locationLogo": _no_logo,
    "staff": _query(_staff),
    "clients": _query(_clients),
    "client": _client,
    "cases": _query(_cases),
    "appointments": _query(_appointments),
    "invoices": _query(_invoices),
    "invoiceEntry": _query(partial(_money, kind="entries", shown=show.entry)),
    "payments": _query(partial(_money, kind="payments", shown=show.payment)),
    "credits": _query(partial(_money, kind="credits", shown=show.credit)),
    "passes": _query(_none),
    "contacts": _query(lambda book, given: [show.contact(book, r) for r in book.rows("payers")]),
    "treatmentNotes": _query(_none),
}
