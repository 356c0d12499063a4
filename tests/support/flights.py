"""Cancelling who verifies, at a chosen suspension of the flight that would answer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from precontractual_async import Answer, PrecontractualClient, Query

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
