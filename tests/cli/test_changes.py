"""``screen --changes``: what changed since the list was last told, in any format."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from support.command import (
    COMMAND,
    Done,
    RunningSandbox,
    clean_environment,
    run,
    running_sandbox,
    while_it_runs,
)
from support.journals import KEY
from support.workbooks import of_rows, workbook

from precontractual_async.calls.session import utc_now
from precontractual_async.cli.changes_file import CHANGE_COLUMNS
from precontractual_async.journal.store import Store
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import SCENARIOS, generate_ssins
from precontractual_async.tables import Source, read_list

DAY = StartDateWindow.at(utc_now()).last.isoformat()
NAMES = ("bothOk", "studentOnly", "noGrant", "noGrantFlexi", "notExisting")
HEADER = "insz;naam;start"
ROWS = [f"{SCENARIOS[name]};{name};{DAY}" for name in NAMES]
NOT_YET = f"{SCENARIOS['neither']};later;1/6/{utc_now().year + 2}"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox("--limit", "1000") as running:
        yield running


def screened(folder: Path, sandbox: RunningSandbox, rows: list[str], *more: str, **variables: str) -> Done:
    (folder / "list.csv").write_text("\n".join((HEADER, *rows)) + "\n")
    key = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode(), "PRECONTRACTUAL_RATE": "200"}
    words = ("screen", "list.csv", "-o", "out.csv", "--journal", "j.db", *more)
    return run(*words, variables=sandbox.variables | key | variables, cwd=str(folder))


def told(folder: Path) -> dict[str, dict[str, str]]:
    """Each row of the changes by the number of its citizen."""
    text = (folder / "changes.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert len({row["insz"] for row in rows}) == len(rows)
    return {row["insz"]: row for row in rows}


def kinds(folder: Path) -> dict[str, str]:
    names = {number: name for name, number in SCENARIOS.items()}
    return {names.get(number, number): row["change"] for number, row in told(folder).items()}


def test_what_is_told_once_is_not_told_again(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """At first all is new; then only what changed, and who waits; whatever the order of the rows."""
    change = ("--changes", "changes.csv", "--json")
    done = screened(tmp_path, sandbox, [*ROWS, NOT_YET, f"123;wrong;{DAY}"], *change)
    assert done.code == 0, done.err
    counts = {"new": 7, "askable": 0, "changed": 0, "hours": 0, "waiting": 0, "left": 0}
    assert json.loads(done.out)["changes"] == counts
    first = told(tmp_path)
    assert list(next(iter(first.values()))) == ["insz", "naam", "start", *CHANGE_COLUMNS]
    words = [row["status_now"] for row in first.values()]
    assert words == ["ok/ok", "nok/ok", "no_grant/no_grant", "no_grant/ok", "rejected", "deferred", "refused"]
    assert first[SCENARIOS["studentOnly"]]["hours_now"] == "600"
    assert first[SCENARIOS["noGrant"]]["move"] == "citizen"
    assert first[SCENARIOS["noGrant"]]["times_asked"] == "1"
    assert (tmp_path / "changes.csv").stat().st_mode & 0o777 == 0o600
    rows = [NOT_YET, *reversed(ROWS[1:]), ROWS[1], f"{SCENARIOS['limitReached']};more;{DAY}"]
    done = screened(tmp_path, sandbox, rows, *change)
    assert json.loads(done.out)["changes"] == counts | {"new": 1, "waiting": 2, "left": 2}
    assert kinds(tmp_path) == {
        "limitReached": "new",
        "noGrant": "waiting",
        "noGrantFlexi": "waiting",
        "bothOk": "left",
        "123": "left",
    }
    assert told(tmp_path)["123"]["status_before"] == "refused"
    left = told(tmp_path)[SCENARIOS["bothOk"]]
    assert (left["naam"], left["start"], left["status_before"], left["status_now"]) == ("", DAY, "ok/ok", "")
    screened(tmp_path, sandbox, rows, *change)
    assert set(kinds(tmp_path).values()) == {"waiting"}


def test_what_was_not_answered_and_what_a_failed_run_tells(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Nobody answers: new, not answered yet; then the answers, with what it was before."""
    refused = {"PRECONTRACTUAL_CLIENT_ID": "somebody_else"}
    assert screened(tmp_path, sandbox, ROWS, "--changes", "changes.csv", **refused).code == 4
    assert {row["status_now"] for row in told(tmp_path).values()} == {"pending"}
    assert screened(tmp_path, sandbox, ROWS, "--changes", "changes.csv").code == 0
    rows = told(tmp_path)
    assert {row["change"] for row in rows.values()} == {"changed"}
    assert {row["status_before"] for row in rows.values()} == {"pending"}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["known_since"]) for row in rows.values())


