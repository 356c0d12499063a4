"""``screen --split-by represented`` and ``report --represented``: to each employer what is theirs."""

from __future__ import annotations

import base64
import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from support.batch import BEGAN, answered
from support.command import Done, RunningSandbox, run, running_sandbox
from support.journals import KEY
from support.numbers import enterprises
from support.pages import read, rows_of

from precontractual_async import Caller, Candidate, EnterpriseNumber, Entry, Query, Status
from precontractual_async.calls.session import utc_now
from precontractual_async.journal.runs import Run
from precontractual_async.journal.store import Store
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.model.planning import Planner
from precontractual_async.sandbox import SCENARIOS

DAY = StartDateWindow.at(utc_now()).last.isoformat()
FIRST, SECOND = enterprises(2)
NUMBERS = list(SCENARIOS.values())[:6]
LIST = "\n".join(
    (
        "insz;start;kbo",
        f"{NUMBERS[0]};{DAY};{FIRST}",
        f"{NUMBERS[1]};{DAY};{SECOND}",
        f"{NUMBERS[2]};{DAY};{FIRST}",
        f"123;{DAY};{SECOND}",
        f"{NUMBERS[3]};{DAY};",
        f"{NUMBERS[4]};{DAY};12",
    )
)
OWN = "0880820673"
"""Of the employer whom the sandbox's mandatary asks for."""
REFUSED = {"PRECONTRACTUAL_CLIENT_ID": "somebody_else"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox("--as", "mandatary", "--limit", "1000") as running:
        yield running


def screened(folder: Path, sandbox: RunningSandbox, *more: str, rows: str = LIST, **variables: str) -> Done:
    (folder / "list.csv").write_text(rows)
    key = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode(), "PRECONTRACTUAL_RATE": "200"}
    words = ("screen", "list.csv", "-o", "out-{enterprise}.csv", "--split-by", "represented", *more)
    return run(*words, variables=sandbox.variables | key | variables, cwd=str(folder))


def numbers(path: Path) -> list[str]:
    return [row["insz"] for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";")]


def test_each_employer_gets_its_rows(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """In files for their owner alone; who is nobody's stands by itself; the summary is over all."""
    done = screened(tmp_path, sandbox)
    assert done.code == 0, done.err
    files = {
        f"out-{FIRST}.csv": [NUMBERS[0], NUMBERS[2]],
        f"out-{SECOND}.csv": [NUMBERS[1], "123"],
        f"out-{OWN}.csv": [NUMBERS[3]],
        "out-unattributed.csv": [NUMBERS[4]],
    }
    assert {path.name: numbers(path) for path in tmp_path.glob("out-*")} == files
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("out-*")} == {0o600}
    said = done.err.splitlines()
    assert "one result for each employer: 3 of them" in said
    assert "rows whose employer is unknown: 1 (in out-unattributed.csv)" in said
    assert any(
        line.endswith(
            "to correct, line 7: column 'kbo', represented enterprise number: 2 digits where 10 are needed"
        )
        for line in said
    )
    told = json.loads(screened(tmp_path, sandbox, "--json").out)
    assert (told["employers"], told["unattributed"], told["rows"]["answered"]) == (3, 1, 4)


