"""The journal's file: what can be read from it without its key, who may open it, what a bad disk does to it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from support.journals import AT, DISCLAIMER, KEY, QUERY, answered, entry, pending, query_for, rejected
from support.numbers import CITIZEN, ENTERPRISE, generated
from support.warm import REAL

from precontractual_async import (
    Entry,
    InvalidSettings,
    JournalFailed,
    JournalRefused,
    Labels,
    PrecontractualError,
    SqliteJournal,
    Status,
)
from precontractual_async.journal import database, texts
from precontractual_async.journal.list_snapshots import QuestionState
from precontractual_async.journal.recheck import Finality, RecheckPolicy
from precontractual_async.journal.runs import Run
from precontractual_async.journal.store import Count, Store

NUMBERS = list(generated(300))
RUN = Run(AT, AT + timedelta(minutes=7), calls=12, retries=3, pauses=1, tokens=2, stopped="the disk is full")
TOLD = QuestionState("no_grant/ok", 475, 475, (CITIZEN, "2026-12-01", ENTERPRISE, "all"))
KILLED = Run(AT + timedelta(days=1))
VERSIONS = sorted((Path(__file__).parent / "versions").glob("*.db"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


def entries(count: int, first: int = 0) -> list[Entry]:
    return [entry(answered(query_for(digits), trace=digits[::-1])) for digits in NUMBERS[first:][:count]]


def integrity(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


# --- what can be read without the key


def test_nothing_personal_is_in_the_bytes(path: Path) -> None:
    """No number, reference or text in the journal, its -wal, its -shm and its lock; all are the owner's alone."""
    with closing(Store(path, KEY)) as store:
        store.keep(entries(200))
        store.keep([entry(rejected()), entry(pending(query_for(NUMBERS[250])))])
        files = {each.name: each.read_bytes() for each in path.parent.iterdir()}
        modes = {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    assert set(files) == {"journal.db", "journal.db-wal", "journal.db-shm", "journal.db.lock"}
    assert modes == {0o600}
    secrets = [CITIZEN, ENTERPRISE, "voorbehoud", "trace", "conclusive answers", *NUMBERS]
    assert len(files["journal.db-wal"]) > 50_000
    for secret in secrets:
        for form in (
            secret.encode(),
            secret.encode("utf-16-le"),
            int(secret).to_bytes(6) if secret.isdigit() else b"\0voorbehoud",
        ):
            assert not [name for name, data in files.items() if form in data], secret


def test_a_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    """One that was made with other rights gets ours before anything is written."""
    path.touch(0o644)
    path.chmod(0o644)
    Store(path, KEY).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_its_key_it_is_unreadable(path: Path) -> None:
    """Another key is refused, and the journal stays as it is."""
    with closing(Store(path, KEY)) as store:
        store.keep(entries(3))
    with pytest.raises(InvalidSettings) as raised:
        Store(path, bytes(32))
    assert raised.value.diagnosis == "the journal was made with another key"
    assert raised.value.next_step == (
        "Give the key it was made with (PRECONTRACTUAL_JOURNAL_KEY_FILE), or begin a new journal."
    )
    with closing(Store(path, KEY)) as store:
        assert store.find([QUERY, query_for(NUMBERS[0])])[1] == entries(1)[0]


def test_the_same_is_named_and_sealed_differently_in_two_journals(tmp_path: Path) -> None:
    """Two journals with one key have nothing in common that could be compared."""
    contents = []
    for name in ("a.db", "b.db"):
        with closing(Store(tmp_path / name, KEY)) as store:
            store.keep(entries(1))
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            contents.append(connection.execute("SELECT name, sealed FROM entry").fetchone())
    assert contents[0][0] != contents[1][0]
    assert contents[0][1] != contents[1][1]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entry SET sealed = zeroblob(60)",
        "UPDATE entry SET sealed = x'00'",
        "UPDATE entry SET sealed = (SELECT sealed FROM entry ORDER BY id DESC LIMIT 1)",
        "UPDATE text SET sealed = zeroblob(60)",
        "DELETE FROM text",
    ],
)
def test_what_was_tampered_with_is_not_believed(path: Path, change: str) -> None:
    """Changed, cut, or put in another's place: an error, never another citizen's answer."""
    with closing(Store(path, KEY)) as store:
        store.keep(entries(2))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(change)
        connection.commit()
    with closing(Store(path, KEY)) as store, pytest.raises(JournalFailed, match="damaged"):
        store.find([query_for(NUMBERS[0])])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE entry SET worth = 99",
        "UPDATE entry SET worth = 'x'",
        "UPDATE entry SET standing = 'x'",
        "UPDATE entry SET standing = 'final'",
        "UPDATE entry SET standing = 'pending'",
        "UPDATE entry SET learned_at = learned_at + 1",
        "UPDATE entry SET learned_at = 'x'",
        "UPDATE entry SET learned_at = 9223372036854775807",
        "UPDATE entry SET learned_at = 1.5",
        "UPDATE entry SET start_date = '2099-01-01'",
        "UPDATE entry SET sealed = 5",
        "UPDATE entry SET sealed = 'x'",
    ],
)
@pytest.mark.parametrize("row", [1, 2])
def test_what_stands_beside_a_seal_is_bound_to_it(path: Path, change: str, row: int) -> None:
    """Of two answers, whichever is changed without the key: an error, and never the other one's word."""
    with closing(Store(path, KEY)) as store:
        store.keep([entry(answered()), entry(answered(flexi=Status.NOK), AT + timedelta(days=1))])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"{change} WHERE id = {row}")
        connection.commit()
    with closing(Store(path, KEY)) as store, pytest.raises(JournalFailed, match="damaged"):
        store.find([QUERY])


