"""Answers that somebody made to do harm: to the next citizen, to the memory, to the log, to the next run."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import pickle
import re
import traceback
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from attrs import evolve
from support.journals import KEY
from support.numbers import CITIZEN, generated
from support.raw import response
from support.wire import Answering, facing

from precontractual_async import (
    Answer,
    Answered,
    BrokenAnswer,
    Candidate,
    Description,
    Outcome,
    PrecontractualClient,
    Query,
    Rejected,
    RequestRejected,
    Settings,
    SqliteJournal,
    TypeOfWorker,
    verify_many,
)
from precontractual_async.protocol.codec import decode_answer, decode_problem

DAY = dt.date(2026, 12, 1)
NOW = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
NUMBERS = list(generated(30))
REJECTED = {"type": "urn:problem-type:belgif:badRequest"}


@pytest.fixture(autouse=True)
def _the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """These run in real time; the window is not what they are about."""
    monkeypatch.setattr(PrecontractualClient.__init__, "__kwdefaults__", {**DEFAULTS, "now": lambda: NOW})


DEFAULTS = dict(PrecontractualClient.__init__.__kwdefaults__ or {})


async def outcomes(client: PrecontractualClient, **options: object) -> list[Outcome]:
    candidates = [Candidate(number, DAY, row=number) for number in NUMBERS]
    return [outcome async for outcome in verify_many(client, candidates, **options)]  # type: ignore[arg-type]


async def test_an_answer_that_comes_twice_answers_nobody_else(settings: Settings) -> None:
    """A second copy that arrives on an idle connection must not be read as the next citizen's answer."""
    good = set(NUMBERS[::3])
    said: list[str] = []

    async def answer(call: int, writer: asyncio.StreamWriter) -> None:
        found = re.search(rb"citizen=([0-9]{11})", wire.heads[-1])
        assert found
        allowed = "ok" if found[1].decode() in good else "nok"
        said.append(allowed)
        block = {"allowed": allowed}
        writer.write(response(json.dumps({"flexiJobResult": block, "studentJobResult": block}).encode()))
        if call % 5 == 0:
            await writer.drain()
            asyncio.get_running_loop().call_later(0.005, writer.write, writer_copy(allowed))

    def writer_copy(allowed: str) -> bytes:
        return response(json.dumps({"flexiJobResult": {"allowed": allowed}}).encode())

    # Slow enough for a busy machine: a copy that comes when the next call is already out can be told by nobody.
    async with facing(evolve(settings, concurrency=1, rate=10), answer) as ends:
        wire = ends.wire
        told = await outcomes(ends.client)
        assert ends.client.statistics().retries > 0
    assert len(told) == 30
    for outcome in told:
        assert isinstance(outcome, Answered)
        assert (outcome.answer.flexi_job.status.value == "ok") == (outcome.row in good)


def saying_to_one(body: bytes) -> Answering:
    """Answers everybody; the fourth call gets a 400 with `body`."""

    async def answer(call: int, writer: asyncio.StreamWriter) -> None:
        writer.write(response(body, 400) if call == 4 else response())

    return answer


async def test_a_rejection_as_deep_as_can_be_is_kept_like_any_other(
    settings: Settings, tmp_path: Path
) -> None:
    """What it quotes is kept as text, so neither the journal nor a pickle falls into it."""
    deep = b'{"issues": [{"name": "citizen", "value": ' + b"[" * 900 + b"]" * 900 + b"}]}"
    async with (
        facing(settings, saying_to_one(deep)) as ends,
        SqliteJournal(tmp_path / "j.db", KEY) as journal,
    ):
        told = await outcomes(ends.client, journal=journal)
    kinds = [type(outcome) for outcome in told]
    assert (kinds.count(Answered), kinds.count(Rejected)) == (29, 1)
    [rejected] = [outcome for outcome in told if isinstance(outcome, Rejected)]
    assert rejected.problem.issues[0].value == "(a list or an object)"
    assert pickle.loads(pickle.dumps(rejected)) == rejected


