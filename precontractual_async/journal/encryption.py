"""How a journal hides what it holds: names by a keyed hash, contents by AES-256-GCM.

Knows the two keys that are derived for one journal from the secret key and the journal's own salt. Refuses
to know files and where the secret key comes from. Without that key nothing can be told but when runs began,
how many entries there are, when each was made, how settled it is and for which start date it was asked; and
nothing of an answer can be changed unnoticed. But whoever can write the file can take entries away, change
their order, or put an old copy back.
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
    """One journal's keys at work, from its opening to its close.

    A nonce is never used twice with one key: it is a random number for each opening, and a counter.
    """

    def __init__(self, key: bytes, salt: bytes) -> None:
        self._naming = _derived(key, salt, b"precontractual journal: names")
        self._aead = AESGCM(_derived(key, salt, b"precontractual journal: contents"))
        self._prefix = os.urandom(_NONCE_SIZE - _COUNTER_SIZE)
        self._serial = count()

    def name(self, kind: bytes, content: bytes) -> bytes:
        """The same for the same content, and telling nothing about it."""
        return hmac.digest(self._naming, kind + b"\0" + content, "sha256")[:_NAME_SIZE]

    def query_name(self, query: Query) -> bytes:
        """The name of a query: of everything that makes it a different question."""
        return self.name(b"query", query.content)

    def place_name(self, place: str) -> bytes:
        """The name of a list, by where it stands."""
        return self.name(b"place", place.encode(errors="surrogateescape"))

    def encrypt(self, content: bytes, name: bytes) -> bytes:
        """`content`, readable only with the key and under the same `name`."""
        nonce = self._prefix + next(self._serial).to_bytes(_COUNTER_SIZE)
        return nonce + self._aead.encrypt(nonce, content, name)

    def decrypt(self, sealed: bytes, name: bytes) -> bytes:
        """What was sealed.

        Raises:
            JournalFailed: it was changed, or put in another's place.
        """
        try:
            return self._aead.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], name)
        except (InvalidTag, TypeError, ValueError):  # TypeError: no bytes at all
            pass
        raise damaged()


def damaged() -> JournalFailed:
    """Something was changed without the key."""
    return JournalFailed(
        "an entry of the journal is damaged: it does not fit its seal",
        "Put a copy of the journal back, or begin a new one.",
    )


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), KEY_SIZE, salt, purpose).derive(key)
