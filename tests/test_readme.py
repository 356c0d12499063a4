"""The README tells the truth: its code runs, its tables are the program's."""

from __future__ import annotations

import asyncio
import base64
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, TypeVar, cast

import pandas as pd
import polars as pl
import pytest
import yaml  # type: ignore[import-untyped]
from attrs import evolve, fields
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from support.command import run
from support.journals import KEY
from support.numbers import CITIZEN, ENTERPRISE, enterprises
from support.readme import BLOCKS, CODE, FIRST, FOLDER, GUIDES

import precontractual_async
from precontractual_async import (
    Candidate,
    Credentials,
    EnterpriseNumber,
    PrecontractualClient,
    RetryPolicy,
    StartDateWindow,
    load_settings,
)
from precontractual_async.batch.exits import (
    COMPLETE,
    CREDENTIALS_REFUSED,
    FAILURE,
    GATEWAY_UNAVAILABLE,
    ROWS_PENDING,
    USAGE,
)
from precontractual_async.batch.outlook import sentences
from precontractual_async.calls.session import utc_now
from precontractual_async.cli.dryrun import look_ahead
from precontractual_async.cli.options import add_commands
from precontractual_async.journal.list_snapshots import QuestionState
from precontractual_async.journal.store import Store
from precontractual_async.protocol.keys import SigningKey
from precontractual_async.sandbox import SCENARIOS, Faults, Kind, Sandbox, generate_ssins
from precontractual_async.sandbox.faults import BROKEN, REJECTIONS
from precontractual_async.settings.loading import KEY_VARIABLES, VARIABLES
from precontractual_async.tables import FORMATS
from precontractual_async.tables.formats import archive, parquet
from precontractual_async.tables.formats import sheet_cells as sheetcells
from precontractual_async.tables.formats import workbook_reader as unfolded
from precontractual_async.tables.results import RESULT_COLUMNS

_T = TypeVar("_T")

ROOT = Path(precontractual_async.__file__).parent.parent
TESTS = [text for text in CODE if "def test_" in text]
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


async def test_frames_go_in_and_come_out(pem: str) -> None:
    """By the lines that stand there, in both libraries."""
    (block,) = (text for text in CODE if "import pandas" in text)
    names: dict[str, Any] = {}
    exec(block, names)  # noqa: S102 (our own)
    day = StartDateWindow.at(utc_now()).last
    async with Sandbox(private_key_pem=pem) as sandbox, PrecontractualClient(sandbox.settings()) as client:
        frame = pd.DataFrame({"naam": ["Jan"], "nummer": [7010189901], "vanaf": [pd.Timestamp(day)]})
        told = await names["with_pandas"](client, frame)
        assert told[["naam", "student_hours_remaining"]].values.tolist() == [["Jan", 50]]
        told = await names["with_polars"](client, pl.DataFrame({"insz": ["07010189901", None]}), day)
        assert told["start_date"].to_list() == [day, day]
        assert told["student_hours_remaining"].to_list() == [50, None]


