"""`screen --metrics`: whatever way a run ends, the file tells it, as Prometheus reads it."""

from __future__ import annotations

import base64
import json
import re
import signal
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
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
from support.numbers import CITIZEN
from support.warm import REAL

from precontractual_async.calls.session import utc_now
from precontractual_async.cli.metrics_file import RunMetrics
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import generate_ssins

DAY = StartDateWindow.at(utc_now()).last.isoformat()
EVERYBODY = 0o644


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox("--limit", "500") as running:
        yield running


def listed(folder: Path, count: int = 5) -> Path:
    """A list with a number of nobody at its end."""
    path = folder / "list.csv"
    path.write_text("insz\n" + "\n".join([*generate_ssins(count, seed=4), "123"]) + "\n")
    return path


def screened(sandbox: RunningSandbox, folder: Path, *words: str, **variables: str) -> Done:
    given = ("screen", str(folder / "list.csv"), "-o", str(folder / "out.csv"), "--start-date", DAY)
    metrics = ("--metrics", str(folder / "batch.prom"))
    return run(*given, *metrics, *words, variables=sandbox.variables | variables, cwd=str(folder))


def told(folder: Path) -> dict[str, float]:
    """Each sample by its name without the prefix, and the value of its label."""
    found = {}
    for family in text_string_to_metric_families((folder / "batch.prom").read_text()):
        for sample in family.samples:
            name = sample.name.removeprefix("precontractual_batch_")
            found[" ".join((name, *sample.labels.values()))] = sample.value
    return found


