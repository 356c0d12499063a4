"""Changes with an attacker's eye: hostile lists and names, a journal that somebody had in hand, a full disk."""

from __future__ import annotations

import base64
import csv
import io
import json
import resource
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from support.command import COMMAND, Done, RunningSandbox, clean_environment, run, running_sandbox
from support.journals import AT, KEY
from support.numbers import CITIZEN

from precontractual_async.calls.session import utc_now
from precontractual_async.journal.list_snapshots import QuestionState
from precontractual_async.journal.store import Store
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import SCENARIOS
from precontractual_async.tables import Source, read_list

DAY = StartDateWindow.at(utc_now()).last.isoformat()
VARIABLES = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode(), "PRECONTRACTUAL_RATE": "200"}
ROWS = f"insz;start\n{SCENARIOS['bothOk']};{DAY}\n{SCENARIOS['noGrant']};{DAY}\n"
CHANGES = ("--journal", "j.db", "--changes", "changes.csv")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox("--limit", "1000") as running:
        yield running


def screened(folder: Path, sandbox: RunningSandbox, *more: str, name: str = "list.csv") -> Done:
    variables = sandbox.variables | VARIABLES
    return run("screen", name, "-o", "out.csv", *more, variables=variables, cwd=str(folder))


def again(folder: Path, *more: str) -> Done:
    return run("changes", "j.db", *more, variables=VARIABLES, cwd=str(folder))


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


# --- lists and names


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "xlsx", "parquet"])
def test_hostile_cells(sandbox: RunningSandbox, tmp_path: Path, suffix: str) -> None:
    """Formulas, halves of characters, nothing, a book: what the run writes can be written again, and is inert."""
    cells = [
        "=HYPERLINK(1)",
        "\ud800",
        "x" * 30_000,
        "\N{RIGHT-TO-LEFT OVERRIDE}123",
        "'; DROP TABLE told",
    ]
    lines = [json.dumps({"insz": cell, "start": DAY}) for cell in cells]
    (tmp_path / "list.jsonl").write_text("\n".join((*lines, "[]", '{"insz": {"a": 1}, "start": []}')))
    words = ("--journal", "j.db", "--changes", f"changes.{suffix}")
    done = screened(tmp_path, sandbox, *words, name="list.jsonl")
    assert done.code == 0, done.err
    before = (tmp_path / f"changes.{suffix}").stat().st_size
    for _ in range(2):
        done = again(tmp_path, "-o", f"changes.{suffix}")
        assert done.code == 0, done.err
    assert before
    with (tmp_path / f"changes.{suffix}").open("rb") as file:
        rows = list(read_list(Source(file), suffix).rows())
    assert len(rows) == 7
    if suffix == "csv":
        assert not [
            line
            for line in (tmp_path / "changes.csv").read_text().splitlines()
            if ";=" in line or ",=" in line
        ]
    assert max(len(str(cell)) for row in rows for cell in row.cells) < 1_000
    lines = again(tmp_path, "--lang", "en").out.decode().splitlines()
    assert len(lines) == 7
    assert all(line.startswith("line ") for line in lines)
    assert (tmp_path / "j.db").stat().st_size < 200_000


def test_hostile_names_of_lists(tmp_path: Path) -> None:
    """Bytes that are no text, lines, controls, somebody's number: said on one line each, and without the number."""
    with closing(Store(tmp_path / "j.db", KEY)) as store:
        for place in ("/srv/\udce9.csv", "/srv/a\nb\x1b[2J.csv", f"/srv/{CITIZEN}.csv", "[1]\n-"):
            store.lists.begin(place)
            store.lists.note(
                place, [(b"a", QuestionState("ok/ok", None, None, (CITIZEN, DAY, "", "all"), 2))]
            )
            store.lists.finish(place, AT)
    done = again(tmp_path, "--lang", "en")
    assert (done.code, len(done.out.splitlines())) == (0, 8)
    assert b"\x1b" not in done.out
    assert CITIZEN.encode() not in done.out
    done = again(tmp_path, "-o", "changes.csv")
    assert done.code == 0, done.err
    assert {row["list"] for row in rows_of(tmp_path / "changes.csv")} == {
        "/srv/?.csv",
        "/srv/a\nb\x1b[2J.csv",
        f"/srv/{CITIZEN}.csv",
        "[1]\n-",
    }


