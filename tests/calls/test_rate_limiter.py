"""The pause, the places and the share of the rate by themselves, at chosen instants."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, timedelta

import pytest
from support import virtual
from support.virtual import elapsed

from precontractual_async.calls.rate_limiter import ConcurrencyLimit, LocalRateLimiter, Pause
from precontractual_async.calls.session import utc_now


def test_a_pause_holds_until_the_longest_pause(caplog: pytest.LogCaptureFixture) -> None:
    """A shorter pause within it changes nothing, a longer one does; pauses are counted and said once each."""

    async def main() -> None:
        pause, began = Pause(), elapsed()
        for seconds in (0.0, -5.0):
            pause.extend(seconds)
            assert not pause.is_on()
        pause.extend(10)
        pause.extend(4)
        pause.extend(10)
        pause.extend(12)
        assert pause.is_on()
        await pause.ended()
        assert 12 <= elapsed() - began < 12.001
        assert pause.pauses == 1
        for count in (2, 3):
            pause.extend(1.25)
            await pause.ended()
            assert pause.pauses == count

    virtual.run(main())
    told = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    assert told == [
        "the gateway asks for a pause of 10.0 seconds; everybody waits",
        *["the gateway asks for a pause of 1.2 seconds; everybody waits"] * 2,
    ]


@pytest.mark.parametrize("most", [1, 2, 5])
def test_places_widen_one_by_one_up_to_the_most(most: int) -> None:
    """One at first, one more with every answer, and no more than there are."""

    async def free(places: ConcurrencyLimit) -> int:
        taken = 0
        try:
            while True:
                async with asyncio.timeout(0.001):
                    await places.enter()
                taken += 1
        except TimeoutError:
            for _ in range(taken):
                places.leave()
        return taken

    async def main() -> list[int]:
        places, found = ConcurrencyLimit(most), []
        for _ in range(most + 3):
            found.append(await free(places))
            places.widen()
        return found

    assert virtual.run(main()) == [min(count, most) for count in range(1, most + 4)]


def test_the_share_of_the_rate() -> None:
    """A tenth less with each pause, growing back by a thousandth a second once it is over, never to nothing."""

    async def main() -> None:
        rate_limiter = LocalRateLimiter(50)
        assert rate_limiter.share == 1.0
        rate_limiter.slow_down(10)
        rate_limiter.slow_down(10)  # the calls that were on the wire together
        assert rate_limiter.share == pytest.approx(0.9)
        await asyncio.sleep(10)
        assert rate_limiter.share == pytest.approx(0.9, abs=1e-4)
        await asyncio.sleep(50)
        assert rate_limiter.share == pytest.approx(0.95, abs=1e-4)
        rate_limiter.slow_down(1)
        assert rate_limiter.share == pytest.approx(0.855, abs=1e-4)
        await asyncio.sleep(1000)
        assert rate_limiter.share == 1.0
        for _ in range(60):
            rate_limiter.slow_down(1)
            await rate_limiter.requested_pause.ended()
        assert rate_limiter.share == pytest.approx(0.02, abs=1e-3)
        assert rate_limiter.requested_pause.pauses == 62

    virtual.run(main())


def test_a_slower_pace_pays_more() -> None:
    """At half the share a call takes two units of the rate, one payer after the other."""

    async def main() -> float:
        rate_limiter = LocalRateLimiter(100)
        rate_limiter._share = 0.5
        rate_limiter._slowed_at = asyncio.get_running_loop().time() + 1000
        began = elapsed()
        await asyncio.gather(*(rate_limiter.acquire() for _ in range(100)))
        return elapsed() - began

    assert virtual.run(main()) == pytest.approx(100 / (0.5 * 97.5), rel=0.03)


def test_the_wall_clock_is_aware() -> None:
    """In UTC."""
    assert utc_now().tzinfo is UTC
    assert utc_now().utcoffset() == timedelta(0)


def test_a_pause_of_nothing_is_no_pause() -> None:
    """Nor one that is over at this very instant."""

    async def main() -> tuple[int, bool, bool]:
        pause = Pause()
        pause.extend(0.0)
        pause.extend(-5.0)
        none = pause.pauses
        pause.extend(5.0)
        during = pause.is_on()
        pause._until = asyncio.get_running_loop().time()
        return none, during, pause.is_on()

    none, during, after = virtual.run(main())
    assert (none, during, after) == (0, True, False)
