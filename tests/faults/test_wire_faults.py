"""F3, F4, F8, F16 to F31, F50: what the other side and the way to it can do, over real sockets."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import pickle
import ssl
import subprocess
import sys
import warnings
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Self

import pytest
from attrs import evolve
from support import tls, virtual
from support.canary import Canary
from support.flights import counted, suspensions_of_flights, verified
from support.numbers import CITIZEN, generated
from support.raw import Wire, response, serving
from support.virtual import elapsed
from support.ways import GOOD, Way
from support.wire import TOKEN, Answering, Ends, facing, resetting, saying

from precontractual_async import (
    AccessDenied,
    AddressWrong,
    Answer,
    Answered,
    AnswersUnreadable,
    BrokenAnswer,
    Candidate,
    CertificateRefused,
    Fault,
    Outcome,
    Pending,
    PrecontractualClient,
    Query,
    RequestRejected,
    RetryPolicy,
    ServerError,
    Settings,
    Status,
    TimedOut,
    Unexplained,
    Unreachable,
    WrongCitizen,
    verify_many,
)
from precontractual_async.batch.exits import exit_code
from precontractual_async.calls import shared_token as tokens
from precontractual_async.calls import transport
from precontractual_async.calls.transport import MOST_BYTES, AiohttpTransport
from precontractual_async.protocol.wire import HttpResponse, decipher

DAY = dt.date(2026, 12, 1)
BODY = b"<html>canary-of-a-body " + CITIZEN.encode() + b"</html>"
HTML = "Content-Type: text/html\r\n"


@pytest.fixture(autouse=True)
def _the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """These run in real time; the window is not what they are about."""
    now = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
    plain = PrecontractualClient.__init__

    def fixed(client: PrecontractualClient, *given: object, **options: object) -> None:
        plain(client, *given, **{"now": lambda: now, **options})  # type: ignore[arg-type]

    monkeypatch.setattr(PrecontractualClient, "__init__", fixed)


def candidates(count: int) -> list[Candidate]:
    return [Candidate(number, DAY, row=row) for row, number in enumerate(generated(count))]


async def told(client: PrecontractualClient) -> Answer | Fault:
    try:
        return await client.verify(CITIZEN, DAY)
    except Fault as fault:
        return fault


async def asked(ends: Ends) -> Answer | Fault:
    return await told(ends.client)


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_f03_an_html_page_with_a_5xx(settings: Settings, status: int) -> None:
    """Retried by its status; the body is never read for it, kept or logged."""
    page = response(BODY, status, HTML)
    async with facing(settings, saying(page, later=response(), first=2)) as ends:
        assert isinstance(await asked(ends), Answer)
        assert ends.calls == 3
    async with facing(settings, saying(page)) as ends:
        fault = await asked(ends)
        assert isinstance(fault, ServerError)
        assert (fault.status, ends.calls) == (status, 8)


async def test_f04_an_html_page_with_a_200(settings: Settings) -> None:
    """Asked again at most twice, and never taken for an answer."""
    async with facing(settings, saying(response(BODY, 200, HTML))) as ends:
        assert type(await asked(ends)) is BrokenAnswer
        assert ends.calls == 3


PROBLEM = b'{"type": "urn:problem-type:belgif:badRequest", "status": 400}'


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, PROBLEM, RequestRejected),
        (422, PROBLEM, RequestRejected),
        (400, BODY, Unexplained),
        (422, BODY, Unexplained),
        (403, BODY, AccessDenied),
        (404, BODY, AddressWrong),
    ],
)
async def test_f08_4xx_are_sent_once(settings: Settings, status: int, body: bytes, kind: type[Fault]) -> None:
    """Exactly one request on the wire; a page is no rejection for good."""
    async with facing(settings, saying(response(body, status, HTML))) as ends:
        assert isinstance(await asked(ends), kind)
        assert ends.calls == 1


async def test_f08_a_400_that_quotes_the_number(settings: Settings) -> None:
    """What the gateway quotes stays in the problem: not in the error's texts, nor in what it pickles to."""
    issue = {"name": "citizen", "in": "query", "detail": f"{CITIZEN} does not exist", "value": CITIZEN}
    body = {"title": f"no {CITIZEN}", "detail": "07.01.01-899.01", "instance": CITIZEN, "issues": [issue]}
    async with facing(settings, saying(response(json.dumps(body).encode(), 400))) as ends:
        fault = await asked(ends)
        assert isinstance(fault, RequestRejected)
        assert fault.problem.issues[0].value == CITIZEN
        again = pickle.loads(pickle.dumps(fault))
        assert again.problem.issues[0].detail == "*** does not exist"
        assert again.diagnosis == fault.diagnosis


