"""An event loop whose clock jumps to the next timer instead of waiting for it; and cancellation at a chosen moment."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

_T = TypeVar("_T")

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""When virtual time begins, on the wall."""


_PASS = 1e-7


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(None if timeout is None else 0)
        if not ready and timeout is not None:
            self.now += timeout
        self.now += _PASS  # a clock that stands still while code runs makes rounding errors last for ever
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time passes only when everybody sleeps."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, function: Callable[..., _T], *arguments: Any
    ) -> asyncio.Future[_T]:
        """What the default executor would do is done at once: while a thread is at work, hours would pass."""
        if executor is not None:
            return super().run_in_executor(executor, function, *arguments)
        done: asyncio.Future[_T] = self.create_future()
        try:
            done.set_result(function(*arguments))
        except Exception as error:  # noqa: BLE001 (it is whoever awaits it that handles it)
            done.set_exception(error)
        return done

    def pass_by(self, seconds: float) -> None:
        self._jumping.now += seconds


def now() -> datetime:
    """The wall clock of the running virtual loop."""
    return START + timedelta(seconds=asyncio.get_running_loop().time() - 1_000.0)


def elapsed() -> float:
    """Virtual seconds since the loop began."""
    return asyncio.get_running_loop().time() - 1_000.0


def hold_up(seconds: float) -> None:
    """Let time pass as while something does not let go of the loop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    loop.pass_by(seconds)


def run(main: Coroutine[Any, Any, _T]) -> _T:
    """Run to the end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


class Suspensions:
    """Counts the suspensions of all that goes `through` it; at those with these numbers the task is cancelled.

    `whose`: the task that is cancelled, when it is not the one that is suspended.
    """

    def __init__(
        self, *cancelled: int, whose: Callable[[], asyncio.Task[Any] | None] = asyncio.current_task
    ) -> None:
        self.count = 0
        self.hits = 0
        self._cancelled = frozenset(cancelled)
        self._whose = whose

    async def through(self, inner: Coroutine[Any, Any, _T]) -> _T:
        """The result of `inner`, if it comes to one."""
        result: _T = await _Steps(inner, self)
        return result

    def end(self) -> None:
        """From here on nobody is cancelled."""
        self._cancelled = frozenset()

    def next(self) -> None:
        """One more; it may be a chosen one."""
        self.count += 1
        task = self._whose()
        if self.count in self._cancelled and task is not None:
            self.hits += 1
            task.cancel()


class _Steps:
    """Awaits a coroutine step by step."""

    def __init__(self, inner: Coroutine[Any, Any, Any], suspensions: Suspensions) -> None:
        self._inner = inner
        self._suspensions = suspensions

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self._inner.__await__()
        go: Callable[[Any], Any] = steps.send
        given: object = None
        while True:
            try:
                waited_for = go(given)
            except StopIteration as end:
                return end.value
            self._suspensions.next()
            try:
                go, given = steps.send, (yield waited_for)
            except asyncio.CancelledError as cancelled:
                go, given = steps.throw, cancelled