async def test_each_employer_is_told_its_own(pem: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By the lines that stand there, for a mandatary; and no citizen's number."""
    (block,) = (text for text in CODE if "for_each_employer" in text)
    names: dict[str, Any] = {}
    exec(block, names)  # noqa: S102 (our own)
    day = StartDateWindow.at(utc_now()).last
    first, second = map(EnterpriseNumber.parse, sorted(enterprises(2)))
    both, neither = SCENARIOS["bothOk"], SCENARIOS["neither"]
    rows = ((both, first), (neither, first), (both, second), ("123", ""), (both, "12"))
    candidates = [Candidate(number, day, employer) for number, employer in rows]
    async with Sandbox(private_key_pem=pem) as sandbox, sandbox.client(Kind.PROVIDER) as client:
        await names["for_each_employer"](client, candidates)
    told = capsys.readouterr().out
    assert told.splitlines() == [
        f"{first.written}: 1 of 2 can start (1 as flexi-jobber, 1 as student); 1 cannot; 0 not known; 2 citizens",
        f"{second.written}: 1 of 1 can start (1 as flexi-jobber, 1 as student); 0 cannot; 0 not known; 1 citizens",
        "0880.820.673: 0 of 1 can start (0 as flexi-jobber, 0 as student); 0 cannot; 1 not known; 0 citizens",
        "whose employer is unknown: 1",
    ]
    assert not [number for number in (both, neither) if number in told]


def test_the_telemetry_comes_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As it stands, on standard output: the verification, both requests, and what was counted; no number."""
    (block,) = (text for text in CODE if "OpenTelemetryObserver" in text)
    command = [sys.executable, "-c", block]
    run = partial(subprocess.run, command, capture_output=True, text=True, check=True)
    told = _with_a_sandbox(run, monkeypatch, tmp_path).stdout
    for name in ("GET /", "POST /", "precontractual.verification", "http.client.request.duration"):
        assert f'"name": "{name}' in told
    assert '"precontractual.student_job.status": "ok"' in told
    assert "07010189901" not in told


def test_the_integration_tests_run(pytester: pytest.Pytester) -> None:
    """By pytest, with the setting that stands before them and nothing else."""
    (setting,) = (text for kind, text in BLOCKS if kind == "toml")
    pytester.makepyprojecttoml(setting)
    pytester.makepyfile(**{f"test_{number}": text for number, text in enumerate(TESTS)})
    pytester.runpytest_subprocess().assert_outcomes(passed=len(SCENARIOS) + 3)


def test_what_the_sandbox_has_is_there() -> None:
    """Every name of its table, and of the faults each one."""
    text, _, upcoming = GUIDES["sandbox"].partition("| `faults.upcoming")
    table = re.findall(r"^\| (`\w.+) \| (.+) \|$", text, re.MULTILINE)
    names = {name for names, _ in table[1:] for name in re.findall(r"`(\w+)", names)}
    assert {"client", "population", "faults", "retry"} <= names <= set(dir(Sandbox(port=9)))
    (faults,) = (text for names, text in table if names == "`faults`")
    assert set(re.findall(r"`(\w+)`", faults)) == {each.name for each in fields(Faults) if each.init}
    named = set(re.findall(r'"(\w+)"', upcoming.partition("\n\n")[0]))
    assert named == {*REJECTIONS, *BROKEN}


async def test_a_key_that_stays_elsewhere() -> None:
    """The README's signer and its sidecar, with settings that hold no key."""
    told: dict[str, Any] = {}
    exec(next(text for text in CODE if "class Kms" in text), told)  # noqa: S102 (our own)
    async with Sandbox(limit=None) as sandbox:
        whole = sandbox.settings()
        client_id = whole.credentials.client_id
        key = serialization.load_pem_private_key(sandbox.private_key_pem.encode(), None)
        signing = SigningKey(cast(RSAPrivateKey, key), "RS256")

        async def ask() -> tuple[str, float]:
            async with PrecontractualClient(whole, signer=signing) as other:
                return (await other._session.bearer()).value, 300.0

        settings = evolve(whole, credentials=Credentials(client_id=client_id))
        for client in told["clients"](settings, told["Kms"](key), told["Sidecar"](ask)):
            async with client:
                answer = await client.verify("07010189901", StartDateWindow.at(utc_now()).last)
            assert answer.flexi_job.status.value == "nok"
        assert sandbox.oauth.requests == 2


def test_what_a_dry_run_shows(tmp_path: Path) -> None:
    """As it stands, on the day of the examples."""
    path = tmp_path / "candidates.csv"
    path.write_text(a_list(), "cp1252")
    arguments = add_commands().parse_args(["screen", str(path), "--dry-run"])
    outlook = look_ahead(arguments, {}, datetime(2026, 11, 24, 9, tzinfo=UTC))
    (shown,) = (text for kind, text in BLOCKS if kind == "text" and text.startswith("list: "))
    assert "\n".join(sentences(outlook)) + "\n" == shown


def a_list() -> str:
    """Some 400 candidates with a few mistakes."""
    lines = ["Naam;INSZ;Startdatum"]
    for line, digits in enumerate(generate_ssins(430), 2):
        number = (
            digits[:-2] + f"{(int(digits[-2:]) + 1) % 98:02}" if line % 40 == 0 and line <= 440 else digits
        )
        day = {7: "12/15/2026", 80: "12/24/2026"}.get(line, "1/6/2027" if line % 70 == 3 else "15/12/2026")
        lines.append(f"Renée {line};{number};{day}")
    lines.append(lines[1])
    return "\n".join(lines) + "\n"


async def test_the_task_of_a_queue(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The README's recipe, with its broker in memory: a message names a row, and the answer is kept."""
    day = StartDateWindow.at(utc_now()).last

    class Starters:
        kept: ClassVar[dict[int, Any]] = {}

        async def find(self, starter: int) -> tuple[str, object]:
            return ("07010189901", day) if starter == 7 else ("123", day)

        async def keep(self, starter: int, answer: object) -> None:
            self.kept[starter] = answer

    async with Sandbox(limit=None) as sandbox:
        key = tmp_path / "key.pem"
        key.touch(0o600)
        key.write_text(sandbox.private_key_pem)
        for name, value in sandbox.variables(Kind.EMPLOYER, key).items():
            monkeypatch.setenv(name, value)
        (tmp_path / "recipe.py").write_text(next(text for text in CODE if "InMemoryBroker" in text))
        monkeypatch.syspath_prepend(tmp_path)
        recipe: Any = import_module("recipe")
        broker = recipe.broker
        broker.state.starters = Starters()
        broker.is_worker_process = True
        await broker.startup()
        results = [await (await recipe.verify.kiq(starter)).wait_result(timeout=10) for starter in (7, 8)]
        await broker.shutdown()
        assert [result.return_value for result in results] == [
            "nok",
            "employer: SSIN: 3 digits where 11 are needed",
        ]
        assert list(Starters.kept) == [7]
        assert sandbox.ledger.calls == 1


def test_the_recipes_commands_are_ours() -> None:
    """Of the CronJob and of Airflow: each is one that the command understands."""
    (text,) = (text for kind, text in BLOCKS if kind == "yaml")
    job = yaml.safe_load(text)
    assert (job["kind"], job["spec"]["concurrencyPolicy"]) == ("CronJob", "Forbid")
    pod = job["spec"]["jobTemplate"]["spec"]
    (rule,) = pod["podFailurePolicy"]["rules"]
    (container,) = pod["template"]["spec"]["containers"]
    assert rule["onExitCodes"]["containerName"] == container["name"]
    assert set(rule["onExitCodes"]["values"]) == {USAGE, ROWS_PENDING, CREDENTIALS_REFUSED}
    operator = next(text for text in CODE if "BashOperator" in text)
    compile(operator, "README.md", "exec")
    assert f"skip_on_exit_code={ROWS_PENDING}," in operator
    (line,) = re.findall(r'bash_command="(.*)"', operator)
    for command in (container["args"], line.split()):
        assert command[0] == "precontractual"
        assert add_commands().parse_args(command[1:]).command == "screen"


ABOUT_THE_JOURNAL = [each for each in COMMANDS if each.startswith("precontractual journal ")]


def test_the_commands_are_run_by_ci_or_by_tests() -> None:
    """Installing, the demo and the tests by .ci/run; screen and sandbox by the tests of the command."""
    ci = (ROOT / ".ci" / "run").read_text()
    assert COMMANDS[0] == "pip install '.[cli]' && precontractual demo"
    assert "pip install -q '.[cli]' && (cd \"$work\" && time precontractual demo)" in ci
    assert COMMANDS[1] == "pip install '.[console]' && precontractual console --demo"
    assert "pip install -q '.[console]' && (cd \"$work\" && BROWSER=true timeout" in ci
    assert COMMANDS[2] == "pip install -e '.[test]' && pytest -n auto"
    assert "pip install -q -e '.[test]' && pytest -n auto" in ci
    place = "/var/lib/precontractual/nightly.db"
    screening, report = (
        "precontractual screen candidates.csv -o results.csv",
        f"precontractual report {place}",
    )
    assert COMMANDS[3:] == [
        screening,
        f"{screening} --journal {place}\n{report} -o report.html",
        "precontractual sandbox",
        f"{screening} --journal {place}",
        f"{screening} --journal {place} --metrics /var/lib/node_exporter/precontractual.prom",
        *ABOUT_THE_JOURNAL,
        f"{report} -o report.html",
        f"{screening} --journal {place} --changes changes.xlsx --hours-below 50",
        f"precontractual changes {place}\nprecontractual changes {place} --since 20/11/2026 "
        "--list candidates.csv -o changes.xlsx",
        f"precontractual screen candidates.csv -o results-{{enterprise}}.xlsx --split-by represented "
        f"--journal {place}\n{report} -o bakery.html --represented 0880820673",
        "precontractual console",
        *(screening, "precontractual screen candidates.csv --dry-run"),
        "precontractual sandbox",
        "precontractual --print-completion bash > ~/.local/share/bash-completion/completions/precontractual",
        f"{screening} --journal {place} --dask local:4",
        f"OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 {screening}",
    ]
    for command in COMMANDS[3:]:
        for line in command.splitlines():
            if "--print-completion" not in line:  # tests/cli/test_completion.py
                add_commands().parse_args(line.partition("precontractual ")[2].split())
    assert "python benchmarks/compare.py" in ci


def test_the_journal_is_looked_after(tmp_path: Path) -> None:
    """By the commands as they stand, one after the other."""
    place = tmp_path / "journal" / "nightly.db"
    place.parent.mkdir()
    place.write_bytes((ROOT / "tests" / "journal" / "versions" / "2.db").read_bytes())
    variables = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode()}
    commands = "\n".join(ABOUT_THE_JOURNAL).replace("/var/lib/precontractual/nightly.db", str(place))
    for line in commands.replace("/etc/precontractual", str(tmp_path / "keys")).splitlines():
        done = run(*line.split()[1:], given=CITIZEN.encode(), variables=variables, cwd=str(tmp_path))
        assert (done.code, done.err) == (0, "")


def test_the_report_is_made(tmp_path: Path) -> None:
    """By its command as it stands, with a place for the journal that is there."""
    place = tmp_path / "journal" / "nightly.db"
    place.parent.mkdir()
    place.write_bytes((ROOT / "tests" / "journal" / "versions" / "2.db").read_bytes())
    (command,) = (each for each in COMMANDS if each.startswith("precontractual report "))
    words = command.replace("/var/lib/precontractual/nightly.db", str(place)).split()[1:]
    variables = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode()}
    assert run(*words, variables=variables, cwd=str(tmp_path)).code == 0
    assert "What to do now" in (tmp_path / "report.html").read_text()
    ci = (ROOT / ".ci" / "run").read_text()
    assert "pip install -q '.[report]'" in ci
    assert "pytest -m browser" in ci


