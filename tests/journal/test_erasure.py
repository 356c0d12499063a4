"""All that a journal holds about one citizen is taken out of it, and nothing of it is left in its files."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from support.journals import AT, DISCLAIMER, KEY, QUERY, answered, entry, pending, query_for, rejected
from support.numbers import generated

from precontractual_async import (
    Caller,
    EnterpriseNumber,
    Entry,
    JournalBusy,
    JournalFailed,
    Labels,
    Problem,
    Rejected,
    Ssin,
    TypeOfWorker,
)
from precontractual_async.journal.list_snapshots import QuestionState
from precontractual_async.journal.runs import Run
from precontractual_async.journal.store import Store

NUMBERS = list(generated(60))
THEIRS = NUMBERS[7]
CITIZEN = Ssin.parse(THEIRS)
CONTENTS = "SELECT name, sealed FROM {}"
ANOTHER = Caller.enterprise(EnterpriseNumber.parse("0400000086"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def about(digits: str) -> list[Entry]:
    """On three dates, for two employers, asked twice, pending, rejected; one has a text of its own."""
    query = query_for(digits)
    later = evolve(query, start_date=date(2026, 12, 15))
    own = evolve(DISCLAIMER, labels=Labels({"nl": f"van {digits}"}))
    one = answered(later, trace=digits[::-1])
    flexi = evolve(one.answer.flexi_job, descriptions=(DISCLAIMER, own))
    return [
        entry(answered(query)),
        entry(answered(query), AT + timedelta(days=1)),
        entry(evolve(one, answer=evolve(one.answer, flexi_job=flexi))),
        entry(pending(evolve(query, start_date=date(2026, 12, 24)))),
        entry(rejected(evolve(query, caller=ANOTHER, type_of_worker=TypeOfWorker.STUDENT_JOB))),
    ]


def replaced(digits: str, by: str) -> Entry:
    return entry(Rejected(query_for(digits), Problem(400, replaced_by=Ssin.parse(by))))


def all_entries() -> list[Entry]:
    return [each for digits in NUMBERS for each in about(digits)]


def rows(path: Path, names: Sequence[str] = ("entry", "text")) -> list[tuple[bytes, bytes]]:
    """What stands in the journal: names and sealed contents."""
    with closing(sqlite3.connect(path)) as connection:
        return [row for each in names for row in connection.execute(CONTENTS.format(each))]


def files(path: Path) -> bytes:
    """Every byte of the journal and of what is beside it, but for the index into its log: numbers of pages."""
    return b"".join(each.read_bytes() for each in sorted(path.parent.iterdir()) if not each.match("*-shm"))


def opened(store: Store) -> str:
    """Everything in it that can be decrypted."""
    told = []
    for table in ("entry", "text", "run"):
        for name, sealed in store._database.execute(CONTENTS.format(table)):
            told.append(store._cipher.decrypt(sealed, name).decode())
    return json.dumps(told)


def told_of(first: str) -> QuestionState:
    """A question with `first` as its citizen, or in place of one."""
    return QuestionState("refused", None, None, (first, "2026-12-01", "", "all"))


def test_what_was_told_of_lists_goes_too(path: Path) -> None:
    """However the number stands in a row that could not be understood; also what a killed run was about to tell; and
    an old number of theirs."""
    other, old = NUMBERS[8], NUMBERS[9]
    written = f"{THEIRS[:2]}.{THEIRS[2:4]}.{THEIRS[4:6]}-{THEIRS[6:9]}.{THEIRS[9:]}"
    arabic = "".join(chr(ord("\N{ARABIC-INDIC DIGIT ZERO}") + int(digit)) for digit in THEIRS)
    theirs = [THEIRS, written, f"nr {THEIRS}", THEIRS.lstrip("0"), f"{THEIRS.lstrip('0')}.0", arabic, old]
    rows = [*theirs, other, "", "unknown", "1"]
    noted = [(b"%d" % number, told_of(each)) for number, each in enumerate(rows)]
    noted.append((b"mistyped", QuestionState("refused", None, None, (other, THEIRS, "", ""))))
    contents = [each for each, _ in noted]
    with closing(Store(path, KEY)) as store:
        store.keep([replaced(old, THEIRS)])
        for place in ("/one.csv", "/two.csv"):
            store.lists.begin(place)
            store.lists.note(place, noted)
        store.lists.finish("/one.csv", AT)
        with closing(sqlite3.connect(path)) as connection:
            before = set(connection.execute("SELECT question, sealed FROM told"))
        assert store.count_about(CITIZEN) == 1 + 2 * 8
        assert store.erase(CITIZEN) == 1 + 2 * 8
        assert [each and each.parts[0] for each in store.lists.last("/one.csv", contents)] == [
            *[None] * 7,
            *(other, "", "unknown", "1"),
            None,
        ]
        assert store.count_about(CITIZEN) == 0
        with closing(sqlite3.connect(path)) as connection:
            gone = before - set(connection.execute("SELECT question, sealed FROM told"))
        assert len(gone) == 2 * 8
        assert not [1 for name, sealed in gone if name in files(path) or sealed in files(path)]
        store._database.execute("UPDATE told SET sealed = zeroblob(60)")
        with pytest.raises(JournalFailed, match="damaged"):
            store.erase(CITIZEN)


def test_a_journal_of_before_lists(path: Path) -> None:
    """Who only counts reads it as it is."""
    path.write_bytes((Path(__file__).parent / "versions" / "2.db").read_bytes())
    with closing(Store(path, KEY, is_shared=True)) as store:
        assert store.count_about(QUERY.citizen) > 0


def test_nothing_is_left(path: Path) -> None:
    """No name and no sealed content of theirs is in any byte, before the journal is closed and after; no number in
    what can be decrypted. All of the others is there."""
    kept = all_entries()
    with closing(Store(path, KEY)) as store:
        for first in range(0, len(kept), 5):
            store.keep(kept[first : first + 5])
        store.note_run(Run(AT))
        before = rows(path)
        assert THEIRS in opened(store)
        assert store.count_about(CITIZEN) == 5
        assert store.erase(CITIZEN) == 5
        gone = set(before) - set(rows(path))
        assert len(gone) == 5 + 1  # with the text that is on none but theirs
        while_open = files(path)
        assert THEIRS not in opened(store)
        assert [history for history in store.histories() if history[0].outcome.query.citizen == CITIZEN] == []
        others = [each.outcome.query for each in kept if each.outcome.query.citizen != CITIZEN]
        assert None not in store.find(others)
        assert len(store.runs()) == 1
        assert store.erase(CITIZEN) == 0
    for data in (while_open, files(path)):
        assert not [1 for name, sealed in gone if name in data or sealed in data or sealed[12:40] in data]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM entry").fetchone() == (59 * 5,)


def test_what_moved_from_page_to_page_leaves_nothing(path: Path) -> None:
    """Names stand in an index in an order of their own: its pages are split again and again before."""
    with closing(Store(path, KEY)) as store:
        store.keep(about(THEIRS))
        names = {name for name, _ in rows(path, ["entry"])}
        for number, digits in enumerate(generated(900, seed=3)):
            store.keep([entry(answered(query_for(digits), at=AT + timedelta(seconds=number)))])
        assert store.erase(CITIZEN) == 5
    assert not [name for name in names if name in files(path)]


def test_what_was_deleted_before_without_being_overwritten(path: Path) -> None:
    """By a tool that knows nothing of it: the next erasure takes that away too."""
    with closing(Store(path, KEY)) as store:
        store.keep(about(THEIRS))
        store.keep([entry(answered())])
        sealed = [each for _, each in rows(path, ["entry"])][:5]
        store._database.execute("PRAGMA secure_delete=OFF").fetchall()
        store._database.execute("DELETE FROM entry WHERE id <= 5")
        store._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        assert [each for each in sealed if each in files(path)]
        assert store.erase(CITIZEN) == 0
        assert not [each for each in sealed if each in files(path)]
        assert store.find([QUERY]) == [entry(answered())]


def test_the_number_in_place_of_another(path: Path) -> None:
    """Where the gateway said that theirs replaces the one that was asked, that entry goes too; and no other."""
    kept = [replaced(NUMBERS[1], THEIRS), replaced(THEIRS, NUMBERS[2]), replaced(NUMBERS[3], NUMBERS[4])]
    with closing(Store(path, KEY)) as store:
        store.keep([*kept, *about(NUMBERS[2])])
        assert store.erase(CITIZEN) == 2
        assert store.find([each.outcome.query for each in kept]) == [None, None, kept[2]]
        assert store.count_about(Ssin.parse(NUMBERS[2])) == 5


def test_texts_that_others_have_too_stay(path: Path) -> None:
    """And one that was deleted is written again with the next answer that has it, by the same store."""
    with closing(Store(path, KEY)) as store:
        store.keep([entry(answered(query_for(THEIRS)))])
        assert store.erase(CITIZEN) == 1
        assert rows(path) == []
        store.keep([entry(answered())])
        store.keep([entry(answered(query_for(THEIRS)))])
        assert store.erase(CITIZEN) == 1
        assert store.find([QUERY]) == [entry(answered())]


def test_a_damaged_journal_stays_as_it_is(path: Path) -> None:
    """Nobody can tell whom an entry is about that does not fit its seal. A text that is missing stops nothing."""
    with closing(Store(path, KEY)) as store:
        store.keep([*about(THEIRS), *about(NUMBERS[0])])
        store._database.execute("DELETE FROM text")
        store._database.execute("UPDATE entry SET sealed = zeroblob(60) WHERE id = 9")
        before = rows(path)
        with pytest.raises(JournalFailed, match="damaged"):
            store.count_about(CITIZEN)
        with pytest.raises(JournalFailed, match="damaged"):
            store.erase(CITIZEN)
        assert rows(path) == before
        store._database.execute("DELETE FROM entry WHERE id = 9")
        assert store.erase(CITIZEN) == 5


def test_who_counts_changes_nothing(path: Path) -> None:
    """Also while a run holds the journal."""
    with closing(Store(path, KEY)) as held:
        held.keep(about(THEIRS))
        before = path.read_bytes(), path.with_name("journal.db-wal").read_bytes()
        with closing(Store(path, KEY, is_shared=True)) as store:
            assert store.count_about(CITIZEN) == 5
            assert store.count_older(AT + timedelta(days=1)) == 4
            assert store.count_older(AT) == 0
        with pytest.raises(JournalBusy):
            Store(path, KEY)
        assert (path.read_bytes(), path.with_name("journal.db-wal").read_bytes()) == before


@pytest.mark.parametrize("way", ["erase", "purge"])
def test_somebody_who_reads_meanwhile(path: Path, way: str) -> None:
    """What they read may not be overwritten yet: it says so, and what to do; done once more, it is."""
    with closing(Store(path, KEY)) as store, closing(Store(path, KEY, is_shared=True)) as reader:
        store.keep(about(THEIRS))
        gone = rows(path)
        store._database.execute("PRAGMA busy_timeout=1").fetchall()

        def take_out() -> int:
            return store.erase(CITIZEN) if way == "erase" else store.purge(AT + timedelta(days=9))

        with reader.snapshot():
            assert reader.count_older(AT + timedelta(days=9)) == 5
            with pytest.raises(JournalFailed, match="still stands beside the journal") as raised:
                take_out()
            assert raised.value.next_step == "Do the same once more when that has ended."
            assert len(list(reader.histories())) == 4
        assert take_out() == 0
        assert not [sealed for _, sealed in gone if sealed in files(path)]


KINDS = st.sampled_from(["answered", "pending", "rejected", "replaced"])
ASKED = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), KINDS, st.integers(0, 3)), max_size=25)


def kept_of(who: int, day: int, kind: str, other: int) -> Entry:
    query = evolve(query_for(NUMBERS[who]), start_date=date(2026, 12, 1 + day))
    if kind == "replaced":
        return entry(Rejected(query, Problem(400, replaced_by=Ssin.parse(NUMBERS[other]))))
    if kind == "pending":
        return entry(pending(query))
    return entry(answered(query) if kind == "answered" else rejected(query))


@settings(max_examples=40, deadline=None)
@given(asked=ASKED, whose=st.integers(0, 3))
def test_whatever_was_asked(asked: list[tuple[int, int, str, int]], whose: int) -> None:
    """The journal is as if what is about that citizen had never been kept."""
    citizen = Ssin.parse(NUMBERS[whose])
    kept = [kept_of(*each) for each in asked]

    def is_theirs(one: Entry) -> bool:
        outcome = one.outcome
        is_named = isinstance(outcome, Rejected) and outcome.problem.replaced_by == citizen
        return is_named or outcome.query.citizen == citizen

    def told(store: Store) -> list[tuple[str, bool]]:
        entries = (each for history in store.histories() for each in history)
        return [(repr(each), is_theirs(each)) for each in entries]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        with closing(Store(path, KEY)) as store:
            store.keep(kept)
            before = told(store)
            sealed = rows(path, ["entry"])
            assert store.erase(citizen) == sum(is_theirs for _, is_theirs in before)
            assert told(store) == [(each, is_theirs) for each, is_theirs in before if not is_theirs]
            gone = set(sealed) - set(rows(path, ["entry"]))
        assert not [row for row in gone if row[1] in files(path)]


KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
from precontractual_async import Ssin
from precontractual_async.journal.store import Store

left = int(sys.argv[2])

def step(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

store = Store(Path(sys.argv[1]), bytes(range(32)))
store._database._connection.set_trace_callback(step)
store._database._connection.set_progress_handler(step, 40)
print(store.erase(Ssin.parse(sys.stdin.readline())))
store._database._connection.set_trace_callback(None)
"""
"""Killed at a statement, or within one after some instructions."""


