"""F51: a process without standard streams, and a client in another event loop than its own."""

from __future__ import annotations

import asyncio
import base64
import csv
import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command import RunningSandbox, clean_environment, redirected, running_sandbox
from support.journals import KEY
from support.numbers import generated

from precontractual_async import PrecontractualClient
from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import Sandbox, in_thread

DAY = StartDateWindow.at(utc_now()).last.isoformat()
NUMBERS = list(generated(5))

# One command after another, in one process; their exit codes go into a file, and whether the first three
# descriptors lead nowhere.
COMMANDS = """
import json, os, sys
from precontractual_async.cli import main

def code(words):
    try:
        return main(words)
    except SystemExit as error:
        return error.code

codes = [code(command.split()) for command in sys.argv[1:]]
nowhere = os.stat(os.devnull)
led = [os.path.samestat(os.fstat(descriptor), nowhere) for descriptor in (0, 1, 2)]
open("codes.json", "w").write(json.dumps([codes, led]))
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    """It has no standard error itself."""
    with running_sandbox(where="2>&-") as running:
        yield running
    assert running.process.returncode == 0


def ran(sandbox: RunningSandbox, folder: Path, where: str, *commands: str) -> tuple[list[int], list[bool]]:
    """The exit codes of commands in one process whose streams are as `where` says, and where those led."""
    (folder / "list.csv").write_text("insz;start\n" + "".join(f"{number};{DAY}\n" for number in NUMBERS))
    key = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode()}
    subprocess.run(
        redirected(where, sys.executable, "-c", COMMANDS, *commands),
        input=NUMBERS[0].encode(),
        env=clean_environment() | sandbox.variables | key,
        cwd=folder,
        check=True,
        timeout=120,
    )
    codes, led = json.loads((folder / "codes.json").read_text())
    return codes, led


def outcomes(path: Path) -> dict[str, str]:
    with path.open() as file:
        return {row["insz"]: row["outcome"] for row in csv.DictReader(file, delimiter=";")}


@pytest.mark.parametrize(
    ("where", "answered", "led"),
    [("2>&- >out.csv", 0, [False, False, True]), ("2>&- >&- <&-", 2, [True, True, True])],
)
def test_f51_no_standard_streams(
    sandbox: RunningSandbox, tmp_path: Path, where: str, answered: int, led: list[bool]
) -> None:
    """The work is done and the result written; no file or connection gets the number of a missing stream. What
    is asked for on standard output is refused where there is none, before a call is made."""
    for folder in ("result", "demo"):
        (tmp_path / folder).mkdir()
    commands = {
        f"verify --start-date {DAY}": answered,
        "screen list.csv -o -": answered,
        "screen list.csv --journal j.db -o result/out.csv --json": 0,
        "journal status j.db": 0,
        "report j.db -o report.html": 0,
        "doctor": 0,
        "demo --candidates 5 -o demo/out.csv": 0,
        "screen --nonsense": 2,
        "screen nowhere.csv -o out.csv": 2,
    }
    assert ran(sandbox, tmp_path, where, *commands) == (list(commands.values()), led)
    assert outcomes(tmp_path / "result" / "out.csv") == dict.fromkeys(NUMBERS, "answered")
    assert "<html" in (tmp_path / "report.html").read_text()
    assert (tmp_path / "demo" / "out.csv").exists()


def test_f51_a_standard_error_without_room(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Also the summary for machines, which is there only when the result is on standard output."""
    codes, _ = ran(
        sandbox, tmp_path, "2>/dev/full >out.csv", "screen list.csv -o - --json", "screen --nonsense"
    )
    assert codes == [0, 2]
    assert outcomes(tmp_path / "out.csv") == dict.fromkeys(NUMBERS, "answered")


def test_f51_another_event_loop(pem: str) -> None:
    """Over real connections, which asyncio closes with their loop: one error that says where, and no warning."""

    async def begin() -> PrecontractualClient:
        client = PrecontractualClient(server.settings())
        await client.__aenter__()
        await client.verify(NUMBERS[0], DAY)
        return client

    with in_thread(Sandbox(limit=None, private_key_pem=pem)) as server:
        client = asyncio.run(begin())
        for _ in range(2):
            with pytest.raises(
                RuntimeError, match="the client was opened in another event loop, which has ended"
            ):
                asyncio.run(client.verify(NUMBERS[1], DAY))
        assert server.ledger.calls == 1
    del client
    gc.collect()  # what was left open would warn
