"""The way to the gateway, against a server that misbehaves: real sockets, no mocks."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import gzip
import logging
import re
import socket
import ssl
import struct
import zlib
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import cast

import aiohttp
import pytest
from attrs import evolve
from support.numbers import CITIZEN, generated
from support.raw import response, serving
from support.wire import facing, saying

from precontractual_async import (
    AddressWrong,
    BrokenAnswer,
    Fault,
    InternalFault,
    InvalidSettings,
    PrecontractualClient,
    PrecontractualError,
    Settings,
    TimedOut,
    Unreachable,
)
from precontractual_async.calls.transport import MOST_BYTES, AiohttpTransport, open_connector, tls_context
from precontractual_async.protocol.wire import HttpRequest
from precontractual_async.settings.version import USER_AGENT
from precontractual_async.sharing.checks import _question_without_token

Script = Callable[[int, asyncio.StreamWriter], Awaitable[None]]
SECRETS = (CITIZEN, "s3cr3t", "07.01.01-899.01")


async def sent(settings: Settings, script: Script, times: int = 1) -> tuple[list[object], int, int]:
    """What each send gave, what the transport counted, and what the server saw."""
    results: list[object] = []
    async with serving(script) as wire, open_connector(tls_context(settings)) as connector:
        transport = AiohttpTransport(connector, timeout=settings.attempt_timeout)
        request = HttpRequest("GET", f"{wire.url}/x?citizen={CITIZEN}", {"Authorization": "Bearer s3cr3t"})
        for _ in range(times):
            try:
                results.append(await transport.send(request))
            except Fault as fault:
                results.append(fault)
        return results, transport.requests, wire.requests


def reset(writer: asyncio.StreamWriter) -> None:
    """End the connection with RST instead of FIN."""
    sock = cast(socket.socket, writer.get_extra_info("socket"))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def writing(data: bytes, then: Callable[[asyncio.StreamWriter], object] | None = None) -> Script:
    async def script(_: int, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        if then is not None:
            then(writer)

    return script


def close(writer: asyncio.StreamWriter) -> None:
    writer.close()


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (writing(b"", reset), Unreachable),
        (writing(b"", close), Unreachable),
        (writing(b"HTTP/1.1 200 OK\r\nContent-", close), Unreachable),
        (writing(response()[:-10], close), Unreachable),
        (writing(response()[:-10], reset), Unreachable),
        (writing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", close), Unreachable),
        (writing(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", close), (Unreachable, BrokenAnswer)),
        (writing(b"nonsense\r\n\r\n", close), BrokenAnswer),
        (writing(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", close), BrokenAnswer),
        (writing(response(b"x" * (MOST_BYTES + 1))), BrokenAnswer),
    ],
    ids=["rst", "fin", "mid-head", "mid-body", "mid-body-rst", "mid-chunk", "bad-chunk", "no-http", "long-header", "large"],
)  # fmt: skip
async def test_what_breaks_on_the_way_is_ours(settings: Settings, script: Script, kind: type[Fault]) -> None:
    """Every break is a fault of ours, without context, and exactly one request on the wire."""
    (fault,), counted, seen = await sent(settings, script)
    assert isinstance(fault, kind)
    assert (fault.__cause__, fault.__context__) == (None, None)
    assert not [secret for secret in SECRETS if secret in repr(fault) + str(fault)]
    assert counted == seen == 1


async def test_a_dropped_connection_costs_what_we_count(settings: Settings) -> None:
    """50 calls over connections that are closed on reuse: the wire sees what the counter says, no more."""

    async def script(number: int, writer: asyncio.StreamWriter) -> None:
        if number % 2:
            writer.write(response())
        else:
            writer.close()

    results, counted, seen = await sent(settings, script, times=50)
    assert counted == seen == 50
    assert sum(isinstance(result, Unreachable) for result in results) == 25


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/token", "https://localhost/token"])
def test_no_authority_is_read_that_none_is_asked(settings: Settings, url: str) -> None:
    """Plain http to the loopback needs none; as soon as one address is https they are the system's."""
    context = tls_context(evolve(settings, token_url=url))
    usual = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if url.startswith("https"):
        usual.load_default_certs()
    assert context.cert_store_stats() == usual.cert_store_stats()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


async def test_nobody_listens(settings: Settings) -> None:
    """A refused connection is a fault that may pass."""
    async with open_connector(tls_context(settings)) as connector:
        with pytest.raises(Unreachable, match="no connection"):
            await AiohttpTransport(connector, timeout=5).send(HttpRequest("GET", "http://127.0.0.1:9/", {}))


