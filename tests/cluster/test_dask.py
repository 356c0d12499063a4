"""A batch on a Dask cluster: real HTTP, a real scheduler, workers in this process, so that all can be looked at."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import dask
import distributed
import pytest
from attrs import evolve
from support.canary import Canary, Collector
from support.readme import CODE
from support.warm import REAL

from precontractual_async import (
    Answered,
    Candidate,
    DaskClient,
    Fault,
    GatewayDown,
    Interrupted,
    InvalidSettings,
    MemoryJournal,
    Outcome,
    Pending,
    PrecontractualClient,
    Rejected,
    RunStopped,
    Unreachable,
    verify_many,
)
from precontractual_async.batch.backend import VerificationBackend
from precontractual_async.calls.session import SessionManager, utc_now
from precontractual_async.calls.transport import AiohttpTransport
from precontractual_async.dask.scheduler_plugin import SchedulerConnection, SharedStatePlugin
from precontractual_async.dask.worker import ask_partition
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.protocol.wire import HttpRequest, HttpResponse
from precontractual_async.sandbox import Faults, Kind, Sandbox, generate_ssins
from precontractual_async.sharing.allocator import Ask

LASTS = 4.5
"""Seconds of an outage."""
DAY = StartDateWindow.at(utc_now()).last
NUMBERS = list(generate_ssins(240, seed=5))
CANDIDATES = [
    *(Candidate(number, DAY, row=row) for row, number in enumerate(NUMBERS)),
    Candidate("07010189902", DAY, row="refused"),
    Candidate(NUMBERS[0], "31/12/2099", row="deferred"),
    Candidate(NUMBERS[0], DAY, row="again"),
]


@asynccontextmanager
async def sandbox_for(
    monkeypatch: pytest.MonkeyPatch, folder: Path, *, faults: Faults | None = None, limit: int | None = None
) -> AsyncIterator[Sandbox]:
    """A sandbox, and the variables for it in the environment of all workers."""
    async with Sandbox(limit=limit, faults=faults) as sandbox:
        key = folder / "key.pem"
        key.touch(0o600)
        key.write_text(sandbox.private_key_pem)
        variables = sandbox.variables(Kind.EMPLOYER, key)
        for name, value in (variables | {"PRECONTRACTUAL_RATE": "400"}).items():
            monkeypatch.setenv(name, value)
        yield sandbox


@pytest.fixture
async def cluster(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """A client of a cluster with two workers in this process."""
    untyped: Any = distributed
    # Whoever is closed without its scheduler looks for it as long.
    monkeypatch.setitem(dask.config.config["distributed"]["comm"]["timeouts"], "connect", "1s")
    async with (
        untyped.LocalCluster(
            n_workers=2,
            threads_per_worker=2,
            processes=False,
            asynchronous=True,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            memory_limit=0,
            silence_logs=False,
        ) as local,
        untyped.Client(local, asynchronous=True, set_as_default=False) as client,
    ):
        yield client


async def until_asked(sandbox: Sandbox, calls: int) -> None:
    while sandbox.ledger.calls < calls:  # noqa: ASYNC110 (another process would have no event either)
        await asyncio.sleep(0.01)


async def collected(client: VerificationBackend, **options: Any) -> tuple[list[Outcome], Fault | None]:
    outcomes: list[Outcome] = []
    try:
        async for outcome in verify_many(client, CANDIDATES, **options):
            outcomes.append(outcome)
    except Fault as fault:
        return outcomes, fault
    return outcomes, None


def told(outcomes: list[Outcome]) -> dict[object, object]:
    """What must be the same whoever asked."""
    found: dict[object, object] = {}
    for outcome in outcomes:
        content: object = type(outcome).__name__
        if isinstance(outcome, Answered):
            blocks = (outcome.answer.flexi_job, outcome.answer.student_job)
            content = tuple(evolve(block, reference=None) for block in blocks)
        found[outcome.row] = content
    return found


async def test_the_result_is_that_of_one_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cluster: Any
) -> None:
    """Row by row; each question once, with one token, at the pace; and one journal knows it all."""
    async with sandbox_for(monkeypatch, tmp_path) as sandbox:
        async with PrecontractualClient.from_env() as client:
            alone, _ = await collected(client)
        before, tokens = sandbox.ledger.calls, sandbox.oauth.requests
        journal = MemoryJournal()
        async with DaskClient(cluster, partition=40) as client:
            together, fault = await collected(client, journal=journal)
            assert client.statistics().requests == sandbox.ledger.calls - before + 1
        assert fault is None
        assert told(together) == told(alone)
        assert len(together) == len(CANDIDATES)
        assert sandbox.ledger.calls - before == len(NUMBERS)
        assert sandbox.oauth.requests - tokens == 1
        assert sandbox.ledger.most_in_one_second() <= 408
        queries = [outcome.query for outcome in together if isinstance(outcome, Answered)]
        assert all(await journal.find(queries))


@pytest.fixture
def canary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Canary]:
    """Learns what goes over the wire, and hears every log."""
    watching = Canary({f"citizen {number}": number for number in NUMBERS}, folders=[tmp_path / "dump"])
    send = SessionManager.send

    async def tapped(session: SessionManager, request: HttpRequest) -> HttpResponse:
        watching.see_request(request)
        response = await send(session, request)
        watching.see_response(request, response)
        return response

    monkeypatch.setattr(SessionManager, "send", tapped)
    root, collector = logging.getLogger(), Collector(watching)
    monkeypatch.setattr(root, "level", logging.DEBUG)
    logging.getLogger("distributed").propagate = True
    root.addHandler(collector)
    yield watching
    root.removeHandler(collector)


async def test_no_number_is_seen_in_the_cluster(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cluster: Any, canary: Canary
) -> None:
    """In its whole state, dumped while partitions are asked and reports are in memory; in keys and logs."""
    (tmp_path / "dump").mkdir()
    async with sandbox_for(monkeypatch, tmp_path, faults=Faults(latency=0.1)) as sandbox:
        canary.learn_key(sandbox.private_key_pem)
        async with DaskClient(cluster, partition=20) as client:
            asking = asyncio.create_task(collected(client))
            seen = 0
            while not asking.done():
                await asyncio.sleep(0.1)
                seen += 1
                scheduler = cluster.cluster.scheduler
                canary.hear("keys", repr(list(scheduler.tasks)))
                canary.hear("arguments", repr([vars_of(task) for task in scheduler.tasks.values()]))
                canary.hear("plugins", repr([vars(each) for each in scheduler.plugins.values()]))
                for worker in cluster.cluster.workers.values():
                    canary.hear("worker memory", repr(dict(worker.data)))
                    canary.hear("worker tasks", repr([vars_of(task) for task in worker.state.tasks.values()]))
                if seen == 4:
                    await cluster.dump_cluster_state(str(tmp_path / "dump" / "state"), format="yaml")
            outcomes, _ = asking.result()
            canary.hear("events", repr(await cluster.get_events()))
        assert seen > 4
        assert len(list((tmp_path / "dump").iterdir())) == 1
        assert {type(outcome) for outcome in outcomes} >= {Answered}
    assert canary.carried >= {"number", "token", "reference", "private key"}
    assert canary.hits() == []


def vars_of(task: Any) -> list[object]:
    return [getattr(task, name, None) for name in type(task).__slots__ if not name.startswith("__")]


async def test_a_stop_is_heard_by_the_workers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cluster: Any
) -> None:
    """What was answered by then is told, also of partitions that are not done; nothing more is asked."""
    stop = asyncio.Event()
    async with sandbox_for(monkeypatch, tmp_path, faults=Faults(latency=0.2)) as sandbox:
        async with DaskClient(cluster, partition=100) as client:
            asking = asyncio.create_task(collected(client, stop=stop))
            await until_asked(sandbox, 50)
            stop.set()
            outcomes, fault = await asking
        assert isinstance(fault, Interrupted)
        known = {each.query for each in outcomes if isinstance(each, Answered | Rejected)}
        assert 50 <= sandbox.ledger.calls == len(known) < len(NUMBERS)
        assert all(isinstance(each.fault, Interrupted) for each in outcomes if isinstance(each, Pending))


async def test_leaving_early_ends_the_partitions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cluster: Any
) -> None:
    """The client is closed with them under way, and asks nothing any more."""
    async with sandbox_for(monkeypatch, tmp_path, faults=Faults(latency=0.2)) as sandbox:
        async with (
            DaskClient(cluster, partition=20) as client,
            aclosing(verify_many(client, CANDIDATES)) as stream,
        ):
            async for _ in stream:
                break
        calls = sandbox.ledger.calls
        await asyncio.sleep(0.5)
        assert sandbox.ledger.calls == calls < len(NUMBERS)
        assert not [key for key in cluster.cluster.scheduler.tasks if "precontractual" in str(key)]


async def test_a_token_is_revoked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cluster: Any) -> None:
    """One worker fetches the next for all."""
    async with sandbox_for(monkeypatch, tmp_path, faults=Faults(latency=0.05)) as sandbox:
        async with DaskClient(cluster, partition=30) as client:
            asking = asyncio.create_task(collected(client))
            await until_asked(sandbox, 60)
            sandbox.oauth.revoke_all()
            outcomes, fault = await asking
        assert fault is None
        assert not [outcome for outcome in outcomes if isinstance(outcome, Pending)]
        assert sandbox.oauth.requests == 2
        assert sandbox.ledger.most_tokens_in_flight == 1


async def test_an_outage_is_probed_by_one_worker(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cluster: Any
) -> None:
    """Once it is known all of them together make no more calls than one would; then everybody goes on."""
    async with sandbox_for(monkeypatch, tmp_path) as sandbox:
        monkeypatch.setenv("PRECONTRACTUAL_RATE", "60")
        cluster.cluster.scale(4)
        await cluster.wait_for_workers(4)
        async with DaskClient(cluster, partition=20) as client:
            begun = asyncio.create_task(collected(client))
            await until_asked(sandbox, 40)
            since = time.monotonic()
            sandbox.faults.outages = [(0.0, since - sandbox.gateway.started_at + LASTS)]
            outcomes, fault = await begun
    assert fault is None
    assert Pending not in {type(outcome) for outcome in outcomes}
    assert len(outcomes) == len(CANDIDATES)
    known = [at for at in sandbox.ledger.stamps if since + LASTS / 3 <= at < since + LASTS]
    assert len(known) <= 3  # 1 and 2 seconds after it was known, each from the answer to the one before


async def test_an_outage_is_heard_of_with_the_next_slots(cluster: Any) -> None:
    """Workers need not ask for it; a probe is one worker's until that says how it went, or is lost."""
    await cluster.register_plugin(SharedStatePlugin())
    workers = list(cluster.cluster.workers.values())
    one, other = (SchedulerConnection(worker, "all") for worker in workers)
    await one.began()
    assert not other.are_waiting
    await other.serve(Ask(rate=5, wanted=1))
    assert other.are_waiting
    while left := await one.probe():
        assert left <= 1
        await asyncio.sleep(left)
    await other.failed()  # it is not the one that probes
    assert cast("float", await other.probe()) > 50
    await workers[0].close()
    assert cast("float", await other.probe()) <= 2
    other.over()
    await other._telling
    assert await other.probe() is None
    assert not other.are_waiting


