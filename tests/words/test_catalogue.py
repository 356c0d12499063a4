"""The catalogue holds what the code says, all of it, and nothing else.

What the code says is found by making it say it, with bad rows, odd answers and every status, and by reading
what stands in the calls of its errors.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, get_args

import pytest
from attrs import evolve
from support.batch import RUNS, batch, several
from support.numbers import CITIZEN, ENTERPRISE
from support.pages import page_of
from support.sentences import OF_ROWS, fits, templates

from precontractual_async import (
    Answer,
    Answered,
    Caller,
    Candidate,
    Deferred,
    Description,
    EnterpriseNumber,
    Fault,
    FlexiJob,
    InternalFault,
    InvalidQuery,
    Issue,
    Move,
    Outcome,
    Pending,
    Problem,
    Query,
    Refused,
    Rejected,
    Ssin,
    StartDateNotOpen,
    Status,
    StudentJob,
    TypeOfWorker,
)
from precontractual_async import words as of_the_package
from precontractual_async.calls.transport import _BY_VERIFY_CODE, _FOREIGN, _UNKNOWN_AUTHORITY
from precontractual_async.cli import verify
from precontractual_async.journal.database import _SAID
from precontractual_async.journal.list_changes import ChangeKind
from precontractual_async.model import errors, problems
from precontractual_async.model import questions as model
from precontractual_async.model.answers import _BY_CAUSE
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.model.errors import CertificateRefused, Paused
from precontractual_async.model.planning import NOT_CALCULATED, Planner
from precontractual_async.model.tallies import Starts
from precontractual_async.protocol.access_token import _REFUSALS, decipher_token
from precontractual_async.protocol.codec import decode_answer
from precontractual_async.protocol.wire import HttpResponse, decipher
from precontractual_async.report import speech
from precontractual_async.sharing import redis
from precontractual_async.tables import (
    Audience,
    ResultRow,
    Source,
    counts,
    read_list,
    results,
    results_into,
)
from precontractual_async.tables.formats import xlsx
from precontractual_async.tables.headings import READABLE
from precontractual_async.words import CATALOGUE, _rows, translated

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
CALLER = Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE))
QUERY = Query(Ssin.parse(CITIZEN), date(2026, 12, 1), CALLER)
PLANNER = Planner(CALLER, StartDateWindow.on(date(2026, 11, 24)))


# --- rows that are refused

# The last but one has the fifteenth month, and check digits that fit.
NUMBERS = ("", True, 1.5, "7,01E+10", "x", "123", CITIZEN[:-1] + "2", "07150189803", "2880820655")
DATES = ("", AT, 3, b"", "soon", "31/02/2027", "1/1/2026")
UNREADABLE = {
    "csv": "insz;start\n1;2" + ";" * 1001 + "x\n",
    "jsonl": '{"a": 1}\n' + '{"a": 1, "a": 2}\n[]\n' + json.dumps({f"b{n}": 1 for n in range(1002)}),
}


def violations() -> Iterator[str]:
    candidates = [
        *(Candidate(number, "1/12/2026", number) for number in NUMBERS),
        *(Candidate(object(), day, CITIZEN, "x") for day in DATES),
        Candidate(*[NOT_CALCULATED] * 4),
    ]
    for candidate in candidates:
        planned = PLANNER.plan(candidate)
        assert isinstance(planned, Refused)
        yield from planned.violations
    for kind, text in UNREADABLE.items():
        problems = [row.problem for row in read_list(Source(io.BytesIO(text.encode())), kind).rows()]
        yield from filter(None, problems)


# --- answers


ODD: tuple[tuple[object, object], ...] = (
    ({"allowed": ["ok", "nok"]}, {"allowed": "ok", "hoursRemaining": "many"}),
    ({}, {"allowed": "ok", "hoursRemaining": 10_000}),
    ({"allowed": "perhaps"}, {"allowed": "ok", "description": {"type": ["error", "disclaimer"]}}),
    ("yes", "no"),
)


def answers() -> Iterator[Answer]:
    for flexi, student in ODD:
        body = json.dumps({"flexiJobResult": flexi, "studentJobResult": student}).encode()
        yield decode_answer(body, wanted=TypeOfWorker.ALL, asked_at=AT, trace_id="")
    for status in Status:
        for cause in (None, *_BY_CAUSE):
            described = (Description(("error",), cause),)
            flexi = FlexiJob(status, reference="r", descriptions=described)
            student = StudentJob(Status.OK, reference="r", descriptions=described, hours_remaining=1)
            yield Answer(flexi, student, "r", AT, "")
    for status in (Status.OK, Status.NOK):
        yield Answer(FlexiJob(status), StudentJob(status, hours_remaining=0), "r", AT, "")


# --- faults


def raised_by(call: Callable[[], object], *kinds: type[Exception]) -> Exception:
    with pytest.raises(kinds or Fault) as caught:
        call()
    return caught.value


def faults() -> Iterator[Exception]:
    problems: tuple[object, ...] = (
        {"issues": [{"name": "citizen", "detail": "x"}]},
        {"issues": [{"name": "startDate", "detail": "x"}]},
        {"issues": [{"name": "mandataryEnterpriseNumber", "detail": "x"}]},
        {"issues": [{"name": "mandatarySsin", "detail": "x"}]},
        {"type": "urn:problem-type:belgif:badRequest"},
        {},
    )
    bodies = [json.dumps(problem).encode() for problem in problems]
    bodies += [
        b"[]",
        b"{",
        b"{}",
        b'{"a": 1, "A": 2}',
        json.dumps({"precontractualMainReference": "1" * 20}).encode(),
    ]
    for status in (199, *range(200, 600)):
        for body in bodies if status in (200, 400) else bodies[-5:-4]:
            response = HttpResponse(status, {}, body)
            yield raised_by(partial(decipher, response, query=QUERY, asked_at=AT, trace_id=""))
    for ours in (*_FOREIGN, *redis._FOREIGN):
        yield ours[1](ours[2])
    for told in (*_BY_VERIFY_CODE.values(), _UNKNOWN_AUTHORITY):
        yield CertificateRefused(*told)
    yield from refusals()
    yield from (
        InvalidQuery(("SSIN: empty",)),
        StartDateNotOpen(date(2027, 1, 4)),
        Paused(900, status=429, trace_id=None),
        InternalFault.of(KeyError()),
    )


def refusals() -> Iterator[Exception]:
    told = [(400, {"error": code}) for code in _REFUSALS] + [(400, {}), (404, {}), (500, {})]
    told += [(200, {}), (200, {"access_token": "x", "token_type": "mac"})]
    for status, document in told:
        response = HttpResponse(status, {}, json.dumps(document).encode())
        yield raised_by(partial(decipher_token, response, requested_at=0.0, pause=None))


# --- all that is said


def outcomes() -> Iterator[Outcome]:
    yield from (Answered(QUERY, answer) for answer in answers())
    yield Refused(Candidate("", ""), tuple(violations()))
    yield Deferred(QUERY, date(2027, 3, 1))
    yield from (Pending(QUERY, fault) for fault in faults() if isinstance(fault, Fault))
    issues = [Issue(name, part) for name, part, *_ in problems._COMPLAINTS]
    for issue in (*issues, Issue("typeOfWorker", "no"), Issue(None, "no")):
        yield Rejected(QUERY, Problem(400, issues=(issue,)))
    yield Rejected(QUERY, Problem(400, replaced_by=QUERY.citizen))


def of_results(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What results and `verify` hand to the catalogue."""
    heard = set()

    def hear(text: str, language: str) -> str:
        heard.add(text)
        return translated(text, language)

    for module in (model, verify, xlsx, counts):
        monkeypatch.setattr(module, "translated", hear)
    for cached in (model._explained, model._explained_block):  # or nothing is heard of what was said before
        cached.cache_clear()
    table = read_list(Source(io.BytesIO(b"insz;start\n1;2\n")), "csv")
    workbook = results_into(io.BytesIO(), table, results.RESULT_COLUMNS, "xlsx", Audience("nl"))
    for outcome in outcomes():
        outcome.explain("nl", date(2028, 1, 1))
        cells = results.result_cells(outcome, "nl")
        workbook.add(ResultRow(next(table.rows()), cells, outcome))
    workbook.finish()
    for answer in answers():
        list(verify._lines(Answered(QUERY, answer), "nl"))
        heard.update(text for block in answer.blocks for text in (block.reason, block.next_step))
    return heard - {""}


