"""``precontractual report``: from a journal to a page, beside whatever else happens to either of them."""

from __future__ import annotations

import base64
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from attrs import frozen
from support.batch import RUNS, batch
from support.command import Done, clean_environment, run, running_sandbox
from support.journals import KEY
from support.pages import read, rows_of

from precontractual_async.calls.session import utc_now
from precontractual_async.journal.store import Store
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import SCENARIOS

VARIABLES = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode()}
VERSIONS = Path(__file__).parent.parent / "journal" / "versions"


@frozen
class Office:
    """A journal, and a place for its report."""

    folder: Path
    journal: Path

    @property
    def page(self) -> Path:
        return self.folder / "report.html"

    def report(self, *more: str, to: Path | str = "report.html") -> Done:
        words = ("report", str(self.journal), "-o", str(self.folder / to), *more)
        return run(*words, variables=VARIABLES)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """With forty citizens in its journal; nothing is set but its key."""
    office = Office(tmp_path, tmp_path / "journal" / "nightly.db")
    office.journal.parent.mkdir()
    with closing(Store(office.journal, KEY)) as store:
        store.keep(list(batch(40)))
        for each in RUNS:
            store.note_run(each)
    return office


def test_a_page_for_its_owner_alone(office: Office) -> None:
    """Whole, private, without a number or a credential of the gateway; its name and size are told."""
    done = office.report()
    assert (done.code, done.out) == (0, b"")
    assert done.err == f"written: {office.page} (80 questions, 40 citizens)\n"
    assert stat.S_IMODE(office.page.stat().st_mode) == 0o600
    assert len(rows_of(office.page.read_text())) == 80
    assert [each.name for each in office.folder.iterdir() if each.is_file()] == ["report.html"]


def test_on_standard_output_with_numbers(office: Office) -> None:
    """In the language that is asked for; nothing else is said there."""
    done = run(
        "report", str(office.journal), "-o", "-", "--show-citizens", "--lang", "de", variables=VARIABLES
    )
    page = done.out.decode()
    assert (done.code, done.err) == (0, "")
    assert page.startswith('<!doctype html>\n<html lang="de">')
    numbers = {re.sub(r"\D", "", row[1]) for row in rows_of(page) if len(row) == 9}
    assert numbers == {entry.outcome.query.citizen.digits for entry in batch(40)}


def test_while_a_run_goes_on(office: Office) -> None:
    """It tells what was known when it began to read; whoever holds the journal goes on."""
    with closing(Store(office.journal, KEY)) as held, held._database.transaction():
        held._keep(next(batch(1, seed=2)))
        assert office.report().code == 0
        assert len(rows_of(office.page.read_text())) == 80
    assert office.report().code == 0
    assert len(rows_of(office.page.read_text())) == 81


def test_from_a_list_to_its_report(tmp_path: Path) -> None:
    """Screened over HTTP, in a journal, reported: what the gateway said of each is in the page."""
    folder = tmp_path / "journal"
    folder.mkdir()
    day = StartDateWindow.at(utc_now()).last
    rows = "".join(f"{number};{day}\n" for number in SCENARIOS.values())
    (tmp_path / "list.csv").write_text(f"insz;start\n{rows}")
    with running_sandbox() as sandbox:
        arguments = ["screen", str(tmp_path / "list.csv"), "-o", str(tmp_path / "out.csv"), "--journal"]
        done = run(*arguments, str(folder / "j.db"), variables=sandbox.variables | VARIABLES)
    assert done.code == 0, done.err
    done = run("report", str(folder / "j.db"), "-o", str(tmp_path / "report.html"), variables=VARIABLES)
    assert done.code == 0, done.err
    page = (tmp_path / "report.html").read_text()
    assert len(rows_of(page)) == len(set(SCENARIOS.values()))
    kinds = {row[-6] for row in rows_of(page)}
    assert {
        "conditions met",
        "no active citizen mandate: none was found, it is still pending, or it was refused",
        "rejected by the gateway",
    } <= kinds
    assert f"calls: {len(set(SCENARIOS.values()))}, retries: 0, pauses: 0" in read(page).text
    assert 'class="cut"' not in page
    with closing(Store(folder / "j.db", KEY, is_shared=True)) as store:
        (noted,) = store.runs()
    assert noted.rows == noted.known == len(SCENARIOS)


# --- what must not happen


@pytest.mark.parametrize(
    ("suffix", "way"), [("", "name"), ("-wal", "name"), ("-shm", "name"), (".lock", "detour"), ("", "link")]
)
def test_the_journal_is_never_overwritten(office: Office, suffix: str, way: str) -> None:
    """Under whatever name the page would take its place."""
    target = office.journal.with_name(office.journal.name + suffix)
    if way == "link":
        (office.folder / "page.html").symlink_to(target)
        target = office.folder / "page.html"
    elif way == "detour":
        target = office.journal.parent / ".." / "journal" / target.name
    before = office.journal.read_bytes()
    done = office.report(to=target)
    assert done.code == 2
    assert "the report would overwrite the journal" in done.err
    assert office.journal.read_bytes() == before


