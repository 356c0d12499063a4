"""Turns of the event loop: some calls are begun in each, the others in the next.

Knows that calls which are begun together, in the place of answers that came together, would keep the loop
until the last of them is on its way, and that whoever shares it, a web service say, waits as long. Refuses to
know what is begun.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

_AT_ONCE: Final = 8
"""Each takes nearly a tenth of a millisecond."""


class TurnLimit:
    """Lets so many through in one turn of the loop, in the order in which they come."""

    def __init__(self) -> None:
        self._left = _AT_ONCE
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_counting = False

    async def acquire(self) -> None:
        """Return at once while this turn of the loop has room, else in one that has."""
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
        """A new turn, in which those who wait go first; none is counted once nobody comes."""
        if self._left == _AT_ONCE:
            self._is_counting = False
            return
        self._left = _AT_ONCE
        while self._left and self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():  # else it was cancelled
                waiting.set_result(None)
                self._left -= 1
        asyncio.get_running_loop().call_soon(self._begin)
