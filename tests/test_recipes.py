"""The two services in the README, as they stand there: real servers, real browsers' habits, nothing left behind."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import random
import runpy
import signal
import socket
import sqlite3
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvicorn
from aiohttp import web
from attrs import define
from support.flights import free
from support.readme import CODE
from support.warm import REAL

from precontractual_async import ClientClosed, Unavailable, Verifier
from precontractual_async.calls.session import utc_now
from precontractual_async.calls.transport import AiohttpTransport
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import SCENARIOS, Faults, Kind, Sandbox, generate_ssins
from precontractual_async.tables import Source, read_list

DAY = StartDateWindow.at(utc_now()).last.isoformat()
CITIZEN = SCENARIOS["studentOnly"]
Question = Mapping[str, object]


@define
class Service:
    """A recipe that runs, a browser, and what is behind both."""

    url: str
    client: Verifier
    browser: aiohttp.ClientSession
    sandbox: Sandbox

    async def ask(self, question: object) -> tuple[int, dict[str, Any]]:
        async with self.browser.post(f"{self.url}/verify", json=question) as response:
            return response.status, await response.json()

    async def ready(self) -> tuple[int, dict[str, Any]]:
        async with self.browser.get(f"{self.url}/ready") as response:
            return response.status, await response.json()

    async def at_rest(self) -> None:
        """Return once nothing of any question is left: no task, no connection, and nothing under way."""
        way = self.client._session._transport
        assert isinstance(way, AiohttpTransport)
        connector = way._connector
        await until(lambda: not (is_asking() or connector._acquired))
        free(self.client)


OF_A_QUESTION = ("precontractual-verification", "Verifier.verify", "RequestResponseCycle")


def is_asking() -> bool:
    """Whether there is a task that belongs to a question: the client's, the recipe's, the server's."""
    return any(word in repr(task) for task in asyncio.all_tasks() for word in OF_A_QUESTION)


