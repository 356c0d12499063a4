"""What was told of each question of a list, each time that its changes were told. Blocking.

Knows that what a run tells now is noted beside what was told before, and takes its place in one step when all
of it stands where people read it: a run that is killed has told nothing. What was told before stays: a
question that is told the same again has one row for all these times. A list is known by its place, a question
by its content, both by a keyed hash; the rest is sealed, with what both are named by, so that they can be
named anew under another key. Refuses to know outcomes, and what a change is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from attrs import asdict, field, frozen

from .database import Database, Execute, our_errors
from .encryption import Cipher, damaged
from .stamps import instant_of, stamp_of

_AT_ONCE: Final = 500
_SINCE: Final = 3
"""The version of the schema that has the table ``told``."""
_REMEMBERS: Final = 4
"""The version that has all that was told, and not only the last of it."""


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
    line: int = 0
    """Of the list, where it stood first."""
    is_read: bool = False
    """Whether the row could be read, so that each part stands where it belongs."""
    move: str = ""
    """Whose move it was."""
    steps: tuple[str, ...] = field(default=(), repr=False)
    """What there was to do, in English, sentence by sentence."""
    waits: bool = False
    """Whether it waited for the citizen's mandate."""
    since: datetime | None = None
    """Since when its word was so; None: nobody was asked, or an older program told it."""
    asked: int | None = None
    """How often it was answered so since then, where there is no mandate."""
    waits_since: datetime | None = None
    """Since when there was no mandate, whatever else its word said."""
    waits_asked: int | None = None

    def says_the_same(self, other: Told) -> bool:
        """Whether a reader would see no difference but in what goes on: how often it was asked, say."""
        mine, theirs = ((each.word, each.hours, each.hours_told, each.parts) for each in (self, other))
        return mine == theirs


Noted = tuple[bytes, Told]
"""The content of a question, and what is told of it."""
_INSTANTS: Final = ("since", "waits_since")


@frozen
class _Kept:
    """A row of ``told``."""

    told: Told
    digest: bytes
    first: int
    """The generation from which on it was told; its own is the last."""