async def test_a_slow_drip_ends_with_the_attempt(settings: Settings) -> None:
    """An answer that comes byte by byte for ever ends when the time for one attempt is over."""

    async def script(_: int, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        loop = asyncio.get_running_loop()
        for _n in range(1000):
            writer.write(b" ")
            await writer.drain()
            await loop.run_in_executor(None, lambda: None)

    (fault,), counted, seen = await sent(evolve(settings, attempt_timeout=0.2), script)
    assert isinstance(fault, TimedOut)
    assert counted == seen == 1


async def test_a_proxy_by_option(settings: Settings) -> None:
    """The only way to use one: then every request asks it for a tunnel, and tells it nothing but the host."""
    async with serving(writing(response(b"{}", 407))) as proxy:
        using = evolve(
            settings,
            api_url="https://127.0.0.1:9/api",
            token_url="https://127.0.0.1:9/token",
            proxy=proxy.url,
        )
        async with PrecontractualClient(using) as client:
            with pytest.raises(PrecontractualError):
                await client._session._fetch(None)
        assert [head.split()[:2] for head in proxy.heads] == [[b"CONNECT", b"127.0.0.1:9"]]


async def test_the_time_for_an_attempt_is_the_settings(settings: Settings) -> None:
    """A server that never answers is given up after it."""

    async def silence(_: int, writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with serving(silence) as wire:
        using = evolve(settings, api_url=wire.url, token_url=wire.url, attempt_timeout=0.1)
        async with PrecontractualClient(using) as client:
            with pytest.raises(TimedOut):
                await client._session._fetch(None)


async def test_interim_answers_are_passed_over(settings: Settings) -> None:
    """Any number of 1xx may come before the answer (RFC 9110 §15.2), in pieces or together with it."""
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    results, counted, seen = await sent(settings, writing(interim + response()), times=2)
    assert [getattr(result, "status", None) for result in results] == [200, 200]
    assert counted == seen == 2


async def test_an_answer_that_switches_the_protocol_ends_its_connection(settings: Settings) -> None:
    """Nobody asked for it: what comes after 101 is no answer to the next question."""
    switching = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + response()

    async def script(number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(switching if number == 1 else response())

    results, _, seen = await sent(settings, script, times=2)
    assert [getattr(result, "status", None) for result in results] == [101, 200]
    assert seen == 2


@pytest.mark.parametrize("value", ["t0k3n\r\nX: y", "t0k3n\n", "t0\x00k3n"])
async def test_a_value_cannot_add_a_header(settings: Settings, value: str) -> None:
    """Whatever it is that is to be sent: a line break in it is our defect, told without the value."""

    async def script(_: int, writer: asyncio.StreamWriter) -> None:
        writer.write(response())

    async with serving(script) as wire, open_connector(tls_context(settings)) as connector:
        transport = AiohttpTransport(connector, timeout=5)
        with pytest.raises(InternalFault, match="defect") as raised:
            await transport.send(HttpRequest("GET", f"{wire.url}/x", {"Authorization": value}))
        assert "k3n" not in str(raised.value)
        assert wire.requests == 0
        assert not connector._acquired


async def test_redirects_are_not_followed(settings: Settings) -> None:
    """A redirect comes back as what it is; the token goes nowhere else."""
    elsewhere = response(status=307, head="Location: http://127.0.0.1:9/elsewhere\r\n")
    (result,), counted, seen = await sent(settings, writing(elsewhere))
    assert getattr(result, "status", None) == 307
    assert counted == seen == 1


def bare_deflate(content: bytes) -> bytes:
    """As some servers send it, against RFC 9110 §8.4.1.2: without the header of zlib."""
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(content) + packing.flush()


PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "old name": ("X-GZIP", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "bare deflate": ("deflate", bare_deflate),
}


@pytest.mark.parametrize("kind", PACKED)
async def test_what_comes_compressed_is_read_up_to_the_cap(settings: Settings, kind: str) -> None:
    """Though plain bytes were asked for. A bomb is cut where any answer is."""
    coding, pack = PACKED[kind]

    async def body_of(content: bytes) -> object:
        head = f"Content-Encoding: {coding}\r\n"
        (result,), _, _ = await sent(settings, writing(response(content, head=head)))
        return getattr(result, "body", result)

    answer = b"{}" * 1000
    assert await body_of(pack(answer)) == answer
    assert await body_of(pack(b"x" * MOST_BYTES)) == b"x" * MOST_BYTES
    assert "larger" in str(await body_of(pack(b"x" * (MOST_BYTES + 1))))
    for broken in (
        pack(answer)[:-9],
        answer,
        b"",
    ):  # cut, or not compressed at all: left for the codec to refuse
        assert await body_of(broken) == broken


async def test_what_is_compressed_in_other_ways_stays_as_it_is(settings: Settings) -> None:
    """Twice, or by another method: it is no JSON then."""
    twice = gzip.compress(gzip.compress(b"{}"))
    (result,), _, _ = await sent(settings, writing(response(twice, head="Content-Encoding: gzip, gzip\r\n")))
    assert getattr(result, "body", None) == twice


async def test_a_session_that_was_passed_in_is_used_and_left_open(settings: Settings) -> None:
    """The giver closes it, and our safety does not depend on how it was made."""
    token = b'{"access_token": "abc", "expires_in": 300}'

    async def script(number: int, writer: asyncio.StreamWriter) -> None:
        if number == 1:
            writer.write(response(token))
        elif number == 2:
            writer.close()
        else:
            writer.write(response())

    async with serving(script) as wire, aiohttp.ClientSession() as theirs:
        mine = evolve(settings, api_url=wire.url, token_url=f"{wire.url}/token")
        async with PrecontractualClient(mine, http_session=theirs, jitter=lambda: 0.0) as client:
            await client.verify(CITIZEN, date.today() + timedelta(days=1))  # noqa: DTZ011 (tomorrow in Brussels, or the day after)
            assert client.statistics().requests == wire.requests == 3
        assert not theirs.closed
    with pytest.raises(InvalidSettings, match="is closed"):
        await PrecontractualClient(mine, http_session=theirs).__aenter__()


async def test_nothing_leaks_from_failures(
    settings: Settings, caplog: pytest.LogCaptureFixture, pem: str
) -> None:
    """Logs at DEBUG, texts, reprs and contexts of every failure hold no number and no secret."""
    caplog.set_level(logging.DEBUG)
    number = next(generated(1))
    secrets = (number, "t0k3n", "eyJ", pem[60:90], number[:6])
    token = b'{"access_token": "t0k3n", "expires_in": 300}'
    failures = [b"", response(b"<html>" + number.encode(), 200), response(number.encode(), 500), response(b"{}", 401),
                response(b'{"issues": [{"name": "citizen", "detail": "' + number.encode() + b'"}]}', 400),
                response(number.encode(), 404), b"HTTP/1.1 200 OK\r\nX: " + number.encode() * 2000 + b"\r\n\r\n"]  # fmt: skip
    policy = evolve(settings.retry, attempts=2, base=0.01)
    for failure in failures:

        async def script(number: int, writer: asyncio.StreamWriter, failure: bytes = failure) -> None:
            writer.write(response(token) if wire.heads[number - 1].startswith(b"POST") else failure)
            writer.close()

        async with serving(script) as wire:
            mine = evolve(settings, api_url=wire.url, token_url=f"{wire.url}/token", retry=policy)
            async with PrecontractualClient(mine) as client:
                with pytest.raises(PrecontractualError) as raised:
                    await client.verify(number, date.today() + timedelta(days=1))  # noqa: DTZ011 (tomorrow in Brussels, or the day after)
        chain: BaseException | None = raised.value
        while chain is not None:
            shown = str(chain) + repr(chain) + repr(chain.args)
            assert not [secret for secret in secrets if secret in shown]
            chain = chain.__context__ or chain.__cause__
    gc.collect()
    assert not [secret for secret in secrets if secret in caplog.text]


def test_addresses_are_checked_before_anything_is_sent(settings: Settings) -> None:
    """Plain http is for loopback; a URL holds no more than an address."""
    for url in (
        "http://services.socialsecurity.be/x",
        "ftp://127.0.0.1/",
        "https://u:p@host/",
        "https://host/?q=1",
        "x",
    ):
        with pytest.raises(PrecontractualError):
            evolve(settings, api_url=url)
    assert issubclass(AddressWrong, Fault)


async def test_everything_is_asked_by_the_same_name(settings: Settings) -> None:
    """Over the wire: the token, the call, and the doctor's question, each with whose program it is."""
    using = evolve(settings, user_agent_suffix="payroll/2.1 acme")
    async with facing(using, saying(response())) as ends:
        await ends.client.verify(CITIZEN, ends.client.now().date() + timedelta(days=1))
    names = [re.findall(rb"(?i)\r\nuser-agent: ([^\r]*)\r\n", head) for head in ends.wire.heads]
    assert names == [[f"{USER_AGENT} payroll/2.1 acme".encode()]] * 2
    assert _question_without_token(using).headers["User-Agent"] == f"{USER_AGENT} payroll/2.1 acme"
