"""What is told of a run: from given instants, to the word."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any, Self

import pytest
from attrs import define, evolve, field
from support import virtual
from support.numbers import generated
from support.virtual import elapsed
from support.ways import Way, reply

from precontractual_async import MemoryJournal, PrecontractualClient, Settings, Wait
from precontractual_async.batch.list_screening import Screening
from precontractual_async.batch.progress import ProgressSnapshot, RunProgress, duration
from precontractual_async.cli.console import _Lines
from precontractual_async.tables import Source, read_list
from precontractual_async.tables.columns import find_columns
from precontractual_async.tables.questions import Questions


def snapshot(at: float, rows: Mapping[str, int], calls: int, **more: Any) -> ProgressSnapshot:
    return ProgressSnapshot(at, rows, calls, **{"retries": 0, "rate": 5.0, "allowed": 5.0} | more)


def told(total: int, *sights: ProgressSnapshot) -> tuple[str, ...]:
    run_progress = RunProgress(total)
    for each in sights:
        run_progress.see(each)
    return run_progress.lines()


def test_all_that_is_known() -> None:
    """How far, how fast against what is allowed, how long still; what became of the rows; calls and retries."""
    rows = {"pending": 1, "answered": 93, "deferred": 2, "refused": 3, "rejected": 1}
    assert told(500, snapshot(0, {}, 0), snapshot(20, rows, 96, retries=4)) == (
        "100 of 500 rows; 4.8 of 5 calls/s; 1 min 20 s left",
        "93 answered, 1 rejected, 3 refused, 2 deferred, 1 pending, 96 calls, 4 retries among them",
    )


def test_nothing_is_said_of_what_is_not_known() -> None:
    """No rate before a second has passed, and no time left without one."""
    assert told(500, snapshot(0, {}, 0)) == ("0 of 500 rows", "0 calls")
    assert told(500, snapshot(0, {}, 0), snapshot(0.9, {"answered": 4}, 4))[0] == "4 of 500 rows"
    assert told(500, snapshot(0, {}, 0), snapshot(1.0, {"answered": 4}, 5))[0].startswith(
        "4 of 500 rows; 5.0 of 5 calls/s"
    )


@pytest.mark.parametrize(
    "last",
    [
        snapshot(12, {"answered": 10}, 30),  # calls, and no row becomes known
        snapshot(12, {"answered": 20}, 30, waits=(Wait("the gateway asks for a pause", 3.0),)),
        snapshot(12, {"answered": 20}, 30, is_ending=True),
        snapshot(12, {"answered": 500}, 30),
    ],
)
def test_no_time_is_left_where_nothing_moves(last: ProgressSnapshot) -> None:
    """Nor when nothing is left, or nothing more is asked."""
    first = snapshot(0, {"answered": 10}, 10)
    assert "left" not in " ".join(told(500, first, last))
    assert "left" in " ".join(told(500, first, snapshot(12, {"answered": 20}, 30)))


def test_rates_slide() -> None:
    """What was ten seconds ago does not count any more, in whatever rhythm it is looked at."""
    for step in (0.5, 1.0, 2.5):
        run_progress = RunProgress(10_000)
        for tick in range(int(100 / step) + 1):
            at = tick * step
            done = int(min(at, 50) * 5 + max(0.0, at - 50) * 2)
            run_progress.see(snapshot(at, {"answered": done}, done))
            if 10 < at <= 50:
                assert run_progress.calls_per_second == pytest.approx(5, abs=0.1)
        assert run_progress.calls_per_second == pytest.approx(2)
        assert run_progress.seconds_left == pytest.approx((10_000 - 350) / 2)
        assert len(run_progress._seen) <= 10 / step + 2


def test_a_slow_pace_is_measured_over_as_many_calls() -> None:
    """One call in ten seconds is not more than one in twenty allows."""
    slow = {"rate": 0.05, "allowed": 0.05}
    run_progress = RunProgress(50)
    for at in range(401):
        run_progress.see(snapshot(at, {"answered": at // 20}, at // 20, **slow))
    assert run_progress.lines()[0] == "20 of 50 rows; 0.05 of 0.05 calls/s; 10 min 0 s left"


def test_why_it_waits() -> None:
    """Each reason a line, with the next attempt unless it is under way; and why the pace is not the one that is set."""
    waits = (Wait("the gateway asks for a pause", 41.2), Wait("a token is fetched", 0.0))
    assert told(9, snapshot(0, {}, 0, waits=waits, allowed=4.5))[2:] == (
        "waiting: the gateway asks for a pause; next attempt in 42 s",
        "waiting: a token is fetched",
        "slower after a 429: 4.5 calls/s instead of 5",
    )
    assert len(told(9, snapshot(0, {}, 0, allowed=4.99999))) == 2


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.1, "1 s"),
        (59, "59 s"),
        (59.1, "1 min 0 s"),
        (3599.5, "1 h 0 min"),
        (3600, "1 h 0 min"),
        (3601, "1 h 1 min"),
        (100_000, "27 h 47 min"),
    ],
)
def test_durations_are_rounded_up(seconds: float, words: str) -> None:
    """Nobody is told that it takes less than it does."""
    assert duration(seconds) == words


def test_a_log_gets_lines_that_grow_rarer(capsys: pytest.CaptureFixture[str]) -> None:
    """None at once, then after five seconds and after as long again, up to one a minute."""
    lines = _Lines(RunProgress(100))
    spoken = []
    for at in range(301):
        lines.show(snapshot(1000 + at, {"answered": at // 10}, at // 10))
        if capsys.readouterr().err:
            spoken.append(at)
    assert spoken == [5, 10, 20, 40, 80, 140, 200, 260]


def test_a_line_is_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    """One line with the same facts as the display."""
    lines = _Lines(RunProgress(100))
    lines.show(snapshot(0, {}, 0))
    lines.show(snapshot(5, {"answered": 20}, 25, waits=(Wait("the gateway asks for a pause", 3),)))
    assert capsys.readouterr().err == (
        "20 of 100 rows; 5.0 of 5 calls/s; 20 answered, 25 calls; "
        "waiting: the gateway asks for a pause; next attempt in 3 s\n"
    )


# --- where the figures come from


@define
class Watcher:
    """A progress that keeps what it is shown."""

    every: float = 1.0
    sights: list[ProgressSnapshot] = field(factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def show(self, snapshot: ProgressSnapshot) -> None:
        self.sights.append(snapshot)


def screening_of(text: str) -> Screening:
    table = read_list(Source(io.BytesIO(text.encode())), "jsonl")
    return Screening(Questions(table, find_columns(table.columns, {}, needs_date=True)), MemoryJournal())


def watched(client: PrecontractualClient, screening: Screening, watcher: Watcher) -> list[ProgressSnapshot]:
    async def main() -> None:
        async with client:
            await screening.ask(client, watcher)

    virtual.run(main())
    return watcher.sights


ClientFactory = Callable[..., PrecontractualClient]


def people(count: int) -> str:
    return "".join(f'{{"insz": "{number}", "start": "2026-12-01"}}\n' for number in generated(count))


def test_a_run_is_seen_in_its_own_time(client_of: ClientFactory, settings: Settings) -> None:
    """Once a second, not once a row; rows are counted when they are known, also those that are never asked."""
    odd = 'oops\n{"insz": "123", "start": "2026-12-01"}\n{"insz": "07010189901", "start": "2099-01-01"}\n'
    screening = screening_of(odd + people(100))
    sights = watched(client_of(Way(), evolve(settings, rate=10)), screening, Watcher())
    assert 10 <= len(sights) <= 12
    assert [round(each.at - sights[0].at) for each in sights[:-1]] == list(range(len(sights) - 1))
    early = {"answered": 20, "refused": 2, "deferred": 1}
    assert sights[2].rows == {word: pytest.approx(count, abs=2) for word, count in early.items()}
    assert (sights[2].rows["refused"], sights[2].rows["deferred"]) == (2, 1)
    assert sights[-1].rows == {"answered": 100, "refused": 2, "deferred": 1}
    assert [each.is_ending for each in sights] == [False] * (len(sights) - 1) + [True]
    assert sum(screening.known.values()) == screening.total
    assert screening.seconds == pytest.approx(sights[-1].at - sights[0].at, abs=0.01)


def test_a_run_is_seen_while_nothing_moves(client_of: ClientFactory, settings: Settings) -> None:
    """In an outage no row comes, and its reason is told all the same; afterwards it is gone."""
    away = Way(lambda _: reply(503, {}) if 2 <= elapsed() < 20 else reply())
    sights = watched(client_of(away, evolve(settings, rate=10)), screening_of(people(200)), Watcher())
    why = {round(each.at - sights[0].at): [wait.why for wait in each.waits] for each in sights}
    assert why[1] == []
    assert [words.startswith("no answer from the gateway for 1") for words in why[15]] == [True]
    assert sights[-1].waits == ()
    assert sights[-1].rows == {"answered": 200}
    assert {each.done for each in sights if 6 <= each.at - sights[0].at <= 18} == {sights[6].done}


def test_the_pace_is_the_one_of_the_moment(client_of: ClientFactory, settings: Settings) -> None:
    """Less is allowed after a 429."""
    strict = Way(lambda _: reply(429, {}) if 2 <= elapsed() < 2.1 else reply())
    sights = watched(client_of(strict, evolve(settings, rate=20)), screening_of(people(100)), Watcher())
    assert {each.rate for each in sights} == {20}
    assert sights[1].allowed == 20
    assert sights[4].allowed == pytest.approx(18, abs=0.2)
