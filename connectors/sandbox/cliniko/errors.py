"""Refusals of the API. Their bodies are not documented except for 422, so their form is a switch."""

from __future__ import annotations

from connectors.sandbox.cliniko.state import ClinikoState
from connectors.sandbox.wire import Response

Headers = tuple[tuple[str, str], ...]


class Refusal(Exception):
    """An answer that is not a success. `errors` makes it the documented 422 body."""

    def __init__(
        self, status: int, message: str, headers: Headers = (), errors: dict[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.headers, self.errors = status, message, headers, errors

    def answer(self, state: ClinikoState) -> Response:
        """The response, in the form the switch `error_body` asks for."""
        if self.errors is not None:
            return Response.json({"message": self.message, "errors": self.errors}, self.status, self.headers)
        form = state.switch("error_body")
        if form == "empty":
            return Response(self.status, self.headers)
        if form == "html":
            page = f"<!DOCTYPE html><html><body><h1>{self.status}</h1></body></html>"
            return Response.text(page, self.status, "text/html", self.headers)
        return Response.json({"message": self.message}, self.status, self.headers)


def not_found() -> Refusal:
    """404, for an unknown path, an unknown id, and everything about payments."""
    return Refusal(404, "Not found")


def validation(**errors: str) -> Refusal:
    """The documented 422: one text per field."""
    return Refusal(422, "Validation Failed", errors=errors)
