"""The event loop that something belongs to, and the one error of whoever uses it in another.

Knows that connections, locks and timers of asyncio work in the loop that they were made in alone: elsewhere
they hang, warn, or speak of a loop that is closed. Refuses to know what is opened.
"""

from __future__ import annotations

import asyncio
import threading
from traceback import walk_stack
from typing import Final

OF_A_CLIENT: Final = (
    "Make one in each loop, and use and close it there; with pytest-asyncio, give its fixture and the tests "
    "the same loop_scope."
)
"""What to do when a client is used elsewhere."""

_BETWEEN: Final = {__name__.partition(".")[0], "asyncio", "contextlib"}
"""Packages whose frames stand between the program and what it opens."""


class LoopBinding:
    """Which loop something was opened in, where in the program that was, and whether it is used there.

    `what`: it, as the error calls it. `next_step`: what to do when it is used elsewhere.
    """

    def __init__(self, what: str, next_step: str) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        """None: it was never opened."""
        self._what = what
        self._next_step = next_step
        self._place = ""

    def bind(self) -> None:
        """It is opened, and belongs to the running loop from now on."""
        self.loop = asyncio.get_running_loop()
        self._place = f"at {_place()}, in thread {threading.current_thread().name}"

    def check(self) -> None:
        """Return when it may be used here.

        Raises:
            RuntimeError: the running loop is another than the one that it was opened in.
        """
        if self.loop is not None and self.loop is not asyncio.get_running_loop():
            raise self._elsewhere(self.loop)

    def check_running(self) -> None:
        """Return when its loop runs, in this thread or in another.

        Raises:
            RuntimeError: nothing happens there now.
        """
        if self.loop is not None and not self.loop.is_running():
            raise self._elsewhere(self.loop)

    def _elsewhere(self, loop: asyncio.AbstractEventLoop) -> RuntimeError:
        state = (
            ", which has ended" if loop.is_closed() else "" if loop.is_running() else ", which stands still"
        )
        return RuntimeError(
            f"{self._what} was opened in another event loop{state}: {self._place}. {self._next_step}"
        )


def _place() -> str:
    """The line of the program that waits for the opening."""
    for frame, line in walk_stack(None):
        if frame.f_globals.get("__name__", "").partition(".")[0] not in _BETWEEN:
            return f"{frame.f_code.co_filename}:{line}"
    return "an unknown place"
