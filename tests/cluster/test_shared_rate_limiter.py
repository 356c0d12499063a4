"""One rate kept by several processes, in virtual time: whatever becomes of them and of Redis, it is never exceeded."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress

import pytest
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from support import virtual
from support.numbers import generated
from support.shared import EPOCH, Line, Machine
from support.virtual import elapsed
from support.ways import Way, most_in_one_second

from precontractual_async import (
    Candidate,
    Fault,
    PrecontractualClient,
    RunStopped,
    Settings,
    SharingRefused,
    SharingUnavailable,
    verify_many,
)
from precontractual_async.sharing.allocator import ALONE, ALONE_AFTER, GAP, HEARD, HORIZON, LATE, SECOND
from precontractual_async.sharing.rate_limiter import SharedRateLimiter

ON_THE_WAY = 0.015
"""Seconds by which calls differ on their way to the gateway."""


@define
class Crowd:
    """Processes that make as many calls as they may; `stamps` are the arrivals at the gateway."""

    machine: Machine
    rate: float
    processes: int = 0
    tasks: int = 5
    stamps: list[float] = field(factory=list)
    faults: list[Fault] = field(factory=list)
    by_process: dict[int, list[float]] = field(factory=dict)
    lines: list[Line] = field(factory=list)
    paces: list[SharedRateLimiter] = field(factory=list)
    _stops: list[AsyncExitStack] = field(factory=list)
    _draw: random.Random = field(factory=lambda: random.Random(3))

    async def start(self, count: int = 1) -> None:
        for _ in range(count):
            line = Line(self.machine)
            stack = AsyncExitStack()
            rate_limiter = SharedRateLimiter(line, rate=self.rate, processes=self.processes)
            await stack.enter_async_context(rate_limiter)
            callers = [
                asyncio.create_task(self._call(rate_limiter, len(self.paces))) for _ in range(self.tasks)
            ]
            stack.push_async_callback(_cancelled, callers)
            self.lines.append(line)
            self.paces.append(rate_limiter)
            self._stops.append(stack)

    async def stop(self, index: int) -> None:
        """As a process ends that has done its work."""
        await self._stops[index].aclose()

    async def die(self, index: int) -> None:
        """As a process ends that is killed."""
        self.lines[index].is_cut = True
        await self.stop(index)

    async def stop_all(self) -> None:
        for stack in self._stops:
            await stack.aclose()

    async def _call(self, rate_limiter: SharedRateLimiter, index: int) -> None:
        while True:
            try:
                await rate_limiter.acquire()
            except RunStopped:
                return
            except Fault as fault:
                self.faults.append(fault)
                await asyncio.sleep(0.5)
                continue
            arrives = elapsed() + self._draw.uniform(0, ON_THE_WAY)
            self.stamps.append(arrives)
            self.by_process.setdefault(index, []).append(arrives)
            await asyncio.sleep(0.02)

    def between(self, start: float, end: float, index: int | None = None) -> int:
        stamps = self.stamps if index is None else self.by_process.get(index, [])
        return sum(start <= stamp < end for stamp in stamps)


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


def ran(crowd: Crowd, story: Callable[[], Awaitable[None]]) -> None:
    """A story to its end; no second of it held more calls than the rate."""

    async def main() -> None:
        try:
            await story()
        finally:
            await crowd.stop_all()

    virtual.run(main())
    assert most_in_one_second(sorted(crowd.stamps)) <= crowd.rate


@pytest.mark.parametrize(
    ("rate", "processes", "tasks"),
    [(1, 2, 3), (5, 2, 10), (5, 8, 10), (20, 4, 2), (100, 1, 10), (100, 4, 20), (500, 40, 10), (1000, 4, 64)],
)
@pytest.mark.parametrize("is_told", [True, False], ids=["PROCESSES", "unknown"])
def test_the_rate_is_kept_and_used(rate: float, processes: int, tasks: int, is_told: bool) -> None:
    """By all together: 96 % of it on average, and no more than that in any second."""
    crowd = Crowd(Machine(), rate, processes if is_told else 0, tasks)
    seconds = 15 if rate < 100 else 5

    async def story() -> None:
        await crowd.start(processes)
        await asyncio.sleep(GAP + seconds + 4)

    ran(crowd, story)
    used = crowd.between(GAP + 3, GAP + 3 + seconds)
    assert used >= 0.96 * seconds * rate - 1
    if rate >= 100:
        assert crowd.machine.messages / 2 <= 0.5 * len(crowd.stamps)


def test_each_gets_its_turn() -> None:
    """Of a rate that is far too small for all, each gets about as much."""
    crowd = Crowd(Machine(), 50, 20, tasks=30)

    async def story() -> None:
        await crowd.start(20)
        await asyncio.sleep(60)

    ran(crowd, story)
    counts = [len(stamps) for stamps in crowd.by_process.values()]
    assert len(counts) == 20
    assert max(counts) <= 1.5 * min(counts)


def test_nothing_is_sent_for_a_second_and_more_at_first() -> None:
    """Whoever finds nothing known must take it that a full second has just been used."""
    crowd = Crowd(Machine(), 100, 1)

    async def story() -> None:
        await crowd.start()
        await asyncio.sleep(3)

    ran(crowd, story)
    assert GAP <= min(crowd.stamps) < GAP + 0.03


# --- pauses


def test_a_pause_is_everybodys(caplog: pytest.LogCaptureFixture) -> None:
    """What one process is told holds all, within the half second that slots may lie ahead; then the pace."""
    crowd = Crowd(Machine(), 100, 3)

    async def story() -> None:
        await crowd.start(3)
        await asyncio.sleep(5)
        crowd.paces[1].pause(4.0)
        await asyncio.sleep(10)
        assert [rate_limiter.pauses for rate_limiter in crowd.paces] == [1, 1, 1]

    ran(crowd, story)
    assert crowd.between(5 + ON_THE_WAY, 9, 1) == 0
    assert crowd.between(5 + HORIZON + LATE + ON_THE_WAY, 9) == 0
    assert crowd.between(9, 10) >= 93
    told = [each.getMessage() for each in caplog.records]
    assert sum("everybody waits" in text for text in told) == 3


def test_after_a_429_all_slow_down_once() -> None:
    """Three processes are refused together: that is one sign, and a tenth less for all."""
    crowd = Crowd(Machine(), 100, 3)

    async def story() -> None:
        await crowd.start(3)
        await asyncio.sleep(5)
        for rate_limiter in crowd.paces:
            rate_limiter.slow_down(1.0)
        await asyncio.sleep(12)

    ran(crowd, story)
    assert crowd.between(7, 17) / 1000 == pytest.approx(0.965 * 0.905, abs=0.01)


def test_a_pause_outlasts_the_process_that_was_told() -> None:
    """Redis keeps it for whoever comes."""
    crowd = Crowd(Machine(), 100)

    async def story() -> None:
        await crowd.start()
        await asyncio.sleep(3)
        crowd.paces[0].pause(10)
        await asyncio.sleep(0.1)
        await crowd.stop(0)
        await crowd.start()
        await asyncio.sleep(12)

    ran(crowd, story)
    assert crowd.between(3.1, 13) == 0
    assert crowd.between(13, 14) >= 90


# --- without Redis


def test_without_a_number_of_processes_nobody_calls_without_redis(caplog: pytest.LogCaptureFixture) -> None:
    """Told at once, and on again as soon as it is back."""
    crowd = Crowd(Machine(), 100)

    async def story() -> None:
        await crowd.start(2)
        await asyncio.sleep(5)
        crowd.machine.is_down = True
        await asyncio.sleep(20)
        crowd.machine.is_down = False
        await asyncio.sleep(5)

    ran(crowd, story)
    assert {(type(fault), fault.diagnosis) for fault in crowd.faults} == {
        (SharingUnavailable, "no connection to Redis")
    }
    assert crowd.between(5 + HORIZON + LATE + ON_THE_WAY, 25) == 0
    assert crowd.between(26, 30) >= 380
    told = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert told[0] == "no connection to Redis"
    assert "without the shared pace nothing more is asked for now" in told
    assert told[-1] == "the shared pace is back"


@pytest.mark.parametrize("forgets", [True, False], ids=["empty", "as it was"])
@pytest.mark.parametrize("away", [1.0, 4.0, 6.0, 30.0])
def test_each_goes_on_alone_and_comes_back(away: float, forgets: bool) -> None:
    """With a quarter each, after a silence in which nobody calls; and all of it again soon after the return."""
    crowd = Crowd(Machine(), 100, 4, tasks=10)

    async def story() -> None:
        await crowd.start(4)
        await asyncio.sleep(8)
        crowd.machine.is_down = True
        await asyncio.sleep(away)
        crowd.machine.is_down = False
        if forgets:
            crowd.machine.forget()
        await asyncio.sleep(12)

    ran(crowd, story)
    assert crowd.faults == []
    assert crowd.between(8 + HEARD, 8 + min(away, ALONE_AFTER - 1)) == 0
    if away == 30:
        alone = crowd.between(8 + ALONE_AFTER + 2, 38) / (28 - ALONE_AFTER)
        assert alone == pytest.approx(0.95 * 96.5, abs=2)
    assert crowd.between(8 + away + 6, 8 + away + 11) >= 0.96 * 500 - 1


def test_one_that_is_cut_off_takes_its_share_along() -> None:
    """The others leave it to it for as long as it may use it, and have it again when it is back."""
    crowd = Crowd(Machine(), 100, 4, tasks=10)

    async def story() -> None:
        await crowd.start(4)
        await asyncio.sleep(8)
        crowd.lines[2].is_cut = True
        await asyncio.sleep(30)
        crowd.lines[2].is_cut = False
        await asyncio.sleep(12)

    ran(crowd, story)
    others = (crowd.between(16, 36) - crowd.between(16, 36, 2)) / 20
    assert others == pytest.approx(0.965 * 75, abs=0.5)
    assert crowd.between(16, 36, 2) / 20 == pytest.approx(0.95 * 0.965 * 25, abs=0.5)
    assert crowd.between(44, 49) >= 0.96 * 500 - 1


@pytest.mark.parametrize(("is_mute", "late"), [(True, 0.0), (False, 1.5), (False, 4.0), (False, 9.0)])
def test_one_that_is_heard_but_hears_nothing(is_mute: bool, late: float) -> None:
    """Redis takes it for one that is there, until it was silent for long enough; what comes late counts nothing."""
    crowd = Crowd(Machine(), 40, 2, tasks=10)

    async def story() -> None:
        await crowd.start(2)
        for _ in range(4):
            await asyncio.sleep(8)
            crowd.lines[0].is_mute, crowd.lines[0].late = is_mute, late
            await asyncio.sleep(20)
            crowd.lines[0].mend()
        await asyncio.sleep(8)

    ran(crowd, story)
    assert crowd.between(18, 28, 0) > 150


def test_nobody_goes_on_alone_for_ever() -> None:
    """After some minutes it stops; the others have all of the rate again, and so has it when it is back."""
    crowd = Crowd(Machine(), 10, 2)
    over = 6 + HEARD + ALONE

    async def story() -> None:
        await crowd.start(2)
        await asyncio.sleep(6)
        crowd.lines[0].is_cut = True
        await asyncio.sleep(over + 60 - 6)
        crowd.lines[0].is_cut = False
        await asyncio.sleep(20)

    ran(crowd, story)
    assert crowd.between(over - 60, over - 10, 0) >= 0.9 * 50 * 5
    assert crowd.between(over - 1, over + 60, 0) == 0
    assert crowd.between(over + 5, over + 55, 1) >= 0.96 * 50 * 10
    assert crowd.between(over + 65, over + 75, 0) >= 20
    assert crowd.faults != []


def test_redis_that_forgot_believes_only_whom_it_hears() -> None:
    """Two of four are heard: the other two may be going on alone. In time it knows that they are not."""
    crowd = Crowd(Machine(), 100, 4, tasks=10)

    async def story() -> None:
        await crowd.start(2)
        await asyncio.sleep(HEARD + ALONE + 10)

    ran(crowd, story)
    assert crowd.between(5, 25) / 20 == pytest.approx(0.965 * 50, abs=1)
    assert crowd.between(HEARD + ALONE + 2, HEARD + ALONE + 7) >= 0.95 * 500


def test_who_leaves_takes_nothing_along_and_who_dies_does() -> None:
    """All four were there at once, so nobody else is; one says goodbye, another is killed."""
    crowd = Crowd(Machine(), 100, 4, tasks=10)

    async def story() -> None:
        await crowd.start(4)
        await asyncio.sleep(8)
        await crowd.stop(0)
        await asyncio.sleep(12)
        await crowd.die(1)
        await asyncio.sleep(20)

    ran(crowd, story)
    assert crowd.between(12, 20) >= 0.96 * 800 - 1
    assert crowd.between(26, 40) / 14 == pytest.approx(0.965 * 75, abs=1)


def test_one_that_comes_in_anothers_place_is_not_taken_for_a_third() -> None:
    """While one is cut off and goes on alone, another dies, and Redis does not know it yet when its successor
    comes: that are two that were heard, and still not all that there are."""
    crowd = Crowd(Machine(), 10, 2, tasks=10)

    async def story() -> None:
        await crowd.start(2)
        await asyncio.sleep(8)
        crowd.lines[0].is_cut = True
        await asyncio.sleep(20)
        for index in range(1, 5):
            await crowd.die(index)
            await asyncio.sleep(1.1)
            await crowd.start()
            await asyncio.sleep(6)

    ran(crowd, story)
    assert crowd.between(30, 50, 0) >= 0.9 * 5 * 20
    assert len(crowd.stamps) - crowd.between(0, 99, 0) > 100


def test_when_all_are_there_the_dead_are_forgotten() -> None:
    """Its successor makes up the number, so whoever leaves later takes nothing along."""
    crowd = Crowd(Machine(), 100, 2, tasks=10)

    async def story() -> None:
        await crowd.start(2)
        await asyncio.sleep(6)
        await crowd.die(0)
        await asyncio.sleep(1.1)
        await crowd.start()
        await asyncio.sleep(10)
        await crowd.stop(1)
        await asyncio.sleep(10)

    ran(crowd, story)
    assert crowd.between(20, 26) >= 0.96 * 600 - 1


@pytest.mark.parametrize("rate", [4, 10, 40])
def test_no_second_holds_calls_made_alone_and_those_that_follow(rate: float) -> None:
    """Two of four go and come again and again, at other moments each time."""
    crowd = Crowd(Machine(), rate, 4, tasks=10)
    draw = random.Random(5)

    async def story() -> None:
        await crowd.start(4)
        await asyncio.sleep(6)
        for _ in range(30):
            crowd.lines[0].is_cut = crowd.lines[1].is_cut = True
            await asyncio.sleep(ALONE_AFTER + draw.uniform(1, 4))
            crowd.lines[0].is_cut = crowd.lines[1].is_cut = False
            await asyncio.sleep(4)

    ran(crowd, story)
    assert len(crowd.stamps) > 150 * rate


def test_who_comes_back_is_silent_for_a_second_before() -> None:
    """Redis shares the rate anew when it hears it, and the last call made alone is no longer in that second."""
    crowd = Crowd(Machine(), 100, 2, tasks=10)

    async def story() -> None:
        await crowd.start(2)
        await asyncio.sleep(6)
        crowd.lines[0].is_cut = True
        await asyncio.sleep(20)
        crowd.lines[0].is_cut = False
        await asyncio.sleep(5)

    ran(crowd, story)
    heard_again = crowd.machine.pool.joined / SECOND - EPOCH - 1_000
    assert 26 < heard_again < 29
    last_alone = max(stamp for stamp in crowd.by_process[0] if stamp < heard_again)
    assert heard_again - last_alone >= 1.0


def test_one_that_was_never_heard_does_not_go_on_alone() -> None:
    """Nobody keeps a share for it."""
    crowd = Crowd(Machine(is_down=True), 100, 4)

    async def story() -> None:
        await crowd.start(2)
        await asyncio.sleep(30)

    ran(crowd, story)
    assert crowd.stamps == []
    assert len(crowd.faults) > 10


def test_a_share_below_one_call_cannot_be_kept_apart() -> None:
    """More processes than calls a second: without Redis nobody calls."""
    crowd = Crowd(Machine(), 5, 8)

    async def story() -> None:
        await crowd.start(8)
        await asyncio.sleep(10)
        crowd.machine.is_down = True
        await asyncio.sleep(10)

    ran(crowd, story)
    assert crowd.between(10 + HORIZON + LATE + ON_THE_WAY, 20) == 0


def test_redis_that_is_there_but_does_not_serve_is_told() -> None:
    """A replica, say: after some seconds nobody waits for it any more."""
    crowd = Crowd(Machine(), 100, 2)

    async def story() -> None:
        await crowd.start(2)
        await asyncio.sleep(5)
        crowd.machine.refuses = SharingUnavailable("Redis is a replica")
        await asyncio.sleep(20)
        crowd.machine.refuses = None
        await asyncio.sleep(5)

    ran(crowd, story)
    assert {fault.diagnosis for fault in crowd.faults} == {"Redis is a replica"}
    assert crowd.between(27, 30) >= 280


def test_redis_that_refuses_us_is_told_to_everybody() -> None:
    """It will not pass by itself, so nobody goes on alone."""
    crowd = Crowd(Machine(refuses=SharingRefused("no")), 100, 4)

    async def story() -> None:
        await crowd.start()
        await asyncio.sleep(0.1)

        with pytest.raises(SharingRefused):
            await crowd.paces[0].acquire()

    ran(crowd, story)


@pytest.mark.parametrize("processes", [0, 1])
def test_a_batch_waits_for_redis_and_loses_nothing(settings: Settings, processes: int) -> None:
    """Away from the first call on, and once more in between: as in any outage, every row is answered in the end."""
    machine, way = Machine(is_down=True), Way()
    rate_limiter = SharedRateLimiter(Line(machine), rate=20, processes=processes)

    async def main() -> Counter[str]:
        client = PrecontractualClient(
            evolve(settings, rate=20),
            transport=way,
            now=virtual.now,
            jitter=lambda: 0.5,
            rate_limiter=rate_limiter,
        )
        loop = asyncio.get_running_loop()
        for at, is_down in ((40.0, False), (45.0, True), (100.0, False)):
            loop.call_later(at, setattr, machine, "is_down", is_down)
        async with rate_limiter, client:
            stream = verify_many(client, [Candidate(number, "2026-12-01") for number in generated(300)])
            return Counter([type(outcome).__name__ async for outcome in stream])

    assert virtual.run(main()) == {"Answered": 300}
    assert len(way.calls) == 300
    assert most_in_one_second(way.stamps) <= 20


# --- clocks and networks


@pytest.mark.parametrize("jump", [3600.0, 2.0, -2.0, -3600.0])
def test_a_clock_that_is_set(jump: float) -> None:
    """Forward or backward: who notices has all begun anew."""
    crowd = Crowd(Machine(), 100, 3)

    async def story() -> None:
        await crowd.start(3)
        await asyncio.sleep(8)
        crowd.machine.ahead += jump
        await asyncio.sleep(8)

    ran(crowd, story)
    assert crowd.between(12, 15.5) >= 0.96 * 350 - 5
    assert crowd.faults == []


def test_a_clock_that_runs_otherwise_is_followed() -> None:
    """By less than computers' clocks do, nothing is noticed."""
    crowd = Crowd(Machine(), 100, 3)

    async def story() -> None:
        await crowd.start(3)
        for _ in range(150):
            await asyncio.sleep(0.1)
            crowd.machine.ahead += 0.1 * 1e-4

    ran(crowd, story)
    assert crowd.between(4, 14) >= 0.96 * 1000 - 1


