"""What is announced: each event when it should be, its seconds exact, its end in any case, and nobody named."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from attrs import define, evolve, field
from support import virtual
from support.canary import Canary
from support.journals import InlineJournal
from support.numbers import CITIZEN, ENTERPRISE, generated
from support.virtual import Suspensions, elapsed
from support.ways import Way, reference_of, reply

from precontractual_async import (
    Answer,
    Answered,
    BearerToken,
    Candidate,
    DeadlinePassed,
    Fault,
    Interrupted,
    PrecontractualClient,
    Query,
    RequestRejected,
    RetryPolicy,
    Settings,
    Status,
    verify_many,
)
from precontractual_async.observability.events import (
    Admitted,
    AttemptBegan,
    AttemptEnded,
    BatchBegan,
    BatchEnded,
    Endpoint,
    Event,
    Failure,
    JournalKept,
    OutageBegan,
    OutageEnded,
    OutageProbed,
    PauseBegan,
    RowTold,
    TokenRequestBegan,
    TokenRequestEnded,
    VerificationBegan,
    VerificationEnded,
    Waited,
    WaitReason,
)
from precontractual_async.protocol.wire import HttpRequest, HttpResponse

DAY = "2026-12-01"
API = Endpoint("GET", "127.0.0.1", 9, "/api/verifyPrecontractualData")
OAUTH = Endpoint("POST", "127.0.0.1", 9, "/token")
ENDS = {
    VerificationBegan: VerificationEnded,
    AttemptBegan: AttemptEnded,
    TokenRequestBegan: TokenRequestEnded,
    OutageBegan: OutageEnded,
    BatchBegan: BatchEnded,
}

_E = TypeVar("_E", bound=Event)

Handler = Callable[[HttpRequest], HttpResponse]


@define
class Heard:
    """An observer that keeps what it is told, and by which task."""

    events: list[tuple[Event, object]] = field(factory=list)

    def __call__(self, event: Event, /) -> None:
        self.events.append((event, asyncio.current_task()))

    def of(self, kind: type[_E]) -> list[_E]:
        return [event for event, _ in self.events if isinstance(event, kind)]

    def the(self, kind: type[_E]) -> _E:
        """The only one."""
        (event,) = self.of(kind)
        return event

    def waits(self) -> dict[WaitReason, float]:
        """Seconds by reason, to the hundredth."""
        seconds: dict[WaitReason, float] = {}
        for event in self.of(Waited):
            seconds[event.reason] = seconds.get(event.reason, 0.0) + event.seconds
        return {reason: round(took, 2) for reason, took in seconds.items()}

    def unpaired(self) -> dict[str, int]:
        """What began more often than it ended, or less often."""
        times = Counter(type(event) for event, _ in self.events)
        return {
            began.__name__: times[began] - times[ended]
            for began, ended in ENDS.items()
            if times[began] != times[ended]
        }


@define
class Watched:
    """Clients that tell `heard`, over a way, in virtual time."""

    settings: Settings
    heard: Heard = field(factory=Heard)

    def client(self, way: Way, **ports: Any) -> PrecontractualClient:
        return PrecontractualClient(
            self.settings, transport=way, now=virtual.now, jitter=lambda: 0.5, observer=self.heard, **ports
        )

    def verify(self, way: Way, **ports: Any) -> Answer:
        async def main() -> Answer:
            async with self.client(way, **ports) as client:
                return await client.verify(CITIZEN, DAY)

        return virtual.run(main())

    def batch(self, way: Way, count: int, journal: InlineJournal | None = None) -> Fault | None:
        questions = [Candidate(number, DAY, row=row) for row, number in enumerate(generated(count))]

        async def main() -> Fault | None:
            async with self.client(way) as client:
                try:
                    async for _ in verify_many(client, questions, journal=journal):
                        pass
                except Fault as fault:
                    return fault
                return None

        return virtual.run(main())


@pytest.fixture
def watched(settings: Settings) -> Watched:
    return Watched(settings)


def in_turn(*statuses: int, **headers: str) -> Handler:
    """These statuses, one after the other, then answers."""
    left = list(statuses)
    return lambda _: reply(left.pop(0), **headers) if left else reply()


def rounded(event: Any) -> object:
    """With its seconds to the hundredth."""
    return evolve(event, seconds=round(event.seconds, 2)) if hasattr(event, "seconds") else event


# --- one question -----------------------------------------------------------------------------------


def test_a_verification_is_told_from_its_wait_for_a_token_to_its_answer(watched: Watched) -> None:
    """In order, with the seconds of each part; the attempt carries the id that the gateway was sent."""
    way = Way(delay=0.25, token_delay=0.5)
    watched.verify(way)
    trace_id = way.calls[0].headers["BelGov-Trace-Id"]
    assert [rounded(event) for event, _ in watched.heard.events] == [
        VerificationBegan(),
        TokenRequestBegan(OAUTH),
        TokenRequestEnded(OAUTH, 0.5, None),
        Waited(WaitReason.TOKEN, 0.5),
        Admitted(is_batch=False, seconds=0.5),
        AttemptBegan(API, trace_id, 0),
        AttemptEnded(API, trace_id, 0.25, None),
        VerificationEnded(0.75, 1, Status.NOK, Status.OK, None),
    ]
    assert (watched.heard.the(AttemptEnded).status, watched.heard.the(TokenRequestEnded).status) == (200, 200)


def test_what_fails_is_told_with_its_kind_and_sent_again(watched: Watched) -> None:
    """Each attempt by itself, and that one waited in between; the verification has not failed."""
    watched.verify(Way(in_turn(500, 503)))
    attempts = watched.heard.of(AttemptEnded)
    assert [each.failure for each in attempts] == [
        Failure("ServerError", "the gateway answered 500", 500),
        Failure("ServerError", "the gateway answered 503", 503),
        None,
    ]
    assert [each.status for each in attempts] == [500, 503, 200]
    assert [each.resent for each in watched.heard.of(AttemptBegan)] == [
        0,
        1,
        2,
    ]
    end = watched.heard.the(VerificationEnded)
    assert (end.attempts, end.failure) == (3, None)
    assert watched.heard.waits()[WaitReason.RETRY] == 0.75  # half of 0.5 and of 1


def test_what_is_given_up_is_told_as_a_failure(watched: Watched) -> None:
    """A 400 is no answer about a citizen: there is no status of a block."""
    problem = {
        "status": 400,
        "issues": [{"in": "query", "name": "citizen", "detail": CITIZEN, "value": CITIZEN}],
    }
    with pytest.raises(RequestRejected):
        watched.verify(Way(lambda _: reply(400, problem)))
    end = watched.heard.the(VerificationEnded)
    rejected = Failure("RequestRejected", "the gateway does not know this SSIN", 400)
    assert isinstance(end, VerificationEnded)
    assert (end.attempts, end.flexi_job, end.student_job, end.failure) == (1, None, None, rejected)


def test_a_broken_answer_has_its_status(watched: Watched) -> None:
    """There was a response, of 200, though nothing could be read in it."""
    pages = iter([HttpResponse(200, {}, b"<html>")])
    watched.verify(Way(lambda _: next(pages, None) or reply()))
    broken, good = watched.heard.of(AttemptEnded)
    assert (broken.failure and broken.failure.kind, broken.status) == ("BrokenAnswer", 200)
    assert good.failure is None


def test_an_error_that_nobody_expected_is_told_by_its_name(watched: Watched) -> None:
    """Its text may hold anything."""

    def defect(_: HttpRequest) -> HttpResponse:
        raise ZeroDivisionError(CITIZEN)

    with pytest.raises(ZeroDivisionError):
        watched.verify(Way(defect))
    end = watched.heard.the(VerificationEnded)
    assert end.failure == Failure("ZeroDivisionError", "ZeroDivisionError", None)


# --- waits ------------------------------------------------------------------------------------------


def test_waits_are_told_apart(watched: Watched) -> None:
    """Four calls at two a second through one place: the pace; then a pause of the gateway's: the brake."""
    watched.settings = evolve(watched.settings, rate=2, concurrency=1)
    way = Way(in_turn(200, 200, 429, retry_after="20"), delay=0.01)
    watched.batch(way, 4)
    pause = watched.heard.the(PauseBegan)
    assert (pause.seconds, pause.why.kind, pause.why.status) == (20.0, "Throttled", 429)
    waits = watched.heard.waits()
    assert set(waits) == {WaitReason.TOKEN, WaitReason.RATE_LIMIT, WaitReason.RETRY, WaitReason.PAUSE}
    assert 1 < waits[WaitReason.RATE_LIMIT] < 3
    assert waits[WaitReason.RETRY] + waits[WaitReason.PAUSE] == pytest.approx(20, abs=0.1)