async def test_a_worker_whose_own_line_is_cut(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cluster: Any
) -> None:
    """It ends the run when our patience is over; until then the others go on."""
    send, cut = AiohttpTransport.send, set[int]()

    async def cut_for_one(transport: AiohttpTransport, request: HttpRequest) -> HttpResponse:
        if request.method == "GET" and (not cut or id(transport) in cut):
            cut.add(id(transport))
            raise Unreachable("the connection broke")
        return await send(transport, request)

    async with sandbox_for(monkeypatch, tmp_path) as sandbox:
        monkeypatch.setattr(AiohttpTransport, "send", cut_for_one)
        told = {"PATIENCE": "4"}
        async with DaskClient(cluster, partition=20, arguments=told) as client:
            _, fault = await collected(client)
    assert isinstance(fault, GatewayDown)
    assert sandbox.ledger.calls > len(NUMBERS) // 2  # far more than the partitions that the others had begun


async def test_a_429_slows_all_workers_down(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cluster: Any
) -> None:
    """Far above the gateway's limit, on a busy machine too: some are refused, each row is answered."""
    async with sandbox_for(monkeypatch, tmp_path, limit=50) as sandbox:
        async with DaskClient(cluster, partition=60, arguments={"RATE": "150"}) as client:
            outcomes, fault = await collected(client)
            assert client.statistics().pauses >= 1
        assert fault is None
        assert not [outcome for outcome in outcomes if isinstance(outcome, Pending)]
        assert 1 <= sandbox.ledger.statuses[429] < 60


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "PRECONTRACTUAL_CLIENT_ID",
            "another",
            "a worker of the cluster has other settings than this process",
        ),
        ("PRECONTRACTUAL_CLIENT_ID", "", "CLIENT_ID is not set"),
        ("PRECONTRACTUAL_KEY_FILE", "/nowhere/key.pem", "KEY_FILE"),
    ],
)
async def test_workers_with_other_settings_ask_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cluster: Any, name: str, value: str, said: str
) -> None:
    """The run stops once, and says what to do."""
    async with sandbox_for(monkeypatch, tmp_path) as sandbox:
        async with DaskClient(cluster) as client:
            monkeypatch.setenv(name, value)
            outcomes, fault = await collected(client)
        assert isinstance(fault, RunStopped)
        assert said in fault.diagnosis
        assert not [outcome for outcome in outcomes if isinstance(outcome, Answered)]
        assert sandbox.ledger.calls == sandbox.oauth.requests == 0


