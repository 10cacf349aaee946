"""v3: a token that is its own dialect of OAuth, and GraphQL run by graphql-core over the written schema.

The page of a list counts the rows of the *join* with whatever lists are asked for inside it, and one matching
row of `staff` comes as a bare object (field reports). Errors of a query are HTTP 200, of its text 400.
"""

from __future__ import annotations

from datetime import UTC
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from connectors.sandbox.nookal.book import Book
from connectors.sandbox.nookal.v3_reads import QUERIES, refused
from connectors.sandbox.store import Doc
from connectors.sandbox.wire import Clock, Request, Response

TOKEN, GRAPHQL = "/oauth/token", "/graphql"
_EXPIRED = "The access token has expired, please supply a current bearer token"


@cache
def schema() -> GraphQLSchema:
    """The executable schema: root fields read the book in the context, everything below is plain values."""
    built = build_schema(Path(__file__).with_name("schema.graphql").read_text("utf-8"))
    assert built.query_type is not None
    for name, field in built.query_type.fields.items():
        field.resolve = QUERIES[name]
    if built.mutation_type is not None:
        for field in built.mutation_type.fields.values():
            field.resolve = refused
    return built


@lru_cache(maxsize=256)
def understood(source: str) -> tuple[DocumentNode, tuple[GraphQLError, ...]]:
    """A query's text as a document, and what the schema says against it. Raises GraphQLError for no query."""
    document = parse(source)
    return document, tuple(validate(schema(), document))


def token(request: Request, book: Book, clock: Clock) -> Response:
    """Give out a token; the one before it is dead. The word before the key does not matter."""
    if request.method != "POST":
        return Response.json({"message": "Not found"}, 404)
    key = request.headers.get("authorization", "").partition(" ")[2].strip()
    if key != book.state.access["basic_key"]:
        return Response.json({"message": "Invalid client: client is invalid"}, 401)
    if b"client_credentials" not in request.body:
        return Response.json({"message": "Missing parameter: `grant_type`"}, 400)
    text, until = book.state.new_token(clock.now())
    ends = until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{until.microsecond // 1000:03d}Z"
    client = {"id": book.state.access["client_id"]}
    return Response.json({"accessToken": text, "accessTokenExpiresAt": ends, "client": client, "user": {}})


def graphql(request: Request, book: Book, clock: Clock) -> Response:
    """Answer one GraphQL call."""
    bearer = request.headers.get("authorization", "").partition(" ")[2].strip()
    if not bearer or not book.state.token_lives(bearer, clock.now()):
        dead = {"errors": [{"message": _EXPIRED}], "message": _EXPIRED}
        return Response.json(dead, int(book.switch("expired_status")))
    try:
        asked = request.json()
        source = str(asked["query"])
        document, wrong = understood(source)
    except (ValueError, TypeError, KeyError, GraphQLError) as error:
        text = error.message if isinstance(error, GraphQLError) else "Must provide query string."
        return Response.json({"errors": [{"message": text}]}, 400)
    if wrong:
        return Response.json({"errors": [error.formatted for error in wrong]}, 400)
    result = execute_sync(
        schema(),
        document,
        context_value=book,
        variable_values=asked.get("variables"),
        operation_name=asked.get("operationName"),
    )
    body: Doc = {"data": result.data}
    if result.errors:
        body["errors"] = [error.formatted for error in result.errors]
    if result.data:
        named = _root_fields(document)
        body["data"] = {key: _bare(book, named.get(key, ""), value) for key, value in result.data.items()}
    return Response.json(body)


def _bare(book: Book, field: str, value: Any) -> Any:
    """A list of one row may come without its list, an empty one as null."""
    way = book.switch("single_row")
    single = isinstance(value, list) and len(value) == 1
    if single and (way == "bare everywhere" or (way == "bare" and field == "staff")):
        return value[0]
    return None if value == [] and book.switch("no_rows") == "null" else value


def _root_fields(document: Any) -> Doc:
    """Response key -> field name of the root selections."""
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    nodes = [n for o in operations for n in o.selection_set.selections if isinstance(n, FieldNode)]
    return {(n.alias or n.name).value: n.name.value for n in nodes}