def test_slots_that_are_missed_are_let_go() -> None:
    """A process that is held up does not make up for it all at once."""
    crowd = Crowd(Machine(), 100, 2, tasks=30)

    async def story() -> None:
        await crowd.start(2)
        await asyncio.sleep(4)
        for _ in range(20):
            await asyncio.sleep(0.7)
            virtual.hold_up(0.2)

    ran(crowd, story)
    assert crowd.between(5, 15) >= 600


@pytest.mark.parametrize("latency", [(0.0, 0.0), (0.001, 0.006), (0.0055, 0.007), (0.0, 0.05)])
def test_a_network_that_is_slower(latency: tuple[float, float]) -> None:
    """As long as some answer tells Redis' time well enough."""
    crowd = Crowd(Machine(latency), 100, 4, tasks=20)

    async def story() -> None:
        await crowd.start(4)
        await asyncio.sleep(16)

    ran(crowd, story)
    least = 0.96 if latency[1] < 0.01 else 0.5
    assert crowd.between(5, 15) >= least * 1000


def test_a_redis_that_is_too_far_away_is_told() -> None:
    """Its time cannot be told well enough: no slot is used, and nobody waits for ever."""
    crowd = Crowd(Machine((0.03, 0.04)), 100)

    async def story() -> None:
        await crowd.start()
        await asyncio.sleep(5)

    ran(crowd, story)
    assert crowd.stamps == []
    assert "too slowly" in crowd.faults[0].diagnosis
    assert "20 milliseconds" in crowd.faults[0].next_step