@pytest.mark.parametrize("stamp", ["x", 2**63 - 1, -(2**63)])
def test_counting_what_was_tampered_with(path: Path, stamp: str | int) -> None:
    """An instant that is none is damage, not a defect."""
    with closing(Store(path, KEY)) as store:
        store.keep(entries(2))
        store._database.execute("UPDATE entry SET learned_at = ?", (stamp,))
        with pytest.raises(JournalFailed, match="damaged"):
            store.counts(RecheckPolicy(), AT)


def test_what_an_older_program_kept_is_told_by_its_seal(path: Path) -> None:
    """Its records do not say what stood beside them: that is not believed, or has to fit what they hold."""
    path.write_bytes(VERSIONS[0].read_bytes())
    with closing(Store(path, KEY)) as store:
        store.keep([entry(answered(flexi=Status.NOK), AT + timedelta(days=1))])
        store._database.execute(
            "UPDATE entry SET worth = 99, standing = 'x' WHERE name IN "
            "(SELECT name FROM entry GROUP BY name HAVING count(*) = 2) AND id = (SELECT min(id) FROM entry)"
        )
        (found,) = store.find([QUERY])
        assert found == entry(answered(flexi=Status.NOK), AT + timedelta(days=1))
        store._database.execute("UPDATE entry SET start_date = '2026-12-02'")
        with pytest.raises(JournalFailed, match="damaged"):
            store.find([query_for("10010190162")])


# --- texts


def test_texts_are_kept_once(path: Path) -> None:
    """A disclaimer that stands on every answer is written once, also across runs."""
    for first in (0, 100):
        with closing(Store(path, KEY)) as store:
            store.keep(entries(100, first))
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM text").fetchone() == (1,)
        assert connection.execute("SELECT max(length(sealed)) FROM entry").fetchone()[0] < 450


