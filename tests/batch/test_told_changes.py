"""Every change is told once, none twice, none is missing: against a model that knows the truth."""

from __future__ import annotations

import asyncio
import io
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support import virtual
from support.batch import BEGAN, CALLER, answered
from support.journals import InlineJournal
from support.numbers import CITIZEN, generated
from support.virtual import START
from support.ways import Way, parameters, reply

from precontractual_async import (
    Candidate,
    Deferred,
    Entry,
    Outcome,
    Pending,
    PrecontractualClient,
    Query,
    RecheckPolicy,
    Refused,
    ServerError,
    Settings,
    Status,
    verify_many,
)
from precontractual_async.batch.changes import Changes
from precontractual_async.batch.decisions import Decision, decisions
from precontractual_async.batch.intake import intake_of
from precontractual_async.batch.question_words import streak_of, waits_for_mandate
from precontractual_async.journal.list_changes import Change, ChangeKind, HoursRule
from precontractual_async.model.dates import day_in_brussels
from precontractual_async.model.errors import Fault
from precontractual_async.model.moves import spelled, word_of
from precontractual_async.model.planning import Planner
from precontractual_async.protocol.wire import HttpRequest, HttpResponse
from precontractual_async.tables import Source, read_list
from precontractual_async.tables.columns import find_columns
from precontractual_async.tables.questions import Questions
from precontractual_async.tables.table import Row

PLACE = "/srv/starters.csv"
DAY = "2026-12-31"
NUMBERS = tuple(generated(200, seed=5))
Telling = Mapping[str, tuple[ChangeKind, str, str]]
"""By citizen: why, the word before and the word now."""


class Killed(Exception):
    """The process ends here."""


def questions_of(numbers: Sequence[str], day: str = DAY) -> Questions:
    text = "insz;start\n" + "".join(f"{number};{day}\n" for number in numbers)
    table = read_list(Source(io.BytesIO(text.encode())), "csv")
    return Questions(table, find_columns(table.columns, {}, needs_date=True))


@define
class Heard:
    """What was told in one run; nobody is told of twice."""

    told: dict[str, tuple[ChangeKind, str, str]] = field(factory=dict)
    changes: list[Change] = field(factory=list)

    def hear(self, change: Change, _: Row | None = None) -> None:
        assert change.parts[0] not in self.told
        self.told[change.parts[0]] = change.kind, change.before, change.now
        self.changes.append(change)


def expected(
    before: Mapping[str, str], now: Mapping[str, str], waiting: Callable[[str], bool]
) -> dict[str, tuple[ChangeKind, str, str]]:
    """What a run has to tell, by the words that were told last and those of now."""
    told = {number: (ChangeKind.LEFT, word, "") for number, word in before.items() if number not in now}
    for number, word in now.items():
        old = before.get(number)
        if old is None:
            told[number] = ChangeKind.NEW, "", word
        elif old != word:
            told[number] = (ChangeKind.ASKABLE if old == "deferred" else ChangeKind.CHANGED), old, word
        elif waiting(word):
            told[number] = ChangeKind.WAITING, old, word
    return told


# --- a month of nights


@define
class World:
    """What the gateway knows, and what it would answer; in an outage it answers nobody."""

    truth: dict[str, tuple[str, str]]
    is_out: bool = False
    calls: int = 0
    kill_at: int | None = None
    kill: Callable[[], object] = lambda: None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.calls += 1
        if self.calls == self.kill_at:
            self.kill()
        if self.is_out:
            return reply(503, {})
        flexi, student = self.truth[parameters(request)["citizen"]]
        block: dict[str, object] = {"allowed": student}
        if student == "ok":
            block["hoursRemaining"] = 100
        return reply(200, {"flexiJobResult": {"allowed": flexi}, "studentJobResult": block})


_WORDS = {"noGrant": "no_grant", "errorGrant": "error_grant"}


def word(truth: tuple[str, str]) -> str:
    return "/".join(_WORDS.get(each, each) for each in truth)


@define
class Month:
    """Runs of one list, one after the other; each opens the journal anew, as a process would."""

    settings: Settings
    path: Path
    world: World
    at: datetime = START

    def run(self, numbers: Sequence[str], kill_in_telling: int | None = None) -> Heard | None:
        """What the run told; None: it was killed, and nobody heard anything."""
        with closing(InlineJournal.at(self.path).store) as store:
            journal = InlineJournal(store)
            try:
                return virtual.run(self._run(journal, numbers, kill_in_telling))
            except (Killed, asyncio.CancelledError):
                return None

    async def _run(
        self, journal: InlineJournal, numbers: Sequence[str], kill_in_telling: int | None
    ) -> Heard:
        loop_began = asyncio.get_running_loop().time()

        def now() -> datetime:
            return self.at + timedelta(seconds=asyncio.get_running_loop().time() - loop_began)

        task = asyncio.current_task()
        assert task is not None
        self.world.kill = task.cancel
        due, questions, heard = RecheckPolicy(fresh_for=timedelta(hours=12)), questions_of(numbers), Heard()
        stopped: Fault | None = None
        async with PrecontractualClient(
            self.settings, transport=Way(self.world), now=now, jitter=lambda: 0.5
        ) as client:
            began = client.now()
            candidates = [questions.candidate(pair) for pair in questions.pairs()]
            try:
                async for _ in verify_many(client, candidates, journal=journal, due=due):
                    pass
            except Fault as fault:
                stopped = fault
            intake = intake_of(client, due, began=began, check_window=True)
            changes = Changes(journal, PLACE, questions, day_in_brussels(now()), heard.hear)
            await changes.begin()
            count = 0
            async for decision in decisions(questions, intake, journal):
                count += 1
                if count == kill_in_telling:
                    await changes._compare()  # some of it is noted by then
                    raise Killed
                await changes.add(decision, decision.unasked(stopped))
            await changes.end()
            if kill_in_telling == 0:
                raise Killed  # all is written, and the last word is not said
            await changes.keep(client.now())
        return heard


