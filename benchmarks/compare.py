"""Our client against a raw aiohttp worker pool that sends the same requests and parses the same JSON.

    python benchmarks/compare.py [--calls 10000] [--rounds 3] [--concurrency 64]

Prints calls per second, processor time per call, and ratios to the raw pool of the same round: on a busy
machine the ratios hold, the absolute figures do not. The contenders run in turn in one process, the server
in another.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import aiohttp
from attrs import frozen
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from yarl import URL

from precontractual_async import (
    Caller,
    Candidate,
    Credentials,
    EnterpriseNumber,
    PrecontractualClient,
    Query,
    ResultAggregator,
    Settings,
    verify_many,
)
from precontractual_async.protocol.wire import encode
from precontractual_async.sandbox import generate_ssins
from precontractual_async.transport import open_session


@frozen
class Measured:
    """One contender in one round."""

    calls_per_second: float
    microseconds: float
    """Processor time for one call."""


@contextmanager
def server() -> Iterator[int]:
    """The port of the server, in its own process."""
    command = [sys.executable, str(Path(__file__).with_name("server.py"))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def pem() -> str:
    """A new private key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def settings(port: int, concurrency: int) -> Settings:
    return Settings(
        caller=Caller.enterprise(EnterpriseNumber.parse("0880820673")),
        credentials=Credentials(client_id="benchmark", private_key=pem()),
        api_url=f"http://127.0.0.1:{port}/v1",
        token_url=f"http://127.0.0.1:{port}/token",
        audience="benchmark",
        rate=1_000_000,
        concurrency=concurrency,
    )


async def raw(using: Settings, numbers: list[str], day: date) -> None:
    """As many tasks as places, each sending the same bytes as we do, without anything around it."""
    planner = PrecontractualClient(using).planner()
    requests = []
    for number in numbers:
        query = planner.plan(Candidate(number, day))
        assert isinstance(query, Query)
        requests.append(
            encode(query, address=using.api_url + using.api_path, token="benchmark", trace_id="x" * 36)
        )
    left = iter(requests)

    async def work(session: aiohttp.ClientSession) -> None:
        for request in left:
            async with session.get(URL(request.url, encoded=True), headers=request.headers) as response:
                json.loads(await response.read())

    async with open_session(using) as session:
        await asyncio.gather(*(work(session) for _ in range(using.concurrency)))


async def ours(using: Settings, numbers: list[str], day: date) -> None:
    """Everything on: checks, token, pace, decoding, folding."""
    aggregator = ResultAggregator()
    async with PrecontractualClient(using) as client:
        async for outcome in verify_many(client, (Candidate(number, day) for number in numbers)):
            aggregator.add(outcome)
    assert aggregator.tallies().outcomes["answered"] == len(numbers)


CONTENDERS: dict[str, Callable[[Settings, list[str], date], Awaitable[None]]] = {
    "raw aiohttp pool": raw,
    "precontractual_async": ours,
}


def measure(
    contender: Callable[[Settings, list[str], date], Awaitable[None]], using: Settings, numbers: list[str]
) -> Measured:
    day = PrecontractualClient(using).planner().window
    assert day is not None
    before, cpu = time.perf_counter(), time.process_time()

    async def main() -> None:
        await contender(using, numbers, day.first)

    asyncio.run(main())
    wall, spent = time.perf_counter() - before, time.process_time() - cpu
    return Measured(len(numbers) / wall, spent / len(numbers) * 1e6)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--concurrency", type=int, default=64)
    arguments = parser.parse_args()
    numbers = list(generate_ssins(arguments.calls))
    results: dict[str, list[Measured]] = {name: [] for name in CONTENDERS}
    with server() as port:
        using = settings(port, arguments.concurrency)
        for contender in CONTENDERS.values():  # once for nothing: imports, caches, the first connections
            measure(contender, using, numbers[:500])
        for _ in range(arguments.rounds):
            for name, contender in CONTENDERS.items():
                results[name].append(measure(contender, using, numbers))
    print(f"{'contender':24}{'calls/s':>10}{'us CPU/call':>14}{'ratio':>8}")
    for name, rounds in results.items():
        ratio = statistics.median(
            one.calls_per_second / base.calls_per_second
            for one, base in zip(rounds, results["raw aiohttp pool"], strict=True)
        )
        speed = statistics.median(one.calls_per_second for one in rounds)
        cost = statistics.median(one.microseconds for one in rounds)
        print(f"{name:24}{speed:>10,.0f}{cost:>14.0f}{ratio:>8.2f}")


if __name__ == "__main__":
    main()