def test_texts_that_never_repeat_do_not_fill_the_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names that are remembered are bounded, and all texts are found again."""
    monkeypatch.setattr(texts, "_REMEMBERED", 10)
    kept = []
    for digits in NUMBERS[:50]:
        outcome = answered(query_for(digits))
        described = evolve(DISCLAIMER, labels=Labels({"nl": digits}))
        flexi = evolve(outcome.answer.flexi_job, descriptions=(described,))
        kept.append(entry(evolve(outcome, answer=evolve(outcome.answer, flexi_job=flexi))))
    with closing(Store(path, KEY)) as store:
        store.keep(kept)
        assert store.find([each.outcome.query for each in kept]) == kept


# --- retention


def test_purge(path: Path) -> None:
    """What is older goes, overwritten; what is newer stays readable, its texts too."""
    with closing(Store(path, KEY)) as store:
        store.keep(entries(100))
        later = [evolve(each, learned_at=AT + timedelta(days=60)) for each in entries(100, 100)]
        store.keep(later)
        with closing(sqlite3.connect(path)) as connection:
            sealed = [row[0] for row in connection.execute("SELECT sealed FROM entry")]
        assert store.purge(AT + timedelta(days=30)) == 100
        assert store.find([each.outcome.query for each in later]) == later
        assert store.find([entries(1)[0].outcome.query]) == [None]
    data = path.read_bytes()
    assert not [blob for blob in sealed[:100] if blob in data]
    assert all(blob in data for blob in sealed[150:160])
    with closing(Store(path, KEY)) as store:
        assert store.purge(AT + timedelta(days=90)) == 100
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(
            "SELECT (SELECT count(*) FROM entry) + (SELECT count(*) FROM text)"
        ).fetchone() == (0,)


def test_purge_keeps_the_texts_that_are_still_used(path: Path) -> None:
    """A text that was first written with an old entry is still that of a newer one."""
    with closing(Store(path, KEY)) as store:
        store.keep(entries(1))
        later = evolve(entries(1, 1)[0], learned_at=AT + timedelta(hours=20))
        store.keep([later])
        assert store.purge(AT + timedelta(hours=10)) == 1
        assert store.find([later.outcome.query]) == [later]
        used = store._database.execute("SELECT count(*) FROM text").fetchone()
        assert used == (1,)
        assert store.purge(AT + timedelta(hours=20, days=1)) == 1
        assert store._database.execute("SELECT count(*) FROM text").fetchone() == (1,)
        store.purge(AT + timedelta(days=3))
        assert store._database.execute("SELECT count(*) FROM text").fetchone() == (0,)


@pytest.mark.parametrize(
    ("change", "diagnosis", "next_step"),
    [
        (
            "UPDATE entry SET sealed = zeroblob(60)",
            "an entry of the journal is damaged: it does not fit its seal",
            "Put a copy of the journal back, or begin a new one.",
        ),
        ("DELETE FROM text", "the journal is damaged: a text is missing", "Put a copy of it back."),
    ],
)
def test_what_is_said_of_damage(path: Path, change: str, diagnosis: str, next_step: str) -> None:
    """In words, with what to do."""
    with closing(Store(path, KEY)) as store:
        store.keep(entries(1))
        store._database.execute(change)
        store._texts._read.clear()
        with pytest.raises(JournalFailed) as raised:
            store.find([entries(1)[0].outcome.query])
    assert (raised.value.diagnosis, raised.value.next_step) == (diagnosis, next_step)


def test_what_is_said_of_a_foreign_file(path: Path) -> None:
    """In words, with what to do."""
    path.write_bytes(b"x")
    with pytest.raises(JournalRefused) as raised:
        Store(path, KEY)
    assert raised.value.diagnosis == "the file is no journal"
    assert raised.value.next_step == "Give another name for the journal."


def test_counts(path: Path) -> None:
    """By the last word on each query; due is what the policy says, on a start date that is not past."""
    before = evolve(QUERY, start_date=date(2026, 11, 20))
    with closing(Store(path, KEY)) as store:
        store.keep([entry(pending()), entry(pending(before)), *entries(5)])
        mandate = answered(query_for(NUMBERS[0]), flexi=Status.NO_GRANT)
        store.keep([entry(mandate, AT + timedelta(hours=1))])
        at = AT + timedelta(hours=6)
        counts = store.counts(RecheckPolicy(), at)
        assert counts == [
            Count(Finality.PENDING, 2, 1, AT, AT),
            Count(Finality.CITIZEN, 1, 0, AT + timedelta(hours=1), AT + timedelta(hours=1)),
            Count(Finality.CONCLUSIVE, 4, 0, AT, AT),
        ]
        at = AT + timedelta(hours=7)
        assert store.counts(RecheckPolicy(), at)[1].due == 1


# --- versions and foreign files


def test_an_older_journal_is_brought_up_to_date(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each version's script is run once, and what was kept stays; by nobody while another holds it."""
    with closing(Store(path, KEY)) as store:
        store.keep(entries(2))
    script = "ALTER TABLE reading ADD COLUMN note TEXT; CREATE INDEX entry_learned_at ON entry (learned_at)"
    monkeypatch.setattr(database, "SCHEMA", (*database.SCHEMA, script))
    with closing(Store(path, KEY)) as store, pytest.raises(JournalRefused, match="in use"):
        Store(path, KEY)
    for _ in range(2):
        with closing(Store(path, KEY)) as store:
            assert store.find([entries(1)[0].outcome.query]) == entries(1)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(database.SCHEMA),)


