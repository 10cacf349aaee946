"""The file a backup is: a zip of `hub.sqlite` and `manifest.json`, whichever database it was taken from.

The manifest says what the copy is and the SHA-256 of its database. The database holds the groups' data keys
wrapped by the master key; the master key itself is in no backup and must be kept apart.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hub.errors import HubError, Misconfigured, Who

FORMAT = 1
DATABASE, MANIFEST = "hub.sqlite", "manifest.json"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `head` is the audit chain's newest seal, `master_keys` are key ids."""

    schema: str
    environment: str
    groups: tuple[str, ...]
    master_keys: tuple[str, ...]
    taken_at: str
    taken_from: str
    head: str | None
    audit_rows: int
    rows: int
    bytes: int
    sha256: str
    format: int = FORMAT

    @property
    def when(self) -> datetime:
        return datetime.fromisoformat(self.taken_at)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_CHUNK):
            found.update(block)
    return found.hexdigest()


def pack(database: Path, manifest: Manifest, into: Path) -> None:
    """Write the backup beside its final name, readable by its owner alone, and put it in place as a whole.

    Raises Misconfigured where something stands there already.
    """
    if into.exists():
        raise Misconfigured(f"{into} exists already; name a new file.", code="backup:exists")
    part = into.with_name(f"{into.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
            file.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))
            file.write(database, DATABASE)
        part.rename(into)
    finally:
        part.unlink(missing_ok=True)


def unpack(backup: Path, into: Path) -> Manifest:
    """Write the backup's database to `into` and prove it against the manifest.

    Raises HubError `backup:broken` for a file that is no backup or not what was written.
    """
    try:
        with zipfile.ZipFile(backup) as file:
            loaded: dict[str, Any] = json.loads(file.read(MANIFEST))
            if loaded.get("format") != FORMAT:
                raise _broken(f"{backup} was made by a newer release; restore it with that one.")
            with file.open(DATABASE) as source, into.open("wb") as target:
                while block := source.read(_CHUNK):
                    target.write(block)
    except FileNotFoundError:
        raise Misconfigured(f"There is no file {backup}.", code="backup:missing") from None
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError):
        raise _broken(f"{backup} is damaged, or no backup; take an older one.") from None
    loaded = {name: tuple(value) if isinstance(value, list) else value for name, value in loaded.items()}
    manifest = Manifest(**loaded)
    if digest(into) != manifest.sha256:
        raise _broken(f"{backup} is damaged: its checksum is not the one written with it.")
    return manifest


def _broken(sentence: str) -> HubError:
    return HubError(sentence, code="backup:broken", who=Who.OPS)
