"""Files that come back, read by their headings whatever their order, case or spelling.

The agency has changed columns without notice: an unknown heading is a warning, a missing key column stops the
import. A file that went through a spreadsheet is recognised by what that does to numbers and dates.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hub.errors import Refused, Who
from hub.money import parse_minor

_SPREADSHEET = re.compile(r"^\d(\.\d+)?E\+\d+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by our own column names, and headings that nobody knows."""

    rows: tuple[Mapping[str, str], ...]
    unknown: tuple[str, ...]


def key(heading: str) -> str:
    """A heading without case, spaces and punctuation."""
    return re.sub(r"[^a-z0-9]", "", heading.lower())


def read(data: bytes, known: Mapping[str, Sequence[str]], needed: Sequence[str], what: str) -> Table:
    """The rows of a CSV file. `known`: our name -> headings it may have. Raises Refused."""
    try:
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error):
        raise _refused(what, "is no CSV file") from None
    names = {key(heading): ours for ours, headings in known.items() for heading in headings}
    header = [names.get(key(heading)) for heading in lines[0]] if lines else []
    missing = [name for name in needed if name not in header]
    if missing:
        raise _refused(what, f"has no column {known[missing[0]][0]!r}; was it downloaded as it is?")
    rows = []
    for number, line in enumerate(lines[1:], 2):
        if not any(line):
            continue
        if len(line) != len(header):
            raise _refused(what, f"is cut or damaged in line {number}")
        if any(_SPREADSHEET.match(value) for value in line):
            raise _refused(
                what, f"was saved by a spreadsheet (line {number}); download it again and import that"
            )
        rows.append({name: value.strip() for name, value in zip(header, line, strict=True) if name})
    unknown = [heading for heading, name in zip(lines[0], header, strict=True) if name is None]
    return Table(tuple(rows), tuple(unknown))


def cents(row: Mapping[str, str], name: str, what: str) -> int:
    """An amount in cents; an empty one is nothing. Raises Refused."""
    text = row.get(name, "").replace("$", "").replace(",", "")
    try:
        return parse_minor(text) if text else 0
    except ValueError:
        raise _refused(what, f"holds an amount that cannot be read under {name!r}") from None


def _refused(what: str, why: str) -> Refused:
    return Refused(f"The {what} was not imported: it {why}.", code="claims:file", who=Who.CLINIC)