def test_a_pause_is_told_once(watched: Watched) -> None:
    """Many calls that are refused together make everybody wait once."""
    watched.settings = evolve(watched.settings, concurrency=10)
    watched.batch(Way(lambda _: reply(429, retry_after="5") if elapsed() < 1 else reply(), delay=0.2), 40)
    assert len(watched.heard.of(PauseBegan)) == 1


@pytest.mark.parametrize(
    ("rate", "width", "outage"), [(1000, 50, None), (20, 3, None), (5, 10, None), (100, 5, (1.0, 90.0))]
)
def test_waits_and_attempts_are_all_that_a_verification_takes(
    watched: Watched, rate: float, width: int, outage: tuple[float, float] | None
) -> None:
    """To the millisecond each, whatever goes wrong: nothing is waited for that is not told."""
    watched.settings = evolve(watched.settings, rate=rate, concurrency=width)
    begin, end = outage or (0.0, 0.0)
    errors = iter([200, 401, *[200, 500, 200, 429, 503, 200] * 6])
    way = Way(lambda _: reply(503) if begin <= elapsed() < end else reply(next(errors, 200)), delay=0.3)
    watched.batch(way, 60)
    parts: dict[object, list[float]] = {}
    checked = 0
    for event, task in watched.heard.events:
        match event:
            case VerificationBegan():
                parts[task] = []
            case Waited(seconds=seconds) | AttemptEnded(seconds=seconds):
                parts.setdefault(task, []).append(seconds)
            case VerificationEnded(seconds=seconds):
                checked += 1
                assert seconds == pytest.approx(sum(parts[task]), abs=0.001 * (2 + len(parts[task])))
            case _:
                pass
    assert checked >= 60
    reasons = {each.reason for each in watched.heard.of(Waited)}
    assert reasons >= (
        {WaitReason.PLACE, WaitReason.TOKEN, WaitReason.RETRY} | ({WaitReason.OUTAGE} if outage else set())
    )
    assert watched.heard.unpaired() == {}


