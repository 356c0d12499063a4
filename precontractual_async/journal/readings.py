"""The lists of a journal, and the state of each when it was last read. Blocking; in the store's thread.

Knows a list by a keyed hash of its place. The place is also encrypted together with the list's state, so that
the hash can be made again with another key; older programs did not store the place.
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
        """The last state of the list at `place`."""
        name = self._cipher.place_name(place)
        row = self._execute("SELECT sealed FROM reading WHERE place = ?", (name,)).fetchone()
        if row is None:
            return None
        document = json.loads(self._cipher.decrypt(row[0], name))
        return Reading(bytes.fromhex(document["digest"]), document["rows"])

    def note(self, place: str, reading: Reading) -> None:
        """Replace the last state of the list at `place` by its present state."""
        name = self._cipher.place_name(place)
        document = json.dumps({"digest": reading.digest.hex(), "rows": reading.rows, "place": place})
        sealed = self._cipher.encrypt(document.encode(), name)
        self._execute("INSERT OR REPLACE INTO reading VALUES (?, ?)", (name, sealed))
