"""F31 to F48: cancellation, signals, disks, lists and the batch itself. What a process can only show from outside
is in tests/cli/test_survival.py, and named here."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

import pytest
import tenacity
from attrs import evolve
from support import virtual
from support.journals import KEY, InlineJournal, answered, entry, query_for
from support.numbers import INVALID_SSINS, generated
from support.virtual import Suspensions, elapsed
from support.ways import Way, parameters, reply

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
    Refused,
    Settings,
    verify_many,
)
from precontractual_async.batch.commits import Commits
from precontractual_async.batch.feeder import Feeder
from precontractual_async.batch.pool import _Run
from precontractual_async.cli.files import writing
from precontractual_async.journal import database
from precontractual_async.journal.store import Store
from precontractual_async.protocol.wire import HttpRequest, HttpResponse

ClientFactory = Callable[..., PrecontractualClient]
DAY = "2026-12-01"
NUMBERS = list(generated(400))
SURVIVAL = (Path(__file__).parent.parent / "cli" / "test_survival.py").read_text()


def rows(count: int) -> list[Candidate]:
    return [Candidate(number, DAY, row=row) for row, number in enumerate(NUMBERS[:count])]


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
    assert client._places._semaphore._value == client.settings.concurrency - client._places._left
    assert not client._pace._turn.locked()
    assert not client._pace._limiter._waiters


def _survived(client_of: ClientFactory, settings: Settings, statuses: list[int], *at: int) -> Suspensions:
    """Four ask at once, and are cancelled at these of their suspensions: whoever was not is answered, and the
    client works as before."""
    points = Suspensions(*at)
    said = iter(statuses)

    async def main() -> None:
        way = Way(lambda _: reply(next(said, 200)))
        async with client_of(way, evolve(settings, rate=2, concurrency=3)) as client, asyncio.timeout(600):
            asking = (points.through(client.verify(number, DAY)) for number in NUMBERS[:4])
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


IN_THE_POOL = {"worker": (_Run, "_work_off"), "input": (Feeder, "feed"), "commits": (Commits, "run")}


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

    async def main() -> None:
        way = Way(lambda _: reply(500) if len(way.calls) % 7 == 3 else reply())
        told: list[Outcome] = []
        read: list[Candidate] = []

        def questions() -> Iterator[Candidate]:
            for each in rows(14):
                read.append(each)
                yield each

        async with client_of(way, evolve(settings, concurrency=3)) as client, asyncio.timeout(600):
            taking = _take(verify_many(client, questions(), journal=journal), told, points, whose)
            consumer = points.through(taking) if whose == "consumer" else taking
            (result,) = await asyncio.gather(consumer, return_exceptions=True)
            assert result is None or isinstance(result, asyncio.CancelledError | InternalFault)
            left = {task.get_name() for task in asyncio.all_tasks() - {asyncio.current_task()}}
            assert left <= {"precontractual-token"}  # a fetch for all is the client's, until it is closed
            _free(client)
            assert len({outcome.row for outcome in told}) == len(told)
            assert {type(outcome) for outcome in told} <= {Answered, Pending}
            if whose == "input" and journal is None:  # with a journal many are read at once, to be looked up
                assert len(told) == len(read)
            if journal is not None:
                found = journal.store.find([each.query for each in told if isinstance(each, Answered)])
                assert None not in found
            points.end()
            again = [outcome async for outcome in verify_many(client, rows(14), journal=journal)]
            assert len(again) == 14
            assert {each.row for each in again if isinstance(each, Answered)} == set(range(14))
            _free(client)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    virtual.run(main())


@pytest.mark.parametrize(
    ("whose", "journaled", "least"),
    [
        ("consumer", False, 13),
        ("consumer", True, 9),
        ("close", False, 1),
        ("worker", False, 24),
        ("worker", True, 24),
        ("input", False, 8),
        ("input", True, 8),
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


# --- F32 to F35, F42: from outside


@pytest.mark.parametrize(
    "name",
    [
        "test_a_signal_keeps_every_answer",  # F32, F34
        "test_the_second_signal_stops_at_once",  # F33
        "test_killed_again_and_again",  # F35
        "test_a_full_disk",  # F36
        "test_two_runs_on_one_journal",  # F38
        "test_the_second_run_makes_no_call",  # F46
    ],
)
def test_f32_f33_f34_f35_are_shown_by_processes(name: str) -> None:
    """The tests with real signals and kills are there."""
    assert f"def {name}(" in SURVIVAL


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
        file.write(b"half of the new")
        raise OSError(28, "No space left on device")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("out.csv", b"old")]


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

    assert len(virtual.run(main())) == 210
    assert len(way.calls) == 30


def test_f41_numbers_that_cannot_be(client_of: ClientFactory) -> None:
    """Refused by us, each with its reasons, without a call."""
    way = Way()
    numbers = [*INVALID_SSINS, "123", "07010189902", "abc", "", None, True, 1.5, "9" * 4000, "\u0660" * 11]

    async def main() -> list[Outcome]:
        async with client_of(way) as client:
            return [outcome async for outcome in verify_many(client, [Candidate(n, DAY) for n in numbers])]

    outcomes = virtual.run(main())
    assert {type(outcome) for outcome in outcomes} == {Refused}
    assert (len(way.calls), way.token_calls) == (0, 0)


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


def test_f44_one_row_hits_a_bug(client_of: ClientFactory) -> None:
    """That row is pending with our defect; the others are answered."""

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
    """No retry machinery, no task and no timer for a call that succeeds; the figures are in benchmarks/compare.py."""
    made: list[object] = []
    monkeypatch.setattr(tenacity.AsyncRetrying, "__init__", lambda self, **_: made.append(self))

    async def main() -> None:
        async with client_of(Way()) as client:
            await client.verify(NUMBERS[0], DAY)
            tasks = len(asyncio.all_tasks())
            await asyncio.gather(client.verify(NUMBERS[1], DAY))
            assert len(asyncio.all_tasks()) == tasks

    virtual.run(main())
    assert made == []


# --- the table


def test_every_fault_of_the_table_has_its_test() -> None:
    """F1 to F48: each is a test of its name, and each row of the README's table is one of them."""
    folder = Path(__file__).parent
    text = "".join(path.read_text() for path in folder.glob("test_*_faults.py"))
    missing = [number for number in range(1, 49) if f"_f{number:02}_" not in text]
    assert missing == []
    readme = (folder.parent.parent / "README.md").read_text()
    assert re.findall(r"^\| F(\d+) \|", readme, re.MULTILINE) == [str(number) for number in range(1, 49)]
