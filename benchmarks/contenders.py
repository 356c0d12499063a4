"""Several ways to ask the same questions over HTTP, each as somebody might write it; one of them is ours.

    python benchmarks/contenders.py NAME --port PORT --calls N [--uvloop]

Runs one of them in this process, pinned to the first core, once with some calls to warm up and once
measured, and prints its figures as JSON. `compare.py` runs them all. Every one sends a request of the same
parameters and headers, 64 at a time, and parses the JSON of every answer.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import io
import json
import os
import resource
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from attrs import frozen
from ground import ENTERPRISE, START_DATE, pin, variables, write_list

from precontractual_async.sandbox import generate_ssins

AT_ONCE = 64


@frozen
class Task:
    """What is asked, and where."""

    url: str
    """Of the call."""
    token_url: str
    calls: int
    folder: Path
    environment: Mapping[str, str]

    @property
    def list_path(self) -> Path:
        """The same numbers as a CSV; it is there before the time is taken."""
        return self.folder / f"{self.calls}.csv"

    @property
    def numbers(self) -> Iterable[str]:
        return generate_ssins(self.calls)


Contender = Callable[[Task], Awaitable[None] | None]


def parameters(number: str) -> str:
    return f"mandataryEnterpriseNumber={ENTERPRISE}&citizen={number}&startDate={START_DATE:%Y-%m-%d}"


def headers(token: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, application/problem+json",
        "Accept-Encoding": "identity",
        "User-Agent": "benchmark/1",
        "BelGov-Trace-Id": str(uuid.uuid4()),
    }


async def in_workers(numbers: Iterable[str], one: Callable[[str], Awaitable[None]]) -> None:
    """As many tasks as may be at once, each taking the next number."""
    left = iter(numbers)

    async def work() -> None:
        for number in left:
            await one(number)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


# --- bare aiohttp -----------------------------------------------------------------------------------


async def bare(task: Task) -> None:
    """A pool of tasks and one session: no token, no limit, no retry, no model."""
    import aiohttp

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def one(number: str) -> None:
            url = f"{task.url}?{parameters(number)}"
            async with session.get(url, headers=headers("benchmark")) as response:
                json.loads(await response.read())

        await in_workers(task.numbers, one)


# --- ours -------------------------------------------------------------------------------------------


async def _ours(task: Task, journal_path: Path | None) -> None:
    from precontractual_async import (
        Candidate,
        PrecontractualClient,
        ResultAggregator,
        SqliteJournal,
        find_journal_key,
        verify_many,
    )

    aggregator = ResultAggregator()
    candidates = (Candidate(number, START_DATE) for number in task.numbers)
    async with contextlib.AsyncExitStack() as stack:
        journal = None
        if journal_path is not None:
            key = find_journal_key(task.environment, journal_path)
            journal = await stack.enter_async_context(SqliteJournal(journal_path, key))
        client = await stack.enter_async_context(PrecontractualClient.from_env(task.environment))
        async for outcome in verify_many(client, candidates, journal=journal):
            aggregator.add(outcome)
    assert aggregator.tallies().outcomes["answered"] == task.calls


async def ours(task: Task) -> None:
    """Everything on: checks, token, pace, retries, decoding, folding."""
    await _ours(task, None)


async def ours_with_a_journal(task: Task) -> None:
    """The same, and every answer kept before it is told."""
    await _ours(task, task.folder / f"{task.calls}.db")


def ours_from_file_to_file(task: Task) -> None:
    """The command: a CSV in, a CSV out, with the journal; from its start to its end."""
    from precontractual_async.cli import main

    result, journal = task.folder / f"{task.calls}-out.csv", task.folder / f"{task.calls}-file.db"
    command = ["screen", str(task.list_path), "-o", str(result), "--journal", str(journal), "--quiet"]
    os.environ.update(task.environment)
    with contextlib.redirect_stderr(io.StringIO()) as said:
        code = main(command)
    assert code == 0, said.getvalue()


# --- the same five packages, put together in the obvious way --------------------------------------------


async def obvious(task: Task) -> None:
    """aiohttp, attrs, cattrs, tenacity and aiolimiter, each used as its first page shows."""
    assembly = importlib.import_module("assembly")
    questions = [(number, parameters(number)) for number in task.numbers]
    await assembly.run(task.url, task.token_url, questions, headers)


# --- other stacks -----------------------------------------------------------------------------------


async def httpx_authlib(task: Task) -> None:
    """httpx with authlib's OAuth client."""
    httpx = importlib.import_module("httpx")
    oauth = importlib.import_module("authlib.integrations.httpx_client")
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    token = {"access_token": "benchmark", "token_type": "Bearer", "expires_in": 3600}
    async with oauth.AsyncOAuth2Client("benchmark", token=token, limits=limits, timeout=30) as client:

        async def one(number: str) -> None:
            response = await client.get(f"{task.url}?{parameters(number)}", headers=headers("benchmark"))
            response.json()

        await in_workers(task.numbers, one)


def requests_threads(task: Task) -> None:
    """requests, a session for each of 64 threads."""
    requests = importlib.import_module("requests")
    mine = threading.local()

    def one(number: str) -> None:
        if not hasattr(mine, "session"):
            mine.session = requests.Session()
        url = f"{task.url}?{parameters(number)}"
        mine.session.get(url, headers=headers("benchmark"), timeout=30).json()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(one, task.numbers):
            pass


CONTENDERS: dict[str, tuple[str, Contender]] = {
    "bare": ("bare aiohttp pool", bare),
    "ours": ("precontractual_async, in memory", ours),
    "journal": ("precontractual_async, with a journal", ours_with_a_journal),
    "screen": ("precontractual screen, CSV to CSV, with a journal", ours_from_file_to_file),
    "obvious": ("the five packages in the obvious way", obvious),
    "httpx": ("httpx + authlib", httpx_authlib),
    "requests": ("requests + threads", requests_threads),
}


async def _awaited(work: Awaitable[None]) -> None:
    await work


def measured(contender: Contender, task: Task) -> dict[str, float]:
    """Seconds, processor seconds and the peak of memory in MB."""
    began, cpu = time.perf_counter(), time.process_time()
    if (work := contender(task)) is not None:
        asyncio.run(_awaited(work))
    seconds, spent = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"calls": task.calls, "seconds": seconds, "processor": spent, "megabytes": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", choices=CONTENDERS)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--uvloop", action="store_true")
    arguments = parser.parse_args()
    pin(0)
    if arguments.uvloop:
        asyncio.set_event_loop_policy(importlib.import_module("uvloop").EventLoopPolicy())
    _, contender = CONTENDERS[arguments.name]
    url = f"http://127.0.0.1:{arguments.port}"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = variables(arguments.port, folder, concurrency=AT_ONCE)
        for calls in (500, arguments.calls):
            task = Task(f"{url}/v1/verifyPrecontractualData", f"{url}/token", calls, folder, environment)
            write_list(task.list_path, calls)
            figures = measured(contender, task)
    json.dump(figures, sys.stdout)


if __name__ == "__main__":
    main()
