"""What is rare and must not lose a row: foreign cancellations, live inputs, closing clients, odd clocks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress

import pytest
from attrs import evolve
from support import virtual
from support.numbers import CITIZEN, MANDATARY, generated
from support.virtual import elapsed
from support.ways import GOOD, Way, parameters, reply

from precontractual_async import (
    Answered,
    CallerRejected,
    Candidate,
    ClientClosed,
    Entry,
    Fault,
    InternalFault,
    Interrupted,
    JournalFailed,
    MemoryJournal,
    Outcome,
    Pending,
    PrecontractualClient,
    RequestRejected,
    RunStopped,
    ServerError,
    Settings,
    TokenUnavailable,
    Unreachable,
    screen,
    verify_many,
)
from precontractual_async.calls.rate_limiter import LocalRateLimiter
from precontractual_async.protocol.wire import HttpRequest, HttpResponse

ClientFactory = Callable[..., PrecontractualClient]
DAY = "2026-12-01"
NUMBERS = list(generated(200))


def rows(count: int) -> list[Candidate]:
    return [Candidate(number, DAY, row=row) for row, number in enumerate(NUMBERS[:count])]


def test_a_live_input_goes_on_after_an_outage(client_of: ClientFactory, settings: Settings) -> None:
    """When all that came is held and nothing new comes, a held one probes: the outage ends for all."""
    way = Way(lambda _: reply(500) if 1 < elapsed() < 3000 else reply())

    async def live() -> AsyncIterator[Candidate]:
        for each in rows(12):
            yield each
        await asyncio.sleep(20_000)

    async def main() -> float:
        told = 0
        async with client_of(way, evolve(settings, concurrency=4, rate=5)) as client:
            async for outcome in verify_many(client, live()):
                assert isinstance(outcome, Answered)
                told += 1
                if told == 12:
                    return elapsed()
        raise AssertionError

    assert virtual.run(main()) < 3000 + 120


def test_a_cancellation_from_elsewhere_is_one_rows_affair(client_of: ClientFactory) -> None:
    """A transport that cancels by itself costs that row its answer, and no row its outcome."""

    async def api(request: HttpRequest) -> HttpResponse:
        if parameters(request)["citizen"] == NUMBERS[1]:
            raise asyncio.CancelledError
        return reply()

    async def main() -> list[Outcome]:
        async with client_of(Way(api)) as client:
            return [outcome async for outcome in verify_many(client, rows(5))]

    outcomes = virtual.run(main())
    assert sorted(outcome.row for outcome in outcomes) == [0, 1, 2, 3, 4]  # type: ignore[type-var]
    (pending,) = (each for each in outcomes if isinstance(each, Pending))
    assert (pending.row, type(pending.fault)) == (1, InternalFault)


def test_a_client_that_is_closed_under_a_run(client_of: ClientFactory) -> None:
    """Whoever waits for the token is told; every row has its outcome."""
    way = Way(token_delay=20)
    outcomes: list[Outcome] = []

    async def main() -> None:
        client = client_of(way)
        await client.__aenter__()
        closing: list[asyncio.Task[None]] = []
        loop = asyncio.get_running_loop()
        loop.call_later(5.0, lambda: closing.append(loop.create_task(client.__aexit__(None, None, None))))
        with pytest.raises(ClientClosed) as raised:
            async for outcome in verify_many(client, rows(5)):
                outcomes.append(outcome)
        await closing[0]
        assert raised.value.diagnosis == "the client was closed while it was asked"
        assert raised.value.next_step == "Ask again with a client that stays open."

    virtual.run(main())
    assert sorted(outcome.row for outcome in outcomes) == [0, 1, 2, 3, 4]  # type: ignore[type-var]
    assert {type(outcome) for outcome in outcomes} == {Pending}


def test_an_input_that_is_cancelled_ends_the_run(client_of: ClientFactory) -> None:
    """It awaited something that was cancelled: told once, after what it gave."""

    async def broken() -> AsyncIterator[Candidate]:
        yield rows(1)[0]
        raise asyncio.CancelledError

    async def main() -> list[Outcome]:
        told = []
        async with client_of(Way()) as client:
            with pytest.raises(InternalFault, match="input was cancelled"):
                async for outcome in verify_many(client, broken()):
                    told.append(outcome)
        return told

    assert len(virtual.run(main())) == 1


def test_an_input_that_ignores_its_cancellation_is_stopped(client_of: ClientFactory) -> None:
    """What it gives then is pending, and no more is read."""
    read, stop = 0, asyncio.Event()

    async def deaf() -> AsyncIterator[Candidate]:
        nonlocal read
        for each in rows(200):
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(1)
            read += 1
            yield each

    async def main() -> list[Outcome]:
        told = []
        async with client_of(Way()) as client:
            asyncio.get_running_loop().call_later(10.5, stop.set)
            with pytest.raises(Interrupted):
                async for outcome in verify_many(client, deaf(), stop=stop):
                    told.append(outcome)
        return told

    assert [type(outcome) for outcome in virtual.run(main())] == [Answered] * 10 + [Pending]
    assert read == 11


def test_a_generator_that_fails_to_clean_up_loses_no_row(
    client_of: ClientFactory, settings: Settings
) -> None:
    """On a stop its clean-up raises: the row that was in hand still has its outcome."""
    read = 0

    def failing() -> Iterator[Candidate]:
        nonlocal read
        try:
            for each in rows(200):
                read += 1
                yield each
        finally:
            raise OSError("the clean-up failed")

    async def main() -> list[Outcome]:
        told = []
        async with client_of(Way(lambda _: reply(403)), evolve(settings, concurrency=3)) as client:
            with pytest.raises(OSError, match="clean-up"):
                async for outcome in verify_many(client, failing()):
                    told.append(outcome)
        return told

    assert len(virtual.run(main())) == read


def test_one_employer_that_is_rejected_costs_the_others_nothing(client_of: ClientFactory) -> None:
    """`screen` gives every row its outcome; those of the rejected employer are pending."""
    issue = {
        "name": "representedEnterpriseNumber",
        "detail": "should not be provided for a request from an employer",
    }
    way = Way(
        lambda request: (
            reply(400, {"issues": [issue]})
            if "representedEnterpriseNumber" in parameters(request)
            else reply()
        )
    )
    candidates = [
        Candidate(CITIZEN, DAY, represented_enterprise_number=MANDATARY),
        *(evolve(each, row=None) for each in rows(3)),
    ]

    async def main() -> list[str]:
        async with client_of(way) as client:
            return [type(outcome).__name__ for outcome in (await screen(client, candidates)).outcomes]

    assert virtual.run(main()) == ["Pending", "Answered", "Answered", "Answered"]


def test_a_token_is_proved_by_a_400(client_of: ClientFactory) -> None:
    """401, then rejections, then a 401 again: the second is not the second in a row."""
    said = iter([401, 400, 400, 401])
    way = Way(lambda _: reply(next(said, 200), {**GOOD, "type": "urn:problem-type:belgif:badRequest"}))

    async def main() -> None:
        async with client_of(way) as client:
            for number in NUMBERS[:2]:
                with pytest.raises(RequestRejected):
                    await client.verify(number, DAY)
            await client.verify(NUMBERS[2], DAY)

    virtual.run(main())
    assert way.token_calls == 3


def test_alone_an_odd_query_is_not_asked_for_ever(client_of: ClientFactory, settings: Settings) -> None:
    """With one call at a time, a citizen whose data always fails looks like an outage: once, not thrice."""
    way = Way(lambda request: reply(500) if parameters(request)["citizen"] == NUMBERS[2] else reply())

    async def main() -> list[Outcome]:
        async with client_of(way, evolve(settings, concurrency=1)) as client:
            return [outcome async for outcome in verify_many(client, rows(20))]

    outcomes = virtual.run(main())
    assert sum(isinstance(each, Pending) for each in outcomes) == 1
    assert len(way.calls) <= 19 + 16


@pytest.mark.parametrize("script", ["500", "302", "200"])
def test_every_fault_has_a_trace_id(client_of: ClientFactory, script: str) -> None:
    """What to quote to the helpdesk: theirs, or the one that we sent."""
    way = Way(lambda _: reply(int(script), []))

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(Fault) as raised:
                await client.verify(CITIZEN, DAY)
            sent = {each.headers["BelGov-Trace-Id"] for each in way.calls}
            assert raised.value.trace_id in sent

    virtual.run(main())


def test_a_client_can_be_opened_again(settings: Settings) -> None:
    """With a session of its own, in real time: the second opening makes another."""

    async def main() -> None:
        client = PrecontractualClient(evolve(settings, retry=evolve(settings.retry, attempts=1)))
        for _ in range(2):
            async with client:
                with pytest.raises(Unreachable, match="no connection"):
                    await client._session._fetch(None)
        assert client.statistics().requests == 2  # also after it is closed

    asyncio.run(main())


def test_pauses_of_no_seconds_count_once(client_of: ClientFactory, settings: Settings) -> None:
    """Ten refusals at once with Retry-After: 0 are one sign, not ten."""
    way = Way(lambda _: reply(429, retry_after="0") if len(way.calls) <= 10 else reply())

    async def main() -> float:
        async with client_of(way, evolve(settings, concurrency=10)) as client:
            await asyncio.gather(*(client.verify(number, DAY) for number in NUMBERS[:30]))
            assert isinstance(client._parts.rate_limiter, LocalRateLimiter)
            return client._parts.rate_limiter.share

    assert virtual.run(main()) > 0.6


def test_tokens_that_are_dead_on_arrival(client_of: ClientFactory) -> None:
    """A token that has expired before it can be used is not fetched for ever."""
    way = Way(token_life=0.01)

    async def main() -> None:
        async with client_of(way) as client:
            with pytest.raises(TokenUnavailable):
                await client.verify(CITIZEN, DAY)

    virtual.run(main())
    assert way.token_calls <= 8 * 5


def test_a_deadline_of_nothing(client_of: ClientFactory) -> None:
    """Zero seconds: asked once."""
    way = Way(lambda _: reply(500))

    async def main() -> None:
        async with client_of(way) as client:
            query = client.planner().plan(Candidate(CITIZEN, DAY))
            with pytest.raises(ServerError):
                await client.ask(query, deadline=0.0)  # type: ignore[arg-type]

    virtual.run(main())
    assert len(way.calls) == 1


@pytest.mark.parametrize("times", [1, 2, 5])
def test_a_reader_that_is_cancelled_again_and_again(
    client_of: ClientFactory, settings: Settings, times: int
) -> None:
    """What was answered is kept, however often the closing is cancelled; and no task is left."""
    way = Way()
    journal = SlowJournal()

    async def main() -> tuple[int, set[str]]:
        async with client_of(way, evolve(settings, rate=5)) as client:
            reader = asyncio.create_task(_read(verify_many(client, rows(40), journal=journal)))
            await asyncio.sleep(3)
            for _ in range(times):
                reader.cancel()
                await asyncio.sleep(0)
            with pytest.raises(asyncio.CancelledError):
                await reader
            return len(way.calls), {task.get_name() for task in asyncio.all_tasks()}

    calls, left = virtual.run(main())
    assert 5 < calls < 40
    assert calls - 10 <= journal.kept <= calls  # ten were on the wire
    assert not {
        name for name in left if name.startswith("precontractual-") and name != "precontractual-token"
    }


class SlowJournal(MemoryJournal):
    """Takes its time, and counts what is kept."""

    kept = 0

    async def keep(self, entries: Sequence[Entry]) -> None:
        await asyncio.sleep(0.3)
        await super().keep(entries)
        self.kept += len(entries)


async def _read(stream: AsyncIterator[Outcome]) -> None:
    async for _ in stream:
        pass


def test_what_cannot_be_kept_takes_nobody_along(client_of: ClientFactory) -> None:
    """A defect in the keeping of one row: that row is pending, the others are kept and told."""
    bad = NUMBERS[3]

    class Choosy(MemoryJournal):
        async def keep(self, entries: Sequence[Entry]) -> None:
            if any(entry.outcome.query.citizen.digits == bad for entry in entries):
                raise RecursionError
            await super().keep(entries)

    async def main() -> list[Outcome]:
        async with client_of(Way()) as client:
            return [outcome async for outcome in verify_many(client, rows(20), journal=Choosy())]

    told = {outcome.row: outcome for outcome in virtual.run(main())}
    odd = told.pop(3)
    assert isinstance(odd, Pending)
    assert isinstance(odd.fault, InternalFault)
    assert len(told) == 19
    assert all(isinstance(outcome, Answered) for outcome in told.values())


REFUSED = "0400000086"


def test_a_rejected_caller_in_an_outage(client_of: ClientFactory, settings: Settings) -> None:
    """Its rows are known without asking: held, they would go round and round, and the loop with them."""
    issue = {
        "name": "representedEnterpriseNumber",
        "detail": "representedEnterpriseNumber should not be provided for a request from an employer",
    }

    def api(request: HttpRequest) -> HttpResponse:
        if parameters(request).get("representedEnterpriseNumber") == REFUSED:
            return reply(400, {"issues": [issue]})
        return reply(500) if elapsed() < 60 else reply()

    async def live() -> AsyncIterator[Candidate]:
        yield Candidate(NUMBERS[0], DAY, REFUSED, row=0)
        await asyncio.sleep(1)
        for row in range(1, 6):
            yield Candidate(NUMBERS[row], DAY, row=row)
        await asyncio.sleep(20)
        yield Candidate(NUMBERS[6], DAY, REFUSED, row=6)

    told: dict[object, type[Outcome]] = {}

    async def main() -> None:
        async with client_of(Way(api), settings) as client:
            with pytest.raises(CallerRejected):
                async for outcome in verify_many(client, live()):
                    told[outcome.row] = type(outcome)

    virtual.run(main())
    assert told == {0: Pending, 6: Pending, **dict.fromkeys(range(1, 6), Answered)}


def test_a_firewall_that_refuses_everything_ends_the_run(client_of: ClientFactory) -> None:
    """Soon, with its reason, and not as an outage: each row was asked once at most."""
    way = Way(lambda _: reply(400, {}))
    told: list[Outcome] = []

    async def main() -> float:
        async with client_of(way) as client:
            with pytest.raises(RunStopped, match="refused without a reason") as raised:
                async for outcome in verify_many(client, rows(200)):
                    told.append(outcome)
            assert "firewalls" in raised.value.next_step
            return elapsed()

    assert virtual.run(main()) < 60
    assert all(isinstance(outcome, Pending) for outcome in told)
    assert len({parameters(call)["citizen"] for call in way.calls}) == len(way.calls) < 40


def test_a_firewall_that_refuses_some(client_of: ClientFactory) -> None:
    """Those rows are pending, asked once; the others have their answers."""
    bad = set(NUMBERS[:100:2])
    way = Way(lambda request: reply(403 + 6, {}) if parameters(request)["citizen"] in bad else reply())

    async def main() -> list[Outcome]:
        async with client_of(way) as client:
            return [outcome async for outcome in verify_many(client, rows(100))]

    told = virtual.run(main())
    assert sum(isinstance(outcome, Answered) for outcome in told) == 50
    assert len(way.calls) == 100


@pytest.mark.parametrize("error", [ConnectionError, RecursionError])
def test_a_journal_that_keeps_nothing_ends_the_run(
    client_of: ClientFactory, settings: Settings, error: type[Exception]
) -> None:
    """Whatever it raises: nobody is asked whose answer would be lost."""

    class Broken(MemoryJournal):
        async def keep(self, entries: Sequence[Entry]) -> None:
            raise error

    way = Way()

    async def main() -> None:
        async with client_of(way, evolve(settings, concurrency=2, rate=20)) as client:
            with pytest.raises(JournalFailed, match="a defect"):
                async for outcome in verify_many(client, rows(200), journal=Broken()):
                    assert isinstance(outcome, Pending)

    virtual.run(main())
    assert len(way.calls) < 20


def test_what_can_be_read_both_ways_is_read_asynchronously(client_of: ClientFactory) -> None:
    """As its maker surely means it, with a journal or without."""

    class Both:
        def __iter__(self) -> Iterator[Candidate]:
            raise AssertionError

        async def __aiter__(self) -> AsyncIterator[Candidate]:
            for each in rows(3):
                yield each

    async def main() -> int:
        async with client_of(Way()) as client:
            return len([outcome async for outcome in verify_many(client, Both())])

    assert virtual.run(main()) == 3