def test_who_only_looks_changes_nothing(path: Path) -> None:
    """A shared journal is read; what is to be written into it is refused."""
    with closing(Store(path, KEY)) as store:
        store.keep(entries(2))
    before = path.read_bytes()
    with closing(Store(path, KEY, must_exist=True, is_shared=True)) as store:
        assert store.find([entries(1)[0].outcome.query]) == entries(1)
        with pytest.raises(JournalFailed, match="it cannot be written"):
            store.keep(entries(3))
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir() if each.suffix not in (".db", ".lock")] == []


def beside(path: Path) -> dict[str, tuple[int, str]]:
    """Each file of the folder: its rights and its content."""
    return {
        each.name: (each.stat().st_mode, hashlib.sha256(each.read_bytes()).hexdigest())
        for each in path.parent.iterdir()
    }


@pytest.mark.parametrize("version", VERSIONS, ids=lambda each: each.stem)
def test_who_only_looks_reads_a_journal_as_it_is(path: Path, version: Path) -> None:
    """Also one of an older program, which would refuse it afterwards; and with another key nobody changes it."""
    path.write_bytes(version.read_bytes())
    before = beside(path)
    with closing(Store(path, KEY, must_exist=True, is_shared=True)) as store:
        assert store.find([QUERY]) == [entry(answered())]
        assert len(list(store.histories())) == 3
        assert store.runs() == ((RUN, KILLED) if int(version.stem) >= 2 else ())
        assert sum(count.queries for count in store.counts(RecheckPolicy(), AT)) == 3
        assert int(version.stem) < 4 or store.lists.last("/list.csv", [b"one", b"two"]) == [TOLD, None]
    assert beside(path) == before
    for is_shared in (True, False):
        with pytest.raises(InvalidSettings, match="another key"):
            Store(path, bytes(32), is_shared=is_shared)
    assert beside(path)[path.name][1] == before[path.name][1]


@pytest.fixture
def unwritable() -> Iterator[Path]:
    """A folder with a journal in which this process can write nothing; root can anywhere, so it is nobody then."""
    is_root = os.name == "posix" and os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with closing(Store(folder / "nightly.db", KEY)) as store:
            store.keep(entries(2))
        (folder / "nightly.db").chmod(0o400)
        folder.chmod(0o500)
        for each in (folder, *folder.iterdir()) if is_root else ():
            os.chown(each, 65534, 65534)
        try:
            if is_root:
                os.seteuid(65534)
            yield folder / "nightly.db"
        finally:
            if is_root:
                os.seteuid(0)
            folder.chmod(0o700)


@pytest.mark.skipif(os.name != "posix", reason="rights as POSIX has them")
def test_who_only_looks_needs_no_right_to_write(unwritable: Path) -> None:
    """A backup, a snapshot. Who wants to write is told at once that it cannot be."""
    with closing(Store(unwritable, KEY, must_exist=True, is_shared=True)) as store:
        assert store.find([each.outcome.query for each in entries(2)]) == entries(2)
    with pytest.raises(JournalRefused, match="cannot be used"):
        Store(unwritable, KEY)
    assert {each.name for each in unwritable.parent.iterdir()} == {"nightly.db", "nightly.db.lock"}


def test_who_only_looks_leaves_what_a_killed_run_left(path: Path) -> None:
    """What was committed stands beside the journal still: it is read, and goes into it at the next run."""
    copy = path.parent / "copy" / path.name
    copy.parent.mkdir()
    with closing(Store(path, KEY)) as store:
        store.keep(entries(2))
        for suffix in ("", "-wal", "-shm"):
            left = path.with_name(path.name + suffix)
            copy.with_name(left.name).write_bytes(left.read_bytes())
            copy.with_name(left.name).chmod(0o600)
    before = beside(copy)
    with closing(Store(copy, KEY, must_exist=True, is_shared=True)) as store:
        assert store.find([each.outcome.query for each in entries(2)]) == entries(2)
    after = beside(copy)
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} <= {path.name + "-shm"}
    with closing(Store(copy, KEY)) as store:
        assert store.find([each.outcome.query for each in entries(2)]) == entries(2)


