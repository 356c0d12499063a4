"""The guide's crontab, systemd timer and CronJob, each run as its scheduler would run it, two nights in a row."""

from __future__ import annotations

import base64
import io
import json
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from configparser import RawConfigParser
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml  # type: ignore[import-untyped]
from attrs import frozen
from prometheus_client.parser import text_string_to_metric_families
from support.canary import Canary
from support.command import RunningSandbox, running_sandbox
from support.journals import KEY
from support.numbers import ENTERPRISE
from support.readme import BLOCKS
from support.warm import REAL

from precontractual_async.batch.exits import CREDENTIALS_REFUSED, ROWS_PENDING, USAGE
from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import SCENARIOS
from precontractual_async.tables import Source, read_list

DAY = StartDateWindow.at(utc_now()).last.isoformat()
OTHER = "0403123486"
LIST = "\n".join(
    (
        "insz;start;kbo",
        f"{SCENARIOS['bothOk']};{DAY};{ENTERPRISE}",
        f"{SCENARIOS['neither']};{DAY};{OTHER}",
        f"{SCENARIOS['noGrant']};{DAY};{OTHER}",
    )
)
PREFIX = "PRECONTRACTUAL_"
SERVICE, TIMER = (text for kind, text in BLOCKS if kind == "ini" and "/etc/systemd/" in text)


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox("--as", "mandatary", "--limit", "500") as running:
        yield running


@frozen
class Machine:
    """A machine whose folders stand in one of ours."""

    root: Path
    variables: Mapping[str, str]

    def there(self, text: str) -> str:
        """A recipe with its absolute paths where they are here."""
        return re.sub(r"(?<![\w.])/(?=(?:etc|srv|var|data|metrics)/)", f"{self.root}/", text)

    def file(self, path: str, content: str) -> None:
        place = Path(self.there(path))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch(0o600)
        place.write_text(content)

    def run(self, words: Sequence[str], variables: Mapping[str, str]) -> subprocess.CompletedProcess[bytes]:
        """With these variables and a path, and nothing else of our environment."""
        programs = self.root / "usr" / "bin"
        programs.mkdir(parents=True, exist_ok=True)
        command = programs / "precontractual"
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(REAL)} -m precontractual_async "$@"\n')
        command.chmod(0o755)
        path = {"PATH": f"{programs}:/usr/bin:/bin"}
        first = str(command) if words[0] == command.name else words[0]  # as it is found by a path
        return subprocess.run(
            [first, *words[1:]],
            capture_output=True,
            env={**path, **variables},
            cwd=self.root,
            check=False,
            timeout=120,
        )

    @property
    def home(self) -> dict[str, str]:
        return {"HOME": str(self.root / "home")}


def cron(machine: Machine) -> subprocess.CompletedProcess[bytes]:
    """A line is five fields and what a shell is given; lines before it set variables; a % ends it."""
    (text,) = (text for kind, text in BLOCKS if kind == "crontab")
    *lines, job = [line for line in text.splitlines() if not line.startswith("#")]
    *when, command = job.split(maxsplit=5)
    assert when == ["30", "2", "*", "*", "*"]
    assert not re.search(r"(?<!\\)%", command)
    given = {name.removeprefix(PREFIX): value for name, value in machine.variables.items()}
    profile = "\n".join(f"{name} = {json.dumps(value)}" for name, value in given.items())
    machine.file("/etc/precontractual.toml", f"[default]\n{profile}\n")
    Path(machine.there("/var/lib/precontractual")).mkdir(0o700, parents=True, exist_ok=True)
    set_before = dict(machine.there(line).split("=", 1) for line in lines)
    words = ["/bin/sh", "-c", machine.there(command).replace(r"\%", "%")]
    return machine.run(words, machine.home | set_before)


def systemd(machine: Machine) -> subprocess.CompletedProcess[bytes]:
    """No shell: the words of ExecStart, with the variables of a file, and a folder that it makes."""
    unit = RawConfigParser(delimiters="=", comment_prefixes="#")
    unit.read_string(machine.there(SERVICE))
    service = unit["Service"]
    assert set(map(int, service["SuccessExitStatus"].split())) == {ROWS_PENDING, 128 + signal.SIGTERM}
    assert set(map(int, service["RestartPreventExitStatus"].split())) == {USAGE, CREDENTIALS_REFUSED}
    machine.file(
        "/etc/precontractual.env", "".join(f"{name}={value}\n" for name, value in machine.variables.items())
    )
    given = dict(line.split("=", 1) for line in Path(service["EnvironmentFile"]).read_text().splitlines())
    Path(machine.there("/var/lib/"), service["StateDirectory"]).mkdir(0o755, parents=True, exist_ok=True)
    return machine.run(shlex.split(service["ExecStart"].replace("\\\n", " ")), machine.home | given)


