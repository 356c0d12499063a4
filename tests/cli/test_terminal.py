"""The display as a person sees it: the command on a real pseudo-terminal, and how it leaves it behind."""

from __future__ import annotations

import csv
import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import define, field
from support.command import RunningSandbox, clean_environment, running_sandbox

from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import generate_ssins

DAY = StartDateWindow.at(utc_now()).last.isoformat()
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")

ON_A_TERMINAL = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from precontractual_async.cli import main
sys.exit(main())
"""
"""The command with its standard input as the terminal that controls it: Ctrl-C arrives as a signal."""


@define
class Terminal:
    """A terminal of eighty columns, what was written on it so far, and the command that it belongs to."""

    ours: int
    process: subprocess.Popen[bytes]
    _bytes: bytes = field(default=b"", init=False)

    def read(self) -> bool:
        """Some more; False when nobody can write any more."""
        try:
            piece = os.read(self.ours, 65_536)
        except OSError:  # how Linux says that the other side was closed
            return False
        self._bytes += piece
        return bool(piece)

    def until(self, *words: str) -> None:
        """Read on until all of them stand there."""
        while not all(word in self.written for word in words):
            assert self.read(), self.written

    def to_the_end(self) -> int:
        """Read all; the exit code."""
        while self.read():
            pass
        return self.process.wait(timeout=20)

    @property
    def written(self) -> str:
        """All of it; a character may be cut at the end."""
        return self._bytes.decode(errors="ignore")

    @property
    def shown(self) -> str:
        """What is written, without colours."""
        return COLOUR.sub("", self.written)


@contextmanager
def terminal(variables: Mapping[str, str], *arguments: str) -> Iterator[Terminal]:
    """The command on a terminal of its own; a test that fails leaves no process behind."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    attributes = termios.tcgetattr(ours)
    environment = clean_environment() | {"TERM": "xterm-256color"} | dict(variables)
    with subprocess.Popen(
        [sys.executable, "-c", ON_A_TERMINAL, *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    ) as process:
        os.close(theirs)  # so that the end of the command is the end of what can be read
        try:
            yield Terminal(ours, process)
            assert termios.tcgetattr(ours) == attributes
        finally:
            process.kill()
            os.close(ours)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox("--limit", "100") as running:
        yield running


def written_list(folder: Path, count: int) -> tuple[str, str, str, str]:
    """The command for a list of so many citizens, with a line that cannot be read in front."""
    lines = ["{}", *(f'{{"insz": "{number}", "start": "{DAY}"}}' for number in generate_ssins(count))]
    (folder / "list.jsonl").write_text("\n".join(["oops", *lines[1:]]) + "\n")
    return "screen", str(folder / "list.jsonl"), "-o", str(folder / "out.csv")


def outcomes(folder: Path) -> list[str]:
    return [row["outcome"] for row in csv.DictReader(io.StringIO((folder / "out.csv").read_text()))]


def test_the_display_and_ctrl_c(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Bar, rows, rate against the limit, time left, counts; Ctrl-C leaves the terminal as it was."""
    with terminal(sandbox.variables, *written_list(tmp_path, 1500)) as seen:
        seen.until("calls/s", "left", "answered, 1 refused")
        os.write(seen.ours, b"\x03")
        assert seen.to_the_end() == 130
    assert re.search(r"━+.*\r\n[0-9]+ of 1501 rows; [0-9.]+ of 100 calls/s; [0-9]+ s left *\r\n", seen.shown)
    assert "stopping: what is under way may end; once more to stop at once\r\n" in seen.shown
    assert seen.written.count(HIDE) == seen.written.count(SHOW) == 1
    behind = seen.written.partition(SHOW)[2]
    assert " of 1501 can start (" in behind.splitlines()[0]
    assert "\x1b" not in behind
    assert "next run: at any time, for " in behind
    assert "Traceback" not in seen.written
    assert len(outcomes(tmp_path)) == 1501


def test_without_colours(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """NO_COLOR: the same display, and nothing is coloured; what is complete shows no time left."""
    with terminal(sandbox.variables | {"NO_COLOR": "1"}, *written_list(tmp_path, 150)) as seen:
        assert seen.to_the_end() == 0
    assert not COLOUR.search(seen.written)
    last = seen.written.partition(SHOW)[0].rpartition("━")[2]
    assert last.splitlines()[1].strip().startswith("151 of 151 rows; ")
    assert "left" not in last


def test_a_finished_bar_is_green(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """As it was while it grew, and not grey like what was left."""
    with terminal(sandbox.variables, *written_list(tmp_path, 20)) as seen:
        assert seen.to_the_end() == 0
    assert re.search(r"\x1b\[32m━{60}\x1b", seen.written)


def test_why_nothing_moves(tmp_path: Path) -> None:
    """An outage is told with its next attempt, and the log's lines stand above the display, whole."""
    with (
        running_sandbox("--limit", "100", "--outage", "0:600") as out,
        terminal(out.variables, *written_list(tmp_path, 100)) as seen,
    ):
        seen.until("waiting: no answer from the gateway for ", "; next attempt in ")
        os.write(seen.ours, b"\x03")
        assert seen.to_the_end() == 130
    assert re.search(r"\x1b\[2K[0-9: ,-]+ WARNING the gateway does not answer", seen.shown)
    assert "the batch waits, and tries again now and then ━" in " ".join(seen.shown.split())


@pytest.mark.parametrize("words", [("-q",), ()])
def test_a_terminal_that_cannot_move_its_cursor(
    sandbox: RunningSandbox, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Plain lines; and with -q nothing on any terminal."""
    kind = {} if words else {"TERM": "dumb"}
    with terminal(sandbox.variables | kind, *written_list(tmp_path, 20), *words) as seen:
        assert seen.to_the_end() == 0
    assert "\x1b" not in seen.written
    assert (" can start (" in seen.written) is not bool(words)


def test_a_terminal_that_goes_away_stops_nothing(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """With nohup: nobody hears the display any more, and the result is complete."""
    nohup = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", nohup + ON_A_TERMINAL, *written_list(tmp_path, 200)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=clean_environment() | {"TERM": "xterm"} | sandbox.variables,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        heard = b""
        while HIDE.encode() not in heard:
            heard += os.read(ours, 65_536)
        os.close(ours)
        assert process.wait(timeout=30) == 0
    assert outcomes(tmp_path).count("pending") == 0
    assert len(outcomes(tmp_path)) == 201
