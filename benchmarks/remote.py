"""What promises.py and service.py share: a sandbox in a process of its own, and what it can be asked."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection

from attrs import frozen

from precontractual_async import Settings, load_settings
from precontractual_async.sandbox import Sandbox

Statistics = dict[str, object]


@frozen
class Remote:
    """A sandbox in another process."""

    variables: Mapping[str, str]
    """What its client needs, the key included."""
    line: Connection

    @property
    def settings(self) -> Settings:
        return load_settings(self.variables)

    def revoke(self) -> None:
        """End all tokens."""
        self.line.send("revoke")
        self.line.recv()

    def statistics(self) -> Statistics:
        """What it was asked so far."""
        self.line.send("statistics")
        return self.line.recv()  # type: ignore[no-any-return]


@contextmanager
def sandbox(**options: object) -> Iterator[Remote]:
    """A sandbox made of `options`; its process ends with the block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, options))
    process.start()
    try:
        yield Remote(ours.recv(), ours)
    finally:
        ours.send("stop")
        process.join()


def _serve(line: Connection, options: dict[str, object]) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with Sandbox(**options) as sandbox:  # type: ignore[arg-type]
            line.send(sandbox.variables())  # settings with a key in them do not go to another process
            while (word := await loop.run_in_executor(None, line.recv)) != "stop":
                if word == "revoke":
                    sandbox.oauth.revoke_all()
                line.send(sandbox.statistics())

    asyncio.run(main())