def happen(draw: random.Random, world: World, listed: list[str], spare: list[str]) -> None:
    """A day: mandates are given, hours are used up, registers come and go, rows too; nobody says in what order."""
    for number in draw.sample(listed, len(listed) // 8):
        flexi, student = world.truth[number]
        if "noGrant" in (flexi, student):
            world.truth[number] = (
                "ok" if flexi == "noGrant" else flexi,
                "ok" if draw.random() < 0.5 else student,
            )
        elif student == "ok" and draw.random() < 0.5:
            world.truth[number] = flexi, "nok"
        elif flexi == "errorGrant" or draw.random() < 0.2:
            world.truth[number] = draw.choice(("ok", "nok")), student
    for _ in range(draw.randrange(6)):
        spare.append(listed.pop(draw.randrange(len(listed))))
    for _ in range(draw.randrange(6)):
        listed.append(spare.pop(draw.randrange(len(spare))))
    draw.shuffle(listed)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_month_of_nights(settings: Settings, tmp_path: Path, seed: int) -> None:
    """Thirty, with an outage of two nights and three kills: while it asks, while it tells, and just before its end."""
    draw = random.Random(seed)
    pairs = (
        ("noGrant", "noGrant"),
        ("noGrant", "ok"),
        ("ok", "ok"),
        ("nok", "ok"),
        ("errorGrant", "ok"),
        ("nok", "nok"),
    )
    world = World({number: draw.choice(pairs) for number in NUMBERS})
    listed, spare = list(NUMBERS[:120]), list(NUMBERS[120:200])
    month = Month(settings, tmp_path / "j.db", world)
    known: dict[str, str] = {}
    last: dict[str, str] = {}
    seen = Counter[ChangeKind]()
    for night in range(30):
        month.at = START + timedelta(days=night)
        world.is_out = night in (11, 12)
        if night == 7:
            world.kill_at = world.calls + 40
            assert month.run(listed) is None
        elif night == 15:
            assert month.run(listed, kill_in_telling=60) is None
        elif night == 21:
            assert month.run(listed, kill_in_telling=0) is None
        month.at += timedelta(minutes=30)
        heard = month.run(listed)
        assert heard is not None
        if not world.is_out:
            known |= {number: word(world.truth[number]) for number in listed}
        now = {number: known.get(number, "pending") for number in listed}
        assert heard.told == expected(last, now, lambda each: "no_grant" in each)
        seen.update(kind for kind, _, _ in heard.told.values())
        last = now
        again = month.run(listed)
        assert again is not None
        assert {kind for kind, _, _ in again.told.values()} <= {ChangeKind.WAITING}
        happen(draw, world, listed, spare)
    assert (
        min(seen[kind] for kind in (ChangeKind.NEW, ChangeKind.CHANGED, ChangeKind.LEFT, ChangeKind.WAITING))
        > 20
    )


# --- smaller, and everything


def query(number: str) -> Query:
    planned = Planner(CALLER, None).plan(Candidate(number, DAY))
    assert isinstance(planned, Query)
    return planned


_OUTCOMES: Mapping[str, Callable[[Query], Outcome]] = {
    "ok/ok": lambda q: answered(q, BEGAN, Status.OK, Status.OK, 100),
    "nok/nok": lambda q: answered(q, BEGAN, Status.NOK, Status.NOK),
    "no_grant/ok": lambda q: answered(q, BEGAN, Status.NO_GRANT, Status.OK, 100),
    "pending": lambda q: Pending(q, ServerError("the gateway answered 503", status=503)),
    "deferred": lambda q: Deferred(q, date(2026, 12, 1)),
    "refused": lambda q: Refused(Candidate(q.citizen, DAY), ("start date: in the past",)),
}
FEW = NUMBERS[:5]
NIGHTS = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from(FEW), st.sampled_from(sorted(_OUTCOMES))), min_size=1, max_size=6),
        st.sampled_from(("whole", "killed", "killed at the end")),
        st.randoms(use_true_random=False),
    ),
    max_size=6,
)


