"""Outages: told from one query's bad luck, waited out with few requests, ended without a row lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest
from attrs import evolve
from support import virtual
from support.numbers import generated
from support.virtual import elapsed
from support.ways import GOOD, Way, parameters, reply

from precontractual_async import (
    Answered,
    Candidate,
    Fault,
    GatewayDown,
    Interrupted,
    Outcome,
    Pending,
    PrecontractualClient,
    Settings,
    Unreachable,
    verify_many,
)
from precontractual_async.protocol.wire import HttpRequest, HttpResponse

ClientFactory = Callable[..., PrecontractualClient]
DAY = "2026-12-01"
NUMBERS = list(generated(2000))


def rows(count: int) -> list[Candidate]:
    return [Candidate(number, DAY, row=row) for row, number in enumerate(NUMBERS[:count])]


class Down:
    """A gateway that is away from `start` to `end`, in one of its ways."""

    def __init__(self, start: float, end: float, kind: str = "500") -> None:
        self.start, self.end, self.kind = start, end, kind
        self.during = 0

    def __call__(self, _: HttpRequest) -> HttpResponse:
        if not self.start <= elapsed() < self.end:
            return reply()
        self.during += 1
        if self.kind == "reset":
            raise Unreachable("the connection broke")
        if self.kind == "page":
            return HttpResponse(200, {"content-type": "text/html"}, b"<h1>maintenance</h1>")
        return reply(int(self.kind))


async def collect(
    client: PrecontractualClient, questions: list[Candidate], stop: asyncio.Event | None = None
) -> tuple[list[Outcome], Fault | None]:
    outcomes = []
    try:
        async for outcome in verify_many(client, questions, stop=stop):
            outcomes.append(outcome)
    except Fault as fault:
        return outcomes, fault
    return outcomes, None


@pytest.mark.parametrize("kind", ["500", "503", "429", "reset"])
@pytest.mark.parametrize("width", [1, 2, 4, 10, 50])
def test_ten_minutes(client_of: ClientFactory, settings: Settings, width: int, kind: str) -> None:
    """At most 2W+20 requests while it lasts, no row fails, and the batch completes by itself."""
    down = Down(1.0, 601.0, kind)

    async def main() -> tuple[list[Outcome], Fault | None, float]:
        async with client_of(Way(down), evolve(settings, concurrency=width, rate=100)) as client:
            return *await collect(client, rows(300)), elapsed()

    outcomes, fault, end = virtual.run(main())
    assert fault is None
    assert {type(outcome) for outcome in outcomes} == {Answered}
    assert sorted(outcome.row for outcome in outcomes) == list(range(300))  # type: ignore[type-var]
    assert down.during <= 2 * width + 20
    assert end < 601 + 60 + 300 / (100 if width > 1 else 50)


@pytest.mark.parametrize("width", [1, 10])
def test_two_hours_at_the_end_of_a_list(client_of: ClientFactory, settings: Settings, width: int) -> None:
    """Also when nothing else is left to probe with."""
    down = Down(0.2, 6_000.0)
    few = rows(width + 10)

    async def main() -> tuple[list[Outcome], Fault | None]:
        async with client_of(Way(down), evolve(settings, concurrency=width, rate=100)) as client:
            return await collect(client, few)

    outcomes, fault = virtual.run(main())
    assert fault is None
    assert Counter(type(outcome) for outcome in outcomes) == {Answered: len(few)}
    assert down.during <= 2 * width + 20 + 100


def test_what_waits_for_its_slot_waits_for_the_end(client_of: ClientFactory, settings: Settings) -> None:
    """Also what was let through before the outage was known: fifty that wait at ten a second."""
    down = Down(1.0, 61.0)

    async def main() -> tuple[list[Outcome], Fault | None]:
        async with client_of(Way(down), evolve(settings, concurrency=50, rate=10)) as client:
            return await collect(client, rows(100))

    outcomes, fault = virtual.run(main())
    assert fault is None
    assert Counter(type(outcome) for outcome in outcomes) == {Answered: 100}
    assert down.during <= 10 + 8


def test_the_oauth_server_is_away(client_of: ClientFactory, settings: Settings) -> None:
    """No token for ten minutes: few are asked for, and nothing is lost."""
    away = Down(0.0, 600.0, "503")
    way = Way()
    way.oauth = lambda request: away(request) if elapsed() < 600 else way.fresh_token()

    async def main() -> tuple[list[Outcome], Fault | None]:
        async with client_of(way, evolve(settings, concurrency=10)) as client:
            return await collect(client, rows(300))

    outcomes, fault = virtual.run(main())
    assert fault is None
    assert {type(outcome) for outcome in outcomes} == {Answered}
    assert away.during <= 40


def test_patience_ends(client_of: ClientFactory, settings: Settings) -> None:
    """After it the run stops once; what is left is pending, and nobody waits on."""
    impatient = evolve(settings, concurrency=10, retry=evolve(settings.retry, patience=120))
    down = Down(1.0, 100_000.0)

    async def main() -> tuple[list[Outcome], Fault | None, float]:
        async with client_of(Way(down), evolve(impatient, rate=100)) as client:
            return *await collect(client, rows(1000)), elapsed()

    outcomes, fault, end = virtual.run(main())
    assert isinstance(fault, GatewayDown)
    assert "120 seconds" in fault.diagnosis
    assert {type(outcome) for outcome in outcomes} == {Answered, Pending}
    assert 120 <= end < 135
    assert down.during <= 40


@pytest.mark.parametrize("count", [1, 3, 300])
def test_patience_with_a_few_rows_and_no_token(
    client_of: ClientFactory, settings: Settings, count: int
) -> None:
    """So few that they cannot spend the budget: they do not try for longer than they were told to."""
    impatient = evolve(settings, concurrency=10, retry=evolve(settings.retry, patience=5))
    way = Way()
    way.oauth = Down(0.0, 100_000.0, "reset")

    async def main() -> tuple[list[Outcome], Fault | None, float]:
        async with client_of(way, impatient) as client:
            return *await collect(client, rows(count)), elapsed()

    outcomes, fault, end = virtual.run(main())
    assert isinstance(fault, GatewayDown)
    assert fault.diagnosis == (
        "no answer from the gateway for 5 seconds (last: the OAuth server: the connection broke)"
    )
    assert 5 <= end < 20
    assert {type(outcome) for outcome in outcomes} == {Pending}


def test_an_odd_row_is_no_outage(client_of: ClientFactory, settings: Settings) -> None:
    """While others are answered a row that fails again and again ends nothing, however little the patience."""
    impatient = evolve(settings, concurrency=2, rate=1, retry=evolve(settings.retry, patience=5))

    def api(request: HttpRequest) -> HttpResponse:
        return reply(500 if parameters(request)["citizen"] == NUMBERS[0] else 200)

    async def main() -> tuple[list[Outcome], Fault | None]:
        async with client_of(Way(api), impatient) as client:
            return await collect(client, rows(60))

    outcomes, fault = virtual.run(main())
    assert fault is None
    assert [outcome.row for outcome in outcomes if isinstance(outcome, Pending)] == [0]


def test_no_patience_at_all(client_of: ClientFactory, settings: Settings) -> None:
    """Zero: the outage ends the run as soon as it is known to be one."""
    impatient = evolve(settings, concurrency=10, retry=evolve(settings.retry, patience=0))
    down = Down(0.0, 100_000.0)

    async def main() -> tuple[list[Outcome], Fault | None, float]:
        async with client_of(Way(down), impatient) as client:
            return *await collect(client, rows(100)), elapsed()

    _, fault, end = virtual.run(main())
    assert isinstance(fault, GatewayDown)
    assert end < 2
    assert down.during <= 20


def test_a_stop_during_an_outage_is_heeded_at_once(client_of: ClientFactory, settings: Settings) -> None:
    """Nobody waits for the gateway to come back."""

    async def main() -> tuple[Fault | None, float]:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(200, stop.set)
        async with client_of(Way(Down(1.0, 9_999.0)), evolve(settings, concurrency=10)) as client:
            _, fault = await collect(client, rows(2000), stop)
            return fault, elapsed()

    fault, end = virtual.run(main())
    assert isinstance(fault, Interrupted)
    assert 200 <= end < 201


def test_one_odd_query_is_no_outage(client_of: ClientFactory, settings: Settings) -> None:
    """Citizens whose data always fails spend their own attempts; the others never wait for them."""
    odd = {NUMBERS[3], NUMBERS[500], NUMBERS[501]}

    def api(request: HttpRequest) -> HttpResponse:
        return reply(500) if parameters(request)["citizen"] in odd else reply()

    async def main() -> tuple[list[Outcome], Fault | None, float]:
        async with client_of(Way(api), evolve(settings, concurrency=10, rate=10)) as client:
            return *await collect(client, rows(1000)), elapsed()

    outcomes, fault, end = virtual.run(main())
    assert fault is None
    assert Counter(type(outcome) for outcome in outcomes) == {Answered: 997, Pending: 3}
    assert end < 110


@pytest.mark.parametrize("width", [1, 3, 10])
def test_a_list_that_ends_in_odd_queries_ends(
    client_of: ClientFactory, settings: Settings, width: int
) -> None:
    """Only odd ones left, which looks like an outage: they are given up in the end, the answers stand."""
    odd = set(NUMBERS[50:75])

    def api(request: HttpRequest) -> HttpResponse:
        return reply(500) if parameters(request)["citizen"] in odd else reply()

    async def main() -> tuple[list[Outcome], Fault | None, float]:
        async with client_of(Way(api), evolve(settings, concurrency=width)) as client:
            return *await collect(client, rows(75)), elapsed()

    outcomes, _, end = virtual.run(main())
    assert Counter(type(outcome) for outcome in outcomes)[Answered] == 50
    assert end < 7200 + 15


def test_a_fifth_of_errors_is_no_outage(client_of: ClientFactory, settings: Settings) -> None:
    """A poor gateway is still asked at the full pace."""
    count = 0

    def api(_: HttpRequest) -> HttpResponse:
        nonlocal count
        count += 1
        return reply(500) if count % 5 < 1 else reply(200, GOOD)

    async def main() -> tuple[list[Outcome], Fault | None, float]:
        async with client_of(Way(api), evolve(settings, concurrency=20, rate=100)) as client:
            return *await collect(client, rows(2000)), elapsed()

    outcomes, fault, end = virtual.run(main())
    assert fault is None
    assert {type(outcome) for outcome in outcomes} == {Answered}
    assert end < 2000 * 1.25 / 97.5 + 5


def test_leaving_during_an_outage_leaves_nothing(client_of: ClientFactory, settings: Settings) -> None:
    """Cancelled while everybody waits, at any moment: no task and no turn is left behind."""

    async def main(after: float) -> None:
        async with client_of(Way(Down(0.5, 9_999.0)), evolve(settings, concurrency=10)) as client:
            task = asyncio.create_task(collect(client, rows(2000)))
            await asyncio.sleep(after)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert asyncio.all_tasks() == {asyncio.current_task()}

    for after in (0.505, 0.6, 1.0, 1.4, 2.0, 3.7, 100.0):
        virtual.run(main(after))
