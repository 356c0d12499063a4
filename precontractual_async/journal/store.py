"""Reads and writes the journal's file. Blocking; for one thread.

Knows the tables, and trusts only the encrypted part of a row. Answers are added and never replaced, because
each one is the proof of a consultation; any later entry replaces a pending one. Leaves to others: event
loops, and what the entries mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache, reduce
from itertools import groupby
from pathlib import Path
from typing import Final

from attrs import field, frozen

from ..model.dates import day_in_brussels
from ..model.errors import InvalidSettings
from ..model.identifiers import Ssin
from ..model.questions import Query
from .backup import MARK
from .database import Database, our_errors
from .encryption import Cipher, damaged
from .erasure import find_about, take_out
from .list_snapshots import ListSnapshots
from .port import Entry, Reading, believed, worth
from .readings import Readings
from .recheck import Finality, RecheckPolicy
from .record import Records, Shown
from .rekeying import Rekeyed, new_cipher, rekey
from .runs import Run, Runs
from .stamps import instant_of, stamp_of
from .texts import EncryptedTexts

_AT_ONCE: Final = 500
"""Names in one statement; the limit of older SQLite versions is 999."""


@frozen
class Count:
    """How many queries have the same finality, how many of them are due, and when they were learned."""

    finality: Finality
    queries: int
    due: int
    first: datetime
    last: datetime

    def plus(self, other: Count) -> Count:
        """The sum of both counts."""
        first, last = min(self.first, other.first), max(self.last, other.last)
        return Count(self.finality, self.queries + other.queries, self.due + other.due, first, last)


@frozen
class _Found:
    """A row of the file. Nothing in it is trusted until its encrypted part was checked."""

    name: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    shown: Shown

    @property
    def learned_at(self) -> datetime:
        return instant_of(self.shown[2])

    @property
    def start_date(self) -> str | int:
        return self.shown[3]


class Store:
    """An open journal file; see `Database` for the options."""

    def __init__(self, path: Path, key: bytes, *, must_exist: bool = False, is_shared: bool = False) -> None:
        self._database = Database(path, must_exist=must_exist, is_shared=is_shared)
        is_open = False
        try:
            with our_errors():
                self._use(self._checked_cipher(key))
                if not is_shared:
                    self._database.upgrade()
                    self._database.execute("DELETE FROM meta WHERE name = ?", (MARK,))
                pending = self._database.execute("SELECT 1 FROM entry WHERE standing = 'pending' LIMIT 1")
                self._has_pending = pending.fetchone() is not None
            is_open = True
        finally:
            if not is_open:
                self.close()

    def _use(self, cipher: Cipher) -> None:
        self._cipher = cipher
        self._texts = EncryptedTexts(self._database, cipher)
        self._records = Records(self._texts)
        self._runs = Runs(self._database, cipher)
        self._readings = Readings(self._database, cipher)
        self.lists: ListSnapshots = ListSnapshots(self._database, cipher)
        self._name_of = lru_cache(maxsize=1024)(cipher.query_name)  # `keep` needs the names that `find` made

    def close(self) -> None:
        """Close the file and release the lock. Everything is on the disk."""
        self._database.close()

    def _checked_cipher(self, key: bytes) -> Cipher:
        """The cipher of this journal. The first key given to a new journal becomes its key."""
        meta = dict(self._database.execute("SELECT name, value FROM meta").fetchall())
        if not meta:
            cipher, meta = new_cipher(key)
            with self._database.transaction() as execute:
                execute("INSERT INTO meta VALUES ('salt', ?), ('key', ?)", (meta["salt"], meta["key"]))
            return cipher
        cipher = Cipher(key, meta.get("salt") or b"")
        if meta.get("key") != cipher.name(b"key", b""):
            raise InvalidSettings(
                "the journal was made with another key",
                "Give the key it was made with (PRECONTRACTUAL_JOURNAL_KEY_FILE), or begin a new journal.",
            )
        return cipher

    # --- entries

    def keep(self, entries: Sequence[Entry]) -> None:
        """Keep all `entries` durably, or none."""
        is_kept = False
        try:
            with our_errors(), self._database.transaction():
                for entry in entries:
                    self._keep(entry)
            is_kept = True
        finally:
            if not is_kept:
                self._texts.forget()

    def _keep(self, entry: Entry) -> None:
        execute, shown = self._database.execute, _shown(entry)
        name = self._name_of(entry.outcome.query)
        if self._has_pending:
            execute("DELETE FROM entry WHERE name = ? AND standing = 'pending'", (name,))
        if entry.is_pending:
            if execute("SELECT 1 FROM entry WHERE name = ?", (name,)).fetchone():
                return
            self._has_pending = True
        self._texts.used_at = entry.learned_at
        sealed = self._cipher.encrypt(self._records.dumps(entry.outcome, shown), name)
        execute(
            "INSERT INTO entry (name, standing, worth, learned_at, start_date, sealed) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (name, *shown, sealed),
        )

    def find(self, queries: Sequence[Query]) -> list[Entry | None]:
        """What is known about each of `queries`, in their order."""
        names = [self._name_of(query) for query in queries]
        found: dict[bytes, list[_Found]] = {}
        with our_errors():
            for each in self._rows(list(dict.fromkeys(names))):
                found.setdefault(each.name, []).append(each)
            return [self._entry(found[name]) if name in found else None for name in names]

    def past(self, queries: Sequence[Query]) -> list[list[Entry]]:
        """All entries about each query, in the order of the queries; those of one query oldest first."""
        names = [self._name_of(query) for query in queries]
        kept: dict[bytes, list[Entry]] = {name: [] for name in names}
        with our_errors():
            for each in self._rows(list(kept)):
                kept[each.name].append(self._decrypted(each))
        return [kept[name] for name in names]

    def _rows(self, names: Sequence[bytes]) -> Iterator[_Found]:
        for first in range(0, len(names), _AT_ONCE):
            some = names[first : first + _AT_ONCE]
            marks = ",".join("?" * len(some))
            yield from self._select(f"WHERE name IN ({marks}) ORDER BY id", some)

    def _select(self, which: str, values: Sequence[object] = ()) -> Iterator[_Found]:
        """The entries that the SQL clause `which` selects; it must be a constant."""
        rows = self._database.execute(
            f"SELECT name, sealed, standing, worth, learned_at, start_date FROM entry {which}",  # noqa: S608
            values,
        )
        for name, sealed, *shown in rows:
            yield _Found(name, sealed, tuple(shown))

    def _entry(self, found: list[_Found]) -> Entry:
        """The latest outcome, and the outcome to believe, from the encrypted rows: see `port.believed`."""
        return reduce(believed, map(self._decrypted, found))

    def _decrypted(self, found: _Found) -> Entry:
        """The entry of one row. Its finality and worth are computed again from the decrypted outcome.

        Raises:
            JournalFailed: the row was changed.
        """
        outcome, shown = self._records.loads(self._cipher.decrypt(found.sealed, found.name))
        fits = found.shown == shown or (
            shown is None and found.start_date == outcome.query.start_date.isoformat()
        )
        if not fits:
            raise damaged()
        return Entry.of(outcome, found.learned_at)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads in the block see the journal at one moment, while a run goes on writing."""
        with our_errors():
            self._database.execute("BEGIN")
        try:
            yield
        finally:
            self._database.execute("ROLLBACK")

    def histories(self) -> Iterator[list[Entry]]:
        """All entries of each query, the oldest first; the order of the queries reveals nothing.

        Raises:
            JournalFailed: an entry was changed.
        """
        with our_errors():
            for _, found in groupby(self._select("ORDER BY name, id"), key=lambda each: each.name):
                yield [self._decrypted(each) for each in found]

    def entries(self) -> Iterator[Entry]:
        """All entries, in the order in which they were kept.

        Raises:
            JournalFailed: an entry was changed.
        """
        with our_errors():
            for each in self._select("ORDER BY id"):
                yield self._decrypted(each)

    # --- runs

    def note_run(self, run: Run) -> None:
        """Keep what is known about a run; this replaces the earlier note of the same run."""
        with our_errors(), self._database.transaction():
            self._runs.note(run)

    def runs(self) -> tuple[Run, ...]:
        """All runs that were noted, the oldest first."""
        with our_errors():
            return self._runs.all()

    # --- lists

    def last_reading(self, place: str) -> Reading | None:
        """The last state of the list at `place`."""
        with our_errors():
            return self._readings.last(place)

    def note_reading(self, place: str, reading: Reading) -> None:
        """Keep the present state of the list at `place`."""
        with our_errors(), self._database.transaction():
            self._readings.note(place, reading)

    # --- maintenance

    def counts(self, due: RecheckPolicy, now: datetime) -> list[Count]:
        """Queries by the finality of their latest outcome, and how many of them a run that begins now asks.

        Raises:
            JournalFailed: an entry was changed.
        """
        today, counts = day_in_brussels(now), dict[Finality, Count]()
        with our_errors():
            for each in self._select("WHERE id IN (SELECT max(id) FROM entry GROUP BY name)"):
                entry = self._decrypted(each)
                at = due.due_at(entry.last, entry.learned_at)
                is_due = at is not None and at <= now and entry.last.query.start_date >= today
                one = Count(entry.finality, 1, int(is_due), entry.learned_at, entry.learned_at)
                before = counts.get(one.finality)
                counts[one.finality] = one if before is None else before.plus(one)
        return [counts[each] for each in Finality if each in counts]

    def purge(self, older_than: datetime) -> int:
        """Delete and overwrite what was learned before `older_than`; return the number of entries.

        Raises:
            JournalFailed: the entries are deleted but not overwritten, because another program reads the
                journal. A second call, after that program has ended, overwrites them.
        """
        with our_errors():
            with self._database.transaction() as execute:
                done = execute("DELETE FROM entry WHERE learned_at < ?", (stamp_of(older_than),))
                self._texts.purge(older_than)
                self._runs.purge(older_than)
                self.lists.purge(older_than)
            self._database.scrub()
        return done.rowcount

    def count_older(self, older_than: datetime) -> int:
        """How many entries `purge` would delete."""
        with our_errors():
            row = self._database.execute(
                "SELECT count(*) FROM entry WHERE learned_at < ?", (stamp_of(older_than),)
            ).fetchone()
        return int(row[0])

    def erase(self, citizen: Ssin) -> int:
        """Delete and overwrite everything about `citizen`; return the number of entries.

        Raises:
            JournalFailed: an entry is damaged, and nothing is deleted; or the same as for `purge`.
        """
        with our_errors():
            count = take_out(self._database, self._cipher, citizen)
            self._texts.forget()
            self._database.scrub()
        return count

    def count_about(self, citizen: Ssin) -> int:
        """How many entries `erase` would delete."""
        with self.snapshot():
            return find_about(self._database, self._cipher, citizen).count

    def rekey(self, key: bytes) -> Rekeyed:
        """Put everything under another key, durably and in one transaction; the old key opens nothing then.

        Raises:
            JournalFailed: something is damaged, and nothing is changed; or the same as for `purge`.
        """
        with our_errors():
            cipher, done = rekey(self._database, self._cipher, key)
            self._use(cipher)
            self._database.scrub()
        return done

    def scrub(self) -> None:
        """Overwrite what a killed process had deleted or replaced; raises the same as `purge`."""
        with our_errors():
            self._database.scrub()

    def count(self) -> int:
        """How many entries there are."""
        with our_errors():
            return int(self._database.execute("SELECT count(*) FROM entry").fetchone()[0])


def _shown(entry: Entry) -> Shown:
    """The unencrypted fields of an entry, by which SQL can count and delete."""
    learned_at, start_date = stamp_of(entry.learned_at), entry.outcome.query.start_date.isoformat()
    return (entry.finality.value, worth(entry.outcome, entry.learned_at), learned_at, start_date)
