"""Copies a journal as it is at one moment, while a run goes on. The copy is encrypted too. Blocking.

Knows which file a new copy may replace: only an older copy of the same journal. A copy has a mark, which is
deleted when a program opens it to write: from then on it is a journal of its own. Needs no key, so whoever
makes copies need not have it. Leaves to others: how the copy gets its name.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Final

from ..model.errors import JournalFailed, JournalRefused
from .database import Database, our_errors
from .lock import beside

MARK: Final = "backup"
"""The row of ``meta`` that only a copy has: the time when it was made."""


class Backup:
    """A journal, open to be copied."""

    def __init__(self, journal: Path) -> None:
        self._database = Database(journal, must_exist=True, is_shared=True)

    def close(self) -> None:
        self._database.close()

    def check_replaceable(self, target: Path) -> None:
        """Return if there is no file at `target`, or a copy of this journal that is no newer than it.

        A log beside `target` belongs to another file of that name: SQLite would apply it to the new copy.

        Raises:
            JournalRefused: `target` must not be replaced.
        """
        has_log = any(map(os.path.lexists, beside(target)))
        if has_log or (os.path.lexists(target) and not self._is_older(target)):
            raise JournalRefused(
                "under the name of the backup there is something else than an older backup of this journal",
                "Give the backup another name, or take that away first.",
            )

    def copy_into(self, place: Path, at: datetime) -> int:
        """Write the copy into the empty file `place`; return its number of entries. `at`: now.

        Raises:
            JournalFailed: the journal cannot be read, or the copy cannot be written.
        """
        with our_errors():
            self._database.copy_into(place)
            with closing(sqlite3.connect(place, isolation_level=None)) as copy:
                copy.execute("PRAGMA journal_mode=OFF").fetchall()  # nobody else has it open, so no log
                copy.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (MARK, at.isoformat()))
                return int(copy.execute("SELECT count(*) FROM entry").fetchone()[0])

    def _is_older(self, target: Path) -> bool:
        try:
            with closing(Database(target, must_exist=True, is_shared=True)) as other, our_errors():
                theirs = _meta(other)
            with our_errors():
                ours = _meta(self._database)
        except (JournalRefused, JournalFailed):
            return False
        is_same = all(ours.get(name) == theirs.get(name) for name in ("salt", "key"))
        made_at, of_ours = theirs.get(MARK), ours.get(MARK)
        return is_same and isinstance(made_at, str) and (of_ours is None or made_at <= str(of_ours))


def _meta(database: Database) -> dict[str, object]:
    return dict(database.execute("SELECT name, value FROM meta").fetchall())
