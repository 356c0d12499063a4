"""How the shared token lies in Redis: under a name and in a form that tell nothing without the key.

Pure but for the nonce. Knows the key that is derived from a secret that all processes have. Refuses to know
Redis, and where the secret comes from. Whoever can read or write Redis learns no token and plants none: what
was changed is no token. But they can take it away, or put an old one back, which the gateway then refuses.
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
    """What the keys of one client id at one OAuth server begin with: the same everywhere, and a hash.

    >>> namespace("https://oauth.example/token", "me")
    'precontractual:{f032a6d1a4b24146}'
    """
    digest = hashes.Hash(hashes.SHA256())
    digest.update(json.dumps([token_url, client_id]).encode())
    return f"precontractual:{{{digest.finalize().hex()[:16]}}}"


class TokenCipher:
    """The key at work for the tokens of one `namespace`."""

    def __init__(self, secret: bytes, name: str) -> None:
        self._sealing = AESGCM(_derived(secret, name, b"precontractual cluster: token"))
        naming = _derived(secret, name, b"precontractual cluster: name")
        self.name: str = f"{name}:token:{hmac.digest(naming, b'token', 'sha256').hex()[:16]}"
        """Processes with different secrets do not see each other's."""

    def encrypt(self, value: str, *, refresh_at: int, expires_at: int) -> Kept:
        """The token, readable only with the key, and only with these instants."""
        serial, nonce = os.urandom(8).hex(), os.urandom(_NONCE_SIZE)
        bound = _bound(serial, refresh_at, expires_at)
        return Kept(
            serial, nonce + self._sealing.encrypt(nonce, value.encode(), bound), refresh_at, expires_at
        )

    def decrypt(self, kept: Kept) -> str | None:
        """The token; None: it was changed, or sealed with another key."""
        nonce, content = kept.sealed[:_NONCE_SIZE], kept.sealed[_NONCE_SIZE:]
        bound = _bound(kept.serial, kept.refresh_at, kept.expires_at)
        try:
            return self._sealing.decrypt(nonce, content, bound).decode()
        except (InvalidTag, ValueError):
            return None


def _bound(serial: str, refresh_at: int, expires_at: int) -> bytes:
    return f"{serial}|{refresh_at}|{expires_at}".encode()


def _derived(secret: bytes, name: str, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_SIZE, name.encode(), purpose).derive(secret)
