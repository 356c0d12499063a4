"""Batches that survive: the command with a journal is killed, stopped, starved, and run again."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import resource
import shlex
import signal
import stat
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import IO, cast

import pytest
from attrs import field, frozen
from support.command import (
    COMMAND,
    Done,
    RunningSandbox,
    clean_environment,
    run,
    running_sandbox,
    while_it_runs,
)
from support.warm import PYTHON, REAL

from precontractual_async.calls.session import utc_now
from precontractual_async.journal.keys import find_journal_key
from precontractual_async.journal.runs import Run
from precontractual_async.journal.store import Store
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import SCENARIOS, generate_ssins

DAY = StartDateWindow.at(utc_now()).last.isoformat()
VARYING = ("asked_at", "trace_id", "flexi_reference", "student_reference", "main_reference")


@frozen
class Desk:
    """A list, a place for its result, a journal, and a key that stands elsewhere."""

    folder: Path
    variables: dict[str, str] = field(repr=False)

    @property
    def list_file(self) -> Path:
        return self.folder / "list.csv"

    @property
    def out(self) -> Path:
        return self.folder / "out.csv"

    @property
    def journal(self) -> Path:
        return self.folder / "journal" / "j.db"

    @property
    def command(self) -> list[str]:
        return ["screen", str(self.list_file), "-o", str(self.out), "--journal", str(self.journal)]

    def write(self, count: int, extra: str = "") -> list[str]:
        numbers = list(generate_ssins(count, seed=7))
        self.list_file.write_text("insz;start\n" + "".join(f"{n};{DAY}\n" for n in numbers) + extra)
        return numbers

    def run(self, *more: str) -> Done:
        return run(*self.command, *more, variables=self.variables)

    @contextmanager
    def started(self, python: str = PYTHON) -> Iterator[subprocess.Popen[bytes]]:
        """The command, running; a test that fails leaves no process behind."""
        environment = clean_environment() | self.variables
        command = [python, *COMMAND[1:], *self.command]
        with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment) as process:
            try:
                yield process
            finally:
                process.kill()

    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out.read_text()), delimiter=";"))

    def settled(self) -> list[dict[str, str]]:
        """The result without what differs from call to call."""
        return [{name: cell for name, cell in row.items() if name not in VARYING} for row in self.rows()]

    def kept(self) -> int:
        """Queries in the journal."""
        done = run("journal", "status", str(self.journal), variables=self.variables)
        assert done.code == 0, done.err
        return int(done.out.decode().split()[-2]) if done.out != b"empty\n" else 0

    def runs(self) -> tuple[Run, ...]:
        """What the journal tells of its runs."""
        with closing(Store(self.journal, find_journal_key(self.variables, self.journal))) as store:
            return store.runs()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox("--limit", "1000") as running:
        yield running


def desk_for(sandbox: RunningSandbox, folder: Path) -> Desk:
    (folder / "journal").mkdir()
    more = {
        "PRECONTRACTUAL_JOURNAL_KEY_FILE": str(folder / "keys" / "journal.key"),
        "PRECONTRACTUAL_RATE": "1000",
    }
    return Desk(folder, sandbox.variables | more)


@pytest.fixture
def desk(sandbox: RunningSandbox, tmp_path: Path) -> Desk:
    return desk_for(sandbox, tmp_path)


def calls(sandbox: RunningSandbox) -> int:
    with urllib.request.urlopen(f"{sandbox.url}/_sandbox/statistics") as reply:
        return cast("int", json.load(reply)["calls"])


def _has_seen(sandbox: RunningSandbox, times: int) -> bool:
    return calls(sandbox) >= times


def wait_for_entries(process: subprocess.Popen[bytes], journal: Path, size: int) -> None:
    """Until the journal's write-ahead log has grown, while the process runs."""
    log = journal.with_name(journal.name + "-wal")
    while_it_runs(process, lambda: log.exists() and log.stat().st_size > size)


def finish(process: subprocess.Popen[bytes]) -> str:
    said = cast("IO[bytes]", process.stderr).read().decode()
    process.wait(timeout=30)
    assert "Traceback" not in said
    return said


