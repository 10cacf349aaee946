"""Deterministic ids and marks: a rebuilt hub computes the same ids and finds its own documents again."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"  # no 0 o 1 l i u: read out over the phone
_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode


def _joined(parts: tuple[str, ...]) -> bytes:
    """The parts between separators. One within a part, which hardly ever is, is written in another way."""
    plain = "\x1f".join(parts)
    if plain.count("\x1f") >= len(parts) or "\x1e" in plain:
        plain = "\x1f".join(part.replace("\x1e", "\x1e0").replace("\x1f", "\x1e1") for part in parts)
    return plain.encode()


def digest(*parts: str) -> str:
    """32 hex characters of SHA-256 over unambiguously joined parts."""
    return hashlib.sha256(_joined(parts)).hexdigest()[:32]


def entity_id(group: str, connection: str, kind: str, source_id: str) -> str:
    """The id of a canonical entity: one per (group, connection, kind, source id)."""
    return digest("entity", group, connection, kind, source_id)


def document_id(group: str, target: str, kind: str, subject: str) -> str:
    """The id of a document at one target connection; `subject` names what it is made of."""
    return digest("document", group, target, kind, subject)


def case_id(group: str, target: str, kind: str, subject: str) -> str:
    """The id of a case (the unit of planning) at one target connection."""
    return digest("case", group, target, kind, subject)


def canonical_json(value: Any) -> str:
    """The one serialisation that hashes are made over: sorted keys, no spaces, no NaN.

    Half a character (vendors cut texts in the middle of an emoji) cannot be stored and becomes U+FFFD.
    """
    text = _CANONICAL(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def keyed_hash(key: bytes, *parts: str) -> str:
    """64 hex characters of HMAC-SHA256: content hashes and equality search (no plain digests of people)."""
    return hmac.digest(key, _joined(parts), "sha256").hex()


def mark_half(key: bytes, *parts: str, length: int = 5) -> str:
    """A short keyed half of a mark, in an alphabet people can read out."""
    number = int(keyed_hash(key, "mark", *parts)[:20], 16)
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[index])
    return "".join(letters)


def mark(key: bytes, document: str, version: int, content_hash: str) -> str:
    """Our mark as shown at a target: `ours-content`, e.g. `7kq2m-x4d9p`."""
    return f"{mark_half(key, document)}-{mark_half(key, document, str(version), content_hash)}"
