"""One process at a time: a lock that the system releases when its holder dies.

The lock is a small SQLite file beside the journal, with a transaction that stays open: SQLite knows the locks
of every platform, and other processes can still read who holds the lock. Knows also which files the journal
may use: our own files, and no links.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ..model.errors import JournalBusy, JournalRefused

_UNKNOWN = "another process"
_PRIVATE: Final = 0o600
_BESIDE: Final = ("-wal", "-shm", "-journal")
_NO_LINKS: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""``O_NONBLOCK``: without it, opening a pipe that somebody put there would block."""


class Lock:
    """A lock that is held from `acquire` to `release`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            JournalBusy: another process holds it; the message says which.
            JournalRefused: the lock file is not ours.
            sqlite3.Error, OSError: the lock file cannot be made there.
        """
        make_private(self._path)
        check_beside(self._path)
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
        raise JournalBusy(
            f"the journal is in use by {holder}",
            "Wait until it has ended, or end it; or use a journal of its own for each run.",
        )

    def release(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _sign(connection: sqlite3.Connection) -> None:
    """Take the lock, write our name for others to read, and take the lock again to keep it."""
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
    """Create the file if needed, and let only its owner use it; SQLite's files beside it get the same rights.

    A file that is private already is not opened: closing it would release a lock of this process on it.

    Raises:
        JournalRefused: it is a link, not a regular file, or belongs to somebody else.
    """
    there = check_own(path)
    if there is None or stat.S_IMODE(there.st_mode) != _PRIVATE:
        handle = open_own(path, os.O_RDWR | os.O_CREAT)
        try:
            close_to_others(handle)
        finally:
            os.close(handle)


def open_own(path: Path, flags: int) -> int:
    """Open the file itself, never the target of a link; return its descriptor.

    Raises:
        JournalRefused: see `make_private`.
    """
    check_own(path)
    handle = os.open(path, flags | _NO_LINKS, _PRIVATE)
    try:
        _check(os.fstat(handle))
    except JournalRefused:
        os.close(handle)
        raise
    return handle


def close_to_others(handle: int) -> None:
    """Let only the owner read or write the file."""
    if os.name == "posix":
        os.fchmod(handle, _PRIVATE)


def check_own(path: Path) -> os.stat_result | None:
    """The status of our file at `path`; None: there is no file.

    Raises:
        JournalRefused: see `make_private`.
    """
    try:
        there = path.lstat()
    except FileNotFoundError:
        return None
    _check(there)
    return there


def check_beside(path: Path) -> None:
    """Check that SQLite's files beside `path` are our own files, and no links.

    Raises:
        JournalRefused: see `make_private`.
    """
    for each in beside(path):
        check_own(each)


def beside(path: Path) -> list[Path]:
    """The names of SQLite's files beside `path`, whether they exist or not."""
    return [path.with_name(path.name + suffix) for suffix in _BESIDE]


def _check(there: os.stat_result) -> None:
    """Whoever can write to the folder could put a link there, so that we change another file of ours."""
    if stat.S_ISLNK(there.st_mode):
        problem = "the journal, or a file beside it, is a link"
    elif not stat.S_ISREG(there.st_mode):
        problem = "the journal, or a file beside it, is no file"
    elif os.name == "posix" and there.st_uid != os.geteuid():
        problem = "the journal, or a file beside it, belongs to somebody else"
    else:
        return
    raise JournalRefused(problem, "Give the journal a place in a folder where only you can write.")


def sync_folder(folder: Path) -> None:
    """Put the names of new files on the disk too. Windows cannot open folders, and does not need this."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