@pytest.mark.parametrize("version", VERSIONS, ids=lambda each: each.stem)
def test_a_journal_of_each_version_is_read(path: Path, version: Path) -> None:
    """What a program of that version wrote, byte for byte, is found by this one; new outcomes join it.

    The file was written with the key of these tests: two answers of the gateway and one that is pending;
    from the second version on, two runs.
    """
    path.write_bytes(version.read_bytes())
    with closing(Store(path, KEY)) as store:
        found = store.find([QUERY, query_for("10010190162"), query_for("90010100123"), query_for(NUMBERS[0])])
        assert found[:2] == [entry(answered()), entry(rejected(query_for("10010190162")))]
        assert found[2] is not None
        assert found[2].finality is Finality.PENDING
        assert found[3] is None
        store.keep([entry(answered(query_for("90010100123")))])
        assert store.find([query_for("90010100123")]) == [entry(answered(query_for("90010100123")))]
        assert store.runs() == ((RUN, KILLED) if int(version.stem) >= 2 else ())
    assert [int(each.stem) for each in VERSIONS] == list(range(1, len(database.SCHEMA) + 1))


def test_a_newer_journal_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says to update, and changes nothing."""
    Store(path, KEY).close()
    before = path.read_bytes()
    monkeypatch.setattr(database, "SCHEMA", ())
    with pytest.raises(JournalRefused) as raised:
        Store(path, KEY)
    assert raised.value.diagnosis == "the journal is of a newer version (5) than this program knows (0)"
    assert raised.value.next_step == "Update precontractual-async."
    assert path.read_bytes() == before


def foreign_files() -> Iterator[tuple[str, bytes]]:
    yield "text", b"insz;start\n" * 500
    yield "short", b"x"
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE theirs (x)")
    yield "their database", connection.serialize()


@pytest.mark.parametrize(
    ("name", "content"), list(foreign_files()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_file_that_is_no_journal_is_left_alone(path: Path, name: str, content: bytes) -> None:
    """Named by mistake: refused, and not a byte or a right of it changed."""
    path.write_bytes(content)
    path.chmod(0o644)
    with pytest.raises((JournalRefused, JournalFailed), match="no journal"):
        Store(path, KEY)
    assert path.read_bytes() == content
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


SUFFIXES = ["", "-wal", "-shm", "-journal", ".lock", ".lock-journal"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("target", ["public", "empty", "journal", None])
def test_no_link_is_followed(path: Path, suffix: str, target: str | None) -> None:
    """Wherever it leads, and whichever of the journal's files it is: refused, and its target as it was."""
    victim = path.parent / "elsewhere" / "victim"
    victim.parent.mkdir()
    if target == "journal":
        Store(victim, KEY).close()
        victim.with_name("victim.lock").unlink()
    elif target is not None:
        victim.write_bytes(b"public" if target == "public" else b"")
    if target is not None:
        victim.chmod(0o644)
        before = victim.read_bytes()
    path.with_name(path.name + suffix).symlink_to(victim)
    for is_shared in (False, True) if "lock" not in suffix else (False,):
        with pytest.raises(JournalRefused, match="^the journal, or a file beside it, is a link$") as refused:
            Store(path, KEY, is_shared=is_shared)
        assert refused.value.next_step == "Give the journal a place in a folder where only you can write."
    if target is None:
        assert list(victim.parent.iterdir()) == []
    else:
        assert [each.name for each in victim.parent.iterdir()] == ["victim"]
        assert (victim.read_bytes(), stat.S_IMODE(victim.stat().st_mode)) == (before, 0o644)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_only_files_will_do(path: Path, suffix: str, make: Callable[[Path], None]) -> None:
    """A pipe would wait for its other end for ever."""
    make(path.with_name(path.name + suffix))
    with pytest.raises(JournalRefused, match="^the journal, or a file beside it, is no file$"):
        Store(path, KEY)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_somebody_elses_file_is_not_used(path: Path, suffix: str) -> None:
    """Whoever owns it can read it, whatever rights we give it."""
    there = path.with_name(path.name + suffix)
    there.touch(0o644)
    os.chown(there, 12345, 12345)
    with pytest.raises(JournalRefused, match="^the journal, or a file beside it, belongs to somebody else$"):
        Store(path, KEY)
    assert stat.S_IMODE(there.stat().st_mode) == 0o644


