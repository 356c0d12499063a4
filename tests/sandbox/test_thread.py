"""A sandbox in a thread of its own: for code that blocks, and looked at while it is asked."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from precontractual_async import Answer, RequestRejected
from precontractual_async.sandbox import Citizen, Population, Sandbox, generate_ssins, in_thread

CITIZEN = "07010189901"


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with in_thread(Sandbox(limit=None)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(served: Sandbox) -> Sandbox:
    served.reset()
    return served


async def asked(sandbox: Sandbox, *numbers: str) -> list[Answer | BaseException]:
    day = sandbox.now().date() + timedelta(days=1)
    async with sandbox.client() as client:
        calls = (client.verify(number, day) for number in numbers)
        return await asyncio.gather(*calls, return_exceptions=True)


def hours(answer: Answer | BaseException) -> int | None:
    assert isinstance(answer, Answer)
    return answer.student_job.hours_remaining


def test_code_that_blocks_is_answered(sandbox: Sandbox) -> None:
    """While this thread runs a loop of its own, and after it has ended."""
    sandbox.population[CITIZEN] = Citizen(hours=7)
    for _ in range(2):
        (answer,) = asyncio.run(asked(sandbox, CITIZEN))
        assert hours(answer) == 7
    assert (sandbox.ledger.calls, sandbox.oauth.requests) == (2, 2)


def test_it_may_be_looked_at_and_changed_while_it_is_asked(sandbox: Sandbox) -> None:
    """Threads take turns as often as they can; nothing breaks, and every answer is one that was set."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(1) as pool:
            numbers = [CITIZEN, *generate_ssins(300)]
            answers = pool.submit(lambda: asyncio.run(asked(sandbox, *numbers)))
            while not answers.done():
                for number in (7, 8):
                    sandbox.population[CITIZEN] = Citizen(hours=number)
                    sandbox.ledger.statistics()
                    sandbox.ledger.requests_of(CITIZEN, date(2026, 12, 1))
        citizen, *others = answers.result()
    finally:
        sys.setswitchinterval(interval)
    assert hours(citizen) in (7, 8)
    assert {type(other) for other in others} == {Answer, RequestRejected}  # some do not exist
    assert sandbox.ledger.statuses.total() == sandbox.ledger.calls == sandbox.ledger.distinct == 301


def test_who_is_asked_for_first_by_two_threads_is_one_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one thread still makes a citizen up, another sets it: that one stays."""
    population = Population(date(2026, 11, 24))

    def too_slow(digits: str, _: date) -> Citizen:
        population[digits] = Citizen(hours=7)
        return Citizen(hours=8)

    monkeypatch.setattr("precontractual_async.sandbox.population._made_up", too_slow)
    assert population[next(generate_ssins(1))].hours == 7


def test_a_start_that_fails_is_told_here() -> None:
    """As its own error, not in the thread."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        sandbox = Sandbox(port=taken.getsockname()[1])
        with pytest.raises(OSError, match="address"), in_thread(sandbox):
            pass


def test_its_loop_is_the_plain_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop with a clock of its own, which a policy makes, is for the code under test alone."""
    monkeypatch.setattr("asyncio.events.new_event_loop", pytest.fail)
    with in_thread(Sandbox(limit=None)) as sandbox:
        assert sandbox.ledger.calls == 0
