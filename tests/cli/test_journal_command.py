"""``precontractual journal``: the runs that used a journal; what one citizen's wish takes out of it; copies; keys."""

from __future__ import annotations

import base64
import json
import os
import pty
import shutil
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.batch import batch
from support.command import Done, clean_environment, run
from support.journals import KEY, QUERY, answered, entry
from support.numbers import CITIZEN

from precontractual_async.journal.runs import Run
from precontractual_async.journal.store import Store

VARIABLES = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode()}
ON_A_TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from precontractual_async.cli import main
sys.exit(main())
"""
"""The command with its standard input as the terminal that controls it."""
VERSIONS = Path(__file__).parent.parent / "journal" / "versions"
AT = datetime(2026, 11, 24, 1, 30, 15, 123456, tzinfo=UTC)
DONE = Run(AT, AT + timedelta(minutes=11), calls=530, retries=7, pauses=1, tokens=2, rows=520, known=520)
STOPPED = Run(AT + timedelta(days=1), AT + timedelta(days=1, hours=23), stopped="the disk is full")
KILLED = Run(datetime(2026, 7, 1, 0, 30, tzinfo=UTC), rows=520)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """With eighty questions on forty citizens, and three runs."""
    path = tmp_path / "journal" / "nightly.db"
    path.parent.mkdir()
    with closing(Store(path, KEY)) as store:
        store.keep(list(batch(40)))
        for each in (DONE, STOPPED, KILLED):
            store.note_run(each)
    return path


# --- runs


def test_the_runs_for_people(journal: Path) -> None:
    """The oldest first, in the time of Brussels; what stopped one is below it."""
    done = run("journal", "runs", str(journal), variables=VARIABLES)
    assert (done.code, done.err) == (0, "")
    assert done.out.decode() == (
        "began (Brussels)  ended                    rows    known    calls  retries   pauses   tokens\n"
        "01/07/2026 02:30  under way, or killed      520        0        0        0        0        0\n"
        "24/11/2026 02:30  24/11/2026 02:41          520      520      530        7        1        2\n"
        "25/11/2026 02:30  26/11/2026 01:30            0        0        0        0        0        0\n"
        "  stopped: the disk is full\n"
    )


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_the_runs_in_the_readers_language(journal: Path, language: str) -> None:
    """No English word stays."""
    done = run("journal", "runs", str(journal), "--lang", language, variables=VARIABLES)
    english = {"began", "ended", "rows", "known", "calls", "killed", "stopped:", "disk", "full"}
    assert not english & set(done.out.decode().split())
    assert len(done.out.splitlines()) == 5


def test_the_runs_for_machines(journal: Path) -> None:
    """One object on one line; instants have their zone, and null is what is not known."""
    done = run("journal", "runs", str(journal), "--json", "--lang", "nl", variables=VARIABLES)
    assert (done.code, done.err, done.out.count(b"\n")) == (0, "", 1)
    killed, whole, stopped = json.loads(done.out)["runs"]
    figures = {"rows": 520, "known": 520, "calls": 530, "retries": 7, "pauses": 1, "tokens": 2}
    instants = {"began": "2026-11-24T02:30:15+01:00", "ended": "2026-11-24T02:41:15+01:00"}
    assert whole == {**instants, **figures, "stopped": None}
    assert (killed["began"], killed["ended"], killed["stopped"]) == ("2026-07-01T02:30:00+02:00", None, None)
    assert stopped["stopped"] == "the disk is full"


@pytest.mark.parametrize("version", ["1", "2"])
def test_the_runs_of_an_older_journal(tmp_path: Path, version: str) -> None:
    """Before they were noted there are none; the journal stays as it is."""
    place = tmp_path / "j.db"
    shutil.copy(VERSIONS / f"{version}.db", place)
    before = place.read_bytes()
    done = run("journal", "runs", str(place), variables=VARIABLES)
    assert done.code == 0
    assert (done.out == b"no runs are noted\n") == (version == "1")
    assert place.read_bytes() == before


def test_the_runs_while_one_is_under_way(journal: Path) -> None:
    """Whoever holds the journal goes on."""
    with closing(Store(journal, KEY)):
        assert run("journal", "runs", str(journal), variables=VARIABLES).code == 0


def test_the_runs_need_the_journals_key(journal: Path) -> None:
    """Another key, or no journal: exit 2, for machines as an object too."""
    other = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(bytes(32)).decode()}
    done = run("journal", "runs", str(journal), "--json", variables=other)
    assert (done.code, json.loads(done.out)["exit_code"]) == (2, 2)
    assert "another key" in done.err
    assert run("journal", "runs", str(journal) + "x", variables=VARIABLES).code == 2


# --- purge


def purged(journal: Path, *more: str, given: str = CITIZEN, lang: str = "en") -> Done:
    words = ("journal", "purge", str(journal), *more, "--lang", lang)
    return run(*words, given=given.encode(), variables=VARIABLES)


@pytest.fixture
def one(journal: Path) -> Path:
    """With two entries about one citizen more."""
    with closing(Store(journal, KEY)) as store:
        store.keep([entry(answered()), entry(answered(), AT + timedelta(days=1))])
    return journal


@pytest.mark.parametrize("given", [CITIZEN, f"\ufeff{CITIZEN}\r\n", "07.01.01-899.01\nmore\n"])
def test_all_about_one_citizen_goes(one: Path, given: str) -> None:
    """The number comes from standard input, in any writing, and is told nowhere."""
    would = purged(one, "--citizen", "--dry-run", given=given)
    assert (would.code, would.out) == (0, b"2 entries would be deleted and overwritten\n")
    done = purged(one, "--citizen", given=given)
    assert (done.code, done.out, done.err) == (0, b"2 entries deleted and overwritten\n", "")
    with closing(Store(one, KEY)) as store:
        assert store.find([QUERY]) == [None]
        assert sum(1 for _ in store.histories()) == 80
    assert purged(one, "--citizen", given=given).out == b"0 entries deleted and overwritten\n"


@pytest.mark.parametrize("more", [("--citizen",), ("--older-than", "0s")])
def test_a_dry_run_changes_nothing(one: Path, more: tuple[str, ...]) -> None:
    """Not a byte, and no file is made; it may look while a run holds the journal."""
    before = {each.name: each.read_bytes() for each in one.parent.iterdir()}
    done = purged(one, *more, "--dry-run")
    assert done.code == 0
    assert {each.name: each.read_bytes() for each in one.parent.iterdir()} == before
    with closing(Store(one, KEY)):
        assert purged(one, *more, "--dry-run").out == done.out
        held = purged(one, *more)
    assert (held.code, held.out) == (1, b"")
    assert "in use by process" in held.err


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_purge_in_the_readers_language(one: Path, language: str) -> None:
    for more in ("--dry-run",), ():
        assert b"entries" not in purged(one, "--citizen", *more, lang=language).out
    assert "number" not in purged(one, lang=language).err
    assert "required" not in purged(one, lang=language).err


@pytest.mark.parametrize(
    ("more", "given", "told"),
    [
        (("--citizen",), CITIZEN[:-1] + "2", "check digits"),
        (("--citizen",), "", "SSIN: empty"),
        (("--citizen", CITIZEN), CITIZEN, "not understood"),
        (("--citizen=" + CITIZEN,), CITIZEN, "ignored explicit argument"),
        (("--citizen", "--older-than", "9d"), CITIZEN, "not allowed with"),
        ((), CITIZEN, "one of the arguments --older-than --citizen is required"),
        (("--dry-run",), CITIZEN, "one of the arguments --older-than --citizen is required"),
    ],
)
def test_what_purge_does_not_take(one: Path, more: tuple[str, ...], given: str, told: str) -> None:
    """Exit 2, in words without the number, and nothing is changed."""
    before = one.read_bytes()
    done = purged(one, *more, given=given)
    assert (done.code, done.out) == (2, b"")
    assert told in done.err
    assert CITIZEN[:-1] not in done.err
    assert one.read_bytes() == before


def test_the_prompt_shows_no_number(one: Path) -> None:
    """At a terminal it is asked for, and not echoed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", ON_A_TERMINAL, "journal", "purge", str(one), "--citizen"],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=clean_environment() | VARIABLES,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = os.read(ours, 100)
        assert shown.startswith(b"SSIN of the citizen (not shown):")
        os.write(ours, CITIZEN.encode() + b"\n")
        process.wait(timeout=60)
        while b"overwritten" not in shown:
            shown += os.read(ours, 100)
    os.close(ours)
    assert process.returncode == 0
    assert CITIZEN.encode() not in shown