def test_runs_that_tell_no_changes_leave_them_to_tell(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """What is told is what changed since changes were told, however many runs there were between."""
    screened(tmp_path, sandbox, ROWS[:3], "--changes", "changes.csv")
    screened(tmp_path, sandbox, ROWS)
    screened(tmp_path, sandbox, ROWS, "--changes", "changes.csv")
    assert kinds(tmp_path) == {"noGrantFlexi": "new", "notExisting": "new", "noGrant": "waiting"}


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "xlsx", "parquet"])
def test_in_every_format(sandbox: RunningSandbox, tmp_path: Path, suffix: str) -> None:
    """Also of a list in another; a workbook has one sheet, in the reader's words."""
    name = f"changes.{suffix}"
    done = screened(tmp_path, sandbox, ROWS, "--changes", name, "--lang", "nl")
    assert done.code == 0, done.err
    assert "wijzigingen: 5 nieuw" in done.err
    with (tmp_path / name).open("rb") as file:
        table = read_list(Source(file), suffix)
        rows = [row.cells for row in table.rows()]
    assert len(rows) == 5
    assert [cells[0] for cells in rows] == [SCENARIOS[each] for each in NAMES]
    if suffix == "xlsx":
        assert table.sheet == "Wijzigingen"
        assert table.columns[3:6] == ("wat veranderde", "antwoord voordien", "antwoord nu")
        assert rows[3][5] == "flexi-job: geen mandaat, studentenjob: voorwaarden vervuld"


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_numbers_that_came_without_their_zeros_have_them(
    sandbox: RunningSandbox, tmp_path: Path, suffix: str
) -> None:
    """From a workbook whose cells are numbers."""
    rows = [(int(SCENARIOS[name]), name, date.fromisoformat(DAY)) for name in NAMES]
    (tmp_path / "list.xlsx").write_bytes(workbook(("Blad", of_rows(HEADER.split(";"), *rows))))
    key = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode()}
    words = ("screen", "list.xlsx", "-o", "out.csv", "--journal", "j.db", "--changes", f"changes.{suffix}")
    done = run(*words, variables=sandbox.variables | key, cwd=str(tmp_path))
    assert done.code == 0, done.err
    with (tmp_path / f"changes.{suffix}").open("rb") as file:
        told = [row.cells[0] for row in read_list(Source(file), suffix).rows()]
    assert told == [SCENARIOS[name] for name in NAMES]


