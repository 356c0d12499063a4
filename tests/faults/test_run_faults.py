"""F28, F31 to F48: cancellation, signals, disks, lists and the batch itself. More of what only a process can show
is in tests/cli/test_survival.py."""

from __future__ import annotations

import asyncio
import base64
import csv
import itertools
import os
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing, asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import tenacity
from attrs import define, evolve, field, frozen
from support import virtual
from support.canary import Canary
from support.command import clean_environment
from support.flights import counted, suspensions_of_flights, verified
from support.journals import KEY, InlineJournal, answered, entry, query_for
from support.numbers import ENTERPRISE, INVALID_SSINS, generated
from support.raw import response, serving
from support.readme import README
from support.virtual import Suspensions, elapsed
from support.ways import GOOD, Way, parameters, reply
from support.wire import TOKEN

from precontractual_async import (
    Answer,
    Answered,
    Candidate,
    Deferred,
    InternalFault,
    JournalFailed,
    JournalRefused,
    Outcome,
    Pending,
    PrecontractualClient,
    Query,
    Refused,
    RunStopped,
    Settings,
    WrongCitizen,
    verify_many,
)
from precontractual_async.batch import pool
from precontractual_async.batch.commits import Commits
from precontractual_async.batch.pool import _Run
from precontractual_async.batch.question_source import Source
from precontractual_async.calls.rate_limiter import LocalRateLimiter
from precontractual_async.calls.session import utc_now
from precontractual_async.cli.files import writing
from precontractual_async.journal import database
from precontractual_async.journal.store import Store
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.protocol.wire import HttpRequest, HttpResponse

ClientFactory = Callable[..., PrecontractualClient]
DAY = "2026-12-01"
NUMBERS = list(generated(400))


def rows(count: int) -> list[Candidate]:
    return [Candidate(number, DAY, row=row) for row, number in enumerate(NUMBERS[:count])]


# --- F28


def test_f28_the_third_mix_up_ends_the_run(client_of: ClientFactory, settings: Settings) -> None:
    """Two answers about other citizens are an alarm each; after the third nothing more is asked."""
    mixed: list[str] = []
    calls = itertools.count(1)

    def api(request: HttpRequest) -> HttpResponse:
        if next(calls) % 10:
            return reply()
        mixed.append(parameters(request)["citizen"])
        return reply(200, GOOD | {"precontractualMainReference": f"{NUMBERS[399]}0112202612"})

    way = Way(api)

    async def main() -> list[Outcome]:
        outcomes: list[Outcome] = []
        async with client_of(way, evolve(settings, concurrency=4)) as client:
            with pytest.raises(RunStopped, match="answers come mixed up"):
                async for outcome in verify_many(client, rows(200)):
                    outcomes.append(outcome)
        return outcomes

    outcomes = virtual.run(main())
    assert len(mixed) == 3
    assert len(way.calls) <= 30 + 4
    alarms = [each for each in outcomes if isinstance(each, Pending) and isinstance(each.fault, WrongCitizen)]
    assert [each.query.citizen.digits for each in alarms] == mixed[:2]
    answered_rows = {each.query.citizen.digits for each in outcomes if isinstance(each, Answered)}
    assert not answered_rows & set(mixed)


# --- F31


WEATHERS: dict[str, list[int]] = {
    "good": [],
    "failing": [500, 503, 500, 500],
    "slowed down": [429, 200, 429],
    "refused": [401],
    "all of it": [500, 429, 401, 200, 503, 429],
}


def _free(client: PrecontractualClient) -> None:
    """Nobody holds a place or a turn."""
    assert (
        client._admission.places._semaphore._value
        == client.settings.concurrency - client._admission.places._left
    )
    assert isinstance(client._parts.rate_limiter, LocalRateLimiter)
    assert not client._parts.rate_limiter._turn.locked()
    assert not client._parts.rate_limiter._limiter._waiters


