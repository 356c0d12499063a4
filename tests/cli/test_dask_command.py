"""The command on a Dask cluster of its own: the same result, and the same end whatever ends it."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command import COMMAND, RunningSandbox, clean_environment, run, running_sandbox, while_it_runs
from support.warm import REAL

from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import generate_ssins

DAY = StartDateWindow.at(utc_now()).last
VARYING = ("asked_at", "trace_id", "flexi_reference", "student_reference", "main_reference")


@pytest.fixture
def slow() -> Iterator[RunningSandbox]:
    with running_sandbox("--limit", "1000", "--latency", "0.1") as sandbox:
        yield sandbox


def prepared(folder: Path, sandbox: RunningSandbox, count: int) -> dict[str, str]:
    """A list in the folder; the variables for it."""
    (folder / "list.csv").write_text(
        "insz;start\n" + "".join(f"{number};{DAY}\n" for number in generate_ssins(count, seed=7))
    )
    (folder / "journal").mkdir()
    key = str(folder / "keys" / "journal.key")
    more = {"PRECONTRACTUAL_JOURNAL_KEY_FILE": key, "PRECONTRACTUAL_CONCURRENCY": "20"}
    return sandbox.variables | more


def command(folder: Path, *more: str) -> list[str]:
    return ["screen", str(folder / "list.csv"), "-o", str(folder / "out.csv"), "--rate", "200", *more]


def on_dask(folder: Path) -> list[str]:
    journal = str(folder / "journal" / "j.db")
    return command(folder, "--dask", "local:2", "--partition", "50", "--journal", journal)


def result(folder: Path) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO((folder / "out.csv").read_text()), delimiter=";")
    return [{name: cell for name, cell in row.items() if name not in VARYING} for row in rows]


def kept(folder: Path, variables: dict[str, str]) -> int:
    """Distinct questions whose answers are in the journal."""
    status = run("journal", "status", str(folder / "journal" / "j.db"), variables=variables)
    assert status.code == 0, status.err
    return int(status.out.decode().split()[-2]) if status.out != b"empty\n" else 0


def calls(sandbox: RunningSandbox) -> int:
    import json
    import urllib.request

    with urllib.request.urlopen(f"{sandbox.url}/_sandbox/statistics") as reply:
        return int(json.load(reply)["calls"])


def words(told: str) -> list[str]:
    """What both say, but for when the next run makes sense, which goes by the journal."""
    return [line for line in told.splitlines() if not line.startswith("next run")]


def test_the_result_is_the_same(tmp_path: Path, slow: RunningSandbox) -> None:
    """With two workers as without; quiet when all is complete, and nothing of Dask's is told."""
    variables = prepared(tmp_path, slow, 150)
    alone = run(*command(tmp_path), variables=variables)
    assert alone.code == 0, alone.err
    expected, before = result(tmp_path), calls(slow)
    (tmp_path / "out.csv").unlink()
    done = run(*on_dask(tmp_path), variables=variables)
    assert done.code == 0, done.err
    assert result(tmp_path) == expected
    assert calls(slow) - before == 150
    assert words(done.err) == words(alone.err)


def test_a_signal_to_everybody_keeps_every_answer(tmp_path: Path, slow: RunningSandbox) -> None:
    """A Ctrl-C reaches the workers too, who leave it to the command; what was received is in the journal."""
    variables = prepared(tmp_path, slow, 600)
    environment = clean_environment() | variables
    with subprocess.Popen(
        [REAL, *COMMAND[1:], *on_dask(tmp_path)],
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            wait_for_calls(process, slow, 120)
            began = time.monotonic()
            os.killpg(process.pid, signal.SIGINT)
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130, said.decode()
    assert time.monotonic() - began < 15
    assert b"Traceback" not in said
    assert 120 <= kept(tmp_path, variables) == calls(slow) < 600


def test_the_workers_end_with_the_command(tmp_path: Path, slow: RunningSandbox) -> None:
    """Even when it is killed: nobody goes on asking. The next run asks the rest."""
    variables = prepared(tmp_path, slow, 500)
    with subprocess.Popen(
        [REAL, *COMMAND[1:], *on_dask(tmp_path)],
        stderr=subprocess.DEVNULL,
        env=clean_environment() | variables,
    ) as process:
        wait_for_calls(process, slow, 200)
        workers = descendants(process.pid)
        process.kill()
    assert len(workers) >= 2
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert 0 <= calls(slow) - kept(tmp_path, variables) <= 2 * 2 * 50  # two partitions for each worker
    assert run(*on_dask(tmp_path), variables=variables).code == 0
    assert kept(tmp_path, variables) == 500


def test_a_cluster_that_is_not_there(tmp_path: Path, slow: RunningSandbox) -> None:
    """Told at once, with what to do; an address that will not do is a matter of usage."""
    variables = prepared(tmp_path, slow, 3)
    quick = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}
    done = run(*command(tmp_path, "--dask", "tcp://127.0.0.1:1"), variables=variables | quick)
    assert done.code == 2, done.err
    assert done.err.count("\n") == 3, done.err
    assert "the connection to the Dask cluster is lost" in done.err
    done = run(*command(tmp_path, "--dask", "tcp://scheduler:8786"), variables=variables)
    assert done.code == 2
    assert "without TLS is accepted on this machine only" in done.err


def wait_for_calls(process: subprocess.Popen[bytes], sandbox: RunningSandbox, count: int) -> None:
    while_it_runs(process, lambda: calls(sandbox) >= count)


def descendants(pid: int) -> list[int]:
    """All processes that a process started, and those that these started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [child for task in tasks for child in task.read_text().split()]
    return [found for child in map(int, children) for found in (child, *descendants(child))]
