"""Types that every system's wire records are read with. Nothing passes through float."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from hub.errors import Malformed


def id_text(value: Any) -> Any:
    """An id as text; None for none."""
    if isinstance(value, bool) or value in (None, ""):
        return None
    return str(value)


def text(value: Any) -> Any:
    """Text without blanks around it; None for empty."""
    return value.strip() or None if isinstance(value, str) else value


def exact(value: Any) -> Any:
    """A number as text or integer. Raises ValueError for a float."""
    if isinstance(value, (float, bool)):
        raise ValueError("a number must be exact")
    return text(value)


Id = Annotated[str, BeforeValidator(id_text)]
Text = Annotated[str | None, BeforeValidator(text)]
Number = Annotated[Decimal, BeforeValidator(exact)]
MaybeNumber = Annotated[Decimal | None, BeforeValidator(exact)]
MaybeInt = Annotated[int | None, BeforeValidator(text)]
Day = Annotated[date, BeforeValidator(text)]
When = Annotated[datetime | None, BeforeValidator(text)]


class Record(BaseModel):
    """A wire record: fields nobody declared are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


W = TypeVar("W", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Reading:
    """How records of one system are read. `system` is its name as people say it."""

    system: str
    id_of: Callable[[Mapping[str, Any]], Any]

    def read(self, model: type[W], stream: str, record: Mapping[str, Any]) -> W:
        """Parse one record. Raises Malformed naming the fields that cannot be read, never their values."""
        try:
            return model.model_validate(record)
        except ValidationError as error:
            fields = sorted({str(part["loc"][0]) if part["loc"] else "record" for part in error.errors()})
            raise self.malformed(stream, record, fields) from None

    def malformed(self, stream: str, record: Mapping[str, Any], fields: list[str]) -> Malformed:
        """The one sentence about a record that cannot be read."""
        source_id = id_text(self.id_of(record)) or "without id"
        shown = source_id if source_id.isdigit() or source_id == "without id" else "with an unusable id"
        what = ", ".join(fields)
        return Malformed(
            f"{self.system} {stream} {shown}: {what} cannot be read; correct it in {self.system}."
        )


def plain(value: Decimal) -> Decimal:
    """Without trailing zeros or exponent: 10.0 -> 10, so that equal values look equal."""
    return Decimal(format(value.normalize(), "f"))
