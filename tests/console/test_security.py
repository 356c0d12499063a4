"""Attacks on the console, over real HTTP: other pages of the browser, other users of the machine, other names."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from support.console import Clock, Visitor, browser, console
from support.numbers import CITIZEN, VALID_SSINS
from yarl import URL

from precontractual_async.calls.session import utc_now
from precontractual_async.console import list_pages, uploads
from precontractual_async.console.gate import IDLE
from precontractual_async.console.results import name_of
from precontractual_async.console.security import cookie_name
from precontractual_async.console.server import Served
from precontractual_async.console.state import Console
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import Sandbox

DAY = StartDateWindow.at(utc_now()).last.isoformat()
PAGES = (
    "/",
    "/person",
    "/lists/1",
    "/runs/1",
    "/runs/1/events",
    "/runs/1/xlsx",
    "/static/style.css",
    "/nonsense",
)
FORMS = ("/lists/1", "/lists/1/start", "/made-up", "/runs/1/stop", "/runs/1/again", "/person", "/language")


@pytest.fixture
async def stranger(pem: str) -> AsyncIterator[Visitor]:
    """A browser that was not let in."""
    async with Sandbox(private_key_pem=pem) as sandbox, console(sandbox) as visitor:
        yield visitor


@pytest.fixture
async def visitor(stranger: Visitor) -> Visitor:
    """The one that was."""
    assert (await stranger.enter()).status == 200
    return stranger


# --- without the cookie


async def test_who_has_no_cookie_is_refused_everything(stranger: Visitor) -> None:
    for path in PAGES:
        reply = await stranger.get(path)
        assert reply.status == 403, path
        assert "does not know this browser" in reply.text
    for path in FORMS:
        assert (await stranger.post(path)).status == 403, path
    assert (await stranger.give("list.csv", b"insz\n1\n")).status == 403


async def test_a_made_up_cookie_is_none(stranger: Visitor) -> None:
    name = cookie_name(stranger.there.port)
    for value in ("", "x", "x" * 43, "é"):
        reply = await stranger.get("/", headers={"Cookie": f"{name}={value}"})
        assert reply.status == 403


async def test_the_address_opens_once(stranger: Visitor) -> None:
    """Whoever finds it afterwards, in a history or a list of processes, is refused; the first goes on."""
    address = stranger.there.address
    assert address is not None
    assert (await stranger.enter()).status == 200
    assert stranger.there.address is None
    async with browser() as other, other.get(address) as reply:
        assert reply.status == 403
        assert not reply.cookies
    assert (await stranger.get("/")).status == 200


@pytest.mark.parametrize("once", ["", "?once=", "?once=x", "?once=%00", "?other=1"])
async def test_a_wrong_secret_opens_nothing(stranger: Visitor, once: str) -> None:
    reply = await stranger.get(f"/enter{once}")
    assert reply.status == 403
    assert "Set-Cookie" not in reply.headers
    assert stranger.there.address is not None


async def test_the_cookie_is_strict(stranger: Visitor) -> None:
    """No script reads it, no other page sends it; and the address that gave it leads on at once."""
    async with stranger.http.get(str(stranger.there.address)) as reply:
        cookie = reply.cookies[cookie_name(stranger.there.port)]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
        assert 'content="0;url=/"' in (await reply.read()).decode()


# --- other names, other pages


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1", "127.0.0.1:1", "[::1]", ""])
async def test_another_host_is_refused(visitor: Visitor, host: str) -> None:
    """A name of somebody else's that was pointed at this machine, also with the cookie."""
    reply = await visitor.get("/", headers={"Host": host})
    assert reply.status in (400, 403)
    assert "May these people" not in reply.text


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://127.0.0.1",
        "https://127.0.0.1:{port}",
        "http://localhost:{port}",
        "",
    ],
)
async def test_a_foreign_origin_is_refused(visitor: Visitor, origin: str) -> None:
    """With the cookie and the token, as if both had been stolen."""
    headers = {"Origin": origin.format(port=visitor.there.port)}
    data = {"token": visitor.token, "language": "fr"}
    async with visitor.http.post(visitor.home + "/language", data=data, headers=headers) as reply:
        assert reply.status == 403
    assert (await visitor.get("/", headers=headers)).status == 403
    assert visitor.office.language == "en"


