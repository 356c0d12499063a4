"""Work that runs to its end, even when the task that waits for it is cancelled.

Knows that the wait for a clean-up can be cancelled, even several times. Leaves to others: what the work is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine


async def shielded(work: Coroutine[object, object, None], name: str) -> None:
    """Run `work` in a task called `name`; a cancellation of the caller takes effect after its end."""
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