def _survived(client_of: ClientFactory, settings: Settings, statuses: list[int], *at: int) -> Suspensions:
    """Four verify at once, and are cancelled at these suspensions of their flights: whoever was not is answered,
    and the client works as before."""
    points = suspensions_of_flights(*at)
    said = iter(statuses)

    async def main() -> None:
        way = Way(lambda _: reply(next(said, 200)))
        async with client_of(way, evolve(settings, rate=2, concurrency=3)) as client, asyncio.timeout(600):
            asking = (verified(client, number, DAY) for number in NUMBERS[:4])
            with counted(client, points):
                results = await asyncio.gather(*asking, return_exceptions=True)
            cancelled = sum(isinstance(each, asyncio.CancelledError) for each in results)
            assert (cancelled > 0) == (points.hits > 0)
            assert cancelled <= points.hits
            assert sum(isinstance(each, Answer) for each in results) == 4 - cancelled
            _free(client)
            began = elapsed()
            await asyncio.gather(*(client.verify(number, DAY) for number in NUMBERS[4:8]))
            assert elapsed() - began < 10  # and no slower either
            _free(client)
            assert way.tokens_in_flight == 0
            assert asyncio.all_tasks() == {asyncio.current_task()}

    virtual.run(main())
    return points


@pytest.mark.parametrize("weather", WEATHERS)
def test_f31_cancellation_at_every_suspension_of_verify(
    client_of: ClientFactory, settings: Settings, weather: str
) -> None:
    """Cold, waiting for a slot, with retries, slowed down, refused: no permit, slot or token is lost at any point."""
    statuses = WEATHERS[weather]
    points = 0
    while _survived(client_of, settings, statuses, points + 1).hits:
        points += 1
    assert points >= 12 + 3 * len(statuses)


@pytest.mark.parametrize("apart", [1, 5])
def test_f31_two_cancellations_of_verify(client_of: ClientFactory, settings: Settings, apart: int) -> None:
    """The second comes to one that is on its way out, or to another: nothing is lost either."""
    points = 0
    while _survived(client_of, settings, WEATHERS["all of it"], points + 1, points + 1 + apart).hits == 2:
        points += 1
    assert points >= 25


IN_THE_POOL = {"worker": (_Run, "_work_off"), "input": (Source, "take"), "commits": (Commits, "run")}


async def _take(
    stream: AsyncGenerator[Outcome, None], told: list[Outcome], points: Suspensions, whose: str
) -> None:
    """Read to the end; or, to close early, some."""

    async def close() -> None:
        await stream.aclose()

    try:
        async for outcome in stream:
            told.append(outcome)
            if whose == "close" and len(told) == 5:
                break
    finally:
        await (points.through(close()) if whose == "close" else close())


def _pool_survived(
    client_of: ClientFactory,
    settings: Settings,
    whose: str,
    points: Suspensions,
    journal: InlineJournal | None,
) -> None:
    """A run in which somebody is cancelled: no task stays, what was told is kept, nothing is told twice, and the
    next run answers every row."""
    count = 40 if whose == "commits" else 14  # more than may wait for a commit

    async def main() -> None:
        way = Way(lambda _: reply(500) if len(way.calls) % 7 == 3 else reply())
        told: list[Outcome] = []
        read: list[Candidate] = []

        def questions() -> Iterator[Candidate]:
            for each in rows(count):
                read.append(each)
                yield each

        async def live() -> AsyncIterator[Candidate]:
            for each in rows(count):
                await asyncio.sleep(0)
                read.append(each)
                yield each

        async with client_of(way, evolve(settings, concurrency=3)) as client, asyncio.timeout(600):
            given = live() if whose == "input" else questions()
            taking = _take(verify_many(client, given, journal=journal), told, points, whose)
            consumer = points.through(taking) if whose == "consumer" else taking
            (result,) = await asyncio.gather(consumer, return_exceptions=True)
            assert result is None or isinstance(result, asyncio.CancelledError | InternalFault)
            left = {task.get_name() for task in asyncio.all_tasks() - {asyncio.current_task()}}
            assert left <= {"precontractual-token"}  # a fetch for all is the client's, until it is closed
            _free(client)
            assert len({outcome.row for outcome in told}) == len(told)
            assert {type(outcome) for outcome in told} <= {Answered, Pending}
            if whose == "input":
                assert len(told) == len(read)
            if journal is not None:
                found = journal.store.find([each.query for each in told if isinstance(each, Answered)])
                assert None not in found
            points.end()
            again = [outcome async for outcome in verify_many(client, rows(count), journal=journal)]
            assert len(again) == count
            assert {each.row for each in again if isinstance(each, Answered)} == set(range(count))
            _free(client)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    virtual.run(main())