@pytest.mark.parametrize(
    ("output", "changes"),
    [
        ("out.csv", "folder/../out.csv"),
        ("out.csv", "link.csv"),
        ("out.csv", "out.partial.csv"),
        ("out.csv", "out.partial2.csv"),
        ("changes.partial.csv", "changes.csv"),
        ("folder/../changes.partial.csv", "changes.csv"),
    ],
)
def test_one_name_in_disguise(sandbox: RunningSandbox, tmp_path: Path, output: str, changes: str) -> None:
    """Neither takes the other away: not under another way of writing it, nor as what is removed beside it."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.csv").symlink_to("out.csv")
    (tmp_path / "list.csv").write_text(ROWS)
    for more in ((), ("--dry-run",)):
        words = ("-o", output, "--journal", "j.db", "--changes", changes, *more)
        done = screened(tmp_path, sandbox, *words)
        assert done.code == 2
        assert "the changes would overwrite the result" in done.err + done.out.decode()
    assert not list(tmp_path.glob("*.db"))


def test_it_overwrites_no_list_that_it_knows(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """What is told again must not take the place of what it is about."""
    (tmp_path / "list.csv").write_text(ROWS)
    assert screened(tmp_path, sandbox, *CHANGES).code == 0
    for more in ((), ("--list", "list.csv")):
        done = again(tmp_path, "-o", "list.csv", *more)
        assert (done.code, "would overwrite the list" in done.err) == (2, True)
    assert (tmp_path / "list.csv").read_text() == ROWS


# --- a journal that somebody had in hand


def test_rows_of_another_journal_do_not_fit(tmp_path: Path) -> None:
    """Of the same key: what one office was told is not told to another."""
    for name, word in (("j.db", "ok/ok"), ("k.db", "nok/nok")):
        with closing(Store(tmp_path / name, KEY)) as store:
            for night in range(2):
                store.lists.begin("/l.csv")
                told = QuestionState(word, night, night, (CITIZEN, DAY, "", "all"), 2)
                store.lists.note("/l.csv", [(b"a", told)])
                store.lists.finish("/l.csv", AT + timedelta(days=night))
    before = again(tmp_path, "--hours-step", "1", "--json")
    assert json.loads(before.out)["changes"]["hours"] == 1
    with closing(sqlite3.connect(tmp_path / "k.db")) as other:
        rows = other.execute("SELECT sealed FROM told WHERE generation = 2").fetchall()
    with closing(sqlite3.connect(tmp_path / "j.db")) as database:
        database.execute("UPDATE told SET sealed = ? WHERE generation = 2", rows[0])
        database.commit()
    done = again(tmp_path, "--json")
    assert done.code == 1
    assert "damaged" in json.loads(done.out)["error"]["diagnosis"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE told SET sealed = 'text'", 1),
        ("UPDATE told SET sealed = zeroblob(3)", 1),
        ("UPDATE told SET first = 'x'", 1),
        ("UPDATE telling SET generation = 'soon'", 1),
        ("INSERT INTO telling SELECT list, 'zz', told_at, sealed FROM telling", 1),
        ("UPDATE telling SET sealed = zeroblob(60)", 0),  # no more than that it was is needed of it
    ],
)
def test_a_damaged_memory_costs_no_result(
    sandbox: RunningSandbox, tmp_path: Path, change: str, code: int
) -> None:
    """The result is there; the changes stay as they were, it is said, and the exit code tells."""
    (tmp_path / "list.csv").write_text(ROWS)
    assert screened(tmp_path, sandbox, *CHANGES).code == 0
    before = (tmp_path / "changes.csv").read_bytes()
    with closing(sqlite3.connect(tmp_path / "j.db")) as database:
        database.execute(change)
        database.commit()
    (tmp_path / "out.csv").unlink()
    done = screened(tmp_path, sandbox, *CHANGES, "--json")
    assert done.code == code, done.err
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 3
    if code:
        assert "the changes are not written" in done.err
        assert "damaged" in done.err
        assert "changes" not in json.loads(done.out)
        assert (tmp_path / "changes.csv").read_bytes() == before
    assert again(tmp_path).code == 1


def test_a_disk_that_fills_up_while_it_tells(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """All is asked and answered, and then there is no room to remember: the result is whole, nothing is told."""
    numbers = [f"{SCENARIOS['bothOk']};{DAY}", *(f"wrong {at};{DAY}" for at in range(2_500))]
    (tmp_path / "list.csv").write_text("\n".join(("insz;start", *numbers)))

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600 * 1024, 600 * 1024))

    words = [*COMMAND, "screen", "list.csv", "-o", "out.csv", *CHANGES]
    environ = clean_environment() | sandbox.variables | VARIABLES
    done = subprocess.run(
        words, env=environ, cwd=tmp_path, capture_output=True, text=True, preexec_fn=little_room, check=False
    )
    assert done.returncode == 1, done.stderr
    assert "the changes are not written" in done.stderr
    assert len((tmp_path / "out.csv").read_text().splitlines()) == len(numbers) + 1
    assert not (tmp_path / "changes.csv").exists()
    told = json.loads(screened(tmp_path, sandbox, *CHANGES, "--json").out)["changes"]
    assert told["new"] == len(numbers)


# --- two at once


def test_two_runs_at_once(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """The second does not get the journal, and takes nothing of the first away."""
    (tmp_path / "list.csv").write_text(ROWS)
    assert screened(tmp_path, sandbox, *CHANGES).code == 0
    before = (tmp_path / "changes.csv").read_bytes()
    with closing(Store(tmp_path / "j.db", KEY)) as store:
        place = str(tmp_path / "list.csv")
        store.lists.begin(place)
        store.lists.note(place, [(b"a", QuestionState("ok/ok", 1, 1, ("", "", "", "")))])
        done = screened(tmp_path, sandbox, *CHANGES)
        assert done.code == 1
        assert "in use by process" in done.err
        assert again(tmp_path, "--json").code == 0
        store.lists.finish(place, AT)
    assert (tmp_path / "changes.csv").read_bytes() == before


def test_a_journal_that_is_put_under_another_key_meanwhile(tmp_path: Path) -> None:
    """The old key tells nothing of what was told under it."""
    with closing(Store(tmp_path / "j.db", KEY)) as store:
        store.lists.begin("/l.csv")
        store.lists.note("/l.csv", [(b"a", QuestionState("ok/ok", 1, 1, (CITIZEN, DAY, "", "all"), 2))])
        store.lists.finish("/l.csv", AT)
        before = again(tmp_path).out
        store.rekey(bytes(32))
    assert again(tmp_path).code == 2
    other = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(bytes(32)).decode()}
    assert run("changes", "j.db", variables=other, cwd=str(tmp_path)).out == before