async def test_wrong_credentials_stop_the_run_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cluster: Any
) -> None:
    """By the fault that one process would have stopped with; the others of the batch are told the same."""
    async with sandbox_for(monkeypatch, tmp_path) as sandbox:
        monkeypatch.setenv("PRECONTRACTUAL_CLIENT_ID", "nobody")
        async with DaskClient(cluster, partition=20) as client:
            outcomes, fault = await collected(client)
        assert type(fault).__name__ == "CredentialsRefused"
        pending = [each.fault for each in outcomes if isinstance(each, Pending)]
        assert pending
        assert {type(each).__name__ for each in pending} == {"CredentialsRefused"}
        assert sandbox.ledger.calls == 0
        assert sandbox.oauth.requests <= 2


async def test_a_scheduler_that_goes_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cluster: Any
) -> None:
    """The run stops; what was answered is told."""
    async with sandbox_for(monkeypatch, tmp_path, faults=Faults(latency=0.1)) as sandbox:
        async with DaskClient(cluster, partition=20) as client:
            asking = asyncio.create_task(collected(client))
            await until_asked(sandbox, 100)
            await cluster.cluster.scheduler.close()
            outcomes, fault = await asking
        assert isinstance(fault, RunStopped)
        assert "the connection to the Dask cluster is lost" in fault.diagnosis
        assert [outcome for outcome in outcomes if isinstance(outcome, Pending)]


