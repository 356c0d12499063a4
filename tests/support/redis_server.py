"""A Redis of the tests' own: on a free port, in a folder of its own, with nothing kept unless it is asked for."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from attrs import define, field

MISSING = (
    "these tests need redis-server: apt-get install -y redis-server (Debian), brew install redis (macOS)"
)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@define
class RedisServer:
    """One server that can be killed and started again under the same address."""

    folder: Path
    options: tuple[str, ...] = ()
    port: int = field(factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and return when it answers."""
        command = shutil.which("redis-server")
        if command is None:
            pytest.fail(MISSING, pytrace=False)
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