def test_the_second_run_makes_no_call(desk: Desk, sandbox: RunningSandbox) -> None:
    """The same result, byte for byte; the edited list is noticed, and only its new rows are asked."""
    desk.write(300, f"{SCENARIOS['notExisting']};{DAY}\n123;{DAY}\n")
    before = calls(sandbox)
    done = desk.run("--type-of-worker", "flexiJob")
    assert done.code == 0, done.err
    first, asked = desk.rows(), calls(sandbox) - before
    assert asked == 301
    temporary = sum(row["flexi_status"] in ("unknown", "error_grant") for row in first)
    done = desk.run("--type-of-worker", "flexiJob")
    assert calls(sandbox) - before == asked + temporary
    lines = desk.list_file.read_text().splitlines()
    new = next(number for number in generate_ssins(50, seed=99))
    desk.list_file.write_text("\n".join([lines[0], f"{new};{DAY}", *lines[100:]]) + "\n")
    before = calls(sandbox)
    done = desk.run("--type-of-worker", "flexiJob")
    assert "changed since the last run: 302 rows then, 204 now" in done.err
    rows = desk.rows()
    assert len(rows) == 204
    assert rows[0]["insz"] == new
    assert calls(sandbox) - before <= 1 + temporary
    assert [run.calls for run in desk.runs()] == [asked, temporary, calls(sandbox) - before]
    assert [(bool(run.ended), run.tokens, run.retries, run.stopped) for run in desk.runs()] == 3 * [
        (True, 1, 0, "")
    ]
    assert [row["insz"] for row in rows[1:]] == [row["insz"] for row in first[99:]]
    assert desk.kept() == 302


