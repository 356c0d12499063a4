"""What pacing.py, lag.py, memory.py and parts.py share: their server, settings for it, citizens, verdicts.

Other work on the machine moves every figure that these print: a bar that does not hold on a busy machine
should be looked at again on a quiet one before anything is concluded.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from attrs import field, frozen
from ground import ENTERPRISE, pem

from precontractual_async import (
    Answered,
    Caller,
    Candidate,
    Credentials,
    EnterpriseNumber,
    Outcome,
    PrecontractualClient,
    Settings,
)

FULL_SPEED = 1_000_000
"""A rate that never holds a call back."""


@frozen
class Server:
    """stamping.py in a process of its own."""

    port: int
    _process: subprocess.Popen[str] = field(repr=False)

    def stamps(self) -> list[float]:
        """When each request arrived since this was last asked, on the server's monotonic clock."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("stamps\n")
        self._process.stdin.flush()
        return [float(stamp) for stamp in json.loads(self._process.stdout.readline())]


@contextmanager
def server() -> Iterator[Server]:
    """A server on loopback; it ends with the block."""
    command = [sys.executable, str(Path(__file__).with_name("stamping.py"))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Server(int(process.stdout.readline()), process)
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def caller() -> Caller:
    return Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE))


def settings(port: int, *, rate: float, concurrency: int) -> Settings:
    """Settings for the server at `port`, with a new private key."""
    return Settings(
        caller=caller(),
        credentials=Credentials(client_id="benchmark", private_key=pem()),
        api_url=f"http://127.0.0.1:{port}/v1",
        token_url=f"http://127.0.0.1:{port}/token",
        audience="benchmark",
        rate=rate,
        concurrency=concurrency,
    )


def candidates(client: PrecontractualClient, count: int) -> Iterator[Candidate]:
    """So many distinct citizens for one day that can be asked; nothing is remembered of them."""
    window = client.planner().window
    assert window is not None
    return (Candidate(number, window.last) for number in islice(ssins(), count))


def ssins() -> Iterator[str]:
    """Distinct fictional numbers, a million and more, made one after the other."""
    day = date(1990, 1, 1)
    while day.year < 2000:
        for serial in range(1, 998):
            body = f"{day:%y%m%d}{serial:03}"
            yield f"{body}{97 - int(body) % 97:02}"
        day += timedelta(days=1)


def check_answered(outcome: Outcome) -> None:
    """A benchmark of anything but answers would measure something else."""
    assert isinstance(outcome, Answered), outcome


def verdict(*, holds: bool) -> str:
    return "holds" if holds else "FAILS"
