"""The journal's file as a SQLite database: its schema, its transactions, its errors. Blocking.

Knows SQLite, and is the only module that translates its errors. Leaves to others: what the tables hold.

WAL with ``synchronous=FULL``: a committed transaction survives a crash and a power cut. Deleted rows are
overwritten.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from ..model.errors import JournalFailed, JournalRefused
from ..model.os_errors import next_step_for
from .lock import Lock, check_beside, check_own, close_to_others, make_private, open_own, sync_folder

_OURS: Final = 0x50524543
"""The application id: "PREC"."""

# One script for each version of the schema: it upgrades the version before.
SCHEMA: Final[tuple[str, ...]] = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE entry (
        id INTEGER PRIMARY KEY, name BLOB NOT NULL, standing TEXT NOT NULL, worth INTEGER NOT NULL,
        learned_at INTEGER NOT NULL, start_date TEXT NOT NULL, sealed BLOB NOT NULL
    );
    CREATE INDEX entry_name ON entry (name);
    CREATE TABLE text (name BLOB PRIMARY KEY, used_at INTEGER NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE reading (place BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
    """,
    "CREATE TABLE run (name BLOB PRIMARY KEY, began_at INTEGER NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE list (
        name BLOB PRIMARY KEY, generation INTEGER NOT NULL, told_at INTEGER NOT NULL, sealed BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE told (
        list BLOB NOT NULL, generation INTEGER NOT NULL, question BLOB NOT NULL, sealed BLOB NOT NULL,
        PRIMARY KEY (list, generation, question)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE telling (
        list BLOB NOT NULL, generation INTEGER NOT NULL, told_at INTEGER NOT NULL, sealed BLOB NOT NULL,
        PRIMARY KEY (list, generation)
    ) WITHOUT ROWID;
    INSERT INTO telling SELECT name, generation, told_at, sealed FROM list;
    DROP TABLE list;
    ALTER TABLE told ADD COLUMN first INTEGER NOT NULL DEFAULT 0;
    """,
    "",  # the tables are the same: answers are written as lists, which older programs cannot read
)

_TO_WORK: Final = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "trusted_schema=OFF")
_TO_LOOK: Final = ("query_only=ON", "trusted_schema=OFF")

# SQLite's error codes in our words; for any other error we show SQLite's name for it.
_RIGHTS: Final = "Give whoever runs this the right to write there, and run it again: it goes on where it was."
_DAMAGED: Final = "Take a copy of it from before, or begin a new one."
_SAID: Final[Mapping[int, tuple[str, str]]] = {
    sqlite3.SQLITE_FULL: (
        "the disk is full",
        "Make room on the disk, and run it again: it goes on where it was.",
    ),
    sqlite3.SQLITE_IOERR: (
        "the disk failed",
        "Look into the system's log, at the quota and the limit of a file's size; then run it again: it "
        "goes on where it was.",
    ),
    sqlite3.SQLITE_READONLY: ("it cannot be written", _RIGHTS),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened there", _RIGHTS),
    sqlite3.SQLITE_PERM: ("its rights do not allow it", _RIGHTS),
    sqlite3.SQLITE_BUSY: ("another program holds it", "Run it again when that has ended."),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", _DAMAGED),
    sqlite3.SQLITE_NOTADB: ("the file is no journal, or damaged", _DAMAGED),
}
"""For each error code: what went wrong, and the next step."""


class Execute(Protocol):
    """Runs one statement."""

    def __call__(self, statement: str, values: Sequence[object] = (), /) -> sqlite3.Cursor: ...


@contextlib.contextmanager
def our_errors(*, is_opened: bool = False) -> Iterator[None]:
    """Turn errors of SQLite and of the system into ours. `is_opened`: the journal is being opened; then a
    missing permission is a refusal, because only a person can grant it.
    """
    said: tuple[str, str | None] | None = None
    is_forbidden = False
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        said = _SAID.get(code) or (getattr(error, "sqlite_errorname", type(error).__name__), None)
        is_forbidden = code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
    except OSError as error:
        is_forbidden = error.errno in (errno.EROFS, errno.EACCES, errno.EPERM)
        said = error.strerror or type(error).__name__, next_step_for(error)
    if said is None:
        return
    if is_opened and is_forbidden:
        raise JournalRefused(f"the journal cannot be used: {said[0]}", said[1])
    raise JournalFailed(f"the journal failed: {said[0]}", said[1])


class Database:
    """An open file, locked against other processes; or, if `is_shared`, only read while they work.

    A reader changes nothing, and does not upgrade a journal of an older program.
    """

    version: int
    """The version of the schema. Never 0: a new file gets its tables at once."""

    def __init__(self, path: Path, *, must_exist: bool = False, is_shared: bool = False) -> None:
        self._lock = Lock(path.with_name(path.name + ".lock"))
        self._connection: sqlite3.Connection | None = None
        self._file: int | None = None
        is_open = False
        try:
            with our_errors(is_opened=True):
                if must_exist and not path.is_file():
                    raise JournalRefused("there is no journal of that name", "Check the name after journal.")
                if not is_shared:
                    self._lock.acquire()
                self._open(path, is_shared=is_shared)
            is_open = True
        finally:
            if not is_open:
                self.close()

    def close(self) -> None:
        """Close the file and release the lock. Everything is on the disk."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._file is not None:
            os.close(self._file)  # after the connection: closing it earlier would release SQLite's locks
            self._file = None
        self._lock.release()

    def execute(self, statement: str, values: Sequence[object] = (), /) -> sqlite3.Cursor:
        """Run one statement.

        Raises:
            sqlite3.Error: `our_errors` translates it.
        """
        assert self._connection is not None  # noqa: S101 (open from its construction to its close)
        return self._connection.execute(statement, values)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Execute]:
        """Run the block as one transaction: at its end all statements are durable, or none is."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield self.execute
            self.execute("COMMIT")
        finally:
            if self._connection is not None and self._connection.in_transaction:
                self.execute("ROLLBACK")

    def scrub(self) -> None:
        """Remove every trace of deleted rows from the file, and from the files beside it.

        ``secure_delete`` overwrites deleted rows, but SQLite promises nothing for pages between which rows
        were moved, and other tools overwrite nothing. So the file is rebuilt from what it holds now.

        Raises:
            sqlite3.Error: `our_errors` translates it.
            JournalFailed: another program reads the journal, so the log beside it still holds deleted rows.
        """
        self.execute("VACUUM")
        is_read = self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if is_read:
            raise JournalFailed(
                "what was replaced or deleted still stands beside the journal, as another program reads it",
                "Do the same once more when that has ended.",
            )

    def copy_into(self, place: Path) -> None:
        """Write what the journal holds at one moment into the empty file `place`, as a database.

        Not with SQLite's backup API, which copies pages unchanged: with deleted rows, and with WAL mode. In
        that mode the copy needs a log beside it, which cannot be created in a read-only place.

        Raises:
            sqlite3.Error: `our_errors` translates it.
        """
        self.execute("PRAGMA query_only=OFF").fetchall()  # VACUUM INTO writes the copy only
        self.execute("VACUUM INTO ?", (str(place.absolute()),))
        self.execute("PRAGMA query_only=ON").fetchall()

    def _open(self, path: Path, *, is_shared: bool) -> None:
        is_new = check_own(path) is None
        if is_new:
            make_private(path)
        check_beside(path)
        self._file = open_own(path, os.O_RDONLY if is_shared else os.O_RDWR)
        if not _could_be_ours(self._file):
            raise _not_ours()
        self._connection = _connected(path, is_shared=is_shared)
        version = self._checked_version()
        if not os.path.samestat(os.fstat(self._file), path.lstat()):
            raise JournalRefused("the journal was replaced while it was opened", "Run it again.")
        if is_shared and version == 0:
            raise JournalRefused("the journal is empty", "Run `precontractual screen` with it first.")
        self.version = version
        if not is_shared:
            close_to_others(self._file)  # SQLite gives the files beside it the same permissions
        for pragma in _TO_LOOK if is_shared else _TO_WORK:
            self.execute(f"PRAGMA {pragma}").fetchall()
        if version == 0:
            self.upgrade()
        if is_new:
            sync_folder(path.parent)

    def _checked_version(self) -> int:
        """The version of the schema; 0: a new file. A file that is not ours is refused and not changed."""
        version: int = self.execute("PRAGMA user_version").fetchone()[0]
        owner = self.execute("PRAGMA application_id").fetchone()[0]
        has_tables = self.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if owner != _OURS and (owner or version or has_tables):
            raise _not_ours()
        if version > len(SCHEMA):
            raise JournalRefused(
                f"the journal is of a newer version ({version}) than this program knows ({len(SCHEMA)})",
                "Update precontractual-async.",
            )
        return version

    def upgrade(self) -> None:
        """Upgrade the schema. Check an old journal's key first: older programs refuse an upgraded one."""
        if self.version == len(SCHEMA):
            return
        with self.transaction() as execute:
            for script in SCHEMA[self.version :]:
                for statement in script.split(";"):
                    execute(statement)
            execute(f"PRAGMA application_id={_OURS}")
            execute(f"PRAGMA user_version={len(SCHEMA)}")
        self.version = len(SCHEMA)


def _connected(path: Path, *, is_shared: bool) -> sqlite3.Connection:
    """A reader reads the log that a killed run left beside the journal, and leaves it for the next run.

    Without a log, a read-only connection would leave SQLite's own files behind. In a folder that cannot be
    written (a backup, a snapshot) nobody else writes either: there the file counts as immutable.
    """
    mode = "mode=rwc"
    if is_shared and path.with_name(path.name + "-wal").exists():
        mode = "mode=ro"
    elif is_shared and not _can_write(path.parent):
        mode = "mode=ro&immutable=1"
    name = f"{path.absolute().as_uri()}?{mode}"
    return sqlite3.connect(name, uri=True, isolation_level=None, check_same_thread=False)


def _can_write(folder: Path) -> bool:
    return os.access(folder, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _could_be_ours(file: int) -> bool:
    """Whether the file is empty or SQLite's. SQLite itself treats any very short file as empty."""
    return os.read(file, 16) in (b"", b"SQLite format 3\0")


def _not_ours() -> JournalRefused:
    return JournalRefused("the file is no journal", "Give another name for the journal.")