def test_a_journal_that_is_replaced_while_it_is_opened(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was looked at is what is used, or nothing."""
    Store(path, KEY).close()
    other = path.with_name("other.db")
    other.write_bytes(path.read_bytes())
    real = sqlite3.connect

    def swapped(name: Path | str, **options: Any) -> sqlite3.Connection:
        if str(name).partition("?")[0].endswith(path.name):
            other.replace(path)
        connection: sqlite3.Connection = real(name, **options)
        return connection

    monkeypatch.setattr(sqlite3, "connect", swapped)
    with pytest.raises(JournalRefused, match="^the journal was replaced while it was opened$") as refused:
        Store(path, KEY)
    assert refused.value.next_step == "Run it again."


def test_a_refused_second_does_not_free_the_first(path: Path) -> None:
    """Within this process: another one is still kept out afterwards."""
    with closing(Store(path, KEY)):
        with pytest.raises(JournalRefused, match="in use"):
            Store(path, KEY)
        done = subprocess.run(
            [sys.executable, "-c", HOLD, str(path)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        assert b"JournalBusy" in done.stderr


def test_a_journal_that_must_be_there(path: Path) -> None:
    """Looking into one that is not there makes none."""
    with pytest.raises(JournalRefused, match="no journal of that name"):
        Store(path, KEY, must_exist=True)
    assert list(path.parent.iterdir()) == []


# --- one process at a time

HOLD = """
import sys
from pathlib import Path
from precontractual_async.journal.store import Store
Store(Path(sys.argv[1]), bytes(range(32)))
print("held", flush=True)
sys.stdin.read()
"""


def test_one_process_at_a_time(path: Path) -> None:
    """The second is told who holds it; looking is allowed; when the holder dies it is free."""
    with subprocess.Popen(
        [REAL, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(JournalRefused, match=f"in use by process {holder.pid} on .* since "):
            Store(path, KEY)
        with closing(Store(path, KEY, is_shared=True)) as looking:
            assert looking.find([QUERY]) == [None]
        holder.kill()
    Store(path, KEY).close()


def test_one_at_a_time_also_within_a_process(path: Path) -> None:
    """Two tasks of one service cannot share a file by mistake either."""
    with closing(Store(path, KEY)), pytest.raises(JournalRefused, match="in use by process"):
        Store(path, KEY)


# --- a bad disk


class _Failing:
    """A connection that fails at its n-th statement, as a disk does: before or after it took effect."""

    def __init__(self, connection: sqlite3.Connection, at: int, code: int) -> None:
        self._connection = connection
        self._left = at
        self._code = code

    def execute(self, statement: str, values: Any = ()) -> sqlite3.Cursor:
        self._left -= 1
        if self._left == 0:
            error = sqlite3.OperationalError("injected")
            error.sqlite_errorcode = self._code
            raise error
        return self._connection.execute(statement, values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


SAID = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk failed",
    sqlite3.SQLITE_READONLY: "it cannot be written",
}


@pytest.mark.parametrize("at", range(1, 60))
def test_an_error_at_each_statement(path: Path, at: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever statement fails: our error, which says how; what was kept is whole, a group all there or not at all."""
    code, said = list(SAID.items())[at % 3]
    with closing(Store(path, KEY)) as store:
        store.keep(entries(5))
    real = sqlite3.connect

    def failing(name: Path, **options: Any) -> Any:
        connection = real(name, **options)
        return connection if str(name).endswith(".lock") else _Failing(connection, at, code)

    kind: type[PrecontractualError]
    kept, kind, how = 5, JournalFailed, "failed"
    if code == sqlite3.SQLITE_READONLY and at < 8:  # while the file is opened, before its key is looked at
        kind, how = JournalRefused, "cannot be used"
    monkeypatch.setattr(sqlite3, "connect", failing)
    try:
        with closing(Store(path, KEY)) as store:
            kind, how = JournalFailed, "failed"
            for first in (5, 10, 15):
                store.keep(entries(5, first))
                kept = first + 5
            store.find([QUERY])
            store.keep([entry(pending())])
    except (JournalFailed, JournalRefused) as failure:
        assert type(failure) is kind
        assert failure.diagnosis == f"the journal {how}: {said}"
        assert failure.next_step
    monkeypatch.setattr(sqlite3, "connect", real)
    assert integrity(path) == "ok"
    with closing(Store(path, KEY)) as store:
        found = store.find([each.outcome.query for each in entries(20)])
        assert found[:kept] == entries(kept)
        assert found[kept:] in ([None] * (20 - kept), [*entries(5, kept), *[None] * (15 - kept)])
        store.keep(entries(20))
        assert store.find([each.outcome.query for each in entries(20)]) == entries(20)


def test_a_full_disk(path: Path) -> None:
    """SQLite's own error of a file that cannot grow: nothing is lost, and with room it goes on."""
    with closing(Store(path, KEY)) as store:
        store.keep(entries(20))
        store._database.execute("PRAGMA max_page_count=20").fetchall()
        with pytest.raises(JournalFailed, match="the disk is full"):
            store.keep(entries(200, 20))
        assert store.find([query_for(NUMBERS[19]), query_for(NUMBERS[20])]) == [entries(20)[19], None]
        store._database.execute("PRAGMA max_page_count=100000").fetchall()
        store.keep(entries(200, 20))
        assert store.find([query_for(NUMBERS[219])]) == [entries(1, 219)[0]]
    assert integrity(path) == "ok"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """It says so, with what to do."""
    with pytest.raises(JournalFailed, match="No such file"):
        Store(tmp_path / "no" / "journal.db", KEY)


# --- runs, and what was kept of each question


def test_runs(path: Path) -> None:
    """Noted when it begins and when it ends it is one run; they come in their order, and are sealed."""
    with closing(Store(path, KEY)) as store:
        assert store.runs() == ()
        store.note_run(KILLED)
        store.note_run(evolve(RUN, ended=None))
        store.note_run(RUN)
        soon = [Run(AT + timedelta(microseconds=after)) for after in range(1, 9)]
        for run in reversed(soon):
            store.note_run(run)
        assert store.runs() == (RUN, *soon, KILLED)
        assert store.purge(AT + timedelta(seconds=1)) == 0
        assert store.runs() == (KILLED,)
    assert b"the disk is full" not in path.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE run SET began_at = began_at + 1",
        "UPDATE run SET sealed = zeroblob(60)",
        "UPDATE run SET sealed = (SELECT sealed FROM run ORDER BY began_at LIMIT 1)",
    ],
)
def test_a_run_that_was_changed_is_not_believed(path: Path, change: str) -> None:
    """In a report stands what was noted, or nothing."""
    with closing(Store(path, KEY)) as store:
        store.note_run(RUN)
        store.note_run(KILLED)
        store._database.execute(change)
        with pytest.raises(JournalFailed, match="damaged"):
            store.runs()


