"""An outage that several workers wait out together: one probe at a time, and all go on with its answer."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import pytest
from attrs import define, evolve, field
from support import virtual
from support.numbers import generated
from support.virtual import elapsed
from support.ways import Way, reply

from precontractual_async import (
    Answered,
    Candidate,
    Fault,
    GatewayDown,
    Outcome,
    Settings,
    Unreachable,
    verify_many,
)
from precontractual_async.dask.outage import LEASE, NONE, SharedOutage
from precontractual_async.dask.worker import _Client
from precontractual_async.protocol.wire import HttpRequest, HttpResponse
from precontractual_async.sharing.allocator import SECOND

WORKERS = 4
NUMBERS = list(generated(1600))


@define
class Line:
    """One worker's line to whoever holds the silence; see `OutagePeers`."""

    silence: SharedOutage
    me: str
    is_cut: bool = False

    @property
    def are_waiting(self) -> bool:
        return not self.is_cut and self.silence.left(now()) != NONE

    async def probe(self) -> float | None:
        return await self._say(self.silence.probe)

    async def began(self) -> None:
        await self._say(self.silence.began)

    async def failed(self) -> None:
        await self._say(self.silence.failed)

    def over(self) -> None:
        if not self.is_cut:
            self.silence.over(now(), self.me)

    async def _say(self, word: Callable[[int, str], int]) -> float | None:
        await asyncio.sleep(0.001)
        if self.is_cut:
            return None
        left = word(now(), self.me)
        await asyncio.sleep(0.001)
        return None if left == NONE else left / SECOND


def now() -> int:
    return int(elapsed() * SECOND)


@define
class Worker:
    """`is_down`: whether its calls fail now."""

    line: Line
    is_down: Callable[[], bool]
    stamps: list[float] = field(factory=list)
    """When its calls failed."""
    answers: list[float] = field(factory=list)
    outcomes: list[Outcome] = field(factory=list)
    fault: Fault | None = None

    def __call__(self, _: HttpRequest) -> HttpResponse:
        if self.is_down():
            self.stamps.append(elapsed())
            raise Unreachable("the connection broke")
        self.answers.append(elapsed())
        return reply()

    async def work(self, settings: Settings, numbers: list[str], way: Way) -> None:
        client = _Client(settings, transport=way, now=virtual.now, jitter=lambda: 0.5)
        client.others = self.line
        candidates = [Candidate(number, "2026-12-01", row=row) for row, number in enumerate(numbers)]
        try:
            async with client:
                async for outcome in verify_many(client, candidates):
                    self.outcomes.append(outcome)
        except Fault as fault:
            self.fault = fault


def crew(*is_down: Callable[[], bool]) -> list[Worker]:
    silence = SharedOutage()
    return [Worker(Line(silence, str(index)), each) for index, each in enumerate(is_down)]


async def all_work(
    workers: list[Worker], settings: Settings, delay: float = 0.01
) -> list[asyncio.Task[None]]:
    share = len(NUMBERS) // len(workers)
    tasks = [
        asyncio.create_task(worker.work(settings, NUMBERS[index * share :][:share], Way(worker, delay=delay)))
        for index, worker in enumerate(workers)
    ]
    await asyncio.wait(tasks)
    return tasks


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        assert elapsed() < 100_000, "it never comes"
        await asyncio.sleep(0.1)


@pytest.fixture
def share(settings: Settings) -> Settings:
    """What one of the workers may do."""
    return evolve(settings, rate=100 / WORKERS, concurrency=10)


def probes(workers: list[Worker], after: float) -> list[float]:
    """Calls that failed, once those are back that were on the wire when the outage began."""
    return sorted(stamp for worker in workers for stamp in worker.stamps if stamp >= after)


def test_ten_minutes_together(share: Settings) -> None:
    """One probes at a time, as a single process would; all go on within a second of the answer; no row fails."""
    workers = crew(*[lambda: 1 <= elapsed() < 601] * WORKERS)
    virtual.run(all_work(workers, share))
    lone = probes(workers, 3)
    assert 12 <= len(lone) <= 15
    assert all(later - earlier >= 2 for earlier, later in pairwise(lone))
    assert len(probes(workers, 1)) <= WORKERS * 10 + 40 + 20
    back = [min(stamp for stamp in worker.answers if stamp > 600) for worker in workers]
    assert max(back) - min(back) <= 1.1
    assert Counter(type(outcome) for worker in workers for outcome in worker.outcomes) == {
        Answered: len(NUMBERS)
    }


def test_patience_ends_together(share: Settings) -> None:
    """Each ends by the one fault, at the same time."""
    workers = crew(*[lambda: elapsed() >= 1] * WORKERS)
    impatient = evolve(share, retry=evolve(share.retry, patience=120))

    async def main() -> float:
        await all_work(workers, impatient)
        return elapsed()

    assert 120 <= virtual.run(main()) < 135
    assert {type(worker.fault) for worker in workers} == {GatewayDown}
    assert len(probes(workers, 3)) <= 8


def test_who_probes_may_be_gone(share: Settings) -> None:
    """Another probes when its time is over, and the rest is answered."""
    workers = crew(*[lambda: 1 <= elapsed() < 20] * 2)

    async def main() -> float:
        working = asyncio.create_task(all_work(workers, share, delay=0.5))
        silence = workers[0].line.silence
        await until(lambda: elapsed() > 7 and silence.owner != "")
        gone, left = sorted(workers, key=lambda worker: worker.line.me != silence.owner)
        gone.line.is_cut, gone.is_down = True, lambda: True  # neither it nor the gateway is heard any more
        died = elapsed()
        await until(lambda: len(left.outcomes) == len(NUMBERS) // 2)
        working.cancel()
        assert {type(outcome) for outcome in left.outcomes} == {Answered}
        return min(stamp for stamp in left.answers + left.stamps if stamp > died) - died

    assert LEASE / SECOND - 1 <= virtual.run(main()) <= LEASE / SECOND + 2


def test_one_whose_own_line_is_cut(share: Settings) -> None:
    """It holds the others up for a moment and once; it waits for its own line, and gives no row up for it."""
    workers = crew(lambda: 1 <= elapsed() < 300, *[lambda: False] * (WORKERS - 1))
    virtual.run(all_work(workers, share))
    for worker in workers:
        assert Counter(type(outcome) for outcome in worker.outcomes) == {Answered: len(NUMBERS) // WORKERS}
    longest = [max(later - earlier for earlier, later in pairwise(worker.answers)) for worker in workers]
    assert longest[0] > 299
    assert max(longest[1:]) < 5


def test_an_outage_that_nobody_waits_for_is_forgotten() -> None:
    """A run that comes later begins as if there had been none."""
    silence = SharedOutage()
    assert silence.began(0, "one") == SECOND
    assert silence.probe(SECOND // 2, "another") == SECOND // 2
    assert silence.probe(SECOND, "another") == silence.probe(2 * SECOND, "another") == 0
    assert silence.failed(3 * SECOND, "one") == LEASE - SECOND
    assert silence.failed(3 * SECOND, "another") == silence.probe(3 * SECOND, "one") == 2 * SECOND
    assert silence.probe(5 * SECOND, "another") > 0  # whose probe failed comes after the others
    assert silence.left(14 * SECOND) == 0
    assert silence.left(15 * SECOND) == NONE
    assert silence.began(16 * SECOND, "one") == SECOND
    assert silence.over(17 * SECOND, "another") == silence.left(17 * SECOND) == NONE
