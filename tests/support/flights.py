"""Cancelling who verifies, at a chosen suspension of the flight that would answer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from precontractual_async import Answer, PrecontractualClient, Query, Verifier
from precontractual_async.calls.rate_limiter import LocalRateLimiter

from .virtual import Suspensions

_verifying: ContextVar[asyncio.Task[Answer] | None] = ContextVar("verifying", default=None)
"""A flight is a task of its own, which inherits this from whoever took it off."""


def suspensions_of_flights(*cancelled: int) -> Suspensions:
    """At those with these numbers the task that verifies is cancelled, and not the flight."""
    return Suspensions(*cancelled, whose=_verifying.get)


@contextmanager
def counted(client: PrecontractualClient, points: Suspensions) -> Iterator[None]:
    """The flights of `client` go through `points`."""
    plain = client.ask

    def ask(query: Query) -> Coroutine[Any, Any, Answer]:
        return points.through(plain(query))

    client.ask = ask  # type: ignore[method-assign, assignment]
    yield
    client.ask = plain  # type: ignore[method-assign]


async def verified(client: PrecontractualClient, number: str, day: object) -> Answer:
    """`client.verify` by the current task, which a suspension of its flight may cancel."""
    _verifying.set(asyncio.current_task())
    return await client.verify(number, day)


def free(client: Verifier) -> None:
    """Nobody holds a place or a turn, nothing is under way, and no task is left but a fetch of the client's own."""
    assert (
        client._admission.places._semaphore._value
        == client.settings.concurrency - client._admission.places._left
    )
    assert isinstance(client._parts.rate_limiter, LocalRateLimiter)
    assert not client._parts.rate_limiter._turn.locked()
    assert not client._parts.rate_limiter._limiter._waiters
    assert (client._flights._under_way, client._calls._under_way) == ({}, {})
    assert (client.statistics().under_way, client.statistics().waiting) == (0, 0)
    names = {task.get_name() for task in asyncio.all_tasks()}
    assert not {name for name in names if name.startswith("precontractual")} - {"precontractual-token"}