def test_killed_at_any_moment(path: Path) -> None:
    """All of theirs is there, or none; the others' is whole; and who does it again leaves nothing."""
    kept = [each for digits in NUMBERS[:12] for each in about(digits)]
    with closing(Store(path, KEY)) as store:
        store.keep(kept)
    whole = path.read_bytes()
    gone = {row for row in rows(path) if row not in _of_others(path)}
    at, code, seen = 1, -signal.SIGKILL, set[int]()
    while code == -signal.SIGKILL:
        path.write_bytes(whole)
        command = [sys.executable, "-c", KILLED, str(path), str(at)]
        code = subprocess.run(command, input=THEIRS.encode(), stdout=subprocess.PIPE, check=False).returncode
        with closing(Store(path, KEY)) as store:
            seen.add(store.count_about(CITIZEN))
            others = [each for each in kept if each.outcome.query.citizen != CITIZEN]
            assert None not in store.find([each.outcome.query for each in others])
            store.erase(CITIZEN)
        data = files(path)
        assert not [1 for name, sealed in gone if name in data or sealed in data]
        at += 1
    assert code == 0
    assert seen == {0, 5}
    assert at > 20


def _of_others(path: Path) -> set[tuple[bytes, bytes]]:
    """What stays of a copy."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "journal.db"
        copy.write_bytes(path.read_bytes())
        with closing(Store(copy, KEY)) as store:
            store.erase(CITIZEN)
        return set(rows(copy))