@pytest.mark.parametrize(
    ("whose", "journaled", "least"),
    [
        ("consumer", False, 13),
        ("consumer", True, 8),
        ("close", False, 1),
        ("close", True, 1),
        ("worker", False, 24),
        ("worker", True, 24),
        ("input", False, 14),
        ("input", True, 14),
        ("commits", True, 20),
    ],
)
def test_f31_cancellation_of_the_pool_at_every_moment(
    client_of: ClientFactory,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    whose: str,
    journaled: bool,
    least: int,
) -> None:
    """Whoever has a part in a run is cancelled, at each of the suspensions it has in it."""
    place, name = IN_THE_POOL.get(whose, (None, ""))
    plain = getattr(place, name, None)
    count, hits = 0, 1
    while hits:
        points = Suspensions(count + 1)
        if plain is not None:

            def watched(*given: Any, points: Suspensions = points) -> Coroutine[Any, Any, None]:
                return points.through(plain(*given))

            monkeypatch.setattr(place, name, watched)
        journal = InlineJournal.at(tmp_path / f"{count}.db") if journaled else None
        _pool_survived(client_of, settings, whose, points, journal)
        hits = points.hits
        count += hits
        if journal is not None:
            journal.store.close()
    assert count >= least


# --- F32 to F35: a process, and the gateway it asks in this one


# The command, which prints the number of every outcome that it was told; what stands before it is run first.
ANNOUNCING = """
import resource, sys
from precontractual_async.batch import pool
from precontractual_async.batch import list_screening as batch
from precontractual_async.cli import main

async def told(*given, **options):
    stream = pool.verify_many(*given, **options)
    try:
        async for outcome in stream:
            print(outcome.query.citizen.digits, flush=True)
            yield outcome
    finally:
        await stream.aclose()

batch.verify_many = told
sys.exit(main(sys.argv[1:]))
"""
WIDTH = 10
OPEN_DAY = StartDateWindow.at(utc_now()).last


@define
class Clerk:
    """A gateway that answers so many calls at once, and holds the others until they are let go."""

    at_once: int
    url: str = ""
    asked: list[str] = field(factory=list)
    answered: set[str] = field(factory=set)
    held: dict[str, asyncio.Event] = field(factory=dict)
    kill_at: int = 0
    kills: Callable[[], None] = lambda: None
    _changed: asyncio.Event = field(factory=asyncio.Event)

    async def answer(self, head: bytes, writer: asyncio.StreamWriter) -> None:
        if head.startswith(b"POST"):
            writer.write(TOKEN)
            return
        number = parse_qs(urlsplit(head.split()[1].decode()).query)["citizen"][0]
        self.asked.append(number)
        if len(self.asked) == self.kill_at:
            self.kills()
        if len(self.asked) > self.at_once:
            self.held[number] = asyncio.Event()
            self._changed.set()
            await self.held[number].wait()
        self.answered.add(number)
        writer.write(response())

    async def holding(self, count: int) -> None:
        async with asyncio.timeout(60):
            while len(self.held) < count:
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def gateway(at_once: int) -> AsyncIterator[Clerk]:
    made = Clerk(at_once)

    async def script(_: int, writer: asyncio.StreamWriter) -> None:
        await made.answer(wire.heads[-1], writer)

    async with serving(script) as wire:
        made.url = wire.url
        yield made


