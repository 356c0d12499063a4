"""Spreads the beginning of calls over several turns of the event loop.

Knows that answers often arrive together, and that the next calls would then begin together: these would keep
the loop busy until the last one is sent, and other users of the loop, such as a web service, would wait.
Leaves to others: what begins.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

_AT_ONCE: Final = 12
"""The most calls that begin in one turn: together they take about a millisecond. With fewer, a batch at full
speed spends its time on turns."""


class TurnLimit:
    """Lets a few calls begin in each turn of the loop, in the order in which they come."""

    def __init__(self) -> None:
        self._left = _AT_ONCE
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_counting = False

    async def acquire(self) -> None:
        """Return at once while this turn of the loop has room, otherwise in a later turn."""
        if not self._is_counting:
            self._is_counting = True
            asyncio.get_running_loop().call_soon(self._begin)
        if self._left and not self._waiting:
            self._left -= 1
            return
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        await waiting

    def _begin(self) -> None:
        """Begin a new turn: waiting calls go first. Counting stops after a turn without calls."""
        if self._left == _AT_ONCE:
            self._is_counting = False
            return
        self._left = _AT_ONCE
        while self._left and self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():  # otherwise it was cancelled
                waiting.set_result(None)
                self._left -= 1
        asyncio.get_running_loop().call_soon(self._begin)
