"""A journal under a new key: all of it or nothing, whatever kills it, and nothing stays under the old one."""

from __future__ import annotations

import base64
import json
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from contextlib import closing, suppress
from datetime import date, timedelta
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from support.batch import RUNS, batch
from support.command import clean_environment
from support.journals import AT, DISCLAIMER, KEY, QUERY, answered, entry, pending, query_for, rejected
from support.numbers import generated

from precontractual_async import Answered, Entry, InvalidSettings, JournalFailed, Labels
from precontractual_async.journal.list_snapshots import QuestionState
from precontractual_async.journal.port import Reading
from precontractual_async.journal.rekeying import Rekeyed
from precontractual_async.journal.store import Store
from precontractual_async.model.answers import Answer, Description, FlexiJob, Status, StudentJob

NEW = bytes(range(32, 64))
NUMBERS = list(generated(40))
VERSIONS = sorted((Path(__file__).parent / "versions").glob("*.db"))
PLACE = "/srv/hr/lijst \udce9.csv"
READING = Reading(bytes(32), 520)
TABLES = ("entry", "text", "run")
TOLD = [
    (b"%d" % n, QuestionState("ok/ok", n, n, (digits, "2026-12-01", "", "all")))
    for n, digits in enumerate(NUMBERS)
]
"""What was told of a list: contents of questions, and what of each."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "journal").mkdir()
    return tmp_path / "journal" / "nightly.db"


@pytest.fixture
def full(path: Path) -> Path:
    """Everything that a journal can hold."""
    with closing(Store(path, KEY)) as store:
        store.keep([*batch(60), entry(pending()), entry(rejected(query_for(NUMBERS[0])))])
        store.keep([entry(answered(query_for(NUMBERS[1])), AT + timedelta(days=n)) for n in range(3)])
        for each in RUNS:
            store.note_run(each)
        store.note_reading(PLACE, READING)
        for place in (PLACE, "/another.csv"):
            store.lists.begin(place)
            store.lists.note(place, TOLD if place == PLACE else TOLD[:3])
            store.lists.finish(place, AT)
        store.lists.note(PLACE, [(TOLD[0][0], evolve(TOLD[0][1], word="nok/nok")), *TOLD[1:39]])
        store.lists.finish(PLACE, AT + timedelta(days=1))
        store.lists.note(PLACE, TOLD[:5])  # by a run that was killed
        store.lists.note("/never.csv", TOLD[:5])
    return path


def content(store: Store) -> tuple[list[str], object, object, object]:
    """What it tells, in an order that does not go by its names."""
    histories = sorted(repr(history) for history in store.histories())
    return histories, store.runs(), store.last_reading(PLACE), told_of_lists(store)


def told_of_lists(store: Store) -> list[object]:
    """And when; of an older journal nothing."""
    if store._database.version < 4:
        return []
    return [
        (place, at, sorted(map(repr, store.lists.snapshot(place, generation).values())))
        for place in store.lists.places()
        for generation, at in store.lists.generations(place).items()
    ]


def told(path: Path, key: bytes) -> tuple[list[str], object, object, object]:
    with closing(Store(path, key, is_shared=True)) as store:
        return content(store)


def blobs(path: Path) -> set[bytes]:
    """Every name and every sealed content, and what its key is known by."""
    with closing(sqlite3.connect(path)) as connection:
        found = {
            each
            for table in TABLES
            for row in connection.execute(f"SELECT name, sealed FROM {table}")  # noqa: S608
            for each in row
        }
        found |= {each for row in connection.execute("SELECT place, sealed FROM reading") for each in row}
        found |= {each for row in connection.execute("SELECT list, sealed FROM telling") for each in row}
        found |= {
            each for row in connection.execute("SELECT list, question, sealed FROM told") for each in row
        }
        return found | {row[0] for row in connection.execute("SELECT value FROM meta")}


def left(path: Path, old: Iterable[bytes]) -> list[bytes]:
    """What of it is in any byte of the journal, or of what is beside it."""
    data = b"".join(each.read_bytes() for each in path.parent.iterdir())
    return [each for each in old if each in data]


def test_all_is_under_the_new_key(full: Path) -> None:
    """The same is told; nothing of what was under the old key is in any byte; the open store goes on with the new."""
    before, old = told(full, KEY), blobs(full)
    with closing(Store(full, KEY)) as store:
        assert store.rekey(NEW) == Rekeyed(store.count(), 0)
        assert left(full, old) == []
        assert content(store) == before
        store.keep([entry(answered(query_for(NUMBERS[2])))])
        assert store.find([query_for(NUMBERS[2])]) == [entry(answered(query_for(NUMBERS[2])))]
    assert not old & blobs(full)
    with pytest.raises(InvalidSettings, match="another key"):
        Store(full, KEY)
    with closing(Store(full, NEW)) as store:
        assert store.find([QUERY])[0] is not None
        store.keep([entry(answered())])  # the pending one gives way
        assert store.find([QUERY]) == [entry(answered())]
        assert store.last_reading(PLACE) == READING
        store.lists.begin(PLACE)
        assert store.lists.note(PLACE, TOLD[1:]) == [True] * 39
        assert [each for _, each in store.lists.left(PLACE)] == [evolve(TOLD[0][1], word="nok/nok")]
        assert len(store.lists.snapshot(PLACE, 1)) == 40
        assert store.lists.last("/never.csv", [b"0"]) == [None]
        used = store._database.execute("SELECT count(*), count(DISTINCT used_at) FROM text").fetchone()
        assert used[0] > 3
    with closing(sqlite3.connect(full)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_texts_are_used_since_when_they_were(path: Path) -> None:
    """A purge goes by that."""
    with closing(Store(path, KEY)) as store:
        for number, digits in enumerate(NUMBERS[:3]):
            own = evolve(DISCLAIMER, labels=Labels({"nl": digits}))
            one = answered(query_for(digits))
            flexi = evolve(one.answer.flexi_job, descriptions=(own,))
            at = AT + timedelta(days=10 * number)
            store.keep([entry(evolve(one, answer=evolve(one.answer, flexi_job=flexi)), at)])
        statement = "SELECT used_at FROM text ORDER BY used_at"
        before = store._database.execute(statement).fetchall()
        store.rekey(NEW)
        assert store._database.execute(statement).fetchall() == before
        store.purge(AT + timedelta(days=15))
        assert store._database.execute("SELECT count(*) FROM text").fetchone() == (
            2,
        )  # theirs, and everybody's


@pytest.mark.parametrize("version", VERSIONS, ids=lambda each: each.stem)
def test_a_journal_of_each_version(path: Path, version: Path) -> None:
    """Also records that do not say what stood beside them: they are bound to what they were bound to before."""
    path.write_bytes(version.read_bytes())
    with closing(Store(path, KEY)) as store:
        before = content(store)
        store.rekey(NEW)
    assert told(path, NEW) == before
    with closing(Store(path, NEW)) as store:
        store._database.execute("UPDATE entry SET start_date = '2026-12-02'")
        with pytest.raises(JournalFailed, match="damaged"):
            list(store.histories())


def test_what_was_tampered_with_is_found_out_still(full: Path) -> None:
    """What stands beside a seal is not made true by a new one."""
    with closing(Store(full, KEY)) as store:
        store._database.execute("UPDATE entry SET worth = 99 WHERE id = 5")
        store.rekey(NEW)
        with pytest.raises(JournalFailed, match="damaged"):
            list(store.histories())


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entry SET sealed = zeroblob(60) WHERE id = 9",
        "UPDATE text SET sealed = zeroblob(60)",
        "DELETE FROM text",
        "UPDATE run SET sealed = zeroblob(60)",
        "UPDATE reading SET sealed = zeroblob(60)",
        "UPDATE telling SET sealed = zeroblob(60)",
        "UPDATE told SET sealed = zeroblob(60)",
    ],
)
def test_a_damaged_journal_keeps_its_key(full: Path, change: str) -> None:
    """And all it has."""
    with closing(Store(full, KEY)) as store:
        store._database.execute(change)
        before = blobs(full)
        with pytest.raises(JournalFailed, match="damaged"):
            store.rekey(NEW)
        assert blobs(full) == before
    Store(full, KEY).close()


def test_lists_of_an_older_program(full: Path) -> None:
    """It noted no place with them: they are counted and go; nobody could find them under the new key."""
    with closing(Store(full, KEY)) as store:
        name = store._cipher.place_name("old.csv")
        sealed = store._cipher.encrypt(b'{"digest": "00", "rows": 5}', name)
        store._database.execute("INSERT INTO reading VALUES (?, ?)", (name, sealed))
        assert store.last_reading("old.csv") == Reading(b"\0", 5)
        assert store.rekey(NEW).forgotten_lists == 1
        assert store.last_reading("old.csv") is None
        assert store.last_reading(PLACE) == READING


def test_somebody_who_reads_meanwhile(full: Path) -> None:
    """They see what was; it is done all the same, and the rest once more, when they have ended."""
    before, old = told(full, KEY), blobs(full)
    with closing(Store(full, KEY)) as store, closing(Store(full, KEY, is_shared=True)) as reader:
        store._database.execute("PRAGMA busy_timeout=1").fetchall()
        with reader.snapshot():
            assert reader.count() > 5
            with pytest.raises(JournalFailed, match="still stands beside the journal"):
                store.rekey(NEW)
            assert sorted(repr(history) for history in reader.histories()) == before[0]
        assert content(store) == before
        store.scrub()
        assert left(full, old) == []


@settings(max_examples=25, deadline=None)
@given(
    asked=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(0, 2)), max_size=30),
    key=st.binary(min_size=32, max_size=32),
)
def test_whatever_it_holds(asked: list[tuple[int, int, int]], key: bytes) -> None:
    """There and back again, it tells the same."""

    def kept(who: int, day: int, kind: int) -> Entry:
        query = evolve(query_for(NUMBERS[who]), start_date=date(2026, 12, 1 + day))
        return entry((answered, rejected, pending)[kind](query), AT + timedelta(days=day))

    with tempfile.TemporaryDirectory() as folder, closing(Store(Path(folder) / "j.db", KEY)) as store:
        store.keep([kept(*each) for each in asked])
        before = content(store)
        for each in (key, KEY):
            store.rekey(each)
            assert content(store) == before


KILLED = """
import os, signal, sqlite3, sys