def test_a_journal_that_fails_keeps_no_result_back(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Its disk is full: the result holds what is known; the changes are for the run that can remember them."""
    screened(tmp_path, sandbox, ROWS[:1], "--changes", "changes.csv")
    before = (tmp_path / "changes.csv").read_bytes()
    numbers = [f"{number};x;{DAY}" for number in generate_ssins(700)]
    (tmp_path / "list.csv").write_text("\n".join((HEADER, *numbers)) + "\n")
    key = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode(), "PRECONTRACTUAL_RATE": "500"}
    words = ("screen", "list.csv", "-o", "out.csv", "--journal", "j.db", "--changes", "changes.csv")

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200 * 1024, 200 * 1024))

    failed = subprocess.run(
        [*COMMAND, *words],
        env=clean_environment() | sandbox.variables | key,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        preexec_fn=no_room,
        check=False,
    )
    assert failed.returncode == 1, failed.stderr
    assert "the changes are not written" in failed.stderr
    assert len((tmp_path / "out.csv").read_text().splitlines()) == len(numbers) + 1
    assert (tmp_path / "changes.csv").read_bytes() == before
    done = screened(tmp_path, sandbox, numbers, "--changes", "changes.csv", "--json")
    assert json.loads(done.out)["changes"]["new"] == len(numbers)
    assert json.loads(done.out)["changes"]["left"] == 1


def test_as_lines(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """By the line of the list: a number is for the file alone. In the reader's language."""
    screened(tmp_path, sandbox, [*ROWS[:2], f"123;wrong;{DAY}"], "--changes", "-", "--lang", "en")
    done = screened(tmp_path, sandbox, ROWS[1:], "--changes", "-", "--lang", "en", "-q")
    day = DAY
    assert done.out.decode().splitlines() == [
        f"line 3, {day}: new, no_grant",
        f"line 4, {day}: new, flexi-job: no_grant, student job: ok",
        f"line 5, {day}: new, rejected",
        *sorted(
            (f"a row for {day} has left the list: ok", f"a row for {day} has left the list: refused"),
            key=done.out.decode().index,
        ),
    ]
    done = screened(tmp_path, sandbox, [*ROWS[1:], ROWS[0], NOT_YET], "--changes", "-", "--lang", "nl")
    lines = done.out.decode().splitlines()
    assert re.fullmatch(r"regel 3, [\d/]+: geen mandaat sinds [\d/]+ [\d:]+, 1 keer gevraagd", lines[0])
    assert re.fullmatch(r"regel 6, [\d/]+: nieuw, voorwaarden vervuld", lines[2])
    done = screened(tmp_path, sandbox, ROWS, "--changes", "-", "--json")
    assert json.loads(done.err.splitlines()[-1])["changes"]["left"] == 1


def test_with_a_result_for_each_employer_and_several_dates(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """All changes together in one file; each date is a question of its own."""
    first = StartDateWindow.at(utc_now()).first.isoformat()
    (tmp_path / "list.csv").write_text("insz\n" + "\n".join(SCENARIOS[name] for name in NAMES) + "\n")
    key = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode()}
    words = (
        "screen",
        "list.csv",
        "-o",
        "out-{enterprise}.csv",
        "--split-by",
        "represented",
        "--journal",
        "j.db",
    )
    dates = ("--start-date", first, "--start-date", DAY, "--changes", "changes.csv", "--json")
    done = run(*words, *dates, variables=sandbox.variables | key, cwd=str(tmp_path))
    assert json.loads(done.out)["changes"]["new"] == (10 if first != DAY else 5)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "changes.csv").read_text("utf-8-sig"))))
    assert {row["start_date"] for row in rows} == {first, DAY}


def test_a_run_that_is_killed_has_told_nothing(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """While it asked; the next goes on, and tells what an undisturbed one would have told."""
    screened(tmp_path, sandbox, ROWS[:2], "--changes", "changes.csv")
    before = (tmp_path / "changes.csv").read_bytes()
    numbers = [f"{number};x;{DAY}" for number in SCENARIOS.values()]
    (tmp_path / "list.csv").write_text("\n".join((HEADER, *numbers)) + "\n")
    key = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode(), "PRECONTRACTUAL_RATE": "2"}
    words = ("screen", "list.csv", "-o", "out.csv", "--journal", "j.db", "--changes", "changes.csv")
    process = subprocess.Popen(
        [*COMMAND, *words],
        env=clean_environment() | sandbox.variables | key,
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
    )

    def has_begun() -> bool:
        with closing(Store(tmp_path / "j.db", KEY, is_shared=True)) as store:
            return len(list(store.histories())) > 3

    while_it_runs(process, has_begun)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (tmp_path / "changes.csv").read_bytes() == before
    done = screened(tmp_path, sandbox, numbers, "--changes", "changes.csv", "--json")
    assert json.loads(done.out)["changes"]["new"] == len(set(SCENARIOS.values())) - 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--hours-below", "50"), "--hours-below and --hours-step need --changes"),
        (("--changes", "out.csv", "--journal", "j.db"), "the changes would overwrite the result"),
        (("--changes", "list.csv", "--journal", "j.db"), "--changes: the result would overwrite the list"),
        (("--changes", "j.db-wal", "--journal", "j.db", "--format", "csv"), "would overwrite the journal"),
        (("--changes", "x.pdf", "--journal", "j.db"), "--changes: "),
        (("--changes", "x.csv"), "--changes needs a journal"),
        (("--changes", "x.csv", "--journal", "j.db", "--hours-step", "0"), "a whole number from 1 to 9999"),
        (("-o", "-", "--changes", "-", "--journal", "j.db"), "the changes would stand among the result"),
    ],
)
def test_what_cannot_be_told(
    sandbox: RunningSandbox, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    """Is refused before anything is asked."""
    (tmp_path / "list.csv").write_text("\n".join((HEADER, *ROWS)) + "\n")
    done = run("screen", "list.csv", "-o", "out.csv", *words, variables=sandbox.variables, cwd=str(tmp_path))
    assert done.code == 2
    assert said in done.err
    assert not (tmp_path / "out.csv").exists()