# --- the same, asked together -----------------------------------------------------------------------


def told_by_task(heard: Heard) -> dict[object, list[str]]:
    told: dict[object, list[str]] = {}
    for event, task in heard.events:
        told.setdefault(task, []).append(type(event).__name__)
    return told


def test_who_joins_has_a_verification_of_their_own_and_the_call_is_told_once(watched: Watched) -> None:
    """Three ask the same: one attempt, in the verification of the first; the others wait for what comes of it."""
    way = Way(delay=0.25, token_delay=0.5)

    async def main() -> None:
        async with watched.client(way) as client:
            await asyncio.gather(*(client.verify(CITIZEN, DAY) for _ in range(3)))

    virtual.run(main())
    ends = watched.heard.of(VerificationEnded)
    assert [(each.attempts, each.student_job, each.failure) for each in ends] == [
        (1, Status.OK, None),
        (0, Status.OK, None),
        (0, Status.OK, None),
    ]
    assert {round(each.seconds, 2) for each in ends} == {0.75}
    assert len(way.calls) == len(watched.heard.of(AttemptEnded)) == 1
    assert watched.heard.waits() == {WaitReason.TOKEN: 0.5, WaitReason.JOINED: 1.5}
    alone = ["VerificationBegan", "Waited", "VerificationEnded"]
    whole = ["VerificationBegan", "Waited", "Admitted", "AttemptBegan", "AttemptEnded", "VerificationEnded"]
    token = ["TokenRequestBegan", "TokenRequestEnded"]
    assert sorted(told_by_task(watched.heard).values()) == sorted([alone, alone, whole, token])


def test_the_first_who_goes_away_leaves_the_verification_to_the_others(watched: Watched) -> None:
    """It is told to its end; with the last one it ends as what it is: cancelled."""

    async def main(*gone: int) -> None:
        async with watched.client(Way(delay=1.0)) as client:
            asking = [asyncio.create_task(client.verify(CITIZEN, DAY)) for _ in range(2)]
            await asyncio.sleep(0.5)
            for each in gone:
                asking[each].cancel()
            await asyncio.wait(asking)

    virtual.run(main(0))
    first, second = watched.heard.of(VerificationEnded)
    assert (first.attempts, first.failure, second.attempts, second.failure) == (1, None, 0, None)
    watched.heard.events.clear()
    virtual.run(main(0, 1))
    cancelled = Failure("CancelledError", "CancelledError", None)
    assert [each.failure for each in watched.heard.of(VerificationEnded)] == [cancelled] * 2
    assert watched.heard.unpaired() == {}