async def test_a_firewalls_page_is_asked_again_in_the_next_run(settings: Settings, tmp_path: Path) -> None:
    """It said nothing about the citizen: the row is pending, and the next run gets its answer."""
    async with SqliteJournal(tmp_path / "j.db", KEY) as journal:
        async with facing(settings, saying_to_one(b"<html>blocked</html>")) as ends:
            told = await outcomes(ends.client, journal=journal)
            assert sum(isinstance(outcome, Answered) for outcome in told) == 29
        async with facing(settings, saying_to_one(b"")) as ends:
            told = await outcomes(ends.client, journal=journal)
            assert ends.calls == 1
            assert all(isinstance(outcome, Answered) for outcome in told)


def asked_by_a_batch(client: PrecontractualClient) -> Awaitable[Answer]:
    query = client.planner().plan(Candidate(CITIZEN, DAY))
    assert isinstance(query, Query)
    return client.ask(query)


ASKING: list[tuple[Callable[[PrecontractualClient], Awaitable[Answer]], str]] = [
    (asked_by_a_batch, "_attempt"),
    (lambda client: client.verify(CITIZEN, DAY), "_ask_together"),
]


@pytest.mark.parametrize(("ask", "frame"), ASKING, ids=["batch", "verify"])
@pytest.mark.parametrize("part", [response()[:30], response()[:-20]], ids=["head", "body"])
async def test_a_cancelled_call_shows_no_secret_among_its_locals(
    settings: Settings, part: bytes, ask: Callable[[PrecontractualClient], Awaitable[Answer]], frame: str
) -> None:
    """Error trackers show the locals of a traceback: the URL, the token and the body are not there."""

    arrived = asyncio.Event()

    async def answer(_: int, writer: asyncio.StreamWriter) -> None:
        writer.write(part)
        await writer.drain()
        arrived.set()

    async with facing(settings, answer) as ends:
        asking = asyncio.ensure_future(ask(ends.client))
        await arrived.wait()
        for _ in range(20):  # until what was sent was read
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError) as raised:
            await asking
    told = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    shown = repr([frame.locals for frame in told.stack if "precontractual_async" in frame.filename])
    assert frame in repr(told.stack)
    for secret in (CITIZEN, "canary-t0ken", "reference-of"):
        assert secret not in shown
    assert not [frame for frame in told.stack if "aiohttp" in frame.filename]


def decoded(document: object) -> object:
    body = json.dumps(document).encode()
    return decode_answer(body, wanted=TypeOfWorker.ALL, asked_at=NOW, trace_id="t")


def test_what_is_kept_of_an_answer_has_its_limits() -> None:
    """Labels, causes, values and issues: a hostile answer does not fill the memory of those who keep it."""
    description = {"type": ["x" * 9000, *map(str, range(900))], "label": {"nl": "y" * 90_000}}
    answer = decode_answer(
        json.dumps({"flexiJobResult": {"allowed": "z" * 9000, "description": [description] * 500}}).encode(),
        wanted=TypeOfWorker.ALL,
        asked_at=NOW,
        trace_id="t",
    )
    block = answer.flexi_job
    assert len(block.descriptions) == 16
    assert len(block.descriptions[0].types) == 16
    assert len(block.descriptions[0].types[0]) == len(block.allowed[0]) == 500
    assert len(block.descriptions[0].labels.raw("nl")) == 16_384
    problem = decode_problem(
        json.dumps({"issues": [{"name": "citizen", "value": "v" * 9000}] * 900}).encode(),
        status=400,
    )
    assert len(problem.issues) == 32
    assert problem.issues[0].value == "v" * 500


def test_a_late_contradiction_in_a_long_list_counts() -> None:
    """A limit on what is kept must not make one value out of two."""
    answer = decode_answer(
        json.dumps({"flexiJobResult": {"allowed": ["ok"] * 500 + ["nok"]}}).encode(),
        wanted=TypeOfWorker.ALL,
        asked_at=NOW,
        trace_id="t",
    )
    assert answer.flexi_job.status.value == "unrecognised"