class ListMemory:
    """The tables ``telling`` and ``told`` of a journal.

    Each time that a list's changes are told is one generation of it. What a run is about to tell stands under
    the next.
    """

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    def begin(self, place: str) -> None:
        """A run is about to tell the changes of the list at `place`: one that was killed has told nothing."""
        name = self._name_of(place)
        with our_errors(), self._database.transaction() as execute:
            execute("DELETE FROM told WHERE list = ? AND generation > ?", (name, self._generation(name)))

    def last(self, place: str, contents: Sequence[bytes]) -> list[Told | None]:
        """What was told of each question, in their order; None: it was not in the list."""
        name = self._name_of(place)
        with our_errors():
            generation = self._generation(name)
            names = [self._name_of_question(name, content) for content in contents]
            found = [self._kept(name, generation, each) for each in names]
            return [None if each is None else each.told for each in found]

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
                "SELECT question, first, generation, sealed FROM told "
                "WHERE list = ? AND generation = ? AND question > ? "
                "AND question NOT IN (SELECT question FROM told WHERE list = ? AND generation = ?) "
                "ORDER BY question LIMIT ?",
                (name, generation, after, name, generation + 1, _AT_ONCE),
            ).fetchall()
            return [(question, self._read(question, *row).told) for question, *row in rows]

    def finish(self, place: str, at: datetime) -> None:
        """All of it stands where people read it: from now on this is what was told last. `at`: its run."""
        name = self._name_of(place)
        with our_errors(), self._database.transaction() as execute:
            last = self._generation(name)
            told_at = int(at.timestamp())
            sealed = self._cipher.encrypt(_telling(_written(place), last + 1, told_at), name)
            execute("INSERT INTO telling VALUES (?, ?, ?, ?)", (name, last + 1, told_at, sealed))
            execute(
                "DELETE FROM told WHERE list = ? AND generation = ? AND question IN "
                "(SELECT question FROM told WHERE list = ? AND generation = ? AND first <= ?)",
                (name, last, name, last + 1, last),
            )

    def purge(self, older_than: datetime) -> None:
        """Forget what was told before, and lists of which nothing was told since; within a transaction."""
        execute = self._database.execute
        execute("DELETE FROM telling WHERE told_at < ?", (int(older_than.timestamp()),))
        execute(
            "DELETE FROM told WHERE NOT EXISTS "
            "(SELECT 1 FROM telling WHERE telling.list = told.list AND telling.generation <= told.generation)"
        )

    # --- what was told at any time

    def places(self) -> tuple[str, ...]:
        """The lists whose changes were told, in the order of their names."""
        if self._database.version < _REMEMBERS:
            return ()
        with our_errors():
            rows = self._database.execute("SELECT list, generation, told_at, sealed FROM telling").fetchall()
            found = {_place_in(self._cipher.decrypt(sealed, name), *shown) for name, *shown, sealed in rows}
        return tuple(sorted(each.decode(errors="surrogateescape") for each in found))

    def tellings(self, place: str) -> dict[int, datetime]:
        """The run of each time that the changes of a list were told, by its generation, the oldest first.

        Raises:
            JournalFailed: one was changed without the key.
        """
        name = self._name_of(place)
        with our_errors():
            rows = self._database.execute(
                "SELECT generation, told_at, sealed FROM telling WHERE list = ? ORDER BY generation", (name,)
            ).fetchall()
            for generation, told_at, sealed in rows:
                _place_in(self._cipher.decrypt(sealed, name), generation, told_at)
        return {generation: instant_of(told_at * 1_000_000) for generation, told_at, _ in rows}

    def told_at(self, place: str, generation: int) -> dict[bytes, Told]:
        """All that was told of a list in a generation, by the names of the questions, which tell nothing."""
        name = self._name_of(place)
        with our_errors():
            rows = self._database.execute(
                "SELECT question, first, generation, sealed FROM told "
                "WHERE list = ? AND generation BETWEEN ? AND ? ORDER BY question",
                (name, generation, self._generation(name)),
            )
            kept = ((question, self._read(question, *row)) for question, *row in rows)
            return {question: each.told for question, each in kept if each.first <= generation}

    # --- rows

    def _generation(self, name: bytes) -> int:
        """Of what was told last; 0: nothing was."""
        row = self._database.execute("SELECT max(generation) FROM telling WHERE list = ?", (name,)).fetchone()
        if not isinstance(row[0], int | None):
            raise damaged()
        return row[0] or 0

    def _note(self, name: bytes, generation: int, content: bytes, told: Told) -> bool:
        digest = hashlib.sha256(content).digest()
        question = _question_name(self._cipher, name, digest)
        before = self._kept(name, generation - 1, question)
        is_same = before is not None and before.told.says_the_same(told)
        first = before.first if before is not None and is_same else generation
        sealed = self._cipher.encrypt(_record(told, digest, first, generation), question)
        done = self._database.execute(
            "INSERT OR IGNORE INTO told (list, generation, question, sealed, first) VALUES (?, ?, ?, ?, ?)",
            (name, generation, question, sealed, first),
        )
        return done.rowcount == 1

    def _kept(self, name: bytes, generation: int, question: bytes) -> _Kept | None:
        row = self._database.execute(
            "SELECT first, generation, sealed FROM told WHERE list = ? AND generation = ? AND question = ?",
            (name, generation, question),
        ).fetchone()
        return None if row is None else self._read(question, *row)

    def _read(self, question: bytes, first: int, generation: int, sealed: bytes) -> _Kept:
        kept, shown = _opened(self._cipher, question, sealed)
        if shown not in (None, (first, generation)):
            raise damaged()
        return _Kept(kept.told, kept.digest, first)

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


# --- what is sealed


