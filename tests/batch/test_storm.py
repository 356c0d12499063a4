"""The pool in every weather: random answers, delays, duplicates, stops and leavings; nothing is lost or left."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import pytest
from attrs import evolve
from support import virtual
from support.numbers import generated
from support.ways import Way, parameters, reply

from precontractual_async import Candidate, Fault, Outcome, PrecontractualClient, Settings, verify_many
from precontractual_async.protocol.wire import HttpRequest, HttpResponse

ClientFactory = Callable[..., PrecontractualClient]
DAY = "2026-12-01"
NUMBERS = list(generated(40))


class Weather:
    """A gateway, an input and a consumer whose moods come from one seed."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.read: list[int] = []
        self.stops = self.draw.random() < 0.4
        self.leaves = self.draw.random() < 0.3
        self.breaks = self.draw.random() < 0.2
        self.rows = self.draw.choice((0, 1, 5, 60, 300))

    async def api(self, request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(self.draw.choice((0, 0, 0.1, 3)))
        mood = self.draw.random()
        if self.stops and mood < 0.02:
            return reply(403)
        if mood < 0.1:
            return reply(500)
        if mood < 0.13:
            return reply(429, retry_after="1")
        if mood < 0.16:
            raise KeyError(parameters(request)["citizen"])
        if mood < 0.2:
            return reply(400, {"issues": [{"name": "citizen"}]})
        return reply(401) if mood < 0.22 else reply()

    async def questions(self) -> AsyncIterator[Candidate]:
        for row in range(self.rows):
            if self.draw.random() < 0.1:
                await asyncio.sleep(self.draw.choice((0, 1, 20)))
            if self.breaks and self.draw.random() < 0.01:
                raise OSError("the list went away")
            self.read.append(row)
            number = "bad" if self.draw.random() < 0.1 else self.draw.choice(NUMBERS)
            yield Candidate(number, self.draw.choice((DAY, DAY, "2027-01-05")), row=row)


@pytest.mark.parametrize("seed", range(150))
def test_every_row_that_was_read_comes_back_once(
    client_of: ClientFactory, settings: Settings, seed: int
) -> None:
    """Whatever happens: each row that was read has one outcome, unless the consumer left; no task stays."""
    weather = Weather(seed)
    width, remember = weather.draw.choice((1, 3, 10)), weather.draw.choice((0, 2, None))
    outcomes: list[Outcome] = []

    async def consume(client: PrecontractualClient) -> None:
        async with aclosing(verify_many(client, weather.questions(), remember=remember)) as stream:
            async for outcome in stream:
                outcomes.append(outcome)
                if weather.draw.random() < 0.05:
                    await asyncio.sleep(5)
                if weather.leaves and weather.draw.random() < 0.02:
                    return

    async def main() -> None:
        async with client_of(Way(weather.api), evolve(settings, concurrency=width)) as client:
            try:
                async with asyncio.timeout(3600):
                    await consume(client)
            except (Fault, OSError) as error:
                assert not isinstance(error, TimeoutError), "the run hangs"
        assert asyncio.all_tasks() == {asyncio.current_task()}

    virtual.run(main())
    told = Counter(outcome.row for outcome in outcomes)
    assert set(told.values()) <= {1}
    if not weather.leaves:
        assert sorted(told) == weather.read  # type: ignore[type-var]