def test_a_run_that_comes_to_its_end(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """The same figures as the summary; readable for the collector, and what stood there is gone."""
    metrics = tmp_path / "batch.prom"
    metrics.write_text("of_another_time 1\n" * 1000)
    metrics.chmod(0o600)
    listed(tmp_path)
    before = utc_now().timestamp()
    done = screened(sandbox, tmp_path, "--json")
    summary, samples = json.loads(done.out), told(tmp_path)
    assert before <= samples["begin_timestamp_seconds"] + 0.001
    assert samples["begin_timestamp_seconds"] <= samples["end_timestamp_seconds"]
    assert samples["end_timestamp_seconds"] <= utc_now().timestamp() + 0.001
    assert samples["exit_code"] == summary["exit_code"] == done.code == 0
    assert (samples["rows answered"], samples["rows refused"], samples["rows pending"]) == (5, 1, 0)
    moves = {name.partition(" ")[2]: count for name, count in samples.items() if "move" in name and count}
    assert moves == {
        name: count for name, count in (summary["moves"] | {"complete": summary["complete"]}).items() if count
    }
    for name in ("calls", "retries", "pauses", "token_requests"):
        assert samples[name] == summary[name]
    assert ("next_due_timestamp_seconds" in samples) == (summary["next_due"] is not None)
    assert stat.S_IMODE(metrics.stat().st_mode) == EVERYBODY
    assert {path.name for path in tmp_path.iterdir()} == {"list.csv", "out.csv", "batch.prom"}


def test_nothing_personal_is_in_it(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Not the name of the list, which may hold a number; only a label that somebody chose."""
    folder = tmp_path / "12345678901"
    folder.mkdir()
    listed(folder)
    screened(sandbox, folder, "--metrics-label", "starters Gent")
    text = (folder / "batch.prom").read_text()
    assert not re.search(r"\d{11}|csv", text)
    assert text.count('{list="starters Gent"') == len([line for line in text.splitlines() if line[0] != "#"])


@pytest.mark.parametrize(
    ("words", "variables", "code", "rows"),
    [
        (("--citizen-column", "x"), {}, 2, None),
        ((), {"PRECONTRACTUAL_CLIENT_ID": ""}, 2, None),
        ((), {"PRECONTRACTUAL_CLIENT_ID": "somebody_else"}, 4, 5),
    ],
)
def test_a_run_that_fails(
    sandbox: RunningSandbox,
    tmp_path: Path,
    words: tuple[str, ...],
    variables: dict[str, str],
    code: int,
    rows: int | None,
) -> None:
    """Before it began, or in its middle: what is known is told, and no more."""
    listed(tmp_path)
    done = screened(sandbox, tmp_path, *words, **variables)
    samples = told(tmp_path)
    assert samples["exit_code"] == done.code == code
    assert samples.get("rows pending") == rows
    assert "next_due_timestamp_seconds" not in samples


def test_an_outage(tmp_path: Path) -> None:
    """It is the next run's affair, and that is due at once."""
    listed(tmp_path, 60)
    with running_sandbox("--outage", "0:1000") as out:
        done = screened(out, tmp_path, PRECONTRACTUAL_PATIENCE="0", PRECONTRACTUAL_CONCURRENCY="1")
    samples = told(tmp_path)
    assert samples["exit_code"] == done.code == 5
    assert (samples["rows pending"], samples["rows_by_move later"]) == (60, 60)
    assert abs(samples["next_due_timestamp_seconds"] - samples["end_timestamp_seconds"]) < 5


def test_a_list_that_is_not_there(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Which a scheduler would not notice for weeks."""
    assert screened(sandbox, tmp_path).code == 2
    assert told(tmp_path)["exit_code"] == 2


def test_a_signal(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """With a journal no result is written then; whom it did not come to is pending."""
    listed(tmp_path, 400)
    given = ("screen", "list.csv", "-o", "out.csv", "--start-date", DAY, "--journal", "j.db")
    environ = clean_environment() | sandbox.variables | {"PRECONTRACTUAL_RATE": "20"}
    environ |= {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode()}

    def calls() -> int:
        with urllib.request.urlopen(f"{sandbox.url}/_sandbox/statistics") as reply:
            return int(json.load(reply)["calls"])

    before = calls()
    with subprocess.Popen(
        [*COMMAND, *given, "--metrics", "batch.prom"], stderr=subprocess.PIPE, env=environ, cwd=tmp_path
    ) as process:
        while_it_runs(process, lambda: calls() > before)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    samples = told(tmp_path)
    assert samples["exit_code"] == process.returncode == 143
    rows = {name: count for name, count in samples.items() if name.startswith("rows ")}
    assert sum(rows.values()) == 401
    assert min(rows["rows answered"], rows["rows pending"]) > 0
    assert "rows_by_move later" not in samples


@pytest.mark.skipif(sys.platform != "linux", reason="looks at which signals a process catches")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_before_it_asks(sandbox: RunningSandbox, tmp_path: Path, number: signal.Signals) -> None:
    """While it waits for a list that does not come: it ends as by Ctrl-C, and says so."""
    given = ("screen", "-", "-o", "out.csv", "--start-date", DAY, "--metrics", "batch.prom")
    environ = clean_environment() | sandbox.variables
    with subprocess.Popen(
        [REAL, "-m", "precontractual_async", *given],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environ,
        cwd=tmp_path,
    ) as process:
        status = Path(f"/proc/{process.pid}/status")

        def is_caught() -> bool:
            (caught,) = re.findall(r"SigCgt:\s*(\w+)", status.read_text())
            return bool(int(caught, 16) >> (number - 1) & 1)

        while_it_runs(process, is_caught)
        process.send_signal(number)
        process.wait(timeout=60)
        assert process.stderr is not None
        assert process.stderr.read() == b"precontractual: stopped\n"
    assert told(tmp_path)["exit_code"] == process.returncode == 128 + number
    assert [path.name for path in tmp_path.iterdir()] == ["batch.prom"]


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("no/folder/batch.prom", "the metrics cannot be written to no/folder/batch.prom (No such file"),
        (f"{CITIZEN}/batch.prom", "the metrics cannot be written to ***/batch.prom (No such file"),
        (".", "the metrics cannot be written to . (it is no file)"),
        ("list.csv", "the metrics would overwrite the list"),
        ("out.csv", "the metrics would overwrite the result"),
        ("j.db", "the metrics would overwrite the journal"),
        ("j.db-wal", "the metrics would overwrite the journal"),
        ("key", "the metrics would overwrite a journal's key"),
    ],
)
def test_a_place_that_will_not_do(tmp_path: Path, place: str, says: str) -> None:
    """It is noticed before the work, in a dry run too, and everything stays as it was."""
    before = listed(tmp_path).read_bytes()
    given = ("screen", "list.csv", "-o", "out.csv", "--start-date", DAY, "--journal", "j.db")
    variables = {"PRECONTRACTUAL_JOURNAL_KEY_FILE": str(tmp_path / "key")}
    for more in ((), ("--dry-run",)):
        done = run(*given, "--metrics", place, *more, variables=variables, cwd=str(tmp_path))
        assert done.code == 2
        assert says in done.err + done.out.decode()
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]
    assert (tmp_path / "list.csv").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--metrics-label", "x"), "--metrics-label is of no use without --metrics"),
        (("--metrics", "m", "--metrics-label", CITIZEN), "a label holds no number that could be a person's"),
        (("--metrics", "m", "--metrics-label", "a\nb"), "a label has 1 to 100 printable characters"),
        (("--metrics", "m", "--metrics-label", ""), "a label has 1 to 100 printable characters"),
    ],
)
def test_a_label_that_will_not_do(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    """Everybody can read it."""
    listed(tmp_path)
    done = run("screen", "list.csv", "-o", "out.csv", "--start-date", DAY, *words, cwd=str(tmp_path))
    assert done.code == 2
    assert says in done.err


def test_metrics_that_cannot_be_written_any_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The result stands all the same, so nothing fails; whoever reads what is said learns of it."""
    with RunMetrics(tmp_path / "gone" / "batch.prom", None):
        pass
    assert capsys.readouterr().err == "the metrics could not be written (No such file or directory)\n"


@pytest.mark.parametrize("place", ["out-0880820673.csv", "out-unattributed.csv", "changes.csv"])
def test_a_place_that_a_result_may_take(tmp_path: Path, place: str) -> None:
    """Whose number comes into the names is known from the list only."""
    listed(tmp_path)
    given = ("screen", "list.csv", "-o", "out-{enterprise}.csv", "--split-by", "represented")
    words = ("--start-date", DAY, "--journal", "j.db", "--changes", "changes.csv", "--metrics", place)
    for more in ((), ("--dry-run",)):
        done = run(*given, *words, *more, cwd=str(tmp_path))
        assert done.code == 2
        assert "the metrics would overwrite the " in done.err + done.out.decode()
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]
