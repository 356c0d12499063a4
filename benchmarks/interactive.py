"""One answer for somebody who waits, beside a batch that always has more to ask, over real HTTP.

    python benchmarks/interactive.py [--calls 30] [--quick]

Five calls a second, each answered after 0.2 s; `verify` is called once a second: in the batch's own client,
and in a process that shares the pace with the batch's through a real Redis. Exit 1 when it takes more
than 0.5 s in the median or 0.8 s at worst (0.7 s in the median through Redis), when the batch gets less
than what is left of the pace, or when the gateway, with the rate as its limit, refuses a call.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from attrs import frozen
from bench import verdict
from cluster import SPAWN, Redis
from remote import Remote, sandbox

from precontractual_async import Candidate, PrecontractualClient, load_settings, verify_many
from precontractual_async.sandbox import Faults, generate_ssins

RATE = 5
LATENCY = 0.2
STEADY = 0.965
"""Of the rate, what the rate limiter lets through (see `rate_limiter` and `allocator`)."""


@frozen
class Limits:
    """Seconds that `verify` may take."""

    median: float
    worst: float


@asynccontextmanager
async def batch(client: PrecontractualClient) -> AsyncIterator[list[object]]:
    """A batch that runs during the block; what it was told so far."""
    window = client.planner().window
    assert window is not None
    told: list[object] = []

    async def run() -> None:
        candidates = (Candidate(each, window.last) for each in generate_ssins(5_000, seed=1))
        async with aclosing(verify_many(client, candidates)) as outcomes:
            async for outcome in outcomes:
                told.append(outcome)  # noqa: PERF401 (it is looked at meanwhile)

    running = asyncio.create_task(run())
    try:
        yield told
    finally:
        running.cancel()
        await asyncio.wait([running])


async def waits(client: PrecontractualClient, calls: int) -> list[float]:
    """The seconds of so many calls of `verify`, one a second."""
    window = client.planner().window
    assert window is not None
    loop, seconds = asyncio.get_running_loop(), []
    for number in generate_ssins(calls, seed=2):
        began = loop.time()
        await client.with_options(deadline=30).verify(number, window.first)
        seconds.append(loop.time() - began)
        await asyncio.sleep(max(0.0, began + 1 - loop.time()))
    return seconds


def together(gateway: Remote, calls: int) -> tuple[list[float], float]:
    """Both in one client: the seconds of `verify`, and the batch's rows a second."""

    async def main() -> tuple[list[float], float]:
        async with PrecontractualClient(gateway.settings) as client, batch(client) as told:
            await asyncio.sleep(3)
            before = len(told)
            seconds = await waits(client, calls)
            return seconds, (len(told) - before) / calls

    return asyncio.run(main())


def _batch_elsewhere(line: Connection, variables: dict[str, str]) -> None:
    async def main() -> int:
        async with PrecontractualClient(load_settings(variables)) as client, batch(client) as told:
            await asyncio.get_running_loop().run_in_executor(None, line.recv)
            before = len(told)
            await asyncio.get_running_loop().run_in_executor(None, line.recv)
            return len(told) - before

    line.send(asyncio.run(main()))


def apart(gateway: Remote, calls: int) -> tuple[list[float], float]:
    """Each in its own process, with one pace for both in Redis."""

    async def main(settings: dict[str, str]) -> list[float]:
        async with PrecontractualClient(load_settings(settings)) as client:
            await asyncio.sleep(4)
            ours.send("begin")
            seconds = await waits(client, calls)
            ours.send("end")
            return seconds

    with tempfile.TemporaryDirectory() as folder:
        redis = Redis(Path(folder))
        shared = {**gateway.variables, "PRECONTRACTUAL_REDIS_URL": f"redis://127.0.0.1:{redis.port}"}
        ours, theirs = SPAWN.Pipe()
        process = SPAWN.Process(target=_batch_elsewhere, args=(theirs, shared))
        process.start()
        try:
            return asyncio.run(main(shared)), ours.recv() / calls
        finally:
            process.join()
            redis.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=30)
    parser.add_argument("--quick", action="store_true", help="8 calls; twice the time, for a busy machine")
    options = parser.parse_args()
    calls, more = (8, 2.0) if options.quick else (options.calls, 1.0)
    holds = True
    for what, measure, limits in (
        ("in one client", together, Limits(0.5, 0.8)),
        ("in two processes, through Redis", apart, Limits(0.7, float("inf"))),
    ):
        with sandbox(limit=RATE, faults=Faults(latency=LATENCY)) as gateway:
            gateway.variables["PRECONTRACTUAL_RATE"] = str(RATE)  # type: ignore[index]
            seconds, rows = measure(gateway, calls)
            refused = gateway.statistics()["statuses"].get("429", 0)  # type: ignore[attr-defined]
        median, worst = statistics.median(seconds), max(seconds)
        is_kept = (
            median <= limits.median * more
            and worst <= limits.worst * more
            and rows >= (STEADY * RATE - 1) * (0.8 if options.quick else 0.95)
            and refused == 0
        )
        holds = holds and is_kept
        print(
            f"{what}: verify {median:.2f} s in the median, {worst:.2f} s at worst of {calls}; the batch "
            f"{rows:.1f} rows a second of {RATE}; 429: {refused}  {verdict(holds=is_kept)}"
        )
    sys.exit(not holds)


if __name__ == "__main__":
    main()
