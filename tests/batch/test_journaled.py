"""A pool with a journal: what was told survives, what is settled is not asked, what is due is."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve
from support import virtual
from support.journals import KEY, InlineJournal
from support.numbers import generated
from support.virtual import START
from support.ways import GOOD, Way, parameters, reply

from precontractual_async import (
    AccessDenied,
    Answered,
    Candidate,
    Deferred,
    Interrupted,
    Journal,
    JournalFailed,
    MemoryJournal,
    Outcome,
    Pending,
    PrecontractualClient,
    RecheckPolicy,
    Refused,
    Rejected,
    Settings,
    SqliteJournal,
    opens_on,
    verify_many,
)
from precontractual_async.protocol.wire import HttpRequest, HttpResponse

ClientFactory = Callable[..., PrecontractualClient]
DAY = "2026-12-01"
NUMBERS = list(generated(400))
DAYS = timedelta(days=30)


def rows(count: int, day: str = DAY) -> list[Candidate]:
    return [Candidate(number, day, row=row) for row, number in enumerate(NUMBERS[:count])]


@pytest.fixture
def journal(tmp_path: Path) -> InlineJournal:
    return InlineJournal.at(tmp_path / "journal.db")


class Calendar:
    """A client whose day can be chosen; counts the calls of each run."""

    def __init__(self, settings: Settings, journal: Journal) -> None:
        self.settings = settings
        self.journal = journal
        self.way = Way()
        self.at = START

    def run(
        self,
        questions: list[Candidate],
        due: RecheckPolicy = RecheckPolicy(),  # noqa: B008 (frozen)
    ) -> tuple[list[Outcome], int]:
        async def main() -> list[Outcome]:
            began = asyncio.get_running_loop().time()

            def now() -> datetime:
                return self.at + timedelta(seconds=asyncio.get_running_loop().time() - began)

            async with PrecontractualClient(
                self.settings, transport=self.way, now=now, jitter=lambda: 0.5
            ) as client:
                return [
                    outcome async for outcome in verify_many(client, questions, journal=self.journal, due=due)
                ]

        before = len(self.way.calls)
        outcomes = virtual.run(main())
        assert sorted(outcome.row for outcome in outcomes) == [each.row for each in questions]  # type: ignore[type-var]
        return outcomes, len(self.way.calls) - before


def test_a_finished_list_makes_no_call(settings: Settings, journal: InlineJournal) -> None:
    """The second run answers everything from the journal, with the same answers."""
    calendar = Calendar(settings, journal)
    first, calls = calendar.run(rows(300))
    assert calls == 300
    calendar.at += timedelta(minutes=5)
    second, calls = calendar.run(rows(300))
    assert calls == 0
    assert {each.row: each for each in second} == {each.row: each for each in first}


def test_the_day_after_exactly_what_is_due_is_asked(settings: Settings, journal: InlineJournal) -> None:
    """Mandates after hours, temporary failures at the next run, conclusive and final ones never."""
    kinds: dict[str, object] = {
        "conclusive": GOOD,
        "mandate": GOOD | {"flexiJobResult": {"allowed": "noGrant"}},
        "temporary": GOOD | {"flexiJobResult": {"allowed": "errorGrant"}},
        "rejected": {"issues": [{"name": "citizen", "detail": "not existing"}]},
    }
    kind_of = {number: list(kinds)[position % 4] for position, number in enumerate(NUMBERS)}

    def api(request: HttpRequest) -> HttpResponse:
        kind = kind_of[parameters(request)["citizen"]]
        return reply(400 if kind == "rejected" else 200, kinds[kind])

    calendar = Calendar(settings, journal)
    calendar.way.api = api
    _, calls = calendar.run(rows(40))
    assert calls == 40
    for hours, wanted in (
        (1, {"temporary": 10}),
        (6, {"temporary": 10, "mandate": 10}),
        (7, {"temporary": 10}),
    ):
        calendar.at = START + timedelta(hours=hours, minutes=1)
        seen = len(calendar.way.calls)
        calendar.run(rows(40))
        assert Counter(kind_of[parameters(each)["citizen"]] for each in calendar.way.calls[seen:]) == wanted
    calendar.at = START + timedelta(hours=25)
    seen = len(calendar.way.calls)
    outcomes, _ = calendar.run(rows(40), RecheckPolicy(fresh_for=timedelta(days=1)))
    assert Counter(kind_of[parameters(each)["citizen"]] for each in calendar.way.calls[seen:]) == {
        "conclusive": 10,
        "mandate": 10,
        "temporary": 10,
    }
    assert Counter(type(each) for each in outcomes) == {Answered: 30, Rejected: 10}


def test_a_deferred_row_is_asked_on_the_first_day_of_its_window(
    settings: Settings, journal: InlineJournal
) -> None:
    """The same list every night: not a day before, and then once."""
    calendar = Calendar(settings, journal)
    calls = {}
    for day in range(24, 72):
        calendar.at = START + timedelta(days=day - 24)
        outcomes, calls[calendar.at.date().isoformat()] = calendar.run(rows(3, "2027-02-10"))
        kind = (
            Answered
            if calendar.at.date().isoformat() >= opens_on(date(2027, 2, 10)).isoformat()
            else Deferred
        )
        assert {type(each) for each in outcomes} == {kind}
    opened = [day for day, count in calls.items() if count]
    assert opened == [opens_on(date(2027, 2, 10)).isoformat()]
    assert sum(calls.values()) == 3


def nights(
    calendar: Calendar, journal: InlineJournal, start_date: str, *ats: datetime
) -> list[tuple[int, int]]:
    """At each instant, what `journal status` has as due, and the calls of a run then."""
    told = []
    for at in ats:
        calendar.at = at
        due = sum(count.due for count in journal.store.counts(RecheckPolicy(), at))
        told.append((due, calendar.run(rows(2, start_date))[1]))
    return told


def test_who_is_too_young_is_asked_again_in_the_new_year(settings: Settings, journal: InlineJournal) -> None:
    """On 1 January in Brussels and not before (manual §3.3.4), and only for a start date that is still ahead."""
    young = {"allowed": "unknown", "description": {"type": "error", "cause": "errorYoungRequirements"}}
    calendar = Calendar(settings, journal)
    calendar.way.api = lambda _: reply(200, GOOD | {"studentJobResult": young})
    asked, new_year = datetime(2026, 12, 10, 9, tzinfo=UTC), datetime(2026, 12, 31, 23, tzinfo=UTC)
    instants = asked, new_year - timedelta(seconds=9), new_year + timedelta(minutes=9), new_year + DAYS
    assert nights(calendar, journal, "2027-02-10", *instants) == [(0, 2), (0, 0), (2, 2), (0, 0)]
    assert nights(calendar, journal, "2026-12-30", asked, new_year) == [(0, 2), (0, 0)]


def test_an_answer_outlives_its_start_date(settings: Settings, journal: InlineJournal) -> None:
    """Once the date is past nothing can be asked, but what is known is told; what is not, is refused."""
    calendar = Calendar(settings, journal)
    calendar.run(rows(2))
    calendar.at += timedelta(days=30)
    outcomes, calls = calendar.run(rows(3), RecheckPolicy(fresh_for=timedelta(0)))
    assert calls == 0
    assert [type(each) for each in sorted(outcomes, key=lambda each: str(each.row))] == [
        Answered,
        Answered,
        Refused,
    ]


def test_duplicates_beyond_memory_are_asked_once(settings: Settings, journal: InlineJournal) -> None:
    """The journal remembers what memory forgot."""
    calendar = Calendar(evolve(settings, concurrency=2), journal)
    questions = [evolve(each, row=row) for row, each in enumerate(rows(100) * 3)]

    async def main() -> int:
        async with PrecontractualClient(settings, transport=calendar.way, now=virtual.now) as client:
            stream = verify_many(client, questions, journal=journal, remember=1)
            return len([outcome async for outcome in stream])

    assert virtual.run(main()) == 300
    assert len(calendar.way.calls) <= 100 + 2  # the two that were under way when the list began again


def test_nothing_is_told_before_it_is_kept(settings: Settings, journal: InlineJournal) -> None:
    """At the moment an answer is announced, the journal has it; a group waits 50 ms at most."""

    async def main() -> None:
        async with PrecontractualClient(settings, transport=Way(), now=virtual.now) as client:
            async for outcome in verify_many(client, rows(200), journal=journal):
                assert isinstance(outcome, Answered)
                (found,) = journal.store.find([outcome.query])
                assert found is not None
                assert found.outcome == evolve(outcome, row=None)

    virtual.run(main())


def test_a_slow_input_is_not_kept_waiting(settings: Settings, journal: InlineJournal) -> None:
    """What comes asynchronously is asked when it comes, and told 50 ms after its answer."""
    told: list[float] = []

    async def slowly() -> AsyncIterator[Candidate]:
        for each in rows(5):
            yield each
            await asyncio.sleep(10)

    async def main() -> None:
        async with PrecontractualClient(settings, transport=Way(), now=virtual.now) as client:
            async for _ in verify_many(client, slowly(), journal=journal):
                told.append(virtual.elapsed())

    virtual.run(main())
    assert [round(at, 1) for at in told] == [0.1, 10.1, 20.1, 30.1, 40.1]


def failing(calls: int) -> Callable[[], None]:
    left = [calls]

    def before_keep() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise JournalFailed("the journal failed: the disk is full")

    return before_keep


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_full_disk_stops_the_run_and_loses_no_row(
    settings: Settings, journal: InlineJournal, after: int
) -> None:
    """What could not be kept is not told as an answer; afterwards the same command goes on."""
    journal.before_keep = failing(after)
    way = Way()
    outcomes: list[Outcome] = []

    async def main() -> None:
        async with PrecontractualClient(settings, transport=way, now=virtual.now) as client:
            with pytest.raises(JournalFailed, match="disk is full"):
                async for outcome in verify_many(client, rows(400), journal=journal):
                    outcomes.append(outcome)

    virtual.run(main())
    answered = [each for each in outcomes if isinstance(each, Answered)]
    assert len({each.row for each in outcomes}) == len(outcomes)
    assert all(journal.store.find([each.query])[0] for each in answered)
    assert {type(each) for each in outcomes} <= {Answered, Pending}
    assert len(way.calls) - len(answered) <= settings.concurrency + 100 + 50
    journal.before_keep = lambda: None
    again, calls = Calendar(settings, journal).run(rows(400))
    assert {type(each) for each in again} == {Answered}
    assert calls == 400 - len(answered)


def test_a_journal_that_cannot_be_read_stops_the_run(settings: Settings) -> None:
    """The look-up fails: the one exception says so."""

    class Unreadable(MemoryJournal):
        async def find(self, queries: object) -> list[object]:  # type: ignore[override]
            raise JournalFailed("the journal failed: the disk failed")

    async def main() -> None:
        async with PrecontractualClient(settings, transport=Way(), now=virtual.now) as client:
            with pytest.raises(JournalFailed, match="disk failed"):
                async for _ in verify_many(client, rows(10), journal=Unreadable()):  # type: ignore[arg-type]
                    pass
        assert asyncio.all_tasks() == {asyncio.current_task()}

    virtual.run(main())


@pytest.mark.parametrize("delay", [0.0, 2.0])
def test_leaving_keeps_what_was_answered(settings: Settings, journal: InlineJournal, delay: float) -> None:
    """A consumer that goes away at any moment, the disk fast or slow: every answer that had come in is kept."""
    journal.delay = delay

    async def main(leave_after: int) -> None:
        answered: set[str] = set()

        def api(request: HttpRequest) -> HttpResponse:
            answered.add(parameters(request)["citizen"])
            return reply()

        way = Way(api, delay=0.02)
        async with PrecontractualClient(settings, transport=way, now=virtual.now) as client:
            stream = verify_many(client, rows(400), journal=journal)
            async with aclosing(stream):
                async for _ in stream:
                    leave_after -= 1
                    if not leave_after:
                        break
            at_leaving = set(answered)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        queries = [client.planner().plan(each) for each in rows(400)]
        found = await journal.find(queries)  # type: ignore[arg-type]
        kept = {each.outcome.query.citizen.digits for each in found if each is not None}
        assert at_leaving <= kept

    for leave_after in (1, 2, 50, 51, 99, 150):
        virtual.run(main(leave_after))


def test_stopping_lets_what_is_under_way_end(settings: Settings, journal: InlineJournal) -> None:
    """Nothing new is asked after the stop; every answer that was under way is kept and told."""
    way = Way(delay=0.5)
    outcomes: list[Outcome] = []

    async def main() -> float:
        async with PrecontractualClient(
            evolve(settings, concurrency=10), transport=way, now=virtual.now
        ) as client:
            await client.verify(NUMBERS[399], DAY)  # the token is there
            began, stop = virtual.elapsed(), asyncio.Event()
            asyncio.get_running_loop().call_later(10.0, stop.set)
            with pytest.raises(Interrupted):
                async for outcome in verify_many(client, rows(399), journal=journal, stop=stop):
                    outcomes.append(outcome)
            assert all(stamp <= began + 10 for stamp in way.stamps)
            return virtual.elapsed() - began

    assert virtual.run(main()) < 10 + 0.7
    assert Counter(type(each) for each in outcomes)[Answered] == len(way.calls) - 1 > 100


def test_what_does_not_end_is_cut_short(settings: Settings, journal: InlineJournal) -> None:
    """Ten seconds after the stop, whatever hangs is given up."""

    way = Way()

    async def main() -> float:
        async with PrecontractualClient(settings, transport=way, now=virtual.now) as client:
            await client.verify(NUMBERS[399], DAY)  # the token is there
            way.delay, began, stop = 900.0, virtual.elapsed(), asyncio.Event()
            asyncio.get_running_loop().call_later(5.0, stop.set)
            with pytest.raises(Interrupted):
                async for _ in verify_many(client, rows(100), journal=journal, stop=stop):
                    pass
            return virtual.elapsed() - began

    assert 15 <= virtual.run(main()) < 15.2
    assert len(way.calls) > 1


def test_a_batch_wide_fault_is_not_kept(settings: Settings, journal: InlineJournal) -> None:
    """403 for everybody: at most W calls, and the journal knows of nothing."""
    way = Way(lambda _: reply(403))

    async def main() -> None:
        async with PrecontractualClient(settings, transport=way, now=virtual.now) as client:
            with pytest.raises(AccessDenied):
                async for _ in verify_many(client, rows(400), journal=journal):
                    pass
            queries = [client.planner().plan(each) for each in rows(400)]
            assert set(await journal.find(queries)) == {None}  # type: ignore[arg-type]

    virtual.run(main())
    assert len(way.calls) <= settings.concurrency


def test_the_real_journal_in_real_time(settings: Settings, tmp_path: Path) -> None:
    """The thread, the groups and the loop together: all is told and kept, and the second run asks nothing."""
    way = Way(delay=0.0, token_delay=0.0)

    async def main() -> list[Outcome]:
        async with (
            PrecontractualClient(evolve(settings, rate=10_000), transport=way) as client,
            SqliteJournal(tmp_path / "journal.db", KEY) as journal,
        ):
            return [
                outcome
                async for outcome in verify_many(client, rows(400), journal=journal, check_window=False)
            ]

    way.stamps = _Forgetful()
    for _ in range(2):
        outcomes = asyncio.run(main())
        assert Counter(type(each) for each in outcomes) == {Answered: 400}
    assert len(way.calls) == 400


class _Forgetful(list[float]):
    """Stamps of a real loop, which mean nothing here."""