def of_reports(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What the pages of reports hand to it: of a batch, of many employers and weeks, of runs cut short, of nothing."""
    heard = set()

    def hear(text: str, language: str) -> str:
        heard.add(text)
        return translated(text, language)

    monkeypatch.setattr(speech, "translated", hear)
    entries = list(batch(150))
    page_of(entries)
    page_of(entries[:1], show_citizens=True, today=date(2027, 1, 1))
    page_of(batch(2, tuple(date(2026, 12, day) for day in range(1, 20))))
    page_of((), runs=())
    page_of((), runs=[evolve(RUNS[0], rows=9)])
    page_of((), runs=[evolve(RUNS[1], rows=9, known=4)])
    page_of(several())
    return heard


def of_errors() -> set[str]:
    told = [
        (str(error.diagnosis), error.next_step)
        for error in faults()
        if isinstance(error, errors.PrecontractualError)
    ]
    steps = [getattr(errors, name).next_step for name in OF_ROWS]
    return {
        *(text for pair in told for text in pair),
        *steps,
        *(text for pair in _SAID.values() for text in pair),
    } - {""}


def of_the_code(known: Iterable[str]) -> Iterator[str]:
    """What stands in the code's calls of its errors; with a number where something is put in."""
    known = tuple(known)
    for template in templates():
        if not any(fits(template, sentence) for sentence in known):
            yield "7".join(template)


def words() -> set[str]:
    named: list[Any] = [*Status, *Move, *ChangeKind]
    return {each.value for each in named} | {kind.__name__.lower() for kind in get_args(Outcome)}


@pytest.fixture(scope="module")
def said() -> set[str]:
    """Every sentence that the code can say."""
    with pytest.MonkeyPatch.context() as patched:
        heard = of_results(patched) | of_errors() | of_reports(patched) | set(violations())
    return heard | set(of_the_code(heard)) | words() | {str(Starts()), "trace id:", *READABLE.values()}


OF_THE_COMMAND = (
    "command",
    "console",
    "console_runs",
    "doctor",
    "dryrun",
    "guides",
    "journal",
    "monitoring",
    "journal_command",
    "nightly",
    "opening",
    "options",
    "settings",
    "tables",
)
"""Rooms of words whose sentences no row of a result can hold."""


def row_of(sentence: str) -> str | None:
    """The key of the row that tells it."""
    if sentence in CATALOGUE:
        return sentence
    return next((row.texts["en"] for row in _rows() if row.key.fullmatch(sentence)), None)


def test_every_sentence_has_its_row(said: set[str]) -> None:
    """Whatever is new in the code is to be said in four languages."""
    assert [sentence for sentence in sorted(said) if row_of(sentence) is None] == []


def test_no_error_promises_what_only_a_journal_keeps(said: set[str]) -> None:
    """`verify`, or a run without a journal, keeps nothing that is not told."""
    assert not [sentence for sentence in said if "nothing is lost" in sentence]


def test_every_row_is_used(said: set[str]) -> None:
    """What nobody says any more goes."""
    parts = {"SSIN", "enterprise number", "represented enterprise number", "start date", "type of worker"}
    rooms = (getattr(of_the_package, name) for name in OF_THE_COMMAND)
    of_the_command = {english for room in rooms for english, *_ in room.SENTENCES}
    used = {row_of(sentence) for sentence in said}
    assert sorted(set(CATALOGUE) - used - parts - of_the_command) == []


OF_CODE = ("calls/session.py", "tables/formats/records.py", "dask/client.py")
"""Modules whose errors are for who writes code: they are in English, like the code."""
A_COMMAND = ("pip install ", "chmod ")
MADE_UP = {
    "the 7 would overwrite 7",
    "7: 7",
    "ended on 7",
    "several columns could hold the 7: 7",
    "no column 7 was found among: 7",
    "Name it with 77.",
}
"""What no call says so: all of it is put in."""


def test_the_command_can_say_every_error_in_four_languages() -> None:
    """Lists, files, options, settings, keys, journals: what is wrong with them is told in the reader's language."""
    inputs = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.InputError)
    } - OF_ROWS
    said = {"7".join(each) for each in templates(inputs | {"Refusal"}, OF_CODE)} - MADE_UP - {""}
    assert len(said) > 130
    assert [each for each in sorted(said) if row_of(each) is None and not each.startswith(A_COMMAND)] == []