@frozen
class Desk:
    """A list, its result and its journal, and the command over them."""

    folder: Path
    pem: str

    def write(self, count: int, note: str = "") -> list[str]:
        lines = (f"{number};{OPEN_DAY};{note}\n" for number in NUMBERS[:count])
        (self.folder / "list.csv").write_text("insz;start;note\n" + "".join(lines))
        return NUMBERS[:count]

    @asynccontextmanager
    async def started(self, at: Clerk, first: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
        given = {
            "API_URL": at.url,
            "TOKEN_URL": at.url,
            "CLIENT_ID": "client",
            "PRIVATE_KEY": self.pem,
            "ENTERPRISE_NUMBER": ENTERPRISE,
            "RATE": "1000",
            "CONCURRENCY": str(WIDTH),
            "JOURNAL_KEY": base64.b64encode(KEY).decode(),
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", ANNOUNCING.replace("\nbatch.", f"\n{first}\nbatch.")),
            *("screen", "list.csv", "-o", "out.csv", "--journal", "j.db"),
            cwd=self.folder,
            env=clean_environment()
            | {f"PRECONTRACTUAL_{name}": value for name, value in given.items()}
            | {"PYTHONASYNCIODEBUG": ""},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def kept(self) -> set[str]:
        """The citizens whose answers are in the journal."""
        with closing(Store(self.folder / "j.db", KEY)) as store:
            queries = [evolve(query_for(number), start_date=OPEN_DAY) for number in NUMBERS]
            found = zip(NUMBERS, store.find(queries), strict=True)
            return {number for number, each in found if each and isinstance(each.outcome, Answered)}

    def files(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}

    def rows(self) -> list[dict[str, str]]:
        with (self.folder / "out.csv").open() as file:
            return list(csv.DictReader(file, delimiter=";"))


async def ended(process: asyncio.subprocess.Process) -> tuple[int, set[str], str]:
    """Its exit code, whom it told of, and what it said."""
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode is not None
    assert b"Traceback" not in err
    return process.returncode, set(re.findall(r"^(\d{11})\n", out.decode(), re.MULTILINE)), err.decode()


async def stopping(process: asyncio.subprocess.Process) -> None:
    """Until it says that it heard the signal."""
    assert process.stderr is not None
    async with asyncio.timeout(60):
        while not (line := await process.stderr.readline()).startswith(b"stopping"):
            assert line


async def _one_signal(desk: Desk, number: signal.Signals) -> None:
    """Ten calls are on the wire when it comes: six are answered after it, four never."""
    assert pool._GRACE == 10
    desk.write(200)
    (desk.folder / "out.csv").write_text("the old result\n")
    loop = asyncio.get_running_loop()
    async with gateway(40) as at, desk.started(at, "pool._GRACE = 1.0") as process:
        await at.holding(WIDTH)
        began = loop.time()
        process.send_signal(number)
        await stopping(process)
        for held in list(at.held.values())[:6]:
            held.set()
        code, told, said = await ended(process)
        assert 1.0 <= loop.time() - began <= 1.0 + 3 * 1.0  # the row's one second, on a busy machine
    assert code == 128 + number
    assert "run it again to go on" in said
    assert len(at.asked) == 40 + WIDTH  # nothing new after the signal
    assert len(at.answered) == 46
    assert desk.kept() == at.answered <= told
    assert (desk.folder / "out.csv").read_text() == "the old result\n"


async def test_f32_the_first_signal(tmp_path: Path, pem: str) -> None:
    """Ctrl-C: what is on the wire gets its time, what comes in it is kept, and what hangs holds nobody up."""
    await _one_signal(Desk(tmp_path, pem), signal.SIGINT)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
async def test_f34_other_signals(tmp_path: Path, pem: str, number: signal.Signals) -> None:
    """SIGTERM and SIGHUP are as Ctrl-C, each with its own exit code."""
    await _one_signal(Desk(tmp_path, pem), number)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (signal.SIGINT, signal.SIGINT),
        (signal.SIGTERM, signal.SIGTERM),
        (signal.SIGHUP, signal.SIGHUP),
        (signal.SIGTERM, signal.SIGINT),
    ],
)
async def test_f33_the_second_signal(
    tmp_path: Path, pem: str, first: signal.Signals, second: signal.Signals
) -> None:
    """It ends what hangs at once, with the code of the first; every answer that had come is kept."""
    desk = Desk(tmp_path, pem)
    desk.write(200)
    loop = asyncio.get_running_loop()
    async with gateway(40) as at, desk.started(at) as process:
        await at.holding(WIDTH)
        process.send_signal(first)
        await stopping(process)
        began = loop.time()
        process.send_signal(second)
        code, told, _ = await ended(process)
        assert loop.time() - began <= 2 * 2.0  # the row's two seconds, on a busy machine
    assert code == 128 + first
    assert len(at.asked) == 40 + WIDTH
    assert desk.kept() == at.answered >= told
    assert len(at.answered) == 40


