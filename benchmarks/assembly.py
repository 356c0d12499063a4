"""The five packages put together in the obvious way: what one writes in an afternoon, to compare with.

It is what each package's own first page shows: a cattrs converter over attrs classes, tenacity around every
call, an AsyncLimiter, a token behind a lock, a semaphore over one task for each row. It is right when all
goes well; what it does when not is in guides/faults.md.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable

import aiohttp
import cattrs
from aiolimiter import AsyncLimiter
from attrs import define, field
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter


@define
class Description:
    type: str | None = None
    cause: str | None = None
    label: dict[str, str] = field(factory=dict)


@define
class Flexi:
    allowed: str
    flexiJobReference: str | None = None  # noqa: N815 (the gateway's names)
    description: Description | None = None


@define
class Student:
    allowed: str
    studentJobReference: str | None = None  # noqa: N815
    hoursRemaining: int | None = None  # noqa: N815
    description: Description | None = None


@define
class Answer:
    precontractualMainReference: str  # noqa: N815
    flexiJobResult: Flexi | None = None  # noqa: N815
    studentJobResult: Student | None = None  # noqa: N815


@define
class Client:
    """Shares a session, a token and a limiter."""

    session: aiohttp.ClientSession
    url: str
    token_url: str
    headers: Callable[[str], dict[str, str]]
    limiter: AsyncLimiter = field(factory=lambda: AsyncLimiter(1_000_000, 1))
    lock: asyncio.Lock = field(factory=asyncio.Lock)
    token: str = ""
    expires_at: float = 0.0

    async def bearer(self) -> str:
        async with self.lock:
            if time.monotonic() > self.expires_at - 60:
                async with self.session.post(
                    self.token_url, data={"grant_type": "client_credentials"}
                ) as answer:
                    document = await answer.json()
                self.token = document["access_token"]
                self.expires_at = time.monotonic() + document["expires_in"]
            return self.token

    async def verify(self, parameters: str) -> Answer:
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(5),
            wait=wait_exponential_jitter(),
            retry=retry_if_exception_type(aiohttp.ClientError),
            reraise=True,
        ):
            with attempt:
                token = await self.bearer()
                async with (
                    self.limiter,
                    self.session.get(f"{self.url}?{parameters}", headers=self.headers(token)) as answer,
                ):
                    answer.raise_for_status()
                    return cattrs.structure(await answer.json(), Answer)
        raise AssertionError


async def run(
    url: str, token_url: str, questions: list[tuple[str, str]], headers: Callable[[str], dict[str, str]]
) -> None:
    """Ask them all, 64 at a time, and count the answers."""
    places = asyncio.Semaphore(64)
    statuses: Counter[str] = Counter()
    results: dict[str, Answer] = {}

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        client = Client(session, url, token_url, headers)

        async def one(number: str, parameters: str) -> None:
            async with places:
                results[number] = answer = await client.verify(parameters)
            statuses[answer.studentJobResult.allowed if answer.studentJobResult else "none"] += 1

        await asyncio.gather(*(one(*question) for question in questions))
    assert statuses.total() == len(questions)
