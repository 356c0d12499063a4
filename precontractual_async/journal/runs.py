"""The runs that used a journal: when each began and ended, and what it took. Blocking; in the store's thread.

Knows nothing of anybody: counts and instants. They are sealed all the same, so that what a report says of
them is what was noted. A run is noted when it begins and once more when it ends: one without an end is
under way, or was killed.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from attrs import asdict, frozen

from .database import Database
from .encryption import Cipher, damaged

_SINCE: Final = 2
"""The version of the schema that has the table."""


@frozen
class Run:
    """One run of ``screen``."""

    began: datetime
    """Aware, UTC."""
    ended: datetime | None = None
    """None: it is under way, or was killed."""
    calls: int = 0
    """All that were sent, retries included, those for tokens not."""
    retries: int = 0
    pauses: int = 0
    """Times the gateway asked everybody to wait."""
    tokens: int = 0
    """Times that a token was asked for."""
    rows: int = 0
    """Of its list, each start date counted; 0: not noted."""
    known: int = 0
    """Rows whose outcome was known at its end, refused and deferred ones included."""
    stopped: str = ""
    """What ended it early, in words of ours that hold nobody's data; empty: nothing did."""


class Runs:
    """The table ``run`` of a journal."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._execute = database.execute
        self._cipher = cipher

    def note(self, run: Run) -> None:
        """Keep it, in place of what was noted of the same run before."""
        name = self._cipher.name(b"run", run.began.isoformat().encode())
        record = json.dumps(asdict(run), default=datetime.isoformat).encode()
        self._execute(
            "INSERT OR REPLACE INTO run VALUES (?, ?, ?)",
            (name, _seconds(run.began), self._cipher.encrypt(record, name)),
        )

    def all(self) -> tuple[Run, ...]:
        """The oldest first; none in a journal that is older than the table.

        Raises:
            JournalFailed: one of them was changed.
        """
        if self._database.version < _SINCE:
            return ()
        rows = self._execute("SELECT name, began_at, sealed FROM run").fetchall()
        return tuple(sorted((self._run(*row) for row in rows), key=lambda run: run.began))

    def purge(self, older_than: datetime) -> None:
        """Delete those that began before."""
        self._execute("DELETE FROM run WHERE began_at < ?", (_seconds(older_than),))

    def _run(self, name: bytes, began_at: int, sealed: bytes) -> Run:
        told = json.loads(self._cipher.decrypt(sealed, name))
        began, ended = (told.pop(each) for each in ("began", "ended"))
        run = Run(datetime.fromisoformat(began), ended and datetime.fromisoformat(ended), **told)
        if began_at != _seconds(run.began):
            raise damaged()
        return run


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
