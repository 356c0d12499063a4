"""What the scheduler holds for all workers of a Dask cluster: slots, token, an outage, who began what.

Knows how a worker says to the scheduler what `Pool` and `Shelf` are to hear, and which submissions were
begun: Dask hands the task of a lost worker to another by itself, which would ask all of its rows again,
uncounted. Refuses to decide, and to know numbers and tokens: the token lies here sealed, and a submission is
a random name.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from time import monotonic
from typing import Any, Final

from attrs import asdict, astuple, evolve
from distributed import Scheduler, SchedulerPlugin, Worker

from ..errors import SharingUnavailable
from .pool import SECOND, Ask, Pool, Reply
from .shelf import Kept, Shelf, Taken

_HANDLER: Final = "precontractual"
_REMEMBERED: Final = 10_000
"""Submissions; those before have long been reported."""
_LOOK: Final = round(0.5 * SECOND)
"""Microseconds after which a worker asks again whether the gateway is back."""


class Holder(SchedulerPlugin):
    """Lives in the scheduler, one for all runs: those of one client id share one pace."""

    name = _HANDLER
    idempotent = True

    def __init__(self) -> None:
        self._since = secrets.token_hex(8)
        self._pools: defaultdict[str, Pool] = defaultdict(Pool)
        self._shelves: defaultdict[str, Shelf] = defaultdict(Shelf)
        self._begun: OrderedDict[str, None] = OrderedDict()
        self._down: dict[str, str] = {}
        """Of each pace whose gateway does not answer, the worker that tries it; no other does."""

    async def start(self, scheduler: Scheduler) -> None:
        scheduler.handlers[_HANDLER] = self.hear

    async def hear(self, what: str, name: str, said: dict[str, Any]) -> Sequence[Any]:
        """One message of a worker's, and the answer, as msgpack can write them."""
        now = int(monotonic() * SECOND)
        if what == "begin":
            return [self._begin(name)]
        if what == "slots":
            return list(astuple(self._slots(name, said.pop("worker"), Ask(**said), now)))
        if what == "outage":
            return self._note_outage(name, **said)
        shelf = self._shelves[name]
        if what == "take":
            taken = shelf.take(now, **said)
            return [taken.now, taken.is_mine, asdict(taken.kept) if taken.kept else None]
        if what == "put":
            return [shelf.put(now, said["owner"], Kept(**said["kept"]))]
        return [shelf.fail(now, said["owner"])]

    def _slots(self, name: str, worker: str, ask: Ask, now: int) -> Reply:
        pool = self._pools[name]
        if self._down.get(name, worker) == worker:
            return pool.serve(ask, now, self._since)
        return evolve(pool.serve(evolve(ask, wanted=0), now, self._since), come_back=_LOOK)

    def _note_outage(self, name: str, worker: str, *, is_on: bool) -> Sequence[Any]:
        """The first worker that finds the gateway down probes it for all others, until it is over."""
        if is_on:
            self._down.setdefault(name, worker)
        elif self._down.get(name) == worker:
            del self._down[name]
        return []

    async def remove_worker(self, scheduler: Scheduler, worker: str, **_: object) -> None:  # noqa: ARG002
        """Another finds out anew."""
        self._down = {name: prober for name, prober in self._down.items() if prober != worker}

    def _begin(self, submission: str) -> bool:
        if submission in self._begun:
            return False
        self._begun[submission] = None
        if len(self._begun) > _REMEMBERED:
            self._begun.popitem(last=False)
        return True


class Held:
    """A worker's way to its scheduler's `Holder`. `name`: under which all that share a pace know each other.

    It is what `RedisPace` and `RedisTokens` otherwise find in Redis: a `SlotGiver` and a `TokenShelf`.

    Raises (each):
        SharingUnavailable: the scheduler cannot be heard for now.
    """

    def __init__(self, worker: Worker, name: str) -> None:
        self._worker = worker
        self._name = name

    async def begin(self, submission: str) -> bool:
        """Whether it is ours to ask: nobody has begun it before."""
        (is_new,) = await self._say("begin", {}, name=submission)
        return bool(is_new)

    async def serve(self, ask: Ask) -> Reply:
        """See `Pool.serve`."""
        return Reply(*await self._say("slots", asdict(ask) | {"worker": self._worker.address}))

    async def outage(self, *, is_on: bool) -> None:
        """The gateway does not answer us, or it does again."""
        await self._say("outage", {"worker": self._worker.address, "is_on": is_on})

    async def ping(self) -> None:
        """Return when it is there."""
        await self._say("fail", {"owner": ""})

    async def take(self, owner: str, *, rejected: str, is_served: bool) -> Taken:
        """See `Shelf.take`."""
        said = {"owner": owner, "rejected": rejected, "is_served": is_served}
        now, is_mine, kept = await self._say("take", said)
        return Taken(now, is_mine, Kept(**kept) if kept else None)

    async def put(self, owner: str, kept: Kept) -> bool:
        """See `Shelf.put`."""
        (is_kept,) = await self._say("put", {"owner": owner, "kept": asdict(kept)})
        return bool(is_kept)

    async def fail(self, owner: str) -> bool:
        """See `Shelf.fail`."""
        (is_kept,) = await self._say("fail", {"owner": owner})
        return bool(is_kept)

    async def _say(self, what: str, said: dict[str, Any], name: str | None = None) -> Sequence[Any]:
        try:
            speak = self._worker.scheduler.precontractual
            answer: Sequence[Any] = await speak(what=what, name=name or self._name, said=said)
        except (OSError, TimeoutError):  # also what Dask makes of a closed connection
            pass
        else:
            return answer
        raise SharingUnavailable("the scheduler of the Dask cluster is out of reach")
