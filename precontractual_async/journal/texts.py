"""Keeps each of the gateway's texts once, encrypted. Blocking; in the store's thread and transactions.

Every answer has a disclaimer of a thousand characters: kept with each answer, it would be nine tenths of a
journal.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final

from ..model.answers import Labels
from ..model.errors import JournalFailed
from .database import Database
from .encryption import Cipher

_REMEMBERED: Final = 128
"""The most texts in memory: a gateway whose texts are always different must not fill it."""

_TOUCHED_EVERY: Final = timedelta(days=1)
"""How precisely the last use of a text is stored."""


class EncryptedTexts:
    """The table ``text`` of a journal. Whoever writes an entry first sets `used_at` to its instant."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._execute = database.execute
        self._cipher = cipher
        self._written: dict[tuple[tuple[str, str], ...], tuple[bytes, datetime]] = {}
        self._read: dict[str, Labels] = {}
        self.used_at: datetime

    def name_of(self, labels: Labels) -> str:
        """The name under which `labels` is kept from now on."""
        texts = tuple(labels.texts.items())
        name, written = self._written.get(texts, (None, None))
        if name is None or written is None or self.used_at - written > _TOUCHED_EVERY:
            content = json.dumps(dict(texts), sort_keys=True).encode()
            name = self._cipher.name(b"text", content)
            self._execute(
                "INSERT INTO text VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET used_at = max(used_at, excluded.used_at)",
                (name, int(self.used_at.timestamp()), self._cipher.encrypt(content, name)),
            )
            if len(self._written) >= _REMEMBERED:
                self._written.clear()
            self._written[texts] = name, self.used_at
        return name.hex()

    def labels_of(self, name: str) -> Labels:
        """The labels that are kept under `name`."""
        if name not in self._read:
            if len(self._read) >= _REMEMBERED:
                self._read.clear()
            self._read[name] = self._fetched(bytes.fromhex(name))
        return self._read[name]

    def _fetched(self, name: bytes) -> Labels:
        row = self._execute("SELECT sealed FROM text WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise JournalFailed("the journal is damaged: a text is missing", "Put a copy of it back.")
        return Labels(json.loads(self._cipher.decrypt(row[0], name)))

    def forget(self) -> None:
        """Forget which texts were written: a transaction was rolled back, or texts were deleted."""
        self._written.clear()

    def purge(self, older_than: datetime) -> None:
        """Delete texts that no entry since `older_than` can use."""
        limit = older_than - 2 * _TOUCHED_EVERY
        self._execute("DELETE FROM text WHERE used_at < ?", (int(limit.timestamp()),))
        self.forget()
