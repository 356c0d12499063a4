"""Clients that share through a real Redis, against the sandbox over real HTTP; and what can be wrong with Redis."""

from __future__ import annotations

import asyncio
import copy
import logging
import pickle
import re
import ssl
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from redis.asyncio import Redis
from support.frames import refused, shown
from support.readme import README
from support.redis_server import RedisServer
from support.tls import identity

from precontractual_async import (
    Candidate,
    Credentials,
    Fault,
    InvalidSettings,
    PrecontractualClient,
    Settings,
    Sharing,
    SharingRefused,
    SharingUnavailable,
    verify_many,
)
from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import Sandbox, generate_ssins
from precontractual_async.sharing.allocator import SECOND, Ask
from precontractual_async.sharing.redis import RedisSlots, RedisTokenStore, Server
from precontractual_async.sharing.shared_resources import Shared
from precontractual_async.sharing.token_lease import Kept

DAY = StartDateWindow.at(utc_now()).last
PASSWORD = "s3cret-of-redis"
SHARED_KEY = b64encode(b"k" * 32).decode()


def sharing(settings: Settings, url: str, processes: int = 0, key: str | None = None) -> Settings:
    return evolve(settings, sharing=Sharing(redis_url=url, processes=processes, key=key))


async def outcomes(settings: Settings, numbers: list[str]) -> AsyncIterator[str]:
    """What becomes of each citizen, by a client of its own."""
    async with PrecontractualClient(settings) as client:
        stream = verify_many(client, [Candidate(number, DAY) for number in numbers])
        async for outcome in stream:
            yield type(outcome).__name__


async def test_two_clients_share_one_rate_and_one_token(redis_server: RedisServer) -> None:
    """By the gateway's own stamps; each of them alone would be allowed as much."""
    async with Sandbox(limit=100) as sandbox:
        using = sharing(sandbox.settings(), redis_server.url, processes=2)
        numbers = list(generate_ssins(240))
        kinds: Counter[str] = Counter()

        async def work(part: list[str]) -> None:
            async for kind in outcomes(using, part):
                kinds[kind] += 1

        await asyncio.gather(work(numbers[::2]), work(numbers[1::2]))
        assert set(kinds) <= {"Answered", "Rejected"}
        assert kinds.total() == 240
        assert sandbox.oauth.requests == 1
        assert sandbox.ledger.most_in_one_second() <= 100
        assert 429 not in sandbox.ledger.statuses
        await check_what_lies_in_redis(redis_server, using)


async def check_what_lies_in_redis(server: RedisServer, using: Settings) -> None:
    """Nothing that says who we are or lets anybody in; and nothing that stays for ever."""
    async with Redis(port=server.port) as redis:
        names = [name async for name in redis.scan_iter("precontractual:*")]
        assert len(names) >= 2
        for name in names:
            kind = await redis.type(name)
            held: Any = await (redis.hgetall(name) if kind == b"hash" else redis.zrange(name, 0, -1))
            for told in (using.credentials.client_id, "127.0.0.1", "REST", str(DAY)):
                assert told not in repr((name, held))
            assert 0 < await redis.ttl(name) <= 8 * 86_400


async def test_nothing_is_lost_when_redis_is_killed(own_redis_server: RedisServer) -> None:
    """And started again empty, in the middle of a batch; the limit holds, and the token stays."""
    async with Sandbox(limit=100) as sandbox:
        using = sharing(sandbox.settings(), own_redis_server.url, processes=2)
        numbers = list(generate_ssins(300))
        kinds: Counter[str] = Counter()

        async def work(part: list[str]) -> None:
            async for kind in outcomes(using, part):
                kinds[kind] += 1
                if kinds.total() == 100:
                    await asyncio.to_thread(own_redis_server.kill)
                    await asyncio.to_thread(own_redis_server.start)

        await asyncio.gather(work(numbers[::2]), work(numbers[1::2]))
        assert set(kinds) <= {"Answered", "Rejected"}
        assert kinds.total() == 300
        assert sandbox.oauth.requests == 1
        assert sandbox.ledger.most_in_one_second() <= 100
        assert 429 not in sandbox.ledger.statuses


