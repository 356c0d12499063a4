"""The plugin of a worker: one client, opened once, that asks one partition at a time.

Knows that a worker reads its key and addresses from its own environment, never from a message, and that the
workers share their state in the scheduler, or in Redis when the settings name one. Leaves to others: how
partitions are made, and what happens to the outcomes.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, aclosing

from distributed import Worker, WorkerPlugin, get_worker

from ..batch.pool import verify_many
from ..calls.circuit_breaker import CircuitBreaker, OutagePeers
from ..calls.oauth import OAuthTokens
from ..calls.session import read_key, utc_now
from ..calls.transport import AiohttpTransport, open_connector, tls_context
from ..client import PrecontractualClient
from ..journal.recheck import Learned
from ..model.errors import Fault, InternalFault, Interrupted, PrecontractualError, SharingUnavailable
from ..model.questions import Answered, Pending, Query, Rejected
from ..protocol.keys import SigningKey
from ..protocol.wire import HttpRequest, HttpResponse
from ..settings.loading import load_settings
from ..settings.settings import Settings
from ..sharing.encryption import TokenCipher, namespace
from ..sharing.rate_limiter import SharedRateLimiter
from ..sharing.redis_tokens import RedisTokens
from .partitions import BEGUN, REPORT, UNFIT, CallCounts, Envelope, Report
from .scheduler_plugin import SchedulerConnection

Reported = tuple[str, bytes]


async def ask_partition(plugin_name: str, batch: str, submission: str, sealed: bytes) -> Reported:
    """The one function that Dask runs. Its arguments and its result are encrypted or random."""
    plugin = get_worker().plugins[plugin_name]
    assert isinstance(plugin, PartitionPlugin)  # noqa: S101 (no other plugin has this name)
    return await plugin.ask(batch, submission, sealed)


def halt(plugin_name: str, batch: str, dask_worker: Worker) -> None:
    """Runs on every worker when a batch is stopped: calls in flight may end, nothing more is asked."""
    plugin = dask_worker.plugins.get(plugin_name)
    if isinstance(plugin, PartitionPlugin):
        plugin.halt(batch)


class PartitionPlugin(WorkerPlugin):
    """Lives in each worker process for one run. `arguments`: the settings of the run, none of them secret.

    `is_local`: the worker belongs to this run only, and ends with it. It ignores Ctrl-C, which reaches the
    whole foreground group: the coordinator handles it.
    """

    def __init__(self, run: str, arguments: Mapping[str, str], *, is_local: bool) -> None:
        self.name: str = f"precontractual-{run}"
        self._run = run
        self._arguments = dict(arguments)
        self._is_local = is_local

    async def setup(self, worker: Worker) -> None:
        """Prepare the worker; the first partition reads the key and opens the connections."""
        self._worker = worker
        self._me = secrets.token_hex(8)
        self._turn = asyncio.Lock()
        self._is_closed = False
        self._halted: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._stack = AsyncExitStack()
        self._client: PrecontractualClient | None = None
        self._tokens = _Counted()
        if self._is_local:
            for name in {"SIGINT", "SIGHUP"} & {each.name for each in signal.Signals}:
                signal.signal(signal.Signals[name], signal.SIG_IGN)

    async def teardown(self, worker: Worker) -> None:  # noqa: ARG002 (Dask's signature)
        """Stop the partitions in progress, and close."""
        self._is_closed = True
        for event in self._halted.values():
            event.set()
        async with self._turn:
            await self._stack.aclose()
            self._client = None

    def halt(self, batch: str) -> None:
        """See `halt`."""
        self._halted[batch].set()

    async def ask(self, batch: str, submission: str, sealed: bytes) -> Reported:
        """Ask one partition; a second one waits. Never raises: Dask would log the arguments."""
        async with self._turn:
            if self._is_closed:  # closed while this partition waited
                return BEGUN, b""
            try:
                return await self._ask(self._halted[batch], submission, sealed)
            except SharingUnavailable:  # the scheduler does not answer; it may have removed us
                return BEGUN, b""
            except PrecontractualError as error:
                return UNFIT, f"{error.diagnosis}\n{error.next_step}".encode()
            except Exception as error:  # noqa: BLE001 (as above)
                return UNFIT, InternalFault.of(error).diagnosis.encode()

    async def _ask(self, halted: asyncio.Event, submission: str, sealed: bytes) -> Reported:
        client = await self._opened()
        queries = self._envelope.queries(sealed, submission)
        if not await self._scheduler.begin(submission):
            return BEGUN, b""
        outcomes = await _outcomes(client, queries, halted)
        report = Report(outcomes, self._me, self._did(client))
        return REPORT, self._envelope.encrypt_report(report, submission)

    async def _opened(self) -> PrecontractualClient:
        if self._client is None:
            settings = load_settings(os.environ, self._arguments)
            key = await asyncio.to_thread(read_key, settings.credentials)
            self._envelope = Envelope(key.content(), self._run, settings)
            self._scheduler = SchedulerConnection(
                self._worker, namespace(settings.token_url, settings.credentials.client_id)
            )
            async with AsyncExitStack() as stack:  # closes everything again after a failure
                client = await self._sharing(settings, key, stack)
                client.others = self._scheduler
                self._client = await stack.enter_async_context(client)
                self._stack = stack.pop_all()
        return self._client

    async def _sharing(self, settings: Settings, key: SigningKey, stack: AsyncExitStack) -> _Client:
        """A client that shares rate and token with the other workers."""
        if settings.sharing is not None:
            return _Client(settings)
        rate_limiter = SharedRateLimiter(self._scheduler, rate=settings.rate, processes=0)
        await stack.enter_async_context(rate_limiter)
        connector = open_connector(await asyncio.to_thread(tls_context, settings))
        await stack.enter_async_context(connector)
        transport = AiohttpTransport(connector, timeout=settings.attempt_timeout, proxy=settings.proxy)
        self._tokens.transport = transport
        own = OAuthTokens(settings, key, rate_limiter=rate_limiter, send=self._tokens.send, now=utc_now)
        cipher = TokenCipher(key.content(), namespace(settings.token_url, settings.credentials.client_id))
        tokens = RedisTokens(self._scheduler, cipher, own)
        return _Client(settings, rate_limiter=rate_limiter, tokens=tokens, transport=transport)

    def _did(self, client: PrecontractualClient) -> CallCounts:
        did = client.statistics()
        return CallCounts(did.requests, did.retries, did.token_requests + self._tokens.count, did.pauses)


class _Client(PrecontractualClient):
    """A client whose batches share outages with other workers."""

    others: OutagePeers

    def new_circuit_breaker(self) -> CircuitBreaker:
        breaker = super().new_circuit_breaker()
        breaker.others = self.others
        return breaker


class _Counted:
    """Sends token requests and counts them."""

    def __init__(self) -> None:
        self.count = 0
        self.transport: AiohttpTransport | None = None

    async def send(self, request: HttpRequest) -> HttpResponse:
        assert self.transport is not None  # noqa: S101 (set when it is opened)
        self.count += 1
        return await self.transport.send(request)


async def _outcomes(
    client: PrecontractualClient, queries: Sequence[Query], halted: asyncio.Event
) -> Sequence[Learned]:
    """One outcome for each query. After an early end the answers so far are kept; the rest is pending."""
    known: dict[Query, Learned] = {}
    fault: Fault = Interrupted("the run was asked to stop")
    stream = verify_many(client, queries, check_window=False, stop=halted)
    try:
        async with aclosing(stream):
            async for outcome in stream:
                assert isinstance(outcome, Answered | Rejected | Pending)  # noqa: S101 (a query is not refused)
                known[outcome.query] = outcome
    except Fault as ended:
        fault = ended
    return [known.get(query) or Pending(query, fault) for query in queries]