async def test_f35_killed_again_and_again(tmp_path: Path, pem: str) -> None:
    """SIGKILL at three calls: what was told is kept, what is kept is not asked again, at most W and one group of
    commits are asked twice, and the result is that of an undisturbed run."""
    desk = Desk(tmp_path, pem)
    numbers = desk.write(350)
    kept: set[str] = set()
    for kill_at in (60, 137, 1, 1000):
        async with gateway(1000) as at, desk.started(at) as process:
            at.kills, at.kill_at = process.kill, kill_at
            code, told, _ = await ended(process)
        assert code == (-signal.SIGKILL if kill_at < 1000 else 0)
        assert len(at.asked) == len(set(at.asked))
        assert not kept & set(at.asked)
        before, kept = kept, desk.kept()
        assert before | told <= kept <= before | at.answered
        assert len(set(at.asked) - kept) <= WIDTH + 100
    assert kept == set(numbers)
    result = desk.rows()
    assert [row["insz"] for row in result] == numbers
    assert {(row["outcome"], row["flexi_status"], row["student_status"]) for row in result} == {
        ("answered", "nok", "ok")
    }
    assert desk.files() == {"list.csv", "out.csv", "j.db", "j.db.lock"}


# --- F36 to F39, F47: disks


def test_f36_no_room_for_the_journal(client_of: ClientFactory, tmp_path: Path) -> None:
    """Nothing is told that was not kept; the journal is whole; with room it goes on."""
    journal = InlineJournal.at(tmp_path / "j.db")
    journal.store._database.execute("PRAGMA max_page_count=30").fetchall()

    async def main() -> list[Outcome]:
        outcomes: list[Outcome] = []
        async with client_of(Way()) as client:
            with pytest.raises(JournalFailed, match="disk is full"):
                async for outcome in verify_many(client, rows(400), journal=journal):
                    outcomes.append(outcome)
        return outcomes

    told = virtual.run(main())
    kept = [each for each in told if isinstance(each, Answered)]
    assert 0 < len(kept) < 400
    assert None not in journal.store.find([each.query for each in kept])
    assert {type(each) for each in told} == {Answered, Pending}
    journal.store.close()
    with closing(sqlite3.connect(tmp_path / "j.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_f37_no_room_for_the_result(tmp_path: Path) -> None:
    """The old result stays whole, and nothing half-written stays beside it."""
    out = tmp_path / "out.csv"
    out.write_bytes(b"old")
    with pytest.raises(OSError, match="No space"), writing(str(out)) as file:
        file.file.write(b"half of the new")
        raise OSError(28, "No space left on device")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("out.csv", b"old")]


async def test_f37_a_full_disk_at_the_result(tmp_path: Path, pem: str) -> None:
    """Where the answers find room and the result does not: said, the old result stays, and with room the next run
    writes it from the journal, without a call."""
    desk = Desk(tmp_path, pem)
    numbers = desk.write(60, note="x" * 10_000)
    (tmp_path / "out.csv").write_text("the old result\n")
    no_room = "resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, 256 * 1024))"
    async with gateway(1000) as at:
        async with desk.started(at, no_room) as process:
            code, told, said = await ended(process)
        assert code == 1
        assert "File too large" in said
        assert told == set(numbers) == desk.kept()
        assert (tmp_path / "out.csv").read_text() == "the old result\n"
        assert desk.files() == {"list.csv", "out.csv", "j.db", "j.db.lock"}
        async with desk.started(at) as process:
            code, _, said = await ended(process)
        assert (code, len(at.asked)) == (0, 60)
    assert [(row["insz"], row["outcome"]) for row in desk.rows()] == [(n, "answered") for n in numbers]


def test_f38_two_at_one_journal(tmp_path: Path) -> None:
    """The second is refused; after the first has closed it may."""
    first = Store(tmp_path / "j.db", KEY)
    with pytest.raises(JournalRefused, match="in use"):
        Store(tmp_path / "j.db", KEY)
    first.close()
    Store(tmp_path / "j.db", KEY).close()


def test_f39_power_loss(tmp_path: Path) -> None:
    """A copy of the bytes that were there after each commit is a journal with every committed row.

    ``synchronous=FULL`` flushes the log with each commit: what is copied here is what a disk would hold.
    """
    with closing(Store(tmp_path / "j.db", KEY)) as store:
        assert store._database.execute("PRAGMA synchronous").fetchone() == (2,)
        assert store._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        for count in range(1, 8):
            store.keep([entry(answered(query_for(NUMBERS[count])))])
            lost = tmp_path / f"lost-{count}"
            lost.mkdir()
            for name in ("j.db", "j.db-wal"):  # the shared memory is not on the disk
                (lost / name).write_bytes((tmp_path / name).read_bytes())
            with closing(Store(lost / "j.db", KEY)) as survivor:
                found = survivor.find([query_for(number) for number in NUMBERS[1 : count + 2]])
            assert [each is not None for each in found] == [True] * count + [False]


def test_f39_names_are_on_the_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new journal's folder is flushed once, before anything is kept; a result, before it takes its name."""
    flushed: list[os.stat_result] = []
    plain = os.fsync

    def counting(handle: int) -> None:
        plain(handle)
        flushed.append(os.fstat(handle))

    monkeypatch.setattr(os, "fsync", counting)
    with closing(Store(tmp_path / "j.db", KEY)):
        assert [os.path.samestat(each, tmp_path.stat()) for each in flushed] == [True]
    with closing(Store(tmp_path / "j.db", KEY)):
        assert len(flushed) == 1
    with writing(str(tmp_path / "out.csv")) as file:
        file.file.write(b"the result")
    result = (tmp_path / "out.csv").stat()
    assert (flushed[1].st_ino, flushed[1].st_size) == (result.st_ino, len(b"the result"))


def test_f39_a_torn_write(tmp_path: Path) -> None:
    """The last commit torn at any place: it is there whole or not at all, and the others are whole."""
    with closing(Store(tmp_path / "j.db", KEY)) as store:
        for count in range(1, 5):
            store.keep([entry(answered(query_for(NUMBERS[count])))])
        log, base = (tmp_path / "j.db-wal").read_bytes(), (tmp_path / "j.db").read_bytes()
    for cut in range(len(log) - 9000, len(log), 300):
        torn = tmp_path / f"torn-{cut}"
        torn.mkdir()
        (torn / "j.db").write_bytes(base)
        (torn / "j.db-wal").write_bytes(log[:cut])
        with closing(Store(torn / "j.db", KEY)) as survivor:
            found = [each is not None for each in survivor.find([query_for(n) for n in NUMBERS[1:5]])]
        assert found == sorted(found, reverse=True)
        assert found[:2] == [True, True]


def test_f47_an_older_or_newer_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Older: brought up to date, keeping what it holds. Newer: refused."""
    kept = entry(answered(query_for(NUMBERS[0])))
    with closing(Store(tmp_path / "j.db", KEY)) as store:
        store.keep([kept])
    script = "ALTER TABLE entry ADD COLUMN remark TEXT"
    with monkeypatch.context() as newer:
        newer.setattr(database, "SCHEMA", (*database.SCHEMA, script))
        with closing(Store(tmp_path / "j.db", KEY)) as store:
            assert store.find([kept.outcome.query]) == [kept]
    with pytest.raises(JournalRefused, match="newer"):
        Store(tmp_path / "j.db", KEY)


# --- F40, F41, F44 to F46, F48: the batch


def test_f40_duplicates(client_of: ClientFactory) -> None:
    """As many calls as distinct questions, as many outcomes as rows."""
    way = Way()
    questions = [evolve(each, row=row) for row, each in enumerate(rows(30) * 7)]

    async def main() -> list[Outcome]:
        async with client_of(way) as client:
            return [outcome async for outcome in verify_many(client, questions)]

    outcomes = virtual.run(main())
    assert len(outcomes) == 210
    told = {each.row: each.query.citizen.digits for each in outcomes if isinstance(each, Answered)}
    assert told == {row: NUMBERS[row % 30] for row in range(210)}
    assert len(way.calls) == 30


REFUSED: dict[object, str] = {
    "81130103578": "no such month: a typing mistake?",
    "81043103522": "the check digits do not fit: a typing mistake?",
    "81023003522": "the check digits do not fit: a typing mistake?",
    "07010189902": "the check digits do not fit: a typing mistake?",
    "00000000000": "the check digits do not fit: a typing mistake?",
    7010189902: "the check digits do not fit: a typing mistake?",
    "123": "3 digits where 11 are needed",
    "9" * 4000: "4000 digits where 11 are needed",
    "abc": "something else than digits in it",
    "\u0660" * 11: "something else than digits in it",
    -1: "something else than digits in it",
    "7.010189901E9": "in scientific notation, so digits are lost",
    "": "empty",
    None: "empty",
    1.5: "neither text nor a whole number",
    True: "a truth value, not a number",
}


def test_f41_numbers_that_cannot_be(client_of: ClientFactory) -> None:
    """Refused by us, each with its reasons, all of them, without a call."""
    way = Way()
    assert set(INVALID_SSINS) <= REFUSED.keys()
    candidates = [Candidate(number, DAY, row=number) for number in REFUSED]

    async def main() -> list[Outcome]:
        async with client_of(way) as client:
            both_wrong = Candidate("123", "1/1/2020", row="both")
            return [outcome async for outcome in verify_many(client, [*candidates, both_wrong])]

    outcomes = virtual.run(main())
    told = {outcome.row: outcome.violations for outcome in outcomes if isinstance(outcome, Refused)}
    both = ("SSIN: 3 digits where 11 are needed", "start date: in the past")
    assert told == {number: (f"SSIN: {why}",) for number, why in REFUSED.items()} | {"both": both}
    assert (len(way.calls), way.token_calls) == (0, 0)


@pytest.mark.parametrize("century", [0, 2_000_000_000])
def test_f41_months_of_both_centuries(client_of: ClientFactory, century: int) -> None:
    """With good check digits: the months of the register and of BIS numbers are asked, no other."""
    way = Way()
    bodies = [f"07{month:02}15123" for month in range(100)]
    candidates = [
        Candidate(f"{b}{97 - (century + int(b)) % 97:02}", DAY, row=m) for m, b in enumerate(bodies)
    ]

    async def main() -> list[Outcome]:
        async with client_of(way) as client:
            return [outcome async for outcome in verify_many(client, candidates)]

    outcomes = virtual.run(main())
    asked = {each.row for each in outcomes if isinstance(each, Answered)}
    assert asked == {*range(13), *range(20, 33), *range(40, 53)}
    refused = {each.violations for each in outcomes if isinstance(each, Refused)}
    assert refused == {("SSIN: no such month: a typing mistake?",)}
    assert len(way.calls) == len(asked) == 39


def test_f42_a_long_list_in_bounded_memory(client_of: ClientFactory, settings: Settings) -> None:
    """What the pool reads ahead is bounded by its width; what it takes for a million rows is measured by
    benchmarks/soak.py."""
    read = 0

    async def endless() -> AsyncIterator[Candidate]:
        nonlocal read
        while True:
            yield Candidate(NUMBERS[read % 400], DAY, row=read)
            read += 1

    async def main() -> int:
        tasks = 0
        async with (
            client_of(Way(), evolve(settings, concurrency=5)) as client,
            aclosing(verify_many(client, endless(), remember=10)) as stream,
        ):
            taken = 0
            async for _ in stream:
                taken += 1
                tasks = max(tasks, len(asyncio.all_tasks()))
                assert read <= taken + 5 * 5
                if taken == 3000:
                    return tasks
        raise AssertionError

    assert virtual.run(main()) <= 5 + 6


def test_f44_one_row_hits_a_bug(client_of: ClientFactory, canary: Canary) -> None:
    """That row is pending with our defect; the others are answered; the bug's own text is seen nowhere."""
    canary.secrets["the row of the bug"] = NUMBERS[7]

    def api(request: HttpRequest) -> HttpResponse:
        if parameters(request)["citizen"] == NUMBERS[7]:
            raise ZeroDivisionError(NUMBERS[7])
        return reply()

    async def main() -> list[Outcome]:
        async with client_of(Way(api)) as client:
            return [outcome async for outcome in verify_many(client, rows(50))]

    outcomes = virtual.run(main())
    (pending,) = (each for each in outcomes if isinstance(each, Pending))
    assert pending.fault.diagnosis == "a defect of precontractual-async (ZeroDivisionError)"
    assert pending.row == 7
    assert sum(isinstance(each, Answered) for each in outcomes) == 49


@pytest.mark.parametrize("slow", ["consumer", "disk"])
def test_f45_a_slow_consumer_or_disk(
    client_of: ClientFactory, settings: Settings, tmp_path: Path, slow: str
) -> None:
    """Nothing piles up: calls are made only as fast as their outcomes go."""
    journal = InlineJournal.at(tmp_path / "j.db", delay=10.0 if slow == "disk" else 0.0)
    way = Way()

    async def main() -> None:
        async with client_of(way, evolve(settings, concurrency=4)) as client:
            told = 0
            async for _ in verify_many(client, rows(300), journal=journal):
                told += 1
                assert len(way.calls) - told <= 100 + 3 * 4 + 1
                if slow == "consumer":
                    await asyncio.sleep(1)
            assert told == 300
            assert elapsed() > (250 if slow == "consumer" else 40)

    virtual.run(main())


def test_f46_a_list_that_was_edited(client_of: ClientFactory, tmp_path: Path) -> None:
    """Rows are matched by content: the new ones are asked, the others are known wherever they stand now.

    That it is said is shown by tests/cli/test_survival.py.
    """
    way = Way()
    journal = InlineJournal.at(tmp_path / "j.db")

    async def main() -> list[Outcome]:
        async with client_of(way) as client:
            _ = [outcome async for outcome in verify_many(client, rows(20), journal=journal)]
            edited = [*reversed(rows(30)[5:]), Candidate(NUMBERS[0], "2027-02-01")]
            return [outcome async for outcome in verify_many(client, edited, journal=journal)]

    outcomes = virtual.run(main())
    assert len(way.calls) == 30
    assert sum(isinstance(each, Answered) for each in outcomes) == 25
    assert sum(isinstance(each, Deferred) for each in outcomes) == 1


def test_f48_what_succeeds_at_once_costs_nothing_extra(
    client_of: ClientFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No retry machinery, no task and no timer for a call that succeeds, but for the task of a `verify` that others
    may share; the figures are in benchmarks/compare.py."""
    insisting: list[object] = []
    monkeypatch.setattr(tenacity.AsyncRetrying, "__init__", lambda self, **_: insisting.append(self))
    tasks: list[asyncio.Task[Any]] = []
    timers: list[float] = []

    def factory(loop: asyncio.AbstractEventLoop, inner: Any, **given: Any) -> asyncio.Task[Any]:
        tasks.append(asyncio.Task(inner, loop=loop, **given))
        return tasks[-1]

    async def main() -> None:
        loop = asyncio.get_running_loop()
        plain = loop.call_at

        def counting(when: float, *given: Any, **more: Any) -> asyncio.TimerHandle:
            timers.append(when)
            return plain(when, *given, **more)

        async with client_of(Way(delay=0.0)) as client:
            await client.verify(NUMBERS[0], DAY)  # gets the token
            await asyncio.sleep(1)  # the pace has room for five at once
            loop.set_task_factory(factory)
            monkeypatch.setattr(loop, "call_at", counting)
            planned = [client.planner().plan(candidate) for candidate in rows(6)[1:]]
            for query in planned:
                assert isinstance(query, Query)
                await client.ask(query)
            assert (tasks, timers, insisting) == ([], [], [])
            await asyncio.sleep(1)
            timers.clear()
            await client.verify(NUMBERS[6], DAY)
            loop.set_task_factory(None)

    virtual.run(main())
    assert [task.get_name() for task in tasks] == ["precontractual-verification"]
    assert (timers, insisting) == ([], [])


# --- the table


def test_every_fault_of_the_table_has_its_test() -> None:
    """F1 to F51: each is a test of its name, and each row of the README's table is one of them."""
    folder = Path(__file__).parent
    text = "".join(path.read_text() for path in folder.glob("test_*_faults.py"))
    numbers = {int(number) for number in re.findall(r"^(?:async )?def test_f(\d\d)_", text, re.MULTILINE)}
    assert numbers == set(range(1, 52))
    assert not re.search(r"\bskip|xfail", text.replace("skip|xfail", ""))
    assert re.findall(r"^\| F(\d+) \|", README, re.MULTILINE) == [str(number) for number in range(1, 52)]
