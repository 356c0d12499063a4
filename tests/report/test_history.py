"""What was before: since the last run, and question by question."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from attrs import evolve
from support.batch import BEGAN, CALLER, DATES, answered
from support.numbers import ENTERPRISE, enterprises, generated
from support.pages import folded, page_of, read, rows_of

from precontractual_async import (
    Caller,
    EnterpriseNumber,
    Entry,
    Query,
    ServerError,
    Ssin,
    Status,
    TypeOfWorker,
)
from precontractual_async import Pending as PendingOutcome
from precontractual_async.journal.runs import Run
from precontractual_async.words import LANGUAGES

NUMBERS = list(generated(4))
DAYS = [BEGAN + timedelta(days=day) for day in range(4)]
RUN_EACH_DAY = [Run(at, at + timedelta(minutes=10), 1) for at in DAYS]


def asked(number: str, kind: TypeOfWorker = TypeOfWorker.ALL, caller: Caller = CALLER) -> Query:
    return Query(Ssin.parse(number), DATES[0], caller, kind)


def learned(query: Query, day: int, flexi: Status, student: Status = Status.OK) -> Entry:
    at = DAYS[day] + timedelta(minutes=5)
    return Entry.of(answered(query, at, flexi, student, 100), at)


def pending(query: Query, day: int) -> Entry:
    fault = ServerError("the gateway answered 503", status=503)
    return Entry.of(PendingOutcome(query, fault), DAYS[day] + timedelta(minutes=5))


MANY = [
    learned(asked(NUMBERS[0]), 0, Status.NO_GRANT),
    learned(asked(NUMBERS[0]), 1, Status.NO_GRANT),
    learned(asked(NUMBERS[0]), 2, Status.OK),
    learned(asked(NUMBERS[1]), 0, Status.NO_GRANT),
    learned(asked(NUMBERS[1]), 1, Status.OK),
    learned(asked(NUMBERS[2]), 2, Status.NOK),
    learned(asked(NUMBERS[3]), 0, Status.OK),
    pending(asked(NUMBERS[3]), 2),
]


def changed(page: str) -> list[list[str]]:
    table = page.partition('<table class="changed">')[2].partition("</table>")[0].partition("<tbody>")[2]
    rows = table.split("<tr>")[1:]
    return [[cell.strip() for cell in re.split(r"<t[dh][^>]*>", row)[1:]] for row in rows]


def test_since_the_last_run() -> None:
    """Each that is answered otherwise than before it; who is new is counted; "not known" covers no answer."""
    page = page_of(MANY, runs=RUN_EACH_DAY)
    (row,) = changed(page)
    assert row[3:5] == ["flexi-job: no mandate, student job: conditions met", "conditions met"]
    assert row[2:3] == ["01/12/2026"]
    (number,) = [each[0] for each in rows_of(page) if each[1] == row[1]]
    assert row[0] == number
    text = read(page).text
    assert "Changed: 1 . Asked for the first time: 1 ." in text.replace(".", " .")
    assert "before the run of 26/11/2026" in text


def test_a_run_that_got_no_answer_takes_nothing_away() -> None:
    """The same is told, whatever runs follow without an answer."""
    for runs in (RUN_EACH_DAY[:3], RUN_EACH_DAY, [*RUN_EACH_DAY, Run(DAYS[3] + timedelta(hours=1))]):
        assert folded(MANY).last_run(runs) == DAYS[2]
    assert folded(MANY).last_run([RUN_EACH_DAY[0]]) is None
    assert folded(MANY).last_run([]) is None
    assert folded([]).last_run(RUN_EACH_DAY) is None


def test_the_first_run_has_no_section() -> None:
    """All would be new."""
    assert 'id="since"' not in page_of(MANY[:1], runs=RUN_EACH_DAY)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_any_order_of_the_journal(seed: int) -> None:
    """Its questions come in an order that tells nothing; the same is told of each."""
    turned = [*MANY[5:], *MANY[3:5], *MANY[:3]] if seed == 1 else MANY[3:5] + MANY[:3] + MANY[5:]
    told, other = (page_of(each, runs=RUN_EACH_DAY) for each in (MANY, turned))
    assert [row[1:] for row in changed(told)] == [row[1:] for row in changed(other)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_history_of_each(language: str) -> None:
    """Word by word with the day of each, where there was more than one; in the reader's language."""
    rows = rows_of(page_of(MANY, language, runs=RUN_EACH_DAY))
    label = {"nl": "Verloop: ", "fr": "Historique : ", "de": "Verlauf: ", "en": "History: "}[language]
    histories = [row[-2].partition(label)[2] for row in rows]
    assert sum(map(bool, histories)) == 2
    mandate = {"nl": "geen mandaat", "fr": "pas de mandat", "de": "kein Mandat", "en": "no mandate"}
    days = {"de": ("24.11.2026", "26.11.2026")}.get(language, ("24/11/2026", "26/11/2026"))
    (first,) = [each for each in histories if days[1] in each]
    assert re.fullmatch(rf"{days[0]} .*{mandate[language]}.* → {days[1]} .*", first)


def test_a_long_history_is_cut() -> None:
    """Its last words are told; and of both kinds of work, when each was asked for itself."""
    query, other = asked(NUMBERS[0], TypeOfWorker.FLEXI_JOB), asked(NUMBERS[0], TypeOfWorker.STUDENT_JOB)
    entries = [
        Entry.of(
            answered(each, BEGAN + timedelta(days=day), (Status.OK, Status.NOK)[day % 2], Status.OK),
            BEGAN + timedelta(days=day),
        )
        for each in (query, other)
        for day in range(9)
    ]
    ((*_, step, _),) = rows_of(page_of(entries))
    one, both = step.partition("History: ")[2].split("; ")
    assert one == both
    assert one.startswith("… → 27/11/2026")
    assert one.count("→") == 6


def test_of_one_employer_alone() -> None:
    """Nothing of the others, neither a change nor when they were asked."""
    first, second = (
        Caller.mandatary(EnterpriseNumber.parse(ENTERPRISE), each)
        for each in map(EnterpriseNumber.parse, enterprises(2))
    )
    entries = [
        learned(asked(NUMBERS[0], caller=first), 0, Status.NO_GRANT),
        learned(asked(NUMBERS[0], caller=first), 1, Status.OK),
        learned(asked(NUMBERS[1], caller=second), 1, Status.NO_GRANT),
        learned(asked(NUMBERS[1], caller=second), 3, Status.OK),
    ]
    page = page_of(entries[:2], runs=RUN_EACH_DAY, show_citizens=True)
    assert "before the run of 25/11/2026" in read(page).text
    assert len(changed(page)) == 1
    assert len(changed(page_of(entries, runs=RUN_EACH_DAY))) == 1
    assert len(changed(page_of(entries, runs=RUN_EACH_DAY))[0]) == 7


def test_numbers_are_masked_there_too() -> None:
    digits = NUMBERS[0]
    assert digits[-5:] not in page_of(MANY, runs=RUN_EACH_DAY)
    shown = changed(page_of(MANY, runs=RUN_EACH_DAY, show_citizens=True))
    assert re.sub(r"\D", "", shown[0][1]) == digits


def test_a_clock_that_was_set_back() -> None:
    """What comes later is told as later."""
    back = evolve(MANY[2], learned_at=DAYS[0])
    history = next(iter(folded([*MANY[:2], back]).rows())).histories[0]
    assert [each.word for each in history] == ["no_grant/ok", "ok/ok"]
    assert history[1].at == MANY[1].learned_at
