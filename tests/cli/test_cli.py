"""The command as people run it: real processes, a real sandbox, real signals."""

from __future__ import annotations

import argparse
import base64
import csv
import errno
import io
import json
import logging
import operator
import os
import pty
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from email.utils import format_datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import cast

import pytest
from support.command import COMMAND, RunningSandbox, clean_environment, run, running_sandbox
from support.numbers import CITIZEN, ENTERPRISE
from support.warm import REAL

from precontractual_async import (
    Answer,
    Answered,
    Caller,
    Candidate,
    Deferred,
    Description,
    EnterpriseNumber,
    FlexiJob,
    Labels,
    Outcome,
    Pending,
    Problem,
    Query,
    Refused,
    Rejected,
    Ssin,
    Status,
    StudentJob,
)
from precontractual_async.batch.decisions import in_groups
from precontractual_async.batch.exits import BatchExit, exit_code
from precontractual_async.calls.session import utc_now
from precontractual_async.cli import _of_the_system, _OneLine, versions
from precontractual_async.cli.console import say, tell
from precontractual_async.cli.doctor import _tell as tell_finding
from precontractual_async.cli.files import check_output, writing
from precontractual_async.cli.options import add_commands
from precontractual_async.cli.values import Refusal, refuse_the_past
from precontractual_async.cli.verify import _show
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.model.errors import (
    AccessDenied,
    BrokenAnswer,
    CredentialsRefused,
    Fault,
    GatewayDown,
    InvalidList,
    InvalidSettings,
    JournalFailed,
    Paused,
    ServerError,
)
from precontractual_async.protocol.keys import PrivateKey, SigningKey
from precontractual_async.sandbox import SCENARIOS, generate_ssins
from precontractual_async.sharing.checks import check_certificate, check_clock
from precontractual_async.tables import ListChanged, format_of
from precontractual_async.tables.results import RESULT_COLUMNS
from precontractual_async.tables.table import Row

DAY = StartDateWindow.at(utc_now()).last.isoformat()


ON_A_TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from precontractual_async.cli import main
sys.exit(main())
"""
"""The command with its standard input as the terminal that controls it: Ctrl-C arrives as a signal."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox("--limit", "500") as running:
        yield running


def rows_of(data: bytes) -> list[dict[str, str]]:
    text = data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";" if ";" in text.partition("\n")[0] else ","))


