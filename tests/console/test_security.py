"""Attacks on the console, over real HTTP: other pages of the browser, other users of the machine, other names."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
import socket
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from aiohttp import web
from attrs import evolve
from support.console import Clock, Visitor, browser, console
from support.hostile import TEXTS
from support.numbers import CITIZEN, VALID_SSINS
from support.workbooks import of_rows, workbook
from yarl import URL

from precontractual_async.calls.session import utc_now
from precontractual_async.console import list_pages, uploads
from precontractual_async.console.gate import IDLE
from precontractual_async.console.results import name_of
from precontractual_async.console.security import cookie_name
from precontractual_async.console.server import Served
from precontractual_async.console.state import Console
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import SCENARIOS, Sandbox, generate_ssins
from precontractual_async.sandbox.messages import SandboxReply

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
    async with Sandbox(private_key_pem=pem, limit=1_000) as sandbox, console(sandbox) as visitor:
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


async def test_the_next_session_sees_masked_numbers(pem: str) -> None:
    """Though the one before had asked to see them."""
    clock = Clock()
    async with Sandbox(private_key_pem=pem) as sandbox, console(sandbox, clock=clock) as visitor:
        await visitor.enter()
        await visitor.give("list.csv", f"insz\n{CITIZEN}\n".encode())
        await visitor.post("/lists/1", {"date": DAY})
        await visitor.post("/lists/1/start")
        await visitor.to_the_end("/runs/1")
        assert "07.01.01-899.01" in (await visitor.post("/runs/1/numbers")).text
        clock.ahead += IDLE + timedelta(seconds=1)
        assert (await visitor.get("/runs/1")).status == 403
        await visitor.enter()
        for path in ("/runs/1", "/runs/1/html"):
            reply = await visitor.get(path)
            assert (reply.status, "07.01.01-899.01" in reply.text) == (200, False)


# --- what the gateway says


class Spiteful(Sandbox):
    """Puts hostile texts wherever the gateway writes some."""

    async def _give(self, reply: SandboxReply, request: web.Request | None) -> web.StreamResponse:
        if request is not None:
            body = json.loads(reply.body)
            text = TEXTS[self.ledger.calls % len(TEXTS)]
            reply = evolve(reply, body=json.dumps(spoiled(body, text)).encode())
        return await super()._give(reply, request)


def spoiled(value: Any, text: str, name: str = "") -> Any:
    """Every text of a document but its statuses, of which some are too."""
    if isinstance(value, dict):
        return {name: spoiled(each, text, name) for name, each in value.items()}
    if isinstance(value, list):
        return [spoiled(each, text) for each in value]
    is_kept = not isinstance(value, str) or (name == "allowed" and value != "noGrant") or name == "type"
    return value if is_kept else text


async def test_what_the_gateway_says_is_escaped(pem: str) -> None:
    """On the page of a run that goes on, of its results, of one person, and in the report."""
    people = [*SCENARIOS.values(), *generate_ssins(60, seed=11)]
    async with Spiteful(private_key_pem=pem, limit=500) as sandbox, console(sandbox) as visitor:
        await visitor.enter()
        await visitor.give("list.csv", "\n".join(["insz", *people]).encode())
        await visitor.post("/lists/1", {"date": DAY})
        await visitor.post("/lists/1/start")
        events = await visitor.to_the_end("/runs/1")
        rows = "".join(json.loads(each.removeprefix("data: "))["rows"] for each in events)
        pages = [rows, (await visitor.get("/runs/1")).text, (await visitor.get("/runs/1/html")).text]
        for number in people[: 2 * len(TEXTS)]:
            pages.append((await visitor.post("/person", {"citizen": number, "date": DAY})).text)
    assert len([text for text in pages if "&lt;script&gt;" in text]) > 3
    for text in pages:
        for part in (
            "<script>window",
            "<img",
            "<svg onload",
            "<iframe",
            "<a href='java",
            "<base",
            "<meta http-equiv=refresh",
        ):
            assert part not in text
        assert text.count("</html>") <= 1


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


async def test_an_upload_that_stops_half_way_holds_up_no_download(visitor: Visitor) -> None:
    """Only other uploads wait for it; and choices that come together are each taken, or their list is gone."""
    await visitor.give("list.csv", f"insz\n{CITIZEN}\n".encode())
    await visitor.post("/lists/1", {"date": DAY})
    await visitor.post("/lists/1/start")
    await visitor.to_the_end("/runs/1")
    await visitor.give("list.csv", f"insz\n{CITIZEN}\n".encode())
    head = (
        f"POST /lists HTTP/1.1\r\nHost: 127.0.0.1:{visitor.there.port}\r\nOrigin: {visitor.home}\r\n"
        f"Cookie: {cookie_of(visitor)}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n"
        f'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n{visitor.token}\r\n--b\r\n'
    )
    half = await raw(visitor, head.encode())
    downloads = [visitor.get(f"/runs/1/{kind}") for kind in ("xlsx", "csv", "jsonl", "html") * 5]
    choices = [visitor.post("/lists/2", {"date": DAY}) for _ in range(10)]
    starts = [visitor.post("/lists/2/start") for _ in range(2)]
    replies = await asyncio.gather(*downloads, *choices, *starts)
    assert {reply.status for reply in replies} == {200}
    half.transport.abort()
    assert (await visitor.give("list.csv", b"insz\n1\n")).path.startswith("/lists/")


async def test_many_uploads_at_once_are_taken_one_by_one(visitor: Visitor) -> None:
    """No more than a few lists are kept, and each is answered."""
    replies = await asyncio.gather(*(visitor.give("list.csv", f"insz\n{n}\n".encode()) for n in range(50)))
    assert {reply.status for reply in replies} <= {200}
    assert len(visitor.office.lists) == 4


def bomb(*, lies: bool) -> bytes:
    """A workbook of 60 kB whose sheet unpacks to 60 MB; `lies`: its directory says that it is small."""
    good, file = workbook(("A", of_rows(["insz"], [CITIZEN]))), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name == "xl/worksheets/sheet1.xml":
                with new.open(name, "w") as sheet:
                    sheet.write(old.read(name))
                    for _ in range(60):
                        sheet.write(b" " * 1_000_000)
            else:
                new.writestr(name, old.read(name))
    data = bytearray(file.getvalue())
    if lies:
        directory = data.rindex(
            b"PK\x01\x02", 0, data.index(b"xl/worksheets/sheet1.xml", data.index(b"PK\x01\x02"))
        )
        data[directory + 24 : directory + 28] = (1_000).to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize("lies", [False, True])
async def test_a_zip_bomb_is_told_and_no_more(visitor: Visitor, lies: bool) -> None:
    """Before it is unpacked, or as soon as it is more than it says; the next list is looked at as ever."""
    data = bomb(lies=lies)
    assert len(data) < 1_000_000
    reply = await visitor.give("bomb.xlsx", data)
    assert (reply.status, reply.path) == (200, "/lists/1")
    assert ("the workbook is damaged" if lies else "the workbook unpacks to") in reply.words
    assert "/start" not in reply.text
    good = await visitor.give("good.xlsx", workbook(("A", of_rows(["insz"], [CITIZEN]))))
    assert "citizen in 'insz'" in good.words


async def test_half_a_character_is_shown_as_something_else(visitor: Visitor) -> None:
    """JSON may hold it; no page can be written with it."""
    data = f'{{"na\\ud800am": "half \\ud83d", "insz": "{CITIZEN}", "startdatum": "{DAY}"}}'.encode()
    reply = await visitor.give("half.jsonl", data)
    assert (reply.status, "half ?" in reply.text) == (200, True)
    await visitor.post("/lists/1/start")
    await visitor.to_the_end("/runs/1")
    assert "half ?" in (await visitor.get("/runs/1")).text
    for kind in ("xlsx", "csv", "jsonl", "html"):
        assert (await visitor.get(f"/runs/1/{kind}")).status == 200


# --- raw bytes


async def raw(visitor: Visitor, *sent: bytes, bytes_kept: int | None = None) -> asyncio.StreamWriter:
    """A connection on which this was sent, and from which nothing is read by itself."""
    there = socket.socket()
    if bytes_kept is not None:
        there.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, bytes_kept)
    there.setblocking(False)
    await asyncio.get_running_loop().sock_connect(there, ("127.0.0.1", visitor.there.port))
    _, writer = await asyncio.open_connection(sock=there, limit=1)
    writer.write(b"".join(sent))
    await writer.drain()
    return writer


def cookie_of(visitor: Visitor) -> str:
    jar = visitor.http.cookie_jar.filter_cookies(URL(visitor.home))
    return "; ".join(f"{name}={each.value}" for name, each in jar.items())


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /\x1b[2J%s HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x00\xff%s\r\n\r\n",
        b"GET /person HTTP/1.1\r\nHost: x\r\nContent-Length: %s-\r\n\r\n",
        b"GET /enter?once=%%ff%s HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {name}=\xff\xfe%s\r\n\r\n",
    ],
)
async def test_a_request_that_is_none_leaves_nothing(
    stranger: Visitor, sent: bytes, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anybody on this machine can send it: it stands neither on the terminal nor in a log."""
    caplog.set_level(logging.DEBUG)
    port = stranger.there.port
    head = (sent % CITIZEN.encode()).replace(b"{port}", b"%d" % port)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.replace(b"{name}", cookie_name(port).encode()))
    status = await reader.readline()
    assert status.split()[1] in (b"400", b"403")
    writer.write_eof()
    told = (await reader.read()).decode()
    assert "defect" not in told
    assert "text/html" not in told
    assert CITIZEN not in caplog.text + capsys.readouterr().err
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []
    writer.close()


