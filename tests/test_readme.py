"""The README tells the truth: its code runs, its tables are the program's."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

import precontractual_async
from precontractual_async import errors
from precontractual_async.cli.exits import (
    COMPLETE,
    CREDENTIALS_REFUSED,
    FAILURE,
    GATEWAY_UNAVAILABLE,
    ROWS_PENDING,
    USAGE,
)
from precontractual_async.cli.options import add_commands
from precontractual_async.configuration import KEY_VARIABLES, VARIABLES
from precontractual_async.sandbox import Kind, Sandbox
from precontractual_async.tables.results import RESULT_COLUMNS

_T = TypeVar("_T")

ROOT = Path(precontractual_async.__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
CODE = [text for kind, text in BLOCKS if kind == "python"]
COMMANDS = [text.strip() for kind, text in BLOCKS if kind == "sh"]


def _with_a_sandbox(run: Callable[[], _T], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> _T:
    async def main() -> _T:
        async with Sandbox(limit=None) as sandbox:
            key = tmp_path / "key.pem"
            key.touch(0o600)
            key.write_text(sandbox.private_key_pem)
            for name, value in sandbox.variables(Kind.EMPLOYER, key).items():
                monkeypatch.setenv(name, value)
            return await asyncio.to_thread(run)  # in a thread: it runs a loop of its own

    return asyncio.run(main())


def test_the_code_on_the_first_screen_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As it stands, its last line included: one and many, with settings from the environment."""
    _with_a_sandbox(partial(exec, CODE[0], {}), monkeypatch, tmp_path)
    first, *others = capsys.readouterr().out.splitlines()
    assert first == "nok 50"
    zero, one, two = sorted(others)
    assert (zero, one) == ("0 ok employer", "1 nok nobody")
    assert two.startswith("2 Refused(")


def test_the_telemetry_comes_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As it stands, on standard output: the verification, both requests, and what was counted; no number."""
    command = [sys.executable, "-c", CODE[2]]
    run = partial(subprocess.run, command, capture_output=True, text=True, check=True)
    told = _with_a_sandbox(run, monkeypatch, tmp_path).stdout
    for name in ("GET /", "POST /", "precontractual.verification", "http.client.request.duration"):
        assert f'"name": "{name}' in told
    assert '"precontractual.student_job.status": "ok"' in told
    assert "07010189901" not in told


def test_the_integration_test_runs(pytester: pytest.Pytester) -> None:
    """By pytest, with the setting that stands before it and nothing else."""
    (setting,) = (text for kind, text in BLOCKS if kind == "toml")
    pytester.makepyprojecttoml(setting)
    pytester.makepyfile(CODE[1])
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_commands_are_run_by_ci_or_by_tests() -> None:
    """Installing, the demo and the tests by .ci/run; screen and sandbox by the tests of the command."""
    ci = (ROOT / ".ci" / "run").read_text()
    assert COMMANDS[0] == "pip install '.[cli]' && precontractual demo"
    assert "pip install -q '.[cli]' && (cd \"$work\" && time precontractual demo)" in ci
    assert COMMANDS[1] == "pip install -e '.[test]' && pytest"
    assert "pip install -q -e '.[test]' && pytest" in ci
    place = "/var/lib/precontractual/nightly.db"
    assert COMMANDS[2:] == [
        "precontractual screen candidates.csv -o results.csv",
        f"precontractual screen candidates.csv -o results.csv --journal {place}",
        f"precontractual journal status {place}\nprecontractual journal purge {place} --older-than 400d",
        "precontractual sandbox",
    ]
    timed = re.findall(r"precontractual screen \S+ -o .* -q$", README, re.MULTILINE)
    assert len(timed) == 2
    for command in (*COMMANDS[2:], *timed):
        for line in command.splitlines():
            add_commands().parse_args(line.split()[1:])
    assert "python benchmarks/compare.py" in ci


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_tables_are_the_programs() -> None:
    """Settings, columns and exit codes: none is missing, none is made up."""
    settings = set(
        re.findall(r"`([A-Z_]+)`", "".join(re.findall(r"^\|[^|]+\|", section("Settings"), re.MULTILINE)))
    )
    assert settings == {*VARIABLES, *KEY_VARIABLES, "LOG"}
    columns = re.findall(r"^\| (`[^|]+) \|", section("A list"), re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", "".join(columns))) == set(RESULT_COLUMNS)
    codes = {int(code) for code in re.findall(r"^\| (\d)[ ,]", section("A list"), re.MULTILINE)}
    assert codes == {COMPLETE, FAILURE, USAGE, ROWS_PENDING, CREDENTIALS_REFUSED, GATEWAY_UNAVAILABLE}


def test_the_faults_are_ours() -> None:
    """Every error that the table names exists."""
    named = set(re.findall(r"`([A-Z][a-z]+[A-Z]\w+|Paused|Unavailable)`", section("What happens when...")))
    assert named <= {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert len(named) >= 10
