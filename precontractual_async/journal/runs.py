"""The runs that used a journal: when each began and ended, and its counts. Blocking; in the store's thread.

Knows no personal data, only counts and instants. They are encrypted all the same, so that nobody can change
what a report says about them. A run is noted when it begins and again when it ends: a run without an end is
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
"""The first version of the schema that has the table."""


@frozen
class Run:
    """One run of ``screen``."""

    began: datetime
    """Aware, UTC."""
    ended: datetime | None = None
    """None: the run is under way, or was killed."""
    calls: int = 0
    """Calls that were sent, with retries but without token requests."""
    retries: int = 0
    pauses: int = 0
    """How often the gateway asked everybody to wait."""
    tokens: int = 0
    """How many token requests were sent."""
    rows: int = 0
    """Rows of the list, each start date counted; 0: not noted."""
    known: int = 0
    """Rows whose outcome was known when the run ended, including refused and deferred rows."""
    stopped: str = ""
    """Why the run ended early, in our own words without personal data; empty: it did not end early."""


class Runs:
    """The table ``run`` of a journal."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._execute = database.execute
        self._cipher = cipher

    def note(self, run: Run) -> None:
        """Keep `run`; it replaces the earlier note of the same run."""
        name = self._cipher.name(b"run", run.began.isoformat().encode())
        record = json.dumps(asdict(run), default=datetime.isoformat).encode()
        self._execute(
            "INSERT OR REPLACE INTO run VALUES (?, ?, ?)",
            (name, _seconds(run.began), self._cipher.encrypt(record, name)),
        )

    def all(self) -> tuple[Run, ...]:
        """All runs, the oldest first; none in a journal that does not have the table yet.

        Raises:
            JournalFailed: a run was changed without the key.
        """
        if self._database.version < _SINCE:
            return ()
        rows = self._execute("SELECT name, began_at, sealed FROM run").fetchall()
        return tuple(sorted((self._run(*row) for row in rows), key=lambda run: run.began))

    def purge(self, older_than: datetime) -> None:
        """Delete the runs that began before `older_than`."""
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
