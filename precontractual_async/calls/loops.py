"""Binds an object to its event loop, and raises one clear error when it is used in another loop.

Knows that connections, locks and timers of asyncio work only in the loop in which they were made: in another
loop they hang, warn, or complain of a closed loop. Leaves to others: what is opened.
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
"""The next step when a client is used in another loop."""

_BETWEEN: Final = {__name__.partition(".")[0], "asyncio", "contextlib"}
"""Packages whose frames are skipped in the search for the program's own line."""


class LoopBinding:
    """The loop in which an object was opened, and the line of the program that opened it.

    `what`: the name of the object in the error. `next_step`: what to do when it is used in another loop.
    """

    def __init__(self, what: str, next_step: str) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        """None: the object was never opened."""
        self._what = what
        self._next_step = next_step
        self._place = ""

    def bind(self) -> None:
        """Bind the object, which is opened now, to the running loop."""
        self.loop = asyncio.get_running_loop()
        self._place = f"at {_place()}, in thread {threading.current_thread().name}"

    def check(self) -> None:
        """Return if the object may be used in the running loop.

        Raises:
            RuntimeError: the object was opened in another loop.
        """
        if self.loop is not None and self.loop is not asyncio.get_running_loop():
            raise self._elsewhere(self.loop)

    def check_running(self) -> None:
        """Return if the object's loop is running, in this thread or in another.

        Raises:
            RuntimeError: the loop is not running.
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
    """The line of the program that opens the object."""
    for frame, line in walk_stack(None):
        if frame.f_globals.get("__name__", "").partition(".")[0] not in _BETWEEN:
            return f"{frame.f_code.co_filename}:{line}"
    return "an unknown place"
