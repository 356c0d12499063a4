"""F3, F4, F8, F16 to F30: what the other side and the way to it can do, over real sockets."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import pickle
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import evolve
from support import tls
from support.canary import Canary
from support.numbers import CITIZEN
from support.raw import response, serving
from support.ways import GOOD
from support.wire import Ends, closing, facing, resetting, saying

from precontractual_async import (
    AccessDenied,
    AddressWrong,
    Answer,
    BrokenAnswer,
    CertificateRefused,
    Fault,
    PrecontractualClient,
    RequestRejected,
    RetryPolicy,
    ServerError,
    Settings,
    Status,
    TimedOut,
    Unexplained,
    Unreachable,
    WrongCitizen,
)
from precontractual_async.protocol.wire import HttpResponse, decipher
from precontractual_async.transport import MOST_BYTES

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


async def asked(ends: Ends) -> Answer | Fault:
    try:
        return await ends.client.verify(CITIZEN, DAY)
    except Fault as fault:
        return fault


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


async def test_f18_an_answer_cut_at_every_byte(settings: Settings) -> None:
    """With a length, in chunks, or to the end of the connection: no part of an answer is an answer."""
    body = json.dumps(GOOD).encode()
    query = PrecontractualClient(settings).planner(check_window=False)
    from precontractual_async import Candidate, Query

    planned = query.plan(Candidate(CITIZEN, DAY))
    assert isinstance(planned, Query)
    for cut in range(len(body)):
        with pytest.raises(BrokenAnswer):
            decipher(
                HttpResponse(200, {}, body[:cut]),
                query=planned,
                asked_at=dt.datetime.now(dt.UTC),
                trace_id="t",
            )
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n" + f"{len(body):x}".encode() + b"\r\n" + body[:-30]
    for cut_off in (
        response()[:-1],
        response()[:-200],
        chunked,
        head + b"Connection: close\r\n\r\n" + body[:-9],
    ):
        async with facing(settings, saying(cut_off, closing)) as ends:
            assert isinstance(await asked(ends), Unreachable | BrokenAnswer)


@pytest.mark.parametrize(
    "start",
    [b"HTTP/1.1 200 ", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"],
)
async def test_f19_a_slow_drip(settings: Settings, start: bytes) -> None:
    """Headers or body byte by byte for ever: the time for one attempt ends it."""
    loop = asyncio.get_running_loop()

    async def answer(_: int, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await loop.run_in_executor(None, lambda: None)

    quick = evolve(settings, attempt_timeout=0.1)
    async with facing(quick, answer) as ends:
        ends.client.settings = evolve(ends.client.settings, retry=RetryPolicy(attempts=1))
        assert isinstance(await asked(ends), TimedOut)
        assert ends.calls == 1


async def test_f20_an_endless_body(settings: Settings) -> None:
    """It is not read beyond the cap, and the connection is closed."""
    written = 0

    async def answer(_: int, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" " * 65_536)
            await writer.drain()
            written += 65_536

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with facing(settings, answer) as ends:
        assert type(await asked(ends)) is BrokenAnswer
        assert ends.calls == ends.wire.connections == 3
    assert written < 3 * (MOST_BYTES + 16_000_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 15_000


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "gzip, gzip"])
async def test_f21_a_compressed_bomb(settings: Settings, coding: str) -> None:
    """We ask for plain bytes and unpack none."""
    bomb = gzip.compress(gzip.compress(b" " * 100_000_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with facing(settings, saying(response(bomb, 200, f"Content-Encoding: {coding}\r\n"))) as ends:
        assert type(await asked(ends)) is BrokenAnswer
        assert all(b"Accept-Encoding: identity" in head for head in ends.wire.heads)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 15_000


@pytest.mark.parametrize(
    "head",
    ["X-Long: " + "a" * 20_000 + "\r\n", "".join(f"X-{n}: {n}\r\n" for n in range(5000))],
    ids=["long", "many"],
)
async def test_f22_a_flood_of_headers(settings: Settings, head: str) -> None:
    """Broken, and not the 400 that aiohttp makes of it: no row is rejected for it."""
    async with facing(settings, saying(response(head=head))) as ends:
        result = await asked(ends)
        assert type(result) is BrokenAnswer or isinstance(result, Answer)
        assert not isinstance(result, RequestRejected)


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


@pytest.mark.parametrize(
    ("host", "days", "signed_by_itself", "kind"),
    [
        ("127.0.0.1", 30, False, Unreachable),  # it is good: the server just says nothing
        ("127.0.0.1", -1, False, CertificateRefused),
        ("127.0.0.2", 30, False, CertificateRefused),
        ("127.0.0.1", 30, True, CertificateRefused),
    ],
    ids=["good", "ended", "another-host", "self-signed"],
)
async def test_f29_certificates(
    settings: Settings, tmp_path: Path, host: str, days: int, signed_by_itself: bool, kind: type[Fault]
) -> None:
    """A certificate that proves nothing: one attempt, and not a byte is sent."""
    identity = tls.identity(tmp_path, host=host, days=days, signed_by_itself=signed_by_itself)
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(4))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=identity.context)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
    policy = RetryPolicy(base=0.01, cap=0.01, attempts=3)
    using = evolve(settings, api_url=url, token_url=url, ca_file=identity.ca_file, retry=policy)
    async with PrecontractualClient(using) as client:
        with pytest.raises(kind):
            await client._session._request_token()
        assert client.statistics().requests == 1
    server.close()
    assert heard == ([b"POST"] if kind is Unreachable else [])


async def test_f29_nobody_there(settings: Settings) -> None:
    """A refused connection and a name that nobody knows pass by themselves, perhaps: tried again."""
    for url in ("http://127.0.0.1:9", "https://nobody.invalid"):
        policy = RetryPolicy(base=0.01, cap=0.01, attempts=2)
        client = PrecontractualClient(evolve(settings, api_url=url, token_url=url, retry=policy))
        async with client:
            with pytest.raises(Unreachable):
                await client._session._request_token()


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A proxy and a netrc in the environment, as a hostile or careless machine has them."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login x password y\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys.log"))
    yield
    assert not (tmp_path / "keys.log").exists()


@pytest.mark.usefixtures("stranger")
async def test_f30_nothing_goes_elsewhere(settings: Settings) -> None:
    """Redirects are errors, proxies and netrc of the environment are not looked at, http is for loopback alone."""
    async with serving(saying(response())) as elsewhere:
        head = f"Location: {elsewhere.url}/elsewhere\r\n"
        for status in (301, 302, 303, 307, 308):
            async with facing(settings, saying(response(b"", status, head))) as ends:
                assert isinstance(await asked(ends), AddressWrong)
                assert ends.calls == 1
                assert all(
                    b"Bearer canary-t0ken" in head for head in ends.wire.heads if head.startswith(b"GET")
                )
        assert elsewhere.requests == 0
    with pytest.raises(ValueError, match="loopback"):
        evolve(settings, api_url="http://192.0.2.1/x")
