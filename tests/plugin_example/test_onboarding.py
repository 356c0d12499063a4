"""The onboarding against the simulated gateway, in async tests."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
from onboarding import Advice, Onboarding

from precontractual_async.sandbox import SCENARIOS, Citizen, Sandbox, generate_ssins

CANDIDATE = "07.01.01-899.01"
TOMORROW = date.today() + timedelta(days=1)


@pytest.fixture
async def onboarding(precontractual_sandbox: Sandbox) -> AsyncIterator[Onboarding]:
    async with precontractual_sandbox.client() as client:
        yield Onboarding(client)


async def test_a_candidate_who_has_not_agreed_is_asked_to(
    precontractual_sandbox: Sandbox, onboarding: Onboarding
) -> None:
    """And once the candidate has, the next answer says so."""
    precontractual_sandbox.population[CANDIDATE] = Citizen(flexi="noGrant")
    assert await onboarding.advise(CANDIDATE, TOMORROW) is Advice.ASK_FOR_MANDATE
    precontractual_sandbox.population[CANDIDATE] = Citizen(flexi="ok")
    assert await onboarding.advise(CANDIDATE, TOMORROW) is Advice.HIRE


@pytest.mark.parametrize("number", SCENARIOS.values(), ids=SCENARIOS)
async def test_nobody_is_turned_away_for_anything_but_a_nok(
    precontractual_sandbox: Sandbox, onboarding: Onboarding, number: str
) -> None:
    """Whatever the service can answer."""
    citizen = precontractual_sandbox.population[number]
    is_no = citizen.exists and citizen.flexi == "nok"
    assert (await onboarding.advise(number, TOMORROW) is Advice.DO_NOT) == is_no


async def test_what_is_certain_is_asked_once(precontractual_sandbox: Sandbox, onboarding: Onboarding) -> None:
    """Each call is a logged consultation of somebody's data."""
    precontractual_sandbox.population[CANDIDATE] = Citizen(flexi="ok")
    for _ in range(3):
        assert await onboarding.advise(CANDIDATE, TOMORROW) is Advice.HIRE
    assert precontractual_sandbox.ledger.requests_of(CANDIDATE, TOMORROW) == 1


async def test_an_outage_is_not_a_no(precontractual_sandbox: Sandbox, onboarding: Onboarding) -> None:
    """Every call fails, also when it is sent again."""
    precontractual_sandbox.faults.outages = [(0, math.inf)]
    assert await onboarding.advise(CANDIDATE, TOMORROW) is Advice.LATER
    assert set(precontractual_sandbox.ledger.statuses) == {503}


async def test_what_passes_is_not_noticed(precontractual_sandbox: Sandbox, onboarding: Onboarding) -> None:
    """An error, a limit, an expired token and a broken connection, one after the other."""
    precontractual_sandbox.population[CANDIDATE] = Citizen(flexi="ok")
    precontractual_sandbox.faults.upcoming = [500, 429, 401, 0]
    precontractual_sandbox.faults.retry_after = 0
    assert await onboarding.advise(CANDIDATE, TOMORROW) is Advice.HIRE
    assert precontractual_sandbox.ledger.statuses == {500: 1, 429: 1, 401: 1, 0: 1, 200: 1}


async def test_a_crowd_shares_one_token(precontractual_sandbox: Sandbox, onboarding: Onboarding) -> None:
    """However slow the OAuth server is."""
    precontractual_sandbox.faults.token_latency = 0.05
    await asyncio.gather(*(onboarding.advise(number, TOMORROW) for number in generate_ssins(50)))
    assert precontractual_sandbox.ledger.distinct == 50
    assert precontractual_sandbox.oauth.requests == 1


async def test_the_next_quarter_opens_in_the_last_month_of_this_one(
    precontractual_sandbox: Sandbox, onboarding: Onboarding
) -> None:
    """The clock is the test's to turn."""
    precontractual_sandbox.population[CANDIDATE] = Citizen(flexi="ok")
    precontractual_sandbox.clock = lambda: datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert await onboarding.advise(CANDIDATE, date(2027, 1, 4)) is Advice.LATER
    precontractual_sandbox.clock = lambda: datetime(2026, 12, 1, 12, tzinfo=UTC)
    assert await onboarding.advise(CANDIDATE, date(2027, 1, 4)) is Advice.HIRE
