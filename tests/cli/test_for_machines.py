"""What a machine reads of the command: one object on standard output, lines of JSON on standard error."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
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

from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import generate_ssins

DAY = StartDateWindow.at(utc_now()).last.isoformat()
JSON = {"PRECONTRACTUAL_LOG": "info json"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


def listed(folder: Path, count: int = 5) -> Path:
    path = folder / "list.csv"
    path.write_text("insz\n" + "\n".join([*generate_ssins(count, seed=4), "123"]) + "\n")
    return path


def understood(done: Done) -> dict[str, object]:
    """The one object; and every line beside it is another."""
    for line in done.err.splitlines():
        assert {"at", "level", "message"} <= json.loads(line).keys()
    (line,) = done.out.decode().splitlines()
    told = json.loads(line)
    assert told["exit_code"] == done.code
    return dict(told)


@pytest.mark.parametrize(
    ("words", "variables", "code", "says"),
    [
        ((), {}, 0, ""),
        (("--dry-run",), {}, 0, ""),
        (("--dry-run", "--citizen-column", "x"), {}, 2, ""),
        (("--no-such-option",), {}, 2, "--no-such-option"),
        (("--citizen-column", "x"), {}, 2, "no column 'x'"),
        (("--journal", "no/folder/j.db"), {}, 2, "the folder of the journal is not there"),
        (("--rate", "fast"), {}, 2, "--rate is not a number"),
        ((), {"PRECONTRACTUAL_CLIENT_ID": ""}, 2, "CLIENT_ID is not set"),
        ((), {"PRECONTRACTUAL_CLIENT_ID": "somebody_else"}, 4, ""),
    ],
)
def test_however_it_ends(
    sandbox: RunningSandbox,
    tmp_path: Path,
    words: tuple[str, ...],
    variables: dict[str, str],
    code: int,
    says: str,
) -> None:
    """A summary where there was a run, an error where there was none."""
    out = tmp_path / "out.csv"
    given = ("screen", str(listed(tmp_path)), "-o", str(out), "--start-date", DAY, "--json", *words)
    done = run(*given, variables=sandbox.variables | JSON | variables, cwd=str(tmp_path))
    assert done.code == code, done.err
    told = understood(done)
    if says:
        error = told["error"]
        assert isinstance(error, dict)
        assert says in error["diagnosis"]
        assert error["next_step"]


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    """Nothing was begun: the object says why."""
    done = run("screen", "none.csv", "-o", "out.csv", "--json", variables=JSON, cwd=str(tmp_path))
    assert done.code == 2
    assert understood(done).keys() == {"error", "exit_code"}


def test_an_outage(tmp_path: Path) -> None:
    """Exit 5 has its summary."""
    with running_sandbox("--outage", "0:1000") as sandbox:
        more = {"PRECONTRACTUAL_PATIENCE": "0", "PRECONTRACTUAL_CONCURRENCY": "1"}
        given = (
            "screen",
            str(listed(tmp_path, 60)),
            "-o",
            str(tmp_path / "out.csv"),
            "--start-date",
            DAY,
            "--json",
        )
        done = run(*given, variables=sandbox.variables | JSON | more)
    assert done.code == 5
    assert understood(done)["stopped"]


ASKING_ONCE = """
import sys
from precontractual_async.cli import main
from precontractual_async.settings.settings import RetryPolicy

RetryPolicy.__init__.__kwdefaults__["attempts"] = 1  # eight take half a minute
sys.exit(main())
"""


def test_rows_without_an_answer(tmp_path: Path) -> None:
    """Exit 3: every row was asked, and some met nothing but errors."""
    given = ("screen", str(listed(tmp_path, 60)), "-o", str(tmp_path / "out.csv"), "--start-date", DAY)
    with running_sandbox("--error-share", "0.3") as sandbox:
        done = subprocess.run(
            [sys.executable, "-c", ASKING_ONCE, *given, "--json"],
            capture_output=True,
            env=clean_environment() | sandbox.variables | JSON,
            check=False,
        )
    assert done.returncode == 3
    assert understood(Done(done.returncode, done.stdout, done.stderr.decode()))["still_due"]


def test_a_result_that_finds_no_room(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Exit 1: nothing can be written to standard output, and the object is on the other."""
    given = [*COMMAND, "screen", str(listed(tmp_path)), "-o", "-", "--start-date", DAY, "--json"]
    with Path("/dev/full").open("wb") as full:
        environ = clean_environment() | sandbox.variables | JSON
        done = subprocess.run(given, stdout=full, stderr=subprocess.PIPE, env=environ, check=False)
    assert done.returncode == 1
    told = [json.loads(line) for line in done.stderr.splitlines()]
    (error,) = [each for each in told if "exit_code" in each]
    assert error["exit_code"] == 1
    assert error["error"]["diagnosis"].startswith("No space left")


def test_the_result_on_standard_output(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Then the object is on the other, among the lines of the log."""
    given = ("screen", str(listed(tmp_path)), "-o", "-", "--start-date", DAY, "--json")
    done = run(*given, variables=sandbox.variables | JSON)
    assert done.code == 0
    assert b"outcome" in done.out
    assert json.loads(done.err.splitlines()[-1])["exit_code"] == 0


def test_interrupted(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Ctrl-C ends it with what is known, and its object."""
    variables = sandbox.variables | JSON | {"PRECONTRACTUAL_RATE": "20"}
    words = (
        "screen",
        str(listed(tmp_path, 400)),
        "-o",
        str(tmp_path / "out.csv"),
        "--start-date",
        DAY,
        "--json",
    )
    command = [*COMMAND, *words]
    environment = clean_environment() | variables

    def has_asked() -> bool:
        with urllib.request.urlopen(f"{sandbox.url}/_sandbox/statistics") as reply:
            return bool(json.load(reply)["calls"] > before)

    with urllib.request.urlopen(f"{sandbox.url}/_sandbox/statistics") as reply:
        before = json.load(reply)["calls"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        while_it_runs(process, has_asked)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    told = understood(Done(process.returncode, out, err.decode()))
    assert (process.returncode, told["signal"]) == (130, signal.SIGINT)