def test_help_needs_no_network_library() -> None:
    """--help and usage errors import neither aiohttp nor cryptography nor rich."""
    code = (
        "import sys\nfrom precontractual_async.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('aiohttp', 'cryptography', 'rich', 'asyncio') if m in sys.modules])"
    )
    done = subprocess.run([REAL, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "precontractual demo" in done.stdout


def test_version() -> None:
    """The one that is packaged."""
    done = run("--version")
    assert (done.code, done.err) == (0, "")
    assert done.out.decode() == f"precontractual-async {version('precontractual-async')}\n"


@pytest.mark.parametrize("words", [("--version", "--json"), ("--json", "--version")])
def test_versions_for_a_machine(words: tuple[str, ...]) -> None:
    """What it stands on, by the package's own metadata; extras that are there whole, but for developers'."""
    done = run(*words)
    told = json.loads(done.out)
    assert (done.code, done.err, done.out.count(b"\n")) == (0, "", 1)
    assert list(told) == ["version", "python", "packages", "extras"]
    assert told["version"] == version("precontractual-async")
    assert told["python"] == ".".join(map(str, sys.version_info[:3]))
    stands_on = {"aiohttp", "attrs", "cattrs", "tenacity", "aiolimiter", "cryptography"}
    assert stands_on <= set(told["packages"])
    assert told["packages"]["aiohttp"] == version("aiohttp")
    assert {"cli", "otel", "otlp", "report", "redis"} <= set(told["extras"])
    assert "test" not in told["extras"]
    assert told["extras"]["redis"] == {"redis": version("redis")}


def test_an_extra_counts_when_it_is_there_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of one is of no use; and a source tree that was never installed has nothing to tell."""
    needed = [
        "attrs>=24.2",
        "tzdata; sys_platform == 'win32'",
        "rich>=13; extra == 'half'",
        "not-there-at-all>=1; extra == 'half'",
        'redis>=5; sys_platform != "win32" and extra == "whole"',
        "precontractual-async[whole]; extra == 'whole'",
        "pytest; extra == 'test'",
    ]
    monkeypatch.setattr(versions, "requires", lambda _: needed)
    told = versions.versions()
    assert told["packages"] == {name: version(name) for name in ("attrs", "tzdata")}
    assert told["extras"] == {"whole": {"redis": version("redis")}}

    def missing(_: str) -> list[str]:
        raise PackageNotFoundError

    monkeypatch.setattr(versions, "requires", missing)
    assert (versions.versions()["packages"], versions.versions()["extras"]) == ({}, {})


@pytest.mark.parametrize("action", ["status", "runs", "purge", "backup", "export", "rekey"])
def test_help_says_what_a_journal_is(action: str) -> None:
    """Every argument has its words."""
    told = " ".join(run("journal", action, "--help").out.decode().split())
    assert "J the file that was given to screen --journal" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "--start-date", DAY, CITIZEN),
        (CITIZEN,),
        ("demo", "--candidates", CITIZEN + "x"),
        ("screen", "--rate"),
        ("screen", "--t=" + CITIZEN, "-o", "x.csv"),
        ("verify", "--start-date", DAY, "--type-of-worker", "it's " + CITIZEN),
        ("screen", CITIZEN, "-o", __file__, "--format", "csv"),
        ("screen", "x." + CITIZEN, "-o", "x.csv"),
    ],
)
def test_usage_errors_do_not_repeat_a_number(arguments: tuple[str, ...]) -> None:
    """What is not understood is refused with exit 2, and never shown again."""
    done = run(*arguments)
    assert done.code == 2
    assert "->" in done.err
    assert CITIZEN not in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("duration", ["9999999d", "99999999999999d", "1e300d", "infd", "-1d", "36526d"])
@pytest.mark.parametrize(
    "words",
    [
        ("screen", "x.csv", "-o", "y.csv", "--fresh-for"),
        ("screen", "x.csv", "-o", "y.csv", "--patience"),
        ("journal", "status", "x.db", "--fresh-for"),
        ("journal", "purge", "x.db", "--older-than"),
    ],
)
def test_durations_that_no_calendar_holds(words: tuple[str, ...], duration: str) -> None:
    """Refused where they are typed, not when an instant is made of them."""
    with pytest.raises(Refusal, match="between nothing and a hundred years"):
        add_commands().parse_args([*words[:-1], f"{words[-1]}={duration}"])


def test_durations() -> None:
    """With a unit, up to a hundred years; what is none is refused."""
    words = ("journal", "purge", "x.db", "--older-than")
    given = {
        "90d": 90 * 86_400,
        "12h": 43_200,
        "1.5m": 90,
        "45s": 45,
        "0s": 0,
        "36525d": 36_525 * 86_400,
    }
    for text, seconds in given.items():
        assert add_commands().parse_args([*words, text]).older_than == timedelta(seconds=seconds)
    for text in ("", "d", "soon", "nan", "inf", "nand", "4w"):
        with pytest.raises(Refusal, match="a duration is a number"):
            add_commands().parse_args([*words, text])


@pytest.mark.parametrize(
    "words",
    [
        ("journal", "purge", "x.db", "--older-than"),
        ("journal", "status", "x.db", "--fresh-for"),
        ("screen", "x.csv", "--fresh-for"),
        ("screen", "x.csv", "--patience"),
    ],
)
def test_a_duration_needs_a_unit(words: tuple[str, ...]) -> None:
    """Nobody's 400 days are taken for seconds; a number that may be a citizen's is not repeated."""
    with pytest.raises(Refusal) as refused:
        add_commands().parse_args([*words, "400"])
    assert str(refused.value) == "a duration without a unit: 400 what?"
    assert refused.value.next_step == (
        "Write 400d for days, 400h for hours, 400m for minutes, 400s for seconds."
    )
    for text in ("0", "1.5"):
        with pytest.raises(Refusal, match="what"):
            add_commands().parse_args([*words, text])
    with pytest.raises(Refusal) as refused:
        add_commands().parse_args([*words, CITIZEN])
    assert CITIZEN not in f"{refused.value}{refused.value.next_step}"
    assert "N what?" in str(refused.value)


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
@pytest.mark.parametrize(
    ("days", "told"),
    [
        (("foo",), "--start-date: not a date such as 2026-12-01 or 1/12/2026"),
        (("2026-13-01",), "--start-date: no such day on the calendar"),
        ((DAY, "1/13/2099"), "--start-date: no such day on the calendar"),
        (("2020-01-01", "1/2/2020"), "--start-date: in the past"),
    ],
)
def test_a_wrong_start_date_is_told_before_anything_is_read(
    tmp_path: Path, more: tuple[str, ...], days: tuple[str, ...], told: str
) -> None:
    """It would refuse every row; the result of before stays."""
    out = tmp_path / "out.csv"
    out.write_text("before")
    given = [word for day in days for word in ("--start-date", day)]
    done = run("screen", str(tmp_path / "not there.csv"), "-o", str(out), *given, *more)
    assert (done.code, done.out, out.read_text()) == (2, b"", "before")
    assert done.err.startswith(f"precontractual: {told}")
    assert "-> Give a day from today on" in done.err


def test_a_past_date_beside_another() -> None:
    """The others can be asked; and without a window it is the gateway's to say."""
    for words in (("--start-date", "1/1/2020", "--start-date", DAY), ("--start-date", "1/1/2020"), ()):
        arguments = add_commands().parse_args(["screen", "x.csv", *words, "--no-window-check"])
        refuse_the_past(arguments, date(2020, 1, 2))
        arguments.no_window_check = words == ("--start-date", "1/1/2020")
        refuse_the_past(arguments, date(2020, 1, 2))


@pytest.mark.parametrize(
    ("words", "named", "command"),
    [
        (("screen", "x.csv", "--colum=x"), "--colum (", "screen"),
        (("screen", "x.csv", "--dry-run", f"--x{CITIZEN}={CITIZEN}", "--y", CITIZEN), "--x***", "screen"),
        (("journal", "purge", "x.db", "--older-than", "9d", "--all"), "--all (", "journal purge"),
        (("verify", "--start-date", DAY, CITIZEN), "understood (a citizen's", "verify"),
    ],
)
def test_options_that_are_not_known_are_named(words: tuple[str, ...], named: str, command: str) -> None:
    """Their names, nothing else of them, and where to look."""
    done = run(*words)
    assert done.code == 2
    assert named in done.err
    assert f"-> See precontractual {command} --help." in done.err
    assert CITIZEN not in done.err


def test_without_settings_everything_missing_is_told_at_once(tmp_path: Path) -> None:
    """One error names every setting that is missing."""
    list_file = tmp_path / "list.csv"
    list_file.write_text(f"insz;start\n{CITIZEN};{DAY}\n")
    done = run("screen", str(list_file), "-o", str(tmp_path / "out.csv"))
    assert done.code == 2
    for name in ("ENVIRONMENT", "CLIENT_ID", "ENTERPRISE_NUMBER", "KEY_FILE (or PRIVATE_KEY)"):
        assert name in done.err


def test_verify(sandbox: RunningSandbox) -> None:
    """The number from standard input; the answer as text or JSON on standard output."""
    done = run(
        "verify", "--start-date", DAY, "--lang", "fr", given=b"07.01.01-899.01\n", variables=sandbox.variables
    )
    assert done.code == 0
    text = done.out.decode()
    assert "flexi-job : nok (conditions non remplies)" in text
    assert "heures restantes : 50" in text
    assert "bac à sable" in text
    done = run("verify", "--start-date", DAY, given=CITIZEN.encode(), variables=sandbox.variables)
    text = done.out.decode()
    assert "flexi-job: nok (conditions not met)" in text
    assert "hours remaining: 50" in text
    assert "Made-up answer of the sandbox" in text
    done = run(
        "verify", "--start-date", DAY, "--format", "json", given=CITIZEN.encode(), variables=sandbox.variables
    )
    told = json.loads(done.out)
    assert (told["student_status"], told["student_hours_remaining"]) == ("ok", 50)


@pytest.mark.parametrize(
    ("given", "day", "code", "told"),
    [
        (b"07010189902", DAY, 2, "check digits"),
        (b"", DAY, 2, "empty"),
        (b"\xff\xfe0", DAY, 2, "SSIN"),
        (CITIZEN.encode(), "2020-01-01", 2, "in the past"),
        (CITIZEN.encode(), "2099-01-01", 2, "can be asked from"),
        (SCENARIOS["notExisting"].encode(), DAY, 1, "the gateway does not know this SSIN"),
    ],
)
def test_verify_that_fails(sandbox: RunningSandbox, given: bytes, day: str, code: int, told: str) -> None:
    """A diagnosis and a next step, no traceback, no number."""
    done = run("verify", "--start-date", day, given=given, variables=sandbox.variables)
    assert done.code == code
    assert told in done.err
    assert "->" in done.err
    assert not given.strip() or given.decode(errors="replace").strip() not in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("given", "day", "code", "outcome"),
    [
        (CITIZEN, DAY, 0, "answered"),
        ("07010189902", DAY, 2, "refused"),
        (CITIZEN, "2020-01-01", 2, "refused"),
        (CITIZEN, "2099-01-01", 2, "deferred"),
        (SCENARIOS["notExisting"], DAY, 1, "rejected"),
    ],
)
def test_verify_tells_a_machine_whatever_came_of_it(
    sandbox: RunningSandbox, given: str, day: str, code: int, outcome: str
) -> None:
    """Always the names of a result, all of them."""
    words = ("verify", "--start-date", day, "--format", "json")
    done = run(*words, given=given.encode(), variables=sandbox.variables)
    assert done.code == code
    told = json.loads(done.out)
    assert list(told) == list(RESULT_COLUMNS)
    assert told["outcome"] == outcome
    assert told["reason"]
    assert told["next_step"]
    assert ("->" in done.err) is (code != 0)


def test_verify_tells_a_machine_what_is_not_known(sandbox: RunningSandbox) -> None:
    """Pending, with the reason."""
    variables = sandbox.variables | {"PRECONTRACTUAL_CLIENT_ID": "somebody_else"}
    words = ("verify", "--start-date", DAY, "--format", "json")
    done = run(*words, given=CITIZEN.encode(), variables=variables)
    told = json.loads(done.out)
    assert (done.code, told["outcome"]) == (4, "pending")
    assert "invalid_client" in told["reason"]
    assert told["flexi_status"] == ""


HOSTILE = "a\x1b[2Jb\x9b1mc\rd\ne\u202ef\u2066g\u200bh\x07i\ud800j\u2028k\x00l"


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_terminal_only_shows_what_the_gateway_says(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No text moves the cursor, begins a line that looks like ours, or turns the direction."""
    described = Description(("disclaimer",), None, Labels({"nl": HOSTILE + "\nflexi-job: ok"}))
    flexi = FlexiJob(Status.NOK, ("nok",), HOSTILE, (described,), (HOSTILE,))
    answer = Answer(flexi, StudentJob(Status.NOT_REQUESTED), HOSTILE, utc_now(), HOSTILE)
    query = Query(
        Ssin.parse(CITIZEN), date(2026, 12, 1), Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE))
    )
    _show(Answered(query, answer), argparse.Namespace(format=form, lang="nl"))
    shown = capsys.readouterr().out
    assert all(line.isprintable() for line in shown.split("\n"))
    if form == "json":
        assert json.loads(shown)["flexi_reference"] == HOSTILE
    else:
        assert [line[:10] for line in shown.splitlines() if "flexi-job" in line[:10]] == ["flexi-job:"]


def test_one_line_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Accents and other scripts stay; what is not shown is a blank, or a mark in its place."""
    for write in (say, tell):
        write("Renée 12\u00a0% 田中\t" + HOSTILE)
    told = capsys.readouterr()
    wanted = "Renée 12 % 田中 a�[2Jb�1mc d e�f�g�h�i�j k�l\n"
    assert (told.out, told.err) == (wanted, wanted)


def test_errors_and_the_log_only_show_too(tmp_path: Path) -> None:
    """A file's name, or whatever else comes into an error's text."""
    done = run("demo", "--candidates", "1", "-q", "-o", str(tmp_path / "c\x1b[2J.csv"))
    assert "\x1b" not in done.err
    assert "c\N{REPLACEMENT CHARACTER}[2J.csv" in done.err
    record = logging.LogRecord("x", logging.WARNING, "", 1, "said %s", ("a\x1b[2J\nb",), None)
    assert _OneLine("%(message)s").format(record) == "said a\N{REPLACEMENT CHARACTER}[2J b"


def test_screen_through_pipes(sandbox: RunningSandbox) -> None:
    """From standard input to standard output; the summary goes to standard error."""
    given = f"Naam;INSZ;Startdatum\r\nRenée;7010189901;{DAY}\r\nfout;123;{DAY}\r\n".encode("cp1252")
    done = run("screen", "-", "-o", "-", given=given, variables=sandbox.variables)
    assert done.code == 0
    first, second = rows_of(done.out)
    assert (first["Naam"], first["INSZ"], first["outcome"], first["student_status"]) == (
        "Renée",
        "7010189901",
        "answered",
        "ok",
    )
    assert second["outcome"] == "refused"
    assert "1 of 2 can start (" in done.err
    assert "line 3: column 'INSZ', SSIN: 3 digits" in done.err
    assert CITIZEN not in done.err


@pytest.mark.parametrize(
    ("language", "reason", "step"),
    [
        ("nl", "INSZ: 3 cijfers waar er 11 nodig zijn", "Verbeter de rij en vraag het opnieuw."),
        ("de", "ENSS: 3 Ziffern statt 11", "Berichtigen Sie die Zeile und fragen Sie erneut an."),
    ],
)
def test_the_result_speaks_the_offices_language(
    sandbox: RunningSandbox, language: str, reason: str, step: str
) -> None:
    """Sentences do; what a script looks at stays."""
    given = f"insz;startdatum\n123;{DAY}\n{CITIZEN};{DAY}\n".encode()
    done = run("screen", "-", "-o", "-", "--lang", language, given=given, variables=sandbox.variables)
    first, second = rows_of(done.out)
    assert (first["outcome"], first["reason"], first["next_step"]) == ("refused", reason, step)
    assert (second["outcome"], second["flexi_status"], second["student_status"]) == ("answered", "nok", "ok")
    assert run("screen", "-", "-o", "-", "--lang", "es", given=given).code == 2


def test_a_number_in_a_columns_name_is_not_shown(sandbox: RunningSandbox) -> None:
    """Data in place of a header, or beside its name: neither how the list was understood nor a refusal shows it."""
    given = f"INSZ ({CITIZEN});Startdatum ({CITIZEN})\n123;{DAY}\n{CITIZEN};gisteren\n"
    done = run("screen", "-", "-o", "-", given=given.encode(), variables=sandbox.variables)
    assert done.code == 0
    assert "line 2: column 'INSZ (***)', SSIN: 3 digits" in done.err
    assert "line 3: column 'Startdatum (***)', start date: " in done.err
    assert CITIZEN not in done.err


def test_a_row_with_a_thousand_cells_too_many_is_refused(sandbox: RunningSandbox) -> None:
    """With its reason, and nothing of it is lost; the others are asked."""
    given = f"insz;start\n{CITIZEN};{DAY}\n{CITIZEN};{DAY}{';' * 1001}x\n"
    done = run("screen", "-", "-o", "-", given=given.encode(), variables=sandbox.variables)
    assert done.code == 0
    assert "to correct, line 3: line 3 has more than 1,000 cells beyond the header" in done.err
    first, second = list(csv.DictReader(io.StringIO(done.out.decode()), delimiter=";"))
    assert (first["outcome"], second["outcome"]) == ("answered", "refused")
    assert set(first) == {"insz", "start", *RESULT_COLUMNS}
    assert cast("dict[None, list[str]]", second)[None] == [""] * 1000 + ["x"]


def test_long_rows_are_not_held_together() -> None:
    """As many as there may be, or fewer when they are long."""
    short, long = ((Row(1, ("",) * width), None) for width in (2, 30_000))
    groups = [len(group) for group in in_groups([short] * 1100 + [long] * 5)]
    assert groups == [500, 500, 102, 2, 1]
    odd = (Row(1, (), "bad", ("",) * 60_000), None)
    assert [len(group) for group in in_groups([odd, odd])] == [1, 1]


def test_the_date_column_is_one_that_the_list_has_not(sandbox: RunningSandbox) -> None:
    """A start date of the list's own, however its name is written, stays beside the one that was asked."""
    given = f"insz;Start Date\n{CITIZEN};soon\n"
    arguments = ("screen", "-", "-o", "-", "--start-date", DAY)
    done = run(*arguments, given=given.encode(), variables=sandbox.variables)
    (row,) = rows_of(done.out)
    assert (row["Start Date"], row["asked_start_date"], row["outcome"]) == ("soon", DAY, "answered")


def test_the_summary_as_json(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """For a machine on standard output; a blank cell does not ask for more than the option."""
    list_file = tmp_path / "list.csv"
    list_file.write_text(f"insz;start;type of worker\n{CITIZEN};{DAY};  \n123;{DAY};all\n")
    arguments = ("screen", str(list_file), "-o", str(tmp_path / "out.csv"), "--json", "--quiet")
    done = run(*arguments, "--type-of-worker", "flexiJob", variables=sandbox.variables)
    assert (done.code, done.err) == (0, "")
    told = json.loads(done.out)
    assert told["rows"] == {"answered": 1, "refused": 1}
    assert told["student"] == {"not_requested": 1}
    assert (told["calls"], told["stopped"]) == (1, None)
    assert (told["complete"], told["moves"]) == (1, {"employer": 1})


def test_quiet_is_silent_when_all_is_complete(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Not a word with exit 0, an edited list included; with another exit all that there is to say."""
    list_file = tmp_path / "list.csv"
    variables = sandbox.variables | {"PRECONTRACTUAL_JOURNAL_KEY_FILE": str(tmp_path / "keys" / "j.key")}
    arguments = (
        "screen",
        str(list_file),
        "-o",
        str(tmp_path / "out.csv"),
        "--journal",
        str(tmp_path / "j.db"),
    )
    for extra in ("", f"123;{DAY}\n"):
        list_file.write_text(f"insz;start\n{CITIZEN};{DAY}\n{extra}")
        done = run(*arguments, "-q", variables=variables)
        assert (done.code, done.out, done.err) == (0, b"", "")
    list_file.write_text(f"insz;start\n{SCENARIOS['bothOk']};{DAY}\n")
    variables |= {"PRECONTRACTUAL_CLIENT_ID": "somebody_else"}
    done = run(*arguments, "-q", variables=variables)
    assert done.code == 4
    assert "; 0 cannot; 1 not known\n" in done.err
    assert "stopped: " in done.err
    assert "next run: when that is mended, for 1 row" in done.err
    assert "no token: " not in done.err


def test_quiet_keeps_the_librarys_warnings_to_itself() -> None:
    """A retried outage is no reason for a mail when all is complete in the end; a log that is asked for is."""
    code = "import logging, sys\nfrom precontractual_async.cli import main\nmain(sys.argv[1:])\n"
    code += "logging.getLogger('precontractual_async').warning('the gateway asks for a pause')"
    for words, level, told in (("-q", "", False), ("-q", "warning", True), ("--json", "", True)):
        variables = clean_environment() | ({"PRECONTRACTUAL_LOG": level} if level else {})
        command = [sys.executable, "-c", code, "screen", "x.csv", "-o", "x.csv", words]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=variables)
        assert ("asks for a pause" in done.stderr) is told


def test_the_log_can_be_for_machines() -> None:
    """One JSON object a line; a word that means nothing is a mistake in the usage, and not repeated."""
    code = "import logging, sys\nfrom precontractual_async.cli import main\nmain(sys.argv[1:])\n"
    code += "logging.getLogger('precontractual_async').warning('the gateway asks for a pause')"
    command = [sys.executable, "-c", code, "screen", "x.csv", "-o", "x.csv"]
    variables = clean_environment() | {"PRECONTRACTUAL_LOG": "json"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=variables)
    told = json.loads(done.stderr.splitlines()[-1])
    assert (told["level"], told["message"]) == ("warning", "the gateway asks for a pause")
    refused = run("screen", "x.csv", "-o", "x.csv", variables=variables | {"PRECONTRACTUAL_LOG": "loudest"})
    assert refused.code == 2
    assert "LOG is none of debug" in refused.err
    assert "loudest" not in refused.err


def test_a_run_freezes_what_was_imported(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Once, before the first question: the collector leaves the modules alone for the rest of the run."""
    list_file = tmp_path / "list.csv"
    list_file.write_text(f"insz;start\n{CITIZEN};{DAY}\n")
    code = "import gc, sys\nfrom precontractual_async.cli import main\nmain(sys.argv[1:])\n"
    code += "print(gc.get_freeze_count(), len(gc.get_objects()))"
    command = [sys.executable, "-c", code, "screen", str(list_file), "-o", str(tmp_path / "out.csv")]
    variables = clean_environment() | sandbox.variables
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=variables)
    frozen, left = map(int, done.stdout.split())
    assert frozen > 10_000
    assert left < frozen / 2


MISTYPED = 7


def everything() -> str:
    """A list with every answer, typing mistakes, a date to come, and rows that wait for more than one."""
    numbers = [*SCENARIOS.values(), *generate_ssins(300, seed=2)]
    lines = [*(f"{number};{DAY}" for number in numbers), *[f"123;{DAY}"] * MISTYPED, f"{CITIZEN};1/1/2099"]
    return "insz;start\n" + "\n".join(lines) + "\n"


def test_whom_a_mandataries_list_is_asked_for(tmp_path: Path) -> None:
    """Where no column names the employers it is said, and what could name them too."""
    path = tmp_path / "list.csv"
    numbers = list(generate_ssins(3))
    lines = [
        f"{number};{DAY};BE 0403.123.486;{kind}"
        for number, kind in zip(numbers, ("flexi", "flexi", "?"), strict=True)
    ]
    path.write_text("\n".join(["insz;start;Dossier client;statuut", *lines]))
    with running_sandbox("--as", "mandatary") as sandbox:
        done = run(
            "screen", str(path), "-o", str(tmp_path / "out.csv"), "--lang", "en", variables=sandbox.variables
        )
    said = done.err.splitlines()
    assert said[0].endswith("; for the enterprise 0880.820.673")
    assert said[1].startswith("the column 'Dossier client' holds enterprise numbers and is not asked for")
    assert said[2].startswith("the column 'statuut' does not hold types of work alone")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("screen", "x.csv", "-o", "y.csv", "--start-date", "31/11/2026"), "geen bestaande dag"),
        (("screen", "x.csv", "-o", "y.csv", "--patience", "zz"), "--patience: een duur is een getal"),
        (("screen", "x.csv", "--foo"), "argumenten die niet begrepen worden: --foo"),
        (("screen",), "deze argumenten ontbreken"),
    ],
)
def test_what_is_typed_wrong_is_told_in_the_readers_language(
    words: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    """Also what is found before anything is understood of the rest."""
    (tmp_path / "x.csv").write_text("insz;start\n")
    done = run(*words, "--lang=nl", cwd=str(tmp_path))
    assert done.code == 2
    assert told in done.err


def test_a_result_of_no_format_is_told_those_that_are_written() -> None:
    with pytest.raises(InvalidList) as caught:
        format_of("result.pdf", is_result=True)
    assert "one of csv, jsonl, xlsx, parquet," in caught.value.next_step


def may_start(row: dict[str, str]) -> bool:
    """In one way, where nobody will ever know of the other."""
    has_hours = row["student_status"] == "ok" and row["student_hours_remaining"] != "0"
    is_final = "Final" in row["next_step"] and not re.search("Ask again|then ask again", row["next_step"])
    return is_final and (row["flexi_status"] == "ok" or has_hours)


def test_the_summary_accounts_for_every_row_once(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """For a person and for a machine: what is complete and what is waited for are all rows together."""
    list_file, out = tmp_path / "list.csv", tmp_path / "out.csv"
    list_file.write_text(everything())
    arguments = ("screen", str(list_file), "-o", str(out), "--rate", "400")
    done = run(*arguments, "--json", variables=sandbox.variables)
    told = json.loads(done.out)
    rows = rows_of(out.read_bytes())
    both = "Flexi: Ask again later. Student: Final: the gateway says nothing about a student job above 30."
    assert both in {row["next_step"] for row in rows}
    settled = {"ok", "nok"}
    complete = sum({row["flexi_status"], row["student_status"]} <= settled or may_start(row) for row in rows)
    assert told["complete"] == complete > 5
    assert set(told["moves"]) == {"employer", "citizen", "later", "nobody"}
    assert told["complete"] + sum(told["moves"].values()) == sum(told["rows"].values()) == len(rows)
    lines = run(*arguments, variables=sandbox.variables).err.splitlines()
    counts = [int(line.split()[1]) for line in lines if line.startswith("  -> ")]
    assert counts == [told["moves"][move] for move in ("employer", "citizen", "later", "nobody")]
    flexi = [row["flexi_status"] == "ok" for row in rows]
    student = [row["student_status"] == "ok" and row["student_hours_remaining"] != "0" for row in rows]
    some = sum(map(operator.or_, flexi, student))
    known = sum({row["flexi_status"], row["student_status"]} <= settled for row in rows)
    open_ones = sum(
        not {row["flexi_status"], row["student_status"]} <= settled and (is_flexi or is_student)
        for row, is_flexi, is_student in zip(rows, flexi, student, strict=True)
    )
    none = known - (some - open_ones)
    ways = f"{sum(flexi)} as flexi-jobber, {sum(student)} as student"
    first = f"{some} of {len(rows)} can start ({ways}); {none} cannot; {len(rows) - some - none} not known"
    assert first in lines
    assert len(lines[lines.index(first) :]) <= 12
    assert told["starts"] == {
        "some": some,
        "flexi": sum(flexi),
        "student": sum(student),
        "none": none,
        "not_known": len(rows) - some - none,
    }


@pytest.mark.parametrize(
    ("mistyped", "dates", "more"),
    [
        (2, 1, ""),
        (3, 1, " (and 1 line more)"),
        (4, 2, " (and 2 lines more)"),
    ],
)
def test_refusals_that_are_not_shown_are_counted(
    sandbox: RunningSandbox, mistyped: int, dates: int, more: str
) -> None:
    """Two are told; over several dates a line is one line."""
    given = "insz\n" + "123\n" * mistyped
    days = ("--start-date", DAY, "--start-date", "1/1/2099")[: 2 * dates]
    done = run("screen", "-", "-o", "-", *days, given=given.encode(), variables=sandbox.variables)
    lines = done.err.splitlines()
    refused = [line for line in lines if "to correct, line" in line]
    assert [line.partition(":")[0] for line in refused] == ["  to correct, line 2", "  to correct, line 3"]
    assert refused[1].endswith(f"11 are needed{more}")


def test_screen_json_lines_over_dates(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Several start dates repeat each row; the file is its owner's alone; a bad line is one bad row."""
    list_file, out = tmp_path / "list.jsonl", tmp_path / "out.jsonl"
    list_file.write_text(f'{{"ssin": {int(CITIZEN)}}}\noops\n')
    done = run(
        "screen",
        str(list_file),
        "-o",
        str(out),
        "--start-date",
        DAY,
        "--start-date",
        "1/1/2099",
        variables=sandbox.variables,
    )
    assert done.code == 0
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["outcome"] for line in lines] == ["answered", "deferred", "refused", "refused"]
    assert [line["start_date"] for line in lines] == [DAY, "1/1/2099"] * 2
    assert lines[0]["ssin"] == int(CITIZEN)
    assert lines[0]["student_hours_remaining"] == 50
    assert "student_hours_remaining" not in lines[1]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("content", "arguments", "told"),
    [
        ("naam\nx\n", (), "--citizen-column"),
        ("insz;niss;start\n1;2;3\n", (), "--citizen-column"),
        ("insz\n1\n", (), "--start-date"),
        ("", (), "empty"),
        ("insz;start\n1;2\n", ("--citizen-column", "nr"), "The columns are"),
        ("insz;start\n1;2\n", ("--rate", "fast"), "--rate is not a number"),
        ("insz;start\n1;2\n", ("--rate", "nan"), "--rate must lie between"),
    ],
)
def test_lists_that_cannot_be_understood(
    sandbox: RunningSandbox, tmp_path: Path, content: str, arguments: tuple[str, ...], told: str
) -> None:
    """Exit 2 with what to do, before any call is made; no output appears."""
    list_file, out = tmp_path / "list.csv", tmp_path / "out.csv"
    list_file.write_text(content)
    done = run("screen", str(list_file), "-o", str(out), *arguments, variables=sandbox.variables)
    assert done.code == 2
    assert told in done.err
    assert not out.exists()


def test_places_that_will_not_do(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """The list itself, a folder, a folder that is not there, no file at all: refused before the work."""
    list_file, pipe = tmp_path / "list.csv", tmp_path / "pipe"
    os.mkfifo(pipe)
    list_file.write_text(f"insz;start\n{CITIZEN};{DAY}\n")
    for place in (list_file, tmp_path, tmp_path / "no" / "out.csv", pipe):
        done = run("screen", str(list_file), "-o", str(place), "--format", "csv", variables=sandbox.variables)
        assert done.code == 2, place
    assert list_file.read_text().startswith("insz;start\n")
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_name_that_is_too_long_is_refused_before_the_work(tmp_path: Path) -> None:
    """The longest that the system takes will do; one more will not, and is not noticed at the end."""
    for length, fits in ((248, True), (255, True), (256, False)):
        place = str(tmp_path / ("o" * length))
        if fits:
            check_output("-", place)
            with writing(place) as file:
                file.file.write(b"new")
            assert Path(place).read_bytes() == b"new"
        else:
            with pytest.raises(InvalidList, match="File name too long"):
                check_output("-", place)
    assert sorted(len(path.name) for path in tmp_path.iterdir()) == [248, 255]


def test_a_place_where_no_file_can_be_made_is_refused_before_the_work(tmp_path: Path) -> None:
    """What counts is whether the partial file can be made, not what the rights of the folder say."""
    for place, said in ((Path("/proc/out.csv"), ""), (tmp_path / "no" / "out.csv", "No such file")):
        with pytest.raises(InvalidList, match=f"cannot be written there .*{said}") as refused:
            check_output("-", str(place))
        assert "-o" in refused.value.next_step
    check_output("-", str(tmp_path / "out.csv"))
    assert list(tmp_path.iterdir()) == []


def test_nobody_can_sit_on_the_partial_files_name(tmp_path: Path) -> None:
    """Folders and links with names like it are in nobody's way, and nothing is written through them."""
    out, victim = tmp_path / "out.csv", tmp_path / "victim"
    victim.write_bytes(b"theirs")
    with writing(str(out)) as file:
        file.file.write(b"old")
        (partial,) = (path for path in tmp_path.iterdir() if path.name.endswith(".partial"))
        assert stat.S_IMODE(partial.stat().st_mode) == 0o600
    (tmp_path / ".out.csv.partial").mkdir()
    partial.mkdir()
    partial.with_name(partial.name.replace(".partial", "x.partial")).symlink_to(victim)
    check_output("-", str(out))
    with writing(str(out)) as file:
        file.file.write(b"new")
    assert (out.read_bytes(), victim.read_bytes()) == (b"new", b"theirs")
    assert not [path for path in tmp_path.iterdir() if path.is_symlink()]


def test_a_result_that_was_kept_beside_goes_with_the_next_whole_one(tmp_path: Path) -> None:
    """It holds national numbers, and what is told in it is older."""
    out = tmp_path / "out.csv"
    out.write_bytes(b"good")
    for text in (b"less", b"little"):
        with writing(str(out), may_replace=lambda: False) as output:
            output.file.write(text)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "out.csv",
        "out.partial.csv",
        "out.partial2.csv",
    ]
    with writing(str(out)) as output:
        output.file.write(b"all")
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_a_partial_result_that_is_the_list_stays(tmp_path: Path) -> None:
    """Somebody corrected it: it is theirs now."""
    out, theirs = tmp_path / "out.csv", tmp_path / "out.partial.csv"
    theirs.write_bytes(b"corrected")
    with writing(str(out), source=str(theirs)) as output:
        output.file.write(b"all")
    assert theirs.read_bytes() == b"corrected"


def test_what_a_killed_run_left_is_taken_away(tmp_path: Path) -> None:
    """By the next that writes the same result, and by no other; one that is still at work is told."""
    out, other = str(tmp_path / "out.csv"), str(tmp_path / "other.csv")
    with pytest.raises(InvalidList, match="another run writes the same"), writing(out) as first:
        first.file.write(b"first")
        with writing(other) as file:
            file.file.write(b"other")
        assert len([path for path in tmp_path.iterdir() if path.name.endswith(".partial")]) == 1
        with writing(out) as second:
            second.file.write(b"second")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "out.csv": b"second",
        "other.csv": b"other",
    }