def kubernetes(machine: Machine) -> subprocess.CompletedProcess[bytes]:
    """No shell, no home: the words of args, with the variables of a secret, on volumes that are mounted."""
    (text,) = (text for kind, text in BLOCKS if kind == "yaml" and "CronJob" in text)
    pod: dict[str, Any] = yaml.safe_load(text)["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert {each["name"] for each in container["volumeMounts"]} == {each["name"] for each in pod["volumes"]}
    for mount in container["volumeMounts"]:
        Path(machine.there(mount["mountPath"] + "/")).mkdir(parents=True, exist_ok=True)
    secret = {f"{PREFIX}JOURNAL_KEY": base64.b64encode(KEY).decode(), **machine.variables}
    return machine.run([machine.there(word) for word in container["args"]], secret)


def changes_in(folder: Path) -> list[tuple[str, str]]:
    """What is told of whom, in the only file of changes; it is gone then."""
    (path,) = folder.glob("changes*.xlsx")
    table = read_list(Source(io.BytesIO(path.read_bytes())), "xlsx")
    at = [list(table.columns).index(name) for name in ("insz", "what changed")]
    told = [(str(row.cells[at[0]]), str(row.cells[at[1]])) for row in table.rows()]
    path.unlink()
    return told


def calls(sandbox: RunningSandbox) -> int:
    with urlopen(f"{sandbox.url}/_sandbox/statistics") as reply:
        return int(json.load(reply)["calls"])


@pytest.mark.parametrize(
    ("scheduler", "folder", "metrics", "results"),
    [
        (cron, "srv/hr", "var/lib/node_exporter", {"results.csv"}),
        (systemd, "srv/hr", "var/lib/node_exporter", {f"results-{n}.xlsx" for n in (ENTERPRISE, OTHER)}),
        (kubernetes, "data", "metrics", {f"results-{n}.xlsx" for n in (ENTERPRISE, OTHER)}),
    ],
    ids=["cron", "systemd", "kubernetes"],
)
def test_two_nights(
    scheduler: Callable[[Machine], subprocess.CompletedProcess[bytes]],
    folder: str,
    metrics: str,
    results: set[str],
    sandbox: RunningSandbox,
    tmp_path: Path,
    processes: Canary,
) -> None:
    """Nothing is said when all is well. The first asks everybody and tells all as new; the second asks nobody, and
    tells who still waits. The results are there, one for each employer where that is wanted, and the metrics.
    """
    processes.allowed_files += ("starters.csv", "results-*.xlsx", "changes*.xlsx", "precontractual.*")
    machine = Machine(tmp_path, sandbox.variables)
    machine.file(f"/{folder}/starters.csv", LIST)
    (tmp_path / metrics).mkdir(parents=True, exist_ok=True)
    expected = [
        [(SCENARIOS[name], "new") for name in ("bothOk", "neither", "noGrant")],
        [(SCENARIOS["noGrant"], "still waiting for the mandate")],
    ]
    for told in expected:
        done = scheduler(machine)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        assert calls(sandbox) == 3
        assert {path.name for path in (tmp_path / folder).glob("results*")} == results
        assert sorted(changes_in(tmp_path / folder)) == sorted(told)
        (prom,) = (tmp_path / metrics).iterdir()
        families = {each.name: each for each in text_string_to_metric_families(prom.read_text())}
        assert families["precontractual_batch_exit_code"].samples[0].value == 0
        prom.unlink()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """It finds nothing to say about them; what it ignores or refuses it would name."""
    service, timer = tmp_path / "precontractual.service", tmp_path / "precontractual.timer"
    service.write_text(SERVICE.replace("ExecStart=precontractual ", "ExecStart=/bin/true "))
    timer.write_text(TIMER)
    done = subprocess.run(
        ["/usr/bin/env", "systemd-analyze", "verify", str(service), str(timer)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