@pytest.mark.parametrize("cut", [0, 5, 17, 60, len(response()) - 5], ids=str)
async def test_f16_a_reset_anywhere(settings: Settings, cut: int) -> None:
    """Before, in and after the headers: asked again, and the wire saw what we counted."""
    answer = saying(response()[:cut], resetting, later=response(), first=3)
    async with facing(settings, answer) as ends:
        assert isinstance(await asked(ends), Answer)
        assert ends.calls == 4
        assert ends.client.statistics().requests == ends.wire.requests


async def test_f17_a_connection_that_is_closed_on_reuse(settings: Settings) -> None:
    """Every second call finds a closed connection: each costs one counted retry, and none that is hidden."""

    async def answer(call: int, writer: asyncio.StreamWriter) -> None:
        if call % 2:
            writer.write(response())
        else:
            writer.close()

    async with facing(settings, answer) as ends:
        for _ in range(50):
            assert isinstance(await asked(ends), Answer)
        done = ends.client.statistics()
        assert done.requests == ends.wire.requests
        assert ends.calls == 50 + done.retries <= 100


JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
BLANKS = b"  \n"
"""Behind the JSON: what is cut there still reads as a whole document."""


def framed(framing: str) -> bytes:
    """A good answer: with its length, in chunks, or up to the end of the connection."""
    body = json.dumps(GOOD).encode()
    if framing == "length":
        return response(body + BLANKS)
    if framing == "end":
        return JSON_HEAD + b"Connection: close\r\n\r\n" + body
    pieces = (body[:100], body[100:], BLANKS, b"")
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return JSON_HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks


@pytest.mark.parametrize("framing", ["length", "chunked", "end"])
async def test_f18_an_answer_cut_at_every_byte(settings: Settings, framing: str) -> None:
    """Over the wire, in every framing: no part of an answer is an answer, and a broken connection is told as one."""
    whole = framed(framing)

    async def answer(call: int, writer: asyncio.StreamWriter) -> None:
        writer.write(whole[: call - 1])
        writer.close()

    async with facing(settings, answer, attempts=1) as ends:
        results = [await asked(ends) for _ in whole]
        assert isinstance(await asked(ends), Answer)
        assert ends.calls == len(whole) + 1 > 300
    body = whole.index(b"\r\n\r\n") + 4
    assert {type(each) for each in results[:body]} <= {Unreachable, BrokenAnswer}
    assert {type(each) for each in results[body:]} == {BrokenAnswer if framing == "end" else Unreachable}


def test_f18_a_document_cut_at_every_byte(settings: Settings) -> None:
    """Whatever the framing said: no part of the JSON can be read."""
    body = json.dumps(GOOD).encode()
    query = PrecontractualClient(settings).planner(check_window=False).plan(Candidate(CITIZEN, DAY))
    assert isinstance(query, Query)
    for cut in range(len(body)):
        with pytest.raises(BrokenAnswer):
            decipher(
                HttpResponse(200, {}, body[:cut]), query=query, asked_at=dt.datetime.now(dt.UTC), trace_id="t"
            )