async def test_a_cluster_that_has_no_workers_any_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cluster: Any
) -> None:
    """They are waited for as long as a gateway would be; then the run stops."""
    monkeypatch.setattr("precontractual_async.dask.client._LOOK", 0.1)
    told = {"PATIENCE": "0.5", "RATE": "100"}
    async with sandbox_for(monkeypatch, tmp_path) as sandbox:
        async with DaskClient(cluster, partition=20, arguments=told) as client:
            asking = asyncio.create_task(collected(client))
            await until_asked(sandbox, 50)
            cluster.cluster.scale(0)
            _, fault = await asking
        assert isinstance(fault, RunStopped)
        assert fault.diagnosis == "the Dask cluster has no workers"


def test_nobody_needs_dask_who_does_not_ask_for_it() -> None:
    """It is not imported, also not by who looks at the client of a cluster."""
    code = "import precontractual_async as p, sys; p.DaskClient; sys.exit('distributed' in sys.modules)"
    assert subprocess.run([REAL, "-c", code], check=False).returncode == 0


async def test_a_partition_that_dask_hands_on_by_itself_is_asked_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, cluster: Any
) -> None:
    """Its second worker asks nothing: whether it is asked again is ours to decide."""
    async with sandbox_for(monkeypatch, tmp_path) as sandbox:
        async with DaskClient(cluster, partition=20) as client:
            query = cast(Any, client.planner().plan(CANDIDATES[0]))
            sealed = client._envelope.encrypt_queries([query], "one")
            given = (client._plugin, "batch", "one", sealed)
            words = [(await cluster.submit(ask_partition, *given, key=f"{key}"))[0] for key in range(2)]
        assert words == ["report", "begun"]
        assert sandbox.ledger.calls == 1


