"""Batches on a Dask cluster: a client whose questions are asked by worker processes.

Knows what is opened and closed with a cluster, how a partition is submitted, and what it means when Dask says
that it came to nothing. Refuses to know how a question is asked and what becomes of the outcomes: the pool,
the journal and the command work upon it as upon any other client, and one process alone writes the journal.

It can be looked at where Dask is not installed, as every public name can: what needs Dask is imported when it
is used.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import secrets
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self
from weakref import WeakSet

from ..calls.circuit_breaker import CircuitBreaker
from ..calls.loops import OF_A_CLIENT, LoopBinding
from ..calls.session import read_key, utc_now
from ..calls.throughput import Throughput
from ..journal.recheck import Learned
from ..model.answers import Answer
from ..model.dates import StartDateWindow
from ..model.errors import Fault, Interrupted, InvalidSettings, RunStopped
from ..model.planning import Planner
from ..model.privacy import without_frames
from ..model.problems import RequestRejected
from ..model.questions import Answered, Pending, Query, Rejected
from ..observability.instrumentation import Instrumentation
from ..observability.logs import LogEvent, fields
from ..settings.loading import load_settings, setting_of
from ..settings.settings import Settings
from .connection import (
    connected,
    library,
    local_cluster,
    processes_of,
    require_tls,
    spills,
    translated,
    unfit,
)
from .dispatch import Dispatcher, WorkerLost
from .partitions import BEGUN, UNFIT, CallCounts, Envelope

if TYPE_CHECKING:
    import distributed

_log = logging.getLogger(__name__)

SMALLEST, LARGEST = 1, 500
"""Rows of a partition. All of one are at risk with their worker, so that more is no good bargain."""

_AT_ONCE: Final = 2
"""Partitions for each worker: one that it asks, and one that is on its way to it."""
_LOOK: Final = 5.0
"""Seconds between two looks whether there is still a cluster."""
_GOODBYE: Final = 15.0
"""Seconds for the workers to close: what is on the wire there gets ten."""

_TOLD: Final = ("ENVIRONMENT", "RATE", "CONCURRENCY", "TIMEOUT", "PATIENCE")
"""What a run may choose for its workers. All else, above all the key, each reads for itself."""


class DaskClient:
    """Asks through the workers of a Dask cluster; for `verify_many` and `screen` in place of a client.

    `cluster`: the scheduler's address; or ``local:N`` for N worker processes on this machine, of this run
    alone; or a `distributed.Client` of your own (``asynchronous=True``), which is not closed. Settings come
    from `arguments` and the environment as for `PrecontractualClient.from_env`; each worker reads its own, so
    that the key never travels, and is told no more than ENVIRONMENT, RATE, CONCURRENCY, TIMEOUT and PATIENCE.
    RATE and CONCURRENCY are for all workers together. `partition`: rows that one worker gets at a time, and
    that are asked again when it is lost.

    Raises:
        InvalidSettings: settings that cannot work, an address without TLS beyond this machine, or Dask is
            not installed.
    """

    @without_frames
    def __init__(
        self,
        cluster: str | distributed.Client,
        *,
        arguments: Mapping[str, str] | None = None,
        partition: int = 100,
    ) -> None:
        library()
        told = {setting_of(name): text for name, text in (arguments or {}).items()}
        if others := sorted(told.keys() - set(_TOLD)):
            raise InvalidSettings(
                f"workers are not told {', '.join(others)}", "Set it in the environment of every worker."
            )
        if not SMALLEST <= partition <= LARGEST:
            raise InvalidSettings(f"a partition has {SMALLEST} to {LARGEST} rows")
        self._processes = processes_of(cluster) if isinstance(cluster, str) else 0
        self.settings: Settings = load_settings(os.environ, told)
        self._told = told
        self._cluster = cluster
        self._partition = partition
        self._workers = 1
        self._run = secrets.token_hex(8)
        self._dask: Any = None
        self._batches: WeakSet[_Batch] = WeakSet()
        self._background: set[asyncio.Task[None]] = set()
        self._did: dict[str, CallCounts] = {}
        self.instrumentation: Instrumentation | None = None
        self._binding = LoopBinding("the client of the cluster", OF_A_CLIENT)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Connect, or start the workers; and have them get ready.

        Raises:
            InvalidSettings: the key cannot be used.
            RunStopped: there is no cluster to be had.
            RuntimeError: it was opened in another event loop before.
        """
        self._binding.check()
        key = await asyncio.to_thread(read_key, self.settings.credentials)
        self._envelope = Envelope(key.content(), self._run, self.settings)
        async with AsyncExitStack() as stack:
            try:
                with translated():
                    self._dask = await self._connected(stack)
                    await self._prepare(stack)
            except Fault:
                raise
            except Exception as error:  # noqa: BLE001 (Dask raises anything)
                fault = unfit(error)
            else:
                self._binding.bind()
                self._watching = asyncio.create_task(self._instrumentation(), name="precontractual-cluster")
                stack.push_async_callback(self._end)
                self._stack = stack.pop_all()
                self._whole = self.new_circuit_breaker()
                return self
        raise fault

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._binding.check()
        await self._stack.aclose()

    # --- see `VerificationBackend`

    @property
    def width(self) -> int:
        """Rows that are under way at once."""
        return _AT_ONCE * self._workers * self._partition

    def now(self) -> datetime:
        return utc_now()

    def planner(self, *, check_window: bool = True) -> Planner:
        return Planner(self.settings.caller, StartDateWindow.at(self.now()) if check_window else None)

    def new_circuit_breaker(self) -> _Batch:
        """Workers wait out an outage by themselves; this one tells them when the batch ends."""
        self._binding.check()
        batch = _Batch(self, self._partition)
        self._batches.add(batch)
        return batch

    async def ask(
        self, query: Query, *, deadline: float | None = None, breaker: CircuitBreaker | None = None
    ) -> Answer:
        """See `PrecontractualClient.ask`. Workers go by the deadline of a batch.

        Raises:
            Fault: there is no answer.
        """
        del deadline
        self._binding.check()
        batch = breaker if isinstance(breaker, _Batch) else self._whole
        outcome = await batch.dispatcher.outcome(query)
        match outcome:
            case Answered(answer=answer):
                return answer
            case Rejected(problem=problem):
                raise RequestRejected(problem)
            case Pending(fault=fault):
                if isinstance(fault, Interrupted):
                    batch.check()  # the workers were not told why
                raise fault

    def statistics(self) -> CallCounts:
        """What the workers did so far, as far as they reported."""
        each = list(self._did.values())
        return CallCounts(
            requests=sum(one.requests for one in each),
            retries=sum(one.retries for one in each),
            token_requests=sum(one.token_requests for one in each),
            pauses=max((one.pauses for one in each), default=0),  # felt by all
        )

    def throughput(self) -> Throughput:
        """The rate that all workers keep together; what holds one of them back is in its own log."""
        return Throughput(self.settings.rate, ())

    # --- the cluster

    async def _connected(self, stack: AsyncExitStack) -> Any:
        if not isinstance(self._cluster, str):
            given: Any = self._cluster
            require_tls(given.scheduler.address)
            return given
        address: Any = self._cluster
        if self._processes:
            address = await stack.enter_async_context(local_cluster(self._processes))
        return await stack.enter_async_context(connected(address))

    async def _prepare(self, stack: AsyncExitStack) -> None:
        """One plugin in the scheduler, and one in every worker, also in those that come later."""
        from .scheduler_plugin import SharedStatePlugin
        from .worker import PartitionPlugin

        await self._dask.wait_for_workers(1, timeout=_GOODBYE)
        self._workers = len(await self._dask.nthreads())
        share = max(1, self.settings.concurrency // self._workers)
        told = self._told | {"RATE": str(self.settings.rate), "CONCURRENCY": str(share)}
        plugin = PartitionPlugin(self._run, told, is_local=self._processes > 0)
        self._plugin = plugin.name
        await self._dask.register_plugin(SharedStatePlugin())
        await self._dask.register_plugin(plugin)
        stack.push_async_callback(self._dismiss)
        if any((await self._dask.run(spills)).values()):
            said = fields(LogEvent.WORKERS_SPILL)
            _log.warning(
                "workers of the cluster spill to their disks; what is ours there is encrypted", extra=said
            )

    async def _dismiss(self) -> None:
        """Have the workers close. Whom we cannot tell will hear of it from the scheduler, or has gone."""
        if self._dask.status == "running":  # else Dask would try to connect again, for half a minute
            with suppress(Exception):
                async with asyncio.timeout(_GOODBYE):
                    await self._dask.unregister_worker_plugin(self._plugin)

    # --- what batches want of it

    async def work(self, batch: str, queries: Sequence[Query]) -> Sequence[Learned]:
        """One partition, asked by one worker; see `Crew`."""
        submission = secrets.token_hex(16)
        sealed = self._envelope.encrypt_queries(queries, submission)
        with translated():
            word, said = await self._reported(batch, submission, sealed)
        if word == BEGUN:
            raise WorkerLost
        if word == UNFIT:
            diagnosis, _, next_step = said.decode().partition("\n")
            raise RunStopped(f"a worker of the cluster cannot ask: {diagnosis}", next_step or None)
        report = self._envelope.report(said, submission)
        self._did[report.worker] = report.did
        return report.outcomes

    async def _reported(self, batch: str, submission: str, sealed: bytes) -> tuple[str, bytes]:
        from distributed.scheduler import KilledWorker

        from .worker import ask_partition

        future = self._dask.submit(
            ask_partition,
            *(self._plugin, batch, submission, sealed),
            key=f"precontractual-{submission}",
            pure=False,
            retries=0,
        )
        try:
            word, said = await future
        except KilledWorker:
            pass
        else:
            return word, said
        finally:
            future.release()
        raise WorkerLost

    def halt(self, batch: str) -> None:
        """Have the workers stop what they do for this batch."""
        if self._dask.status == "running":
            task = asyncio.create_task(self._tell_to_halt(batch), name="precontractual-halt")
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    async def _tell_to_halt(self, batch: str) -> None:
        from .worker import halt

        try:
            await self._dask.run(halt, self._plugin, batch, on_error="ignore")
        except Exception as error:  # noqa: BLE001 (the run ends anyway)
            said = fields(LogEvent.WORKERS_NOT_TOLD)
            _log.warning("the workers were not told to stop (%s)", type(error).__name__, extra=said)

    async def _instrumentation(self) -> None:
        """A cluster without any worker may get some again; but not for ever is waited for them."""
        loop = asyncio.get_running_loop()
        seen = loop.time()
        while True:
            await asyncio.sleep(_LOOK)
            with suppress(OSError, TimeoutError):  # whoever waits for an outcome hears of that
                if await self._dask.nthreads():
                    seen = loop.time()
            if loop.time() - seen > self.settings.retry.patience:
                fault = RunStopped("the Dask cluster has no workers", "Run it again when it has.")
                for batch in self._batches:
                    batch.dispatcher.give_up(fault)

    async def _end(self) -> None:
        self._watching.cancel()
        await asyncio.wait([self._watching])
        for batch in list(self._batches):
            await batch.dispatcher.close()
        if self._background:
            await asyncio.wait(self._background)


class _Batch(CircuitBreaker):
    """What one batch of a cluster goes by. Workers tell an outage from bad luck themselves."""

    def __init__(self, client: DaskClient, partition: int) -> None:
        super().__init__(client.settings.retry.patience, client.width, random.random)
        self._client = client
        self._name = secrets.token_hex(8)
        self.dispatcher: Dispatcher = Dispatcher(self, partition)

    def end(self, fault: Fault) -> None:
        """See `CircuitBreaker.end`; the workers are told to stop."""
        super().end(fault)
        self._client.halt(self._name)

    async def work(self, queries: Sequence[Query]) -> Sequence[Learned]:
        """See `Crew.work`."""
        return await self._client.work(self._name, queries)