@pytest.mark.parametrize("way", ["default", "named", "link"])
@pytest.mark.parametrize("command", ["report", "screen"])
def test_a_key_is_never_overwritten(office: Office, command: str, way: str) -> None:
    """With it all would be lost that its journals hold, also those that are not named here."""
    key = office.folder / "config" / "precontractual" / "journal.key"
    key.parent.mkdir(parents=True)
    key.touch(0o600)
    key.write_bytes(base64.b64encode(KEY))
    variables = {"XDG_CONFIG_HOME": str(office.folder / "config")}
    if way == "named":
        variables = {"PRECONTRACTUAL_JOURNAL_KEY_FILE": str(key)}
    target = key
    if way == "link":
        target = office.page
        target.symlink_to(key)
    source = str(office.journal) if command == "report" else "-"
    before = key.read_bytes()
    done = run(command, source, "-o", str(target), variables=variables)
    assert done.code == 2
    assert f"the {'report' if command == 'report' else 'result'} would overwrite a journal's key" in done.err
    assert key.read_bytes() == before
    assert target.is_symlink() is (way == "link")


@pytest.mark.parametrize("suffix", ["", "-wal", ".lock"])
def test_a_result_never_overwrites_its_journal(office: Office, suffix: str) -> None:
    """It is refused before anything is asked."""
    before = office.journal.read_bytes()
    target = office.journal.with_name(office.journal.name + suffix)
    done = run("screen", "-", "-o", str(target), "--journal", str(office.journal), variables=VARIABLES)
    assert done.code == 2
    assert "the result would overwrite the journal" in done.err
    assert office.journal.read_bytes() == before


@pytest.mark.parametrize(
    "command", ["report {} -o report.html", "journal status {}", "journal purge {} --older-than 1d"]
)
def test_no_key_is_made_for_a_journal_that_has_one(office: Office, command: str) -> None:
    """A journal of another machine, or of another user: its own key is asked for."""
    words = command.format(office.journal).split()
    done = run(*words, variables={"XDG_CONFIG_HOME": str(office.folder / "config")}, cwd=str(office.folder))
    assert done.code == 2
    assert "the journal's key is not there" in done.err
    assert not (office.folder / "config").exists()
    assert not office.page.exists()


def damage(office: Office) -> None:
    with closing(Store(office.journal, KEY)) as store:
        store._database.execute("UPDATE entry SET sealed = zeroblob(60) WHERE id = 40")


@pytest.mark.parametrize(
    ("break_it", "code", "told"),
    [
        (lambda office: office.journal.unlink(), 2, "there is no journal of that name"),
        (lambda office: office.journal.write_bytes(b"x"), 2, "the file is no journal"),
        (lambda office: office.journal.write_bytes(b""), 2, "the journal is empty"),
        (damage, 1, "an entry of the journal is damaged"),
    ],
)
def test_the_old_page_stays_when_there_is_no_new_one(
    office: Office, break_it: Callable[[Office], object], code: int, told: str
) -> None:
    """Whatever is wrong with the journal; and it says what to do."""
    office.page.write_text("the old one")
    break_it(office)
    done = office.report()
    assert done.code == code
    assert told in done.err
    assert "\n  -> " in done.err
    assert office.page.read_text() == "the old one"
    assert [each.name for each in office.folder.iterdir() if each.is_file()] == ["report.html"]


def test_another_key(office: Office) -> None:
    """Without the journal's own there is nothing to tell."""
    other = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(bytes(32)).decode()}
    done = run("report", str(office.journal), "-o", str(office.page), variables=other)
    assert done.code == 2
    assert "the journal was made with another key" in done.err
    assert not office.page.exists()


def test_a_place_that_will_not_do(office: Office) -> None:
    """It is told before the journal is read."""
    done = office.report(to="no/report.html")
    assert done.code == 2
    assert "cannot be written there (No such file or directory)" in done.err


@pytest.mark.parametrize("version", sorted(VERSIONS.glob("*.db")), ids=lambda each: each.stem)
def test_journals_of_older_programs(office: Office, version: Path) -> None:
    """They are told as any other, and stay what they are."""
    office.journal.write_bytes(version.read_bytes())
    assert office.report().code == 0
    assert office.journal.read_bytes() == version.read_bytes()
    text = read(office.page.read_text()).text
    assert len(rows_of(office.page.read_text())) == 3
    assert ("the disk is full" in text) is (int(version.stem) >= 2)


def test_a_newer_journal(office: Office) -> None:
    """It is refused, and nothing written."""
    with closing(sqlite3.connect(office.journal)) as connection:
        connection.execute("PRAGMA user_version=99")
    done = office.report()
    assert done.code == 2
    assert "of a newer version" in done.err
    assert not office.page.exists()


def test_without_jinja(office: Office) -> None:
    """What to install is said before anything is read; the other commands need none of it."""
    blocked = "import sys; sys.modules['jinja2'] = None; from precontractual_async.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", blocked, "report", str(office.journal), "-o", str(office.page)],
        env=clean_environment(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        "precontractual: a report needs the jinja2 package",
        "  -> pip install 'precontractual-async[report]'",
    ]
    status = [sys.executable, "-c", blocked, "journal", "status", str(office.journal)]
    assert (
        subprocess.run(
            status, env=clean_environment() | VARIABLES, check=False, capture_output=True
        ).returncode
        == 0
    )
