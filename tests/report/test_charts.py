"""Where the parts of a chart stand, and that whatever is in it stays text."""

from __future__ import annotations

from datetime import timedelta
from xml.etree.ElementTree import Element, fromstring, tostring

import pytest
from attrs import evolve
from support.batch import BEGAN, CALLER, DATES, RUNS, answered, batch
from support.hostile import TEXTS
from support.journals import query_for
from support.numbers import generated
from support.pages import folded

from precontractual_async import Entry, Status
from precontractual_async.report.charts import Bar, Part, columns, strip
from precontractual_async.report.pictures import Picture, pictures
from precontractual_async.report.speech import Speech
from precontractual_async.words import LANGUAGES


def places(chart: Element) -> list[tuple[float, float]]:
    """Where each rectangle begins and how long it is, across."""
    return [
        (float(rect.attrib["x"].rstrip("%")), float(rect.attrib["width"].rstrip("%")))
        for rect in chart.iter("rect")
    ]


def bar(*counts: int) -> Bar:
    return Bar(
        "", "", tuple(Part(mark, count, mark) for mark, count in zip("knmlforp", counts, strict=False))
    )


def test_parts_lie_one_behind_the_other() -> None:
    """As long as they are many; what is not there is not drawn."""
    assert places(strip(bar(50, 0, 25), 100)) == [(0, 50), (50, 25)]


@pytest.mark.parametrize("counts", [(9998, 1, 1), (1, 1, 9998), (99_999, 1, 1, 1, 1, 1, 1, 1)])
def test_few_are_seen_and_nothing_sticks_out(counts: tuple[int, ...]) -> None:
    """One of ten thousand has a place, and all of them together are no longer than the chart."""
    found = places(strip(bar(*counts), sum(counts)))
    assert len(found) == len(counts)
    assert min(length for _, length in found) > 0.35
    assert sum(found[-1]) == pytest.approx(100, abs=0.01)


def test_columns_stand_on_the_line() -> None:
    """The highest fills the chart; labels are below, values above."""
    chart = columns("name", [evolve(bar(3, 1), label="a", value="4"), evolve(bar(2), label="b", value="2")])
    feet = [float(rect.attrib["y"]) + float(rect.attrib["height"]) for rect in chart.iter("rect")]
    heights = [float(rect.attrib["height"]) for rect in chart.iter("rect")]
    assert heights == [97.5, 32.5, 65]
    assert (feet[0], feet[2], feet[1]) == (148, 148, feet[0] - heights[0])
    assert [text.text for text in chart.iter("text")] == ["4", "a", "2", "b"]


def test_nothing_to_show() -> None:
    """An empty chart is no division by nothing, and has a name."""
    assert strip(bar(), 1).attrib["aria-label"] == "0"
    assert places(columns("name", [])) == []


@pytest.mark.parametrize("text", TEXTS[:9])
def test_texts_stay_texts(text: str) -> None:
    """Whatever they look like."""
    chart = columns(text, [Bar(text, text, (Part("k", 1, text),))], [text, text])
    again = fromstring(tostring(chart, encoding="unicode"))  # noqa: S314 (what we wrote ourselves)
    assert [each.text for each in again.iter("text")] == [text] * 4
    assert {each.tag for each in again.iter()} == {"svg", "rect", "title", "text", "line"}


# --- what is counted


def by_name(found: list[Picture]) -> dict[str, Picture]:
    return {picture.name: picture for picture in found}


def test_the_pictures_of_a_batch() -> None:
    """All six, and their figures are those of the fold."""
    fold = folded(batch(400))
    shown = by_name(pictures(fold, RUNS, Speech("en")))
    assert list(shown) == ["flexi", "student", "hours", "reasons", "progress", "runs"]
    rows = list(fold.rows())
    flexi = [int(cell.replace(",", "")) for row in shown["flexi"].rows for cell in row[1:]]
    assert sum(flexi) == len(rows) == 800
    hours = [row.student.hours for row in rows if row.student and row.student.hours is not None]
    assert [int(count) for _, count in shown["hours"].rows] == [
        sum(first <= each <= last for each in hours)
        for first, last in [(0, 0), (1, 99), *((n, n + 99) for n in range(100, 600, 100)), (600, 9999)]
    ]
    assert [name for name, _ in shown["hours"].rows][1::6] == ["1–99", "600+"]
    reasons = [{job.reason for job in row.jobs if job.kind.word != "ok"} for row in rows]
    assert sum(int(count) for _, count in shown["reasons"].rows) == sum(map(len, reasons))
    last = shown["progress"].rows[-1]
    assert sum(int(cell) for cell in last[1:]) == fold.questions
    assert len(shown["progress"].rows) == 24


def test_an_empty_journal_has_no_pictures() -> None:
    """Nor one that has runs alone anything but these."""
    assert pictures(folded(()), (), Speech("nl")) == []
    assert list(by_name(pictures(folded(()), RUNS, Speech("nl")))) == ["runs"]


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        (14, ["01/12/2026", "14/12/2026"]),
        (15, ["week of 30/11/2026", "week of 14/12/2026"]),
        (120, ["12/2026", "03/2027"]),
        (800, ["2026", "2029"]),
    ],
)
def test_many_start_dates_become_few_bars(days: int, labels: list[str]) -> None:
    """By day, week, month or year."""
    numbers = generated(days)
    queries = [
        evolve(query_for(next(numbers)), start_date=DATES[0] + timedelta(days=n), caller=CALLER)
        for n in range(days)
    ]
    entries = [Entry.of(answered(each, BEGAN, Status.OK, Status.NOK), BEGAN) for each in queries]
    flexi = pictures(folded(entries), (), Speech("en"))[0]
    assert [flexi.rows[0][0], flexi.rows[-1][0]] == labels
    assert len(flexi.strips) <= 14
    assert sum(int(row[1]) for row in flexi.rows) == days


def test_days_without_a_question_take_no_room() -> None:
    """A run every night: each has its columns, the hours between them have none."""
    entries = []
    for night in range(40):
        query = evolve(query_for(next(generated(1, night))), caller=CALLER)
        entries.append(
            Entry.of(answered(query, at := BEGAN + timedelta(days=night), Status.OK, Status.OK), at)
        )
    progress = by_name(pictures(folded(entries), (), Speech("de")))["progress"]
    assert [row[0] for row in progress.rows[-2:]] == ["01.01.2027 10:00", "02.01.2027 10:00"]
    assert [int(row[1]) for row in progress.rows] == list(range(17, 41))


@pytest.mark.parametrize("language", LANGUAGES)
def test_runs(language: str) -> None:
    """When, how long, how many, and how each ended, in the reader's language; the last dozen."""
    many = [evolve(RUNS[2], began=RUNS[2].began + timedelta(days=n), ended=None) for n in range(20)]
    runs = by_name(pictures(folded(()), (*many, *RUNS[1:]), Speech(language)))["runs"]
    assert len(runs.rows) == len(runs.strips) == 12
    assert runs.rows[-2][1] == "0:21:09"
    assert "600" in runs.rows[-2][-1]
    assert runs.rows[-1][3:6] == ("41", "1", "3")
    assert runs.rows[0][-1] != runs.rows[-1][-1]
