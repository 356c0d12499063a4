"""Work that has to be done to its end, whoever gives up waiting for it.

Knows that a clean-up can be cancelled like anything else, and more than once. Refuses to know what is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine


async def shielded(work: Coroutine[object, object, None], name: str) -> None:
    """Do `work` in a task of that name; who is cancelled meanwhile is so once that is done."""
    doing = asyncio.create_task(work, name=name)
    cancelled: asyncio.CancelledError | None = None
    while not doing.done():
        try:
            await asyncio.wait([doing])
        except asyncio.CancelledError as error:
            cancelled = error
    doing.result()
    if cancelled is not None:
        raise cancelled