def test_killed_again_and_again(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """SIGKILL at random moments: nothing that was kept is asked again, and the result is the undisturbed one."""
    (tmp_path / "undisturbed").mkdir()
    (tmp_path / "killed").mkdir()
    undisturbed, desk = (desk_for(sandbox, tmp_path / name) for name in ("undisturbed", "killed"))
    numbers = undisturbed.write(800)
    desk.write(800)
    assert undisturbed.run().code == 0
    before, kills, draw = calls(sandbox), 0, random.Random(3)
    kept = 0
    for _ in range(5):
        with desk.started() as process:
            moment = calls(sandbox) + draw.randint(1, 200)
            while_it_runs(process, partial(_has_seen, sandbox, moment))
            process.kill()
            finish(process)
            kills += process.returncode == -signal.SIGKILL
        now_kept = desk.kept()
        assert now_kept >= kept
        kept = now_kept
    assert kills >= 3
    assert not [path for path in desk.folder.iterdir() if path.name.startswith(".")]
    done = desk.run()
    assert done.code == 0, done.err
    assert desk.settled() == undisturbed.settled()
    assert [run.ended is None for run in desk.runs()] == [*kills * [True], False]
    temporary = 2 * sum("Ask again later" in row["next_step"] for row in desk.rows())
    repeated = calls(sandbox) - before - len(numbers)
    assert repeated <= kills * (10 + 100) + kills * temporary
    data = b"".join(path.read_bytes() for path in desk.journal.parent.iterdir())
    assert not [number for number in numbers if number.encode() in data]
    assert {stat.S_IMODE(path.stat().st_mode) for path in desk.journal.parent.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_a_signal_keeps_every_answer(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """What was received is in the journal, the old result is untouched, and the next run goes on."""
    with running_sandbox("--limit", "1000", "--latency", "0.2") as slow:
        desk = desk_for(slow, tmp_path)
        desk.write(600)
        desk.out.write_text("the old result\n")
        with desk.started() as process:
            wait_for_entries(process, desk.journal, 60_000)
            began = time.monotonic()
            process.send_signal(number)
            said = finish(process)
        assert process.returncode == code
        assert time.monotonic() - began < 11
        assert "run it again to go on" in said
        assert [run.stopped for run in desk.runs()] == ["the run was asked to stop"]
        assert desk.kept() == calls(slow)
        assert desk.out.read_text() == "the old result\n"


def test_the_second_signal_stops_at_once(tmp_path: Path) -> None:
    """What is under way is given up, what was answered is kept."""
    with running_sandbox("--limit", "1000") as slow:
        desk = desk_for(slow, tmp_path)
        desk.write(200)
        with desk.started() as first:
            wait_for_entries(first, desk.journal, 60_000)
            first.kill()
            finish(first)
        kept = desk.kept()
    with running_sandbox("--latency", "60") as stuck:
        desk = Desk(desk.folder, desk.variables | stuck.variables)
        with desk.started() as process:
            assert process.stderr is not None
            while_it_runs(process, lambda: calls(stuck) > 0)
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.stderr.readline().startswith(b"the list: ")
            assert process.stderr.readline().startswith(b"stopping")
            process.send_signal(signal.SIGINT)
            finish(process)
        assert process.returncode == 130
        assert time.monotonic() - began < 2
    assert desk.kept() == kept
    assert [(run.ended is None, run.stopped) for run in desk.runs()] == [
        (True, ""),
        (False, "the run was asked to stop"),
    ]


def test_an_outage_longer_than_the_patience(tmp_path: Path) -> None:
    """Exit 5, everything that was known is written; when the gateway is back, the rest is asked."""
    with running_sandbox("--outage", "0:600") as out:
        desk = desk_for(out, tmp_path)
        desk.write(100)
        done = desk.run("--patience", "1s")
        assert done.code == 5
        assert "no answer from the gateway for 1 seconds" in done.err
        assert [run.stopped for run in desk.runs()] == [
            "no answer from the gateway for 1 seconds (last: the gateway answered 503)"
        ]
        assert "next run: later, for 100 rows without an answer" in done.err
        assert {row["outcome"] for row in desk.rows()} == {"pending"}
        assert calls(out) <= 40
    with running_sandbox() as back:
        desk = Desk(desk.folder, desk.variables | back.variables | {"PRECONTRACTUAL_RATE": "50"})
        assert desk.run().code == 0
        assert {row["outcome"] for row in desk.rows()} <= {"answered", "rejected"}


def test_two_runs_on_one_journal(tmp_path: Path) -> None:
    """The second is refused with the name of the first; looking is allowed meanwhile."""
    with running_sandbox("--latency", "0.5") as slow:
        desk = desk_for(slow, tmp_path)
        desk.write(100)
        with desk.started(REAL) as process:
            wait_for_entries(process, desk.journal, 4096)
            done = desk.run()
            desk.kept()
            process.terminate()
            finish(process)
        assert done.code == 1
        assert f"in use by process {process.pid} on " in done.err
        assert "->" in done.err


def test_status_and_purge(desk: Desk) -> None:
    """What is there, what is due, and what is deleted after its time."""
    desk.write(50)
    assert run("journal", "status", str(desk.journal), variables=desk.variables).code == 2
    assert desk.run().code == 0
    done = run("journal", "status", str(desk.journal), "--fresh-for", "0s", variables=desk.variables)
    lines = done.out.decode().splitlines()
    assert lines[0].startswith("distinct questions, not rows: ")
    assert [line.split()[:1] for line in lines][-1] == ["together"]
    conclusive = next(line for line in lines if line.startswith("complete: ok or nok, or partly final"))
    questions, due = conclusive.split()[7:9]
    assert questions == due != "0"
    for age, count in (("1d", 0), ("0s", 50)):
        done = run("journal", "purge", str(desk.journal), "--older-than", age, variables=desk.variables)
        assert done.out.decode() == f"{count} entries deleted and overwritten\n"
    assert run("journal", "status", str(desk.journal), variables=desk.variables).out == b"empty\n"
    for words in (("purge", str(desk.journal)), ("purge", str(desk.journal), "--older-than", "soon")):
        assert run("journal", *words, variables=desk.variables).code == 2


def test_destroying_the_key_destroys_the_journal(desk: Desk) -> None:
    """With a new key the old journal is refused: nothing of it can be read."""
    desk.write(20)
    assert desk.run().code == 0
    key = Path(desk.variables["PRECONTRACTUAL_JOURNAL_KEY_FILE"])
    key.unlink()
    done = desk.run()
    assert done.code == 2
    assert "the journal's key is not there" in done.err
    find_journal_key(desk.variables, desk.journal.with_name("another.db"))
    assert key.exists()
    done = desk.run()
    assert done.code == 2
    assert "another key" in done.err


def test_a_full_disk(desk: Desk) -> None:
    """Where no file can grow beyond 256 kB: exit 1, what to do, and a journal that goes on with room."""
    desk.write(1500)

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, 256 * 1024))

    done = subprocess.run(
        [*COMMAND, *desk.command],
        capture_output=True,
        env=clean_environment() | desk.variables,
        preexec_fn=no_room,
        check=False,
        timeout=60,
    )
    said = done.stderr.decode()
    assert done.returncode == 1, said
    assert "the journal failed: the disk" in said
    assert "the limit of a file's size" in said
    assert "Traceback" not in said
    kept = desk.kept()
    assert 0 < kept < 1500
    assert desk.run().code == 0
    assert desk.kept() == 1500
    assert {row["outcome"] for row in desk.rows()} <= {"answered", "rejected"}


def test_a_journal_in_a_place_that_will_not_do(desk: Desk) -> None:
    """A folder that is not there, one that is none, a folder, the list itself: said before any call."""
    desk.write(3)
    places = (desk.folder / "no" / "j.db", desk.list_file / "j.db", desk.folder / "journal", desk.list_file)
    for place in places:
        done = run(*desk.command[:4], "--journal", str(place), variables=desk.variables)
        assert done.code == 2, done.err
        assert "->" in done.err
    assert desk.list_file.read_text().startswith("insz;start\n")
    assert not desk.out.exists()


def test_what_is_told_of_a_folder_that_is_not_there_makes_it(desk: Desk) -> None:
    """The command that is told is the one that helps: after it the same run goes through."""
    desk.write(3)
    place = desk.folder / "no such" / "folder" / "j.db"
    command = (*desk.command[:4], "--journal", str(place))
    done = run(*command, variables=desk.variables)
    assert done.code == 2
    assert f"the folder of the journal is not there: {place.parent}\n" in done.err
    subprocess.run(shlex.split(done.err.partition("runs this: ")[2]), check=True)
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert run(*command, variables=desk.variables).code == 0


def test_a_list_that_is_written_into_meanwhile(tmp_path: Path) -> None:
    """Exit 1 and what to do; what was answered is in the journal, and the old result stays."""
    with running_sandbox("--limit", "1000", "--latency", "0.2") as slow:
        desk = desk_for(slow, tmp_path)
        desk.variables["PRECONTRACTUAL_CONCURRENCY"] = "50"
        desk.write(1000)
        desk.out.write_text("the old result\n")
        with desk.started() as process:
            wait_for_entries(process, desk.journal, 60_000)
            with desk.list_file.open("r+b") as file:
                file.seek(-100, os.SEEK_END)
                file.write(b"\xff\xff")
            said = finish(process)
        assert process.returncode == 1
        assert "the list was changed while it was read" in said
        assert "-> Run it again when nobody writes to the list" in said
        assert 0 < desk.kept() == calls(slow)
        assert desk.out.read_text() == "the old result\n"


def test_a_deferred_row_says_when_to_come_back(desk: Desk) -> None:
    """The next useful run is told, in the time of Brussels."""
    far = StartDateWindow.at(utc_now()).last + timedelta(days=40)
    desk.list_file.write_text(f"insz;start\n{next(generate_ssins(1, 5))};{far.isoformat()}\n")
    done = desk.run("--json")
    told = json.loads(done.out)
    assert told["rows"] == {"deferred": 1}
    assert told["next_due"].endswith("00:00:00+01:00") or told["next_due"].endswith("00:00:00+02:00")
    day = date.fromisoformat(told["next_due"][:10])
    assert f"next run: useful from {day:%d/%m/%Y} 00:00 (Brussels)\n" in desk.run().err