async def test_a_form_without_an_origin_is_refused(visitor: Visitor) -> None:
    async with visitor.http.post(visitor.home + "/language", data={"token": visitor.token}) as reply:
        assert reply.status == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_another_page_embeds_nothing(visitor: Visitor, site: str) -> None:
    for path in ("/", "/static/style.css", "/static/console.js"):
        assert (await visitor.get(path, headers={"Sec-Fetch-Site": site})).status == 403
        assert (await visitor.get(path, headers={"Sec-Fetch-Site": "same-origin"})).status == 200


@pytest.mark.parametrize("token", ["", "x", "{token}x"])
async def test_a_form_without_its_token_is_refused(visitor: Visitor, token: str) -> None:
    told = token.format(token=visitor.token)
    for path in FORMS:
        assert (await visitor.post(path, {"token": told})).status == 403, path
    assert (await visitor.give("list.csv", b"insz\n1\n", token=told)).status == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
async def test_other_methods_are_refused(visitor: Visitor, method: str) -> None:
    async with visitor.http.request(method, visitor.home + "/", headers={"Origin": visitor.home}) as reply:
        assert reply.status == 403
        assert not [name for name in reply.headers if name.startswith("Access-Control")]


async def test_it_listens_on_this_machine_alone(visitor: Visitor) -> None:
    """Not on its other addresses, of either kind."""
    port = visitor.there.port
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=2):  # noqa: PT011
        pass
    with pytest.raises(OSError), socket.create_connection(("::1", port), timeout=2):  # noqa: PT011
        pass


# --- what every reply says


