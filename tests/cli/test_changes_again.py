"""``precontractual changes``: what was told of a list, told again from the journal alone."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from support.command import Done, RunningSandbox, run, running_sandbox
from support.journals import KEY
from support.numbers import CITIZEN

from precontractual_async.calls.session import utc_now
from precontractual_async.cli.changes_file import CHANGE_COLUMNS
from precontractual_async.cli.values import Refusal, moment
from precontractual_async.journal.list_snapshots import QuestionState
from precontractual_async.journal.store import Store
from precontractual_async.model.dates import BRUSSELS, StartDateWindow
from precontractual_async.sandbox import SCENARIOS
from precontractual_async.tables import Source, read_list

DAY = StartDateWindow.at(utc_now()).last.isoformat()
NAMES = ("bothOk", "studentOnly", "noGrant", "noGrantFlexi", "notExisting")
ROWS = [f"{SCENARIOS[name]};{name};{DAY}" for name in NAMES]
NOT_YET = f"{SCENARIOS['neither']};later;1/6/{utc_now().year + 2}"
VARIABLES = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode()}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox("--limit", "1000") as running:
        yield running


def screened(folder: Path, sandbox: RunningSandbox, rows: list[str], *more: str) -> Done:
    (folder / "list.csv").write_text("\n".join(("insz;naam;start", *rows)) + "\n")
    words = ("screen", "list.csv", "-o", "out.csv", "--journal", "j.db", *more)
    rate = {"PRECONTRACTUAL_RATE": "200"}
    return run(*words, variables=sandbox.variables | VARIABLES | rate, cwd=str(folder))


def again(folder: Path, *more: str) -> Done:
    """Without anything of the gateway's: no address, no credentials."""
    return run("changes", "j.db", *more, variables=VARIABLES, cwd=str(folder))


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def test_it_tells_what_the_run_told(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """The same lines and the same cells, each time; the journal stays as it is."""
    screened(tmp_path, sandbox, [*ROWS, NOT_YET, f"123;wrong;{DAY}"], "--changes", "-")
    lines = screened(tmp_path, sandbox, [*ROWS[1:], NOT_YET], "--changes", "-").out
    whole = {each.name: hashlib.sha256(each.read_bytes()).digest() for each in tmp_path.glob("j.db*")}
    for _ in range(2):
        done = again(tmp_path)
        assert (done.code, done.err) == (0, "")
        assert sorted(done.out.splitlines()) == sorted(lines.splitlines())
    assert whole == {each.name: hashlib.sha256(each.read_bytes()).digest() for each in tmp_path.glob("j.db*")}
    counts = {"new": 0, "askable": 0, "changed": 0, "hours": 0, "waiting": 2, "left": 2}
    assert json.loads(again(tmp_path, "--json").out) == {"changes": counts}
    done = again(tmp_path, "--json", "-o", "-")
    assert json.loads(done.err)["changes"] == counts
    assert len(done.out.splitlines()) == 4


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
def test_cell_by_cell(sandbox: RunningSandbox, tmp_path: Path, language: str) -> None:
    """As in the file of the run, in each language: what to do as well."""
    screened(tmp_path, sandbox, [*ROWS, NOT_YET, f"123;wrong;{DAY}"])
    screened(
        tmp_path,
        sandbox,
        [*ROWS, NOT_YET, f"12;wrong;{DAY}"],
        "--changes",
        "out-changes.csv",
        "--lang",
        language,
    )
    text = (tmp_path / "out-changes.csv").read_text("utf-8-sig")
    told = [
        {name: row[name] for name in CHANGE_COLUMNS}
        for row in csv.DictReader(io.StringIO(text), delimiter=";")
    ]
    done = again(tmp_path, "-o", "changes.csv", "--lang", language)
    assert done.code == 0, done.err
    rows = rows_of(tmp_path / "changes.csv")
    found = [{name: row[name] for name in CHANGE_COLUMNS} for row in rows]
    assert sorted(map(str, found)) == sorted(map(str, told))
    assert {row["list"] for row in rows} == {str(tmp_path / "list.csv")}
    assert sorted(int(row["line"]) for row in rows) == list(range(2, 9))
    assert {row["citizen"] for row in rows} == {
        *(SCENARIOS[name] for name in NAMES),
        SCENARIOS["neither"],
        "12",
    }
    assert (tmp_path / "changes.csv").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("suffix", ["xlsx", "jsonl", "parquet"])
def test_in_every_format(sandbox: RunningSandbox, tmp_path: Path, suffix: str) -> None:
    """Numbers with their zeros, a workbook in the reader's words."""
    screened(tmp_path, sandbox, ROWS, "--changes", "-")
    done = again(tmp_path, "-o", f"changes.{suffix}", "--lang", "nl")
    assert done.code == 0, done.err
    assert "wijzigingen: 5 nieuw" in done.err
    with (tmp_path / f"changes.{suffix}").open("rb") as file:
        table = read_list(Source(file), suffix)
        rows = [row.cells for row in table.rows()]
    assert {cells[2] for cells in rows} == {SCENARIOS[name] for name in NAMES}
    if suffix == "xlsx":
        assert (table.sheet, table.columns[6]) == ("Wijzigingen", "wat veranderde")


def noted(path: Path, *words: tuple[datetime, str], place: str = "/l.csv") -> None:
    with closing(Store(path, KEY)) as store:
        for at, word in words:
            parts = (SCENARIOS["bothOk"], "2026-12-01", "", "all")
            store.lists.begin(place)
            store.lists.note(place, [(b"a", QuestionState(word, None, None, parts, 7))])
            store.lists.finish(place, at)


NIGHTS = [
    (datetime(2026, 11, 20 + night, 1, 30, 20, tzinfo=UTC), word)
    for night, word in enumerate(("ok/ok", "nok/nok", "no_grant/ok", "deferred"))
]


@pytest.mark.parametrize(
    ("since", "told"),
    [
        ("22/11/2026 02:30", "flexi-job: no_grant, student job: ok -> deferred"),
        ("2026-11-22 02:30", "flexi-job: no_grant, student job: ok -> deferred"),
        ("22/11/2026 02:29", "nok -> deferred"),
        ("2026-11-22", "nok -> deferred"),
        ("2026-11-21T02:30:20+01:00", "nok -> deferred"),
        ("21/11/2026", "ok -> deferred"),
    ],
)
def test_since_a_run_or_a_day(tmp_path: Path, since: str, told: str) -> None:
    """As `journal runs` writes it, or its --json."""
    noted(tmp_path / "j.db", *NIGHTS)
    done = again(tmp_path, "--since", since, "--lang", "en")
    assert (done.code, done.err) == (0, "")
    assert done.out.decode() == f"line 7, 2026-12-01: {told}\n"


def test_several_lists(tmp_path: Path) -> None:
    """Each under its name; one by the name that was given to the command."""
    noted(tmp_path / "j.db", *NIGHTS[:2])
    noted(tmp_path / "j.db", *NIGHTS[1:3], place=str(tmp_path / "b.csv"))
    lines = again(tmp_path, "--lang", "en").out.decode().splitlines()
    assert {lines[0], lines[2]} == {"/l.csv:", f"{tmp_path}/b.csv:"}
    done = again(tmp_path, "--list", "b.csv", "--lang", "en")
    assert done.out.decode() == ("line 7, 2026-12-01: nok -> flexi-job: no_grant, student job: ok\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--list", "other.csv"), "no changes of this list"),
        (("--since", "2026-11-01"), "of this list from 20/11/2026 02:30 on, and not from before"),
        (("--since", "soon"), "-> Give when a run began, such as 20/11/2026 02:30, or a day"),
        (("-o", "j.db", "--format", "csv"), "would overwrite the journal"),
        (("-o", "x.pdf"), "the suffix of the file's name"),
        (("-o", "nowhere/x.csv"), "the result cannot be written there"),
        (("--hours-below", "0"), "a whole number from 1 to 9999"),
    ],
)
def test_what_cannot_be_told(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """Is said, with what to do; the journal stays as it is."""
    noted(tmp_path / "j.db", *NIGHTS)
    before = (tmp_path / "j.db").read_bytes()
    done = again(tmp_path, *words)
    assert (done.code, done.out) == (2, b"")
    assert said in done.err
    assert "->" in done.err
    assert (tmp_path / "j.db").read_bytes() == before


def test_another_key_and_no_journal(tmp_path: Path) -> None:
    """Exit 2; no key and no journal is made."""
    assert again(tmp_path).code == 2
    assert list(tmp_path.iterdir()) == []
    noted(tmp_path / "j.db", *NIGHTS)
    other = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(bytes(32)).decode()}
    done = run("changes", "j.db", "--json", variables=other, cwd=str(tmp_path))
    assert done.code == 2
    assert "made with another key" in json.loads(done.out)["error"]["diagnosis"]


