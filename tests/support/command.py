"""The command as a person runs it: a process of its own, which a leak canary can overhear."""

from __future__ import annotations

import os
import subprocess
import time
from asyncio.subprocess import SubprocessStreamProtocol
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import wraps
from itertools import pairwise
from pathlib import Path
from traceback import walk_stack
from typing import IO, Any

import pytest
from attrs import field, frozen

from .canary import PACKAGE, Canary
from .warm import PYTHON
from .ways import TOKEN

CLIENT_ID = "PRECONTRACTUAL_CLIENT_ID"
LISTS = tuple(f"list.{kind}" for kind in ("csv", "jsonl", "xlsx", "xls", "ods", "parquet"))
RESULTS = (
    "out.csv",
    "out.partial.csv",
    "out.partial2.csv",
    "out.jsonl",
    "out.xlsx",
    "out.parquet",
    "results.xlsx",
    "results.csv",
    "out-*.csv",
    "changes.*",
    "audit.jsonl",
    "changes-*.csv",
)
"""Patterns of names."""

COMMAND = [PYTHON, "-m", "precontractual_async"]

SANDBOX = [
    PYTHON,
    "-c",
    f"""
import secrets, sys
from precontractual_async.cli import main
chosen = secrets.token_urlsafe
secrets.token_urlsafe = lambda length: "{TOKEN}-" + chosen(length)
sys.exit(main())
""",
]
"""The command, whose sandbox gives tokens that the leak canary looks for."""


def redirected(where: str, *command: str) -> list[str]:
    """The command with its standard streams as a shell has them: ``2>&-`` closes standard error."""
    return ["sh", "-c", f'exec "$@" {where}', "sh", *command]


def clean_environment() -> dict[str, str]:
    """Ours without anything that is set for the command, or for Python's streams, on this machine."""
    ours = ("PRECONTRACTUAL_", "PYTHONUNBUFFERED", "PYTHONIOENCODING", "PYTHONUTF8")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


@frozen
class Done:
    """What a run of the command gave."""

    code: int
    out: bytes
    err: str


def run(
    *arguments: str, given: bytes = b"", variables: Mapping[str, str] | None = None, cwd: str | None = None
) -> Done:
    """Run it to its end."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        input=given,
        capture_output=True,
        env=clean_environment() | dict(variables or {}),
        cwd=cwd,
        check=False,
        timeout=120,
    )
    return Done(done.returncode, done.stdout, done.stderr.decode())


@frozen
class RunningSandbox:
    """A sandbox in another process."""

    variables: dict[str, str]
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def url(self) -> str:
        return self.variables["PRECONTRACTUAL_API_URL"].partition("/REST/")[0]


def _exported(stream: IO[bytes]) -> dict[str, str]:
    """The variables that it prints, up to the empty line."""
    variables = {}
    for line in iter(stream.readline, b"\n"):
        name, _, value = line.decode().removeprefix("export ").strip().partition("=")
        variables[name] = value.strip("'")
    return variables


@contextmanager
def running_sandbox(*arguments: str, where: str = "") -> Iterator[RunningSandbox]:
    """``precontractual sandbox`` until the end of the block; `where`: see `redirected`."""
    process = subprocess.Popen(
        redirected(where, *SANDBOX, "sandbox", *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=clean_environment(),
    )
    assert process.stdout is not None
    try:
        yield RunningSandbox(_exported(process.stdout), process)
    finally:
        process.terminate()
        process.wait(timeout=20)
        process.stdout.close()


def while_it_runs(process: subprocess.Popen[Any], is_so: Callable[[], bool]) -> None:
    """Wait until it is so, looking again every few milliseconds; the process must not end before."""
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"it ended before, with {process.wait(timeout=0.01)}")


# --- overheard --------------------------------------------------------------------------------------


def overheard(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `canary` hear what the processes say that are started from now on, and how they are started.

    What a test gives to a process of its own is no leak but is learned: the numbers of a list or of standard
    input, a number as an argument, a key file, a client id. What the package gives to one is looked at.
    """
    start, communicate = subprocess.Popen.__init__, subprocess.Popen.communicate
    receive = SubprocessStreamProtocol.pipe_data_received
    telling: set[int] = set()
    errors: dict[object, bytes] = {}

    def started(process: subprocess.Popen[Any], arguments: Any, *more: Any, **options: Any) -> None:
        start(process, arguments, *more, **options)
        words = [os.fsdecode(each) for each in ([arguments] if isinstance(arguments, str) else arguments)]
        is_ours = not any(frame.f_code.co_filename.startswith(PACKAGE) for frame, _ in walk_stack(None))
        if is_ours:
            _learn_from(canary, words, options.get("env") or {})
        _hear_start(canary, process, words if is_ours else [])
        if is_ours and _must_tell(words):
            telling.add(process.pid)
        elif process.stdout is not None:
            process.stdout = _Overheard(process.stdout, canary, "stdout")  # type: ignore[assignment]
        if process.stderr is not None:
            process.stderr = _Overheard(process.stderr, canary, "stderr")  # type: ignore[assignment]

    def communicated(process: subprocess.Popen[Any], given: Any = None, timeout: Any = None) -> Any:
        canary.learn_numbers(given or b"")
        out, err = communicate(process, given, timeout)
        canary.hear("stdout", b"" if process.pid in telling else out or b"")
        canary.hear("stderr", err or b"")
        return out, err

    @wraps(receive)  # by its name asyncio tells of it
    def received(protocol: SubprocessStreamProtocol, descriptor: int, data: bytes | str) -> None:
        receive(protocol, descriptor, data)
        if descriptor == 2 and isinstance(data, bytes):
            errors[protocol] = errors.get(protocol, b"") + data
            canary.hear("stderr", errors[protocol])

    monkeypatch.setattr(subprocess.Popen, "__init__", started)
    monkeypatch.setattr(subprocess.Popen, "communicate", communicated)
    monkeypatch.setattr(SubprocessStreamProtocol, "pipe_data_received", received)