def test_a_folder_that_goes_away(tmp_path: Path) -> None:
    """What is told is the name that was given, and not one that nobody has seen."""
    out = tmp_path / "folder" / "out.csv"
    with pytest.raises(FileNotFoundError) as caught, writing(str(out)):
        pass
    assert caught.value.filename == str(out)


def test_an_interrupted_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old result stays, and no half of a new one."""

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "out.csv"
    out.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt), writing(str(out)) as file:
        file.file.write(b"new")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("out.csv", b"old")]


@pytest.mark.parametrize(("key", "code", "told"), [(b"\x03", 130, b"stopped"), (b"\x04", 2, b"empty")])
def test_a_prompt_that_is_left(sandbox: RunningSandbox, key: bytes, code: int, told: bytes) -> None:
    """Ctrl-C and Ctrl-D at the prompt for the number: one line, no traceback."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", ON_A_TERMINAL, "verify", "--start-date", DAY],
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=clean_environment() | sandbox.variables,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        assert os.read(ours, 100).startswith(b"SSIN")
        os.write(ours, key)
        assert process.stderr is not None
        said = process.stderr.read()
    os.close(ours)
    assert process.returncode == code
    assert told in said
    assert b"Traceback" not in said


def test_a_reader_that_went_away(tmp_path: Path) -> None:
    """``precontractual demo | true``: no complaint of the interpreter at the end; nobody has to hear the rest."""
    ours, theirs = os.pipe()
    os.close(ours)
    for gone, code in (("stdout", 1), ("stderr", 0)):
        done = subprocess.run(
            [*COMMAND, "demo", "--candidates", "10"],
            stdout=theirs if gone == "stdout" else subprocess.PIPE,
            stderr=theirs if gone == "stderr" else subprocess.PIPE,
            env=clean_environment(),
            cwd=tmp_path,
            check=False,
        )
        assert done.returncode == code
        assert b"BrokenPipe" not in (done.stderr or b"")
    os.close(theirs)