# --- opening, closing, cancelling


def test_a_pace_that_is_not_open_says_so() -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match="async with"):
            await SharedRateLimiter(Line(Machine()), rate=5, processes=0).acquire()

    virtual.run(main())


def test_who_waits_when_it_is_closed_is_told() -> None:
    """Nobody waits for ever."""

    async def main() -> list[object]:
        async with SharedRateLimiter(Line(Machine()), rate=1, processes=1) as rate_limiter:
            waiting = [asyncio.create_task(rate_limiter.acquire()) for _ in range(3)]
            await asyncio.sleep(0.5)
        return await asyncio.gather(*waiting, return_exceptions=True)

    for told in virtual.run(main()):
        assert isinstance(told, RunStopped)


def test_callers_that_go_away_cost_no_more_than_their_slots() -> None:
    """Of two hundred that are cancelled while they wait, some at each moment; the others go on at the pace."""
    crowd = Crowd(Machine(), 100, 1, tasks=10)

    async def story() -> None:
        await crowd.start()
        await asyncio.sleep(4)
        for _ in range(200):
            leaving = asyncio.create_task(crowd.paces[0].acquire())
            await asyncio.sleep(0.03)
            leaving.cancel()
            with suppress(asyncio.CancelledError):
                await leaving

    ran(crowd, story)
    assert crowd.between(4, 10) >= 0.6 * 600


