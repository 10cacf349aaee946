"""Encryption at rest: what a row may hold of people and secrets is unreadable outside its place.

A data key per clinic group, wrapped by a master key from file or environment. Values are AES-256-GCM
with group, table, column and row as associated data, so a value copied into another row does not open.
Equality search, content hashes and marks use a separate key derived by HKDF; nothing else is searchable.
"""

from __future__ import annotations

import hashlib
import random

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.errors import Misconfigured

KEY_BYTES = 32
_FORMAT = b"\x01"
_NONCE = 12
_KEY_ID = 8


def _derive(secret: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(secret)


def key_id(master_key: bytes) -> str:
    """Names a master key without telling anything about it (16 hex characters)."""
    return hashlib.sha256(_derive(master_key, "clinic-hub key id")).hexdigest()[:16]


class Vault:
    """Seals and opens the values of one clinic group. `key` is the HMAC key for hashes, search and marks."""

    __slots__ = ("_aead", "_id", "_rng", "group", "key")

    def __init__(self, group: str, data_key: bytes, rng: random.Random) -> None:
        self.group = group
        self.key = _derive(data_key, f"clinic-hub hmac {group}")
        self._aead = AESGCM(_derive(data_key, f"clinic-hub values {group}"))
        self._id = hashlib.sha256(_derive(data_key, "clinic-hub data key id")).digest()[:_KEY_ID]
        self._rng = rng

    def __repr__(self) -> str:
        return f"Vault({self.group!r})"

    def _place(self, table: str, column: str, row: str) -> bytes:
        return "\x1f".join((self.group, table, column, row)).encode()

    def seal(self, table: str, column: str, row: str, text: str) -> bytes:
        """Format byte, data key id, nonce, ciphertext with tag."""
        nonce = self._rng.randbytes(_NONCE)
        sealed = self._aead.encrypt(nonce, text.encode(), self._place(table, column, row))
        return b"".join((_FORMAT, self._id, nonce, sealed))

    def open(self, table: str, column: str, row: str, blob: bytes) -> str:
        """The text again. Raises Misconfigured for another key, another place or a changed value."""
        value = bytes(blob)
        start = len(_FORMAT) + _KEY_ID
        if value[:1] != _FORMAT or value[1:start] != self._id:
            raise Misconfigured(
                f"A value of {table}.{column} was encrypted under another key than group {self.group}'s.",
                code="config:wrong-key",
            )
        nonce, sealed = value[start : start + _NONCE], value[start + _NONCE :]
        try:
            return self._aead.decrypt(nonce, sealed, self._place(table, column, row)).decode()
        except InvalidTag:
            raise Misconfigured(
                f"A value of {table}.{column} does not belong to its row or was changed.",
                code="config:sealed",
            ) from None


class Vaults:
    """Makes and opens the data keys of clinic groups under one master key."""

    def __init__(self, master_key: bytes, rng: random.Random) -> None:
        if len(master_key) != KEY_BYTES:
            raise Misconfigured(
                "The master key must be 32 bytes, base64 encoded (`openssl rand -base64 32`)."
            )
        self.key_id = key_id(master_key)
        self._wrap = AESGCM(_derive(master_key, "clinic-hub wrap"))
        self._rng = rng

    def __repr__(self) -> str:
        return f"Vaults({self.key_id})"

    def new_key(self, group: str) -> bytes:
        """A new data key for `group`, wrapped (what the database keeps)."""
        nonce = self._rng.randbytes(_NONCE)
        return nonce + self._wrap.encrypt(nonce, self._rng.randbytes(KEY_BYTES), f"data-key/{group}".encode())

    def open(self, group: str, wrapped: bytes, wrapped_under: str) -> Vault:
        """The vault of `group`. Raises Misconfigured when the master key is not the one it was made under."""
        wrong = Misconfigured(
            f"The master key ({self.key_id}) is not the one clinic group {group} was made under "
            f"({wrapped_under}). Set HUB_MASTER_KEY or HUB_MASTER_KEY_FILE to that key.",
            code="config:wrong-key",
        )
        if wrapped_under != self.key_id:
            raise wrong
        value = bytes(wrapped)
        try:
            data_key = self._wrap.decrypt(value[:_NONCE], value[_NONCE:], f"data-key/{group}".encode())
        except InvalidTag:
            raise wrong from None
        return Vault(group, data_key, self._rng)
