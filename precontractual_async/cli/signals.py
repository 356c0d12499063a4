"""Signals, handled alike on every platform: asyncio's own handlers do not exist on Windows."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Final

from ..batch.backend import VerificationBackend
from ..batch.list_screening import Screening
from ..batch.progress import Progress
from .console import say

_HEEDED: Final = ("SIGINT", "SIGTERM", "SIGHUP")
"""The signals that end a command, by name: Windows has no SIGHUP."""


class Signalled(KeyboardInterrupt):
    """A signal that ends the command, as Ctrl-C does."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def ending_on_signals() -> Iterator[None]:
    """Let a signal that would kill the process end the block instead.

    Open files are then closed and messages are printed, as after Ctrl-C. An ignored signal stays ignored.

    Raises:
        Signalled: such a signal came.
    """

    def heard(number: int, _: FrameType | None) -> None:
        raise Signalled(number)

    known = [signal.Signals[name] for name in _HEEDED if name in signal.Signals.__members__]
    deadly = [number for number in known if signal.getsignal(number) is signal.SIG_DFL]
    for number in deadly:
        signal.signal(number, heard)
    try:
        yield
    finally:
        for number in deadly:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def on_signals(stop: Callable[[int], None]) -> Iterator[None]:
    """Call `stop` with the number of each signal that comes within the block, in the running loop.

    A signal that is ignored stays ignored: ``nohup`` works this way.
    """
    import asyncio  # imported here, because --help does not need it

    loop = asyncio.get_running_loop()

    def heard(number: int, _: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop, number)

    known = [signal.Signals[name] for name in _HEEDED if name in signal.Signals.__members__]
    heeded = [number for number in known if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, heard) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


async def ask_until_stopped(screening: Screening, client: VerificationBackend, progress: Progress) -> None:
    """Ask what is due; the first signal ends new questions, the second also ends calls under way."""
    with on_signals(partial(_stop, screening)):
        await screening.ask(client, progress)


def _stop(screening: Screening, number: int) -> None:
    if screening.stop(number):
        say("stopping: what is under way may end; once more to stop at once")