class _Overheard:
    """A stream of a process; whatever is read from it, the canary hears."""

    def __init__(self, stream: IO[Any], canary: Canary, place: str) -> None:
        self._stream = stream
        self._canary = canary
        self._place = place
        self._said = stream.read(0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.readline, self._said[:0])

    def read(self, size: int = -1) -> Any:
        return self._noted(self._stream.read(size))

    def readline(self, size: int = -1) -> Any:
        return self._noted(self._stream.readline(size))

    def _noted(self, said: Any) -> Any:
        """Together with what came before: a secret may come in pieces."""
        self._said += said
        self._canary.hear(self._place, self._said)
        return said


def _must_tell(words: list[str]) -> bool:
    """Whether standard output is where numbers or settings belong; a guide has the example's."""
    is_export = "export" in words and {"-o", "--dry-run"}.isdisjoint(words)
    is_told = is_export or ("-o", "-") in pairwise(words)
    return is_told or not {"guide", "sandbox", "verify"}.isdisjoint(words)


def _learn_from(canary: Canary, words: list[str], variables: Mapping[str, str]) -> None:
    for path in map(Path, words):
        if path.name in LISTS and path.is_file():
            canary.learn_numbers(path.read_bytes())
    key = Path(variables.get("PRECONTRACTUAL_KEY_FILE", "."))
    if key.is_file():
        canary.learn_key(key.read_text())
    canary.learn("client id", variables.get(CLIENT_ID, ""))


def _hear_start(canary: Canary, process: subprocess.Popen[Any], given: list[str]) -> None:
    """What anybody on the machine, and what whoever has the same account, can look up about a process."""
    words = _of_process(process, "cmdline")
    while words == [b""] and process.poll() is None:  # for an instant, until the system has it all
        words = _of_process(process, "cmdline")
    canary.hear("process list", b"\n".join(word for word in words if os.fsdecode(word) not in given))
    known = (b"PRECONTRACTUAL_", b"PYTEST_CURRENT_TEST") if given else ()  # settings; a test's parameters
    variables = [each for each in _of_process(process, "environ") if not each.startswith(known)]
    canary.hear("environment of a process", b"\n".join(variables))


def _of_process(process: subprocess.Popen[Any], name: str) -> list[bytes]:
    """Nothing where a system has no such files, and when the process has ended."""
    try:
        return Path(f"/proc/{process.pid}/{name}").read_bytes().split(b"\0")
    except OSError:
        return []
