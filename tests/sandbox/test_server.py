"""The sandbox over real HTTP on the loopback: the shell adds sockets to the gateway and nothing else."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import aiohttp
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from yarl import URL

from precontractual_async import (
    BrokenAnswer,
    CallerRejected,
    DeadlinePassed,
    Fault,
    PrecontractualClient,
    RequestRejected,
    RetryPolicy,
    StartDateWindow,
    Unreachable,
    load_settings,
)
from precontractual_async.sandbox import SCENARIOS, Citizen, Faults, Kind, Population, Sandbox

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    .decode()
)
ASK = {"mandataryEnterpriseNumber": "0880820673", "citizen": "07010189901", "startDate": "2026-12-01"}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(clock=lambda: NOW, private_key_pem=KEY) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def form(sandbox: Sandbox, kind: Kind = Kind.EMPLOYER) -> dict[str, str]:
    settings, at = sandbox.settings(kind), int(NOW.timestamp())
    name = settings.credentials.client_id
    claims = {"iss": name, "sub": name, "aud": settings.audience, "jti": str(uuid.uuid4()), "iat": at}
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode(claims | {"exp": at + 300}, KEY, algorithm="RS256"),
    }


async def bearer(sandbox: Sandbox, http: aiohttp.ClientSession, kind: Kind = Kind.EMPLOYER) -> dict[str, str]:
    async with http.post(sandbox.token_url, data=form(sandbox, kind)) as response:
        assert (response.status, response.headers["Cache-Control"]) == (200, "no-store")
        return {"Authorization": f"Bearer {(await response.json())['access_token']}"}


def address(sandbox: Sandbox) -> str:
    return sandbox.api_url + sandbox.settings().api_path


async def test_a_call_over_http(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    """A token, a call with it, and the trace id that was sent comes back."""
    headers = await bearer(sandbox, http) | {"BelGov-Trace-Id": "abc"}
    async with http.get(address(sandbox), params=ASK, headers=headers) as response:
        assert (response.status, response.headers["BelGov-Trace-Id"]) == (200, "abc")
        assert (await response.json())["studentJobResult"]["hoursRemaining"] == 50
    assert sandbox.ledger.requests_of("07010189901", date(2026, 12, 1)) == 1


async def test_the_query_is_read_once(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    """An escaped ampersand stays part of its value, and a blank is not trimmed away."""
    headers = await bearer(sandbox, http)
    for query in (
        "mandataryEnterpriseNumber=0880820673&citizen=07010189901%26startDate%3D2026-12-01",
        "mandataryEnterpriseNumber=0880820673&citizen=07010189901%20&startDate=2026-12-01",
        "mandataryEnterpriseNumber=0880820673&citizen=%2007010189901&startDate=2026-12-01",
    ):
        async with http.get(URL(f"{address(sandbox)}?{query}", encoded=True), headers=headers) as response:
            assert response.status == 400


@pytest.mark.parametrize("kind", list(Kind))
async def test_settings_of_each_kind_work(sandbox: Sandbox, http: aiohttp.ClientSession, kind: Kind) -> None:
    """Employer, provider and portal are answered when they ask as they are."""
    caller = sandbox.settings(kind).caller
    asked = ASK | {"mandataryEnterpriseNumber": caller.enterprise_number.digits}
    if caller.represented_enterprise_number is not None:
        asked["representedEnterpriseNumber"] = caller.represented_enterprise_number.digits
    if caller.mandatary_ssin is not None:
        asked["mandatarySsin"] = caller.mandatary_ssin.digits
    headers = await bearer(sandbox, http, kind)
    async with http.get(address(sandbox), params=asked, headers=headers) as response:
        assert response.status == 200


async def test_token_requests_in_flight_are_counted(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    """Two token requests at once are seen as two; the delay of the first overlaps the second."""
    sandbox.faults.token_latency = 0.05
    await asyncio.gather(bearer(sandbox, http), bearer(sandbox, http))
    assert (sandbox.oauth.requests, sandbox.ledger.most_tokens_in_flight) == (2, 2)


async def test_latency_delays_the_answer(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    """A call takes at least as long as it was told to."""
    headers, started = await bearer(sandbox, http), time.monotonic()
    sandbox.faults.latency = 0.05
    async with http.get(address(sandbox), params=ASK, headers=headers) as response:
        assert response.status == 200
    assert time.monotonic() - started >= 0.05


async def test_a_dropped_connection_has_no_answer(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    """The client sees a broken connection, and the ledger counts it under 0."""
    headers = await bearer(sandbox, http)
    sandbox.faults.drop_share = 1.0
    with pytest.raises(aiohttp.ClientConnectionError):
        await http.get(address(sandbox), params=ASK, headers=headers)
    assert sandbox.ledger.statuses[0] >= 1


async def test_statistics_are_no_call(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    """They are JSON, hold no number of anybody, and asking for them is not counted."""
    headers = await bearer(sandbox, http)
    async with http.get(address(sandbox), params=ASK, headers=headers) as response:
        assert response.status == 200
    async with http.get(f"{sandbox.url}/_sandbox/statistics") as response:
        statistics = await response.json()
    assert (statistics["calls"], statistics["token_requests"]) == (1, 1)
    assert "07010189901" not in json.dumps(statistics)


async def test_a_population_can_be_brought_along() -> None:
    """Who lives in the sandbox is the caller's to say, and starting it again changes nobody."""
    mine = Population(NOW.date())
    mine["07010189901"] = Citizen(hours=7)
    async with Sandbox(population=mine, private_key_pem=KEY) as sandbox:
        assert sandbox.population["07010189901"].hours == 7


