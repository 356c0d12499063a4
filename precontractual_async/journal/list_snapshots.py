"""Snapshots of lists: the state of each question, at each run that reported a list's changes. Blocking.

Knows that a run writes its snapshot beside the last one, and that it counts only when the changes have been
written: a run that is killed leaves none. Older snapshots stay; a question whose state stays the same has one
row for all of them. A list is found by a keyed hash of its place, a question by one of its content. The rest
is encrypted, with what these hashes are made of, so that another key can replace this one. Leaves to others:
outcomes, and what counts as a change.

In the tables ``telling`` (a snapshot) and ``told`` (the state of a question) to tell means to report.
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
_KEEPS_ALL: Final = 4
"""The version that keeps all snapshots, and not only the last."""


@frozen
class QuestionState:
    """What was known about one question at one run."""

    word: str
    """Its status, as in `word_of`."""
    hours: int | None
    """Student hours."""
    hours_told: int | None
    """The student hours that were last reported; later ones may differ by too little to be a change."""
    parts: tuple[str, str, str, str] = field(repr=False)
    """Citizen, start date, employer and type of worker: as understood, or else as they stand in the row."""
    line: int = 0
    """The first line of the list with this question."""
    is_read: bool = False
    """Whether the row could be read, so that `parts` are what they seem."""
    move: str = ""
    """Who had to act."""
    steps: tuple[str, ...] = field(default=(), repr=False)
    """The next step, in English, sentence by sentence."""
    waits: bool = False
    """Whether it waited for the citizen's mandate."""
    since: datetime | None = None
    """Since when `word` was the same; None: it was not asked, or an older version noted it."""
    asked: int | None = None
    """The number of such answers since then, if there was no mandate."""
    waits_since: datetime | None = None
    """Since when there was no mandate, whatever the other kind of work said."""
    waits_asked: int | None = None

    def says_the_same(self, other: QuestionState) -> bool:
        """Whether only what grows with time differs, such as the number of answers."""
        mine, theirs = ((each.word, each.hours, each.hours_told, each.parts) for each in (self, other))
        return mine == theirs


Noted = tuple[bytes, QuestionState]
"""The content of a question, and its state."""
_INSTANTS: Final = ("since", "waits_since")


@frozen
class _Kept:
    """A row of ``told``."""

    state: QuestionState
    digest: bytes
    first: int
    """The first generation of this state; that of the row is the last."""