def test_a_verification_ends_as_its_caller_is_told(watched: Watched) -> None:
    """By its deadline, or by the closing of the client: whoever was first, and whoever joined."""

    async def late() -> None:
        async with watched.client(Way(delay=9.0)) as client:
            asking = (client.verify(CITIZEN, DAY, deadline=2.5) for _ in range(2))
            told = await asyncio.gather(*asking, return_exceptions=True)
            assert {type(each) for each in told} == {DeadlinePassed}

    virtual.run(late())
    passed = Failure("DeadlinePassed", "no answer within the 2.5 seconds that the caller gave", None)
    assert [each.failure for each in watched.heard.of(VerificationEnded)] == [passed] * 2
    watched.heard.events.clear()

    async def closed() -> None:
        async with watched.client(Way(delay=9.0)) as client:
            asking = [asyncio.create_task(client.verify(CITIZEN, DAY)) for _ in range(2)]
            await asyncio.sleep(1)
        await asyncio.wait(asking)

    virtual.run(closed())
    failure = Failure("ClientClosed", "the client was closed while this was asked", None)
    assert [each.failure for each in watched.heard.of(VerificationEnded)] == [failure] * 2
    assert watched.heard.unpaired() == {}


@pytest.mark.parametrize("statuses", [(), (503,)], ids=["good", "once in vain"])
def test_a_batch_that_joins_a_service_tells_of_no_call(watched: Watched, statuses: tuple[int, ...]) -> None:
    """Each call is told once, by whoever sent it; the other waited for it."""
    way = Way(in_turn(200, *statuses), delay=1.0)

    async def main() -> None:
        async with watched.client(way) as client:
            await client.verify(next(generated(1)), DAY)  # with a token at hand and two places
            verifying = asyncio.create_task(client.verify(CITIZEN, DAY))
            await asyncio.sleep(0.5)
            assert [type(each) async for each in verify_many(client, [Candidate(CITIZEN, DAY)])] == [Answered]
            await verifying

    virtual.run(main())
    assert len(watched.heard.of(AttemptBegan)) == len(watched.heard.of(AttemptEnded)) == len(way.calls)
    assert (
        sum(each.attempts for each in watched.heard.of(VerificationEnded))
        == len(way.calls)
        == 2 + len(statuses)
    )
    assert len(watched.heard.of(VerificationEnded)) == 3
    assert watched.heard.waits()[WaitReason.JOINED] >= 0.5
    assert watched.heard.unpaired() == {}


def test_variants_tell_the_same_observer(watched: Watched) -> None:
    """One by one and in a batch."""

    async def main() -> None:
        async with watched.client(Way()) as client:
            variant = client.with_options(retry=RetryPolicy(attempts=1))
            await variant.verify(CITIZEN, DAY)
            assert [type(each) async for each in verify_many(variant, [Candidate(CITIZEN, DAY)])] == [
                Answered
            ]

    virtual.run(main())
    assert len(watched.heard.of(VerificationEnded)) == len(watched.heard.of(AttemptEnded)) == 2
    assert watched.heard.the(BatchEnded).rows == {"answered": 1}


# --- what comes from elsewhere -----------------------------------------------------------------------


@define
class Slow:
    """A pace from elsewhere: half a second for each slot. A signer and tokens, which take as long."""

    pauses: int = 0
    allowed: float = 2.0

    async def acquire(self) -> None:
        await asyncio.sleep(0.5)

    def wait(self) -> None:
        return None

    def pause(self, seconds: float) -> None:
        pass

    def slow_down(self, pause: float) -> None:
        self.pauses += 1

    async def sign(self, signing_input: bytes) -> bytes:
        await asyncio.sleep(0.5)
        return signing_input[:32]

    async def fetch(self, rejected: BearerToken | None) -> BearerToken:
        await asyncio.sleep(0.5)
        return BearerToken.lasting("t0ken", 300, since=asyncio.get_running_loop().time())