# --- everything at once

TO_REDIS: dict[str, Callable[[Machine], object]] = {
    "down": lambda machine: setattr(machine, "is_down", True),
    "up": lambda machine: setattr(machine, "is_down", False),
    "forget": Machine.forget,
    "restart": Machine.restart,
    "restore": Machine.restore,
}
TO_A_PROCESS: dict[str, Callable[[Crowd, int], object]] = {
    "cut": lambda crowd, index: setattr(crowd.lines[index], "is_cut", True),
    "mend": lambda crowd, index: crowd.lines[index].mend(),
    "mute": lambda crowd, index: setattr(crowd.lines[index], "is_mute", True),
    "delay": lambda crowd, index: setattr(crowd.lines[index], "late", 3.3),
    "hold": lambda crowd, index: crowd.paces[index].pause(0.7),
    "429": lambda crowd, index: crowd.paces[index].slow_down(0.7),
}

events = st.tuples(
    st.sampled_from(["start", "stop", "die", *TO_REDIS, *TO_A_PROCESS]),
    st.integers(0, 3),
    st.sampled_from([0.0, 0.01, 0.3, 0.9, 1.1, 3.1, 4.6, 5.0, 8.0, 40.0]),
)


@examples(max_examples=60, deadline=None)
@given(st.sampled_from([4, 10, 41, 100]), st.lists(events, max_size=25))
def test_no_second_holds_too_many_whatever_happens(rate: int, story: list[tuple[str, int, float]]) -> None:
    """Processes come, end, die and are cut off; Redis stops, forgets, or comes back with what it once knew."""
    machine = Machine()
    crowd = Crowd(machine, rate, 4, tasks=4)
    alive: list[int] = []

    async def start() -> None:
        if len(alive) < 4:
            await crowd.start()
            alive.append(len(crowd.paces) - 1)

    async def end(index: int, by: Callable[[int], Awaitable[None]]) -> None:
        alive.remove(index)
        await by(index)
        await asyncio.sleep(1 + ON_THE_WAY)  # what is started in its place takes a moment

    async def told() -> None:
        await start()
        await start()
        await asyncio.sleep(3)
        for what, which, after in story:
            if what == "start":
                await start()
            elif what in TO_REDIS:
                TO_REDIS[what](machine)
            elif alive:
                index = alive[which % len(alive)]
                if what in TO_A_PROCESS:
                    TO_A_PROCESS[what](crowd, index)
                else:
                    await end(index, crowd.stop if what == "stop" else crowd.die)
            await asyncio.sleep(after)

    ran(crowd, told)
