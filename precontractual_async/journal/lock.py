"""One process at a time: a lock that the system lets go of when its holder dies.

It is a little SQLite file beside the journal with a transaction that stays open: SQLite knows the locks of
every platform, and others can still read who holds it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from ..errors import JournalRefused

_UNKNOWN = "another process"


class Lock:
    """Held from `acquire` to `release`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def acquire(self) -> None:
        """Take it.

        Raises:
            JournalRefused: somebody else holds it; the message says who.
            sqlite3.Error, OSError: it cannot be made there.
        """
        make_private(self._path)
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=0, check_same_thread=False)
        try:
            _sign(connection)
        except sqlite3.OperationalError as error:
            holder = _holder(connection)
            connection.close()
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
        except sqlite3.Error:
            connection.close()
            raise
        else:
            self._connection = connection
            return
        raise JournalRefused(
            f"the journal is in use by {holder}",
            "Wait until it has ended, or end it; or use a journal of its own for each run.",
        )

    def release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _sign(connection: sqlite3.Connection) -> None:
    """Take the lock, leave our name for others to read, and take it again for good."""
    name = f"process {os.getpid()} on {socket.gethostname()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("CREATE TABLE IF NOT EXISTS holder (name TEXT NOT NULL)")
    connection.execute("DELETE FROM holder")
    connection.execute("INSERT INTO holder VALUES (?)", (name,))
    connection.execute("COMMIT")
    connection.execute("BEGIN IMMEDIATE")


def _holder(connection: sqlite3.Connection) -> str:
    with contextlib.suppress(sqlite3.Error):
        row = connection.execute("SELECT name FROM holder").fetchone()
        return str(row[0]) if row else _UNKNOWN
    return _UNKNOWN


def make_private(path: Path) -> None:
    """The file, there, and for its owner alone; what SQLite puts beside it gets the same rights."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