def test_histories(path: Path) -> None:
    """Of each question all that is kept, the oldest first."""
    later = entry(answered(flexi=Status.NOK), AT + timedelta(days=1))
    with closing(Store(path, KEY)) as store:
        store.keep([entry(answered()), *entries(3)])
        store.keep([later])
        histories = list(store.histories())
    assert sorted(map(len, histories)) == [1, 1, 1, 2]
    assert [entry(answered()), later] in histories
    assert all([each] in histories for each in entries(3))


def test_who_looks_sees_one_moment(path: Path) -> None:
    """While a run goes on writing."""
    with closing(Store(path, KEY)) as run:
        run.keep(entries(2))
        with closing(Store(path, KEY, is_shared=True)) as store:
            with store.snapshot():
                seen = store.histories()
                assert next(seen)
                run.keep(entries(5, 10))
                run.note_run(RUN)
                assert len(list(seen)) == 1
                assert store.runs() == ()
            assert len(list(store.histories())) == 7
            assert store.runs() == (RUN,)


# --- to the word, and to the setting


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("secure_delete", 1), ("trusted_schema", 0)],
)
def test_what_sqlite_is_told(path: Path, pragma: str, value: object) -> None:
    """Each commit flushed, what is deleted overwritten, and no code from the file."""
    with closing(Store(path, KEY)) as store:
        assert store._database.execute(f"PRAGMA {pragma}").fetchone()[0] == value


