"""A copy of a journal that is in use: of one moment, encrypted, whole or not there, and never over anything else."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from support.journals import AT, KEY, QUERY, answered, entry, pending, query_for
from support.numbers import CITIZEN, ENTERPRISE, generated
from support.warm import REAL

from precontractual_async import Entry, InvalidSettings, JournalFailed, JournalRefused
from precontractual_async.journal.backup import Backup
from precontractual_async.journal.runs import Run
from precontractual_async.journal.store import Store
from precontractual_async.tables.output import copied_whole

NUMBERS = list(generated(400))
VERSIONS = sorted((Path(__file__).parent / "versions").glob("*.db"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a journal, in a folder of its own."""
    (tmp_path / "journal").mkdir()
    return tmp_path / "journal" / "nightly.db"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "copy.db"


def entries(count: int, first: int = 0) -> list[Entry]:
    return [entry(answered(query_for(digits))) for digits in NUMBERS[first:][:count]]


def backed_up(journal: Path, target: Path, days: float = 0) -> int:
    with closing(Backup(journal)) as backup:
        backup.check_replaceable(target)
        with copied_whole(target, lambda: backup.check_replaceable(target)) as place:
            return backup.copy_into(place, AT + timedelta(days=days))


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_a_copy_while_the_journal_is_held(path: Path, target: Path) -> None:
    """All that was committed, in one file for its owner alone; with the same key, and nothing personal without."""
    with closing(Store(path, KEY)) as store:
        store.keep([*entries(50), entry(pending())])
        store.note_run(Run(AT))
        assert backed_up(path, target) == 51
        store.keep(entries(5, 50))
    assert names(target.parent) == {"journal", "copy.db"}
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    data = target.read_bytes()
    assert not [each for each in (CITIZEN, ENTERPRISE, *NUMBERS) if each.encode() in data]
    with closing(Store(target, KEY, is_shared=True)) as store:
        assert store.find([each.outcome.query for each in entries(55)]) == [*entries(50), *[None] * 5]
        assert store.runs() == (Run(AT),)
    assert names(target.parent) == {"journal", "copy.db"}
    assert target.read_bytes() == data
    with pytest.raises(InvalidSettings, match="another key"):
        Store(target, bytes(32), is_shared=True)


def test_what_was_deleted_is_in_no_copy(path: Path, target: Path) -> None:
    """Only what the journal holds is copied, and not what its pages held before."""
    with closing(Store(path, KEY)) as store:
        for first in range(0, 200, 10):
            store.keep(entries(10, first))
        with closing(sqlite3.connect(path)) as connection:
            gone = connection.execute("SELECT name, sealed FROM entry").fetchall()
        store._database.execute("PRAGMA secure_delete=OFF")
        store._database.execute("DELETE FROM entry")
        assert backed_up(path, target) == 0
    assert not [1 for row in gone for each in row if each in target.read_bytes()]


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from support.journals import KEY, answered, entry, query_for
from support.numbers import generated
from precontractual_async.journal.store import Store

store, numbers = Store(Path(sys.argv[1]), KEY), list(generated(400))
print("begun", flush=True)
for first in range(0, 400, 5):
    store.keep([entry(answered(query_for(each))) for each in numbers[first : first + 5]])
