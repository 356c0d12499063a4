"""A month of nights in virtual time, and a model that knows what each of them has to tell."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from attrs import define, field, frozen

from precontractual_async import (
    Change,
    ChangeKind,
    PrecontractualClient,
    RecheckPolicy,
    Settings,
    verify_many,
)
from precontractual_async.batch.changes import Changes
from precontractual_async.batch.decisions import decisions
from precontractual_async.batch.intake import intake_of
from precontractual_async.journal.list_changes import HoursRule, changes_in
from precontractual_async.model.dates import day_in_brussels
from precontractual_async.model.errors import Fault
from precontractual_async.protocol.wire import HttpRequest, HttpResponse
from precontractual_async.tables import Source, read_list
from precontractual_async.tables.columns import find_columns
from precontractual_async.tables.questions import Questions
from precontractual_async.tables.table import Row

from . import virtual
from .journals import InlineJournal
from .numbers import generated
from .virtual import START
from .ways import Way, parameters, reply

PLACE = "/srv/starters.csv"
DAY = "2026-12-31"
NIGHTS: Final = 30
RULE = HoursRule(below=50, step=100)
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
    again: tuple[Change, ...] = ()
    """What the journal tells of it afterwards."""

    def hear(self, change: Change, _: Row | None = None) -> None:
        assert change.parts[0] not in self.told
        self.told[change.parts[0]] = change.kind, change.before, change.now
        self.changes.append(change)


@frozen
class Said:
    """What was told of a citizen: the word, the hours of that run, and those that were told."""

    word: str
    hours: int | None = None
    hours_told: int | None = None


def expected(
    before: Mapping[str, Said], now: Mapping[str, Said], rule: HoursRule | None = None
) -> dict[str, tuple[ChangeKind, str, str]]:
    """What a run has to tell, by what was told last and what is so now."""
    told = {number: (ChangeKind.LEFT, old.word, "") for number, old in before.items() if number not in now}
    for number, new in now.items():
        old = before.get(number)
        if old is None:
            told[number] = ChangeKind.NEW, "", new.word
        elif old.word != new.word:
            told[number] = (
                ChangeKind.ASKABLE if old.word == "deferred" else ChangeKind.CHANGED,
                old.word,
                new.word,
            )
        elif rule is not None and _tells(rule, old, new.hours):
            told[number] = ChangeKind.HOURS, old.word, new.word
        elif "no_grant" in new.word:
            told[number] = ChangeKind.WAITING, old.word, new.word
    return told


def _tells(rule: HoursRule, old: Said, hours: int | None) -> bool:
    """By the words of the guide: below, and not before; or by so many from those that were told."""
    if hours is None or old.hours is None or old.hours_told is None:
        return False
    assert rule.below is not None
    assert rule.step is not None
    return hours < rule.below <= old.hours or abs(hours - old.hours_told) >= rule.step


def remembered(before: Mapping[str, Said], now: Mapping[str, Said], told: Telling) -> dict[str, Said]:
    """What the next run compares with: hours that were not told stay those that were."""
    kept = {}
    for number, new in now.items():
        old, (kind, _, _) = before.get(number), told.get(number, (None, "", ""))
        is_silent = old is not None and kind in (None, ChangeKind.WAITING)
        kept[number] = Said(new.word, new.hours, old.hours_told if old and is_silent else new.hours)
    return kept


@define
class World:
    """What the gateway knows, and what it would answer; in an outage it answers nobody."""

    truth: dict[str, tuple[str, str]]
    hours: dict[str, int]
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
        number = parameters(request)["citizen"]
        flexi, student = self.truth[number]
        block: dict[str, object] = {"allowed": student}
        if student == "ok":
            block["hoursRemaining"] = self.hours[number]
        return reply(200, {"flexiJobResult": {"allowed": flexi}, "studentJobResult": block})

    def said(self, number: str) -> Said:
        """What is told of a citizen who was answered."""
        flexi, student = self.truth[number]
        hours = self.hours[number] if student == "ok" else None
        return Said("/".join(_WORDS.get(each, each) for each in (flexi, student)), hours, hours)


_WORDS = {"noGrant": "no_grant", "errorGrant": "error_grant"}
_PAIRS = (
    ("noGrant", "noGrant"),
    ("noGrant", "ok"),
    ("ok", "ok"),
    ("nok", "ok"),
    ("errorGrant", "ok"),
    ("nok", "nok"),
)


@define
class Month:
    """Runs of one list, one after the other; each opens the journal anew, as a process would."""

    settings: Settings
    path: Path
    world: World
    at: datetime = START
    die: Callable[[], object] | None = None
    """How it is killed; None: within the process."""

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

        def end() -> None:
            if self.die is not None:
                self.die()
            raise Killed

        task = asyncio.current_task()
        assert task is not None
        self.world.kill = self.die or task.cancel
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
            changes = Changes(journal, PLACE, questions, day_in_brussels(now()), heard.hear, RULE)
            await changes.begin()
            count = 0
            async for decision in decisions(questions, intake, journal):
                count += 1
                if count == kill_in_telling:
                    await changes._compare()  # some of it is noted by then
                    end()
                await changes.add(decision, decision.unasked(stopped))
            await changes.end()
            if kill_in_telling == 0:
                end()  # all is written, and the last word is not said
            await changes.keep(began)
        heard.again = changes_in(journal.store.lists, None, PLACE, RULE)
        return heard


def happen(draw: random.Random, world: World, listed: list[str], spare: list[str]) -> None:
    """A day: mandates are given, hours are used up, registers and rows come and go; nobody says in what order."""
    for number in draw.sample(listed, len(listed) // 8):
        flexi, student = world.truth[number]
        if "noGrant" in (flexi, student):
            world.truth[number] = (
                "ok" if flexi == "noGrant" else flexi,
                "ok" if draw.random() < 0.5 else student,
            )
        elif student == "ok" and draw.random() < 0.3:
            world.truth[number] = flexi, "nok"
        elif flexi == "errorGrant" or draw.random() < 0.2:
            world.truth[number] = draw.choice(("ok", "nok")), student
    for number in draw.sample(listed, len(listed) // 4):
        world.hours[number] = max(0, world.hours[number] - draw.randrange(90))
    most = max(6, len(listed) // 100)
    for _ in range(draw.randrange(most)):
        spare.append(listed.pop(draw.randrange(len(listed))))
    for _ in range(draw.randrange(most)):
        listed.append(spare.pop(draw.randrange(len(spare))))
    draw.shuffle(listed)


@frozen
class Night:
    """What was told in one night, and what had to be."""

    number: int
    told: Telling
    expected: Telling
    again: Telling
    """What the journal tells of it, alone."""
    repeated: Telling
    """What the same run tells once more."""
    kills: int
    calls: int


def a_month(
    settings: Settings,
    path: Path,
    rows: int,
    seed: int = 1,
    killed: Callable[[Month, Sequence[str], int | None], object] | None = None,
) -> Iterator[Night]:
    """Thirty, with an outage of two nights and three kills: while it asks, while it tells, just before its end.

    `killed`: how a night is killed, when not within the process.
    """
    draw = random.Random(seed)
    numbers = tuple(generated(rows * 5 // 3, seed=5))
    world = World(
        {number: draw.choice(_PAIRS) for number in numbers},
        {number: draw.randrange(20, 601) for number in numbers},
    )
    listed, spare = list(numbers[:rows]), list(numbers[rows:])
    month = Month(settings, path, world)
    known: dict[str, Said] = {}
    last: dict[str, Said] = {}
    kills = {7: None, 15: rows // 2, 21: 0}
    for night in range(NIGHTS):
        month.at, began = START + timedelta(days=night), world.calls
        world.is_out = night in (11, 12)
        if night in kills:
            world.kill_at = world.calls + rows // 3 if night == 7 else None
            if killed is not None:
                killed(month, listed, kills[night])
            else:
                assert month.run(listed, kills[night]) is None
            world.kill_at = None
        month.at += timedelta(minutes=30)
        heard = month.run(listed)
        assert heard is not None
        if not world.is_out:
            known |= {number: world.said(number) for number in listed}
        now = {number: known.get(number, Said("pending")) for number in listed}
        wanted = expected(last, now, RULE)
        last = remembered(last, now, wanted)
        again = {each.citizen: (each.kind, each.before, each.now) for each in heard.again}
        repeated = month.run(listed)
        assert repeated is not None
        yield Night(night, heard.told, wanted, again, repeated.told, int(night in kills), world.calls - began)
        happen(draw, world, listed, spare)