def test_a_pace_from_elsewhere_is_timed(watched: Watched) -> None:
    """It knows of no watch: the client tells what each slot took, and the pauses that it counts itself."""
    way = Way(in_turn(429, 503, retry_after="2"), token_delay=0.25)
    watched.verify(way, rate_limiter=Slow())
    slots = [each for each in watched.heard.of(Waited) if each.reason is WaitReason.RATE_LIMIT]
    assert [round(each.seconds, 2) for each in slots] == [0.5] * 4  # the token request, and three calls
    pause = watched.heard.the(PauseBegan)
    assert (pause.seconds, pause.why.kind) == (2.0, "Throttled")
    assert watched.heard.waits()[WaitReason.TOKEN] == 0.75


def test_a_signer_is_waited_for_and_no_part_of_the_request(watched: Watched) -> None:
    """What is told of a request is what was on the wire."""
    watched.verify(Way(token_delay=0.25), signer=Slow())
    assert round(watched.heard.the(TokenRequestEnded).seconds, 2) == 0.25
    assert watched.heard.waits()[WaitReason.TOKEN] == 0.75


def test_of_tokens_from_elsewhere_only_the_wait_is_told(watched: Watched) -> None:
    """Where they come from is not known here, and whether anything was sent."""
    watched.verify(Way(), tokens=Slow())
    assert not watched.heard.of(TokenRequestBegan)
    assert not watched.heard.of(TokenRequestEnded)
    assert watched.heard.waits() == {WaitReason.TOKEN: 0.5}


# --- batches, outages, the journal ------------------------------------------------------------------


def test_a_batch_is_told_with_its_rows(watched: Watched) -> None:
    """Each row once, and at the end how many became what."""
    numbers = [*generated(5), "123"]
    questions = [Candidate(number, DAY, row=row) for row, number in enumerate(numbers)]
    questions += [questions[0], Candidate(CITIZEN, "2027-03-01", row=9)]

    async def main() -> None:
        async with watched.client(Way()) as client:
            assert len([outcome async for outcome in verify_many(client, questions)]) == 8

    virtual.run(main())
    end = watched.heard.the(BatchEnded)
    assert (end.rows, end.failure) == ({"answered": 6, "refused": 1, "deferred": 1}, None)
    told = Counter(each.outcome for each in watched.heard.of(RowTold))
    assert told == end.rows
    assert len(watched.heard.of(VerificationEnded)) == 5
    assert isinstance(watched.heard.events[0][0], BatchBegan)


def test_what_ends_a_batch_is_told(watched: Watched) -> None:
    """A fault of the run by its kind; a reader who leaves is none."""
    fault = watched.batch(Way(lambda _: reply(403)), 20)
    end = watched.heard.the(BatchEnded)
    assert fault is not None
    assert end.failure == Failure("AccessDenied", fault.diagnosis, 403)
    watched.heard.events.clear()

    async def main() -> None:
        questions = [Candidate(number, DAY) for number in generated(40)]
        async with watched.client(Way()) as client, aclosing(verify_many(client, questions)) as stream:
            async for _ in stream:
                break

    virtual.run(main())
    end = watched.heard.the(BatchEnded)
    assert (end.failure, end.rows) == (None, {"answered": 1})
    assert watched.heard.unpaired() == {}


def test_an_outage_is_told_from_its_begin_over_its_probes_to_its_end(watched: Watched) -> None:
    """As the batch knows it; the seconds count from its begin."""
    watched.settings = evolve(watched.settings, concurrency=10)
    watched.batch(Way(lambda _: reply(503) if 1 <= elapsed() < 61 else reply(), delay=0.2), 200)
    assert len(watched.heard.of(OutageBegan)) == 1
    probes = [each.seconds for each in watched.heard.of(OutageProbed)]
    assert probes == sorted(probes)
    assert probes[0] == pytest.approx(0.9, abs=0.1)
    end = watched.heard.the(OutageEnded)
    assert end.is_over
    assert end.seconds == pytest.approx(probes[-1] + 0.2, abs=0.01)
    assert 58 < end.seconds < 120


def test_an_outage_ends_with_its_batch(watched: Watched) -> None:
    """When our patience does, or the reader leaves; it is told that it was not over."""
    retry = evolve(watched.settings.retry, patience=30)
    watched.settings = evolve(watched.settings, concurrency=10, retry=retry)
    fault = watched.batch(Way(lambda _: reply(503)), 100)
    assert fault is not None
    end = watched.heard.the(OutageEnded)
    assert not end.is_over
    assert 30 <= end.seconds < 45
    batch = watched.heard.the(BatchEnded)
    assert batch.failure == Failure("GatewayDown", fault.diagnosis, None)


