"""The population of the sandbox: fictional citizens, their mandates, their hours.

Knows the manual's example citizens, one citizen for each possible answer of the service, and how to generate
any other citizen from the SSIN alone: the same number is the same person in every run. Leaves to others:
HTTP.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from hashlib import blake2b
from typing import Final

from attrs import define, field

from ..model.identifiers import EnterpriseNumber, Ssin


def _digits(numbers: Iterable[str | EnterpriseNumber] | None) -> Collection[str] | None:
    """The digits of enterprise numbers; a typing mistake is an error here, not a missing mandate later."""
    return None if numbers is None else {EnterpriseNumber.parse(number).digits for number in numbers}


@define
class Citizen:
    """One fictional citizen; a test may change all its attributes."""

    flexi: str = "ok"
    """``allowed`` of the flexi-job block."""
    student: str = "ok"
    """``allowed`` of the student-job block."""
    hours: int | None = 475
    """Hours that the citizen may still work as a student."""
    flexi_cause: str | None = None
    student_cause: str | None = None
    exists: bool = True
    mandates: Collection[str] | None = field(default=None, converter=_digits)
    """Numbers, in any notation, of the enterprises that have a mandate (manual §3.3.5: the enterprise that
    asks, also a mandatary); all other enterprises get ``noGrant``. None: every enterprise has a mandate, and
    only `flexi` and `student` count."""
    latency: float = 0.0
    """Seconds that an answer about this citizen takes longer."""


def _unknown_flexi() -> Citizen:
    return Citizen(flexi="unknown", flexi_cause="errorFlexiJobPrecontractual")


def _unknown_student(cause: str) -> Citizen:
    return Citizen(flexi="nok", student="unknown", student_cause=cause, hours=None)


# One number for each answer of manual §3.3.1-6 and §3.3.13, and for each positive answer.
SCENARIOS: Final[Mapping[str, str]] = {
    "bothOk": "90010100123",
    "flexiOnly": "90010100222",
    "studentOnly": "08010100374",
    "neither": "90010100420",
    "limitReached": "08010100473",
    "errorFlexiJobPrecontractual": "90010100519",
    "errorStudentjobPrecontractual": "90010100618",
    "errorStudentRequirements": "70010100782",
    "errorYoungRequirements": "14010100801",
    "noGrant": "90010100915",
    "noGrantFlexi": "90010101014",
    "errorGrant": "90010101113",
    "notExisting": "90010101212",
}

_MADE: Final[Mapping[str, Callable[[], Citizen]]] = {
    "bothOk": lambda: Citizen(hours=475),
    "flexiOnly": lambda: Citizen(student="nok", hours=None),
    "studentOnly": lambda: Citizen(flexi="nok", hours=600),
    "neither": lambda: Citizen(flexi="nok", student="nok", hours=None),
    "limitReached": lambda: Citizen(flexi="nok", student="nok", hours=0),
    "errorFlexiJobPrecontractual": _unknown_flexi,
    "errorStudentjobPrecontractual": lambda: _unknown_student("errorStudentjobPrecontractual"),
    "errorStudentRequirements": lambda: _unknown_student("errorStudentRequirements"),
    "errorYoungRequirements": lambda: _unknown_student("errorYoungRequirements"),
    "noGrant": lambda: Citizen(flexi="noGrant", student="noGrant", hours=None),
    "noGrantFlexi": lambda: Citizen(flexi="noGrant", hours=320),
    "errorGrant": lambda: Citizen(flexi="errorGrant", student="errorGrant", hours=None),
    "notExisting": lambda: Citizen(exists=False),
}

# Manual §3.2.2 and §3.3.3-4.
_MANUAL: Final[Mapping[str, Callable[[], Citizen]]] = {
    "07010189901": lambda: Citizen(flexi="nok", student="ok", hours=50),
    "80020290253": lambda: _unknown_student("errorStudentRequirements"),
    "10010190162": lambda: _unknown_student("errorYoungRequirements"),
}


class Population:
    """All citizens by number, in any notation that `Ssin.parse` reads.

    A citizen who is not known yet is generated at the first access. Any thread may edit the population.

    Raises:
        InvalidIdentifier: no citizen can have this number.

    >>> everybody = Population(date(2026, 11, 24))
    >>> everybody["07.01.01-899.01"] = Citizen(flexi="noGrant")
    >>> everybody["07010189901"].flexi
    'noGrant'
    """

    def __init__(self, today: date) -> None:
        self._today = today
        self._citizens = {SCENARIOS[name]: make() for name, make in _MADE.items()}
        self._citizens |= {number: make() for number, make in _MANUAL.items()}

    def __getitem__(self, number: str | Ssin) -> Citizen:
        digits = Ssin.parse(number).digits
        # In one step: two threads with a first access at the same time must get the same citizen.
        return self._citizens.get(digits) or self._citizens.setdefault(digits, _made_up(digits, self._today))

    def __setitem__(self, number: str | Ssin, citizen: Citizen) -> None:
        self._citizens[Ssin.parse(number).digits] = citizen


def _made_up(digits: str, today: date) -> Citizen:
    """A citizen generated from the number. A list of hundreds contains every kind of answer."""
    draw = random.Random(blake2b(digits.encode(), digest_size=8).digest())  # noqa: S311 (fiction)
    if draw.random() < 0.01:
        return Citizen(exists=False)
    year = _birth_year(digits, today)
    has_had_birthday = (today.month, today.day) >= (int(digits[2:4]) % 20, int(digits[4:6]))
    citizen = _student(draw, today.year - year, today.year - year - (not has_had_birthday))
    citizen.flexi = "ok" if draw.random() < 0.45 else "nok"
    if draw.random() < 0.02:
        citizen.flexi, citizen.flexi_cause = "unknown", "errorFlexiJobPrecontractual"
    return _with_mandates(citizen, draw)


def _student(draw: random.Random, age_this_year: int, age: int) -> Citizen:
    """Older than 30 is decided on the day of the call, too young by calendar year (manual §3.3.3-4)."""
    if age > 30:
        return _unknown_student("errorStudentRequirements")
    if age_this_year < 15:
        return _unknown_student("errorYoungRequirements")
    if draw.random() < 0.03:
        return _unknown_student("errorStudentjobPrecontractual")
    hours = draw.choice((0, 12, 50, 96, 240, 380, 475, 600, 650))
    return Citizen(student="ok" if hours else "nok", hours=hours)


def _with_mandates(citizen: Citizen, draw: random.Random) -> Citizen:
    """Mandates are per type of data and end at different times: a citizen may have only one of them."""
    mandate = draw.random()
    if mandate < 0.06:
        citizen.flexi, citizen.flexi_cause = "noGrant", None
    if mandate < 0.04 or 0.06 <= mandate < 0.07:
        citizen.student, citizen.student_cause, citizen.hours = "noGrant", None, None
    if 0.07 <= mandate < 0.08:
        citizen.flexi = citizen.student = "errorGrant"
        citizen.flexi_cause = citizen.student_cause = citizen.hours = None
    return citizen


def _birth_year(digits: str, today: date) -> int:
    """The year of birth by the rule of the check digits; only the sandbox, as the server, may read it."""
    body, year = int(digits[:9]), int(digits[:2])
    if int(digits[9:]) == 97 - (2_000_000_000 + body) % 97 and 2000 + year <= today.year:
        return 2000 + year
    return 1900 + year


def generate_ssins(count: int, seed: int = 1) -> Iterator[str]:
    """`count` distinct fictional SSINs, the same for each seed; half are of student age or too young."""
    draw = random.Random(seed)  # noqa: S311 (fiction)
    seen: set[str] = set()
    while len(seen) < count:
        year = draw.choice((draw.randint(1945, 1995), draw.randint(1996, 2013)))
        body = f"{year % 100:02}{draw.randint(1, 12):02}{draw.randint(1, 28):02}{draw.randint(1, 997):03}"
        number = f"{body}{97 - (int(body) + 2_000_000_000 * (year >= 2000)) % 97:02}"
        if number not in seen:
            seen.add(number)
            yield number