async def test_a_worker_is_killed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With SIGKILL, in processes of their own: no row is lost, and no more than its partition is asked again."""
    async with sandbox_for(monkeypatch, tmp_path, faults=Faults(latency=0.1)) as sandbox:
        async with DaskClient("local:2", partition=30, arguments={"RATE": "100"}) as client:
            asking = asyncio.create_task(collected(client, journal=MemoryJournal()))
            await until_asked(sandbox, 80)
            victim = next(iter((await client._dask.run(os.getpid)).values()))
            os.kill(victim, signal.SIGKILL)
            outcomes, fault = await asking
        assert fault is None
        assert len(told(outcomes)) == len(CANDIDATES)
        assert not [outcome for outcome in outcomes if isinstance(outcome, Pending)]
        assert sandbox.ledger.distinct == len(NUMBERS)
        assert 0 < sandbox.ledger.calls - len(NUMBERS) <= 30
        assert sandbox.ledger.most_of_one == 2
        assert sandbox.ledger.most_in_one_second() <= 102
        assert sandbox.oauth.requests <= 2


async def test_tls_as_the_readme_does_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With certificates in files; nobody gets in without."""
    untyped: Any = distributed
    security = untyped.Security.temporary()
    for name, content in {
        "ca.pem": security.tls_ca_file,
        "client.pem": security.tls_client_cert,
        "client-key.pem": security.tls_client_key,
    }.items():
        (tmp_path / name).write_text(content)
    code = next(each for each in CODE if "Security(" in each)
    told: dict[str, Any] = {}
    exec(code, told)  # noqa: S102 (our own)
    async with (
        sandbox_for(monkeypatch, tmp_path) as sandbox,
        untyped.LocalCluster(
            n_workers=1,
            processes=False,
            protocol="tls://",
            security=security,
            asynchronous=True,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
        ) as local,
    ):
        address = local.scheduler_address
        assert address.startswith("tls://")
        with pytest.raises(RunStopped, match="the connection to the Dask cluster is lost"):
            async with DaskClient(address.replace("tls:", "tcp:")):
                pass
        outcomes = await told["screened"](address, tmp_path, NUMBERS[:20], DAY)
        assert len(outcomes) == sandbox.ledger.calls == 20


async def test_addresses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without TLS on this machine only; what workers are not told is said; nothing listens at this port."""
    async with sandbox_for(monkeypatch, tmp_path):
        for address in ("tcp://10.0.0.7:8786", "tcp://scheduler:8786"):
            with pytest.raises(InvalidSettings, match="without TLS is accepted on this machine only"):
                DaskClient(address)
        for address in (
            "",
            "local:0",
            "local:-1",
            "scheduler",
            "http://127.0.0.1:1",
            "tls://host",
            "tls://h:x",
        ):
            with pytest.raises(InvalidSettings, match="the address of the Dask cluster is none"):
                DaskClient(address)
        with pytest.raises(InvalidSettings, match="workers are not told KEY_FILE"):
            DaskClient("local:2", arguments={"KEY_FILE": "k"})
        for rows in (0, 501):
            with pytest.raises(InvalidSettings, match="a partition has 1 to 500 rows"):
                DaskClient("local:2", partition=rows)
        DaskClient("tls://scheduler.example:8786")
        assert "PRECONTRACTUAL_KEY_FILE" in os.environ
