"""The guide's FastAPI service under a crowd, over real HTTP: uvicorn, the sandbox and the crowd.

    python benchmarks/service.py [--users 200] [--seconds 30] [--quick]

The users come in pairs, and both of a pair ask the same at the same time. One request in a hundred is given
up, its connection cut on the way: half of these by both of a pair, so that the call ends with them. What must
hold, a line each: whoever waits is answered; the calls are half as many as the requests; afterwards no task,
connection or place of a request is left, and all places can still be taken at once; and when the service has
ended it has no file or socket more than when it began. Exit 1 when one does not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import random
import re
import sys
import time
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp
from attrs import Factory, define, frozen
from remote import Remote, sandbox

from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import Faults, generate_ssins

LATENCY = 0.3
"""Seconds that the gateway takes for an answer."""
PLACES = 100
GIVEN_UP = ((0.005, 2), (0.015, 1), (1.0, 0))
"""How many of a pair give up, up to which of all draws: one request in a hundred."""
MOST_CALLS = 0.55
"""Calls for each request, where half of the requests repeat another."""
SETTLED = 10.0
"""Seconds in which what is left of the crowd must be gone."""

Look = dict[str, Any]


# --- the service, in its own process


@frozen
class Service:
    """uvicorn with the guide's service."""

    url: str
    _line: Connection

    def look(self) -> Look:
        """Its tasks, open files and figures, as it sees them."""
        self._line.send("look")
        return self._line.recv()  # type: ignore[no-any-return]

    def stop(self) -> Look:
        """End it gently; then the same."""
        self._line.send("stop")
        return self._line.recv()  # type: ignore[no-any-return]


@contextmanager
def service(variables: Mapping[str, str]) -> Iterator[Service]:
    """The service with these variables; its process ends with the block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs, dict(variables)))
    process.start()
    try:
        yield Service(ours.recv(), ours)
    finally:
        ours.send("end")
        process.join()


def _run(line: Connection, variables: Mapping[str, str]) -> None:
    os.environ.update(variables)
    names: dict[str, Any] = {"__name__": "service"}
    exec(compile(_recipe(), "service.py", "exec", dont_inherit=True), names)  # noqa: S102 (the guide's)
    asyncio.run(_serve(line, names["app"]))


def _recipe() -> str:
    folder = Path(__file__).parent.parent / "precontractual_async" / "guides"
    guide = folder.joinpath("services.md").read_text()
    (code,) = (code for code in re.findall(r"```python\n(.*?)```", guide, re.DOTALL) if "FastAPI(" in code)
    return str(code)


async def _serve(line: Connection, app: Any) -> None:
    import uvicorn

    loop = asyncio.get_running_loop()
    before = _open_files()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn tells nobody)
        await asyncio.sleep(0.01)
    line.send(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    while await loop.run_in_executor(None, line.recv) != "stop":
        line.send(_look(app) | {"files": _open_files() - before})
    server.should_exit = True
    await serving
    line.send(_look(app) | {"files": _open_files() - before})
    await loop.run_in_executor(None, line.recv)


def _look(app: Any) -> Look:
    client = app.state.client
    way = client._session._transport
    figures = client.statistics()
    return {
        "tasks": len(asyncio.all_tasks()),
        "taken": 0 if way is None else len(way._connector._acquired),
        "under_way": figures.under_way,
        "waiting": figures.waiting,
        "joined": figures.joined,
    }


def _open_files() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


# --- the crowd


@define
class Crowd:
    """Users in pairs, and what became of their requests."""

    url: str
    seconds: float
    browser: aiohttp.ClientSession
    numbers: Iterator[str]
    day: str = StartDateWindow.at(utc_now()).last.isoformat()
    draw: random.Random = Factory(lambda: random.Random(7))
    outcomes: Counter[str] = Factory(Counter)
    took: array[float] = Factory(lambda: array("d"))

    async def come(self, users: int) -> None:
        """All of them, until the time is over."""
        over = time.monotonic() + self.seconds
        async with asyncio.TaskGroup() as pairs:
            for _ in range(users // 2):
                pairs.create_task(self._pair(over))

    async def _pair(self, over: float) -> None:
        while time.monotonic() < over:
            number, drawn = next(self.numbers), self.draw.random()
            impatient = next(count for share, count in GIVEN_UP if drawn < share)
            patience = [self.draw.uniform(0, LATENCY) if each < impatient else None for each in range(2)]
            await asyncio.gather(*(self.ask(number, seconds) for seconds in patience))

    async def ask(self, number: str, patience: float | None = None) -> None:
        """One request, which is given up when it takes longer than `patience`."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(patience):
                self.outcomes[await self.post(number)] += 1
            self.took.append(time.monotonic() - began)
        except TimeoutError:
            self.outcomes["given up"] += 1

    async def post(self, number: str) -> str:
        question = {"citizen": number, "start_date": self.day}
        async with self.browser.post(f"{self.url}/verify", json=question) as response:
            await response.read()
            return "answered" if response.status in (200, 422) else str(response.status)

    @property
    def requests(self) -> int:
        return self.outcomes.total()

    def figures(self) -> str:
        took = sorted(self.took)
        half, most = (1000 * took[int(share * (len(took) - 1))] for share in (0.5, 0.99))
        pace = self.requests / self.seconds
        return f"{dict(self.outcomes)}, {pace:.0f} a second, p50 {half:.0f} ms, p99 {most:.0f} ms"