@pytest.mark.parametrize(
    "start",
    [b"HTTP/1.1 200 ", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"],
)
async def test_f19_a_slow_drip(settings: Settings, start: bytes) -> None:
    """Headers or body byte by byte for ever: the time for one attempt ends it, and soon after."""
    loop = asyncio.get_running_loop()

    async def answer(_: int, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await loop.run_in_executor(None, lambda: None)

    async with facing(evolve(settings, attempt_timeout=0.25), answer, attempts=1) as ends:
        await ends.client._session.bearer()
        began = loop.time()
        assert isinstance(await asked(ends), TimedOut)
        assert 0.25 <= loop.time() - began <= 0.25 + 5 * 0.2  # the row's 0.2 seconds, on a busy machine
        assert ends.calls == 1


async def test_f20_the_most_that_is_read(settings: Settings) -> None:
    """Up to the cap it is an answer, one byte more is none; and the cap is at most 1 MiB."""
    assert MOST_BYTES <= 1024 * 1024
    document = json.dumps(GOOD).encode()
    most = document.ljust(MOST_BYTES)
    for body, kind in ((most, Answer), (most + b" ", BrokenAnswer)):
        async with facing(settings, saying(response(body)), attempts=1) as ends:
            assert type(await asked(ends)) is kind


# A client in a process of its own asks twice, and tells what came of the second call and by how many kB the
# most memory that it ever had has grown meanwhile.
MEASURED = """
import asyncio, datetime, pathlib, sys
from precontractual_async import *

def peak():
    return int(pathlib.Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])

async def main(url, pem):
    settings = Settings(
        caller=Caller.enterprise(EnterpriseNumber.parse("0880820673")),
        credentials=Credentials(client_id="client", private_key=pem),
        api_url=url, token_url=url, audience=url, rate=1000, retry=RetryPolicy(attempts=1),
    )
    now = datetime.datetime(2026, 11, 24, 9, tzinfo=datetime.UTC)
    async with PrecontractualClient(settings, now=lambda: now) as client:
        await client.verify("07010189901", "2026-12-01")
        before = peak()
        try:
            await client.verify("07010189901", "2026-12-01")
        except Fault as fault:
            print(type(fault).__name__, peak() - before)

asyncio.run(main(sys.argv[1], sys.stdin.read()))
"""


async def measured(settings: Settings, pem: str, answer: Answering) -> tuple[str, int]:
    """The kind of fault that `answer` is to a fresh process, and the memory in kB that it takes."""

    async def script(call: int, writer: asyncio.StreamWriter) -> None:
        if call == 1:
            writer.write(TOKEN)
        elif call == 2:
            writer.write(response())
        else:
            await answer(call, writer)

    async with serving(script) as wire:
        command = [sys.executable, "-c", MEASURED, wire.url]
        done = await asyncio.to_thread(
            subprocess.run, command, input=pem, capture_output=True, text=True, check=False, timeout=60
        )
    kind, _, grown = done.stdout.partition(" ")
    return kind, int(grown)


ENDLESS = {
    "length": (b"Content-Length: 1000000000\r\n\r\n", b" " * 65_536),
    "chunked": (b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65_536 + b"\r\n"),
    "end": (b"Connection: close\r\n\r\n", b" " * 65_536),
}


@pytest.mark.parametrize("framing", ENDLESS)
async def test_f20_an_endless_body(settings: Settings, pem: str, framing: str) -> None:
    """In every framing: not read beyond the cap, in 5 MB of memory at most, and the connection is closed."""
    head, piece = ENDLESS[framing]
    written = 0

    async def answer(_: int, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(JSON_HEAD + head)
        while written < 64_000_000:  # no more than a client without a cap can bear in a test
            writer.write(piece)
            await writer.drain()
            written += len(piece)

    kind, grown = await measured(settings, pem, answer)
    assert kind == "BrokenAnswer"
    assert grown <= 5 * 1024
    assert written < MOST_BYTES + 16_000_000  # and what lies in the buffers of two sockets


BOMB = gzip.compress(b" " * 100_000_000)


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip", "deflate"])
async def test_f21_a_compressed_bomb(settings: Settings, pem: str, coding: str) -> None:
    """A hundred MB in a hundred kB, also packed twice: 5 MB of memory at most."""
    bomb = {"gzip": BOMB, "gzip, gzip": gzip.compress(BOMB), "deflate": zlib.compress(b" " * 100_000_000)}
    page = response(bomb[coding], 200, f"Content-Encoding: {coding}\r\n")
    kind, grown = await measured(settings, pem, saying(page))
    assert kind == "BrokenAnswer"
    assert grown <= 5 * 1024


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_f21_a_gateway_that_always_compresses(settings: Settings, coding: str) -> None:
    """We ask for plain bytes, and read what comes packed all the same: token and answers."""
    pack = zlib.compress if coding == "deflate" else gzip.compress
    head = f"Content-Encoding: {coding}\r\n"

    token = response(pack(b'{"access_token": "abc", "expires_in": 300}'), 200, head)
    async with facing(settings, saying(response(pack(json.dumps(GOOD).encode()), 200, head)), token) as ends:
        outcomes = [each async for each in verify_many(ends.client, candidates(50))]
        assert all(b"Accept-Encoding: identity" in head for head in ends.wire.heads)
        assert ends.calls == 50
    assert {type(each) for each in outcomes} == {Answered}


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "canary"])
async def test_f21_other_codings_are_not_read(settings: Settings, coding: str) -> None:
    """Named where they are known, when nothing else comes."""
    page = response(gzip.compress(json.dumps(GOOD).encode()), 200, f"Content-Encoding: {coding}\r\n")
    async with facing(settings, saying(page)) as ends:
        fault = await asked(ends)
        assert type(fault) is BrokenAnswer
        assert ends.calls == 3
        assert (coding if coding in {"br", "zstd"} else "an odd content coding") in fault.seen


# --- answers that nobody can read, for everybody

PAGES = {
    "page": (
        200,
        "Content-Type: text/html; charset=utf-8\r\n",
        b"<html>log in</html>",
        "status 200, text/html, plain, 19 bytes",
    ),
    "nothing": (204, "", b"", "status 204, no media type, plain, 0 bytes"),
    "packed": (
        200,
        "Content-Encoding: br\r\nContent-Type: application/json\r\n",
        b"x" * 99,
        "status 200, application/json, br, 99 bytes",
    ),
    "odd": (
        200,
        f"Content-Type: {CITIZEN}/{CITIZEN}\r\nContent-Encoding: {CITIZEN}\r\n",
        BODY,
        f"an odd media type, an odd content coding, {len(BODY)} bytes",
    ),
}


@pytest.mark.parametrize("kind", PAGES)
async def test_f50_pages_instead_of_answers(settings: Settings, kind: str) -> None:
    """For everybody: no outage, so nobody probes for hours. One end, at once, that says what was seen."""
    status, head, body, seen = PAGES[kind]
    told: list[Outcome] = []
    page = f"HTTP/1.1 {status} canary\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    async with facing(evolve(settings, concurrency=10), saying(page)) as ends:
        with pytest.raises(AnswersUnreadable) as raised:
            async for outcome in verify_many(ends.client, candidates(100)):
                told.append(outcome)
        assert ends.calls <= 20 + 10
    assert seen in raised.value.diagnosis
    assert "proxy" in raised.value.next_step
    assert exit_code(raised.value) == 5
    assert {type(each) for each in told} == {Pending}


def test_f50_pages_instead_of_tokens(client_of: Callable[..., PrecontractualClient]) -> None:
    """The same at the OAuth server, whose fetches come with growing pauses: over after some seconds."""
    way = Way(oauth=lambda _: HttpResponse(200, {"content-type": "text/html"}, BODY))

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(
                AnswersUnreadable, match="OAuth server can be read .status 200, text/html, plain"
            ):
                async for _ in verify_many(client, candidates(20)):
                    pass
            assert elapsed() < 60

    virtual.run(main())
    assert way.token_calls == 5


async def test_f50_one_that_can_be_read_in_between(settings: Settings) -> None:
    """A proxy's page now and then is a row's bad luck: asked again, as ever."""

    async def answer(number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(response(BODY, 200, HTML) if number % 3 else response(json.dumps(GOOD).encode()))

    async with facing(evolve(settings, concurrency=1), answer) as ends:
        outcomes = [each async for each in verify_many(ends.client, candidates(30))]
    assert {type(each) for each in outcomes} == {Answered}


@pytest.mark.parametrize(
    "head",
    ["X-Long: " + "a" * 20_000 + "\r\n", "".join(f"X-{n}: {n}\r\n" for n in range(5000))],
    ids=["long", "many"],
)
async def test_f22_a_flood_of_headers(settings: Settings, head: str) -> None:
    """Broken, and not the 400 that aiohttp makes of it: no row is rejected for it."""
    async with facing(settings, saying(response(head=head))) as ends:
        assert type(await asked(ends)) is BrokenAnswer
        assert ends.calls == 3


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe" + BODY, b'{"flexiJobResult": {"allowed": "\xc3"}}', json.dumps(GOOD).encode("utf-16")],
    ids=["no-utf8", "half", "utf16"],
)
async def test_f23_bytes_that_are_no_utf8(settings: Settings, body: bytes) -> None:
    """Broken, whatever charset is claimed; nothing of the body is shown."""
    head = "Content-Type: application/json; charset=latin1\r\n"
    async with facing(settings, saying(response(body, 200, head))) as ends:
        assert type(await asked(ends)) is BrokenAnswer
    async with facing(settings, saying(response(b"\xef\xbb\xbf" + json.dumps(GOOD).encode()))) as ends:
        assert isinstance(await asked(ends), Answer)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"flexiJobResult": {"allowed": "ok"}, "flexiJobResult": {"allowed": "nok"}}',
        b'{"studentJobResult": {"allowed": "ok", "hoursRemaining": NaN}}',
        b'{"studentJobResult": {"allowed": "ok", "hoursRemaining": ' + b"9" * 5000 + b"}}",
        b"null",
        b'"ok"',
        b"[]",
    ],
    ids=["arrays", "objects", "twice", "nan", "huge", "null", "text", "array"],
)
async def test_f24_hostile_json(settings: Settings, body: bytes) -> None:
    """Deep, ambiguous or no JSON at all: broken, or an answer without what it did not say."""
    async with facing(settings, saying(response(body))) as ends:
        result = await asked(ends)
        if isinstance(result, Answer):
            assert result.student_job.hours_remaining is None
            assert result.flexi_job.status is Status.MISSING
        else:
            assert type(result) is BrokenAnswer