async def test_changes_are_told_again_in_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands there, of a list that two nights told."""
    monkeypatch.chdir(tmp_path)
    (block,) = (text for text in CODE if "kept.changes(" in text)
    names: dict[str, Any] = {}
    exec(block, names)  # noqa: S102 (our own)
    path = tmp_path / "j.db"
    with closing(Store(path, KEY)) as store:
        for night, word in enumerate(("no_grant/ok", "ok/ok")):
            told = QuestionState(
                word, 400, 400, (CITIZEN, "2026-12-01", ENTERPRISE, "all"), steps=("Correct it.",)
            )
            store.lists.begin(str(tmp_path / "candidates.csv"))
            store.lists.note(str(tmp_path / "candidates.csv"), [(b"one", told)])
            store.lists.finish(str(tmp_path / "candidates.csv"), datetime(2026, 11, 20 + night, tzinfo=UTC))
    assert await names["moves"](path, KEY, date(2026, 11, 21)) == {
        CITIZEN: "no_grant/ok -> ok/ok: Correct it."
    }


def section(guide: str, title: str) -> str:
    return GUIDES[guide].partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_settings_that_matter(tmp_path: Path) -> None:
    """Ten, which can be read as they stand: the numbers are the defaults."""
    (text,) = (text for text in re.findall(r"```ini\n(.*?)```", FIRST, re.DOTALL))
    settings = dict(line.split("=") for line in text.splitlines() if not line.startswith("#"))
    assert len(settings) == 10
    key = tmp_path / "key.pem"
    key.touch(0o600)
    key.write_text("made up")
    del settings["PRECONTRACTUAL_KEY_PASSWORD_FILE"]
    told = load_settings(settings | {"PRECONTRACTUAL_KEY_FILE": str(key)})
    assert told.caller.enterprise_number.digits == ENTERPRISE
    default = fields(type(told))
    assert (told.rate, told.concurrency) == (default.rate.default, default.concurrency.default)
    assert told.attempt_timeout == default.attempt_timeout.default
    assert told.retry == RetryPolicy()


def test_the_tables_are_the_programs() -> None:
    """Settings, columns and exit codes: none is missing, none is made up."""
    rows = re.findall(r"^\|[^|]+\|", GUIDES["settings"], re.MULTILINE)
    settings = set(re.findall(r"`([A-Z_]+)`", "".join(rows)))
    assert settings == {*VARIABLES, *KEY_VARIABLES, "LOG"}
    columns = re.findall(r"^\| (`[^|]+) \|", section("lists", "The result"), re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", "".join(columns))) == set(RESULT_COLUMNS)
    codes = {int(code) for code in re.findall(r"^\| (\d)[ ,]", GUIDES["lists"], re.MULTILINE)}
    assert codes == {COMPLETE, FAILURE, USAGE, ROWS_PENDING, CREDENTIALS_REFUSED, GATEWAY_UNAVAILABLE}


def test_the_formats_are_the_programs() -> None:
    """Each has its row, and tells whether a result is written in it, which extra it needs, and its limits."""
    rows = re.findall(r"^\| (`.*) \| yes \| (yes|no) \| (.*?) ?\| (.+) \|$", GUIDES["lists"], re.MULTILINE)
    told = {name: row[1:3] for row in rows for name in re.findall(r"`(\w+)`", row[0])}
    known = {
        name: ("yes" if each.writer else "no", f"`{each.extra}`" if each.extra else "")
        for name, each in FORMATS.items()
    }
    assert told == known
    for kind in known:
        assert add_commands().parse_args(["screen", "x", "-o", "y", "--format", kind]).format == kind
    limits = " ".join(row[3] for row in rows)
    for limit in (
        unfolded.MOST_CELLS,
        archive.MOST_UNPACKED >> 20,
        sheetcells.MOST_ROWS - 1,
        sheetcells.MOST_COLUMNS,
        sheetcells.MOST_CHARACTERS,
    ):
        assert f"{limit:,}" in limits
    assert f"{parquet.MOST_ROWS // 1_000_000} million rows" in limits


def test_the_faults_are_ours() -> None:
    """Every error that the table names exists."""
    known = set(precontractual_async.__all__)
    table = FIRST.partition("## What happens when...")[2].partition("\n## ")[0]
    for text, least in ((GUIDES["faults"], 10), (table, 5)):
        named = set(re.findall(r"`([A-Z][a-z]+[A-Z]\w+|Paused|Unavailable)`", text))
        assert named <= known
        assert len(named) >= least


def test_the_readme_is_short_and_leads_everywhere() -> None:
    """A reader comes from it to each guide, and to nothing that is not there."""
    assert FIRST.count("\n") <= 300
    links = {(ROOT / "README.md", link) for link in links_in(FIRST)}
    assert {f"precontractual_async/guides/{name}.md" for name in GUIDES} <= {link for _, link in links}
    links |= {(FOLDER / f"{name}.md", link) for name, text in GUIDES.items() for link in links_in(text)}
    assert not [link for page, link in links if not (page.parent / link).is_file()]


def links_in(text: str) -> list[str]:
    """Of its prose; addresses, which no test can follow, left out."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return [link for link in re.findall(r"\]\(([^)]*)\)", prose) if "://" not in link]


@pytest.mark.parametrize("name", ["report.png", "console.png"])
def test_the_picture_is_one(name: str) -> None:
    """Of a report, and of the console's page: within the package, on the README, small enough for every clone."""
    assert f"guides/{name})" in (ROOT / "README.md").read_text()
    picture = (FOLDER / name).read_bytes()
    assert picture.startswith(b"\x89PNG\r\n")
    assert len(picture) <= 150_000


def test_the_benchmarks_are_all_told() -> None:
    """Each that can be run by itself is in the guide, but for what others start."""
    told = set(re.findall(r"benchmarks/(\w+)\.py", GUIDES["performance"]))
    started = {"contenders", "server", "stamping"}
    runnable = {path.stem for path in (ROOT / "benchmarks").glob("*.py") if '"__main__"' in path.read_text()}
    assert runnable - started == told