class ListSnapshots:
    """The snapshots in a journal. Those of one list are numbered: each is one generation.

    The snapshot that a run is writing has the next number.
    """

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    def begin(self, place: str) -> None:
        """Begin a snapshot of the list at `place`, and delete that of a run that was killed."""
        name = self._name_of(place)
        with our_errors(), self._database.transaction() as execute:
            execute("DELETE FROM told WHERE list = ? AND generation > ?", (name, self._generation(name)))

    def last(self, place: str, contents: Sequence[bytes]) -> list[QuestionState | None]:
        """The last state of each question, in their order; None: it was not in the list."""
        name = self._name_of(place)
        with our_errors():
            generation = self._generation(name)
            names = [self._name_of_question(name, content) for content in contents]
            found = [self._kept(name, generation, each) for each in names]
            return [None if each is None else each.state for each in found]

    def note(self, place: str, states: Sequence[Noted]) -> list[bool]:
        """Add some states to the snapshot. For each: whether its question was not in the snapshot before."""
        name = self._name_of(place)
        with our_errors(), self._database.transaction():
            generation = self._generation(name) + 1
            return [self._note(name, generation, *each) for each in states]

    def left(self, place: str, after: bytes = b"") -> list[tuple[bytes, QuestionState]]:
        """Some questions of the last snapshot that are not in the new one, with their hashes, sorted by them.

        `after`: the last hash that an earlier call returned.
        """
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
            return [(question, self._read(question, *row).state) for question, *row in rows]

    def finish(self, place: str, at: datetime) -> None:
        """The changes are written: the new snapshot is the last one now. `at`: the beginning of its run."""
        name = self._name_of(place)
        with our_errors(), self._database.transaction() as execute:
            last = self._generation(name)
            told_at = int(at.timestamp())
            sealed = self._cipher.encrypt(_run_record(_written(place), last + 1, told_at), name)
            execute("INSERT INTO telling VALUES (?, ?, ?, ?)", (name, last + 1, told_at, sealed))
            execute(
                "DELETE FROM told WHERE list = ? AND generation = ? AND question IN "
                "(SELECT question FROM told WHERE list = ? AND generation = ? AND first <= ?)",
                (name, last, name, last + 1, last),
            )

    def purge(self, older_than: datetime) -> None:
        """Delete older snapshots; within a transaction."""
        execute = self._database.execute
        execute("DELETE FROM telling WHERE told_at < ?", (int(older_than.timestamp()),))
        execute(
            "DELETE FROM told WHERE NOT EXISTS "
            "(SELECT 1 FROM telling WHERE telling.list = told.list AND telling.generation <= told.generation)"
        )

    # --- all snapshots

    def places(self) -> tuple[str, ...]:
        """The places of all lists with a snapshot, sorted."""
        if self._database.version < _KEEPS_ALL:
            return ()
        with our_errors():
            rows = self._database.execute("SELECT list, generation, told_at, sealed FROM telling").fetchall()
            found = {_place_in(self._cipher.decrypt(sealed, name), *shown) for name, *shown, sealed in rows}
        return tuple(sorted(each.decode(errors="surrogateescape") for each in found))

    def generations(self, place: str) -> dict[int, datetime]:
        """The beginning of the run of each snapshot of a list, by generation, the oldest first.

        Raises:
            JournalFailed: a row was changed without the key.
        """
        name = self._name_of(place)
        with our_errors():
            rows = self._database.execute(
                "SELECT generation, told_at, sealed FROM telling WHERE list = ? ORDER BY generation", (name,)
            ).fetchall()
            for generation, told_at, sealed in rows:
                _place_in(self._cipher.decrypt(sealed, name), generation, told_at)
        return {generation: instant_of(told_at * 1_000_000) for generation, told_at, _ in rows}

    def snapshot(self, place: str, generation: int) -> dict[bytes, QuestionState]:
        """All states in one snapshot of a list, by the hashes of their questions."""
        name = self._name_of(place)
        with our_errors():
            rows = self._database.execute(
                "SELECT question, first, generation, sealed FROM told "
                "WHERE list = ? AND generation BETWEEN ? AND ? ORDER BY question",
                (name, generation, self._generation(name)),
            )
            kept = ((question, self._read(question, *row)) for question, *row in rows)
            return {question: each.state for question, each in kept if each.first <= generation}

    # --- rows

    def _generation(self, name: bytes) -> int:
        """The generation of the last snapshot; 0: there is none."""
        row = self._database.execute("SELECT max(generation) FROM telling WHERE list = ?", (name,)).fetchone()
        if not isinstance(row[0], int | None):
            raise damaged()
        return row[0] or 0

    def _note(self, name: bytes, generation: int, content: bytes, state: QuestionState) -> bool:
        digest = hashlib.sha256(content).digest()
        question = _question_name(self._cipher, name, digest)
        before = self._kept(name, generation - 1, question)
        is_same = before is not None and before.state.says_the_same(state)
        first = before.first if before is not None and is_same else generation
        sealed = self._cipher.encrypt(_record(state, digest, first, generation), question)
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
        return _Kept(kept.state, kept.digest, first)

    def _name_of(self, place: str) -> bytes:
        return _list_name(self._cipher, _written(place))

    def _name_of_question(self, name: bytes, content: bytes) -> bytes:
        return _question_name(self._cipher, name, hashlib.sha256(content).digest())


def _written(place: str) -> bytes:
    return place.encode(errors="surrogateescape")


def _list_name(cipher: Cipher, place: bytes) -> bytes:
    return cipher.name(b"list", place)


def _question_name(cipher: Cipher, name: bytes, digest: bytes) -> bytes:
    """The hash of a question in one list, so that nobody sees that two lists share a question."""
    return cipher.name(b"told", name + digest)


# --- encrypted records


def _run_record(place: bytes, generation: int, told_at: int) -> bytes:
    return json.dumps([generation, told_at]).encode() + b"\n" + place


def _place_in(record: bytes, generation: int, told_at: int) -> bytes:
    """The list's place in a record; an older version encrypted nothing else.

    Raises:
        JournalFailed: the record belongs to another snapshot.
    """
    shown, mark, place = record.partition(b"\n")
    if not (mark and shown.startswith(b"[")):
        return record
    if json.loads(shown) != [generation, told_at]:
        raise damaged()
    return place