async def test_f25_a_word_that_is_new(settings: Settings) -> None:
    """Kept as it was said, told as unrecognised, and the run goes on."""
    document = GOOD | {"flexiJobResult": {"allowed": "perhaps"}}
    async with facing(settings, saying(response(json.dumps(document).encode()))) as ends:
        result = await asked(ends)
        assert isinstance(result, Answer)
        assert (result.flexi_job.status, result.flexi_job.allowed) == (Status.UNRECOGNISED, ("perhaps",))
        assert result.student_job.status is Status.OK


@pytest.mark.parametrize(
    "block", [None, {}, {"allowed": None}, {"allowed": []}, [], "ok", {"description": {}}]
)
async def test_f26_a_block_that_is_not_there(settings: Settings, block: object) -> None:
    """Missing or empty: never `ok`, never `nok`."""
    for name in ("flexiJobResult", "studentJobResult"):
        async with facing(settings, saying(response(json.dumps(GOOD | {name: block}).encode()))) as ends:
            result = await asked(ends)
            assert isinstance(result, Answer | BrokenAnswer)
            if isinstance(result, Answer):
                about = result.flexi_job if name.startswith("flexi") else result.student_job
                assert not about.is_conclusive


async def test_f27_fields_that_are_new(settings: Settings) -> None:
    """Ignored, at every place."""

    def grown(value: object) -> object:
        if isinstance(value, dict):
            return {
                "new": [1, {"x": None}],
                **{name: grown(each) for name, each in value.items()},
                "more": "ok",
            }
        return value

    async def answer_to(document: object) -> Answer:
        async with facing(settings, saying(response(json.dumps(document).encode()))) as ends:
            result = await asked(ends)
            assert isinstance(result, Answer)
            return evolve(result, trace_id="t", asked_at=dt.datetime.min.replace(tzinfo=dt.UTC))

    assert await answer_to(grown(GOOD)) == await answer_to(GOOD)