async def until(holds: Callable[[], bool]) -> None:
    """Real sockets tell nobody: look at every turn of the loop."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0)


@asynccontextmanager
async def fastapi(code: Path) -> AsyncIterator[tuple[str, Callable[[], Verifier]]]:
    app = runpy.run_path(str(code))["app"]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="on"))
    serving = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", lambda: app.state.client
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def aiohttp_web(code: Path) -> AsyncIterator[tuple[str, Callable[[], Verifier]]]:
    names = runpy.run_path(str(code))
    runner = web.AppRunner(names["app"], handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", lambda: names["app"][names["CLIENT"]]
    finally:
        await runner.cleanup()


RECIPES = {
    "fastapi": (fastapi, next(text for text in CODE if "FastAPI(" in text)),
    "aiohttp": (aiohttp_web, next(text for text in CODE if "web.Application(" in text)),
}
Running = Callable[..., AbstractAsyncContextManager[Service]]


@pytest.fixture(params=RECIPES)
def running(
    request: pytest.FixtureRequest,
    pem: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Running:
    """What runs a recipe in front of a sandbox; the variables are all it is given."""
    serve, text = RECIPES[request.param]
    code = tmp_path / "service.py"
    code.write_text(text)
    key = tmp_path / "key.pem"
    key.touch(0o600)
    key.write_text(pem)
    caplog.set_level(logging.DEBUG)

    @asynccontextmanager
    async def run(**variables: str) -> AsyncIterator[Service]:
        before = asyncio.all_tasks()
        there = Sandbox(limit=None, faults=Faults(latency=0.05), private_key_pem=pem)
        async with there as sandbox, aiohttp.ClientSession() as browser:
            environ = sandbox.variables(Kind.EMPLOYER, key) | {"PRECONTRACTUAL_CONCURRENCY": "50"} | variables
            for name, value in environ.items():
                monkeypatch.setenv(name, value)
            async with serve(code) as (url, client):
                yield Service(url, client(), browser, sandbox)
        await until(lambda: asyncio.all_tasks() <= before)

    return run


async def test_a_question_is_answered(running: Running, caplog: pytest.LogCaptureFixture) -> None:
    """By the client that the service opened; the figures are there for the probe, and no log has the number."""
    async with running() as service:
        status, answer = await service.ask({"citizen": CITIZEN, "start_date": DAY})
        assert (status, answer["flexi_job"], answer["student_job"]) == (200, "nok", "ok")
        status, figures = await service.ready()
        assert (status, figures["is_open"], figures["token_requests"]) == (200, True, 1)
        assert figures["last_answer_at"] is not None
        await service.at_rest()
    assert "/verify" in caplog.text
    assert CITIZEN not in caplog.text


MISTAKEN: list[tuple[object, str]] = [
    ({"citizen": "90010100124", "start_date": DAY}, "InvalidQuery"),
    ({"citizen": CITIZEN, "start_date": "2020-01-01"}, "InvalidQuery"),
    ({"citizen": CITIZEN, "start_date": "2099-01-01"}, "StartDateNotOpen"),
    ({"citizen": SCENARIOS["notExisting"], "start_date": DAY}, "RequestRejected"),
    ({"citizen": CITIZEN}, "Malformed"),
    ([CITIZEN, DAY], "Malformed"),
    (CITIZEN, "Malformed"),
]


@pytest.mark.parametrize(("question", "error"), MISTAKEN)
async def test_a_mistake_is_told_without_the_number(
    running: Running, question: object, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    """422, the kind and what to do; neither the reader of the answer nor that of the log learns who it was about."""
    async with running() as service:
        status, told = await service.ask(question)
        assert (status, told["error"]) == (422, error)
        assert told["next_step"]
        for number in (CITIZEN, SCENARIOS["notExisting"], "90010100124"):
            assert number not in repr(told)
            assert number not in caplog.text
        assert (await service.ready())[0] == 200


async def test_refused_credentials_make_the_service_unready(running: Running) -> None:
    """502: neither the reader nor time will mend it, and the probe says so."""
    async with running(PRECONTRACTUAL_CLIENT_ID="somebody_else") as service:
        status, told = await service.ask({"citizen": CITIZEN, "start_date": DAY})
        assert (status, told["error"]) == (502, "CredentialsRefused")
        status, figures = await service.ready()
        assert (status, figures["refused_by"]) == (503, "CredentialsRefused")


async def test_what_may_pass_is_a_503(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """Come back later: a gateway that does not answer, a deadline, a client that is being closed."""

    async def unavailable(*_: object) -> None:
        raise Unavailable("the gateway answered 503")

    async with running() as service:
        monkeypatch.setattr(service.client, "ask", unavailable)
        assert (await service.ask({"citizen": CITIZEN, "start_date": DAY}))[0] == 503


async def test_a_reader_who_goes_away_takes_the_call_along(running: Running) -> None:
    """It is not asked to its end for nobody: long before the answer could come, nothing of it is left."""
    async with running() as service:
        await service.ask({"citizen": CITIZEN, "start_date": DAY})  # with the token at hand
        service.sandbox.faults.latency = 2.0
        calls, began = service.sandbox.ledger.calls, asyncio.get_running_loop().time()
        asking = asyncio.create_task(service.ask({"citizen": CITIZEN, "start_date": DAY}))
        await until(lambda: service.sandbox.ledger.calls > calls)
        assert (await service.ready())[1]["under_way"] == 1
        asking.cancel()
        await service.at_rest()
        assert asyncio.get_running_loop().time() - began < 1.5


async def test_who_is_being_answered_when_it_ends_is_answered(running: Running) -> None:
    """The server lets its requests end before the client is closed."""
    async with running() as service:
        service.sandbox.faults.latency = 0.3
        asking = asyncio.create_task(service.ask({"citizen": CITIZEN, "start_date": DAY}))
        await until(lambda: service.sandbox.ledger.calls > 0)
    assert (await asking)[0] == 200


async def test_a_crowd_leaves_nothing_behind(running: Running) -> None:
    """Forty readers in pairs that ask the same, some of whom go away: half the calls, and nothing left of anybody.

    The short form of benchmarks/service.py.
    """
    rounds, draw = 4, random.Random(7)
    numbers = list(generate_ssins(20 * rounds, seed=3))
    asked = gone = 0

    async def reader(service: Service, pair: int, together: asyncio.Barrier) -> None:
        nonlocal asked, gone
        for turn in range(rounds):
            await together.wait()
            asked += 1
            question = {"citizen": numbers[pair * rounds + turn], "start_date": DAY}
            try:
                async with asyncio.timeout(0.03 if draw.random() < 0.1 else None):
                    status, _ = await service.ask(question)
                    assert status in (200, 422)
            except TimeoutError:
                gone += 1

    async with running() as service:
        places = [service.ask({"citizen": each, "start_date": DAY}) for each in generate_ssins(60, seed=9)]
        await asyncio.gather(*places)
        before = service.sandbox.ledger.calls
        async with asyncio.TaskGroup() as readers:
            for pair in range(20):
                together = asyncio.Barrier(2)
                for _ in range(2):
                    readers.create_task(reader(service, pair, together))
        assert (asked, gone > 0) == (40 * rounds, True)
        assert service.sandbox.ledger.calls - before <= 0.55 * asked
        assert service.client.statistics().joined >= 0.4 * asked
        await service.at_rest()


# --- a batch that is streamed


def questions(count: int) -> list[dict[str, str]]:
    return [{"citizen": number, "start_date": DAY} for number in generate_ssins(count, seed=8)]


@asynccontextmanager
async def fastapi_process(
    pem: str, folder: Path
) -> AsyncIterator[tuple[str, Sandbox, asyncio.subprocess.Process]]:
    """The guide's service in a process of its own, as an operator runs it, in front of a sandbox."""
    (folder / "service.py").write_text(RECIPES["fastapi"][1])
    key = folder / "key.pem"
    key.touch(0o600)
    key.write_text(pem)
    with socket.socket() as free_one:
        free_one.bind(("127.0.0.1", 0))
        port = free_one.getsockname()[1]
    async with Sandbox(limit=None, private_key_pem=pem) as sandbox:
        environ = os.environ | sandbox.variables(Kind.EMPLOYER, key) | {"PRECONTRACTUAL_RATE": "20"}
        command = [REAL, "-m", "uvicorn", "service:app", "--host", "127.0.0.1", "--port", str(port)]
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, env=environ)
        url = f"http://127.0.0.1:{port}"
        try:
            await answering(url)
            yield url, sandbox, process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def answering(url: str) -> None:
    """Return once the service answers."""
    async with asyncio.timeout(30), aiohttp.ClientSession() as browser:
        while True:
            try:
                async with browser.get(f"{url}/ready"):
                    return
            except aiohttp.ClientConnectorError:
                await asyncio.sleep(0.05)


