"""Runs a sandbox for blocking code: in a thread with its own event loop.

Knows how this thread starts and ends. Leaves to others: what it serves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Thread

from .server import Sandbox


@contextmanager
def in_thread(sandbox: Sandbox) -> Iterator[Sandbox]:
    """`sandbox`, which runs until the end of the block, even while the block waits.

    For tests without an event loop, and for tests with several event loops.

    Raises:
        OSError: the sandbox cannot listen at its port.

    >>> with in_thread(Sandbox(limit=None)) as sandbox:
    ...     sandbox.ledger.calls
    0
    """
    started: Future[Callable[[], object]] = Future()
    thread = Thread(target=_serve, args=(sandbox, started), name="precontractual-sandbox", daemon=True)
    thread.start()
    stop = started.result()
    try:
        yield sandbox
    finally:
        stop()
        thread.join()


def _serve(sandbox: Sandbox, started: Future[Callable[[], object]]) -> None:
    # The default loop, without the policy: tests may set a policy whose loop has its own clock.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        try:
            runner.run(_until_stopped(sandbox, started))
        except Exception as error:
            if started.done():
                raise
            started.set_exception(error)


async def _until_stopped(sandbox: Sandbox, started: Future[Callable[[], object]]) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    async with sandbox:
        started.set_result(lambda: loop.call_soon_threadsafe(stopped.set))
        await stopped.wait()