@pytest.mark.parametrize("place", ["main", "flexi", "student"])
async def test_f28_an_answer_about_somebody_else(settings: Settings, canary: Canary, place: str) -> None:
    """Told by its references: nothing of it is used, it is not asked again, and it is an alarm."""
    canary.secrets["stranger"] = "10010190162"
    reference = "100101901620112202612"
    document: dict[str, object] = json.loads(json.dumps(GOOD))
    if place == "main":
        document["precontractualMainReference"] = f" {reference}"
    else:
        document[f"{place}JobResult"] = {"allowed": "ok", f"{place}JobReference": reference}
    async with facing(settings, saying(response(json.dumps(document).encode()))) as ends:
        fault = await asked(ends)
        assert isinstance(fault, WrongCitizen)
        assert ends.calls == 1


# --- the way there


@asynccontextmanager
async def at_two_servers(
    settings: Settings, identity: tls.Identity, place: str
) -> AsyncIterator[tuple[PrecontractualClient, Wire, Wire]]:
    """A client, the server with that identity at one `place`, "token" or "api", and a good one at the other."""

    async def script(_: int, writer: asyncio.StreamWriter) -> None:
        writer.write(TOKEN if place == "token" else response())

    async def good(_: int, writer: asyncio.StreamWriter) -> None:
        writer.write(response() if place == "token" else TOKEN)

    async with serving(script, identity.context) as bad, serving(good) as other:
        api, token = (other.url, bad.url) if place == "token" else (bad.url, other.url)
        using = evolve(
            settings,
            api_url=api,
            token_url=token,
            ca_file=identity.ca_file,
            retry=RetryPolicy(base=0.01, cap=0.01, attempts=3),
        )
        async with PrecontractualClient(using) as client:
            yield client, bad, other