left, real = int(sys.argv[1]), sqlite3.connect

def step(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def connect(name, **named):
    connection = real(name, **named)
    connection.set_trace_callback(step)
    connection.set_progress_handler(step, 100)
    return connection

from precontractual_async.cli import main
sqlite3.connect = connect
code = main(sys.argv[2:])
if left < 0:
    print(-left)
sys.exit(code)
"""
"""The command, killed at a statement, or within one after some instructions."""


def test_killed_at_any_moment(full: Path, tmp_path: Path) -> None:
    """It opens with one of the two keys and tells all; the same command ends what was begun, and nothing stays."""
    with closing(Store(full, KEY)) as store:
        store._database.execute("DELETE FROM entry WHERE id > 30")
    before, old, whole = told(full, KEY), blobs(full), full.read_bytes()
    file = tmp_path / "keys" / "new.key"
    words = ("journal", "rekey", str(full), "--new-key-file", str(file))
    variables = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode()}

    def done(at: int) -> tuple[int, list[bytes]]:
        """How it ended; and what it said, with the number of moments at which it could be killed."""
        process = subprocess.run(
            [sys.executable, "-c", KILLED, str(at), *words],
            env=clean_environment() | variables,
            stdout=subprocess.PIPE,
            check=False,
        )
        return process.returncode, process.stdout.split()

    def as_before() -> None:
        for each in full.parent.iterdir():
            each.unlink()
        full.write_bytes(whole)
        full.chmod(0o600)

    assert done(3)[0] == -signal.SIGKILL  # before there is a new key
    assert told(full, KEY) == before
    assert not file.exists()
    done(0)
    as_before()
    moments = int(done(0)[1][-1])
    seen = list[str]()
    for at in (*range(1, moments - 15, moments // 12), *range(moments - 15, moments + 1)):
        as_before()
        assert done(at)[0] == -signal.SIGKILL
        new = base64.b64decode(file.read_text())
        opening = []
        for name, key in (("old", KEY), ("new", new)):
            with suppress(InvalidSettings):
                assert told(full, key) == before
                opening.append(name)
        assert len(opening) == 1
        seen += opening
        assert done(0)[0] == 0
        assert left(full, old) == []
        assert told(full, new) == before
    assert seen == sorted(seen, reverse=True)
    assert seen.count("old") > 10
    assert seen.count("new") >= 3


OLD_RECORD = {
    "kind": "Answered",
    "outcome": {
        "query": {
            "citizen": QUERY.citizen.digits,
            "start_date": QUERY.start_date.isoformat(),
            "caller": {"enterprise_number": QUERY.caller.enterprise_number.digits},
        },
        "answer": {
            "flexi_job": {"status": "ok"},
            "student_job": {
                "status": "unknown",
                "descriptions": [{"types": ["error"], "cause": "errorStudentRequirements"}],
            },
            "main_reference": None,
            "asked_at": AT.isoformat(),
            "trace_id": "trace",
        },
    },
}
"""As versions 1 to 4 wrote an answer."""


@pytest.mark.parametrize("is_old", [False, True])
def test_a_cause_without_a_text(path: Path, is_old: bool) -> None:
    """The gateway may give a cause and no text, which then has no name to be put under the new key."""
    cause = Description(("error",), "errorStudentRequirements")
    student = StudentJob(Status.UNKNOWN, descriptions=(cause,))
    kept = entry(Answered(QUERY, Answer(FlexiJob(Status.OK), student, None, AT, "trace")))
    with closing(Store(path, KEY)) as store:
        store.keep([kept])
        if is_old:
            execute, cipher = store._database.execute, store._cipher
            name, *shown = execute(
                "SELECT name, standing, worth, learned_at, start_date FROM entry"
            ).fetchone()
            record = json.dumps(OLD_RECORD | {"shown": shown}).encode()
            execute("UPDATE entry SET sealed = ?", (cipher.encrypt(record, name),))
        assert store.find([QUERY]) == [kept]
        assert store.rekey(NEW).entries == 1
        assert store.find([QUERY]) == [kept]