async def test_redis_that_was_restarted_with_what_it_once_knew(tmp_path: Path) -> None:
    """From a copy on disk that is older than the slots it has given: as if it knew nothing."""
    server = RedisServer(tmp_path)
    server.start()
    try:
        async with connected(server.url) as pool:
            first = await pool.serve(Ask(rate=100, wanted=1, is_appointed=True))
            async with Redis(port=server.port) as redis:
                await redis.save()
            server.kill()
            server.start()
            again = await pool.serve(Ask(rate=100, wanted=1, is_appointed=True))
        assert first.granted == again.granted == 0
        assert again.come_back > 500_000
    finally:
        server.stop()


@asynccontextmanager
async def connected(url: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[RedisSlots]:
    server = Server(url)
    server.tls = tls
    try:
        yield RedisSlots(server, "test")
    finally:
        await server.close()


# --- what can be wrong with Redis


async def test_what_a_user_must_be_allowed(locked_server: RedisServer) -> None:
    """What the guide says is enough, and only under our own names."""
    (rights,) = re.findall(r"user needs no more than `([^`]*)`", README)
    async with Redis(port=locked_server.port, password=PASSWORD) as redis:
        await redis.execute_command("ACL", "SETUSER", "enough", "on", f">{PASSWORD}", *rights.split())  # type: ignore[no-untyped-call]
    server = Server(f"redis://enough:{PASSWORD}@127.0.0.1:{locked_server.port}/1")
    await server.ping()
    pool = RedisSlots(server, "precontractual:{x}")
    for ask in (
        Ask(rate=5, wanted=1),
        Ask(rate=5, processes=2, member="m"),
        Ask(rate=5, member="m", is_leaving=True),
    ):
        await pool.serve(ask)
    shelf = RedisTokenStore(server, "precontractual:{x}:token")
    taken = await shelf.take("me", rejected="", is_served=False)
    assert await shelf.put("me", Kept("s", b"", taken.now + SECOND, taken.now + SECOND))
    assert await shelf.fail("me") is False
    with pytest.raises(SharingRefused):
        await RedisSlots(server, "elsewhere").serve(Ask(rate=5))
    await server.close()


@pytest.fixture
def locked_server(tmp_path: Path) -> Iterator[RedisServer]:
    """It wants a password, and has a user who may do little."""
    server = RedisServer(tmp_path, ("--requirepass", PASSWORD))
    server.start()
    yield server
    server.stop()


async def problem_with(url: str, tls: ssl.SSLContext | None = None) -> Fault:
    async with connected(url, tls) as pool:
        with pytest.raises(Fault) as told:
            await pool.serve(Ask(rate=5))
    assert told.value.__context__ is None
    assert PASSWORD not in shown(told.value)
    return told.value


async def test_a_password(locked_server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """The right one lets us in, percent-encoded or not; a wrong one and none are refused, and not shown."""
    caplog.set_level(logging.DEBUG)
    where = f"127.0.0.1:{locked_server.port}"
    async with Redis(port=locked_server.port, password=PASSWORD) as redis:
        await redis.acl_setuser("little", enabled=True, passwords=[f"+{PASSWORD}"], commands=["+ping"])
    for login in (f":{PASSWORD}@", f"default:{PASSWORD}@", ":s3cret%2Dof-redis@"):
        async with connected(f"redis://{login}{where}/1") as pool:
            await pool.serve(Ask(rate=5))
    for login in (f":{PASSWORD}x@", f"nobody:{PASSWORD}@", f"little:{PASSWORD}@"):
        told = await problem_with(f"redis://{login}{where}")
        assert isinstance(told, SharingRefused)
        assert "does not let us in" in told.diagnosis
    told = await problem_with(f"redis://{where}")
    assert isinstance(told, SharingRefused)
    assert "user, password" in told.next_step
    assert PASSWORD not in caplog.text


@asynccontextmanager
async def with_tls(server: RedisServer, context: ssl.SSLContext) -> AsyncIterator[int]:
    """The port of what speaks TLS for the server: not every Redis is built with it."""

    async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(65536):
            writer.write(said)
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.gather(passed_on(reader, here), passed_on(there, writer))

    front = await asyncio.start_server(connected, "127.0.0.1", ssl=context)
    yield front.sockets[0].getsockname()[1]
    front.close()


async def test_tls(
    tmp_path: Path, settings: Settings, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``rediss://`` by the CAs of the settings, always verified; nobody writes its keys down."""
    trusted = identity(tmp_path)
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys.log"))
    async with with_tls(redis_server, trusted.context) as port:
        url = f"rediss://127.0.0.1:{port}"
        using = sharing(evolve(settings, ca_file=trusted.ca_file, rate=100), url)
        assert using.sharing is not None
        async with Shared(using, using.sharing, None) as shared:
            await shared.rate_limiter.acquire()
        assert not (tmp_path / "keys.log").exists()
        (tmp_path / "other").mkdir()
        other = ssl.create_default_context(cafile=identity(tmp_path / "other").ca_file)
        told = await problem_with(url, other)
        assert (type(told), told.diagnosis) == (SharingRefused, "Redis' certificate is not valid")
        assert isinstance(await problem_with(f"redis://127.0.0.1:{port}"), SharingUnavailable)


async def test_nobody_there() -> None:
    """A refused connection, and a name that nobody knows."""
    for where in ("127.0.0.1:9", "nobody.invalid"):
        told = await problem_with(f"redis://:{PASSWORD}@{where}")
        assert (type(told), told.diagnosis) == (SharingUnavailable, "no connection to Redis")


async def test_something_else_there() -> None:
    """What is no Redis at all, and what never answers."""

    def web(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    def silence(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    held: list[asyncio.StreamWriter] = []
    for there, diagnosis in ((web, "no connection to Redis"), (silence, "Redis does not answer in time")):
        server = await asyncio.start_server(there, "127.0.0.1")
        told = await problem_with(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        assert (type(told), told.diagnosis) == (SharingUnavailable, diagnosis)
        server.close()
    for writer in held:
        writer.close()


async def test_a_replica(tmp_path: Path) -> None:
    """It answers, but writes nothing: until it is the one that does."""
    server = RedisServer(tmp_path, ("--replicaof", "127.0.0.1", "9"))
    server.start()
    told = await problem_with(server.url)
    server.stop()
    assert (type(told), told.diagnosis) == (SharingUnavailable, "Redis is a replica, which takes no writes")


# --- settings


def test_the_redis_package_is_needed_by_those_who_share(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others neither need nor import it; the error says how to get it."""
    monkeypatch.setitem(sys.modules, "redis.asyncio.retry", None)
    PrecontractualClient(settings)
    told = refused(lambda: PrecontractualClient(sharing(settings, f"redis://:{PASSWORD}@127.0.0.1")))
    assert isinstance(told, InvalidSettings)
    assert told.next_step == "pip install 'precontractual-async[redis]'"
    assert PASSWORD not in shown(told)


async def test_a_key_elsewhere_needs_another_secret(settings: Settings, redis_server: RedisServer) -> None:
    """Without the private key there is nothing that all processes have."""

    class Kms:
        async def sign(self, signing_input: bytes) -> bytes:
            raise NotImplementedError

    keyless = evolve(settings, credentials=Credentials(client_id="me"))
    with pytest.raises(InvalidSettings, match="SHARED_KEY is not set"):
        async with PrecontractualClient(sharing(keyless, redis_server.url), signer=Kms()):
            pass
    async with PrecontractualClient(sharing(keyless, redis_server.url, key=SHARED_KEY), signer=Kms()):
        pass


def test_secrets_are_neither_shown_nor_pickled() -> None:
    """Redis' password and the key; what holds neither may go to other processes."""
    for one in (
        Sharing(redis_url=f"rediss://:{PASSWORD}@redis.example"),
        Sharing(redis_url="rediss://redis.example", key=SHARED_KEY),
    ):
        assert PASSWORD not in repr(one)
        assert SHARED_KEY not in repr(one)
        with pytest.raises(TypeError, match="load them in each process") as told:
            pickle.dumps(one)
        assert PASSWORD not in shown(told.value)
        assert copy.deepcopy(one) is copy.copy(one) is one
    plain = Sharing(redis_url="redis://127.0.0.1", processes=3)
    assert pickle.loads(pickle.dumps(plain)) == plain