def test_while_a_run_uses_it(tmp_path: Path) -> None:
    """What that run is about to tell is not told yet."""
    noted(tmp_path / "j.db", *NIGHTS[:2])
    with closing(Store(tmp_path / "j.db", KEY)) as store:
        store.lists.begin("/l.csv")
        store.lists.note("/l.csv", [(b"b", QuestionState("pending", None, None, ("", "", "", "")))])
        assert again(tmp_path, "--lang", "en").out == b"line 7, 2026-12-01: ok -> nok\n"


def test_moments() -> None:
    """A day is a day; what has no zone is in Brussels."""
    assert moment("1/12/2026") == date(2026, 12, 1)
    at = moment("01/12/2026 02:30")
    assert at == datetime(2026, 12, 1, 2, 30, 59, tzinfo=BRUSSELS)
    assert isinstance(at, datetime)
    assert at.utcoffset() == timedelta(hours=1)
    assert moment("2026-12-01T02:30:15") == datetime(2026, 12, 1, 2, 30, 15, tzinfo=BRUSSELS)
    assert moment("2026-12-01T02:30:15Z") == datetime(2026, 12, 1, 2, 30, 15, tzinfo=UTC)
    for text in ("1/12/2026 25:00", "12:30", "", "123", CITIZEN):
        with pytest.raises(Refusal, match="neither a moment nor a day"):
            moment(text)