def test_all_old_ones_stay_or_none(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """When a run is refused; each time under the same names where the journal has it all."""
    journal = ("--journal", "j.db")
    assert screened(tmp_path, sandbox).code == 0
    (tmp_path / f"out-{SECOND}.csv").unlink()
    good = {path.name: path.read_bytes() for path in tmp_path.glob("out-*")}
    for _ in range(2):
        done = screened(tmp_path, sandbox, *journal, **REFUSED)
        assert done.code == 4
        held = {path.name: path.read_bytes() for path in tmp_path.glob("out-*")}
        assert held.items() >= good.items()
        assert len(held) == 7
        assert "the results that were there are kept" in done.err
    assert screened(tmp_path, sandbox, *journal).code == 0
    assert len(list(tmp_path.glob("out-*"))) == 4


def test_each_employer_gets_its_changes(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """In files for their owner alone; an empty one where nothing changed; the counts are over all."""
    words = ("--journal", "j.db", "--changes", "changes-{enterprise}.csv")
    assert screened(tmp_path, sandbox, *words).code == 0
    all_of_them = {FIRST: 2, SECOND: 2, OWN: 1, "unattributed": 1}
    rows = {each: numbers(tmp_path / f"changes-{each}.csv") for each in all_of_them}
    assert {each: len(found) for each, found in rows.items()} == all_of_them
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("changes-*")} == {0o600}
    short = "\n".join(line for line in LIST.splitlines() if FIRST not in line)
    told = json.loads(screened(tmp_path, sandbox, *words, "--json", rows=short).out)
    assert (told["changes"]["left"], told["changes"]["new"]) == (2, 0)
    assert sorted(numbers(tmp_path / f"changes-{FIRST}.csv")) == sorted((NUMBERS[0], NUMBERS[2]))
    assert set(numbers(tmp_path / f"changes-{SECOND}.csv")) <= {NUMBERS[1]}
    assert numbers(tmp_path / "changes-unattributed.csv") == []
    before = (tmp_path / f"changes-{FIRST}.csv").read_bytes()
    screened(tmp_path, sandbox, *words, rows=short)
    assert (tmp_path / f"changes-{FIRST}.csv").read_bytes() == before  # of whom there is nothing to tell


def test_all_changes_stand_there_or_none(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """One cannot be put in its place: all old ones are back, and the next run tells it all."""
    words = ("--journal", "j.db", "--changes", "changes-{enterprise}.csv")
    screened(tmp_path, sandbox, *words, rows=LIST.splitlines()[0] + "\n" + LIST.splitlines()[2])
    before = (tmp_path / f"changes-{SECOND}.csv").read_bytes()
    (tmp_path / f"changes-{FIRST}.csv").mkdir()
    done = screened(tmp_path, sandbox, *words)
    assert done.code == 2
    assert "--changes: the result cannot be written there (it is no file)" in done.err
    assert (tmp_path / f"changes-{SECOND}.csv").read_bytes() == before
    (tmp_path / f"changes-{FIRST}.csv").rmdir()
    told = json.loads(screened(tmp_path, sandbox, *words, "--json").out)
    assert told["changes"]["new"] == 5


def test_a_damaged_memory_costs_no_employer_its_result(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """All results are new and whole, all changes as they were."""
    words = ("--journal", "j.db", "--changes", "changes-{enterprise}.csv")
    assert screened(tmp_path, sandbox, *words).code == 0
    changes = {path.name: path.read_bytes() for path in tmp_path.glob("changes-*")}
    for path in tmp_path.glob("out-*"):
        path.unlink()
    with closing(sqlite3.connect(tmp_path / "j.db")) as database:
        database.execute("UPDATE told SET sealed = zeroblob(60)")
        database.commit()
    done = screened(tmp_path, sandbox, *words)
    assert done.code == 1
    assert "the changes are not written" in done.err
    assert len(list(tmp_path.glob("out-*"))) == len(changes) == 4
    assert numbers(tmp_path / f"out-{FIRST}.csv") == [NUMBERS[0], NUMBERS[2]]
    assert {path.name: path.read_bytes() for path in tmp_path.glob("changes-*")} == changes


def test_where_an_employer_of_before_has_no_place(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Its changes have a name that is taken: none are told, and the next run tells them."""
    words = ("--journal", "j.db", "--changes", "changes-{enterprise}.csv")
    screened(tmp_path, sandbox, *words)
    (tmp_path / f"changes-{FIRST}.csv").unlink()
    (tmp_path / f"changes-{FIRST}.csv").mkdir()
    short = "\n".join(line for line in LIST.splitlines() if FIRST not in line)
    before = (tmp_path / f"changes-{SECOND}.csv").read_bytes()
    done = screened(tmp_path, sandbox, *words, rows=short)
    assert done.code == 2
    assert "it is no file" in done.err
    assert (tmp_path / f"changes-{SECOND}.csv").read_bytes() == before
    (tmp_path / f"changes-{FIRST}.csv").rmdir()
    assert json.loads(screened(tmp_path, sandbox, *words, "--json", rows=short).out)["changes"]["left"] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "out.csv", "--changes", "c-{enterprise}.csv"), "the name of the changes has a place"),
        (
            ("-o", "out-{enterprise}.csv", "--split-by", "represented", "--changes", "out-{enterprise}.csv"),
            "the changes would overwrite the result",
        ),
        (
            ("-o", "out-{enterprise}.csv", "--split-by", "represented", "--changes", f"out-{FIRST}.csv"),
            "the changes would overwrite the result",
        ),
        (
            ("-o", "out-{enterprise}.csv", "--split-by", "represented", "--changes", "{enterprise}/c.csv"),
            "the changes of each employer need the employer's number in the name of their file",
        ),
        (
            ("-o", "out-{enterprise}.csv", "--split-by", "represented", "--changes", "{enterprise}.csv"),
            "--changes: the result would overwrite the list",
        ),
    ],
)
def test_names_of_changes_that_will_not_do(
    sandbox: RunningSandbox, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    """Are told before anything is asked."""
    name = f"{FIRST}.csv"
    (tmp_path / name).write_text(LIST)
    done = run("screen", name, *words, "--journal", "j.db", variables=sandbox.variables, cwd=str(tmp_path))
    (tmp_path / name).unlink()
    assert done.code == 2
    assert said in done.err
    assert not list(tmp_path.glob("*.csv"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("-o", "out-{enterprise}.csv"), "has a place for the employer's number"),
        (
            ("-o", "out.csv", "--split-by", "represented"),
            "needs the employer's number in the name of its file",
        ),
        (("-o", "-", "--split-by", "represented"), "needs the employer's number in the name of its file"),
        (("-o", "{enterprise}/a.csv", "--split-by", "represented"), "in the name of its file"),
        (("-o", f"out-{FIRST[:0]}{{enterprise}}.csv", "--split-by", "represented"), "it is no file"),
        (("-o", "{enterprise}.csv", "--split-by", "represented"), "would overwrite the list"),
    ],
)
def test_a_name_that_will_not_do(
    sandbox: RunningSandbox, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    """Is told before anything is asked."""
    (tmp_path / f"out-{FIRST}.csv").mkdir()
    name = f"{FIRST}.csv" if "overwrite" in told else "list.csv"
    (tmp_path / name).write_text(LIST)
    done = run("screen", name, *words, variables=sandbox.variables, cwd=str(tmp_path))
    (tmp_path / name).unlink()
    assert done.code == 2
    assert told in done.err
    assert not list(tmp_path.rglob("*.csv")) or list(tmp_path.rglob("*.csv")) == [
        tmp_path / f"out-{FIRST}.csv"
    ]


def test_a_dry_run_looks_at_the_name(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(LIST)
    words = ("screen", "list.csv", "--dry-run", "-o", "out.csv", "--split-by", "represented", "--lang", "nl")
    done = run(*words, cwd=str(tmp_path))
    assert done.code == 2
    assert "Zet {enterprise} in de naam van het bestand na -o." in done.err


def test_a_report_for_one_employer_tells_its_own_changes(tmp_path: Path) -> None:
    """Since the last run that asked for it: nothing of the others' runs and changes."""
    planner = Planner(Caller.enterprise(EnterpriseNumber.parse(OWN)), None)
    with closing(Store(tmp_path / "j.db", KEY)) as store:
        for day, (number, employer, statuses) in enumerate(
            zip(
                NUMBERS,
                (FIRST, SECOND),
                ((Status.NO_GRANT, Status.OK), (Status.NOK, Status.OK)),
                strict=False,
            )
        ):
            query = planner.plan(Candidate(number, "2026-12-01", employer))
            assert isinstance(query, Query)
            for night, status in enumerate(statuses):
                at = BEGAN + timedelta(days=2 * night + day)
                store.note_run(Run(at, at + timedelta(minutes=1)))
                store.keep([Entry.of(answered(query, at, status, status, 50), at)])
    variables = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode()}
    words = ("report", "j.db", "-o", "-", "--show-citizens", "--lang", "en", "--represented")
    for employer, other, own in ((FIRST, "nok", "26/11/2026"), (SECOND, "no mandate", "27/11/2026")):
        page = run(*words, employer, variables=variables, cwd=str(tmp_path)).out.decode()
        table = page.partition('<table class="changed">')[2].partition("</table>")[0]
        assert table.count('<th scope="row">') == 1
        assert other not in table
        assert f"before the run of {own}" in read(page).text


def test_a_report_for_one_employer(tmp_path: Path) -> None:
    """Only their rows, pictures and the gateway's texts; no runs, which were everybody's."""
    caller = Caller.enterprise(EnterpriseNumber.parse(OWN))
    planner = Planner(caller, None)
    with closing(Store(tmp_path / "j.db", KEY)) as store:
        for at, (number, employer) in enumerate(
            zip(NUMBERS, (FIRST, SECOND, FIRST, SECOND, "", OWN), strict=True)
        ):
            query = planner.plan(Candidate(number, "2026-12-01", employer))
            assert isinstance(query, Query)
            status = Status.NO_GRANT if employer == SECOND else Status.OK
            store.keep([Entry.of(answered(query, BEGAN, status, status, 50 + at), BEGAN)])
    variables = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode()}
    words = ("report", "j.db", "-o", "-", "--show-citizens", "--lang", "en", "--represented")

    def page_of(employer: str) -> str:
        done = run(*words, employer, variables=variables, cwd=str(tmp_path))
        assert (done.code, done.err) == (0, "")
        return done.out.decode()

    first, second, own = map(page_of, (f"BE {FIRST[:4]}.{FIRST[4:7]}.{FIRST[7:]}", SECOND, OWN))
    assert [len(rows_of(page)) for page in (first, second, own)] == [2, 2, 2]
    for page, others in ((first, second), (second, first)):
        assert not {row[1] for row in rows_of(page)} & {row[1] for row in rows_of(others)}
        assert "calls: " not in read(page).text
    assert "Er is geen actief mandaat." not in first
    for wrong in ("12", "07010189901"):
        done = run(*words, wrong, variables=variables, cwd=str(tmp_path))
        assert done.code == 2
        assert "Give the employer's number: ten digits." in done.err