print("done", flush=True)
sys.stdin.read()
"""


def test_copies_while_a_run_writes(path: Path, target: Path) -> None:
    """Each is of one moment: whole groups, in the order in which they were kept, and more and more of them."""
    tests = str(Path(__file__).parent.parent)
    counts = [0]
    with subprocess.Popen(
        [REAL, "-c", WRITER, str(path), tests], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"begun\n"
        while counts[-1] < 400:
            counts.append(backed_up(path, target, days=len(counts)))
            with closing(Store(target, KEY, is_shared=True)) as copy:
                found = copy.find([query_for(each) for each in NUMBERS])
            assert found == [*entries(counts[-1]), *[None] * (400 - counts[-1])]
        assert writer.stdin is not None
        writer.stdin.close()
    assert writer.returncode == 0
    assert counts == sorted(counts)
    assert not [each for each in counts if each % 5]
    assert len(counts) > 3


def test_a_copy_is_put_back(path: Path, target: Path) -> None:
    """As a journal it goes on, and is no backup any more that another could replace."""
    with closing(Store(path, KEY)) as store:
        store.keep(entries(5))
    backed_up(path, target)
    with closing(Store(target, KEY)) as store:
        store.keep(entries(5, 5))
        assert store.find([each.outcome.query for each in entries(10)]) == entries(10)
    before = target.read_bytes()
    with pytest.raises(JournalRefused, match="something else than an older backup"):
        backed_up(path, target, days=9)
    assert target.read_bytes() == before


def test_an_older_backup_is_replaced(path: Path, target: Path) -> None:
    """By a newer one of the same journal, and by no older copy of it."""
    older = target.with_name("older.db")
    with closing(Store(path, KEY)) as store:
        store.keep(entries(5))
        backed_up(path, older)
        backed_up(path, target, days=1)
        store.keep(entries(5, 5))
        assert backed_up(path, target, days=2) == 10
        with pytest.raises(JournalRefused, match="something else"):
            backed_up(older, target, days=3)
        assert backed_up(target, older, days=4) == 10


def of_text(target: Path, _: Path) -> None:
    target.write_text("insz;start\n")


def of_nothing(target: Path, _: Path) -> None:
    target.touch()


def of_another_journal(target: Path, journal: Path) -> None:
    other = target.with_name("other.db")
    Store(other, KEY).close()
    backed_up(other, target)


def of_the_journal_copied(target: Path, journal: Path) -> None:
    target.write_bytes(journal.read_bytes())


def of_a_link(target: Path, journal: Path) -> None:
    backed_up(journal, target.with_name("elsewhere.db"))
    target.symlink_to(target.with_name("elsewhere.db"))


def of_a_log_alone(target: Path, _: Path) -> None:
    target.with_name(target.name + "-wal").write_bytes(b"x")


def of_a_backup_with_a_log(target: Path, journal: Path) -> None:
    backed_up(journal, target)
    of_a_log_alone(target, journal)


@pytest.mark.parametrize(
    "make",
    [
        *(of_text, of_nothing, of_another_journal, of_the_journal_copied, of_a_link),
        *(of_a_log_alone, of_a_backup_with_a_log),
    ],
)
def test_nothing_else_is_replaced(path: Path, target: Path, make: Callable[[Path, Path], None]) -> None:
    """Whatever stands there stays as it is; also when it came after the first look."""
    with closing(Store(path, KEY)) as store:
        store.keep(entries(5))
    make(target, path)
    before = {each.name: each.read_bytes() for each in target.parent.iterdir() if each.is_file()}
    with pytest.raises(JournalRefused) as refused:
        backed_up(path, target, days=9)
    assert refused.value.diagnosis == (
        "under the name of the backup there is something else than an older backup of this journal"
    )
    with closing(Backup(path)) as backup:
        late = copied_whole(target, lambda: backup.check_replaceable(target))
        with pytest.raises(JournalRefused), late as place:
            backup.copy_into(place, AT)
    assert {each.name: each.read_bytes() for each in target.parent.iterdir() if each.is_file()} == before


@pytest.mark.parametrize("version", VERSIONS, ids=lambda each: each.stem)
def test_a_journal_of_each_version_is_copied(path: Path, target: Path, version: Path) -> None:
    """As it is: with what an older program can read."""
    path.write_bytes(version.read_bytes())
    assert backed_up(path, target) == 3
    assert path.read_bytes() == version.read_bytes()
    with closing(Store(target, KEY, is_shared=True)) as store:
        assert store.find([QUERY]) == [entry(answered())]
        assert store._database.version == int(version.stem)


def test_no_room_for_the_copy(path: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our error, the old copy as it was, and nothing beside it."""
    with closing(Store(path, KEY)) as store:
        store.keep(entries(50))
        backed_up(path, target)
        before = target.read_bytes()
        real = os.fsync

        def failing(handle: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", failing)
        with pytest.raises(OSError, match="No space"):
            backed_up(path, target, days=1)
        monkeypatch.setattr(os, "fsync", real)
        with closing(Backup(path)) as backup, pytest.raises(JournalFailed):
            backup.copy_into(target.parent / "no" / "folder.db", AT)
    assert target.read_bytes() == before
    assert names(target.parent) == {"journal", "copy.db"}


KILLED = """
import os, signal, sqlite3, sys
from datetime import UTC, datetime
from pathlib import Path

left, real = int(sys.argv[3]), sqlite3.connect

def step(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def connect(*given, **named):
    connection = real(*given, **named)
    connection.set_trace_callback(step)
    connection.set_progress_handler(step, 60)
    return connection

from precontractual_async.journal.backup import Backup
from precontractual_async.tables.output import copied_whole
sqlite3.connect = connect
backup, target = Backup(Path(sys.argv[1])), Path(sys.argv[2])
backup.check_replaceable(target)
with copied_whole(target, lambda: backup.check_replaceable(target)) as place:
    backup.copy_into(place, datetime.now(UTC))
left = 0
"""


def test_killed_at_any_moment(path: Path, target: Path) -> None:
    """The old copy or the new one, and the next one takes away what is left; the journal is as it was."""
    with closing(Store(path, KEY)) as store:
        store.keep(entries(3))
        backed_up(path, target)
        store.keep(entries(20, 3))
    old, at, code, seen = target.read_bytes(), 1, -signal.SIGKILL, set[int]()
    while code == -signal.SIGKILL:
        target.write_bytes(old)
        code = subprocess.run([sys.executable, "-c", KILLED, path, target, str(at)], check=False).returncode
        with closing(Store(target, KEY, is_shared=True)) as copy:
            seen.add(len(list(copy.histories())))
        backed_up(path, target.with_name("copy.db"), days=9999)
        assert names(target.parent) == {"journal", "copy.db"}
        at += 1
    assert code == 0
    assert seen == {3, 23}
    assert at > 20
    with closing(Store(path, KEY)) as store:
        assert len(list(store.histories())) == 23