def test_refused_credentials_keep_the_rows(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Exit 4; the output is there with every row pending, and the error says where to look."""
    list_file, out = tmp_path / "list.csv", tmp_path / "out.csv"
    list_file.write_text("insz;start\n" + "".join(f"{n};{DAY}\n" for n in generate_ssins(50)))
    variables = sandbox.variables | {"PRECONTRACTUAL_CLIENT_ID": "somebody_else"}
    done = run("screen", str(list_file), "-o", str(out), variables=variables)
    assert done.code == 4
    assert "invalid_client" in done.err
    assert [row["outcome"] for row in rows_of(out.read_bytes())] == ["pending"] * 50


def test_the_doctor_in_an_outage() -> None:
    """Nothing of ours is wrong: it is to be run again later, as a batch would be."""
    with running_sandbox("--outage", "0:600") as sandbox:
        done = run("doctor", variables=sandbox.variables)
    assert done.code == 5
    assert "!!  gateway: the gateway answered 503\n    -> Run it again later" in done.out.decode()
    assert "API_URL" not in done.out.decode()


def test_nobody_at_home(tmp_path: Path) -> None:
    """Exit 5 when no gateway answers, from the doctor and from one verification: never a "no"."""
    key = tmp_path / "key.pem"
    with running_sandbox() as gone:
        key.touch(0o600)
        key.write_text(Path(gone.variables["PRECONTRACTUAL_KEY_FILE"]).read_text())
    variables = gone.variables | {"PRECONTRACTUAL_KEY_FILE": str(key)}
    done = run("doctor", variables=variables)
    assert (done.code, done.err) == (5, "")
    place = gone.url.removeprefix("http://")
    for what in ("gateway", "token"):
        whose = "the OAuth server: " if what == "token" else ""
        assert (
            f"!!  {what}: {whose}no connection to the server ({place}, without a proxy)\n"
            in done.out.decode()
        )
    assert "firewall" in done.out.decode()
    assert "set PROXY" in done.out.decode()


def test_the_doctor_names_the_way_through_a_proxy(sandbox: RunningSandbox) -> None:
    """Its host and port, never its password; where we went, and what to do."""
    with running_sandbox() as gone:
        place = gone.url.removeprefix("http://")
    more = {
        "PRECONTRACTUAL_API_URL": "https://gateway.invalid/api",
        "PRECONTRACTUAL_TOKEN_URL": "https://[2001:db8::1]:8443/token",
        "PRECONTRACTUAL_PROXY": f"http://somebody:hidden@{place}",
    }
    done = run("doctor", variables=sandbox.variables | more)
    told = done.out.decode()
    assert (done.code, done.err) == (5, "")
    assert f"no connection to the proxy (gateway.invalid:443, through the proxy {place})" in told
    assert f"no connection to the proxy ([2001:db8::1]:8443, through the proxy {place})" in told
    assert told.count("that the proxy of PROXY may go there") == 2
    assert "somebody" not in told
    assert "hidden" not in told


def test_the_doctor_tells_a_refused_token_once(sandbox: RunningSandbox) -> None:
    """Without the library's own line beside it, unless a log is asked for."""
    variables = sandbox.variables | {"PRECONTRACTUAL_CLIENT_ID": "somebody_else"}
    done = run("doctor", variables=variables)
    assert (done.code, done.err) == (4, "")
    assert done.out.decode().count("invalid_client") == 1
    done = run("doctor", variables=variables | {"PRECONTRACTUAL_LOG": "warning"})
    assert "no token: " in done.err


def test_exit_codes() -> None:
    """What a script can tell from the number."""
    codes = {
        CredentialsRefused("x"): 4,
        AccessDenied("x"): 2,
        InvalidSettings("x"): 2,
        BrokenAnswer("x"): 1,
        ListChanged("x"): 1,
        Paused(999, status=429, trace_id=None): 5,
    }
    assert {error: exit_code(error) for error in codes} == codes
    query = Query(
        Ssin.parse(CITIZEN), date(2026, 12, 1), Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE))
    )
    heard = Rejected(query, Problem(400))
    unavailable, broken = Pending(query, ServerError("x")), Pending(query, BrokenAnswer("x"))
    not_asked: list[Outcome] = [Refused(Candidate("x", "y"), ("no",)), Deferred(query, date(2027, 1, 1))]
    assert batch_exit([heard, *not_asked]) == 0
    assert batch_exit([heard, *not_asked], still_due=1) == 3
    assert batch_exit([heard, unavailable]) == 3
    assert batch_exit([*not_asked, unavailable]) == 5
    assert batch_exit([unavailable, broken]) == 3
    assert batch_exit([heard, unavailable], CredentialsRefused("x")) == 4
    assert batch_exit([heard, unavailable], GatewayDown("x")) == 5
    assert batch_exit([heard], JournalFailed("x")) == 1