# --- backup


def backed_up(journal: Path, target: Path | str, lang: str = "en", **more: str) -> Done:
    return run("journal", "backup", str(journal), str(target), "--lang", lang, variables=more)


def test_a_backup_needs_no_key(one: Path, tmp_path: Path) -> None:
    """It is written while the journal is held, told in a line, and read with the journal's key."""
    target = tmp_path / "copy.db"
    with closing(Store(one, KEY)):
        for _ in range(2):
            done = backed_up(one, target)
            assert (done.code, done.err) == (0, "")
            assert done.out.decode() == f"written: {target} (84 entries)\n"
    status = run("journal", "status", str(target), variables=VARIABLES)
    assert status.out == run("journal", "status", str(one), variables=VARIABLES).out
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize("suffix", ["", "-wal", ".lock"])
def test_a_backup_is_never_the_journal(one: Path, suffix: str) -> None:
    """Nor a file beside it."""
    with closing(Store(one, KEY)):
        before = one.read_bytes()
        done = backed_up(one, str(one) + suffix)
        assert one.read_bytes() == before
    assert done.code == 2
    assert "the backup would overwrite the journal" in done.err
    assert "Give another place or name for the backup." in done.err


def test_places_where_no_backup_can_be(one: Path, tmp_path: Path) -> None:
    """Exit 2, and what to do; the same in the reader's language."""
    key = tmp_path / "keys" / "journal.key"
    key.parent.mkdir()
    key.write_text("x")
    (tmp_path / "text").write_text("text")
    places = {
        tmp_path / "no" / "copy.db": "the backup cannot be written there (No such file or directory)",
        tmp_path: "the backup cannot be written there (it is no file)",
        key: "the backup would overwrite a journal's key",
        key.with_name("copy.db"): "the backup would stand beside a journal's key",
        tmp_path / "text": "something else than an older backup of this journal",
    }
    for place, told in places.items():
        done = backed_up(one, place, PRECONTRACTUAL_JOURNAL_KEY_FILE=str(key))
        assert (done.code, done.out) == (2, b"")
        assert told in done.err
        done = backed_up(one, place, "nl", PRECONTRACTUAL_JOURNAL_KEY_FILE=str(key))
        assert "backup" not in done.err
    assert (key.read_text(), (tmp_path / "text").read_text()) == ("x", "text")
    assert {each.name for each in key.parent.iterdir()} == {"journal.key"}
    assert backed_up(tmp_path / "none.db", tmp_path / "copy.db").code == 2