def _record(state: QuestionState, digest: bytes, first: int, generation: int) -> bytes:
    """A state with a copy of the row's plain columns, so that nobody can move it to another snapshot."""
    document: dict[str, Any] = {name: value for name, value in asdict(state).items() if value is not None}
    stamps = {name: stamp_of(document[name]) for name in _INSTANTS if name in document}
    record = document | stamps | {"digest": digest.hex(), "shown": (first, generation)}
    return json.dumps(record).encode()


def _opened(cipher: Cipher, question: bytes, sealed: bytes) -> tuple[_Kept, tuple[int, int] | None]:
    """A state, and its copy of the plain columns; None: an older version made no copy."""
    document = json.loads(cipher.decrypt(sealed, question))
    if isinstance(document, list):
        word, hours, hours_told, parts, digest = document
        return _Kept(QuestionState(word, hours, hours_told, tuple(parts)), bytes.fromhex(digest), 0), None
    digest, (first, generation) = document.pop("digest"), document.pop("shown")
    instants = {name: instant_of(document[name]) for name in _INSTANTS if name in document}
    lists = {name: tuple(document[name]) for name in ("parts", "steps")}
    state = QuestionState(**({"hours": None, "hours_told": None} | document | instants | lists))
    return _Kept(state, bytes.fromhex(digest), first), (first, generation)


# --- about one citizen


def states_about(
    database: Database, cipher: Cipher, numbers: Collection[str]
) -> list[tuple[bytes, int, bytes]]:
    """The keys of all states of the citizens with these numbers, also in an unfinished snapshot.

    Also those of rows that were not understood, if a cell holds one of the numbers in any notation.

    Raises:
        JournalFailed: a record cannot be decrypted, so that nobody knows whom it is about.
    """
    if database.version < _SINCE:
        return []
    rows = database.execute("SELECT list, generation, question, sealed FROM told")
    return [
        (name, generation, question)
        for name, generation, question, sealed in rows
        if any(_may_name(part, numbers) for part in _opened(cipher, question, sealed)[0].state.parts)
    ]


def _may_name(part: str, numbers: Collection[str]) -> bool:
    """Whether a cell holds one of `numbers`, also without its leading zeros."""
    whole = part.removesuffix(".0")  # as a number of a workbook can come
    digits = "".join(str(int(each)) for each in whole if each.isdecimal())  # of any script
    return any(each in digits or each == digits.zfill(len(each)) for each in numbers if digits)


def delete_states(execute: Execute, keys: Sequence[tuple[bytes, int, bytes]]) -> None:
    """Delete states by their keys; within a transaction."""
    for each in keys:
        execute("DELETE FROM told WHERE list = ? AND generation = ? AND question = ?", each)


# --- another key


def rekey_lists(execute: Execute, old: Cipher, new: Cipher) -> None:
    """Encrypt all snapshots with another key; within a transaction. Unfinished snapshots are deleted.

    Raises:
        JournalFailed: a record is damaged.
    """
    execute(
        "DELETE FROM told WHERE NOT EXISTS "
        "(SELECT 1 FROM telling WHERE telling.list = told.list AND telling.generation >= told.generation)"
    )
    names = dict[bytes, bytes]()
    for name, generation, told_at, sealed in execute("SELECT * FROM telling").fetchall():
        record = old.decrypt(sealed, name)
        renamed = names.setdefault(name, _list_name(new, _place_in(record, generation, told_at)))
        execute("DELETE FROM telling WHERE list = ? AND generation = ?", (name, generation))
        row = (renamed, generation, told_at, new.encrypt(record, renamed))
        execute("INSERT INTO telling VALUES (?, ?, ?, ?)", row)
    for name, renamed in names.items():
        for generation, question, first, record, digest in _all_states(execute, old, name):
            anew = _question_name(new, renamed, digest)
            execute(
                "INSERT INTO told (list, generation, question, sealed, first) VALUES (?, ?, ?, ?, ?)",
                (renamed, generation, anew, new.encrypt(record, anew), first),
            )
            delete_states(execute, [(name, generation, question)])


def _all_states(execute: Execute, old: Cipher, name: bytes) -> Iterator[tuple[int, bytes, int, bytes, bytes]]:
    """All states of a list: generation, hash, first generation, record, and digest of the question.

    The caller may delete each one.
    """
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
