"""One process at a time: a lock that the system lets go of when its holder dies.

It is a little SQLite file beside the journal with a transaction that stays open: SQLite knows the locks of
every platform, and others can still read who holds it. Knows also which files may be the journal's at all:
our own, and no links.
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
"""The second: a pipe that was put there would wait for its other end."""


class Lock:
    """Held from `acquire` to `release`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def acquire(self) -> None:
        """Take it.

        Raises:
            JournalBusy: somebody else holds it; the message says who.
            JournalRefused: it is none of our files.
            sqlite3.Error, OSError: it cannot be made there.
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
    """The file, there, and for its owner alone; what SQLite puts beside it gets the same rights.

    One that is so already is not opened: to close it would let go a lock that this process holds on it.

    Raises:
        JournalRefused: it is a link, no file, or somebody else's.
    """
    there = check_own(path)
    if there is None or stat.S_IMODE(there.st_mode) != _PRIVATE:
        handle = open_own(path, os.O_RDWR | os.O_CREAT)
        try:
            close_to_others(handle)
        finally:
            os.close(handle)


def open_own(path: Path, flags: int) -> int:
    """A descriptor of the file itself, never of what a link leads to.

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
    """Only its owner may read or write it."""
    if os.name == "posix":
        os.fchmod(handle, _PRIVATE)


def check_own(path: Path) -> os.stat_result | None:
    """What is under that name; None: nothing.

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
    """Nothing that SQLite would write into beside `path` leads elsewhere.

    Raises:
        JournalRefused: see `make_private`.
    """
    for each in beside(path):
        check_own(each)


def beside(path: Path) -> list[Path]:
    """The names of what SQLite writes beside `path`, whether it is there or not."""
    return [path.with_name(path.name + suffix) for suffix in _BESIDE]


def _check(there: os.stat_result) -> None:
    """Whoever may write into the folder could have put a link there, to have another file of ours changed."""
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
    """The names of new files are on the disk too. Windows cannot open folders, and needs none of it."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
