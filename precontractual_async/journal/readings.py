"""The lists that a journal was used for, and what each was when last read. Blocking; in the store's thread.

Knows a list by where it stands, under a keyed hash. The place is sealed beside what the list was as well, so
that it can be named anew under another key; programs before this one did not do that.
"""

from __future__ import annotations

import json

from .database import Database
from .encryption import Cipher
from .port import Reading


class Readings:
    """The table ``reading`` of a journal."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._execute = database.execute
        self._cipher = cipher

    def last(self, place: str) -> Reading | None:
        """What the list at `place` was."""
        name = self._cipher.place_name(place)
        row = self._execute("SELECT sealed FROM reading WHERE place = ?", (name,)).fetchone()
        if row is None:
            return None
        document = json.loads(self._cipher.decrypt(row[0], name))
        return Reading(bytes.fromhex(document["digest"]), document["rows"])

    def note(self, place: str, reading: Reading) -> None:
        """What it is now, in place of what it was."""
        name = self._cipher.place_name(place)
        document = json.dumps({"digest": reading.digest.hex(), "rows": reading.rows, "place": place})
        sealed = self._cipher.encrypt(document.encode(), name)
        self._execute("INSERT OR REPLACE INTO reading VALUES (?, ?)", (name, sealed))
