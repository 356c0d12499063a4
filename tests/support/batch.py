"""A batch as its journal knows it: generated citizens over start dates, with every kind of outcome."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from attrs import evolve

from precontractual_async import (
    Answer,
    Answered,
    Caller,
    Description,
    EnterpriseNumber,
    Entry,
    FlexiJob,
    InternalFault,
    Issue,
    Labels,
    Pending,
    Problem,
    Query,
    Rejected,
    ServerError,
    Ssin,
    Status,
    StudentJob,
    TypeOfWorker,
    Unexplained,
)
from precontractual_async.journal.recheck import Learned
from precontractual_async.journal.runs import Run

from .numbers import CITIZEN, ENTERPRISE, MANDATARY, generated

BEGAN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
DATES = (date(2026, 12, 1), date(2026, 12, 15))
CALLER = Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE))
RUNS = (
    Run(BEGAN, None),
    Run(
        BEGAN + timedelta(minutes=30),
        BEGAN + timedelta(minutes=51, seconds=9),
        calls=6120,
        retries=320,
        pauses=2,
        tokens=5,
        stopped="no answer from the gateway for 600 seconds",
    ),
    Run(
        BEGAN + timedelta(hours=20),
        BEGAN + timedelta(hours=20, minutes=14),
        calls=4100,
        retries=41,
        pauses=1,
        tokens=3,
    ),
)


def _labels(nl: str, fr: str, de: str, en: str) -> Labels:
    return Labels({"nl": nl, "fr": fr, "de": de, "en": en})


RESERVATION = Description(
    ("disclaimer",),
    None,
    _labels(
        "<i>Dit antwoord geldt op het moment van de vraag &amp; onder voorbehoud.</i>",
        "<i>Cette réponse vaut au moment de la demande &amp; sous réserve.</i>",
        "<i>Diese Antwort gilt zum Zeitpunkt der Anfrage &amp; unter Vorbehalt.</i>",
        "<i>This answer holds at the moment of asking &amp; with reservations.</i>",
    ),
)
NO_MANDATE = Description(
    ("error",), None, Labels({"nl": "Er is geen actief mandaat.", "fr": "Il n'y a pas de mandat actif."})
)


def _error(cause: str) -> Description:
    return Description(("error",), cause, Labels({"nl": "De gegevens kunnen niet worden geraadpleegd."}))


def answered(
    query: Query,
    at: datetime,
    flexi: Status,
    student: Status,
    hours: int | None = None,
    *causes: str,
    remarks: tuple[str, ...] = (),
) -> Answered:
    """An answer with its references; `causes` of the student job's being unknown."""
    reference = f"{query.citizen:digits}{query.start_date:%d%m%Y}12"
    told = (NO_MANDATE,) if Status.NO_GRANT in (flexi, student) else (RESERVATION,)
    return Answered(
        query,
        Answer(
            FlexiJob(flexi, (flexi.value,), f"{reference}1", told, remarks),
            StudentJob(
                student, (student.value,), f"{reference}2", tuple(map(_error, causes)) or told, (), hours
            ),
            f"{reference}0",
            at,
            f"trace-{at:%H%M%S}",
        ),
    )


_OK, _NOK, _UNKNOWN, _NO = Status.OK, Status.NOK, Status.UNKNOWN, Status.NO_GRANT

# How often of a hundred, and what then: every outcome that is kept in a journal.
_KINDS: tuple[tuple[int, Callable[[Query, datetime, int], Learned]], ...] = (
    (24, lambda q, at, hours: answered(q, at, _OK, _OK, hours)),
    (13, lambda q, at, _: answered(q, at, _OK, _NOK, 0)),
    (12, lambda q, at, hours: answered(q, at, _NOK, _OK, hours)),
    (8, lambda q, at, _: answered(q, at, _NOK, _NOK, 0)),
    (12, lambda q, at, _: answered(q, at, _NO, _NO)),
    (5, lambda q, at, _: answered(q, at, _OK, _NO)),
    (4, lambda q, at, _: answered(q, at, _OK, _UNKNOWN, None, "errorStudentRequirements")),
    (2, lambda q, at, _: answered(q, at, _NOK, _UNKNOWN, None, "errorYoungRequirements")),
    (3, lambda q, at, _: answered(q, at, _OK, _UNKNOWN, None, "errorStudentjobPrecontractual")),
    (2, lambda q, at, _: answered(q, at, Status.ERROR_GRANT, Status.ERROR_GRANT)),
    (1, lambda q, at, hours: answered(q, at, Status.MISSING, _OK, hours)),
    (1, lambda q, at, hours: answered(q, at, Status.UNRECOGNISED, _OK, hours, remarks=("allowed has an unknown value",))),
    (3, lambda q, *_: Rejected(q, Problem(400, issues=(Issue("citizen", "is not valid or does not exist"),)))),
    (1, lambda q, *_: Rejected(q, Problem(400, issues=(Issue("startDate", "StartDate cannot be in the past"),)))),
    (6, lambda q, *_: Pending(q, ServerError("the gateway answered 503", status=503))),
    (1, lambda q, *_: Pending(q, InternalFault.of(ZeroDivisionError()))),
    (1, lambda q, *_: Pending(q, Unexplained("the request was refused without a reason (403)", status=403))),
    (1, lambda q, at, _: answered(evolve(q, type_of_worker=TypeOfWorker.FLEXI_JOB), at, _OK, Status.NOT_REQUESTED)),
)  # fmt: skip


def batch(count: int, dates: tuple[date, ...] = DATES, seed: int = 1) -> Iterator[Entry]:
    """For `count` citizens and each date what was learned, the first run's before the second's."""
    draw = random.Random(seed)
    makers, weights = [make for _, make in _KINDS], [share for share, _ in _KINDS]
    first, second = [], []
    for place, digits in enumerate(islice(generated(count, seed), count)):
        make = draw.choices(makers, weights)[0]
        for day in dates:
            make = make if draw.random() < 0.9 else draw.choice(makers)
            at = BEGAN + timedelta(minutes=30, seconds=1260 * place / count)
            outcome = make(Query(Ssin.parse(digits), day, CALLER), at, 5 * draw.randint(0, 130))
            first.append(Entry.of(outcome, at))
            if draw.random() < 0.05:
                later = BEGAN + timedelta(hours=20, seconds=840 * place / count)
                second.append(Entry.of(answered(outcome.query, later, _OK, _OK, 475), later))
    yield from first
    yield from second


def several() -> Iterator[Entry]:
    """One citizen, asked by a mandatary for two employers; and as many texts of the gateway's as answers."""
    mandatary = EnterpriseNumber.parse(MANDATARY)
    for represented in (EnterpriseNumber.parse(ENTERPRISE), mandatary):
        query = Query(Ssin.parse(CITIZEN), DATES[0], Caller.mandatary(mandatary, represented))
        yield Entry.of(answered(query, BEGAN, _OK, _OK), BEGAN)
    for place, digits in enumerate(generated(60)):
        one = answered(Query(Ssin.parse(digits), DATES[0], CALLER), BEGAN, _OK, _OK)
        told = (Description(("disclaimer",), None, Labels({"en": f"text {place}"})),)
        flexi = evolve(one.answer.flexi_job, descriptions=told)
        yield Entry.of(evolve(one, answer=evolve(one.answer, flexi_job=flexi)), BEGAN)