async def test_variables_are_those_of_the_settings(sandbox: Sandbox) -> None:
    """What the command prints to export names the running server and the key file, never the key."""
    values = sandbox.variables(Kind.PROVIDER, Path("/tmp/key.pem"))  # noqa: S108 (a name only)
    assert values["PRECONTRACTUAL_TOKEN_URL"] == sandbox.token_url
    assert values["PRECONTRACTUAL_REPRESENTED_ENTERPRISE_NUMBER"] == "0880820673"
    assert not [value for value in values.values() if "PRIVATE KEY" in value]


@pytest.mark.parametrize("kind", list(Kind))
async def test_variables_without_a_file_make_a_client(sandbox: Sandbox, kind: Kind) -> None:
    """On one line each, key included; the patience as well, when it is not the usual one."""
    sandbox.retry = RetryPolicy(patience=2.0)
    values = sandbox.variables(kind)
    assert not [value for value in values.values() if "\n" in value]
    assert load_settings(values).retry.patience == 2.0
    async with PrecontractualClient(load_settings(values), now=sandbox.now) as client:
        assert (await client.verify("07010189901", date(2026, 12, 1))).student_job.hours_remaining == 50


async def test_a_limit_that_is_changed_holds_at_once(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    """For the gateway, and for the settings of clients that come after."""
    headers = await bearer(sandbox, http)
    sandbox.limit = 1
    assert sandbox.settings().rate == 1
    statuses = []
    for _ in range(2):
        async with http.get(address(sandbox), params=ASK, headers=headers) as response:
            statuses.append(response.status)
    assert statuses == [200, 429]


async def test_reset_begins_anew_with_the_same_address_key_and_tokens(
    sandbox: Sandbox, http: aiohttp.ClientSession
) -> None:
    """All else is as it was made; a client from before goes on without noticing."""
    url, headers = sandbox.url, await bearer(sandbox, http)
    sandbox.population["07010189901"] = Citizen(hours=7)
    sandbox.faults.upcoming = [500]
    sandbox.faults.latency = 3600
    sandbox.limit = 0
    sandbox.oauth.token_life = 1
    sandbox.oauth.scopes = frozenset()
    sandbox.clock, sandbox.retry = (lambda: NOW + timedelta(days=400)), RetryPolicy(attempts=1)
    sandbox.reset()
    assert (sandbox.url, sandbox.faults, sandbox.limit) == (url, Faults(), 50)
    oauth = sandbox.oauth
    assert (oauth.token_life, oauth.scopes, oauth.requests) == (300, None, 0)
    assert (sandbox.now(), sandbox.retry, sandbox.ledger.calls) == (NOW, RetryPolicy(), 0)
    async with http.get(address(sandbox), params=ASK, headers=headers) as response:
        assert (await response.json())["studentJobResult"]["hoursRemaining"] == 50
    assert (sandbox.ledger.statuses, sandbox.oauth.requests) == ({200: 1}, 0)
    await bearer(sandbox, http)
    assert sandbox.oauth.requests == 1


def test_nothing_runs_before_it_is_entered() -> None:
    """The constructor does no I/O: what needs a running server says so."""
    with pytest.raises(RuntimeError, match="async with"):
        Sandbox().settings()


@pytest.mark.parametrize(
    ("what", "raised"),
    [
        (400, RequestRejected),
        ("unknown_citizen", RequestRejected),
        ("past_start_date", RequestRejected),
        ("start_date_not_open", RequestRejected),
        ("unknown_enterprise", CallerRejected),
        ("another_enterprise", CallerRejected),
        ("represented_missing", CallerRejected),
        ("represented_not_allowed", CallerRejected),
        ("page", BrokenAnswer),
        ("garbage", BrokenAnswer),
        ("half", Unreachable),
        ("dropped", Unreachable),
        ("revoked", None),
        ("slow", None),
    ],
)
async def test_each_fault_has_a_name(pem: str, what: int | str, raised: type[Fault] | None) -> None:
    """What it does to a client that asks just once; and the next call is as usual."""
    faults = Faults(upcoming=[what], slow_for=0.01)
    async with (
        Sandbox(limit=None, private_key_pem=pem, faults=faults) as sandbox,
        sandbox.client() as client,
    ):
        once = client.with_options(retry=RetryPolicy(attempts=1))
        day = StartDateWindow.at(sandbox.now()).last
        if raised is None:
            await once.verify(SCENARIOS["bothOk"], day)
            assert sandbox.ledger.calls == (2 if what == "revoked" else 1)
        else:
            with pytest.raises(raised) as told:
                await once.verify(SCENARIOS["bothOk"], day)
            assert type(told.value).__name__ != "Unexplained"
        assert sandbox.faults.upcoming == []
        await once.verify(SCENARIOS["bothOk"], day)


async def test_a_fault_that_nobody_knows_and_a_slow_citizen(pem: str) -> None:
    """The first is named, with those that there are; the second takes the time that it was given."""
    with pytest.raises(ValueError, match="no fault is called 'sloww'; there are: unknown_citizen"):
        Faults(upcoming=["sloww"]).next_upcoming()
    async with Sandbox(limit=None, private_key_pem=pem) as sandbox, sandbox.client() as client:
        sandbox.population[SCENARIOS["bothOk"]].latency = 30
        with pytest.raises(DeadlinePassed):
            await client.verify(SCENARIOS["bothOk"], StartDateWindow.at(sandbox.now()).last, deadline=0.3)