def test_a_journal_that_was_never_used_has_nothing_to_tell(path: Path) -> None:
    """Who only looks does not make one."""
    path.touch(0o600)
    with pytest.raises(JournalRefused, match="^the journal is empty$") as refused:
        Store(path, KEY, is_shared=True)
    assert refused.value.next_step == "Run `precontractual screen` with it first."


def test_a_second_run_is_told_what_to_do(path: Path) -> None:
    """Who holds it is told; and what can be done."""
    with closing(Store(path, KEY)), pytest.raises(JournalRefused, match="in use by process") as refused:
        Store(path, KEY)
    advice = "Wait until it has ended, or end it; or use a journal of its own for each run."
    assert refused.value.next_step == advice


@pytest.mark.parametrize(
    "statement", ["PRAGMA application_id=5", "PRAGMA user_version=1", "CREATE TABLE x (y)"]
)
def test_somebody_elses_database_is_left_alone(path: Path, statement: str) -> None:
    """By its mark, its version or its tables."""
    path.touch(0o600)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    before = path.read_bytes()
    with pytest.raises(JournalRefused, match="^the file is no journal$"):
        Store(path, KEY)
    assert path.read_bytes() == before


def texts_in(store: Store) -> list[int]:
    """When each text was last used."""
    return [row[0] for row in store._database.execute("SELECT used_at FROM text").fetchall()]


def test_a_text_is_kept_once_whatever_its_order(path: Path) -> None:
    """The same languages in another order are the same text, also for who opens the journal anew."""
    backwards = evolve(DISCLAIMER, labels=Labels(dict(sorted(DISCLAIMER.labels.texts.items(), reverse=True))))
    one = answered()
    flexi = evolve(one.answer.flexi_job, descriptions=(backwards,))
    other = evolve(one, query=query_for(NUMBERS[0]), answer=evolve(one.answer, flexi_job=flexi))
    for outcome in (one, other):
        with closing(Store(path, KEY)) as store:
            store.keep([entry(outcome)])
            assert len(texts_in(store)) == 1


@pytest.mark.parametrize(("days", "touched"), [(0.5, False), (1.0, False), (1.001, True), (3.0, True)])
def test_a_text_is_touched_once_a_day(path: Path, days: float, touched: bool) -> None:
    """So that a purge knows what is still in use, and a run does not write for each row."""
    later = AT + timedelta(days=days)
    with closing(Store(path, KEY)) as store:
        store.keep([entry(answered())])
        store.keep([entry(answered(query_for(NUMBERS[0])), later)])
        assert texts_in(store) == [int((later if touched else AT).timestamp())]


def test_a_text_whose_transaction_was_undone_is_written_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written may not be there: the next answer with it must not name what is missing."""
    with closing(Store(path, KEY)) as store:
        real = store._database.execute

        def failing(statement: str, values: Any = (), /) -> sqlite3.Cursor:
            if statement.startswith("INSERT INTO entry"):
                error = sqlite3.OperationalError("injected")
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR
                raise error
            return real(statement, values)

        monkeypatch.setattr(store._database, "execute", failing)
        with pytest.raises(JournalFailed):
            store.keep([entry(answered())])
        monkeypatch.undo()
        assert texts_in(store) == []
        store.keep([entry(answered())])
        assert len(texts_in(store)) == 1
    with closing(Store(path, KEY)) as store:
        assert store.find([QUERY]) == [entry(answered())]


def test_a_pending_entry_of_an_earlier_opening_gives_way(path: Path) -> None:
    """Whoever opens the journal anew knows that some are pending."""
    with closing(Store(path, KEY)) as store:
        store.keep([entry(pending())])
    with closing(Store(path, KEY)) as store:
        store.keep([entry(answered())])
        assert store._database.execute("SELECT count(*) FROM entry").fetchone()[0] == 1


async def test_one_thread_does_it_all(path: Path) -> None:
    """In order; under a name that a thread dump shows."""
    async with SqliteJournal(path, KEY) as journal:
        await asyncio.gather(*(journal.keep([each]) for each in entries(20)))
        names = [thread.name for thread in threading.enumerate() if thread.name.startswith("precontractual")]
        assert names == ["precontractual-journal_0"]
        assert [thread for thread in threading.enumerate() if thread.name.startswith("asyncio_")] == []
    with pytest.raises(RuntimeError, match="not open"):
        await journal.find([QUERY])