# --- what must hold


def tell(name: str, figures: str, *, holds: bool) -> bool:
    print(f"{'ok' if holds else 'BROKEN':7}{name}: {figures}", flush=True)
    return holds


async def measured(remote: Remote, there: Service, users: int, seconds: float) -> list[bool]:
    """Whether each thing holds."""
    quiet = there.look()
    numbers = generate_ssins(1_000_000, seed=11)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as browser:
        crowd = Crowd(there.url, seconds, browser, numbers)
        await asyncio.gather(*(crowd.ask(next(numbers)) for _ in range(2 * PLACES)))  # opens all places
        before = int(str(remote.statistics()["calls"]))
        crowd.outcomes.clear()
        del crowd.took[:]
        await crowd.come(users)
        calls = int(str(remote.statistics()["calls"])) - before
    left = await settled(there, quiet)
    given_up = crowd.outcomes["given up"]
    return [
        tell(
            f"{users} users for {seconds:.0f} s",
            crowd.figures(),
            holds=set(crowd.outcomes) <= {"answered", "given up"} and given_up > 0,
        ),
        tell(
            "the same is asked once",
            f"{calls} calls, {calls / crowd.requests:.3f} a request",
            holds=calls <= MOST_CALLS * crowd.requests,
        ),
        tell("nothing is left of them", str(left), holds=is_settled(left, quiet)),
        await all_places(there, numbers),
    ]


def is_settled(now: Look, quiet: Look) -> bool:
    """As before the crowd, but for connections to the gateway that are kept for the next call."""
    names = ("tasks", "taken", "under_way", "waiting")
    return all(now[name] == quiet[name] for name in names) and now["files"] <= quiet["files"] + PLACES


async def settled(there: Service, quiet: Look) -> Look:
    """The last look, once all is as before, or time is over."""
    over = time.monotonic() + SETTLED
    while not is_settled(now := there.look(), quiet) and time.monotonic() < over:  # noqa: ASYNC110 (elsewhere)
        await asyncio.sleep(0.1)
    return now


async def all_places(there: Service, numbers: Iterator[str]) -> bool:
    """Whether as many calls as there are places are on the wire at once: none was lost."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as browser:
        crowd = Crowd(there.url, 1.0, browser, numbers)
        asking = asyncio.gather(*(crowd.post(next(numbers)) for _ in range(3 * PLACES)))
        most = 0
        while not asking.done():
            most = max(most, there.look()["under_way"])
            await asyncio.sleep(0.02)
        await asking
    return tell("no place is lost", f"{most} of {PLACES} at once", holds=most == PLACES)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--quick", action="store_true", help="5 seconds")
    arguments = parser.parse_args()
    seconds = 5.0 if arguments.quick else arguments.seconds
    with sandbox(limit=None, faults=Faults(latency=LATENCY)) as remote:
        variables = dict(remote.variables) | {"PRECONTRACTUAL_CONCURRENCY": str(PLACES)}
        with service(variables) as there:
            hold = asyncio.run(measured(remote, there, arguments.users, seconds))
            end = there.stop()
    hold.append(
        tell("nothing is left of the service", str(end), holds=end["files"] <= 0 and end["tasks"] == 1)
    )
    return 0 if all(hold) else 1


if __name__ == "__main__":
    sys.exit(main())
