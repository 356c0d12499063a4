"""One timer for all that is under way: what is late is cancelled, and nothing else."""

from __future__ import annotations

import asyncio

import pytest
from support import virtual
from support.virtual import elapsed

from precontractual_async.calls.timeouts import Deadlines


async def work(deadlines: Deadlines, seconds: float) -> str:
    """As a transport does it."""
    task = deadlines.begin()
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        if not deadlines.is_late(task):
            raise
        return f"late at {elapsed():.0f}"
    finally:
        deadlines.end(task)
    return f"done at {elapsed():.0f}"


def test_each_has_its_own_time() -> None:
    """What began later may take as long; what ends in time is left alone."""

    async def one(deadlines: Deadlines, after: float, seconds: float) -> str:
        await asyncio.sleep(after)
        return await work(deadlines, seconds)

    async def main() -> list[str]:
        deadlines = Deadlines(30)
        plan = [(0, 40), (10, 25), (20, 50), (29, 1), (100, 31), (200, 5)]
        return list(await asyncio.gather(*(one(deadlines, *each) for each in plan)))

    assert virtual.run(main()) == [
        "late at 30",
        "done at 35",
        "late at 50",
        "done at 30",
        "late at 130",
        "done at 205",
    ]


def test_one_task_after_another_thing() -> None:
    """A task that was late goes on as if nothing had been, and may be late again."""

    async def main() -> tuple[list[str], int]:
        deadlines = Deadlines(10)
        told = [await work(deadlines, seconds) for seconds in (20, 5, 20)]
        task = asyncio.current_task()
        return told, task.cancelling() if task else -1

    assert virtual.run(main()) == (["late at 10", "done at 15", "late at 25"], 0)


def test_one_timer_whatever_the_number() -> None:
    """And none that stays when nothing is under way any more for a whole term."""
    armed = 0

    async def main() -> None:
        nonlocal armed
        loop = asyncio.get_running_loop()
        plain = loop.call_at

        def counting(when: float, callback: object, *given: object, **options: object) -> asyncio.TimerHandle:
            nonlocal armed
            armed += getattr(callback, "__name__", "") == "_expire"
            return plain(when, callback, *given, **options)  # type: ignore[arg-type]

        loop.call_at = counting  # type: ignore[method-assign]
        deadlines = Deadlines(10)
        await asyncio.gather(*(work(deadlines, 1) for _ in range(500)))
        assert armed == 1
        await asyncio.sleep(100)
        assert armed == 1

    virtual.run(main())


@pytest.mark.parametrize("first", ["the deadline", "the caller"])
def test_a_cancellation_from_elsewhere_is_not_taken_for_lateness(first: str) -> None:
    """Both at the same moment, in either order: the caller's counts."""

    async def main() -> None:
        deadlines = Deadlines(10)
        task = asyncio.create_task(work(deadlines, 20))
        loop = asyncio.get_running_loop()
        if first == "the caller":
            loop.call_at(loop.time() + 10, task.cancel)
        await asyncio.sleep(0)  # it begins, and with it the timer
        if first == "the deadline":
            loop.call_at(loop.time() + 10, task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task

    virtual.run(main())


def test_within_a_clean_up_of_something_cancelled() -> None:
    """Cancelled before, and still at work: what is late then is late, and nothing more."""

    async def cleaning(deadlines: Deadlines) -> str:
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            return await work(deadlines, 20)
        return ""

    async def main() -> str:
        task = asyncio.create_task(cleaning(Deadlines(10)))
        await asyncio.sleep(1)
        task.cancel()
        return await task

    assert virtual.run(main()) == "late at 11"


def test_within_a_shorter_timeout_of_the_caller() -> None:
    """`asyncio.timeout` around it works as ever."""

    async def main() -> float:
        deadlines = Deadlines(10)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await work(deadlines, 20)
        return elapsed()

    assert round(virtual.run(main())) == 3


def test_a_cancellation_that_comes_out_as_something_else() -> None:
    """It is counted no more either: the task is not taken for one that somebody cancelled."""

    async def main() -> int:
        deadlines = Deadlines(10)
        task = deadlines.begin()
        try:
            await asyncio.sleep(20)
        except asyncio.CancelledError:
            deadlines.end(task)
        return task.cancelling()

    assert virtual.run(main()) == 0
