"""A run from its start to its downloads, over real HTTP against the sandbox."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from support.command import run as command
from support.console import HeldBack, Reply, Visitor, console
from support.journals import KEY
from support.numbers import CITIZEN

from precontractual_async import RetryPolicy
from precontractual_async.calls.session import utc_now
from precontractual_async.console.rows import MOST_RECENT
from precontractual_async.journal.durable import SqliteJournal
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.report.kinds import GROUPS
from precontractual_async.sandbox import SCENARIOS, Faults, Kind, generate_ssins
from precontractual_async.sandbox.server import PORTAL_PERSON

PEOPLE = [*SCENARIOS.values(), *generate_ssins(30)]
DAY = StartDateWindow.at(utc_now()).last.isoformat()
SETTLED = ("bothOk", "flexiOnly", "studentOnly", "neither", "limitReached", "errorStudentRequirements")
"""Those of whom a second run asks nothing."""


def a_list(people: list[str] = PEOPLE) -> bytes:
    rows = [f"Kandidaat {number};{digits};kassa" for number, digits in enumerate(people, 1)]
    return "\n".join(["naam;insz;functie", *rows, "Zonder;123;bar"]).encode()


@pytest.fixture
async def sandbox(pem: str) -> AsyncIterator[HeldBack]:
    async with HeldBack(private_key_pem=pem, limit=500) as one:
        yield one


@pytest.fixture
async def visitor(sandbox: HeldBack) -> AsyncIterator[Visitor]:
    async with console(sandbox) as one:
        await one.enter()
        yield one
        sandbox.let_go()  # the console lets end what is under way


async def started(visitor: Visitor, data: bytes = a_list(), name: str = "list.csv") -> str:
    """Where its run is."""
    there = (await visitor.give(name, data)).path
    await visitor.post(there, {"date": DAY})
    return (await visitor.post(f"{there}/start")).path


async def test_a_list_from_its_upload_to_its_result(visitor: Visitor, sandbox: HeldBack) -> None:
    """Each once, told as it comes, shown by whose move it is, numbers masked, names of the list beside them."""
    there = await started(visitor)
    told = await visitor.to_the_end(there)
    last = json.loads(told[-1].removeprefix("data: "))
    assert (last["done"], last["total"], last["is_ended"]) == (len(PEOPLE) + 1, len(PEOPLE) + 1, True)
    assert f"{len(PEOPLE)} calls" in last["lines"][1]
    assert sandbox.ledger.calls == len(PEOPLE)
    page = await visitor.get(there)
    assert page.text.count("<tbody class") == len(PEOPLE) + 1
    assert "Kandidaat 7, kassa" in page.text
    assert not [digits for digits in PEOPLE if digits in page.text]
    assert "Correct them in the list" in page.words
    for word in ("conditions met", "conditions not met", "Have the citizen give"):
        assert word in page.words


async def test_by_the_web_portals_channel(sandbox: HeldBack) -> None:
    """A list and one person are answered, and it is told as whom; the number of whoever asks is on no page."""
    async with console(sandbox, kind=Kind.PORTAL) as visitor:
        await visitor.enter()
        there = (await visitor.give("list.csv", a_list([CITIZEN]))).path
        shown = await visitor.post(there, {"date": DAY})
        run = (await visitor.post(f"{there}/start")).path
        told = await visitor.to_the_end(run)
        pages = [shown, await visitor.get(run), await visitor.post("/doctor")]
    assert "asks as the enterprise 0880.820.673; by the web portal's channel" in shown.words
    assert "by the web portal's channel" in pages[2].words
    assert sandbox.ledger.statuses == {200: 1, 401: 1}  # the check asks once without a token
    assert not [page.path for page in pages if PORTAL_PERSON in page.text]
    assert PORTAL_PERSON not in "".join(told)


async def test_numbers_are_shown_on_purpose(visitor: Visitor) -> None:
    """And masked again; by a form, not by an address."""
    there = await started(visitor, a_list([CITIZEN]))
    await visitor.to_the_end(there)
    assert "07.01.01-899.01" not in (await visitor.get(there)).text
    assert "07.01.01-899.01" in (await visitor.post(f"{there}/numbers")).text
    assert "07.01.01-899.01" not in (await visitor.post(f"{there}/numbers")).text


async def test_downloads_are_what_the_command_writes(sandbox: HeldBack, tmp_path: Path) -> None:
    """Cell by cell, for the same list and the same journal, in each format; and nobody is asked again for it."""
    listed, key = tmp_path / "list.csv", tmp_path / "key.pem"
    listed.write_bytes(a_list([SCENARIOS[name] for name in SETTLED] * 3))
    key.touch(0o600)
    key.write_text(sandbox.private_key_pem)
    (tmp_path / "journals").mkdir()
    path = tmp_path / "journals" / "console.db"
    got: dict[str, bytes] = {}
    async with (
        SqliteJournal(path, KEY) as journal,
        console(sandbox, journal=journal, language="nl") as visitor,
    ):
        await visitor.enter()
        there = await started(visitor, listed.read_bytes())
        await visitor.to_the_end(there)
        for kind in ("xlsx", "csv", "jsonl", "html"):
            reply = await visitor.get(f"{there}/{kind}")
            assert reply.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''list%20re")
            got[kind] = reply.body
    variables = sandbox.variables(Kind.EMPLOYER, key)
    variables["PRECONTRACTUAL_JOURNAL_KEY"] = base64.b64encode(KEY).decode()
    calls = sandbox.ledger.calls
    for kind in ("xlsx", "csv", "jsonl"):
        out = tmp_path / f"out.{kind}"
        words = ["screen", str(listed), "-o", str(out), "--journal", str(path), "--start-date", DAY, "-q"]
        language = ["--lang", "nl"] if kind == "xlsx" else []
        done = await asyncio.to_thread(command, *words, *language, variables=variables)
        assert done.code == 0, done.err
        if kind == "xlsx":
            assert sheets(got[kind]) == sheets(out.read_bytes())
        else:
            assert got[kind].replace(DAY.encode(), b"") == out.read_bytes().replace(DAY.encode(), b"")
    assert sandbox.ledger.calls == calls
    report = got["html"].decode()
    assert '<h2 id="todo">Wat u nu moet doen' in report
    assert not [digits for digits in PEOPLE if digits in report]


def sheets(data: bytes) -> dict[str, list[list[object]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    return {name: list(map(list, book.get_sheet_by_name(name).to_python())) for name in book.sheet_names}


async def test_asked_again_only_what_is_due_is_asked(visitor: Visitor, sandbox: HeldBack) -> None:
    people = list(generate_ssins(5, seed=7))
    there = await started(visitor, a_list(people))
    await visitor.to_the_end(there)
    before = sandbox.ledger.calls
    again = (await visitor.post(f"{there}/again")).path
    assert again == "/runs/2"
    await visitor.to_the_end(again)
    assert sandbox.ledger.calls - before < 5
    assert (await visitor.get(again)).text.count("<tbody class") == 6


async def test_what_changed_since_the_last_run_is_told_once(pem: str, tmp_path: Path) -> None:
    """Of the list with the same name: who is new, who has left, who was answered; numbers are masked."""
    people = [SCENARIOS["noGrant"], *generate_ssins(60, seed=8)]
    async with (
        HeldBack(private_key_pem=pem, limit=500, retry=RetryPolicy(patience=0.1)) as sandbox,
        SqliteJournal(tmp_path / "console.db", KEY) as journal,
        console(sandbox, journal=journal) as one,
    ):
        await one.enter()
        sandbox.hold(after=20)
        there = await started(one, a_list(people[:-1]))
        await one.until(there, done=15)
        await one.post(f"{there}/stop")
        sandbox.let_go()
        await one.to_the_end(there)
        assert "What changed" not in (await one.get(there)).words  # the whole list is compared, or nothing
        sandbox.faults.error_share = 1.0
        there = await started(one, a_list(people[:-1]))
        await one.to_the_end(there)
        assert "The next run tells what changed" in (await one.get(there)).words
        sandbox.faults.error_share = 0.0
        other = await started(one, a_list(people[:-1]), name="other.csv")
        await one.to_the_end(other)
        assert "The next run tells what changed" in (await one.get(other)).words
        there = await started(one, a_list([people[0], *people[2:]]))
        await one.to_the_end(there)
        page = await one.get(there)
        told = page.words.partition("What changed since the last run")[2].partition("Row by row")[0]
        assert "new 1 " in told
        assert "no longer in the list 1 " in told
        assert "still waiting for the mandate" in told
        assert re.search(
            r"changed \d+ Kandidaat \d+, kassa \*{9}\d\d [\d/]+ not answered yet conditions", told
        )
        assert not [digits for digits in people if digits in page.text]
        assert "*********" + people[1][-2:] in told
        full = (await one.post(f"{there}/numbers")).words
        assert f"{people[1][:2]}.{people[1][2:4]}.{people[1][4:6]}-" in full.partition("What changed")[2]
        again = (await one.post(f"{there}/again")).path
        await one.to_the_end(again)
        told = (
            (await one.get(again))
            .words.partition("What changed since the last run")[2]
            .partition("Download")[0]
        )
        assert "new 1 " not in told
        assert "no longer" not in told


async def test_in_memory_nothing_is_compared(visitor: Visitor) -> None:
    there = await started(visitor, a_list([CITIZEN]))
    await visitor.to_the_end(there)
    assert "What changed" not in (await visitor.get(there)).words


async def test_a_page_may_be_closed_and_opened_again(
    visitor: Visitor, sandbox: HeldBack, caplog: pytest.LogCaptureFixture
) -> None:
    """The run goes on; a second one waits for it, and nobody is asked faster than is allowed. Nothing is logged."""
    sandbox.hold()
    first = await started(visitor)
    async with visitor.http.get(f"{visitor.home}{first}/events") as reply:
        assert (await reply.content.readline()).startswith(b"data: ")
    second = await started(visitor, a_list([CITIZEN]))
    assert "It waits for its turn" in (await visitor.get(second)).words
    assert "This page may be closed" in (await visitor.get(first)).words
    home = await visitor.get("/")
    assert re.search(r"list.csv , \d\d/\d\d/\d{4} \d\d:\d\d: is under way", home.words)
    assert "waits for its turn" in home.words
    sandbox.let_go()
    await visitor.to_the_end(second)
    assert "What came of it" in (await visitor.get(first)).words
    assert "What came of it" in (await visitor.get(second)).words
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


async def test_rows_are_shown_as_they_become_known(visitor: Visitor, sandbox: HeldBack) -> None:
    """The last of each task, with the names of the list and masked numbers; later events have new rows alone."""
    people = list(generate_ssins(400, seed=6))
    sandbox.hold(after=300)
    there = await started(visitor, a_list(people))
    told: list[dict[str, Any]] = []
    page: Reply | None = None
    async with visitor.http.get(f"{visitor.home}{there}/events") as reply:
        async for line in reply.content:
            if not line.strip():
                continue
            told.append(json.loads(line.decode().removeprefix("data: ")))
            if told[-1]["done"] >= 280 and page is None:
                page = await visitor.get(there)
                sandbox.let_go()
    assert page is not None
    (rows,) = re.findall("(?s)<table id=rows.*</table>", page.text.replace('id="rows"', "id=rows"))
    kinds = Counter(re.findall("<tbody class=(\\w+)", rows))
    assert max(kinds.values()) == MOST_RECENT
    assert len(kinds) > 3
    assert "Kandidaat" in rows
    assert rows.count("*********") == kinds.total()
    assert not [digits for digits in people if digits in page.text or digits in json.dumps(told)]
    lines = [re.findall("<tr><td>([0-9]+)", each["rows"]) for each in told]
    shown = [line for each in lines for line in each]
    assert len(shown) == len(set(shown))
    assert max(map(len, lines)) <= MOST_RECENT * len(GROUPS)
    assert sum(int(words.split()[0].replace("one", "1")) for words in told[-2]["counts"].values()) >= 280


async def test_closed_pages_hold_nothing(visitor: Visitor, sandbox: HeldBack) -> None:
    """As soon as the run has something to tell, what told it to them has ended."""
    sandbox.hold(after=5)
    there = await started(visitor)
    run = visitor.office.queue.current
    assert run is not None
    await visitor.get(there)

    def telling() -> int:
        return sum("_tell" in awaited(task.get_coro()) for task in asyncio.all_tasks())

    async with AsyncExitStack() as stack:
        for _ in range(20):
            reply = await stack.enter_async_context(visitor.http.get(f"{visitor.home}{there}/events"))
            assert (await reply.content.readline()).startswith(b"data: ")
        assert telling() == 20
    for _ in range(5):
        run.tell()
        await visitor.get(there)
    assert telling() == 0


def awaited(coroutine: Any) -> list[str]:
    """The names of the coroutines that a task waits in."""
    names = []
    while (frame := getattr(coroutine, "cr_frame", None)) is not None:
        names.append(frame.f_code.co_name)
        coroutine = coroutine.cr_await
    return names


async def test_a_run_is_stopped_gently_and_goes_on(visitor: Visitor, sandbox: HeldBack) -> None:
    """What was answered stays; the same list again asks only the rest."""
    sandbox.hold(after=100)
    people = list(generate_ssins(400, seed=3))
    there = await started(visitor, a_list(people))
    await visitor.until(there, done=50)
    assert "It is stopping" in (await visitor.post(f"{there}/stop")).words
    await visitor.post(f"{there}/stop")  # once more, as people do: it still ends gently
    sandbox.let_go()
    await visitor.to_the_end(there)
    page = await visitor.get(there)
    assert "the run was asked to stop" in page.words
    asked = sandbox.ledger.calls
    assert 100 < asked < 400
    assert "not answered yet" in page.words
    again = (await visitor.post(f"{there}/again")).path
    await visitor.to_the_end(again)
    assert sandbox.ledger.calls < 400 + 60  # what is due at once, such as a faulty answer, is asked twice


async def test_one_that_waits_is_stopped_before_its_turn(visitor: Visitor, sandbox: HeldBack) -> None:
    sandbox.hold()
    first = await started(visitor)
    second = await started(visitor, a_list([CITIZEN]))
    await visitor.post(f"{second}/stop")
    sandbox.let_go()
    await visitor.to_the_end(second)
    assert "It was stopped before its turn came" in (await visitor.get(second)).words
    assert "What came of it" in (await visitor.get(first)).words


async def test_an_outage_is_told_while_it_lasts(visitor: Visitor, sandbox: HeldBack) -> None:
    """Why nothing moves; and the run ends well when it is over."""
    sandbox.faults.error_share = 1.0
    there = await started(visitor)
    async with visitor.http.get(f"{visitor.home}{there}/events") as reply:
        async for line in reply.content:
            if b"waiting: " in line:
                break
    assert "waiting: " in (await visitor.get(there)).words
    sandbox.faults.error_share = 0.0
    await visitor.post(f"{there}/stop")
    await visitor.to_the_end(there)
    assert (await visitor.get(there)).status == 200


async def test_credentials_that_are_refused_are_told(visitor: Visitor, sandbox: HeldBack) -> None:
    """With what to do; and nobody is lost who was not asked."""
    sandbox.oauth.registrations = {}
    there = await started(visitor)
    await visitor.to_the_end(there)
    page = await visitor.get(there)
    assert 'role="alert"' in page.text
    assert "What is known is kept" in page.words
    assert "not answered yet" in page.words
    assert page.text.count("<tbody class") == len(PEOPLE) + 1
    assert sandbox.ledger.calls == 0


async def test_after_a_restart_it_offers_to_go_on(sandbox: HeldBack, tmp_path: Path) -> None:
    """The journal knows that a run did not get to its end; the same list asks the rest alone."""
    path = tmp_path / "console.db"
    people = list(generate_ssins(300, seed=4))
    sandbox.hold(after=100)
    async with SqliteJournal(path, KEY) as journal, console(sandbox, journal=journal) as visitor:
        await visitor.enter()
        there = await started(visitor, a_list(people))
        await visitor.until(there, done=50)
        letting = asyncio.create_task(let_go_when_it_stops(visitor, sandbox))
    await letting
    asked = sandbox.ledger.calls  # the console has ended, and let end what was under way
    assert 100 < asked < 300
    async with SqliteJournal(path, KEY) as journal, console(sandbox, journal=journal) as visitor:
        home = await visitor.enter()
        assert "The last run did not get to its end." in home.words
        assert "the run was asked to stop" in home.words
        looked = await visitor.give("list.csv", a_list(people))
        looked = await visitor.post(looked.path, {"date": DAY})
        assert "settled in the journal" in looked.words
        there = (await visitor.post(f"{looked.path}/start")).path
        await visitor.to_the_end(there)
        assert (await visitor.get(there)).text.count("<tbody class") == 301
    assert sandbox.ledger.calls < 300 + 60


async def let_go_when_it_stops(visitor: Visitor, sandbox: HeldBack) -> None:
    run = visitor.office.queue.current
    assert run is not None
    while not run.is_stopping:
        await run.news()
    sandbox.let_go()


async def test_too_many_runs_wait(visitor: Visitor, sandbox: HeldBack) -> None:
    sandbox.hold()
    for _ in range(8):
        assert (await started(visitor, a_list([CITIZEN]))).startswith("/runs/")
    reply = await visitor.post(f"{(await visitor.give('list.csv', a_list([CITIZEN]))).path}", {"date": DAY})
    reply = await visitor.post(f"{reply.path}/start")
    assert reply.status == 429
    assert "Too many lists are waiting" in reply.words


async def test_what_is_not_there_is_not_downloaded(visitor: Visitor, sandbox: HeldBack) -> None:
    assert (await visitor.get("/runs/9/csv")).path == "/"
    sandbox.hold()
    there = await started(visitor, a_list([CITIZEN]))
    assert (await visitor.get(f"{there}/csv")).status == 404
    sandbox.let_go()
    await visitor.to_the_end(there)
    for kind in ("exe", "parquet", "lang", "py"):
        assert (await visitor.get(f"{there}/{kind}")).status == 404


# --- one person


async def test_one_person(visitor: Visitor) -> None:
    """Both kinds of work, hours, the reservation, the reference; and the number is in no address."""
    reply = await visitor.post("/person", {"citizen": "90.01.01-001.23", "date": DAY})
    assert reply.path == "/person"
    for words in (
        "Flexi-job",
        "Student job",
        "conditions met",
        "hours remaining: 475",
        "reference of the call",
    ):
        assert words in reply.words
    assert "*********23" in reply.words
    assert 'value="90' not in reply.text


async def test_a_person_who_cannot_be_asked(visitor: Visitor) -> None:
    reply = await visitor.post("/person", {"citizen": "123<b>", "date": "2020-01-01"})
    assert "SSIN" in reply.words
    assert "in the past" in reply.words
    assert "Correct it and ask again." in reply.words
    assert "<b>" not in reply.text
    reply = await visitor.post("/person", {"citizen": "07010189901", "date": "soon"})
    assert "not a date such as 2026-12-01 or 1/12/2026" in reply.words
    reply = await visitor.post("/person", {})
    assert "SSIN: empty" in reply.words


async def test_a_person_whom_nobody_answers(visitor: Visitor, sandbox: HeldBack) -> None:
    assert isinstance(sandbox.faults, Faults)
    reply = await visitor.post("/person", {"citizen": SCENARIOS["noGrant"], "date": DAY})
    assert "no mandate" in reply.words
    reply = await visitor.post("/person", {"citizen": SCENARIOS["notExisting"], "date": DAY})
    assert "does not know this SSIN" in reply.words


# --- the doctor


async def test_the_doctor_looks_and_asks_about_nobody(visitor: Visitor, sandbox: HeldBack) -> None:
    """What it finds is what the command's finds; first when somebody asks for it."""
    assert "What was found" not in (await visitor.get("/doctor")).words
    reply = await visitor.post("/doctor")
    for words in (
        "settings: ",
        "key: 2048 bits",
        "clock: agrees",
        "gateway: it answers",
        "token: the OAuth server",
    ):
        assert words in reply.words
    assert sandbox.ledger.calls <= 1
    sandbox.oauth.registrations = {}
    reply = await visitor.post("/doctor")
    assert "s-o" in reply.text
