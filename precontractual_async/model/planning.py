"""Turns a raw candidate into a query, or gives every reason why it cannot. Pure functions.

Knows the rules that a client can apply before a call (API contract §6): numbers, dates, the window. Leaves to
others: clocks, files and the gateway. A refused row costs no call: failed calls may have their own quota.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Final, TypeVar

from attrs import frozen

from .dates import StartDateWindow, opens_on, read_start_date
from .errors import InvalidIdentifier
from .identifiers import EnterpriseNumber, Ssin
from .questions import NO_VALUE, Caller, Candidate, Deferred, Query, Refused, TypeOfWorker

_T = TypeVar("_T")

NOT_CALCULATED: Final = "(formula without a value)"
"""The content of a cell whose formula no program has calculated yet."""


class Emptied(str):
    """The empty text that a formula gave: the cell looks empty, but nobody left it empty.

    Some programs store an empty text instead of calculating. When a formula finds no employer's number, the
    row must not count as one where the number was left out.
    """

    __slots__ = ()


_REPRESENTED: Final = "represented enterprise number"
_KINDS: Final[Mapping[TypeOfWorker, str]] = {
    TypeOfWorker.FLEXI_JOB: "flexijob flexi flexijobs flexijobber flexijobbers flexijobeur",
    TypeOfWorker.STUDENT_JOB: """
        studentjob student studente studenten studentjobs studentenjob studentenjobs studentenarbeid
        jobstudent jobstudente jobstudenten werkstudent werkstudentin studentin studierende
        studentenovereenkomst studentencontract studentenbeschaftigung
        etudiant etudiante etudiants jobetudiant jobdetudiant travailetudiant contratetudiant
        occupationetudiant jobiste etudiantjobiste
    """,
    TypeOfWorker.ALL: """
        all alle alles allebei beide beides allebeide both lesdeux touteslesdeux deux tous tout
    """,
}
"""The gateway's words (manual §3.2.1.1), and words from lists in Dutch, French, German and English."""
_TYPES: Final = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_BETWEEN: Final = re.compile(r"[+/&,;\n]|\s(?:en|et|und|and|of|ou|oder|or)\s")
"""Separators between two kinds of work: both are asked, also after a word for "or"."""


def folded(name: str) -> str:
    """Only the letters and digits of `name`, without accents, in one case.

    >>> folded("Job d'\u00c9tudiant")
    'jobdetudiant'
    """
    plain = unicodedata.normalize("NFKD", name)
    return "".join(character for character in plain.casefold() if character.isalnum())


@frozen
class Planner:
    """Plans candidates for one caller and one day's window; without a window, dates are not checked.

    >>> planner = Planner(
    ...     Caller.enterprise(EnterpriseNumber.parse("0880820673")),
    ...     StartDateWindow.on(date(2026, 11, 24)),
    ... )
    >>> planner.plan(Candidate("07010189902", "23/11/2026")).violations
    ('SSIN: the check digits do not fit: a typing mistake?', 'start date: in the past')
    >>> planner.plan(Candidate("07.01.01-899.01", "2/1/2027")).opens_on
    datetime.date(2026, 12, 1)
    """

    caller: Caller
    window: StartDateWindow | None
    type_of_worker: TypeOfWorker = TypeOfWorker.ALL
    """The type for candidates that name none."""

    def plan(self, candidate: Candidate, caller: Caller | None = None) -> Query | Refused | Deferred:
        """The query of `candidate`; or `Refused` with every violation; or `Deferred` to a day."""
        violations: list[str] = []
        citizen = _read("SSIN", Ssin.parse, candidate.citizen, violations)
        start_date = _read("start date", self._start_date, candidate.start_date, violations)
        own = caller or self.caller
        asker: Caller | None = own
        if candidate.represented_enterprise_number is not None:
            represented = candidate.represented_enterprise_number
            asker = _read(_REPRESENTED, partial(_represent, own), represented, violations)
        kind: TypeOfWorker | None = self.type_of_worker
        if not is_blank(candidate.type_of_worker):
            kind = _read("type of worker", type_of_worker_in, candidate.type_of_worker, violations)
        if citizen is None or start_date is None or asker is None or kind is None:
            return Refused(candidate, tuple(violations), candidate.row)
        return self.check(Query(citizen, start_date, asker, kind), row=candidate.row)

    def check(self, query: Query, *, row: object = None) -> Query | Refused | Deferred:
        """Check a planned query against this window again: it may have been planned on an earlier day."""
        if self.window is None or query.start_date in self.window:
            return query
        if query.start_date > self.window.last:
            return Deferred(query, opens_on(query.start_date), row)
        employer = query.caller.employer
        candidate = Candidate(query.citizen, query.start_date, employer, query.type_of_worker, row)
        return Refused(candidate, ("start date: in the past",), row)

    def _start_date(self, value: object) -> date:
        start_date = read_start_date(value)
        if self.window is not None and start_date < self.window.first:
            raise ValueError("start date: in the past")
        return start_date


def _represent(caller: Caller, value: object) -> Caller:
    """The caller, asking for the enterprise that the row names, if it names one.

    Employers' lists often name the caller itself there.
    """
    return caller if is_blank(value) else caller.asking_for(_represented(value))


def employer_of(candidate: Candidate, caller: Caller | None) -> EnterpriseNumber | None:
    """The employer of a candidate; without a number in it, the employer of `caller`.

    None: its number is wrong, or it has none and the caller is unknown.
    """
    named = candidate.represented_enterprise_number
    if is_blank(named):
        return None if caller is None else caller.employer
    try:
        return _represented(named)
    except InvalidIdentifier:
        return None


def _represented(value: object) -> EnterpriseNumber:
    try:
        return EnterpriseNumber.parse(value)
    except InvalidIdentifier as error:
        problem = f"represented {error.diagnosis}"
    raise InvalidIdentifier(problem)


def is_blank(value: object) -> bool:
    """Whether the value was left out."""
    return value is None or (isinstance(value, str) and not value.strip() and not isinstance(value, Emptied))


def type_of_worker_in(value: object) -> TypeOfWorker:
    """The kind of work that a cell names, in any of the four languages.

    Raises:
        ValueError: it names none.
    """
    if isinstance(value, TypeOfWorker):
        return value
    words = [folded(word) for word in _BETWEEN.split(value.casefold())] if isinstance(value, str) else []
    kinds = {_TYPES.get(word) for word in words}
    if not kinds or None in kinds:
        raise ValueError("type of worker: none of the words flexi, student, both")
    return TypeOfWorker.ALL if len(kinds) > 1 else _TYPES[words[0]]


def _read(part: str, read: Callable[[object], _T], value: object, violations: list[str]) -> _T | None:
    try:
        return read(value)
    except ValueError as error:
        is_formula = isinstance(value, Emptied) or (isinstance(value, str) and value == NOT_CALCULATED)
        violations.append(f"{part}: {NO_VALUE}" if is_formula else str(error))
    return None
