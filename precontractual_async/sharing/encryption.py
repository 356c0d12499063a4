"""Encrypts the shared token for Redis; its name in Redis also shows nothing without the key.

Pure, except for random nonces. Knows the key, which is derived from a secret that all processes have. Leaves
to others: Redis, and where the secret comes from. Someone who can read and write Redis can neither read the
token nor insert one, but can delete it, or put an old one back, which the gateway then refuses.
"""

from __future__ import annotations

import hmac
import json
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .token_lease import Kept

_KEY_SIZE: Final = 32
_NONCE_SIZE: Final = 12


def namespace(token_url: str, client_id: str) -> str:
    """The prefix of Redis keys for one client id at one OAuth server: a hash, the same in every process.

    >>> namespace("https://oauth.example/token", "me")
    'precontractual:{f032a6d1a4b24146}'
    """
    digest = hashes.Hash(hashes.SHA256())
    digest.update(json.dumps([token_url, client_id]).encode())
    return f"precontractual:{{{digest.finalize().hex()[:16]}}}"


class TokenCipher:
    """Encrypts and decrypts the tokens of one `namespace`."""

    def __init__(self, secret: bytes, name: str) -> None:
        self._cipher = AESGCM(_derived(secret, name, b"precontractual cluster: token"))
        name_key = _derived(secret, name, b"precontractual cluster: name")
        self.name: str = f"{name}:token:{hmac.digest(name_key, b'token', 'sha256').hex()[:16]}"
        """The key in Redis. Processes with different secrets do not see each other's tokens."""

    def encrypt(self, value: str, *, refresh_at: int, expires_at: int) -> Kept:
        """The encrypted token: it can be read only with the key and with these instants."""
        serial, nonce = os.urandom(8).hex(), os.urandom(_NONCE_SIZE)
        bound = _bound(serial, refresh_at, expires_at)
        return Kept(
            serial, nonce + self._cipher.encrypt(nonce, value.encode(), bound), refresh_at, expires_at
        )

    def decrypt(self, kept: Kept) -> str | None:
        """The token; None: it was changed, or encrypted with another key."""
        nonce, content = kept.sealed[:_NONCE_SIZE], kept.sealed[_NONCE_SIZE:]
        bound = _bound(kept.serial, kept.refresh_at, kept.expires_at)
        try:
            return self._cipher.decrypt(nonce, content, bound).decode()
        except (InvalidTag, ValueError):
            return None


def _bound(serial: str, refresh_at: int, expires_at: int) -> bytes:
    return f"{serial}|{refresh_at}|{expires_at}".encode()


def _derived(secret: bytes, name: str, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_SIZE, name.encode(), purpose).derive(secret)
