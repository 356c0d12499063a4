"""Signals, the same way on every platform: asyncio's own handlers do not exist on Windows."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_HEEDED: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def on_signals(stop: Callable[[int], None]) -> Iterator[None]:
    """Call `stop` with the number, in the running loop, when Ctrl-C or SIGTERM comes within the block."""
    loop = asyncio.get_running_loop()

    def heard(number: int, _: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop, number)

    before = {number: signal.signal(number, heard) for number in _HEEDED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
