"""Batches on a Dask cluster: a client whose questions are asked by worker processes.

Knows what is opened and closed with a cluster, how a partition is submitted, and what an error of Dask means.
Leaves to others: how a question is asked and what happens to outcomes. The pool, the journal and the command
use this client like any other client, and only one process writes the journal.

This module can be imported where Dask is not installed, like every public name: it imports Dask only when it
needs it.
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
"""Rows of a partition. A lost worker costs its whole partition, so larger partitions risk too much."""

_AT_ONCE: Final = 2
"""Partitions for each worker: one that it asks, and one that travels to it."""
_LOOK: Final = 5.0
"""Seconds between two checks that the cluster still has workers."""
_GOODBYE: Final = 15.0
"""Seconds for the workers to close; their calls in flight get ten of them."""

_SENT: Final = ("ENVIRONMENT", "RATE", "CONCURRENCY", "TIMEOUT", "PATIENCE")
"""Settings that a run sends to its workers. Each worker reads all others itself, above all the key."""


class DaskClient:
    """Asks through the workers of a Dask cluster; `verify_many` and `screen` take it in place of a client.

    `cluster`: the scheduler's address; or ``local:N`` for N worker processes on this machine, for this run
    only; or your own `distributed.Client` (``asynchronous=True``), which stays open. Settings come from
    `arguments` and the environment as for `PrecontractualClient.from_env`. Each worker reads its own
    settings, so the key never travels; the run sends only ENVIRONMENT, RATE, CONCURRENCY, TIMEOUT and
    PATIENCE. RATE and CONCURRENCY are totals of all workers. `partition`: rows that a worker gets at a time;
    if the worker is lost, they are asked again.

    Raises:
        InvalidSettings: the settings cannot work, an address on another machine has no TLS, or Dask is not
            installed.
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
        chosen = {setting_of(name): text for name, text in (arguments or {}).items()}
        if others := sorted(chosen.keys() - set(_SENT)):
            raise InvalidSettings(
                f"workers are not told {', '.join(others)}", "Set it in the environment of every worker."
            )
        if not SMALLEST <= partition <= LARGEST:
            raise InvalidSettings(f"a partition has {SMALLEST} to {LARGEST} rows")
        self._processes = processes_of(cluster) if isinstance(cluster, str) else 0
        self.settings: Settings = load_settings(os.environ, chosen)
        self._chosen = chosen
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
        """Connect to the cluster or start the workers, and prepare them.

        Raises:
            InvalidSettings: the key cannot be used.
            RunStopped: the cluster cannot be reached or started.
            RuntimeError: this client was opened before in another event loop.
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
                self._watching = asyncio.create_task(self._watch_workers(), name="precontractual-cluster")
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
        """Rows that are in progress at once."""
        return _AT_ONCE * self._workers * self._partition

    def now(self) -> datetime:
        return utc_now()

    def planner(self, *, check_window: bool = True) -> Planner:
        return Planner(self.settings.caller, StartDateWindow.at(self.now()) if check_window else None)

    def new_circuit_breaker(self) -> _Batch:
        """A circuit breaker for one batch. Workers handle outages; it tells them when the batch ends."""
        self._binding.check()
        batch = _Batch(self, self._partition)
        self._batches.add(batch)
        return batch

    async def ask(
        self, query: Query, *, deadline: float | None = None, breaker: CircuitBreaker | None = None
    ) -> Answer:
        """See `PrecontractualClient.ask`. Workers use the deadline of a batch.

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
                    batch.check()  # raises the reason, which workers do not know
                raise fault

    def statistics(self) -> CallCounts:
        """The counts that the workers have reported so far."""
        each = list(self._did.values())
        return CallCounts(
            requests=sum(one.requests for one in each),
            retries=sum(one.retries for one in each),
            token_requests=sum(one.token_requests for one in each),
            pauses=max((one.pauses for one in each), default=0),  # each pause concerns all workers
        )

    def throughput(self) -> Throughput:
        """The common rate of all workers; the log of each worker says what limits it."""
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
        """Register a plugin in the scheduler, and one in every worker, including workers that start later."""
        from .scheduler_plugin import SharedStatePlugin
        from .worker import PartitionPlugin

        await self._dask.wait_for_workers(1, timeout=_GOODBYE)
        self._workers = len(await self._dask.nthreads())
        share = max(1, self.settings.concurrency // self._workers)
        sent = self._chosen | {"RATE": str(self.settings.rate), "CONCURRENCY": str(share)}
        plugin = PartitionPlugin(self._run, sent, is_local=self._processes > 0)
        self._plugin = plugin.name
        await self._dask.register_plugin(SharedStatePlugin())
        await self._dask.register_plugin(plugin)
        stack.push_async_callback(self._dismiss)
        if any((await self._dask.run(spills)).values()):
            extra = fields(LogEvent.WORKERS_SPILL)
            _log.warning(
                "workers of the cluster spill to their disks; what is ours there is encrypted", extra=extra
            )

    async def _dismiss(self) -> None:
        """Make the workers close. A worker out of reach gets this from the scheduler later, or is gone."""
        if self._dask.status == "running":  # otherwise Dask would try for half a minute to reconnect
            with suppress(Exception):
                async with asyncio.timeout(_GOODBYE):
                    await self._dask.unregister_worker_plugin(self._plugin)

    # --- for batches

    async def work(self, batch: str, queries: Sequence[Query]) -> Sequence[Learned]:
        """One partition, asked by one worker; see `Crew`."""
        submission = secrets.token_hex(16)
        sealed = self._envelope.encrypt_queries(queries, submission)
        with translated():
            kind, content = await self._reported(batch, submission, sealed)
        if kind == BEGUN:
            raise WorkerLost
        if kind == UNFIT:
            diagnosis, _, next_step = content.decode().partition("\n")
            raise RunStopped(f"a worker of the cluster cannot ask: {diagnosis}", next_step or None)
        report = self._envelope.report(content, submission)
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
            kind, content = await future
        except KilledWorker:
            pass
        else:
            return kind, content
        finally:
            future.release()
        raise WorkerLost

    def halt(self, batch: str) -> None:
        """Tell the workers to stop this batch."""
        if self._dask.status == "running":
            task = asyncio.create_task(self._tell_to_halt(batch), name="precontractual-halt")
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    async def _tell_to_halt(self, batch: str) -> None:
        from .worker import halt

        try:
            await self._dask.run(halt, self._plugin, batch, on_error="ignore")
        except Exception as error:  # noqa: BLE001 (the run ends anyway)
            extra = fields(LogEvent.WORKERS_NOT_TOLD)
            _log.warning("the workers were not told to stop (%s)", type(error).__name__, extra=extra)

    async def _watch_workers(self) -> None:
        """Stop the batches when the cluster has had no workers for `retry.patience`; they may come back."""
        loop = asyncio.get_running_loop()
        seen = loop.time()
        while True:
            await asyncio.sleep(_LOOK)
            with suppress(OSError, TimeoutError):  # `ask` reports this error itself
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
    """The circuit breaker of one batch on a cluster. The workers themselves detect outages."""

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