async def test_every_reply_has_its_headers(visitor: Visitor) -> None:
    """Also those that refuse, and those that find nothing."""
    async with browser() as other:
        replies = [await visitor.get(path) for path in (*PAGES[:4], *PAGES[6:], "/enter")]
        async with other.get(visitor.home) as refused:
            headers = [reply.headers for reply in replies] + [refused.headers]
    for each in headers:
        policy = each["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert each["Cache-Control"] == "no-store"
        assert each["Referrer-Policy"] == "same-origin"
        assert each["X-Content-Type-Options"] == "nosniff"
        assert each["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "aiohttp" not in each["Server"]
        assert "Access-Control-Allow-Origin" not in each


async def test_no_page_has_a_script_of_its_own(visitor: Visitor) -> None:
    for path in ("/", "/person"):
        text = (await visitor.get(path)).text
        assert "<script>" not in text
        assert "style=" not in text
        assert "onclick" not in text


# --- in time


async def test_a_locked_console_serves_nothing_and_opens_again(pem: str) -> None:
    """Also a page that listens is ended; the next address is another."""
    clock = Clock()
    async with Sandbox(private_key_pem=pem) as sandbox, console(sandbox, clock=clock) as visitor:
        there = visitor.there
        assert isinstance(there, Served)
        first = there.address
        await visitor.enter()
        clock.ahead += IDLE + timedelta(seconds=1)
        assert (await visitor.get("/")).status == 403
        again = await there.next_address(first)
        assert again not in (None, first)
        assert (await visitor.enter()).status == 200
        clock.ahead += timedelta(days=1)
        assert (await visitor.get("/")).status == 403
        assert await there.next_address(again) is None


# --- sizes


async def test_a_file_that_is_too_large_is_refused(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    real = uploads.read_upload
    monkeypatch.setattr(list_pages, "read_upload", lambda request, gate: real(request, gate, most=100_000))
    reply = await visitor.give("list.csv", b"insz\n" + b"1" * 200_000)
    assert reply.status == 413
    assert "too large" in reply.words
    assert (await visitor.give("list.csv", b"insz\n" + b"1" * 90_000)).path == "/lists/1"


async def test_a_form_that_is_too_large_is_refused(visitor: Visitor) -> None:
    assert (await visitor.post("/person", {"citizen": "1" * 100_000, "date": DAY})).status == 413


async def test_many_uploads_at_once_are_taken_one_by_one(visitor: Visitor) -> None:
    """No more than a few lists are kept, and each is answered."""
    replies = await asyncio.gather(*(visitor.give("list.csv", f"insz\n{n}\n".encode()) for n in range(50)))
    assert {reply.status for reply in replies} <= {200}
    assert len(visitor.office.lists) == 4


async def test_a_zip_bomb_is_told_and_no_more(visitor: Visitor) -> None:
    """By what reads every workbook."""
    from support.workbooks import of_rows, workbook

    bomb = workbook(("A", of_rows(["insz"], *[["0" * 30_000] for _ in range(4)])))
    reply = await visitor.give("bomb.xlsx", bomb[: len(bomb) // 2])
    assert reply.path == "/lists/1"
    assert "cannot be" in reply.words or "damaged" in reply.words or "no workbook" in reply.words


# --- names


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd.csv", "passwd results.xlsx"),
        ("..\\..\\windows\\system.csv", "system results.xlsx"),
        ("a\r\nSet-Cookie: x=1.csv", "a Set-Cookie x 1 results.xlsx"),
        ('a"; filename="b.exe', "a filename b results.xlsx"),
        (f"{CITIZEN}.csv", "results.xlsx"),
        ("Jörg & Zoë.xlsx", "Jörg Zoë results.xlsx"),
        ("...", "results.xlsx"),
        ("", "results.xlsx"),
        ("x" * 300 + ".csv", "x" * 60 + " results.xlsx"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe.csv", "fdp.exe results.xlsx"),
    ],
)
def test_a_download_has_a_harmless_name(given: str, name: str) -> None:
    assert name_of(given, "xlsx") == name


# --- the canary


async def test_no_number_is_in_an_address_a_title_or_a_log(
    visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    """After a list, a run, a person, and a defect."""
    caplog.set_level(logging.DEBUG)
    data = "\n".join([f"naam {VALID_SSINS[0]};insz", *(f"Jan {each};{each}" for each in VALID_SSINS)])
    reply = await visitor.give(f"{CITIZEN}.csv", data.encode())
    replies = [reply, await visitor.post("/lists/1", {"date": DAY})]
    replies.append(await visitor.post("/lists/1/start"))
    await visitor.to_the_end("/runs/1")
    replies += [await visitor.get("/runs/1"), await visitor.get("/")]
    person = await visitor.post("/person", {"citizen": CITIZEN, "date": DAY})
    numbers = {*VALID_SSINS, CITIZEN}
    for each in (*replies, person):
        assert each.status == 200
        title = each.text.partition("<title>")[2].partition("</title>")[0]
        assert not [number for number in numbers if number in each.path + title]
    assert not [number for each in replies for number in numbers if number in each.text]
    assert not [number for number in numbers if number in caplog.text]


async def test_a_defect_tells_nothing(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise KeyError(CITIZEN)

    monkeypatch.setattr(Console, "take", fail)
    reply = await visitor.give("list.csv", b"insz\n1\n")
    assert reply.status == 500
    assert "KeyError" in reply.text
    assert CITIZEN not in reply.text + caplog.text


async def test_who_goes_away_in_the_middle_disturbs_nobody(
    visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    """A file of which only the beginning comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", visitor.there.port)
    jar = visitor.http.cookie_jar.filter_cookies(URL(visitor.home))
    cookie = "; ".join(f"{name}={each.value}" for name, each in jar.items())
    head = (
        f"POST /lists HTTP/1.1\r\nHost: 127.0.0.1:{visitor.there.port}\r\nOrigin: {visitor.home}\r\n"
        f"Cookie: {cookie}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n"
        f'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n{visitor.token}\r\n--b\r\n'
    )
    writer.write(head.encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await visitor.give("list.csv", b"insz\n1\n")).status == 200
    assert reader.at_eof() in (True, False)
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []
