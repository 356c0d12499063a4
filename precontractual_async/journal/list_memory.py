"""What was told of each question of a list, when its changes were last told. Blocking; in the store's thread.

Knows that what a run tells now is noted beside what was told before, and takes its place in one step when all
of it stands where people read it: a run that is killed has told nothing. A list is known by its place, a
question by its content, both by a keyed hash; the rest is sealed, with what both are named by, so that they
can be named anew under another key. Refuses to know outcomes, and what a change is.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final

from attrs import field, frozen

from .database import Database, Execute, our_errors
from .encryption import Cipher

_AT_ONCE: Final = 500
_SINCE: Final = 3
"""The version of the schema that has the tables."""


@frozen
class Told:
    """What was told of one question."""

    word: str
    hours: int | None
    """Student hours at that run."""
    hours_told: int | None
    """Those that were last told: the same, or of a run before, when they changed by too little."""
    parts: tuple[str, str, str, str] = field(repr=False)
    """Citizen, start date, employer and type of worker: as understood, or else as they stand in the row."""


Noted = tuple[bytes, Told]
"""The content of a question, and what is told of it."""


class ListMemory:
    """The tables ``list`` and ``told`` of a journal.

    What is told stands under the list's current generation; what a run is about to tell, under the next.
    """

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    def begin(self, place: str) -> None:
        """A run is about to tell the changes of the list at `place`: one that was killed has told nothing."""
        name = self._name_of(place)
        with our_errors(), self._database.transaction() as execute:
            execute("DELETE FROM told WHERE list = ? AND generation <> ?", (name, self._generation(name)))

    def last(self, place: str, contents: Sequence[bytes]) -> list[Told | None]:
        """What was told of each question, in their order; None: it was not in the list."""
        name = self._name_of(place)
        with our_errors():
            generation = self._generation(name)
            names = [self._name_of_question(name, content) for content in contents]
            return [self._told(name, generation, each) for each in names]

    def note(self, place: str, told: Sequence[Noted]) -> list[bool]:
        """What this run tells of some questions. Of each, whether it came for the first time in this run."""
        name = self._name_of(place)
        with our_errors(), self._database.transaction():
            generation = self._generation(name) + 1
            return [self._note(name, generation, *each) for each in told]

    def left(self, place: str, after: bytes = b"") -> list[tuple[bytes, Told]]:
        """Some that were told before and are not in the list now, with their names; the next are `after`."""
        name = self._name_of(place)
        with our_errors():
            generation = self._generation(name)
            rows = self._database.execute(
                "SELECT question, sealed FROM told WHERE list = ? AND generation = ? AND question > ? "
                "AND question NOT IN (SELECT question FROM told WHERE list = ? AND generation = ?) "
                "ORDER BY question LIMIT ?",
                (name, generation, after, name, generation + 1, _AT_ONCE),
            ).fetchall()
            return [(question, self._read(question, sealed)) for question, sealed in rows]

    def finish(self, place: str, at: datetime) -> None:
        """All of it stands where people read it: from now on this is what was told last."""
        name = self._name_of(place)
        with our_errors(), self._database.transaction() as execute:
            generation = self._generation(name) + 1
            sealed = self._cipher.encrypt(_written(place), name)
            row = (name, generation, int(at.timestamp()), sealed)
            execute("INSERT OR REPLACE INTO list VALUES (?, ?, ?, ?)", row)
            execute("DELETE FROM told WHERE list = ? AND generation <> ?", (name, generation))

    def purge(self, older_than: datetime) -> None:
        """Forget lists whose changes were last told before; within a transaction."""
        execute, limit = self._database.execute, int(older_than.timestamp())
        execute("DELETE FROM told WHERE list NOT IN (SELECT name FROM list WHERE told_at >= ?)", (limit,))
        execute("DELETE FROM list WHERE told_at < ?", (limit,))

    # --- rows

    def _generation(self, name: bytes) -> int:
        """Of what was told last; 0: nothing was."""
        row = self._database.execute("SELECT generation FROM list WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def _note(self, name: bytes, generation: int, content: bytes, told: Told) -> bool:
        digest = hashlib.sha256(content).digest()
        question = _question_name(self._cipher, name, digest)
        record = json.dumps([told.word, told.hours, told.hours_told, told.parts, digest.hex()]).encode()
        done = self._database.execute(
            "INSERT OR IGNORE INTO told VALUES (?, ?, ?, ?)",
            (name, generation, question, self._cipher.encrypt(record, question)),
        )
        return done.rowcount == 1

    def _told(self, name: bytes, generation: int, question: bytes) -> Told | None:
        row = self._database.execute(
            "SELECT sealed FROM told WHERE list = ? AND generation = ? AND question = ?",
            (name, generation, question),
        ).fetchone()
        return None if row is None else self._read(question, row[0])

    def _read(self, question: bytes, sealed: bytes) -> Told:
        return _opened(self._cipher, question, sealed)[0]

    def _name_of(self, place: str) -> bytes:
        return _list_name(self._cipher, _written(place))

    def _name_of_question(self, name: bytes, content: bytes) -> bytes:
        return _question_name(self._cipher, name, hashlib.sha256(content).digest())


def _written(place: str) -> bytes:
    return place.encode(errors="surrogateescape")


def _list_name(cipher: Cipher, place: bytes) -> bytes:
    return cipher.name(b"list", place)


def _question_name(cipher: Cipher, name: bytes, digest: bytes) -> bytes:
    """Of a question in the list of that name: that two lists have the same shows nowhere."""
    return cipher.name(b"told", name + digest)


def _opened(cipher: Cipher, question: bytes, sealed: bytes) -> tuple[Told, bytes]:
    """What was told, and the digest of the question's content."""
    word, hours, hours_told, parts, digest = json.loads(cipher.decrypt(sealed, question))
    return Told(word, hours, hours_told, tuple(parts)), bytes.fromhex(digest)


# --- about one citizen


def told_about(
    database: Database, cipher: Cipher, numbers: Collection[str]
) -> list[tuple[bytes, int, bytes]]:
    """The keys of all that was told, or was about to be, of the citizens with these numbers.

    Of a row that could not be understood, of all in whose cells one of them stands, however it is written.

    Raises:
        JournalFailed: something does not fit its seal: nobody can tell whom it is about.
    """
    if database.version < _SINCE:
        return []
    rows = database.execute("SELECT list, generation, question, sealed FROM told")
    return [
        (name, generation, question)
        for name, generation, question, sealed in rows
        if any(_may_name(part, numbers) for part in _opened(cipher, question, sealed)[0].parts)
    ]


def _may_name(part: str, numbers: Collection[str]) -> bool:
    """Whether one of `numbers` stands in a cell; one that came as a number has lost its zeros."""
    digits = re.sub(r"\D", "", part)
    return any(each in digits or each == digits.zfill(len(each)) for each in numbers if digits)


def forget_told(execute: Execute, keys: Sequence[tuple[bytes, int, bytes]]) -> None:
    """Delete them; within a transaction."""
    for each in keys:
        execute("DELETE FROM told WHERE list = ? AND generation = ? AND question = ?", each)


# --- another key


def rename_lists(execute: Execute, old: Cipher, new: Cipher) -> None:
    """Put all of it under another key; within a transaction. What no run ended to tell goes.

    Raises:
        JournalFailed: something is damaged.
    """
    execute(
        "DELETE FROM told WHERE NOT EXISTS "
        "(SELECT 1 FROM list WHERE list.name = told.list AND list.generation = told.generation)"
    )
    for name, generation, told_at, sealed in execute("SELECT * FROM list").fetchall():
        place = old.decrypt(sealed, name)
        renamed = _list_name(new, place)
        for question, content, digest in _all_told(execute, old, name):
            anew = _question_name(new, renamed, digest)
            execute(
                "INSERT INTO told VALUES (?, ?, ?, ?)",
                (renamed, generation, anew, new.encrypt(content, anew)),
            )
            execute("DELETE FROM told WHERE list = ? AND question = ?", (name, question))
        execute("DELETE FROM list WHERE name = ?", (name,))
        execute(
            "INSERT INTO list VALUES (?, ?, ?, ?)",
            (renamed, generation, told_at, new.encrypt(place, renamed)),
        )


def _all_told(execute: Execute, old: Cipher, name: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """The name, the content and the digest of each question of a list; whoever gets one may delete it."""
    after = b""
    select = "SELECT question, sealed FROM told WHERE list = ? AND question > ? ORDER BY question LIMIT ?"
    while some := execute(select, (name, after, _AT_ONCE)).fetchall():
        for question, sealed in some:
            yield question, old.decrypt(sealed, question), _opened(old, question, sealed)[1]
        after = some[-1][0]