def batch_exit(outcomes: list[Outcome], stopped_by: Fault | None = None, still_due: int = 0) -> int:
    told = BatchExit()
    for outcome in outcomes:
        told.see(outcome)
    return told.code(stopped_by, still_due)


def test_doctor(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """All is well; then a key that everybody can read, and one that is no key: each says what to do."""
    done = run("doctor", variables=sandbox.variables)
    assert done.code == 0
    assert [line[:4] for line in done.out.decode().splitlines()] == ["ok  "] * 5
    key = tmp_path / "key.pem"
    key.write_bytes(Path(sandbox.variables["PRECONTRACTUAL_KEY_FILE"]).read_bytes())
    key.chmod(0o644)
    done = run("doctor", variables=sandbox.variables | {"PRECONTRACTUAL_KEY_FILE": str(key)})
    assert done.code == 2
    assert "chmod" in done.out.decode()
    done = run("doctor", variables=sandbox.variables | {"PRECONTRACTUAL_ENTERPRISE_NUMBER": "0123456789"})
    assert done.code == 2
    assert "ENTERPRISE_NUMBER: the check digits" in done.out.decode()


@pytest.mark.parametrize("language", ["nl", "fr", "de"])
def test_what_only_looks_speaks_the_language_of_its_reader(
    sandbox: RunningSandbox, tmp_path: Path, language: str
) -> None:
    """Doctor, well and ill; the demo; a journal with all that it can hold: by --lang and by the locale."""
    locale = {"LC_ALL": f"{language}_BE.UTF-8"}
    nobody = {"PRECONTRACTUAL_API_URL": "http://127.0.0.1:1"}
    key = base64.b64encode(bytes(range(32))).decode()
    journal = str(Path(__file__).parent.parent / "journal" / "versions" / "2.db")
    shutil.copy(journal, tmp_path / "j.db")
    looked = [
        run("doctor", "--lang", language, variables=sandbox.variables),
        run("doctor", variables=sandbox.variables | nobody | locale),
        run("demo", "--lang", language, "--candidates", "60", "-o", str(tmp_path / "demo.csv")),
        run(
            *("journal", "status", str(tmp_path / "j.db")),
            variables={"PRECONTRACTUAL_JOURNAL_KEY": key, **locale},
        ),
    ]
    english = re.compile(
        r"\b(the|calls|answers|key:|settings|clock|agrees|without|check|set|when|one|each|candidate|whose"
        r"|distinct|questions, not|together|learned|written|rows?|complete: all)\b"
    )
    for done in looked:
        for line in (*done.out.decode().splitlines(), *done.err.splitlines()):
            assert not english.search(re.sub(r"https?://\S+|'[^']*'|--\w+", "", line)), line
    assert [done.code for done in looked] == [0, 5, 0, 0]


@pytest.mark.parametrize(("days", "code", "mark"), [(-1, 2, "!!"), (10, 0, "!!"), (400, 0, "ok")])
def test_the_doctor_looks_at_the_certificate(
    days: int, code: int, mark: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that has ended is a failure; one that ends within a month a warning."""
    key = SigningKey(cast("PrivateKey", None), "RS256", utc_now() + timedelta(days=days))
    (finding,) = check_certificate(key)
    tell_finding(finding)
    assert (exit_code(finding.error) if finding.error else 0) == code
    assert capsys.readouterr().out.startswith(mark)


@pytest.mark.parametrize(("seconds", "code", "mark"), [(0, 0, "ok"), (600, 2, "!!"), (-600, 2, "!!")])
def test_the_doctor_looks_at_the_clock(
    seconds: int, code: int, mark: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clock that is minutes off makes every assertion invalid: a failure, with what to do."""
    finding = check_clock(format_datetime(utc_now() + timedelta(seconds=seconds)))
    tell_finding(finding)
    assert (exit_code(finding.error) if finding.error else 0) == code
    assert capsys.readouterr().out.startswith(mark)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_and_keeps_the_answers(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    """The output is written with what is known; the rest is pending."""
    list_file, out = tmp_path / "list.csv", tmp_path / "out.csv"
    list_file.write_text("insz;start\n" + "".join(f"{n};{DAY}\n" for n in generate_ssins(2000)))
    with (
        running_sandbox("--limit", "100") as slow,
        subprocess.Popen(
            [*COMMAND, "screen", str(list_file), "-o", str(out)],
            stderr=subprocess.PIPE,
            env=clean_environment() | slow.variables,
            text=True,
        ) as process,
    ):
        try:
            assert process.stderr is not None
            assert process.stderr.readline() == "the list: citizen in 'insz'; start date in 'start'\n"
            # The first progress line: it is in the middle of its work. A line of the log may come before.
            assert any("of 2000 rows" in line for line in iter(process.stderr.readline, ""))
            process.send_signal(number)
            rest = process.stderr.read()
            assert process.wait(timeout=20) == code
        finally:
            process.kill()  # a test that fails leaves no process behind
    outcomes = [row["outcome"] for row in rows_of(out.read_bytes())]
    assert len(outcomes) == 2000
    assert outcomes.count("answered") > 300
    assert outcomes.count("pending") > 300
    assert "Traceback" not in rest


def test_demo(tmp_path: Path) -> None:
    """A newcomer's first command: made-up people, a table, a CSV, exit 0."""
    done = run("demo", "--candidates", "60", cwd=str(tmp_path))
    assert done.code == 0
    assert "whose move" in done.out.decode()
    rows = rows_of((tmp_path / "precontractual-demo.csv").read_bytes())
    assert {row["outcome"] for row in rows} >= {"answered", "deferred", "refused"}
    assert len(rows) == 61 * 3


def test_the_demos_table(tmp_path: Path) -> None:
    """Fits eighty columns; no row says what another says, or stands for two people; counts what is alike."""
    done = run("demo", "--candidates", "200", "-o", str(tmp_path / "out.csv"))
    lines = done.out.decode().splitlines()
    table = lines[: next(at for at, line in enumerate(lines) if " can start (" in line)]
    assert max(map(len, table)) <= 80
    _, titles, *kinds = table
    assert titles.split()[0] == "candidate"
    shown = [line for line in kinds if line.startswith("Kandidaat")]
    names = [line[:14].strip() for line in shown]
    said = [re.sub(r" [0-9]+h", "", line[14:75]) for line in shown]
    assert len(set(names)) == len(set(said)) == len(names) > 5
    asked = rows_of((tmp_path / "out.csv").read_bytes())
    assert set(names) <= {row["Kandidaat"] for row in asked}
    complete = next(line for line in kinds if " complete " in line)
    first = next(row for row in asked if complete.startswith(row["Kandidaat"] + " "))
    assert f"{first['flexi_status']}/{first['student_status']}" in complete
    moves = {line[60:75].strip() for line in shown}
    assert {"complete", "citizen", "nobody"} <= moves


def test_the_sandbox_leaves_no_key_behind() -> None:
    """Its key is its owner's alone while it runs, and gone afterwards."""
    with running_sandbox() as running:
        key = Path(running.variables["PRECONTRACTUAL_KEY_FILE"])
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert running.process.returncode == 0
    assert not key.parent.exists()


@pytest.mark.parametrize(
    ("code", "step"),
    [
        (errno.ENOSPC, "Make room"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "only be read"),
        (errno.EFBIG, "so large"),
        (errno.EACCES, "right to write"),
    ],
)
@pytest.mark.parametrize("name", [None, f"out-{CITIZEN}.csv"])
def test_each_refusal_of_the_system_has_its_next_step(code: int, step: str, name: str | None) -> None:
    """None says to make room where there is enough; no name with a number in it is shown."""
    said, told = _of_the_system(OSError(code, os.strerror(code), name))
    assert said.startswith(os.strerror(code))
    assert CITIZEN not in said
    assert step in told
    assert ("Make room" in told) is (code == errno.ENOSPC)
