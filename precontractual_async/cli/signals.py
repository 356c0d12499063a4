"""Signals, the same way on every platform: asyncio's own handlers do not exist on Windows."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_HEEDED: Final = ("SIGINT", "SIGTERM", "SIGHUP")
"""By name: Windows has no SIGHUP."""


@contextmanager
def on_signals(stop: Callable[[int], None]) -> Iterator[None]:
    """Call `stop` with the number, in the running loop, when one comes within the block.

    One that is ignored stays so: that is how ``nohup`` works.
    """
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