def test_the_lag_of_the_journal_is_told(watched: Watched, tmp_path: Path) -> None:
    """For each group: how many, and the seconds from its first outcome to the disk."""
    watched.batch(Way(delay=0.01), 60, InlineJournal.at(tmp_path / "journal.db", delay=0.4))
    groups = watched.heard.of(JournalKept)
    assert sum(each.rows for each in groups) == 60
    assert 0.4 <= min(each.lag for each in groups) <= max(each.lag for each in groups) < 1.3


# --- whoever listens --------------------------------------------------------------------------------


def test_whoever_fails_to_listen_harms_nobody(
    settings: Settings, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """All is answered, and each kind of error is told once, without its text."""

    def deaf(event: Event) -> None:
        raise (KeyError if isinstance(event, Waited) else ValueError)(CITIZEN)

    way = Way(in_turn(500, 429, 401), delay=0.1)
    watching = Watched(evolve(settings, concurrency=3, rate=20))
    watching.heard = deaf  # type: ignore[assignment]
    assert watching.batch(way, 30, InlineJournal.at(tmp_path / "journal.db")) is None
    told = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
    assert sorted(told) == [
        f"the observer failed ({name}); calls go on, what it was told is lost"
        for name in ("KeyError", "ValueError")
    ]
    assert len(way.calls) == 33


def test_nothing_is_left_open_whenever_somebody_is_cancelled(watched: Watched) -> None:
    """At each of its suspensions: what began has ended, and a cancellation is told as one."""

    async def main(points: Suspensions) -> None:
        async with watched.client(Way(in_turn(500, 429, 401), delay=0.1)) as client:
            query = client.planner().plan(Candidate(CITIZEN, DAY))
            assert isinstance(query, Query)
            with suppress(asyncio.CancelledError):
                await asyncio.create_task(points.through(client.ask(query)))

    for at in range(1, 400):
        watched.heard.events.clear()
        points = Suspensions(at)
        virtual.run(main(points))
        assert watched.heard.unpaired() == {}
        if not points.hits:
            break
        failure = watched.heard.the(VerificationEnded).failure
        assert failure == Failure("CancelledError", "CancelledError", None)
    assert 5 < at < 399


def test_nobody_is_named(watched: Watched, tmp_path: Path) -> None:
    """No event says a number, a reference, a token, a URL's query or an enterprise, in any form."""
    statuses = iter([200, 500, 400, 429, 401, 200] * 20)
    way = Way(lambda _: reply(next(statuses, 200), retry_after="1"), token_life=3, delay=0.2)
    watched.settings = evolve(watched.settings, concurrency=5, rate=30)
    watched.batch(way, 150, InlineJournal.at(tmp_path / "journal.db"))
    numbers = list(generated(150))
    canary = Canary({"client id": watched.settings.credentials.client_id, "enterprise": ENTERPRISE})
    for number in numbers:
        canary.learn("number", number)
        canary.learn("reference", reference_of(number))
    for request in way.calls:
        canary.see_request(request)
    kinds = {type(event) for event, _ in watched.heard.events}
    assert kinds >= {*ENDS, *ENDS.values(), Waited, Admitted, PauseBegan, RowTold, JournalKept} - {
        OutageBegan,
        OutageEnded,
    }
    for event, _ in watched.heard.events:
        canary.hear("events", repr(event))
    assert canary.carried >= {"number", "token", "reference"}
    assert canary.hits() == []


async def test_a_silent_client_tells_nobody(settings: Settings) -> None:
    """Without an observer there is nothing that could be called."""
    client = PrecontractualClient(settings, transport=Way())
    assert client.instrumentation is None


def test_a_stop_is_told(watched: Watched) -> None:
    """As what ended the run."""

    async def main() -> None:
        stop = asyncio.Event()
        async with watched.client(Way(delay=1)) as client:
            questions = [Candidate(number, DAY) for number in generated(400)]
            with pytest.raises(Interrupted):
                async for _ in verify_many(client, questions, stop=stop):
                    stop.set()

    virtual.run(main())
    end = watched.heard.the(BatchEnded)
    assert end.failure is not None
    assert end.failure.kind == "Interrupted"
    assert watched.heard.unpaired() == {}
