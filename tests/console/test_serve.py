"""The command that serves it, as a process: from its start to Ctrl-C; and that nothing else imports it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.command import COMMAND, clean_environment, run, while_it_runs
from support.console import Elsewhere, HeldBack, Visitor, browser

from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import generate_ssins

DAY = StartDateWindow.at(utc_now()).last.isoformat()


@contextmanager
def running(*arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The console with its one-time address; the browser that it opens is one that does nothing."""
    environment = clean_environment() | {"BROWSER": "true", "LC_ALL": "C.UTF-8", **variables}
    process = subprocess.Popen(
        [*COMMAND, "console", *arguments], stderr=subprocess.PIPE, text=True, env=environment
    )
    assert process.stderr is not None
    try:
        said = process.stderr.readline() + process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/enter\?once=\S+", said)
        assert found is not None, said
        yield process, found[0]
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def status_of(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=20) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demonstration_runs_until_it_is_ended(number: signal.Signals) -> None:
    """Without a setting; its address opens once, and a signal is its normal end."""
    with running("--demo") as (process, address):
        home = address.partition("/enter")[0]
        assert status_of(home) == 403
        assert status_of(address) == 200
        assert status_of(address) == 403
        process.send_signal(number)
        assert process.wait(timeout=20) == 0


def test_the_journal_is_kept_in_its_folder(pem: str, tmp_path: Path) -> None:
    """For its owner alone; two consoles do not share it."""
    folder, key = tmp_path / "journals", tmp_path / "key.pem"
    folder.mkdir(mode=0o700)
    key.touch(0o600)
    key.write_text(pem)
    variables = {
        "PRECONTRACTUAL_ENVIRONMENT": "simulation",
        "PRECONTRACTUAL_CLIENT_ID": "somebody",
        "PRECONTRACTUAL_ENTERPRISE_NUMBER": "0880820673",
        "PRECONTRACTUAL_KEY_FILE": str(key),
        "PRECONTRACTUAL_JOURNAL_KEY_FILE": str(tmp_path / "journal.key"),
    }
    with running("--journals", str(folder), **variables) as (process, address):
        assert status_of(address) == 200
        assert (folder / "console.db").stat().st_mode & 0o077 == 0
        other = run("console", "--journals", str(folder), variables=variables | {"LC_ALL": "C.UTF-8"})
        assert other.code == 1
        assert "the journal is in use" in other.err
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


def test_no_other_user_sees_the_address(tmp_path: Path) -> None:
    """The browser is started with the name of a file that its owner alone can read, and that is gone at the end."""
    script, told = tmp_path / "browser", tmp_path / "told"
    script.write_text(
        f'#!/bin/sh\nstat -c %a "${{1#file://}}" "$(dirname "${{1#file://}}")" > {told}.part\n'
        f'echo "$1" >> {told}.part; mv {told}.part {told}\n'
    )
    script.chmod(0o700)
    with running("--demo", BROWSER=f"{script} %s") as (process, address):
        assert process.stderr is not None
        while_it_runs(process, told.exists)
        of_file, of_folder, opened = told.read_text().split()
        assert (of_file, of_folder) == ("600", "700")
        assert address.partition("once=")[2] not in opened
        leading = Path(opened.removeprefix("file://"))
        assert address in leading.read_text()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
        assert not leading.exists()


async def test_a_killed_console_goes_on(pem: str, tmp_path: Path) -> None:
    """After SIGKILL in the middle of a run: the page says so, and the same list asks the rest alone."""
    folder, people = tmp_path / "journals", list(generate_ssins(200, seed=5))
    folder.mkdir(mode=0o700)
    data = "\n".join(["insz", *people]).encode()
    async with HeldBack(private_key_pem=pem, limit=500) as sandbox:
        variables = sandbox.variables() | {"PRECONTRACTUAL_JOURNAL_KEY_FILE": str(tmp_path / "journal.key")}
        sandbox.hold(after=100)
        with running("--journals", str(folder), "--lang", "en", **variables) as (process, address):
            async with browser() as http:
                visitor = Visitor(elsewhere(address), http)
                await visitor.enter()
                there = await _started(visitor, data)
                await visitor.until(there, done=50)
                process.kill()
        sandbox.let_go()
        with running("--journals", str(folder), "--lang", "en", **variables) as (_, address):
            async with browser() as http:
                visitor = Visitor(elsewhere(address), http)
                home = await visitor.enter()
                assert "The last run did not get to its end." in home.words
                looked = await visitor.give("list.csv", data)
                looked = await visitor.post(looked.path, {"date": DAY})
                settled = re.search(r"settled in the journal: (\d+)", looked.words)
                assert settled is not None
                assert 50 <= int(settled[1]) < 200
                there = (await visitor.post(f"{looked.path}/start")).path
                last = (await visitor.to_the_end(there))[-1]
                assert json.loads(last.removeprefix("data: "))["done"] == 200


def elsewhere(address: str) -> Elsewhere:
    return Elsewhere(int(address.partition("/enter")[0].rpartition(":")[2]), address)


async def _started(visitor: Visitor, data: bytes) -> str:
    there = (await visitor.give("list.csv", data)).path
    await visitor.post(there, {"date": DAY})
    return (await visitor.post(f"{there}/start")).path


def test_what_cannot_be_is_told(tmp_path: Path) -> None:
    plain = {"LC_ALL": "C.UTF-8"}
    done = run("console", "--demo", "--journals", str(tmp_path), variables=plain)
    assert (done.code, "--demo keeps nothing" in done.err) == (2, True)
    done = run("console", "--journals", str(tmp_path), variables=plain)
    assert done.code == 2
    assert "CLIENT_ID" in done.err
    with running("--demo") as (_, address):
        port = address.partition("/enter")[0].rpartition(":")[2]
        done = run("console", "--demo", "--port", port, variables=plain)
        assert (done.code, "the console cannot serve there" in done.err) == (2, True)


def test_without_its_extra_it_says_what_to_install() -> None:
    blocked = "import sys; sys.modules['jinja2'] = None; from precontractual_async.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", blocked, "console", "--demo"],
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment() | {"LC_ALL": "C.UTF-8"},
    )
    assert done.returncode == 2
    assert "pip install 'precontractual-async[console]'" in done.stderr


NOTHING_OF_IT = """
import sys
from precontractual_async import *
import precontractual_async.cli, precontractual_async.cli.screen, precontractual_async.cli.report
import precontractual_async.cli.doctor, precontractual_async.cli.serve, precontractual_async.sandbox
assert not [name for name in sys.modules if name.startswith("precontractual_async.console")]
"""


def test_neither_the_library_nor_a_command_imports_it() -> None:
    subprocess.run([sys.executable, "-c", NOTHING_OF_IT], check=True)
