"""The state that the scheduler holds for all workers: rate limiter, token, outages and submissions.

Knows how workers send messages to `SlotAllocator`, `TokenLease` and `SharedOutage` in the scheduler, and
which submissions were begun: Dask itself gives the task of a lost worker to another one, which would ask all
its rows again, without counting them. Leaves to others: all decisions. It sees no SSINs and no tokens: the
token is encrypted here, and a submission is a random name.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import Any, Final

from attrs import asdict, astuple
from distributed import Scheduler, SchedulerPlugin, Worker

from ..model.errors import SharingUnavailable
from ..sharing.allocator import SECOND, Ask, Reply, SlotAllocator
from ..sharing.token_lease import Kept, Taken, TokenLease
from .outage import NONE, SharedOutage

_HANDLER: Final = "precontractual"
_REMEMBERED: Final = 10_000
"""Submissions that are remembered; earlier ones were reported long ago."""


class SharedStatePlugin(SchedulerPlugin):
    """Lives in the scheduler, one for all runs; runs with the same client id share one rate."""

    name = _HANDLER
    idempotent = True

    def __init__(self) -> None:
        self._since = secrets.token_hex(8)
        self._allocators: defaultdict[str, SlotAllocator] = defaultdict(SlotAllocator)
        self._leases: defaultdict[str, TokenLease] = defaultdict(TokenLease)
        self._outages: defaultdict[str, SharedOutage] = defaultdict(SharedOutage)
        self._begun: OrderedDict[str, None] = OrderedDict()

    async def start(self, scheduler: Scheduler) -> None:
        scheduler.handlers[_HANDLER] = self.hear

    async def hear(self, what: str, name: str, said: dict[str, Any]) -> Sequence[Any]:
        """Handle one message of a worker; message and answer are values of msgpack. The last item of each
        answer is the state of the outage.
        """
        now = int(monotonic() * SECOND)
        answer = self._answer(what, name, said, now)
        return [*answer, self._outages[name].left(now)]

    def _answer(self, what: str, name: str, said: dict[str, Any], now: int) -> Sequence[Any]:
        if what == "begin":
            return [self._begin(said["submission"])]
        if what == "silence":
            return [getattr(self._outages[name], said["event"])(now, said["owner"])]
        if what == "slots":
            return list(astuple(self._allocators[name].serve(Ask(**said), now, self._since)))
        lease = self._leases[name]
        if what == "take":
            taken = lease.take(now, **said)
            return [taken.now, taken.is_mine, asdict(taken.kept) if taken.kept else None]
        if what == "put":
            return [lease.put(now, said["owner"], Kept(**said["kept"]))]
        return [lease.fail(now, said["owner"])]

    async def remove_worker(self, scheduler: Scheduler, worker: str, **_: object) -> None:  # noqa: ARG002
        """Count a probe of this worker as failed, since no message about it will come."""
        for outage in self._outages.values():
            if outage.owner.startswith(f"{worker} "):
                outage.failed(int(monotonic() * SECOND), outage.owner)

    def _begin(self, submission: str) -> bool:
        if submission in self._begun:
            return False
        self._begun[submission] = None
        if len(self._begun) > _REMEMBERED:
            self._begun.popitem(last=False)
        return True


class SchedulerConnection:
    """A worker's connection to the `SharedStatePlugin` of its scheduler. Workers with the same `name` share
    one rate.

    For `SharedRateLimiter` and `RedisTokens` it replaces Redis: it is a `SlotService` and a `TokenStore`.
    For a `CircuitBreaker` it represents the other workers: see `OutagePeers`, whose methods never raise.

    Raises (all other methods):
        SharingUnavailable: the scheduler does not answer now.
    """

    def __init__(self, worker: Worker, name: str) -> None:
        self._worker = worker
        self._name = name
        self._me = f"{worker.address} {secrets.token_hex(8)}"
        self.are_waiting: bool = False

    async def begin(self, submission: str) -> bool:
        """Whether this worker may ask the submission: no worker has begun it before."""
        (is_new,) = await self._send("begin", {"submission": submission})
        return bool(is_new)

    async def serve(self, ask: Ask) -> Reply:
        """See `SlotAllocator.serve`."""
        return Reply(*await self._send("slots", asdict(ask)))

    async def ping(self) -> None:
        """Return when the scheduler answers."""
        await self._send("fail", {"owner": ""})

    async def take(self, owner: str, *, rejected: str, is_served: bool) -> Taken:
        """See `TokenLease.take`."""
        message = {"owner": owner, "rejected": rejected, "is_served": is_served}
        now, is_mine, kept = await self._send("take", message)
        return Taken(now, is_mine, Kept(**kept) if kept else None)

    async def put(self, owner: str, kept: Kept) -> bool:
        """See `TokenLease.put`."""
        (is_kept,) = await self._send("put", {"owner": owner, "kept": asdict(kept)})
        return bool(is_kept)

    async def fail(self, owner: str) -> bool:
        """See `TokenLease.fail`."""
        (is_kept,) = await self._send("fail", {"owner": owner})
        return bool(is_kept)

    async def probe(self) -> float | None:
        """See `OutagePeers.probe`."""
        return await self._tell("probe")

    async def began(self) -> None:
        """See `OutagePeers.began`."""
        await self._tell("began")

    async def failed(self) -> None:
        """See `OutagePeers.failed`."""
        await self._tell("failed")

    def over(self) -> None:
        """See `OutagePeers.over`."""
        self.are_waiting = False
        self._telling = asyncio.create_task(self._tell("over"), name="precontractual-over")

    async def _tell(self, event: str) -> float | None:
        """The answer of `SharedOutage`, in seconds."""
        with suppress(SharingUnavailable):
            (left,) = await self._send("silence", {"event": event, "owner": self._me})
            return None if left == NONE else left / SECOND
        return None

    async def _send(self, what: str, message: dict[str, Any]) -> Sequence[Any]:
        try:
            send = self._worker.scheduler.precontractual
            reply: Sequence[Any] = await send(what=what, name=self._name, said=message)
        except (OSError, TimeoutError):  # Dask raises OSError for a closed connection
            pass
        else:
            self.are_waiting = reply[-1] != NONE
            return reply[:-1]
        raise SharingUnavailable("the scheduler of the Dask cluster is out of reach")