@pytest.mark.parametrize("place", ["token", "api"])
@pytest.mark.parametrize(
    ("host", "days", "signed_by_itself", "says", "step"),
    [
        ("127.0.0.1", -1, False, "has expired", "the clock"),
        ("127.0.0.2", 30, False, "for another name", "API_URL"),
        ("127.0.0.1", 30, True, "not trusted here", "CA_FILE"),
    ],
    ids=["ended", "another-host", "self-signed"],
)
async def test_f29_certificates(
    settings: Settings,
    tmp_path: Path,
    place: str,
    host: str,
    days: int,
    signed_by_itself: bool,
    says: str,
    step: str,
) -> None:
    """A certificate that proves nothing, at either server: one attempt, and not a byte is sent there. Each cause
    has its own words."""
    identity = tls.identity(tmp_path, host=host, days=days, signed_by_itself=signed_by_itself)
    async with at_two_servers(settings, identity, place) as (client, bad, other):
        fault = await told(client)
        assert isinstance(fault, CertificateRefused)
        assert says in fault.diagnosis
        assert step in fault.next_step
        assert (bad.connections, bad.requests, bad.heads) == (1, 0, [])
        assert other.requests == (0 if place == "token" else 1)
        assert client.statistics().requests == 1 + other.requests


@pytest.mark.parametrize("place", ["token", "api"])
async def test_f29_a_good_certificate(settings: Settings, tmp_path: Path, place: str) -> None:
    """So the others fail for the right reason."""
    async with at_two_servers(settings, tls.identity(tmp_path), place) as (client, server, other):
        assert isinstance(await told(client), Answer)
        assert (server.connections, server.requests, other.requests) == (1, 1, 1)


class OldDefaults(ssl.SSLContext):
    """A context as on a machine whose OpenSSL still allows everything."""

    def __new__(cls, protocol: int) -> Self:
        context = super().__new__(cls, protocol)
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.set_ciphers("ALL:@SECLEVEL=0")
        return context


@pytest.mark.parametrize("most", ["TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3"])
async def test_f29_a_server_with_old_tls_only(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: str
) -> None:
    """TLS 1.0 and 1.1 are not spoken, also where the machine would: nothing is sent."""
    identity = tls.identity(tmp_path)
    identity.context.set_ciphers("ALL:@SECLEVEL=0")
    identity.context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that they are old is what this is about
        identity.context.maximum_version = ssl.TLSVersion[most]
    monkeypatch.setattr(transport, "ssl", SimpleNamespace(**vars(ssl) | {"SSLContext": OldDefaults}))
    async with at_two_servers(settings, identity, "api") as (client, server, _):
        if most in ("TLSv1", "TLSv1_1"):
            assert type(await told(client)) is Unreachable
            assert (server.requests, server.heads) == (0, [])
        else:
            assert isinstance(await told(client), Answer)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://nobody.invalid"], ids=["refused", "no-name"])
