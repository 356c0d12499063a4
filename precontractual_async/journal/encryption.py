"""The encryption of a journal: a keyed hash (HMAC) for names, AES-256-GCM for contents.

Knows the two keys that are derived for one journal from the secret key and the journal's own salt. Without
the secret key, a reader sees only when runs began; how many entries there are, and for each when it was made,
how settled it is and its start date; and for each list with snapshots, when they were made and how many
questions changed. Nobody can change an answer unnoticed; but whoever can write the file can delete entries,
change their order, or restore an old copy. Leaves to others: files, and where the secret key comes from.
"""

from __future__ import annotations

import hmac
import os
from itertools import count
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..model.errors import JournalFailed
from ..model.questions import Query
from ..settings.secret_files import KEY_SIZE

_NAME_SIZE: Final = 16
_NONCE_SIZE: Final = 12
_COUNTER_SIZE: Final = 4


class Cipher:
    """The keys of one journal, from its opening to its close.

    No nonce is used twice with one key: it is a random number, new at each opening, and a counter.
    """

    def __init__(self, key: bytes, salt: bytes) -> None:
        self._naming = _derived(key, salt, b"precontractual journal: names")
        self._aead = AESGCM(_derived(key, salt, b"precontractual journal: contents"))
        self._prefix = os.urandom(_NONCE_SIZE - _COUNTER_SIZE)
        self._serial = count()

    def name(self, kind: bytes, content: bytes) -> bytes:
        """A name that is the same for the same content, and reveals nothing about it."""
        return hmac.digest(self._naming, kind + b"\0" + content, "sha256")[:_NAME_SIZE]

    def query_name(self, query: Query) -> bytes:
        """The name of a query, made from everything that distinguishes it from other queries."""
        return self.name(b"query", query.content)

    def place_name(self, place: str) -> bytes:
        """The name of a list, made from its place."""
        return self.name(b"place", place.encode(errors="surrogateescape"))

    def encrypt(self, content: bytes, name: bytes) -> bytes:
        """`content`, encrypted: only the key and the same `name` decrypt it."""
        nonce = self._prefix + next(self._serial).to_bytes(_COUNTER_SIZE)
        return nonce + self._aead.encrypt(nonce, content, name)

    def decrypt(self, sealed: bytes, name: bytes) -> bytes:
        """The content that was encrypted.

        Raises:
            JournalFailed: `sealed` was changed, or belongs to another name.
        """
        try:
            return self._aead.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], name)
        except (InvalidTag, TypeError, ValueError):  # TypeError: not bytes
            pass
        raise damaged()


def damaged() -> JournalFailed:
    """The error for data that was changed without the key."""
    return JournalFailed(
        "an entry of the journal is damaged: it does not fit its seal",
        "Put a copy of the journal back, or begin a new one.",
    )


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), KEY_SIZE, salt, purpose).derive(key)