@pytest.mark.parametrize("name", ["flexiJobResult", "studentJobResult"])
def test_blocks_that_contradict_each_other_answer_nothing(name: str) -> None:
    """`flexiJobResult` and `FLEXIJOBRESULT` in one answer: of two none is picked."""
    with pytest.raises(BrokenAnswer):
        decoded({name: {"allowed": "ok"}, name.upper(): {"allowed": "nok"}})


WRITINGS = (CITIZEN, "07.01.01-899.01", "07/01/01 899/01", "07_01_01_899_01", "070101 899 01")


@pytest.mark.parametrize("number", WRITINGS)
def test_no_text_of_a_problem_shows_a_number(number: str) -> None:
    """Not in a repr, and not in the pickle of the error, wherever the gateway quotes it."""
    document = {
        "type": f"urn:problem-type:belgif:{number}",
        "title": number,
        "detail": number,
        "instance": f"/verify?citizen={number}",
        "issues": [{"name": number, "in": number, "detail": number, "value": number}],
    }
    problem = decode_problem(json.dumps(document).encode(), status=400)
    assert number not in repr(problem) + repr(RequestRejected(problem)) + problem.summary
    assert number.encode() not in pickle.dumps(RequestRejected(problem))


def test_no_raw_text_shows_in_a_repr() -> None:
    """With columns mixed up the number stands for a date; the gateway may write it for a status."""
    candidate = Candidate(DAY, CITIZEN, CITIZEN, CITIZEN, row=1)
    answer = decoded({"flexiJobResult": {"allowed": CITIZEN}})
    assert CITIZEN not in repr(candidate) + repr(answer)


def described(description: object) -> Description:
    document = json.dumps({"flexiJobResult": {"allowed": "ok", "description": description}}).encode()
    answer = decode_answer(document, wanted=TypeOfWorker.ALL, asked_at=NOW, trace_id="t")
    return answer.flexi_job.descriptions[0]


def test_a_description_of_odd_parts() -> None:
    """Containers are named as such, and what looks alike to Python is not taken for each other."""
    deep = json.loads("[" * 900 + "]" * 900)
    for kind in (deep, {"a": deep}, {"a": 1}):
        assert described({"type": kind}).types == ("(a list or an object)",)
    assert [described({"type": kind}).types for kind in (True, 1, 1.0)] == [("true",), ("1",), ("1.0",)]
    assert described({"Label": {"NL": "x"}, "Type": "error"}).labels.raw("nl") == "x"
    for odd in (
        {"cause": "a", "Cause": "b"},
        {"label": {"nl": "a"}, "Label": {"nl": "b"}},
        {"label": {"nl": "a", "NL": "b"}},
    ):
        with pytest.raises(BrokenAnswer) as raised:
            described(odd)
        assert raised.value.__context__ is None


def test_what_repeats_is_kept_and_what_is_huge_is_not() -> None:
    """The caches hold what comes with every answer; a hostile answer does not stay."""
    usual = {"type": "disclaimer", "label": {"nl": "<i>x</i>"}}
    assert described(usual) is described(usual)
    before = described(usual)
    tracemalloc.start()
    for number in range(20):
        described({f"m{number}-{each}": "v" for each in range(8_000)})
        described({"type": f"{number}" + "\U0001f600" * 9_000})
        described({"label": {"nl": f"{number}" + "\U0001f600" * 9_000}})
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 4_000_000
    assert described(usual) == before


def test_long_texts_are_cut() -> None:
    """References, causes and details: what is kept of each is some hundred characters."""
    answer = decode_answer(
        json.dumps({"precontractualMainReference": "r" * 9000}).encode(),
        wanted=TypeOfWorker.ALL,
        asked_at=NOW,
        trace_id="t",
    )
    assert answer.main_reference == "r" * 500
