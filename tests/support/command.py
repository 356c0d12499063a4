"""The command as a person runs it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO

from attrs import field, frozen

COMMAND = [sys.executable, "-m", "precontractual_async"]


def clean_environment() -> dict[str, str]:
    """Ours without anything that is set for the command on this machine."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PRECONTRACTUAL_")}


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
def running_sandbox(*arguments: str) -> Iterator[RunningSandbox]:
    """``precontractual sandbox`` until the end of the block."""
    process = subprocess.Popen(
        [*COMMAND, "sandbox", *arguments],
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