async def test_who_reads_nothing_holds_nobody_up(visitor: Visitor) -> None:
    """Pages that are asked for and not read: a run goes on, others are served, and the console ends."""
    people = "\n".join(
        f"Kandidaat {'x' * 90} {number};{each}" for number, each in enumerate(generate_ssins(1_500))
    )
    await visitor.give("list.csv", f"naam;insz\n{people}".encode())
    await visitor.post("/lists/1", {"date": DAY})
    await visitor.post("/lists/1/start")
    head = (
        f" HTTP/1.1\r\nHost: 127.0.0.1:{visitor.there.port}\r\nCookie: {cookie_of(visitor)}\r\n\r\n".encode()
    )
    listening = [await raw(visitor, b"GET /runs/1/events", head, bytes_kept=2048) for _ in range(5)]
    await visitor.to_the_end("/runs/1")
    reading = [await raw(visitor, b"GET /runs/1", head, bytes_kept=2048) for _ in range(5)]
    page = await visitor.get("/runs/1")
    assert page.text.count("<tbody class") == 1_500
    assert (await visitor.give("list.csv", f"insz\n{CITIZEN}\n".encode())).path == "/lists/2"
    for each in (*listening, *reading):
        each.transport.abort()


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


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.csv",
        "..\\..\\a.csv",
        'a"; filename="b.exe.csv',
        "é\u202efdp.exe.csv",
        f"{CITIZEN}.csv",
    ],
)
async def test_a_download_leads_nowhere_else(visitor: Visitor, name: str) -> None:
    """Whatever name a browser sends with the list: its download has one header in plain ASCII and no path."""
    await visitor.give(name, f"insz\n{CITIZEN}\n".encode())
    await visitor.post("/lists/1", {"date": DAY})
    await visitor.post("/lists/1/start")
    await visitor.to_the_end("/runs/1")
    for kind in ("xlsx", "csv", "jsonl", "html"):
        told = (await visitor.get(f"/runs/1/{kind}")).headers["Content-Disposition"]
        saved = unquote(told.removeprefix("attachment; filename*=UTF-8''"))
        assert re.fullmatch(r"attachment; filename\*=UTF-8''[\w.%-]+", told, re.ASCII)
        assert re.fullmatch(rf"[\w .-]+\.{kind}", saved)
        assert not saved.startswith(".")
        assert CITIZEN not in saved


@pytest.mark.parametrize(
    "path",
    [
        "/static/../state.py",
        "/static/%2e%2e/state.py",
        "/static/..%2fgate.py",
        "/static/state.py",
        "/static/base.html",
        "/static/style.css%00",
        "/static//etc/passwd",
        "/runs/1/..%2f..%2fconsole.db",
        "/runs/1/console.db",
        "/lists/../../etc/passwd",
    ],
)
async def test_an_address_is_no_path(visitor: Visitor, path: str) -> None:
    async with visitor.http.get(URL(visitor.home + path, encoded=True)) as reply:
        text = await reply.text()
        assert reply.status == 404 or reply.url.path == "/"
        assert "import" not in text
        assert "root:" not in text


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
    head = (
        f"POST /lists HTTP/1.1\r\nHost: 127.0.0.1:{visitor.there.port}\r\nOrigin: {visitor.home}\r\n"
        f"Cookie: {cookie_of(visitor)}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n"
        f'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n{visitor.token}\r\n--b\r\n'
    )
    writer.write(head.encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await visitor.give("list.csv", b"insz\n1\n")).status == 200
    assert reader.at_eof() in (True, False)
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []
