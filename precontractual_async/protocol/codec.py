"""The gateway's JSON read into the model.

Knows the shape of the gateway's documents and every odd reading of them (API contract §7): one value or a
list, one description or several, numbers as text. Refuses to know HTTP. Two rules hold throughout: a
document that cannot be read answers nothing, and a block is `ok` only when the gateway wrote `ok` and
nothing else.

By hand, unlike the journal's records, whose documents are our own and left to cattrs: here each member is
a judgement, and this runs once for every call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, TypeVar

from ..model.answers import MOST_HOURS, Answer, Block, Description, FlexiJob, Labels, Status, StudentJob
from ..model.errors import BrokenAnswer, InvalidIdentifier
from ..model.identifiers import Ssin
from ..model.problems import Issue, Problem
from ..model.questions import TypeOfWorker
from ..words import LANGUAGES
from .document import Json, JsonObject, as_text, clean, fold, parse, text, texts

_B = TypeVar("_B", bound=Block)

# --- primitives: strict, so that nothing becomes a number by accident ----------------------------------

_WHOLE = re.compile(r"-?[0-9]{1,18}")


def whole_number(value: Json) -> int | None:
    """The whole number (within 64 bits) that `value` is or spells: not 412.7, true or "abc"."""
    match value:
        case bool():
            return None
        case int():
            return value if -(2**63) <= value < 2**63 else None
        case str() if _WHOLE.fullmatch(value.strip()):
            return int(value)
        case _:
            return None


# --- the answer -------------------------------------------------------------------------------------

_STATUSES: Final[Mapping[str, Status]] = {
    "ok": Status.OK,
    "nok": Status.NOK,
    "unknown": Status.UNKNOWN,
    "noGrant": Status.NO_GRANT,
    "errorGrant": Status.ERROR_GRANT,
}

_MOST_DESCRIPTIONS: Final = 16
_LONGEST_LABEL: Final = 16_384
"""Characters; the longest of the manual has some two thousand."""


_Members = tuple[tuple[str, Json], ...]


def _made(members: _Members, words: _Members) -> tuple[Description]:
    """From the members beside ``label``, and its own; both by their names as they were written."""
    said = fold(dict(members) | ({"label": dict(words)} if words else {}))
    label = said.get("label")
    found = fold(label) if isinstance(label, dict) else {}
    cut = {
        language: clean(word[:_LONGEST_LABEL])
        for language in LANGUAGES
        if isinstance(word := found.get(language), str)
    }
    return (Description(texts(said.get("type")), text(said.get("cause")), Labels(cut)),)


_shared: Final = lru_cache(maxsize=64)(_made)
"""The same few disclaimers come with every answer: each is decoded and kept once."""
_LONGEST_SHARED: Final = 16_384


def _described(value: JsonObject) -> tuple[Description]:
    label = value.get("label")
    words = tuple(label.items()) if isinstance(label, dict) else ()
    members = tuple([each for each in value.items() if each[0] != "label"])
    said = [word for _, word in (*members, *words)]
    is_usual = len(said) <= 16 and set(map(type, said)) <= {str} and sum(map(len, said)) < _LONGEST_SHARED
    return (_shared if is_usual else _made)(members, words)


def _descriptions(value: Json) -> tuple[Description, ...]:
    """An object, a list of them, null or nothing."""
    if isinstance(value, dict):
        return _described(value)
    values = value[:_MOST_DESCRIPTIONS] if isinstance(value, list) else ()
    return tuple(_described(each)[0] for each in values if isinstance(each, dict))


def _status(
    allowed: tuple[str, ...], descriptions: tuple[Description, ...]
) -> tuple[Status, tuple[str, ...]]:
    """What the raw values mean, with a remark where they mean nothing we know."""
    for description in descriptions:
        if len(description.types) > 1:
            return Status.UNRECOGNISED, ("description.type has several values",)
    if len(allowed) != 1:
        return Status.UNRECOGNISED, ("allowed has several values" if allowed else "allowed is missing",)
    status = _STATUSES.get(allowed[0])
    return (status, ()) if status else (Status.UNRECOGNISED, ("allowed has an unknown value",))


_Parts = tuple[Status, tuple[str, ...], str | None, tuple[Description, ...], tuple[str, ...]]


def _parts(value: JsonObject, reference: str) -> _Parts:
    """What both blocks have: status, raw values, reference, descriptions and remarks; `value` is folded."""
    allowed = texts(value.get("allowed"))
    descriptions = _descriptions(value.get("description"))
    status, remarks = _status(allowed, descriptions)
    return status, allowed, text(value.get(reference)), descriptions, remarks


def _unreadable(kind: type[_B]) -> _B:
    return kind(Status.UNRECOGNISED, remarks=("the block is not an object",))


def _flexi_job(value: Json) -> FlexiJob:
    if not isinstance(value, dict):
        return _unreadable(FlexiJob)
    return FlexiJob(*_parts(fold(value), "flexijobreference"))


def _student_job(value: Json) -> StudentJob:
    if not isinstance(value, dict):
        return _unreadable(StudentJob)
    block = fold(value)
    status, allowed, reference, descriptions, remarks = _parts(block, "studentjobreference")
    hours, odd = _hours(block.get("hoursremaining"))
    return StudentJob(status, allowed, reference, descriptions, remarks + odd, hours)


def _hours(value: Json) -> tuple[int | None, tuple[str, ...]]:
    """The hours that are left, and what is odd about them.

    A number that cannot be hours is none: it may be anything, the citizen's own included.
    """
    if value is None:
        return None, ()
    hours = whole_number(value)
    if hours is None:
        return None, ("hoursRemaining is not a whole number",)
    if not 0 <= hours <= MOST_HOURS:
        return None, (f"hoursRemaining lies outside 0..{MOST_HOURS}",)
    return hours, ()


def _absent(wanted: TypeOfWorker, kind: TypeOfWorker) -> Status:
    return Status.MISSING if wanted in (kind, TypeOfWorker.ALL) else Status.NOT_REQUESTED


def decode_answer(body: bytes, *, wanted: TypeOfWorker, asked_at: datetime, trace_id: str) -> Answer:
    """The answer in the body of a 200.

    A block that was wanted and is not there is `missing`; a body without a reference and without any
    block is no answer at all.

    Raises:
        BrokenAnswer: it cannot be read as an answer.
    """
    value = parse(body)
    if not isinstance(value, dict):
        raise BrokenAnswer("the answer is JSON, but not an object")
    document = fold(value)
    reference = text(document.get("precontractualmainreference"))
    flexi, student = document.get("flexijobresult"), document.get("studentjobresult")
    if reference is None and flexi is None and student is None:
        raise BrokenAnswer("the answer holds neither a reference nor a result")
    return Answer(
        FlexiJob(_absent(wanted, TypeOfWorker.FLEXI_JOB)) if flexi is None else _flexi_job(flexi),
        StudentJob(_absent(wanted, TypeOfWorker.STUDENT_JOB)) if student is None else _student_job(student),
        reference,
        asked_at,
        trace_id,
    )


# --- problems ---------------------------------------------------------------------------------------


_MOST_ISSUES: Final = 32


def _issue(value: JsonObject) -> Issue:
    """A belgif issue: the parameter stands in it, or in its (first) input."""
    issue = fold(value)
    inputs = issue.get("inputs")
    first = fold(inputs[0]) if isinstance(inputs, list) and inputs and isinstance(inputs[0], dict) else issue
    detail = issue.get("detail") or issue.get("reason") or issue.get("title")
    quoted = first.get("value")
    return Issue(
        name=text(first.get("name")),
        detail=text(detail) or "",
        where=text(first.get("in")),
        value=None if quoted is None else as_text(quoted),
    )


def _issues(document: JsonObject) -> tuple[JsonObject, ...]:
    """The issues, or belgif's older ``invalidParams``."""
    values = document.get("issues") or document.get("invalidparams")
    some = values[:_MOST_ISSUES] if isinstance(values, list) else ()
    return tuple(each for each in some if isinstance(each, dict))


def _replacement(issues: tuple[JsonObject, ...]) -> Ssin | None:
    for issue in issues:
        try:
            return Ssin.parse(fold(issue).get("replacedby"))
        except InvalidIdentifier:
            continue
    return None


def decode_problem(body: bytes, *, status: int) -> Problem:
    """What can be read of an error's body. Never raises: the status alone says most of it."""
    try:
        return _problem(parse(body), status)
    except BrokenAnswer:
        return Problem(status=status)


def _problem(value: Json, status: int) -> Problem:
    document = fold(value) if isinstance(value, dict) else {}
    issues = _issues(document)
    seconds = whole_number(document.get("retryaftersec"))
    return Problem(
        status=status,
        type=text(document.get("type")) or "",
        title=text(document.get("title")) or "",
        detail=text(document.get("detail")) or "",
        instance=text(document.get("instance")),
        issues=tuple(_issue(issue) for issue in issues),
        replaced_by=_replacement(issues),
        retry_after=float(seconds) if seconds is not None and seconds >= 0 else None,
    )