# --- rekey


def rekeyed(journal: Path, file: Path, *more: str, lang: str = "en", **variables: str) -> Done:
    words = ("journal", "rekey", str(journal), "--new-key-file", str(file), *more, "--lang", lang)
    return run(*words, variables=variables or VARIABLES)


def test_a_new_key(one: Path, tmp_path: Path) -> None:
    """It is made, for its owner alone, and told by its place; run again it says that all is done."""
    file = tmp_path / "keys" / "new.key"
    before = run("journal", "status", str(one), variables=VARIABLES).out
    done = rekeyed(one, file, "--dry-run")
    assert done.out == b"84 entries would be encrypted with the new key\n"
    assert not file.parent.exists()
    done = rekeyed(one, file)
    assert (done.code, done.err) == (0, "")
    assert done.out.decode() == (
        f"84 entries encrypted with the new key; give it from now on: JOURNAL_KEY_FILE={file}\n"
    )
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)
    assert run("journal", "status", str(one), variables=VARIABLES).code == 2
    by_file = {"PRECONTRACTUAL_JOURNAL_KEY_FILE": str(file)}
    assert run("journal", "status", str(one), variables=by_file).out == before
    for more in ("--dry-run",), ():
        again = rekeyed(one, file, *more)
        assert (again.code, again.err) == (0, "")
        assert b"already: give that one from now on" in again.out
    same = rekeyed(one, file, **by_file)
    assert (same.code, same.out) == (2, b"")
    assert "it is the one that is set" in same.err
    assert rekeyed(one, tmp_path / "keys" / "third.key", **by_file).code == 0


def test_when_there_is_no_new_key(one: Path, tmp_path: Path) -> None:
    """Beside the journal, none, in use, or not the old one: nothing is made and nothing changed."""
    before = one.read_bytes()
    bad = tmp_path / "keys" / "bad.key"
    bad.parent.mkdir()
    bad.touch(0o600)
    bad.write_text("x")
    done = rekeyed(one, bad)
    assert (done.code, "--new-key-file is not 32 bytes in base64" in done.err) == (2, True)
    bad.chmod(0o644)
    assert "--new-key-file can be read by everybody" in rekeyed(one, bad).err
    done = rekeyed(one, one.with_name("new.key"))
    assert done.code == 2
    assert "name another place in --new-key-file" in done.err
    other = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(bytes(32)).decode()}
    done = rekeyed(one, bad.with_name("new.key"), **other)
    assert (done.code, "another key" in done.err) == (2, True)
    with closing(Store(one, KEY)):
        held = rekeyed(one, bad.with_name("new.key"))
    assert (held.code, "in use by process" in held.err) == (1, True)
    assert {each.name for each in bad.parent.iterdir()} == {"bad.key"}
    assert one.read_bytes() == before


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_rekey_in_the_readers_language(one: Path, tmp_path: Path, language: str) -> None:
    file = tmp_path / "keys" / "new.key"
    for more in ("--dry-run",), (), ():
        done = rekeyed(one, file, *more, lang=language)
        assert done.code == 0
        assert not {"entries", "would", "already:", "give"} & set(done.out.decode().split())
    done = rekeyed(one, file, lang=language, PRECONTRACTUAL_JOURNAL_KEY_FILE=str(file))
    assert not {"already,", "name", "the"} & set(done.err.split())