async def test_f29_nobody_there(settings: Settings, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """A refused connection and a name that nobody knows pass by themselves, perhaps: tried again, each time."""
    monkeypatch.setattr(tokens, "_FIRST_COOL_DOWN", 0.01)  # after a token that could not be had
    async with facing(settings, saying(response())) as ends:
        policy = RetryPolicy(base=0.01, cap=0.01, attempts=3)
        good = evolve(ends.client.settings, retry=policy)
        for using, requests in ((evolve(good, api_url=url), 1 + 3), (evolve(good, token_url=url), 3)):
            async with PrecontractualClient(using) as client:
                assert isinstance(await told(client), Unreachable)
                assert client.statistics().requests == requests
        assert (ends.calls, ends.tokens) == (0, 1)


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """A netrc in the environment, as a hostile or careless machine has it; and what sets its proxies."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login x password y\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys.log"))
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)

    def set_proxies(url: str) -> None:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, url)

    yield set_proxies
    assert not (tmp_path / "keys.log").exists()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_f30_nothing_goes_elsewhere(
    settings: Settings, stranger: Callable[[str], None], status: int
) -> None:
    """Redirects of either server are errors; proxies and netrc of the environment are not looked at."""
    async with serving(saying(response())) as elsewhere:
        stranger(elsewhere.url)
        away = response(b"", status, f"Location: {elsewhere.url}/elsewhere\r\n")
        async with facing(settings, saying(away)) as ends:
            assert isinstance(await asked(ends), AddressWrong)
            call, token = (next(h for h in ends.wire.heads if h.startswith(m)) for m in (b"GET", b"POST"))
            assert (ends.calls, ends.tokens) == (1, 1)
            assert b"\r\nAuthorization: Bearer canary-t0ken\r\n" in call
            assert b"authorization" not in token.lower()
            assert b"proxy" not in (call + token).lower()
        async with facing(settings, saying(response()), away) as ends:
            assert isinstance(await asked(ends), AddressWrong)
            assert (ends.calls, ends.tokens) == (0, 1)
        assert (elsewhere.connections, elsewhere.requests) == (0, 0)


def test_f30_plain_http(settings: Settings) -> None:
    """For loopback addresses alone."""
    with pytest.raises(ValueError, match="api_url: plain http is accepted for loopback"):
        evolve(settings, api_url="http://192.0.2.1/x")
    with pytest.raises(ValueError, match="token_url: plain http is accepted for loopback"):
        evolve(settings, token_url="http://192.0.2.1/x")


# --- at any moment


async def test_f31_cancellation_over_the_wire(settings: Settings) -> None:
    """Cancelled at each of its suspensions, a call leaves no connection taken and no place; the next is answered."""

    async def answer(_: int, writer: asyncio.StreamWriter) -> None:
        for begin in range(0, len(response()), 60):
            writer.write(response()[begin : begin + 60])
            for _ in range(5):  # until the client has read that much
                await asyncio.sleep(0)

    count, hits = 0, 1
    while hits:
        points = suspensions_of_flights(max(1, count))
        async with facing(evolve(settings, concurrency=1), answer) as ends:
            if count:  # at first with the token
                await ends.client._session.bearer()
            way = ends.client._session._transport
            assert isinstance(way, AiohttpTransport)
            with counted(ends.client, points):
                calling = verified(ends.client, CITIZEN, DAY)
                (result,) = await asyncio.gather(calling, return_exceptions=True)
            assert isinstance(result, asyncio.CancelledError if points.hits else Answer)
            if count:
                assert not way._connector._acquired
            assert ends.client._admission.places._semaphore._value == 1
            assert isinstance(await asked(ends), Answer)
            assert not way._connector._acquired
        hits = points.hits
        count += hits
    assert count >= 6