async def test_a_stream_ends_whole_when_the_service_ends(pem: str, tmp_path: Path) -> None:
    """SIGTERM in the middle: a line for each question all the same, those that were not asked as pending."""
    async with fastapi_process(pem, tmp_path) as (url, sandbox, process), aiohttp.ClientSession() as browser:
        async with browser.post(f"{url}/batch", json=questions(200)) as response:
            first = json.loads(await response.content.readline())
            process.send_signal(signal.SIGTERM)
            rest = [json.loads(line) async for line in response.content]
        async with asyncio.timeout(20):
            await process.wait()
        lines = [first, *rest]
        assert sorted(line["row"] for line in lines) == list(range(200))
        outcomes = Counter(line["outcome"] for line in lines)
        assert outcomes["pending"] > 100
        assert 0 < outcomes.total() - outcomes["pending"] <= sandbox.ledger.calls < 100
        assert all(line["reason"] and line["next_step"] for line in lines)


async def test_a_stream_ends_with_its_reader(pem: str, tmp_path: Path) -> None:
    """Soon after the browser has gone nothing more is asked for it."""
    async with fastapi_process(pem, tmp_path) as (url, sandbox, _), aiohttp.ClientSession() as browser:
        async with browser.post(f"{url}/batch", json=questions(400)) as response:
            await response.content.readline()
            response.close()
        async with asyncio.timeout(10):
            before = -1
            while sandbox.ledger.calls != before:  # half a second without a call is ten too few at this pace
                before = sandbox.ledger.calls
                await asyncio.sleep(0.5)
        assert sandbox.ledger.calls < 100


# --- code without asyncio, and a night


@asynccontextmanager
async def sandbox_in_the_environment(
    pem: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Sandbox]:
    key = folder / "key.pem"
    key.touch(0o600)
    key.write_text(pem)
    async with Sandbox(limit=None, private_key_pem=pem) as sandbox:
        for name, value in sandbox.variables(Kind.EMPLOYER, key).items():
            monkeypatch.setenv(name, value)
        yield sandbox


def block(mark: str) -> dict[str, Any]:
    """The names of the guides' block of code with this in it."""
    names: dict[str, Any] = {}
    exec(next(text for text in CODE if mark in text), names)  # noqa: S102 (our own)
    return names


async def test_a_client_for_code_without_asyncio(
    pem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One token for all threads; closed, it says so."""
    async with sandbox_in_the_environment(pem, tmp_path, monkeypatch) as sandbox:
        client = await asyncio.to_thread(block("class BlockingClient")["BlockingClient"])
        day = StartDateWindow.at(utc_now()).last
        asking = (asyncio.to_thread(client.verify, number, day) for number in (CITIZEN, SCENARIOS["bothOk"]))
        answers = await asyncio.gather(*asking)
        await asyncio.to_thread(client.close)
        with pytest.raises(ClientClosed):
            await asyncio.to_thread(client.verify, CITIZEN, day)
        (thread,) = [each for each in threading.enumerate() if each.name == "precontractual"]
        client._loop.call_soon_threadsafe(client._loop.stop)
        await asyncio.to_thread(thread.join)
        client._loop.close()
        assert [answer.student_job.status.value for answer in answers] == ["ok", "ok"]
        assert sandbox.oauth.requests == 1


async def test_a_night_from_a_database_to_a_workbook(
    pem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second night asks nothing that is settled; the workbook has every row."""
    nightly, results = block("def nightly")["nightly"], tmp_path / "out.xlsx"
    with sqlite3.connect(tmp_path / "hr.db") as connection:
        connection.execute("CREATE TABLE starters (name TEXT, insz TEXT, first_day TEXT)")
        people = [("Zoë", SCENARIOS["bothOk"], DAY), ("Jan", SCENARIOS["neither"], DAY), ("An", "123", DAY)]
        connection.executemany("INSERT INTO starters VALUES (?, ?, ?)", people)
    async with sandbox_in_the_environment(pem, tmp_path, monkeypatch) as sandbox:
        for _ in range(2):
            done = await nightly(str(tmp_path / "hr.db"), tmp_path / "j.db", bytes(32), results)
            assert done.tallies.outcomes == {"answered": 2, "refused": 1}
        assert sandbox.ledger.calls == 2
    table = read_list(Source(io.BytesIO(results.read_bytes())), "xlsx")
    assert [row.cells[0] for row in table.rows()] == ["Zoë", "Jan", "An"]
