"""Time limits: one limit for each of many parallel tasks, or one limit for several steps together.

Knows that parallel tasks with the same limit are due in the order in which they began, so one timer serves
all; a timer for each, as in ``asyncio.timeout``, costs a tenth of a call. Leaves to others: what is timed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar, cast

_T = TypeVar("_T")


class Deadlines:
    """Cancels tasks that take longer than `seconds`. `is_late` tells such a cancellation from others."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due: dict[asyncio.Task[object], tuple[float, int]] = {}
        self._late: dict[asyncio.Task[object], int] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> asyncio.Task[object]:
        """Start the limit for the current task; a task has at most one limit at a time."""
        task = cast("asyncio.Task[object]", asyncio.current_task())
        loop = task.get_loop()
        due = loop.time() + self._seconds
        self._due[task] = due, task.cancelling()
        if self._timer is None:
            self._timer = loop.call_at(due, self._expire)
        return task

    def end(self, task: asyncio.Task[object]) -> None:
        """Remove the limit of `task`, whose work has ended in some way."""
        self._due.pop(task, None)
        if self._late.pop(task, None) is not None:
            task.uncancel()  # the cancellation became another error

    def is_late(self, task: asyncio.Task[object]) -> bool:
        """Whether `task` was cancelled only because it is late; then the cancellation is undone."""
        cancelled_before = self._late.pop(task, None)
        return cancelled_before is not None and task.uncancel() <= cancelled_before

    def _expire(self) -> None:
        """Cancel the tasks that are due, and set the timer for the next one."""
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
    """A time limit for several steps together, one after the other. Time between the steps does not count."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    async def within(self, awaited: Awaitable[_T], late: Exception) -> _T:
        """The result of `awaited`; raises `late` when it takes longer than the time that is left."""
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
