"""The time that things under way may take: each of many, with one timer for all, or some one after the other.

Knows that of many all may take equally long, so that whatever began first is due first. Refuses to know what
is under way. ``asyncio.timeout`` does the same with a timer for each, which costs a tenth of a call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar, cast

_T = TypeVar("_T")


class Deadlines:
    """Cancels what takes longer than `seconds`; whoever began it asks `is_late` what the cancellation was."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due: dict[asyncio.Task[object], tuple[float, int]] = {}
        self._late: dict[asyncio.Task[object], int] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> asyncio.Task[object]:
        """The current task begins something, and one thing at a time."""
        task = cast("asyncio.Task[object]", asyncio.current_task())
        loop = task.get_loop()
        due = loop.time() + self._seconds
        self._due[task] = due, task.cancelling()
        if self._timer is None:
            self._timer = loop.call_at(due, self._expire)
        return task

    def end(self, task: asyncio.Task[object]) -> None:
        """It has ended, in whatever way."""
        self._due.pop(task, None)
        if self._late.pop(task, None) is not None:
            task.uncancel()  # it came out as something else

    def is_late(self, task: asyncio.Task[object]) -> bool:
        """Whether `task` was cancelled for being late and for nothing else; then it is so no more."""
        cancelled_before = self._late.pop(task, None)
        return cancelled_before is not None and task.uncancel() <= cancelled_before

    def _expire(self) -> None:
        """Cancel what is due, and come back when the next may be."""
        loop = asyncio.get_running_loop()
        self._timer = None
        while self._due:
            task, (due, cancelled_before) = next(iter(self._due.items()))
            if due > loop.time():
                self._timer = loop.call_at(due, self._expire)
                return
            del self._due[task]
            self._late[task] = cancelled_before
            task.cancel()


class Allowance:
    """Seconds that some things have together, one after the other. What lies between them costs nothing."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    async def within(self, awaited: Awaitable[_T], late: Exception) -> _T:
        """What `awaited` comes to; `late` is raised when it does not come in what is left."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        limit = asyncio.timeout(self._left)
        try:
            async with limit:
                return await awaited
        except TimeoutError:
            if not limit.expired():
                raise
        finally:
            self._left -= loop.time() - began
        raise late