@given(NIGHTS)
@hypothesis_settings(max_examples=60, deadline=None)
def test_any_nights(nights: list[tuple[list[tuple[str, str]], str, random.Random]]) -> None:
    """With doubles, in any order, killed or not: as the model has it."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(InlineJournal.at(Path(folder) / "j.db").store) as store,
    ):
        last: dict[str, str] = {}
        for rows, end, order in nights:
            now = dict(rows)
            listed = [number for number, _ in rows]
            order.shuffle(listed)
            heard = asyncio.run(told_of(InlineJournal(store), now, listed, end))
            if end == "killed":
                continue
            assert heard.told == expected(last, now, lambda each: "no_grant" in each)
            if end == "whole":
                last = now


async def told_of(journal: InlineJournal, now: Mapping[str, str], listed: list[str], end: str) -> Heard:
    heard = Heard()
    questions = questions_of(listed)
    changes = Changes(journal, PLACE, questions, BEGAN.date(), heard.hear)
    await changes.begin()
    for (row, start), number in zip(questions.pairs(), listed, strict=True):
        asked = query(number)
        outcome = _OUTCOMES[now[number]](asked)
        await changes.add(Decision(row, start, outcome, asked), outcome)
    await changes.end()
    if end == "whole":
        await changes.keep(BEGAN)
    return heard


# --- hours, waiting, rows that cannot be understood


def hours_told(path: Path, rule: HoursRule, *hours: int) -> list[tuple[int | None, int | None]]:
    """Which of these hours, night after night, are told, and what before."""
    told: list[tuple[int | None, int | None]] = []

    async def nights() -> None:
        for each in hours:
            questions, asked = questions_of([CITIZEN]), query(CITIZEN)

            def hear(change: Change, _: Row | None) -> None:
                told.append((change.hours_before, change.hours_now))

            changes = Changes(journal, PLACE, questions, BEGAN.date(), hear, rule)
            await changes.begin()
            outcome = answered(asked, BEGAN, Status.OK, Status.OK, each)
            for row, start in questions.pairs():
                await changes.add(Decision(row, start, outcome, asked), outcome)
            await changes.end()
            await changes.keep(BEGAN)

    with closing(InlineJournal.at(path).store) as store:
        journal = InlineJournal(store)
        asyncio.run(nights())
    return told[1:]


@pytest.mark.parametrize(
    ("rule", "hours", "told"),
    [
        (HoursRule(), (475, 10, 0), []),
        (HoursRule(below=50), (475, 60, 49, 30, 50, 40), [(475, 49), (49, 40)]),
        (HoursRule(step=50), (475, 450, 426, 425, 400, 475), [(475, 425), (425, 475)]),
        (HoursRule(below=50, step=100), (120, 60, 45, 44), [(120, 45)]),
    ],
)
def test_hours_are_told_by_the_rule(
    tmp_path: Path, rule: HoursRule, hours: tuple[int, ...], told: list[tuple[int, int]]
) -> None:
    """Below: when they cross it. By steps: from those that were told last, so that many small ones add up."""
    assert hours_told(tmp_path / "j.db", rule, *hours) == told


def test_since_when_and_how_often() -> None:
    """Of the last in a row: one that had a mandate between waits since it ended."""
    asked = query(CITIZEN)
    statuses = (Status.NO_GRANT, Status.ERROR_GRANT, Status.NO_GRANT, Status.NO_GRANT)
    ats = [BEGAN + timedelta(hours=6 * each) for each in range(4)]
    history = [
        Entry.of(answered(asked, at, status, Status.OK, 10), at)
        for at, status in zip(ats, statuses, strict=True)
    ]
    streak = streak_of(history, waits_for_mandate)
    assert (streak.since, streak.asked) == (ats[2], 2)
    assert streak_of(history, lambda learned: word_of(learned) == "ok/ok").since is None


def test_rows_that_cannot_be_understood_are_told_by_their_cells(tmp_path: Path) -> None:
    """One that is corrected is another question: the wrong one has left."""

    async def night(journal: InlineJournal, *numbers: str) -> list[tuple[ChangeKind, str]]:
        told: list[tuple[ChangeKind, str]] = []
        questions = questions_of(numbers)
        changes = Changes(
            journal,
            PLACE,
            questions,
            BEGAN.date(),
            lambda change, _: told.append((change.kind, change.parts[0])),
        )
        await changes.begin()
        for pair in questions.pairs():
            outcome = Refused(questions.candidate(pair), ("SSIN: 3 digits where 11 are needed",))
            await changes.add(Decision(*pair, outcome), outcome)
        await changes.end()
        await changes.keep(BEGAN)
        return told

    with closing(InlineJournal.at(tmp_path / "j.db").store) as store:
        journal = InlineJournal(store)
        assert asyncio.run(night(journal, "123", "124", "123")) == [
            (ChangeKind.NEW, "123"),
            (ChangeKind.NEW, "124"),
        ]
        assert asyncio.run(night(journal, "124", "125")) == [
            (ChangeKind.NEW, "125"),
            (ChangeKind.LEFT, "123"),
        ]


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("ok/-", "flexi-job: ok"),
        ("-/no_grant", "student job: no_grant"),
        ("nok/nok", "nok"),
        ("deferred", "deferred"),
    ],
)
def test_words_as_they_are_read(word: str, told: str) -> None:
    assert spelled(word) == told