def _telling(place: bytes, generation: int, told_at: int) -> bytes:
    return json.dumps([generation, told_at]).encode() + b"\n" + place


def _place_in(telling: bytes, generation: int, told_at: int) -> bytes:
    """The list's place; an older program sealed that alone.

    Raises:
        JournalFailed: it is of another generation, or of another time.
    """
    shown, mark, place = telling.partition(b"\n")
    if not (mark and shown.startswith(b"[")):
        return telling
    if json.loads(shown) != [generation, told_at]:
        raise damaged()
    return place


def _record(told: Told, digest: bytes, first: int, generation: int) -> bytes:
    """With a copy of what stands beside it, so that nobody can let it be told at another time."""
    document: dict[str, Any] = {name: value for name, value in asdict(told).items() if value is not None}
    stamps = {name: stamp_of(document[name]) for name in _INSTANTS if name in document}
    record = document | stamps | {"digest": digest.hex(), "shown": (first, generation)}
    return json.dumps(record).encode()


def _opened(cipher: Cipher, question: bytes, sealed: bytes) -> tuple[_Kept, tuple[int, int] | None]:
    """What was told, and what stood beside it; None: an older program told it."""
    document = json.loads(cipher.decrypt(sealed, question))
    if isinstance(document, list):
        word, hours, hours_told, parts, digest = document
        return _Kept(Told(word, hours, hours_told, tuple(parts)), bytes.fromhex(digest), 0), None
    digest, (first, generation) = document.pop("digest"), document.pop("shown")
    instants = {name: instant_of(document[name]) for name in _INSTANTS if name in document}
    lists = {name: tuple(document[name]) for name in ("parts", "steps")}
    told = Told(**({"hours": None, "hours_told": None} | document | instants | lists))
    return _Kept(told, bytes.fromhex(digest), first), (first, generation)


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
        if any(_may_name(part, numbers) for part in _opened(cipher, question, sealed)[0].told.parts)
    ]


def _may_name(part: str, numbers: Collection[str]) -> bool:
    """Whether one of `numbers` stands in a cell; one that came as a number has lost its zeros."""
    whole = part.removesuffix(".0")  # as a number of a workbook can come
    digits = "".join(str(int(each)) for each in whole if each.isdecimal())  # of any script
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
        "(SELECT 1 FROM telling WHERE telling.list = told.list AND telling.generation >= told.generation)"
    )
    names = dict[bytes, bytes]()
    for name, generation, told_at, sealed in execute("SELECT * FROM telling").fetchall():
        telling = old.decrypt(sealed, name)
        renamed = names.setdefault(name, _list_name(new, _place_in(telling, generation, told_at)))
        execute("DELETE FROM telling WHERE list = ? AND generation = ?", (name, generation))
        row = (renamed, generation, told_at, new.encrypt(telling, renamed))
        execute("INSERT INTO telling VALUES (?, ?, ?, ?)", row)
    for name, renamed in names.items():
        for generation, question, first, record, digest in _all_told(execute, old, name):
            anew = _question_name(new, renamed, digest)
            execute(
                "INSERT INTO told (list, generation, question, sealed, first) VALUES (?, ?, ?, ?, ?)",
                (renamed, generation, anew, new.encrypt(record, anew), first),
            )
            forget_told(execute, [(name, generation, question)])


def _all_told(execute: Execute, old: Cipher, name: bytes) -> Iterator[tuple[int, bytes, int, bytes, bytes]]:
    """Each row of a list, with its record and the digest of its question; whoever gets one may delete it."""
    after = (0, b"")
    select = (
        "SELECT generation, question, first, sealed FROM told "
        "WHERE list = ? AND (generation, question) > (?, ?) ORDER BY generation, question LIMIT ?"
    )
    while some := execute(select, (name, *after, _AT_ONCE)).fetchall():
        for generation, question, first, sealed in some:
            record = old.decrypt(sealed, question)
            yield generation, question, first, record, _opened(old, question, sealed)[0].digest
        after = some[-1][:2]
